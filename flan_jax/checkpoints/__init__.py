"""Checkpoints: saving, finding, loading, converting."""
