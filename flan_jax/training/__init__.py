"""Training: the state, the step, the loop and their configuration."""
