"""Streams of packed batches: which example comes next, and which examples share a row.

The files of this folder import neither TensorFlow nor SeqIO. The code that needs them to render
rows is in prepared/.
"""
from flan_jax.stream.batches import ARRAYS, Batch, Batches, Position, fill_row, merge_positions
from flan_jax.stream.draws import Draw, Epochs, RowDraws
from flan_jax.stream.examples import Example, Examples
