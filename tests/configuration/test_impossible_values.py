"""Values that cannot be are refused in `--dry_run`: one line, the name that was typed, exit 2."""
import dataclasses

import pytest

from flan_jax import api, checks, cli, configuration, models
from flan_jax.checkpoints import store
from flan_jax.configuration import settings
from flan_jax.evaluation import harness
from flan_jax.models import tuning
from flan_jax.training import config, guards, loop, optimizers, profiling, step

MAIN = ['--gin_file=gin/flan_holdout_nli.gin', '--gin.MIXTURE_OR_TASK_NAME=rte',
        '--gin.EVAL_MIXTURE_OR_TASK_NAME=cb_template_0']

# What no value of a kind can be, as gin source.
WORDS, FRACTIONS, TRUTHS = ['no', "''"], ['1.5', '2.0', '1e3'], ['True', 'False']
HOLDERS = ['[]', '[1]', '{}', "{'a': 1}", '()']
ENDLESS = ['1e999', '-1e999']
COUNT = ['0', '-1', *FRACTIONS, *WORDS, *TRUTHS, *HOLDERS, *ENDLESS]
COUNT_OR_ZERO = [v for v in COUNT if v != '0']
NUMBER = ['-0.1', '-1', *WORDS, *TRUTHS, *HOLDERS, *ENDLESS, '1e-3/2']
SHARE = [*NUMBER, '1', '1.0', '1.5']
TRUTH = ['0', '1', '0.0', 'x', *WORDS, *HOLDERS]
PATH = ['4711', '0.5', "''", *TRUTHS, *HOLDERS]
NAME = ['5', '0.5', "''", "' '", "','", *TRUTHS, '[]', '[1]', '{}', "['rte', 5]", "{'rte': 0}",
        "{'rte': -1}", "{'rte': 'x'}", '{5: 1.0}', 'rtee']
PATTERN = ['5', "''", *TRUTHS, *HOLDERS, "'('", "'['", 'no_such_parameter', "'encoder|no_such'"]
WORD = ['5', "''", *TRUTHS, *HOLDERS, 'something']
LENGTHS = ['512', "'512'", '[512, 128]', '{}', "{'inputs': 512}", "{'targets': 128}",
           "{'inputs': 512, 'targets': 0}", "{'inputs': 1, 'targets': 128}",
           "{'inputs': -512, 'targets': 128}", "{'inputs': 512.0, 'targets': 128}",
           "{'inputs': '512', 'targets': 128}", "{'inputs': True, 'targets': 128}",
           "{'inputs': None, 'targets': 128}", "{'inputs': 512, 'targets': 128, 'more': 8}",
           "{'input': 512, 'target': 128}"]
MESH = ['4', 'fsdp', "''", '[]', "[('data', 1)]", "{'data': 0}", "{'data': -2}", "{'data': 1.0}",
        "{'data': True}", "{'data': '1'}", "{'data': None}", "{'dta': 1}", '{1: 1}',
        "{'data': 64}", "{'data': -1, 'fsdp': -1}", "{'data': -1, 'tensor': 7}", 'True', '0']
RULES = ['4', 'length', "''", '[]', '0', "{'lenght': 'tensor'}", "{5: 'tensor'}",
         "{'length': 'tensr'}", "{'length': 5}", "{'length': ''}", "{'batch': 'data'}",
         "{'length': ['tensor', 'tensor']}", "{'length': {'tensor': 1}}"]

# Macro -> values it cannot have; None is one of them where it is not said to mean something.
GRID = {
    'TRAIN_STEPS': [*COUNT, 'None'],
    'BATCH_SIZE': [*COUNT, 'None'],
    'GRADIENT_ACCUMULATION': [*COUNT, 'None', '3', '64'],
    'REPORT_PERIOD': [*COUNT, 'None'],
    'CHECKPOINT_PERIOD': [*COUNT, 'None'],
    'CHECKPOINTS_TO_KEEP': COUNT,
    'EVAL_PERIOD': [*COUNT_OR_ZERO, 'None'],
    'EVAL_BATCH_SIZE': [*COUNT, 'None'],
    'EVAL_BATCH_TOKENS': [*COUNT, 'None'],
    'EVAL_DTYPE': [*WORD, 'float16'],
    'EVAL_SPLIT': [*PATH, 'no_such_split'],
    'EVAL_PROMPTS': [*PATH, 'base'],
    'EVAL_BEFORE_TUNING': [*TRUTH, 'None'],
    'EVALUATOR_NUM_EXAMPLES': COUNT,
    'DEV_NUM_EXAMPLES': COUNT_OR_ZERO,
    'RANDOM_SEED': [*COUNT_OR_ZERO, 'None', '4294967296'],
    'WARMUP_STEPS': [*COUNT_OR_ZERO, 'None'],
    'LORA_RANK': [*COUNT_OR_ZERO, 'None'],
    'PROMPT_LENGTH': [*COUNT_OR_ZERO, 'None'],
    'LEARNING_RATE': [*NUMBER, 'None'],
    'LEARNING_RATE_FLOOR': [*NUMBER, 'None', '0.5'],
    'WEIGHT_DECAY': [*SHARE, 'None'],
    'Z_LOSS': [*NUMBER, 'None'],
    'LABEL_SMOOTHING': [*SHARE, 'None'],
    'LOSS_SPIKE_DEVIATIONS': [*NUMBER, 'None'],
    'EMA_DECAY': SHARE,
    'DROPOUT_RATE': [*SHARE, 'None'],
    'LORA_ALPHA': [*NUMBER, 'None', '0'],
    'PACK': [*TRUTH, 'None'],
    'SHUFFLE_TRAIN_EXAMPLES': [*TRUTH, 'None'],
    'USE_CACHED_TASKS': [*TRUTH, 'None', 'True'],
    'EVALUATE_EMA': [*TRUTH, 'None'],
    'SCAN_LAYERS': [*TRUTH, 'None'],
    'MODEL_DIR': PATH,
    'PREPARED_DATA_DIR': PATH,
    'INITIAL_CHECKPOINT_PATH': [*PATH, 'nowhere', '/dev/null'],
    'VOCABULARY': [*PATH, 'None', 'nowhere', '/tmp', '/dev/null', '@optimizers.Adafactor()'],
    'MIXTURE_OR_TASK_NAME': [*NAME, 'None', "['rte', 'rtee']", "'rte,,cb'"],
    'EVAL_MIXTURE_OR_TASK_NAME': NAME,
    'MIXTURE_OR_TASK_MODULE': [*PATH, 'no_such_module', "'no such module'", "'.'", "'..x'"],
    'TASK_FEATURE_LENGTHS': [*LENGTHS, 'None'],
    'MESH': MESH,
    'AXIS_RULES': RULES,
    'OPTIMIZER': ['None', 'adafactor', '5', '[]', '@optimizers.Adafactor', '@optimizers.Schedule()',
                  '[@optimizers.Adafactor()]'],
    'PARAMETER_GROUPS': ['None', '5', 'x', "['x']", '[@optimizers.Group]', '[None]', '{}',
                         '[@optimizers.Adafactor()]'],
    'MODEL': ['None', 't5', '5', '@t5.T5Config', '@optimizers.Adafactor()', '[@t5.T5Config()]'],
    'LEARNING_RATE_SCHEDULE': [*WORD, 'None', 'Constant'],
    'ACTIVATION_DTYPE': [*WORD, 'None', 'float16'],
    'REMAT': [*WORD, 'None', 'Full'],
    'ON_NONFINITE': [*WORD, 'None'],
    'TRAINABLE': [*PATTERN, 'None', 'lora', "'lora|prompt'"],
    'FROZEN': [*PATTERN, "'.*'", 'layers_9'],
    't5.T5Config.d_model': [*COUNT, 'None'],
    't5.T5Config.num_heads': [*COUNT, 'None'],
    't5.T5Config.num_decoder_layers': [*COUNT, 'None'],
    't5.T5Config.vocab_size': [*COUNT_OR_ZERO, 'None', '100'],
    't5.T5Config.relpos_buckets': [*COUNT, 'None', '6'],
    'optimizers.Adafactor.decay_rate': [*SHARE, 'None', '0'],
    'optimizers.Adafactor.clipping_threshold': [*NUMBER, '0'],
    'optimizers.Adafactor.clip_gradient_norm': [*NUMBER, '0'],
    'guards.Guards.give_up_after': [*COUNT, 'None'],
}

# Several flags that do not go together, and what the message has to name.
TOGETHER = [
    (['--gin.BATCH_SIZE=10', '--gin.GRADIENT_ACCUMULATION=4'], 'GRADIENT_ACCUMULATION'),
    (['--gin.LEARNING_RATE=1e-3', '--gin.LEARNING_RATE_FLOOR=1e-2'], 'LEARNING_RATE_FLOOR'),
    (['--gin.LEARNING_RATE_SCHEDULE=linear', '--gin.WARMUP_STEPS=500'], 'WARMUP_STEPS'),
    (['--gin.LEARNING_RATE_SCHEDULE=cosine', '--gin.WARMUP_STEPS=400'], 'WARMUP_STEPS'),
    (['--gin.FROZEN=layers_0', '--gin.SCAN_LAYERS=True'], 'SCAN_LAYERS'),
    (["--gin.TRAINABLE='lora|promt'", '--gin.LORA_RANK=2', '--gin.PROMPT_LENGTH=2'], 'promt'),
    (['--gin.TRAINABLE=lora', '--gin.LORA_RANK=2', '--gin.PROMPT_LENGTH=2'], 'prompt'),
    (['--gin.PARAMETER_GROUPS=[@optimizers.Group()]', "--gin.optimizers.Group.pattern='nrom'"],
     'nrom'),
    (['--gin.PARAMETER_GROUPS=[@optimizers.Group()]'], 'pattern'),
    (['--gin.MODEL_DIR=/proc/flan_jax'], 'MODEL_DIR'),
    (['--gin.MODEL_DIR=/dev/null/run'], 'MODEL_DIR'),
    (['--gin.MODEL_DIR=/dev/null'], 'MODEL_DIR'),
    (['--profile=0:3'], '--profile'),
    (['--profile=5:3'], '--profile'),
    (['--profile=300:500'], '--profile'),
    (['--profile=x'], '--profile'),
    (['--gin.LEARNING_RATE=1e-3 / 2'], '0.0005'),
]
# Other commands' flags.
FLAGS = [
    ['eval', '--num_examples=0'], ['eval', '--num_examples=-1'], ['eval', '--num_examples=x'],
    ['eval', '--num_examples=1.5'], ['eval', '--mixture='], ['eval', '--checkpoint='],
    ['eval', '--output_dir='], ['eval', '--mixture=rte,,cb'],
    ['mixture', 'rte', '--steps=0'], ['mixture', 'rte', '--batch_size=-3'],
    ['mixture', 'rte', '--batch_size=0'], ['preview', 'rte', '--n=0'], ['preview', 'rte', '--n=-1'],
    ['preview', 'rte', '--n=two'], ['prepare', 'rte', '--workers=-1'],
    ['prepare', 'rte', '--workers=1.5'], ['prepare', 'rte', '--directory='],
    ['infer', '--checkpoint=x', '--input=x', '--output=y', '--max_new_tokens=0'],
    ['infer', '--checkpoint=x', '--input=x', '--output=y', '--max_new_tokens=-5'],
    ['infer', '--checkpoint=x', '--input=x', '--output=y', '--batch_size=0'],
    ['infer', '--input=x', '--output=y', '--checkpoint='],
    ['export-data', 'rte', '--output=x.jsonl', '--num_examples=0'],
    ['export-data', 'rte', '--output=x.jsonl', '--seed=-1'],
    ['export-data', 'rte', '--output='],
    ['train', *MAIN, '--num_processes=0'], ['train', *MAIN, '--process_id=-1'],
    ['train', *MAIN, '--startup_timeout=0'], ['train', *MAIN, '--startup_timeout=nan'],
    ['plan', '--gin_file=gin/models/t5_1_1_small.gin', '--slices=0'],
    ['plan', '--gin_file=gin/models/t5_1_1_small.gin', '--gin.BATCH_SIZE=0'],
    ['plan', '--gin_file=gin/models/t5_1_1_small.gin', '--gin.TASK_FEATURE_LENGTHS=512'],
    ['plan', '--gin_file=gin/models/t5_1_1_small.gin', '--gin.MESH=fsdp'],
    ['preview', 'rte', '--gin.TASK_FEATURE_LENGTHS=512'],
    ['lint', 'rte', '--gin.TASK_FEATURE_LENGTHS=512'],
    ['doctor', 'rte', '--gin.TASK_FEATURE_LENGTHS=512'],
    ['export-data', 'rte', '--output=x.jsonl', '--gin.RANDOM_SEED=-1'],
    ['report', 'data', '--output=x.html', '--gin.BATCH_SIZE=0'],
    ['prepare', 'rte', '--gin.BATCH_SIZE=0'], ['mixture', 'rte', '--gin.TRAIN_STEPS=none'],
]

CASES = [(['train', *MAIN, f'--gin.{name}={value}', '--dry_run'], name)
         for name, values in GRID.items() for value in values]
CASES += [(['train', *MAIN, *flags, '--dry_run'], name) for flags, name in TOGETHER]
CASES += [(flags, flags[-1].partition('=')[0]) for flags in FLAGS]


def fault(argv, name, capfd):
  """What is wrong with how the command takes these flags; '' for nothing."""
  code = cli.main(argv)
  out, err = capfd.readouterr()
  if code != 2:
    return f'{argv[-3:]}: exit {code}, not 2: {err[-300:]}'
  if len(err.splitlines()) != 1 or out:
    return f'{argv[-3:]}: {len(err.splitlines())} lines on stderr: {err[-300:]}{out[-300:]}'
  return '' if name.rpartition('.')[2] in err else f'{argv[-3:]}: {name} is not named: {err}'


def faults(cases, capfd):
  return [found for argv, name in cases if (found := fault(argv, name, capfd))]


def test_there_are_enough_of_them():
  assert len(CASES) >= 250


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  yield
  assert not list(tmp_path.iterdir())  # nothing was begun


def test_one_impossible_value_of_each_macro_is_refused(capfd):
  assert not faults([case for i, case in enumerate(CASES) if i % 17 == 0], capfd)


@pytest.mark.slow
@pytest.mark.parametrize('part', range(10))
def test_impossible_values_are_refused(part, capfd):
  assert not faults(CASES[part::10], capfd)


def test_every_macro_is_among_them():
  files = ('gin/runs/small.gin', 'gin/runs/lora.gin', 'gin/runs/prompt_tuning.gin')
  assert {name for file in files for name in configuration.macro_names(file)} <= set(GRID)


@pytest.fixture(scope='module')
def configurations():
  """An instance of each class that gin files configure."""
  optimizer = optimizers.Adafactor()
  lengths = {'inputs': 16, 'targets': 8}
  training = loop.TrainConfig(
      model=models.T5Config(), mixture='rte', lengths=lengths, steps=1, batch_size=1, model_dir='x')
  evaluation = harness.Evaluation('rte', lengths)
  return [
      training, evaluation, api.Run(training, evaluation), api.EvalRun(evaluation), optimizer,
      optimizers.AdamW(), optimizers.ScaledAdamW(), optimizers.Schedule(), optimizers.Group('x'),
      tuning.Tuning(), guards.Guards(), step.Loss(), store.Policy(), models.T5Config(),
      models.DecoderOnlyConfig(), settings.DataSettings(lengths, 1, 1), profiling.Steps(1, 1),
      config.StepConfig(models.T5Config(), lengths, 1)]


def test_every_field_of_every_configuration_class_is_checked(configurations):
  for given in configurations:
    for field in dataclasses.fields(given):
      with pytest.raises(checks.BadValue) as caught:
        dataclasses.replace(given, **{field.name: object()})
      assert caught.value.where == f'{type(given).__name__}.{field.name}'
