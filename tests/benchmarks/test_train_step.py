import json
import pathlib
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).parent / 'train_step.py'
# Runs the script where importing TensorFlow or SeqIO fails.
WITHOUT_TENSORFLOW = """
import runpy, sys
sys.modules.update(dict.fromkeys(('tensorflow', 'seqio', 'tensorflow_datasets')))
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
"""


@pytest.mark.slow
def test_the_last_line_is_the_documented_object_and_tensorflow_is_not_needed():
  arguments = '--size=tiny --batch=2 --inputs=32 --targets=16 --steps=1 --scan --json'.split()
  done = subprocess.run([sys.executable, '-c', WITHOUT_TENSORFLOW, str(SCRIPT), *arguments],
                        capture_output=True, text=True, check=True)
  result = json.loads(done.stdout.splitlines()[-1])
  assert {'median_seconds', 'tokens_per_second', 'flops_per_second',
          'matmul_peak_flops_per_second', 'peak_bytes'} <= set(result)
  assert all(value for value in result.values())
