"""The folders of results, and the facts stored with them.

An evaluation has the folder `eval/<step>/<mixture>/` of its output directory. The first evaluation
there writes `evaluation.json` with its identity. An evaluation of the same mixture with another
identity (other limits, lengths, types, prompts, rows, checkpoint) gets a folder of its own, with a
digest after the mixture's name. So no evaluation overwrites another, and a repeated one finds its
own folder.
"""
from collections.abc import Mapping, Sequence
import dataclasses
import datetime
import hashlib
from importlib import metadata
import json
import re
from typing import Any

from etils import epath
import seqio

from flan_jax import __version__, json_text, storage
from flan_jax.data import registry
from flan_jax.data.dataset import Dataset
from flan_jax.data.rates import as_list
from flan_jax.data.reading_rows import row_source
from flan_jax.data.sources.slice_source import SliceSource
from flan_jax.evaluation.harness import Evaluation, Work

_CLAIM = 'evaluation.json'
_LONGEST_NAME = 100
_CHANGE_NO_RESULT = ('batch_size', 'batch_tokens')  # settings that change no result
_PACKAGES = ('jax', 'flax', 'seqio', 'tensorflow', 'tensorflow-datasets', 'numpy')


def facts(
    evaluation: Evaluation, works: Sequence[Work], *, checkpoint: str, dtype: str, averaged: bool
) -> dict[str, Any]:
  """The entries of `results.json` other than its numbers.

  Args:
    evaluation: what is evaluated and how.
    works: its plan.
    checkpoint: where the parameters come from.
    dtype: the type that the model computes in.
    averaged: whether the parameters are running averages.

  Returns:
    JSON-able: `checkpoint`, `settings`, `limits`, `versions`, `date` (UTC) and `data` (for each
    dataset its source, directory, whether it is sample data, and a digest of its rows).
  """
  return {
      'checkpoint': checkpoint,
      'settings': {
          'split': evaluation.split,
          'lengths': dict(evaluation.lengths),
          'batch_size': evaluation.batch_size,
          'batch_tokens': evaluation.batch_tokens,
          'dtype': dtype,
          'averaged': averaged,
          'prompts': _digest([_prompts(work.task) for work in works]),
      },
      'limits': {'num_examples': evaluation.num_examples,
                 'dev_examples': evaluation.dev_examples},
      'versions': {'flan_jax': __version__, **{name: metadata.version(name)
                                               for name in _PACKAGES}},
      'date': datetime.datetime.now(datetime.UTC).isoformat(timespec='seconds'),
      'data': _data(works),
  }


def folder(output_dir: str, step: int, mixture: Any, facts: Mapping[str, Any]) -> epath.Path:
  """The folder of an evaluation. It may not exist yet."""
  parent, wanted = epath.Path(output_dir) / 'eval' / str(step), _identity(facts)
  found = parent / folder_name(mixture)
  claim = found / _CLAIM
  if claim.exists() and json.loads(claim.read_text()) != wanted:
    return parent / f'{folder_name(mixture)}-{_digest(wanted)}'
  return found


def folder_name(mixture: Any) -> str:
  """A folder name for a mixture: 'nli', or 'anli_r1+cb' for a list of two names."""
  names = '+'.join(as_list(mixture))
  safe = re.sub(r'[^\w.+-]', '_', names)[:_LONGEST_NAME]
  safe = re.sub(r'^\.', '_', safe) or '_'
  return safe if safe == names else f'{safe}-{_digest(names)}'


def begin(output_dir: str, step: int, mixture: Any, facts: Mapping[str, Any]) -> epath.Path:
  """Creates the folder of an evaluation, writes the identity there, and returns the folder.

  If several evaluations of a mixture begin at once, only one gets the folder without a digest.
  """
  said = json_text.dumps(_identity(facts), indent=2) + '\n'
  while True:
    path = folder(output_dir, step, mixture, facts)
    (path / 'predictions').mkdir(parents=True, exist_ok=True)
    if storage.create_text(path / _CLAIM, said) or folder(output_dir, step, mixture, facts) == path:
      return path


def write_predictions(path: epath.Path, task: str, records: Sequence[Mapping[str, Any]]) -> None:
  """Writes `predictions/<task>.jsonl`."""
  lines = ''.join(json_text.dumps(record) + '\n' for record in records)
  storage.write_text(path / 'predictions' / f'{_file_name(task)}.jsonl', lines)


def read_predictions(path: epath.Path, task: str) -> list[dict[str, Any]]:
  """The records that `write_predictions` has written."""
  text = (path / 'predictions' / f'{_file_name(task)}.jsonl').read_text()
  return [json.loads(line) for line in text.split('\n') if line]


def finish(path: epath.Path, results: Mapping[str, Any]) -> None:
  """Writes `results.json`, and deletes the predictions of tasks that are not in it."""
  kept = {f'{_file_name(task)}.jsonl' for task in results['tasks']}
  for file in (path / 'predictions').iterdir():
    # If the same evaluation was started twice, the other one may still be writing there.
    if file.name not in kept and not file.name.endswith(storage.INCOMPLETE):
      file.unlink(missing_ok=True)
  storage.write_text(path / 'results.json', json_text.dumps(results, indent=2) + '\n')


def stored(path: epath.Path, facts: Mapping[str, Any]) -> dict[str, Any] | None:
  """The results of this evaluation in a folder; None if it was not finished."""
  file = path / 'results.json'
  if not file.exists():
    return None
  results = json.loads(file.read_text())
  return results if _identity(results) == _identity(facts) else None


def _file_name(task: str) -> str:
  return re.sub(r'[^\w.+-]', '_', task)


def _identity(facts: Mapping[str, Any]) -> dict[str, Any]:
  """The identity of an evaluation: everything that may change one of its numbers."""
  settings = {name: value for name, value in facts['settings'].items()
              if name not in _CHANGE_NO_RESULT}
  data = {name: [entry['source'], entry['rows']] for name, entry in facts['data'].items()}
  # As it is when read from a file, to be compared with that: JSON has no tuples.
  return json.loads(json_text.dumps({
      'checkpoint': facts['checkpoint'], 'settings': settings, 'limits': facts['limits'],
      'data': data}))


def _digest(value: Any) -> str:
  return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:8]


def _prompts(task: seqio.Task) -> Any:
  """The prompts and options of a task; its name alone if it is a foreign task."""
  declared = registry.declaration(task.name)
  if declared is None:
    return task.name
  if registry.is_baseline(task.name):
    return [task.name, declared.shots, dataclasses.astuple(declared.baseline)]
  return [task.name, declared.shots, declared.options,
          [[template.inputs, template.targets] for template in declared.templates]]


def _data(works: Sequence[Work]) -> dict[str, Any]:
  found: dict[str, Any] = {}
  for work in works:
    declared = registry.declaration(work.task.name)
    name = registry.dataset_name(work.task.name)
    if name not in found:
      found[name] = _source(work.task, declared)
    if work.split not in found[name]['rows']:
      found[name]['rows'][work.split] = _rows(work)
    if isinstance(work.task.source, SliceSource):
      found[name] |= work.task.source.version(work.split)
  return found


def _source(task: seqio.Task, declared: Dataset | None) -> dict[str, Any]:
  if declared is None:
    return {'source': type(task.source).__name__, 'directory': None, 'sample_data': False,
            'rows': {}}
  read = row_source(declared)
  return {
      'source': read.source.name,
      'directory': read.directory(),
      'sample_data': read.is_sample(),
      'rows': {},
  }


def _rows(work: Work) -> Any:
  """A digest of the rows; for a foreign task only their number is known."""
  if isinstance(work.task.source, SliceSource):
    return _digest(work.task.source.fingerprint(work.split))
  return work.task.num_input_examples(work.split)
