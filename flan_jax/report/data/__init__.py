"""The data card: a description of datasets as one self-contained HTML page."""
from flan_jax.report.data.facts import collect
from flan_jax.report.data.page import render

__all__ = ['collect', 'render']
