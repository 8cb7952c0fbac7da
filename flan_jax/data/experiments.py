"""The paper's experiments as mixtures: what trains, what is held out and evaluated, and the proof.

| mixture                                   | evaluated                        | paper          |
| flan_all                                  | nothing                          | 2.1            |
| flan_holdout_<cluster>                    | the cluster                      | 2.2, tables    |
| flan_holdout_group_<group>                | the released code's group        | 2.2            |
| flan_clusters_<1 to 7>                    | NLI, closed-book QA, commonsense | 4.1, figure 6  |
| flan_clusters_7, with every model size    | the same                         | 4.2, figure 7  |
| flan_holdout_<cluster>_no_template, ...   | the cluster, and by name only    | 4.3, figure 8  |
| flan_holdout_<cluster>_few_shot_16        | <cluster>_few_shot_16            | 4.4, figure 9  |
| <dataset>_examples_32, <dataset>          | the dataset itself               | 4.5, figure 10 |
| flan_datasets_<1 to 4>_templates_<n>      | as flan_clusters_<n>             | B.1, figure 11 |

The gin files of the same names are in gin/ (one cluster held out) and gin/experiments/.
"""
from collections.abc import Mapping, Sequence
import dataclasses
import functools
from typing import Any

from absl import logging

from flan_jax.data import mixtures, overlap, paper, seen, variants
from flan_jax.data.held_out import LeftOut
from flan_jax.data.paper import HOLD_OUT_PREFIX
from flan_jax.data.rates import as_list
from flan_jax.errors import UserError

TEMPLATES = (1, 4, 10)  # with one dataset a cluster and with four (paper, appendix B.1)
INSTRUCTIONS_HELD_OUT = ('nli', 'reading_comprehension', 'closed_book_qa', 'translation')
FEW_SHOT_HELD_OUT = (
    'nli', 'reading_comprehension', 'closed_book_qa', 'commonsense', 'coreference', 'translation',
    'struct_to_text')
SHOTS = 16
SUPER_GLUE = ('bool_q', 'cb', 'copa', 'multirc', 'record', 'rte', 'wic', 'wsc')
PROMPT_TUNING_EXAMPLES = 32


@dataclasses.dataclass(frozen=True)
class PaperExperiment:
  """A mixture of the paper and its purpose.

  Attributes:
    name: its SeqIO mixture or task.
    evaluates: the names that it holds out, for EVAL_MIXTURE_OR_TASK_NAME; empty for nothing.
    section: the section of the paper.
    about: what the experiment shows.
    left_out: the datasets that do not train, and why.
  """

  name: str
  evaluates: tuple[str, ...]
  section: str
  about: str
  left_out: tuple[LeftOut, ...] = ()


def find(name: str) -> PaperExperiment | None:
  """The experiment of this name. A variant of an experiment holds out the same."""
  base, kinds = variants.split(name)
  known = experiments()
  if name in known or not kinds:
    return known.get(name)
  return dataclasses.replace(known[base], name=name) if base in known else None


@functools.cache
def experiments() -> dict[str, PaperExperiment]:
  """The paper's experiments by name, in the order of the paper."""
  bases = {e.name: e for e in (*_hold_outs(), *_ablation_experiments())}
  derived = (*_instructions(bases), *_few_shot(bases), *_templates(bases), *_prompt_tuning())
  return bases | {e.name: e for e in derived}


def _hold_outs() -> list[PaperExperiment]:
  found = []
  for name in paper.hold_outs():
    home = name.removeprefix(HOLD_OUT_PREFIX)
    found.append(PaperExperiment(
        name, (home,), '2.2', f'{home} is held out', paper.division(name)[1]))
  return found


def _ablation_experiments() -> list[PaperExperiment]:
  found = []
  for name in paper.ablations():
    kind, count = name.split('_')[1:3] if name != paper.EVERYTHING else ('all', '')
    section, about = {
        'all': ('2.1', 'every cluster'),
        'clusters': ('4.1, 4.2', f'the first {count} clusters'),
        'datasets': ('B.1', f'{count} datasets a cluster'),
    }[kind]
    held_out = () if kind == 'all' else paper.ABLATION_HELD_OUT
    found.append(PaperExperiment(name, held_out, section, about, paper.division(name)[1]))
  return found


def _instructions(bases) -> list[PaperExperiment]:
  found = []
  for cluster in INSTRUCTIONS_HELD_OUT:
    base, by_name = bases[HOLD_OUT_PREFIX + cluster], f'{cluster}_name_only'
    found += [
        dataclasses.replace(base, name=f'{base.name}_no_template', section='4.3',
                            about='tuned without instructions'),
        dataclasses.replace(base, name=f'{base.name}_name_only', section='4.3',
                            evaluates=(cluster, by_name), about='tuned with names only'),
    ]
  return found


def _few_shot(bases) -> list[PaperExperiment]:
  return [
      dataclasses.replace(
          bases[HOLD_OUT_PREFIX + cluster], name=f'{HOLD_OUT_PREFIX}{cluster}_few_shot_{SHOTS}',
          evaluates=(f'{cluster}_few_shot_{SHOTS}',), section='4.4',
          about=f'up to {SHOTS} solved examples in each prompt')
      for cluster in FEW_SHOT_HELD_OUT
  ]


def _templates(bases) -> list[PaperExperiment]:
  return [
      dataclasses.replace(
          bases[f'flan_datasets_{datasets}'], name=f'flan_datasets_{datasets}_templates_{count}',
          about=f'{datasets} datasets a cluster, {count} templates each')
      for datasets in (paper.DATASETS_PER_CLUSTER[0], paper.DATASETS_PER_CLUSTER[-1])
      for count in TEMPLATES
  ]


def _prompt_tuning() -> list[PaperExperiment]:
  about = 'prompt tuning of a model that held its cluster out'
  few = f'_examples_{PROMPT_TUNING_EXAMPLES}'
  return [PaperExperiment(task + size, (), '4.5', about)
          for task in SUPER_GLUE for size in (few, '')]


# ---- Proof ----


def prove(experiment: PaperExperiment) -> dict[str, Any]:
  """Proves that an experiment trains on nothing that it evaluates.

  Returns:
    A JSON-able object: `mixture`, `tasks` and `examples` (their numbers), `evaluates` (names),
    `evaluated_tasks` (their number), `held_out` (True, or None if nothing is held out), `left_out`
    (number of datasets), `section` and `about`.

  Raises:
    UserError: it trains on something that it evaluates or should leave out; or data is missing.
  """
  trained = [task for task, _ in mixtures.training_tasks(experiment.name)]
  if experiment.evaluates:
    check_held_out(experiment.name, experiment.evaluates)
  return {
      'mixture': experiment.name,
      'tasks': len(trained),
      'examples': sum(task.num_input_examples('train') or 0 for task in trained),
      'evaluates': list(experiment.evaluates),
      'evaluated_tasks':
          len(mixtures.evaluation_tasks(experiment.evaluates)) if experiment.evaluates else 0,
      'held_out': True if experiment.evaluates else None,
      'left_out': len(experiment.left_out),
      'section': experiment.section,
      'about': experiment.about,
  }


def check_held_out(
    training: str | Sequence[str] | Mapping[str, float], evaluation: str | Sequence[str],
    always: bool = False,
) -> None:
  """Checks that a mixture which holds something out does not train on what is evaluated.

  Other mixtures may train on what they evaluate; that is only logged. Reads no data.

  Args:
    training: names as in MIXTURE_OR_TASK_NAME.
    evaluation: names as in EVAL_MIXTURE_OR_TASK_NAME.
    always: refuse other mixtures too.

  Raises:
    UserError: the mixture trains on an evaluated dataset, on another with the same examples, or on
      one that it should leave out.
  """
  names = as_list(training)
  held_out = [e for e in map(find, names) if e and e.evaluates]
  trained = _seen(names, evaluation) | {
      name: why for experiment in held_out for name, why in _should_have_left(experiment).items()}
  if not trained:
    return
  listed = '; '.join(f'{name} ({why})' for name, why in trained.items())
  what = f'{", ".join(names)} trains on what {_text(evaluation)} evaluates: {listed}'
  if held_out:
    raise UserError(
        what, 'EVAL_MIXTURE_OR_TASK_NAME',
        f'Evaluate {", ".join(held_out[0].evaluates)}, or what was trained on with t5x eval.')
  if always:
    raise UserError(what, 'EVAL_MIXTURE_OR_TASK_NAME', 'Evaluate something else.')
  logging.warning('%s.', what)


def _text(names: str | Sequence[str]) -> str:
  return ', '.join(as_list(names))


def _seen(training: Sequence[str], evaluation: str | Sequence[str]) -> dict[str, str]:
  """Training tasks with examples of the evaluated datasets, and why."""
  evaluated = list(dict.fromkeys(map(seen.source_of, mixtures.evaluation_tasks(evaluation))))
  reasons = {task.name: overlap.why_same(seen.source_of(task), evaluated)
             for task in mixtures.mixed(training)}
  return {name: why for name, why in reasons.items() if why}


def _should_have_left(experiment: PaperExperiment) -> dict[str, str]:
  """Training tasks that the experiment should leave out, and why."""
  reasons = {left.dataset.name: left.why for left in experiment.left_out}
  bases = {task.name: variants.split(task.name)[0] for task in mixtures.mixed(experiment.name)}
  return {name: reasons[base] for name, base in bases.items() if base in reasons}
