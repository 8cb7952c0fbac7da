"""The report of `t5x doctor`: which data is ready and which is missing."""
from collections.abc import Iterator, Sequence
import textwrap

from flan_jax.terminal import screen
from flan_jax.terminal.tables import table

_WIDTH = 120  # columns of notes in pipes and files


def report(findings: Sequence) -> str:
  """The report: first what is missing and how to prepare it, then a table, then notes.

  Args:
    findings: the states of datasets, from `doctor.examine`.
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
  """A paragraph for each kind of note that occurs."""
  for heading, noted in kinds:
    lines = _grouped((noted(f), f.name) for f in findings)
    if lines:
      yield '\n'.join([screen.wrapped([heading]), *lines])


def _commands(missing: Sequence) -> list[str]:
  """The commands to type, each followed by its datasets."""
  by_command = {}
  for f in missing:
    by_command.setdefault(f.command or f'# {f.why}', []).append(f)
  return [
      f'  {command}  # {", ".join(f.name for f in same)}' + _also(same[0].other_versions)
      for command, same in by_command.items()
  ]


def _also(versions: Sequence[str]) -> str:
  return f'; prepared so far: version {" and ".join(versions)}' if versions else ''


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
  yield ('Passes: tokenized passes on disk (see t5x prepare). Figures with ~ are estimates for the '
         'real datasets.')
  sources = {f.source: f for f in missing}.values()  # declarations of the same rows count once
  if sources:
    disk, seconds = (sum(getattr(f, name) or 0 for f in sources)
                     for name in ('disk_bytes', 'seconds'))
    yield (f'All missing datasets: about {_size(disk)} on disk and {_time(seconds)[1:]} to '
           'download and prepare, one after another.')


_STATES = {
    'ready': 'prepared', 'sample': 'from the sample world (SAMPLE DATA, not the real datasets)',
    'missing': 'missing', 'too small': 'too small for the declared slices',
    'own': 'SeqIO tasks of your own, not examined',
}


def _mirror_note(finding) -> str:
  if not finding.mirror:
    return ''
  return finding.mirror + ('' if finding.mirror_works else
                           f' cannot replace it: it lacks {finding.mirror_lacks}')


_URGENT = (
    ('Too small for the declared slices (--redraw_slices divides the rows again):',
     lambda f: f.why if f.state == 'too small' else ''),
    ('Empty slices. They cannot train, choose a template or be reported:',
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
  """One wrapped paragraph for each note that is not empty, after the names of its datasets."""
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
