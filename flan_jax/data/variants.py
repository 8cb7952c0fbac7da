"""Variants of a declared dataset, named by a suffix: `rte_no_options`.

    <name>_no_options     the options are left out of the prompts; scoring still ranks them
    <name>_few_shot_<k>   up to k solved examples before each prompt (paper, section 4.4)
    <name>_no_template    bare inputs and answers, no instruction (paper, section 4.3)
    <name>_name_only      the same after the names of task and dataset (paper, section 4.3)
    <name>_templates_<n>  the first n templates only (paper, appendix B)
    <name>_examples_<n>   at most n training examples (paper, section 4.5)

They can be combined (`rte_no_options_few_shot_4`), and clusters and mixtures have them too
(`nli_name_only`, `flan_holdout_nli_no_template`). A variant is an ordinary `Dataset`, made when it
is looked up (`declarations.declaration`). Call `mixtures.add_to_seqio` with its name to use it in
plain SeqIO.
"""
from collections.abc import Sequence
import dataclasses
import re

from flan_jax.data.dataset import Dataset
from flan_jax.data.templates import OPTIONS_FIELD, Template, field_names
from flan_jax.errors import UserError

SUFFIXES = ('no_options', 'few_shot_4', 'no_template', 'name_only', 'templates_1', 'examples_32')

_LAST = re.compile(
    r'(\w+)_(no_options|few_shot_\d+|no_template|name_only|templates_\d+|examples_\d+)')
_PARAGRAPH = '\n\n'
# The field that names the language of a translation's text. It is no part of the text itself.
_LANGUAGES = {'sent1': 'lang1', 'sent2': 'lang2'}


def split(name: str) -> tuple[str, tuple[str, ...]]:
  """The name without its variants, and the variants: ('rte', ('few_shot_4',)), or (name, ())."""
  variants = ()
  while match := _LAST.fullmatch(name):
    name, variant = match.groups()
    variants = (variant, *variants)
  return name, variants


def with_shots(names: str | Sequence[str], shots: int) -> str | list[str]:
  """Names with the suffix of few-shot prompts; unchanged for 0 shots.

  'rte_template_3' gives 'rte_few_shot_4_template_3'.

  Args:
    names: of clusters, datasets, mixtures or tasks; a text may have several separated by commas.
    shots: solved examples before each prompt.
  """
  if not shots:
    return names
  if isinstance(names, str):
    return ','.join(with_shots(names.split(','), shots))
  return [re.sub(r'(_template_\d+|_baseline)?$', rf'_few_shot_{shots}\1', name.strip(), count=1)
          for name in names]


def cluster(dataset: Dataset) -> str:
  """The cluster that a dataset's scores count in: `nli_name_only` for `rte_name_only`.

  So variants that are evaluated together have separate means.
  """
  return '_'.join((dataset.cluster, *split(dataset.name)[1]))


def apply(dataset: Dataset, variants: Sequence[str]) -> Dataset:
  """The dataset with variants applied in order, such as ('no_options', 'few_shot_4').

  Raises:
    UserError: the dataset cannot have one of the variants.
  """
  for variant in variants:
    kind, count = re.fullmatch(r'(\w+?)(?:_(\d+))?', variant).groups()
    if count and int(count) < 1:
      raise UserError(f'{variant!r} leaves nothing', dataset.name, 'Name 1 or more.')
    changed = _KINDS[kind](dataset, int(count)) if count else _KINDS[kind](dataset)
    dataset = dataclasses.replace(changed, name=f'{dataset.name}_{variant}')
  return dataset


def without_options(template: Template) -> Template:
  """The template without the options, and the blank lines around them, in its inputs."""
  pieces = (piece.strip() for piece in template.inputs.split(f'{{{OPTIONS_FIELD}}}'))
  return dataclasses.replace(template, inputs=_PARAGRAPH.join(p for p in pieces if p))


def no_options(dataset: Dataset) -> Dataset:
  """Prompts without the options. The declaration keeps the options for scoring."""
  return dataclasses.replace(
      dataset, templates=tuple(without_options(t) for t in dataset.templates))


def few_shot(dataset: Dataset, shots: int) -> Dataset:
  """Up to `shots` solved examples before each prompt, as many as fit; see few_shot.py.

  Raises:
    UserError: the dataset has no training rows to take them from.
  """
  if dataset.source.train is None:
    raise UserError('it has no training rows to take solved examples from',
                    f'{dataset.name}_few_shot_{shots}', f'Evaluate {dataset.name} zero-shot.')
  return dataclasses.replace(dataset, shots=shots)


def no_template(dataset: Dataset) -> Dataset:
  """Input and output only, with one template for each direction of the dataset."""
  return dataclasses.replace(dataset, templates=tuple(_bare(dataset)))


def name_only(dataset: Dataset) -> Dataset:
  """The bare input after the names of task and dataset: `[Translation: wmt14_enfr to French] `."""
  task = dataset.group.replace('_', ' ').capitalize()
  named = []
  for template in _bare(dataset):
    language = _LANGUAGES.get(template.targets.strip('{}'))
    direction = f' to {{{language}}}' if language else ''
    prefix = f'[{task}: {dataset.paper_name}{direction}] '
    named.append(dataclasses.replace(template, inputs=prefix + template.inputs))
  return dataclasses.replace(dataset, templates=tuple(named))


def _bare(dataset: Dataset) -> list[Template]:
  """Input fields in the order of the first forward template that asks for an output."""
  by_output = {}
  for number in dataset.forward_templates:
    template = dataset.templates[number]
    by_output.setdefault(template.targets, template)
  left_out = {OPTIONS_FIELD, *_LANGUAGES.values()}
  return [
      Template(_PARAGRAPH.join(
          f'{{{name}}}' for name in field_names(template.inputs) if name not in left_out), output)
      for output, template in by_output.items()
  ]


def templates(dataset: Dataset, count: int) -> Dataset:
  """Only the first `count` templates."""
  return dataclasses.replace(dataset, templates=dataset.templates[:count])


def examples(dataset: Dataset, count: int) -> Dataset:
  """Only the first `count` training examples."""
  limit = min(count, dataset.source.max_train)
  return dataclasses.replace(
      dataset, source=dataclasses.replace(dataset.source, max_train=limit))


_KINDS = {
    'no_options': no_options, 'few_shot': few_shot, 'no_template': no_template,
    'name_only': name_only, 'templates': templates, 'examples': examples,
}
