"""Words that depend on numbers."""


def counted(number: int, noun: str) -> str:
  """A number of things: '1 dataset', '1,200 datasets'."""
  return f'{number:,} {noun}' if number == 1 else f'{number:,} {noun}s'
