"""Streams of packed batches: which example comes next, which examples share a row."""
