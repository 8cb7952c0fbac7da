"""The identity of a run: the settings that decide its results, compared at each start.

Two records of JSON values are saved with each checkpoint. `Stream.identity` describes the stream of
batches and is saved beside the position in it. `configuration` describes everything else and is
saved with the facts of the checkpoint. Settings that may change between two starts of a run are in
neither: steps, periods, retention, reports, the mesh, rematerialization and evaluation.
"""
from collections.abc import Mapping, Sequence
import dataclasses
import json
from typing import Any

from etils import epath

from flan_jax.errors import UserError

_SHOWN = 8      # differences that a message lists, at most
_FEW = 4        # tasks that a message lists one by one, at most
_LONGEST = 60   # characters of a value that a message shows, at most

# Path in a record -> the macro that sets it. A message names any other setting by its path.
_MACROS = {
    'rates': 'MIXTURE_OR_TASK_NAME', 'seed': 'RANDOM_SEED', 'rows': 'BATCH_SIZE',
    'lengths': 'TASK_FEATURE_LENGTHS', 'lookahead': 'the look-ahead of packing (PACK)',
    'shuffle': 'SHUFFLE_TRAIN_EXAMPLES', 'use_cached': 'USE_CACHED_TASKS',
    'vocabulary': 'VOCABULARY',
    'initial_checkpoint': 'INITIAL_CHECKPOINT_PATH', 'accumulation': 'GRADIENT_ACCUMULATION',
    'model.dropout_rate': 'DROPOUT_RATE', 'model.scan_layers': 'SCAN_LAYERS',
    'model.dtype': 'ACTIVATION_DTYPE', 'optimizer.name': 'OPTIMIZER',
    'optimizer.weight_decay': 'WEIGHT_DECAY', 'optimizer.groups': 'PARAMETER_GROUPS',
    'optimizer.schedule.kind': 'LEARNING_RATE_SCHEDULE',
    'optimizer.schedule.learning_rate': 'LEARNING_RATE',
    'optimizer.schedule.warmup_steps': 'WARMUP_STEPS',
    'optimizer.schedule.floor': 'LEARNING_RATE_FLOOR',
    'loss.z_loss': 'Z_LOSS', 'loss.label_smoothing': 'LABEL_SMOOTHING',
    'tuning.trainable': 'TRAINABLE', 'tuning.frozen': 'FROZEN', 'tuning.ema_decay': 'EMA_DECAY',
}
_STEPS, _END, _KIND = 'steps', 'optimizer.schedule.decay_steps', 'optimizer.schedule.kind'
_ENDING = ('linear', 'cosine')  # the schedules that end at `decay_steps`


@dataclasses.dataclass(frozen=True)
class Difference:
  """A setting that differs between a checkpoint and the run that starts from it.

  Attributes:
    name: the macro that sets it, or else a description.
    was: its value in the checkpoint.
    now: its value in this run.
  """

  name: str
  was: Any
  now: Any

  def __str__(self) -> str:
    return f'{self.name} was {_shown(self.was)} and is {_shown(self.now)}'


def configuration(config: Any, model_config: Any) -> dict[str, Any]:
  """The settings that decide a run's results, by their path, without those of its batches.

  Args:
    config: a `TrainConfig`.
    model_config: the model's shape, with the size of the vocabulary.
  """
  optimizer = {'name': type(config.optimizer).__name__, **dataclasses.asdict(config.optimizer)}
  model, tuning = dataclasses.asdict(model_config), dataclasses.asdict(config.tuning)
  del model['remat'], tuning['evaluate_ema']
  record = {'model': {'family': type(model_config).__name__, **model}, 'optimizer': optimizer,
            'loss': dataclasses.asdict(config.loss), 'tuning': tuning}
  # With dropout, each part of a batch draws its own masks. Without dropout, any number of parts
  # gives the same sum, so the number may change.
  if model_config.dropout_rate:
    record['accumulation'] = config.accumulation
  record['initial_checkpoint'] = config.initial_checkpoint
  return _plain({**_flat(record), _STEPS: config.steps})


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
  """The differences of two records.

  A setting that only one record has is ignored: the version that wrote the other record did not
  have this setting.
  """
  now = _plain(now)
  changed = [n for n in was if n in now and n != _STEPS and was[n] != now[n]]
  # Another vocabulary changes all data too, and is what a reader can do something about.
  changed.sort(key=lambda name: name != 'vocabulary')
  # If a schedule ends with the run, more steps move its end. That is allowed; see
  # `changed_schedule`, which warns of it.
  if _ends_with_the_run(was) and _ends_with_the_run(now) or now.get(_KIND) not in _ENDING:
    changed = [n for n in changed if n != _END]
  return [difference for name in changed if not _same_place(name, was[name], now[name])
          for difference in _in_detail(name, was[name], now[name])]


def check(found: Sequence[Difference], model_dir: str, step: int) -> None:
  """Raises UserError if differences were found: the directory holds a different run."""
  if not found:
    return
  listed = '; '.join(map(str, found[:_SHOWN]))
  more = f'; and {len(found) - _SHOWN} more' if len(found) > _SHOWN else ''
  own = ''
  if any(difference.name == _MACROS['vocabulary'] for difference in found):
    own = f' (its vocabulary is in {model_dir}/vocabulary/)'
  raise UserError(
      f'it holds a different run, of {step} steps: {listed}{more}', f'MODEL_DIR={model_dir}',
      f'Use the settings of that run{own}; or name another directory, such as --gin.MODEL_DIR='
      f'{_free(model_dir)}, and add --gin.INITIAL_CHECKPOINT_PATH={model_dir} to begin a new run '
      'with these parameters.')


def check_steps(steps: int, done: int, model_dir: str) -> None:
  """Raises UserError if a run has already taken more steps than it should."""
  if done > steps:
    raise UserError(
        f'its run has already taken {done} steps, more than {steps}', f'MODEL_DIR={model_dir}',
        f'Set TRAIN_STEPS to {done} or more, or name another directory, such as '
        f'--gin.MODEL_DIR={_free(model_dir)}.')


def changed_schedule(was: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
  """A warning if the schedule ends with the run and the number of steps has changed; else None."""
  before, after = was.get(_END), now[_END]
  if now[_KIND] not in _ENDING or before in (None, after):
    return None
  return (f'LEARNING_RATE_SCHEDULE={now[_KIND]!r} ends at step {after} now, not {before}: the '
          f'learning rate jumps to its value in a run of {after} steps.')


def _ends_with_the_run(record: Mapping[str, Any]) -> bool:
  return _END in record and record[_END] == record.get(_STEPS)


def _in_detail(name: str, was: Any, now: Any) -> list[Difference]:
  """A difference as a message shows it: tasks and rates are split into one for each task."""
  shown = _MACROS.get(name, name)
  if name == 'tasks':  # tasks that only one record has are shown with the rates
    return [Difference(f'the data of {task} (rows and rendering)', was[task], now[task])
            for task in was if task in now and was[task] != now[task]]
  if name != 'rates':
    return [Difference(shown, was, now)]
  if set(was) != set(now):
    return [Difference(shown, *_mixtures(sorted(was), sorted(now)))]
  return [Difference(f'the rate of {task}', was[task], now[task])
          for task in was if was[task] != now[task]]


def _mixtures(was: list[str], now: list[str]) -> tuple[list[str], list[str]]:
  """Two lists of tasks as a message shows them. Of long lists, only the differences."""
  if max(len(was), len(now)) <= _FEW:
    return was, now
  gone, new = sorted(set(was) - set(now)), sorted(set(now) - set(was))
  one = lambda has, lacks: [f'one with{"" if has else "out"} {", ".join(has or lacks)}']
  return one(gone, new), one(new, gone)


def _same_place(name: str, was: Any, now: Any) -> bool:
  """Whether two values are paths of the same checkpoint. Relative paths may differ in form."""
  if name != 'initial_checkpoint' or not (was and now):
    return False
  return epath.Path(was).resolve() == epath.Path(now).resolve()


def _free(model_dir: str) -> str:
  """The first of DIR-2, DIR-3, ... that does not exist."""
  base, number = str(model_dir).rstrip('/'), 2
  while epath.Path(f'{base}-{number}').exists():
    number += 1
  return f'{base}-{number}'


def _flat(tree: Mapping[str, Any], above: str = '') -> dict[str, Any]:
  flat = {}
  for name, value in tree.items():
    flat |= _flat(value, f'{above}{name}.') if isinstance(value, dict) else {above + name: value}
  return flat


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
  """A record as JSON reads it back: tuples are lists. So it compares equal to a saved record."""
  return json.loads(json.dumps(record, default=repr))


def _shown(value: Any) -> str:
  text = ', '.join(map(str, value)) if isinstance(value, list) else repr(value)
  return text if len(text) <= _LONGEST else f'{text[:_LONGEST]}...'
