"""Lists datasets with the same examples, so that none of them trains when another is held out."""
from collections.abc import Sequence
import functools
import re

from flan_jax.data import declarations

# TFDS datasets with the same questions about the same texts, and why. Training on one of them would
# reveal what the others test.
SAME_EXAMPLES = (
    (('super_glue/wsc', 'super_glue/wsc.fixed', 'wsc273', 'glue/wnli'),
     'all have the sentences of the Winograd Schema Challenge'),
    (('super_glue/rte', 'glue/rte'), 'the same rows in two benchmarks'),
    (('super_glue/boolq', 'bool_q'), 'the same rows, in a benchmark and on their own'),
    (('glue/mnli', 'multi_nli'), 'the same rows, in a benchmark and on their own'),
    (('squad/v1.1', 'squad/v2.0', 'squad'), 'version 2 adds questions to those of version 1'),
    (('gem/dart', 'gem/web_nlg_en', 'gem/e2e_nlg'), 'DART was put together from the other two'),
    (('xsum', 'gem/xsum'), 'GEM has a part of the rows'),
    (('paws_wiki/labeled_final_raw', 'paws_wiki/labeled_final_tokenized', 'paws_wiki'),
     'the same pairs, spelled in two ways'),
    (('trivia_qa/rc', 'trivia_qa/rc.nocontext', 'trivia_qa/unfiltered',
      'trivia_qa/unfiltered.nocontext'), 'the same questions, with other documents or none'),
    (('glue/mrpc', 'glue/stsb'), 'STS-B took some of its pairs from MRPC'),
)

# Not listed, as in the paper, because the splits keep test questions out of training: QNLI was made
# from SQuAD (development articles from development articles), and ReCoRD asks about news that
# CNN/DailyMail summarizes (without ReCoRD's questions).


def tfds_datasets(source: str) -> tuple[str, ...]:
  """TFDS names, without versions, of a source's data: 'super_glue/rte' for 'super_glue/rte:1.0.2'
  and for its mirror on the hub, 'hub:aps/super_glue/rte'.

  A source that does not have a TFDS dataset keeps its own name.
  """
  if not source.startswith('hub:'):
    return (re.sub(r':\d+(\.\d+)*$', '', source),)
  name = source.partition('@')[0]
  repository, config = re.fullmatch(r'(hub:[^/]+/[^/]+)/?(.*)', name + '/').groups()
  found = _mirrored()
  if name in found or repository in found:  # a mirror without a configuration matches any
    return found.get(name) or found[repository]
  alike = found.get(f'{repository}/', ())  # its configurations have TFDS's names
  return tuple(f'{dataset}/{config[:-1]}' for dataset in alike) or (name,)


@functools.cache
def _mirrored() -> dict[str, tuple[str, ...]]:
  """TFDS datasets by the names of their mirrors, even of incomplete ones. If the configurations of
  a repository have TFDS's names, also by the repository with a slash."""
  found: dict[str, tuple[str, ...]] = {}
  for dataset in declarations.shipped().values():
    if mirror := dataset.about.mirror:
      own, = tfds_datasets(dataset.source.name)
      name = mirror.name_of(dataset.source.name)
      found[name] = (*found.get(name, ()), own)
      if mirror.config is None and '/' in own:
        found[f'hub:{mirror.repository}/'] = (own.partition('/')[0],)
  return found


def why_same(source: str, others: Sequence[str]) -> str:
  """Why a dataset has examples of one of some others; empty if it has not.

  Args:
    source: TFDS name, with or without a version, or the name of a `Hub` source.
    others: such names.
  """
  names = [name for other in others for name in tfds_datasets(other)]
  for name in tfds_datasets(source):
    if name in names:
      return f'its rows come from {name}'
    for family, why in SAME_EXAMPLES:
      shared = [n for n in names if n in family]
      if name in family and shared:
        return f'{name} and {shared[0]}: {why}'
  return ''
