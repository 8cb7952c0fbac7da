"""From declarations to batches: what declarations are written with."""
from flan_jax.data.dataset import About, Dataset, Tfds
from flan_jax.data.fields import (
    after, around, before, choose, first, join, join_list, lines, lower, numbered, replace,
    rounded)
from flan_jax.data.metrics import (
    accuracy, bleu, edit_distance, exact_match, exact_text, f1, matthews, mean_class_f1, rouge,
    squad)
from flan_jax.data.templates import Template
