"""Compiles training steps ahead of time; writes their figures and the table of docs/scaling.md.

  python tests/regenerate/scaling_table.py              # compiles what has no figures yet
  python tests/regenerate/scaling_table.py --only=lamda  # compiles these again
  python tests/regenerate/scaling_table.py --only=-      # compiles nothing, writes the table anew

needs libtpu to compile, and takes a few minutes a job on two CPU cores. The figures stand in
tests/planning/compiler_peaks.json, which tests hold the plan against.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / 'docs/scaling.md'
FIGURES = ROOT / 'tests/planning/compiler_peaks.json'
BEGIN, END = '<!-- table: ahead of time -->', '<!-- end of table -->'
HEADER = ('model', 'rows of tokens', 'remat', 'topology', 'mesh', 'compiler', 'plan', 'off', 'of',
          'fits', 'FLOPs a step', 's/step at least')
GIB = 2**30


def sized(inputs: int, targets: int, rows: int, **macros) -> tuple[str, ...]:
  return (f"TASK_FEATURE_LENGTHS = {{'inputs': {inputs}, 'targets': {targets}}}",
          f'BATCH_SIZE = {rows}', *(f'{name} = {value!r}' for name, value in macros.items()))


SCANNED = {'SCAN_LAYERS': True}
# Name: model, topology, bindings.
CASES = {
    'small 512 none': ('t5_1_1_small', 'v5e:2x2', sized(512, 128, 64, REMAT='none', **SCANNED)),
    'large 512 none': ('t5_1_1_large', 'v6e:2x2', sized(512, 128, 32, REMAT='none', **SCANNED)),
    'large 2048 full': ('t5_1_1_large', 'v6e:2x2', sized(2048, 512, 16, REMAT='full', **SCANNED)),
    'xl 512 dots': ('t5_1_1_xl', 'v5e:2x4', sized(512, 128, 32, REMAT='dots')),
    'xl 1024 full': ('t5_1_1_xl', 'v5e:2x4', ()),
    'xl 1024 none': ('t5_1_1_xl', 'v4:2x2x2', sized(1024, 256, 16, REMAT='none')),
    'xl 2048 dots': ('t5_1_1_xl', 'v5p:2x2x2', sized(2048, 256, 32, REMAT='dots')),
    'xxl 1024 full': ('t5_1_1_xxl', 'v5e:4x4', ()),
    'xxl 4096 full, 16 rows': ('t5_1_1_xxl', 'v5e:4x4', sized(4096, 512, 16)),
    'xxl 4096 full, 64 rows': ('t5_1_1_xxl', 'v5e:4x4', sized(4096, 512, 64)),
    'xxl 4096 full, v5p': ('t5_1_1_xxl', 'v5p:2x2x4', sized(4096, 512, 64)),
    'lamda_422m 2048 none': ('lamda_422m', 'v6e:2x2', sized(2048, 256, 8, REMAT='none')),
    'lamda_2b 512 full': ('lamda_2b', 'v5e:2x4', sized(512, 128, 64)),
    'lamda_2b 1024 dots': ('lamda_2b', 'v4:2x2x2', sized(1024, 256, 32, REMAT='dots')),
    'lamda_8b 1024 full': ('lamda_8b', 'v5e:4x4', ()),
    'lamda_8b 2048 full': ('lamda_8b', 'v6e:4x4', sized(2048, 512, 32)),
    'lamda_8b 4096 full': ('lamda_8b', 'v5p:2x2x4', sized(4096, 512, 32)),
    'lamda_137b 1024 full, fsdp': (
        'lamda_137b', 'v4:4x4x4', ("MESH = {'fsdp': -1}", 'AXIS_RULES = None')),
    'lamda_137b 1024 full': ('lamda_137b', 'v4:4x4x4', ()),
    # The formulas were made with the jobs above in sight, and tried on those below.
    'xl 1024 full, tensor': (
        't5_1_1_xl', 'v5e:2x4', sized(1024, 256, 32, MESH={'fsdp': 4, 'tensor': 2})),
    'lamda_2b 1024 full, 4 parts': (
        'lamda_2b', 'v5e:2x4', sized(1024, 256, 64, GRADIENT_ACCUMULATION=4)),
    'lamda_2b 4096 none': ('lamda_2b', 'v5p:2x2x2', sized(4096, 256, 8, REMAT='none')),
    'lamda_8b 1024 full, sequence': (
        'lamda_8b', 'v6e:4x4', sized(1024, 256, 64, MESH={'fsdp': 8, 'tensor': 2},
                                     AXIS_RULES={'length': 'tensor'})),
    'xl 512 full, AdamW': (
        't5_1_1_xl', 'v6e:2x4', (*sized(512, 512, 32), 'OPTIMIZER = @optimizers.AdamW()')),
    # Without a loop over layers; the formula was made with them in sight.
    'base 512 none, not scanned': ('t5_1_1_base', 'v5e:2x2', sized(512, 128, 16)),
    'small of 2 + 2 layers 512 full, not scanned': ('t5_1_1_small', 'v5e:2x2', (
        *sized(512, 128, 64, REMAT='full', SCAN_LAYERS=False),
        't5.T5Config.num_encoder_layers = 2', 't5.T5Config.num_decoder_layers = 2')),
}


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--only', default='', metavar='NAME')
  args = parser.parse_args()
  figures = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
  for name, (model, topology, bindings) in CASES.items():
    if args.only in name if args.only else name not in figures:
      report = t5x('precompile', model, topology, bindings)
      figures[name] = {
          'model': model, 'topology': topology, 'bindings': bindings,
          'peak_bytes_per_device': report['peak_bytes_per_device'], 'fits': report['fits']}
      FIGURES.write_text(json.dumps(figures, indent=2) + '\n')
  write([row(figures[name]) for name in CASES if name in figures])


def write(rows: list[str]) -> None:
  before, _, rest = PAGE.read_text().partition(BEGIN)
  table = '\n'.join((line(HEADER), line(('---',) * len(HEADER)), *rows))
  PAGE.write_text(f'{before}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}')


def row(figure: dict) -> str:
  """A job's row: what the compiler said, and what the plan says now."""
  planned = t5x('plan', figure['model'], figure['topology'], figure['bindings'])
  peaks = [f['peak_bytes_per_device'] / GIB for f in (figure, planned)]
  mesh = ', '.join(f'{axis}={n}' for axis, n in planned['mesh'].items() if n > 1)
  layers = ' + '.join(b.split(' = ')[1] for b in figure['bindings'] if 'coder_layers' in b)
  lengths = planned['lengths']
  return line((
      figure['model'] + f' of {layers} layers' * bool(layers),
      f'{planned["batch_size"]} x {lengths["inputs"]} + {lengths["targets"]}',
      planned['remat'], figure['topology'], mesh, *(f'{peak:.2f}' for peak in peaks),
      f'{100 * (peaks[1] / peaks[0] - 1):+.0f} %', f'{planned["hbm_bytes_per_device"] / GIB:.2f}',
      'yes' if figure['fits'] else 'no', f'{planned["flops_per_step"]:.2e}',
      f'{planned["seconds_per_step_estimate"]:.2f}'))


def t5x(command: str, model: str, topology: str, bindings: tuple[str, ...]) -> dict:
  code = 'import sys; from flan_jax.cli import main; sys.exit(main())'
  done = subprocess.run(
      [sys.executable, '-c', code, command, f'--gin_file=gin/models/{model}.gin',
       f'--topology={topology}', *(f'--gin_bindings={b}' for b in bindings), '--json'],
      cwd=ROOT, text=True, stdout=subprocess.PIPE, check=False,
      env=os.environ | {'PYTHONPATH': os.pathsep.join(
          [str(ROOT), os.environ.get('PYTHONPATH', '')]).rstrip(os.pathsep)})
  if done.returncode not in (0, 1):
    sys.exit(done.returncode)
  return json.loads(done.stdout)


def line(cells: tuple[str, ...]) -> str:
  return '| ' + ' | '.join(cells) + ' |'


if __name__ == '__main__':
  main()
