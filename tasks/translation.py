"""Translation: say the same in another language, both from English and into it."""
from flan_jax.data import Dataset, Template, Tfds, bleu

_TEMPLATES = (
    Template('Put this into {lang2}.\n\n{sent1}', '{sent2}'),
    Template('{sent1}\n\nGive the {lang2} version of the text above.', '{sent2}'),
    Template('{lang1}: {sent1}\n{lang2}:', '{sent2}'),
    Template(
        'You interpret for a guest who understands {lang2} but no {lang1}. Somebody says:\n\n'
        '{sent1}\n\nWhat does the guest hear from you?', '{sent2}'),
    Template(
        'Render the {lang1} text in {lang2}. Its meaning, its names and its numbers must remain '
        'the same.\n\nText: {sent1}', '{sent2}'),
    Template(
        'A page on the internet can be read in {lang1} and in {lang2}. Where the {lang1} page '
        'has the words below, what does the {lang2} page have?\n\n{sent1}', '{sent2}'),
    Template('What does this {lang2} text say? Reply in {lang1}.\n\n{sent2}', '{sent1}'),
    Template(
        '{sent2}\n\nI cannot read {lang2}. Please write that down for me in {lang1}.', '{sent1}'),
    Template('Original ({lang2}): {sent2}\nTranslation ({lang1}):', '{sent1}'),
    Template(
        'Compose a text in a language other than {lang1}, for instance in {lang2}.',
        '{sent2}', turned_around=True),
)


def _with_english(code: str, language: str):
  """A text in English and in the other language, with the names of both languages."""
  return lambda row: {
      'lang1': 'English',
      'lang2': language,
      'sent1': row['en'],
      'sent2': row[code],
  }


WMT14_ENFR = Dataset(
    name='wmt14_enfr',
    cluster='translation',
    source=Tfds('wmt14_translate/fr-en:1.0.0', 'train[:30000]', 'validation[:200]', 'test'),
    fields=_with_english('fr', 'French'),
    templates=_TEMPLATES,
    metrics=(bleu,),
    answer='sent2',
)

DATASETS = (WMT14_ENFR,)
