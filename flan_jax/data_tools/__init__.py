"""Tools for people who declare datasets: describe, check, export, write a declaration."""
