"""Predicts what a training step needs: by arithmetic, or by compiling it ahead of time."""
