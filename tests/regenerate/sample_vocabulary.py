"""Trains the vocabulary that ships with the package, from the sample world and the templates.

  python tests/regenerate/sample_vocabulary.py

writes flan_jax/sample_world/vocabulary.model. The same code and seed give the same file.
"""
import io
import pathlib
import random

import sentencepiece

from flan_jax import sample_world, span_marks
from flan_jax.data import registry
from flan_jax.data.templates import OPTIONS_FIELD, fill

TARGET = pathlib.Path(__file__).parents[2] / 'flan_jax/sample_world/vocabulary.model'
DOCUMENTS = range(150_000, 162_500)  # of the text to pretrain on, of all kinds
PIECES = 2048 - 100  # with T5's 100 sentinels 2,048 rows in the model

# Line ends and tabs are text; other blanks and the byte-order mark are told apart from nothing.
# (SentencePiece wants at least one rule, or it reports an empty table at every load.)
RULES = ((0xA0, 0x20), (0x2009, 0x20), (0x202F, 0x20), (0xFEFF, None))


def lines():
  """Everything a prompt is made of; templates whole, for a word behind a line end is another
  piece than the same word behind a blank."""
  corpus = [line for line in sample_world.texts_of_rows() if line.strip()]
  yield from corpus
  for number in DOCUMENTS:
    yield from span_marks.take_off(sample_world.document(number))[0].split('\n')
  rng = random.Random(0)
  registry.load_shipped()
  for dataset in registry.datasets().values():
    options = dataset.options if isinstance(dataset.options, tuple) else rng.sample(corpus, 3)
    for template in dataset.templates:
      for _ in range(60):
        texts = {name: rng.choice(corpus) for name in template.fields}
        texts[OPTIONS_FIELD] = 'OPTIONS:\n- ' + '\n- '.join(options)
        for pattern in (template.inputs, template.targets):
          yield fill(pattern, texts)


def twice(corpus):
  """Each word once more, alone and before a comma.

  A candidate for a piece must occur in two different words, as SentencePiece understands words:
  what stands between blanks. Without this "That", which no comma follows, would not be one.
  """
  words = {word.strip('.,:;!?"()[]') for line in corpus for word in line.split()}
  yield from (f'{word} {word},' for word in sorted(words) if word)


def main():
  TARGET.touch()  # the tasks, whose templates are read, want a vocabulary to be there
  rules = TARGET.with_suffix('.tsv')
  rules.write_text(''.join(
      f'{source:x}\t{"" if target is None else f"{target:x}"}\n' for source, target in RULES))
  model, corpus = io.BytesIO(), sorted(lines())
  sentencepiece.SentencePieceTrainer.train(
      sentence_iterator=iter([*corpus, *twice(corpus)]),
      model_writer=model,
      vocab_size=PIECES,
      model_type='unigram',
      pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
      byte_fallback=True,
      character_coverage=1.0,
      normalization_rule_tsv=str(rules),
      remove_extra_whitespaces=False,
      user_defined_symbols=['\n', 'OPTIONS:'],
      num_threads=1,
      input_sentence_size=0,
  )
  rules.unlink()
  TARGET.write_bytes(model.getvalue())
  print(f'{TARGET}: {len(model.getvalue()):,} bytes')


if __name__ == '__main__':
  main()
