"""Several evaluations of one run, as a person makes them: none writes over another."""
import json
import subprocess
import sys
import textwrap

import pytest

TINY = ['--gin_file=gin/flan_holdout_nli.gin', '--gin.MIXTURE_OR_TASK_NAME=rte,vo',
        '--module_import=vo_task', '--gin.TRAIN_STEPS=2', '--gin.BATCH_SIZE=4',
        "--gin.TASK_FEATURE_LENGTHS={'inputs': 128, 'targets': 32}", '--gin.MODEL_DIR=run',
        '--gin.EVALUATOR_NUM_EXAMPLES=4', '--gin.DEV_NUM_EXAMPLES=0',
        '--gin.EVAL_MIXTURE_OR_TASK_NAME=rte_template_0']

VALIDATION_ONLY = textwrap.dedent('''
    from flan_jax.data import Dataset, Files, Template, accuracy
    from flan_jax.data.registry import register
    register(Dataset(
        name='vo', cluster='own', in_paper=False, options=('bad', 'good'), metrics=(accuracy,),
        source=Files(train='rows.jsonl[:2]', validation='rows.jsonl[2:]', beside=__file__),
        fields=lambda row: {'text': row['text'], 'answer': row['label']},
        templates=(Template('{text}\\n\\n{options_}', '{answer}'),)))
''')


@pytest.mark.slow
def test_evaluations_of_a_run_stand_beside_each_other(tmp_path):
  (tmp_path / 'vo_task.py').write_text(VALIDATION_ONLY)
  (tmp_path / 'rows.jsonl').write_text(''.join(
      json.dumps({'text': f'film {i}', 'label': label}) + '\n'
      for i, label in enumerate(['good', 'bad'] * 2)))
  evaluate = ['eval', '--checkpoint=run', '--module_import=vo_task', '--gin.DEV_NUM_EXAMPLES=0']
  commands = [
      ['train', *TINY],
      [*evaluate, '--mixture=cb_template_0', '--num_examples=4'],
      [*evaluate, '--mixture=rte_template_0', '--num_examples=3'],
      [*evaluate, '--mixture=vo'],
      ['train', *TINY],
  ]
  code = 'import json, sys; from flan_jax.cli import main\n' + (
      'for args in json.loads(sys.argv[1]):\n'
      '  print("==", flush=True); assert main(args) in (0, None)')
  done = subprocess.run([sys.executable, '-c', code, json.dumps(commands)], cwd=tmp_path,
                        capture_output=True, text=True, check=False)
  assert done.returncode == 0, f'{done.stdout}\n{done.stderr[-3000:]}'
  first, other, fewer, own, again = done.stdout.split('==\n')[1:]
  evaluations = tmp_path / 'run/eval/2'
  folders = {path.name for path in evaluations.iterdir()}
  assert {'rte_template_0', 'cb_template_0', 'vo'} < folders and len(folders) == 4
  # Started again, the finished run shows its own table, not the last one that was made.
  table = lambda said: said[said.index('\nStep 2, ') : said.index('\nDone in ')]
  assert table(first) == table(again) and 'done by an earlier start' in again
  assert 'rte *' in first and '* Trained on' in first and 'cb ' in other and '*' not in other
  with_digest, = folders - {'rte_template_0', 'cb_template_0', 'vo'}
  assert f'Results: run/eval/2/{with_digest}/' in fewer
  vo = json.loads((evaluations / 'vo/results.json').read_text())['tasks']['vo_template_0']
  assert vo['split'] == 'validation' and vo['trained_on'] is True
  assert len((evaluations / 'vo/predictions/vo_template_0.jsonl').read_text().splitlines()) == 2
  assert 'eval/2/vo/predictions/' in own
