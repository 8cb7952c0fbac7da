"""Many long options cost what a batch of tokens costs."""
import subprocess
import sys
import textwrap

import pytest

SCRIPT = textwrap.dedent('''
    import pathlib
    import jax
    import numpy as np
    from flan_jax import models, partitioning
    from flan_jax.evaluation import harness  # with what an evaluation has in memory anyway
    from flan_jax.evaluation.scoring import Scorer, question

    config = models.T5Config(
        vocab_size=2048, d_model=96, mlp_dim=256, num_heads=8, head_dim=16, num_encoder_layers=3,
        num_decoder_layers=2, dropout_rate=0.0, dtype='float32')
    parameters = models.init_parameters(config, jax.random.PRNGKey(0))
    layout = partitioning.Layout(partitioning.make_mesh({'data': 1}, jax.devices()[:1]))
    shipped = harness.Evaluation('nli', None)
    score = Scorer(models.build(config), parameters, layout, shipped.batch_size)
    rng = np.random.default_rng(0)
    draw = lambda length: rng.integers(3, 2048, length)
    questions = [question(draw(length), [draw(each) for _ in range(options)])
                 for length, options, each in ((192, 25, 45), (192, 4, 90), (1500, 25, 45))
                 for _ in range(12)]
    alone = [question(q.inputs, [q.options[q.option_ids == i + 1]])
             for q in questions[::12] for i in range(q.num_options)]
    np.testing.assert_allclose(
        np.concatenate(score(questions)[::12]), np.concatenate(score(alone)), rtol=1e-5)
    # Not ru_maxrss, which begins at the peak of the process that started this one.
    status = pathlib.Path('/proc/self/status').read_text().split()
    print(int(status[status.index('VmHWM:') + 1]) / 2**20)
''')


@pytest.mark.slow
def test_options_of_record_and_hellaswag_are_scored_within_3_gigabytes():
  done = subprocess.run([sys.executable, '-c', SCRIPT], capture_output=True, text=True, check=False)
  assert done.returncode == 0, done.stderr[-3000:]
  peak = float(done.stdout)
  print(f'peak: {peak:.2f} GB')
  assert peak < 3
