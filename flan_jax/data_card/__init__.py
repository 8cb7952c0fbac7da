"""The data card: what a collection of datasets holds, as one HTML page that needs nothing else."""
from flan_jax.data_card.facts import collect
from flan_jax.data_card.page import render

__all__ = ['collect', 'render']
