"""A training whose devices have too little memory shows its plan and what would save some."""
import jax
import pytest

from flan_jax import api, cli


@pytest.mark.parametrize('text, code', [
    ('RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes.', 1), ('INTERNAL: a fault', None)])
def test_out_of_memory_is_one_line_and_the_plan(text, code, monkeypatch, capsys, tmp_path):
  def fail(*unused):
    raise jax.errors.JaxRuntimeError(text)

  monkeypatch.setattr(api, 'train', fail)
  command = ['train', '--gin_file=gin/flan_holdout_nli.gin', f'--gin.MODEL_DIR={tmp_path}']
  if code is None:
    with pytest.raises(jax.errors.JaxRuntimeError):
      cli.main(command)
    return
  assert cli.main(command) == code
  said = capsys.readouterr().err
  assert 'activations' in said and "REMAT = 'full' would save some" in said
