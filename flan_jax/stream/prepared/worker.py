"""A worker process that builds passes, one job after the other.

The two sides exchange lines of JSON over the worker's standard input and output. `multiprocessing`
is no choice: its children import the caller's script again, and a script without a __main__ guard
would start over. JSON also keeps the jobs plain: the worker loads declarations by name itself.
"""
from collections.abc import Mapping
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from typing import Any

import seqio

from flan_jax.errors import OutOfMemory, UserError

_UNKNOWN = 'unknown'
_SECONDS_TO_END = 30


class Worker:
  """The caller's side: starts the process, sends it jobs, ends it."""

  def __init__(self, settings: Any):
    """Args:
      settings: `renderable.Settings`.
    """
    from flan_jax.data import registry
    from flan_jax.data.sources import choices

    self._errors = tempfile.TemporaryFile('w+')
    # The worker searches modules on this process's path, but not in the working directory by
    # itself (-P): a json.py there must not replace Python's.
    start = f'import sys; sys.path[:] = {[p for p in sys.path if p]!r}; '
    self._process = subprocess.Popen(
        [sys.executable, '-P', '-c', f'{start}from {__name__} import serve; serve()'], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors)
    self._send({
        'vocabulary': vocabulary_arguments(settings.vocabulary),
        'lengths': dict(settings.lengths),
        'directory': settings.directory,
        'tfds_data_dir': choices.tfds_data_dir(),
        'redrawing': choices.redrawing(),
        'place': choices.chosen_place(),
        'modules': registry.imported_modules(),
    })

  def __enter__(self) -> 'Worker':
    return self

  def __exit__(self, kind, *unused) -> None:
    if kind is None:
      self._end_by_itself()
    self._process.terminate()
    self._process.wait()
    for file in (self._process.stdin, self._process.stdout, self._errors):
      with contextlib.suppress(BrokenPipeError):
        file.close()

  def _end_by_itself(self) -> None:
    """Gives TensorFlow the time to delete its temporary files."""
    with contextlib.suppress(subprocess.TimeoutExpired, BrokenPipeError):
      self._process.stdin.close()
      self._process.wait(_SECONDS_TO_END)

  def ask(self, job: Mapping[str, Any]) -> dict[str, Any] | None:
    """Builds a pass in the worker.

    Args:
      job: the task's `name`, the `number` of the pass and the `key` that it must have.

    Returns:
      The manifest; None if the worker does not know the task as it is declared here.

    Raises:
      UserError: the worker raised it; OutOfMemory if the disk is full.
      RuntimeError: the worker died.
    """
    self._send(job)
    line = self._process.stdout.readline()
    if not line:
      self._errors.seek(0)
      raise RuntimeError(f'a process preparing {job} died:\n{self._errors.read()[-2000:]}')
    answer = json.loads(line)
    if 'mistake' in answer:
      raise (OutOfMemory if answer['disk_full'] else UserError)(*answer['mistake'])
    return None if answer == _UNKNOWN else answer

  def _send(self, message: dict[str, Any]) -> None:
    try:
      self._process.stdin.write(json.dumps(message) + '\n')
      self._process.stdin.flush()
    except BrokenPipeError:
      pass  # the worker has died; `ask` notices that when it reads the answer


def vocabulary_arguments(vocabulary: seqio.Vocabulary) -> list | None:
  """The arguments to make the same vocabulary in another process; None if they are unknown."""
  if type(vocabulary) is not seqio.SentencePieceVocabulary:
    return None
  return [vocabulary.sentencepiece_model_file, vocabulary.extra_ids]


def serve() -> None:
  """The worker's side: answers jobs until its input ends."""
  from flan_jax.data import declarations, registry
  from flan_jax.data.sources import choices, hub_files
  from flan_jax.stream.prepared.renderable import Settings

  # Only answers may go to the original standard output; other prints go to standard error.
  answers = os.fdopen(os.dup(1), 'w')
  os.dup2(2, 1)
  setup = json.loads(sys.stdin.readline())
  if setup['tfds_data_dir']:
    seqio.set_tfds_data_dir_override(setup['tfds_data_dir'])
  choices.allow_redrawing(setup['redrawing'])
  choices.read_from(setup['place'])
  # The caller has all files already. A download here could be of a later commit.
  hub_files.allow_downloads(False)
  declarations.load()
  for module in setup['modules']:
    registry.import_module(module)
  settings = Settings(
      seqio.SentencePieceVocabulary(*setup['vocabulary']), setup['lengths'], setup['directory'])
  for line in sys.stdin:
    answers.write(json.dumps(_answer(json.loads(line), settings)) + '\n')
    answers.flush()


def _answer(job: Mapping[str, Any], settings) -> dict[str, Any] | str:
  from flan_jax.data import mixtures
  from flan_jax.stream import prepared
  from flan_jax.stream.prepared import builder

  try:
    task = prepared.of_task(mixtures.find(job['name']), settings)
    if task is None or prepared.folder(task, settings).name != job['key']:
      return _UNKNOWN
  except UserError:
    return _UNKNOWN
  try:
    return builder.build_pass(builder.Pass(task, job['number']), settings)
  except UserError as error:
    return {'mistake': [error.what, error.where, error.remedy],
            'disk_full': isinstance(error, OutOfMemory)}
