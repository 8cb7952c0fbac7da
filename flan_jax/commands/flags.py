"""What the values of flags may be: types for argparse, which say what is wrong in a line."""
import argparse
from collections.abc import Callable

from flan_jax import checks, paths


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
  """A whole number from `least` up to `most`."""
  return _checked(int, checks.whole(least, most))


def seconds() -> Callable[[str], float]:
  """A time above 0."""
  return _checked(float, checks.number(above=0))


def path() -> Callable[[str], str]:
  """A path, with `~` as the home directory."""
  return lambda text: paths.expand(_checked(str, checks.path())(text))


def path_list() -> Callable[[str], str]:
  """Paths with commas between, with `~` as the home directory in each."""
  return lambda text: ','.join(map(paths.expand, text.split(',')))


def name() -> Callable[[str], str]:
  """A name, or several with commas between."""
  return _checked(str, checks.names())


def names() -> Callable[[str], tuple[str, ...]]:
  """Names with commas between."""
  return lambda text: tuple(part.strip() for part in name()(text).split(','))


def _checked(convert: Callable[[str], object], rule: checks.Rule) -> Callable[[str], object]:
  def parse(text: str) -> object:
    try:
      value = convert(text)
    except ValueError:
      value = text
    if not rule.holds(value):
      raise argparse.ArgumentTypeError(f'{text!r} is not {rule.expected}')
    return value

  return parse
