"""Scores of options: one pass for all of them, the numbers of scoring them one by one."""
import dataclasses

import jax
import numpy as np
import pytest

from flan_jax import models, partitioning
from flan_jax.evaluation import scoring
from flan_jax.evaluation.decoding import Generator
from flan_jax.evaluation.scoring import Scorer, first_of_equals, is_tie, question

CONFIG = models.T5Config(
    vocab_size=128, d_model=32, num_heads=2, head_dim=16, mlp_dim=64, num_encoder_layers=2,
    num_decoder_layers=2, dropout_rate=0.0, dtype='float32')


@pytest.fixture(scope='module')
def parameters():
  return models.init_parameters(CONFIG, jax.random.PRNGKey(0))


@pytest.fixture(scope='module')
def layout():
  return partitioning.Layout(partitioning.make_mesh({'data': 1}, jax.devices()[:1]))


@pytest.fixture(scope='module')
def questions():
  """Ragged ones: 1 to 9 options of 1 to 12 tokens, inputs of 1 to 60."""
  rng = np.random.default_rng(0)
  draw = lambda most: rng.integers(3, 128, rng.integers(1, most + 1)).tolist() + [1]
  return [(draw(60), [draw(12) for _ in range(rng.integers(1, 10))]) for _ in range(25)]


@pytest.fixture(scope='module')
def scores(parameters, layout, questions):
  scorer = Scorer(models.build(CONFIG), parameters, layout, batch_size=8)
  return scorer([question(i, o) for i, o in questions])


def test_each_question_has_a_score_for_each_of_its_options(scores, questions):
  assert [len(s) for s in scores] == [len(o) for _, o in questions]
  assert all(np.isfinite(s).all() and (s < 0).all() for s in scores)


def test_options_together_score_as_one_by_one(parameters, layout, questions, scores):
  scorer = Scorer(models.build(CONFIG), parameters, layout, batch_size=1)
  for (inputs, options), together in zip(questions[:8], scores):
    alone = [scorer([question(inputs, [option])])[0][0] for option in options]
    np.testing.assert_allclose(together, alone, atol=1e-4)


FAMILIES = {
    't5': dataclasses.replace(
        CONFIG, num_encoder_layers=1, num_decoder_layers=1, prompt_length=3),
    'decoder_only': models.DecoderOnlyConfig(
        vocab_size=128, d_model=32, num_heads=2, head_dim=16, mlp_dim=64, num_layers=1,
        dropout_rate=0.0, dtype='float32', scan_layers=True),
}


@pytest.mark.parametrize('family', FAMILIES)
def test_options_in_several_rows_and_batches_score_as_one_by_one(layout, family, monkeypatch):
  """25 options of 45 tokens as in ReCoRD, 4 of 90 as in HellaSwag, and one longer than a row."""
  model = models.build(FAMILIES[family])
  parameters = models.init_parameters(FAMILIES[family], jax.random.PRNGKey(1))
  rng = np.random.default_rng(1)
  draw = lambda length: rng.integers(3, 128, length).tolist() + [1]
  asked = [(draw(n), [draw(length - 1) for length in lengths]) for n, lengths in [
      (30, [45] * 25), (25, [90] * 4), (20, [300, 5])]]
  monkeypatch.setattr(scoring, '_LOGITS_AT_ONCE', 2**16)  # so that the logits come in parts
  scorer = Scorer(model, parameters, layout, batch_size=8, batch_tokens=1200)
  together = scorer([question(i, o) for i, o in asked])
  alone = Scorer(model, parameters, layout, batch_size=32)(
      [question(i, [option]) for i, options in asked for option in options])
  assert [len(s) for s in together] == [25, 4, 2]
  np.testing.assert_allclose(np.concatenate(together), np.concatenate(alone), rtol=1e-5)


def test_whoever_asks_shares_the_compiled_programs(layout):
  compiled = []
  listener = lambda event, *_, **__: compiled.append(event) if 'backend_compile' in event else None
  config = FAMILIES['t5']
  parameters = models.init_parameters(config, jax.random.PRNGKey(1))

  def use():
    scorer = Scorer(models.build(config), parameters, layout, batch_size=4)
    scorer([question([5] * length, [[7, 1], [8, 9, 1]]) for length in (3, 9, 11, 14, 15)])
    generator = Generator(models.build(config), parameters, layout, batch_size=4, end_id=1)
    generator([[5] * length for length in (3, 9, 11)], max_new_tokens=5)
    generator([[5] * length for length in (2, 16)], max_new_tokens=7)

  jax.monitoring.register_event_duration_secs_listener(listener)
  try:
    use()
    first = len(compiled)
    use()
  finally:
    jax.monitoring.unregister_event_duration_listener(listener)
  assert first == 3  # scoring four questions and one, generating for up to four prompts
  assert len(compiled) == first


def test_options_of_the_same_tokens_are_a_tie_unless_they_say_the_same():
  first = first_of_equals(question([5, 1], [[7, 1], [9, 1], [7, 1]]))
  assert first.tolist() == [0, 1, 0]
  assert is_tie(np.array([-1.0, -2.0, -1.0]), first, ['a', 'b', 'c'])
  assert not is_tie(np.array([-1.0, -2.0, -1.0]), first, ['a', 'b', 'a'])
  assert not is_tie(np.array([-2.0, -1.0, -2.0]), first, ['a', 'b', 'c'])


def test_generation_stops_at_the_end_mark_of_the_vocabulary(parameters, layout, questions):
  inputs = [i for i, _ in questions[:8]]
  generate = lambda end: Generator(
      models.build(CONFIG), parameters, layout, batch_size=8, end_id=end)(inputs, 12)
  without = generate(127)
  ends = [tokens[3] for tokens in without]
  for number, end in enumerate(ends[:3]):
    expected = without[number][: without[number].index(end)]
    assert generate(end)[number] == expected


def test_an_input_without_tokens_is_followed_by_a_text_too(parameters, layout):
  generator = Generator(models.build(CONFIG), parameters, layout, batch_size=4, end_id=127)
  logits = models.build(CONFIG).apply(
      {'params': parameters}, np.zeros((1, 16), np.int32), np.zeros((1, 1), np.int32))
  told = generator([[5, 7, 1], []], 6)[1]
  assert told[0] == np.argmax(logits[0, 0]) and generator([[]], 6) == [told]


def test_a_piece_numbered_0_is_read_as_any_other(parameters, layout):
  """SentencePiece's own default makes 0 the unknown piece."""
  scorer = Scorer(models.build(CONFIG), parameters, layout, batch_size=2)
  with_it, without = scorer([question([5, 0, 7, 1], [[9, 1]]), question([5, 7, 1], [[9, 1]])])
  ids = np.ones((1, 4), np.int32)
  logits = models.build(CONFIG).apply(
      {'params': parameters}, np.array([[5, 0, 7, 1]]), np.array([[0, 9]]),
      encoder_segment_ids=ids)
  direct = jax.nn.log_softmax(logits)[0, [0, 1], [9, 1]].sum().item()
  assert with_it[0] == pytest.approx(direct, abs=1e-4) and with_it[0] != without[0]


@pytest.fixture(scope='module')
def huggingface(parameters):
  torch = pytest.importorskip('torch')
  transformers = pytest.importorskip('transformers')
  from flan_jax.checkpoints import convert

  model = transformers.T5ForConditionalGeneration(transformers.T5Config(
      vocab_size=128, d_model=32, num_heads=2, d_kv=16, d_ff=64, num_layers=2,
      num_decoder_layers=2, feed_forward_proj='gated-gelu', tie_word_embeddings=False,
      dropout_rate=0.0, decoder_start_token_id=0)).eval()
  # transformers 5 ties the logits to the embedding whatever the config says.
  model.lm_head.weight = torch.nn.Parameter(torch.zeros(128, 32))
  tensors = convert.parameters_to_huggingface(parameters, CONFIG)
  missing, unexpected = model.load_state_dict(
      {name: torch.from_numpy(value.copy()) for name, value in tensors.items()}, strict=False)
  assert not unexpected and all('embed_tokens' in name for name in missing)
  return torch, model


def test_summed_log_likelihoods_agree_with_hugging_face(huggingface, questions, scores):
  torch, model = huggingface
  with torch.no_grad():
    for (inputs, options), ours in zip(questions, scores):
      for option, score in zip(options, ours):
        logits = model(input_ids=torch.tensor([inputs]), labels=torch.tensor([option])).logits[0]
        theirs = torch.log_softmax(logits, -1)[range(len(option)), option].sum().item()
        assert score == pytest.approx(theirs, abs=1e-3)


def test_greedy_generation_agrees_with_hugging_face(huggingface, parameters, layout, questions):
  torch, model = huggingface
  generator = Generator(models.build(CONFIG), parameters, layout, batch_size=8, end_id=1)
  ours = generator([i for i, _ in questions[:12]], max_new_tokens=16)
  for (inputs, _), tokens in zip(questions, ours):
    theirs = model.generate(torch.tensor([inputs]), max_new_tokens=16, do_sample=False)[0].tolist()
    assert tokens == theirs[1 : (theirs + [1]).index(1)]


def test_logits_that_are_no_numbers_give_no_scores_to_rank_and_no_text(
    parameters, layout, questions):
  broken = jax.tree.map(lambda x: x * np.nan, parameters)
  scorer = Scorer(models.build(CONFIG), broken, layout, batch_size=8)
  assert all(np.isnan(s).all() for s in scorer([question(i, o) for i, o in questions[:3]]))
  generator = Generator(models.build(CONFIG), broken, layout, batch_size=8, end_id=1)
  assert generator([i for i, _ in questions[:3]], max_new_tokens=16) == [None] * 3
