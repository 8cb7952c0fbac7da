"""The example of docs/python.md does what the page says."""
import pathlib
import re
import subprocess
import sys

import pytest

PAGE = pathlib.Path(__file__).parents[2] / 'docs/python.md'


@pytest.mark.slow
def test_the_example_trains_evaluates_and_scores(tmp_path):
  code = '\n'.join(re.findall(r'```python\n(.*?)```', PAGE.read_text(), re.DOTALL))
  done = subprocess.run([sys.executable, '-c', code], cwd=tmp_path, capture_output=True, text=True,
                        check=False)
  assert done.returncode == 0, done.stderr[-3000:]
  assert '+-' in done.stdout and '<Model t5, ' in done.stdout
  assert 'stopped by the last step' in done.stdout and '{20: ' in done.stdout
  assert (tmp_path / 'runs/python/checkpoints/10').is_dir()
