"""Training: one state, one step, one loop, and what they are configured with."""
