"""Checkpoints: kept, found, loaded, converted."""
