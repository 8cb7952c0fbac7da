"""Nouns with numbers."""


def counted(number: int, noun: str) -> str:
  """A number with its noun: '1 dataset', '1,200 datasets'."""
  return f'{number:,} {noun}' if number == 1 else f'{number:,} {noun}s'
