"""Sweeps: the runs of an experiment, their results in one table, and a figure."""
