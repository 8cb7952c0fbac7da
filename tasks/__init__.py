"""The declarations that ship with FLAN-JAX; importing this registers their SeqIO tasks."""
from flan_jax.data import declarations
from flan_jax.tasks import (
    closed_book_qa, commonsense, coreference, miscellaneous, nli, paraphrase,
    reading_comprehension, reading_comprehension_with_commonsense, sentiment, struct_to_text,
    summarization, translation)

_CLUSTERS = (
    nli, commonsense, sentiment, paraphrase, closed_book_qa, struct_to_text, translation,
    reading_comprehension, reading_comprehension_with_commonsense, coreference, miscellaneous,
    summarization)

declarations.add_shipped(dataset for cluster in _CLUSTERS for dataset in cluster.DATASETS)
declarations.show_to_seqio()
