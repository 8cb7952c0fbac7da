"""The data card: what a collection of datasets holds, as one HTML page that needs nothing else."""
from flan_jax.report.data.facts import collect
from flan_jax.report.data.page import render

__all__ = ['collect', 'render']
