"""Prints how the templates speak: own words, scenes, spelling, requests.

  python -m tests.regenerate.template_style [--worst=N] [dataset or cluster ...]

from the repository's root. One line a dataset and one for all. "own words" are the words of a
prompt's pattern outside its fields, here over all templates; "requests" the share of templates with
a sentence that begins with an everyday imperative such as "write" or "translate". `--worst` lists
the longest templates, and those that set a scene.
"""
import argparse
from collections.abc import Iterable, Sequence

import numpy as np

from flan_jax.data.templates import Template
from flan_jax.data_tools import lint
from flan_jax.data_tools.lint import voice

HEADER = f'{"":34}{"templates":>10}{"median":>8}{"mean":>7}{"95 %":>6}{"most":>6}{"scenes":>8}' \
         f'{"British":>9}{"requests":>10}'


def main(arguments: Sequence[str] | None = None) -> None:
  parser = argparse.ArgumentParser(usage='template_style [--worst=N] [NAME ...]')
  parser.add_argument('--worst', type=int, default=0)
  parser.add_argument('names', nargs='*')
  args = parser.parse_args(arguments)
  # Declarations that share their templates count once.
  sets = {d.templates: d.name for d in reversed(lint.chosen(args.names or None))}
  print(HEADER)
  for templates, name in reversed(sets.items()):
    print(_line(name, templates))
  everything = [(name, n, t) for templates, name in reversed(sets.items())
                for n, t in enumerate(templates)]
  print(_line(f'all {len(sets)} sets', [t for _, _, t in everything]))
  _print_worst(everything, args.worst)


def _line(name: str, templates: Iterable[Template]) -> str:
  inputs = [t.inputs for t in templates]
  words = np.array([len(voice.own_words(pattern)) for pattern in inputs])
  scenes = sum(bool(voice.scene(pattern)) for pattern in inputs)
  spelled = sum(len(voice.british(t.inputs + ' ' + t.targets)) for t in templates)
  requests = np.mean([voice.is_imperative(pattern) for pattern in inputs])
  return (f'{name:34}{len(inputs):>10}{np.median(words):>8g}{words.mean():>7.1f}'
          f'{np.percentile(words, 95):>6.0f}{words.max():>6}{scenes:>8}{spelled:>9}'
          f'{requests:>10.0%}')


def _print_worst(templates: Sequence[tuple[str, int, Template]], worst: int) -> None:
  longest = sorted(templates, key=lambda entry: -len(voice.own_words(entry[2].inputs)))
  for name, number, template in longest[:worst]:
    print(f'{name} {number}: {len(voice.own_words(template.inputs))} own words')
  for name, number, template in templates if worst else ():
    if words := voice.scene(template.inputs):
      print(f'{name} {number}: scene, {words!r}')


if __name__ == '__main__':
  main()
