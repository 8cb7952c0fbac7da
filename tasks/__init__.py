"""temp"""
from flan_jax.data.mixtures import register_mixtures
from flan_jax.data.registry import register
from flan_jax.tasks import coreference, nli, paraphrase, reading_comprehension, reading_comprehension_with_commonsense
for _c in (nli, paraphrase, reading_comprehension, reading_comprehension_with_commonsense, coreference):
  register(*_c.DATASETS)
register_mixtures()
