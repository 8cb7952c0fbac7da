"""Compiles training steps ahead of time and writes the table of docs/scaling.md.

  python tests/regenerate/scaling_table.py [--only=lamda_137b]

needs libtpu and takes a few minutes a row on two CPU cores. With --only, the other rows stay.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / 'docs/scaling.md'
BEGIN, END = '<!-- table: ahead of time -->', '<!-- end of table -->'
HEADER = ('model', 'topology', 'mesh', 'arguments', 'temporaries', 'peak', 'of', 'fits',
          'FLOPs a step', 's/step at least', 'compiled in')
CASES = (
    ('t5_1_1_xl', 'v5e:2x4', ()),
    ('t5_1_1_xxl', 'v5e:4x4', ()),
    ('lamda_8b', 'v5e:4x4', ()),
    ('lamda_137b', 'v4:4x4x4', ("--gin.MESH={'fsdp': -1}", '--gin.AXIS_RULES=None')),
    ('lamda_137b', 'v4:4x4x4', ()),
)


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--only', default='', metavar='MODEL')
  args = parser.parse_args()
  rows = old_rows()
  for i, case in enumerate(CASES):
    if args.only in case[0]:
      rows[i] = row(*case)
      write(rows)


def old_rows() -> list[str]:
  """The rows that stand in the page; a row of dashes for each that is missing."""
  table = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
  rows = table.strip().splitlines()[2:]
  return rows + [line((model, topology, *['-'] * (len(HEADER) - 2)))
                 for model, topology, _ in CASES[len(rows):]]


def write(rows: list[str]) -> None:
  before, _, rest = PAGE.read_text().partition(BEGIN)
  table = '\n'.join((line(HEADER), line(('---',) * len(HEADER)), *rows))
  PAGE.write_text(f'{before}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}')


def row(model: str, topology: str, flags: tuple[str, ...]) -> str:
  report = precompile(f'--gin_file=gin/models/{model}.gin', f'--topology={topology}', *flags)
  gib = lambda name: f'{(report[name] or 0) / 2**30:.2f}'
  mesh = ', '.join(f'{axis}={n}' for axis, n in report['mesh'].items() if n > 1)
  return line((
      model, topology, mesh, gib('argument_bytes_per_device'), gib('temporary_bytes_per_device'),
      gib('peak_bytes_per_device'), gib('hbm_bytes_per_device'), 'yes' if report['fits'] else 'no',
      f'{report["flops_per_step"]:.2e}', f'{report["seconds_per_step_estimate"]:.2f}',
      f'{report["seconds_compile"]:.0f} s'))


def precompile(*arguments: str) -> dict:
  code = 'import sys; from flan_jax.cli import main; sys.exit(main())'
  done = subprocess.run(
      [sys.executable, '-c', code, 'precompile', *arguments, '--json'], cwd=ROOT, text=True,
      env=os.environ | {'PYTHONPATH': str(ROOT)}, stdout=subprocess.PIPE, check=False)
  if done.returncode not in (0, 1):
    sys.exit(done.returncode)
  return json.loads(done.stdout)


def line(cells: tuple[str, ...]) -> str:
  return '| ' + ' | '.join(cells) + ' |'


if __name__ == '__main__':
  main()
