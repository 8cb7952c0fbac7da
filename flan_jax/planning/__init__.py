"""What a training step needs, known before it runs: by arithmetic, and by compiling ahead of time."""
