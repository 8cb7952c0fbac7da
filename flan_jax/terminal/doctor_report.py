"""What data is there and what is missing, as `t5x doctor` tells it."""
from collections.abc import Iterator, Sequence
import textwrap

from flan_jax.terminal import screen
from flan_jax.terminal.tables import table

_WIDTH = 120  # of notes in pipes and files


def report(findings: Sequence) -> str:
  """What has to be done comes first, then the datasets in the same order, then the notes.

  Args:
    findings: as `doctor.examine` gives them.
  """
  return '\n\n'.join(_parts(findings))


def _parts(findings: Sequence) -> Iterator[str]:
  missing = [f for f in findings if f.state == 'missing']
  small = [f for f in findings if f.state == 'too small']
  there = [f for f in findings if f not in missing and f not in small]
  yield screen.wrapped(_summary(findings, missing))
  if missing:
    yield '\n'.join(['Missing. To prepare it:', *_commands(missing)])
  yield from _notes(findings, _URGENT)
  yield _table([*missing, *small, *there])
  yield from _notes([f for f in findings if f.state != 'ready'], _NOTES)


def _notes(findings: Sequence, kinds) -> Iterator[str]:
  """A paragraph for each kind of note that there are any of."""
  for heading, noted in kinds:
    lines = _grouped((noted(f), f.name) for f in findings)
    if lines:
      yield '\n'.join([screen.wrapped([heading]), *lines])


def _commands(missing: Sequence) -> list[str]:
  """What to type, each with the datasets it is for behind it."""
  by_command = {}
  for f in missing:
    by_command.setdefault(f.command or f'# {f.why}', []).append(f)
  return [
      f'  {command}  # {", ".join(f.name for f in same)}' + _also(same[0].other_versions)
      for command, same in by_command.items()
  ]


def _also(versions: Sequence[str]) -> str:
  return f'; version {" and ".join(versions)} is there' if versions else ''


def _table(findings: Sequence) -> str:
  head = ('dataset', 'data', 'passes', 'TFDS has', 'license', 'download', 'disk', 'time')
  rows = [
      (f.name, f.state, '-' if f.passes is None else str(f.passes), _versions(f.versions),
       f.license or '-', _size(f.download_bytes, '~'), _size(f.disk_bytes, '' if f.rows else '~'),
       _time(f.seconds))
      for f in findings
  ]
  return table((head, *rows), left=5, leaves=(3, 4, 2, 5, 6, 7, 1))


def _versions(versions: Sequence[str]) -> str:
  """The newest version, and how many others there are."""
  if not versions:
    return '-'
  return versions[0] + (f' +{len(versions) - 1}' if len(versions) > 1 else '')


def _summary(findings: Sequence, missing: Sequence) -> Iterator[str]:
  states = {state: sum(f.state == state for f in findings) for state in _STATES}
  yield ', '.join(f'{count} {_STATES[state]}' for state, count in states.items() if count) + '.'
  directories = dict.fromkeys(f.directory for f in findings if f.directory)
  if directories:
    yield f'Read from: {", ".join(directories)}'
  yield ('Passes: tokenized passes over it that `t5x prepare` has left. Figures behind ~ are '
         'estimates, of the real datasets.')
  sources = {f.source: f for f in missing}.values()  # declarations of the same rows count once
  if sources:
    disk, seconds = (sum(getattr(f, name) or 0 for f in sources)
                     for name in ('disk_bytes', 'seconds'))
    yield (f'All that is missing: about {_size(disk)} on disk and {_time(seconds)[1:]} to download '
           'and prepare, one after another.')


_STATES = {
    'ready': 'prepared', 'sample': 'from the sample world (SAMPLE DATA, not the real datasets)',
    'missing': 'missing', 'too small': 'too small for the declared slices',
    'own': 'of your own, not looked into',
}


def _mirror_note(finding) -> str:
  if not finding.mirror:
    return ''
  return finding.mirror + ('' if finding.mirror_works else
                           f' cannot stand in: it lacks {finding.mirror_lacks}')


_URGENT = (
    ('Too small for the declared slices (--redraw_slices divides the rows of excerpts anew):',
     lambda f: f.why if f.state == 'too small' else ''),
    ('Empty slices, which nothing is trained on, or chosen or evaluated with:',
     lambda f: ', '.join(f.empty)),
)
_NOTES = (
    ('By hand, before `tfds build` (files go into DIR/downloads/manual):', lambda f: f.manual),
    ('Known trouble (numbers are issues of github.com/tensorflow/datasets):',
     lambda f: '; '.join(f.trouble)),
    ("The same rows on the Hugging Face hub, read with --source=hub (pip install 'flan-jax[hub]'):",
     _mirror_note),
)


def _grouped(notes) -> list[str]:
  """One wrapped paragraph for each note that is not empty, the names it is about in front."""
  by_note = {}
  for note, name in notes:
    if note:
      by_note.setdefault(note, []).append(name)
  return [
      textwrap.fill(
          f'{", ".join(names)}: {note}', screen.width() or _WIDTH, initial_indent='  ',
          subsequent_indent='    ', break_long_words=False, break_on_hyphens=False)
      for note, names in by_note.items()
  ]


def _size(count: int | None, mark: str = '') -> str:
  if count is None:
    return '-'
  if count < 1e9:
    return f'{mark}{max(1, round(count / 1e6)):,} MB'
  return f'{mark}{count / 1e9:.1f} GB'


def _time(seconds: int | None) -> str:
  if seconds is None:
    return '-'
  if seconds < 5400:
    return f'~{max(1, round(seconds / 60))} min'
  return f'~{seconds / 3600:.1f} h'
