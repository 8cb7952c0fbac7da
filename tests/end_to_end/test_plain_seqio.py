"""The tasks serve plain SeqIO, and so T5X, with one import and nothing else of ours."""
import json
import os
import subprocess
import sys

import pytest

# What T5X does with MIXTURE_OR_TASK_MODULE and MIXTURE_OR_TASK_NAME, in a process of its own.
SCRIPT = """
import json, os
import flan_jax.tasks
from absl import flags
import seqio
import sys

name = sys.argv[1]
after_import = {
    'files': os.listdir() + os.listdir(os.environ['FLAN_JAX_CACHE']),
    'flags': [m for m in flags.FLAGS.flags_by_module_dict() if 'flan_jax' in m],
    'modules': [m for m in sys.modules if m.startswith(('flan_jax.training', 'flan_jax.models'))],
}
mixture = seqio.get_mixture_or_task(name)
batches = seqio.get_dataset(
    name, task_feature_lengths={'inputs': 256, 'targets': 64},
    dataset_split='train', shuffle=False, num_epochs=None, seed=0,
    feature_converter=seqio.EncDecFeatureConverter(pack=True)).batch(2)
batch = next(batches.as_numpy_iterator())
vocabulary = mixture.output_features['inputs'].vocabulary
print(json.dumps(after_import | {
    'features': sorted(mixture.output_features),
    'shapes': {name: array.shape for name, array in batch.items()},
    'examples_in_row': int(batch['decoder_segment_ids'][0].max()),
    'text': vocabulary.decode(batch['encoder_input_tokens'][0].tolist()),
    'left': sorted(os.listdir() + os.listdir(os.environ['FLAN_JAX_CACHE'])),
}))
"""


# Making the sample rows of all datasets, and a pipeline of each, takes a minute.
@pytest.mark.parametrize('name', [
    'commonsense', pytest.param('flan_holdout_nli', marks=pytest.mark.slow)])
def test_one_import_gives_plain_seqio_the_mixtures_and_does_nothing_else(name, tmp_path):
  cache, folder = tmp_path / 'cache', tmp_path / 'elsewhere'
  cache.mkdir(), folder.mkdir()
  done = subprocess.run(
      [sys.executable, '-c', SCRIPT, name], cwd=folder, capture_output=True, text=True, check=False,
      env=os.environ | {'FLAN_JAX_CACHE': str(cache)})
  assert done.returncode == 0, done.stderr[-3000:]
  found = json.loads(done.stdout)  # nothing else was printed
  assert (found['files'], found['flags'], found['modules']) == ([], [], [])
  assert found['features'] == ['inputs', 'targets']
  assert found['shapes']['encoder_input_tokens'] == [2, 256]
  assert found['shapes']['decoder_target_tokens'] == [2, 64]
  assert found['examples_in_row'] > 1 and len(found['text'].split()) > 3
  assert found['left'] == ['sample_world'] and 'SAMPLE DATA' in done.stderr
