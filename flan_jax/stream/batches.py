"""Batches of fixed shape, filled row by row with the examples that draws ask for.

A row of a batch takes its oldest waiting draw and fills up with later ones that fit (`packing`). So
a row's position is two numbers: its oldest waiting draw, and a bit mask of the later draws that are
already used.
"""
from collections.abc import Iterator, Mapping, Sequence
from concurrent import futures

import numpy as np

from flan_jax.errors import UserError
from flan_jax.stream import packing
from flan_jax.stream.draws import RowDraws
from flan_jax.stream.examples import Example, Examples, StreamedExamples

Batch = dict[str, np.ndarray]
Position = dict[str, list[int]]  # row -> [oldest waiting draw, bit mask of the used draws after it]

ARRAYS = {
    'inputs': ('encoder_input_tokens', 'encoder_segment_ids'),
    'targets': ('decoder_input_tokens', 'decoder_target_tokens', 'decoder_segment_ids',
                'decoder_loss_weights', 'task_ids', 'template_ids', 'truncated'),
}


class Batches:
  """An iterator over batches that knows its position; the next batch is made in the background."""

  def __init__(self, rows: Sequence['BatchRow'], examples: Sequence[Examples],
               shapes: Mapping[str, tuple[int, int]]):
    self._rows, self._examples, self._shapes = rows, examples, shapes
    self._background = futures.ThreadPoolExecutor(1, 'batches')
    self.position: Position = self._position()
    self._next = self._background.submit(self._make)

  def __iter__(self) -> Iterator[Batch]:
    return self

  def __next__(self) -> Batch:
    """The next batch. Afterwards `position` is where the batch after it begins (JSON-able)."""
    # The background already works on the batch after this one. So each batch comes with its own
    # position; the rows' current positions would be one batch too far.
    batch, self.position = self._next.result()
    self._next = self._background.submit(self._make)
    return batch

  def close(self) -> None:
    """Ends the background work."""
    self._background.shutdown(wait=True, cancel_futures=True)

  def _make(self) -> tuple[Batch, Position]:
    batch = {name: np.zeros(shape, np.int32) for name, shape in self._shapes.items()}
    for number, row in enumerate(self._rows):
      fill_row({name: array[number] for name, array in batch.items()}, row.take())
    self._forget()
    return batch, self._position()

  def _forget(self) -> None:
    """Frees the streamed examples that no row will ask for again."""
    streamed = [i for i, e in enumerate(self._examples) if isinstance(e, StreamedExamples)]
    if streamed:
      places = np.min([row.earliest_places() for row in self._rows], axis=0)
      for task in streamed:
        self._examples[task].forget(int(places[task]))

  def _position(self) -> Position:
    return {str(row.number): row.position for row in self._rows}


class BatchRow:
  """One row of the global batch, and the draws that wait to be packed into it."""

  def __init__(self, number: int, draws: RowDraws, examples: Sequence[Examples],
               capacity: tuple[int, int], pack: bool):
    self.number = number
    self._draws, self._examples, self._capacity = draws, examples, capacity
    self._lookahead = packing.LOOKAHEAD if pack else 1
    self._oldest, self._gone = 0, set()
    self._waiting: dict[int, tuple[int, Example]] = {}

  @property
  def position(self) -> list[int]:
    """The oldest waiting draw, and a bit mask of the later draws that are used."""
    # At most LOOKAHEAD bits: `take` looks no further than that, and whenever the oldest draw is
    # used, `_oldest` moves up to the next unused one.
    return [self._oldest, sum(1 << (number - self._oldest) for number in self._gone)]

  def seek(self, oldest: int, gone: int) -> None:
    """Continues from a position."""
    self._oldest = oldest
    self._gone = {oldest + bit for bit in range(gone.bit_length()) if gone >> bit & 1}

  def earliest_places(self) -> np.ndarray:
    """For each task the earliest place that this row may still ask for: int64 `[tasks]`."""
    return self._draws.earliest_places(self._oldest)

  def take(self) -> list[tuple[int, Example]]:
    """The (task, example) pairs of this row in the next batch."""
    ahead = [n for n in range(self._oldest, self._oldest + self._lookahead) if n not in self._gone]
    for number in ahead:
      if number not in self._waiting:
        draw = self._draws[number]
        self._waiting[number] = draw.task, self._examples[draw.task][draw.place]
    sizes = {n: (len(e.inputs), len(e.targets)) for n in ahead for _, e in [self._waiting[n]]}
    # An example without inputs has nothing to attend to: its attention would spread over the inputs
    # of the other examples in its row. So it shares a row only with others of its kind.
    alike = [n for n in ahead if (sizes[n][0] > 0) == (sizes[ahead[0]][0] > 0)]
    taken = [alike[i] for i in packing.choose([sizes[n] for n in alike], self._capacity)]
    self._gone.update(taken)
    while self._oldest in self._gone:
      self._gone.remove(self._oldest)
      self._oldest += 1
    return [self._waiting.pop(number) for number in taken]


def fill_row(arrays: Mapping[str, np.ndarray], examples: Sequence[tuple[int, Example]]) -> None:
  """Writes (task, example) pairs one after the other into a row's arrays, each `[length]`.

  An example without target tokens takes room for its inputs and has no loss.
  """
  i = t = 0
  for segment, (task, example) in enumerate(examples, start=1):
    inputs = slice(i, i := i + len(example.inputs))
    targets = slice(t, t := t + len(example.targets))
    arrays['encoder_input_tokens'][inputs] = example.inputs
    arrays['encoder_segment_ids'][inputs] = segment
    arrays['decoder_target_tokens'][targets] = example.targets
    arrays['decoder_input_tokens'][targets.start + 1 : targets.stop] = example.targets[:-1]
    arrays['decoder_segment_ids'][targets] = segment
    arrays['decoder_loss_weights'][targets] = 1
    # Numbers from 1, since 0 is padding.
    arrays['task_ids'][targets] = task + 1
    arrays['template_ids'][targets] = example.template + 1
    arrays['truncated'][targets][:1] = (
        (example.truncated > 0) + 2 * (example.targets_truncated > 0))


def merge_positions(positions: Sequence[Position]) -> Position:
  """The position of the global batch, from the positions of the processes that read its rows."""
  return {row: place for position in positions for row, place in position.items()}


def check_lengths(lengths: Mapping[str, int]) -> None:
  """Raises UserError for lengths that a row cannot have."""
  for feature in ('inputs', 'targets'):
    if not isinstance(lengths.get(feature), int) or lengths[feature] < 2:
      raise UserError(f'{dict(lengths)} has no usable length for {feature!r}',
                      'TASK_FEATURE_LENGTHS', "Set it like {'inputs': 512, 'targets': 128}.")
