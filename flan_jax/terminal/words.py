"""Nouns with numbers, and durations."""


def counted(number: int, noun: str) -> str:
  """A number with its noun: '1 dataset', '1,200 datasets'."""
  return f'{number:,} {noun}' if number == 1 else f'{number:,} {noun}s'


def clock(seconds: float) -> str:
  """A duration such as '4:07' or '1:04:07'."""
  minutes, seconds = divmod(int(seconds), 60)
  hours, minutes = divmod(minutes, 60)
  return f'{hours}:{minutes:02d}:{seconds:02d}' if hours else f'{minutes}:{seconds:02d}'
