"""What tokenized data is made of: anything that gives examples, pass after pass, and has a key."""
from collections.abc import Iterator, Mapping
import dataclasses
from typing import Protocol

from etils import epath
import seqio

from flan_jax import storage
from flan_jax.storage import cache_dir
from flan_jax.stream.examples import Example


@dataclasses.dataclass(frozen=True)
class Settings:
  """How examples are tokenized and where they are kept.

  Attributes:
    vocabulary: turns texts into tokens.
    lengths: longest `inputs` and `targets` in tokens.
    directory: local directory or `gs://` path; None for `prepared` in the cache directory.
  """

  vocabulary: seqio.Vocabulary
  lengths: Mapping[str, int]
  directory: str | None = None

  @property
  def root(self) -> epath.Path:
    """The folder of all tokenized data."""
    if self.directory:
      return epath.Path(storage.expand(self.directory))
    return epath.Path(cache_dir()) / 'prepared'


class Renderable(Protocol):
  """A source of training examples that can be tokenized and indexed.

  Attributes:
    name: of its task.
    cluster: of its task.
    where: what error messages call it, such as `dataset rte`.
    own_tokens: whether its tokens may be others than those of the vocabulary.
  """

  name: str
  cluster: str
  where: str
  own_tokens: bool

  def passes(self, settings: Settings) -> int:
    """The number of different passes. Epoch e of training reads pass e mod this number."""

  def key(self, settings: Settings) -> str:
    """A key that changes when anything changes that the examples depend on.

    Raises:
      UserError: data is missing, or a value that they depend on cannot be checked for changes.
    """

  def num_rows(self) -> int:
    """The number of rows that a pass reads; 0 where it is not known."""

  def examples(self, number: int, settings: Settings) -> Iterator[Example]:
    """The examples of pass `number` in the order of their rows, the same every time.

    Raises:
      UserError: data is missing, or an example cannot be made.
    """


def folder(renderable: Renderable, settings: Settings) -> epath.Path:
  """The folder of the passes, as they are rendered now. Raises UserError as `key` does."""
  return settings.root / renderable.name / renderable.key(settings)
