"""What a training step needs, known before it runs: by arithmetic, or compiled ahead of time."""
