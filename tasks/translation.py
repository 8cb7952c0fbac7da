"""Translation: say the same in another language, both from English and into it."""
from flan_jax.data import About, Baseline, Dataset, Mirror, Template, Tfds, bleu_between

_TEMPLATES = (
    Template('Translate this to {lang2}:\n\n{sent1}', '{sent2}'),
    Template('{sent1}\n\nWrite the {lang2} version of the text above.', '{sent2}'),
    Template('{lang1}: {sent1}\n{lang2}:', '{sent2}'),
    Template('How do you say this in {lang2}?\n\n{sent1}', '{sent2}'),
    Template('Translate the {lang1} text into {lang2}.\n\nText: {sent1}', '{sent2}'),
    Template('Give me the {lang2} translation of this: {sent1}', '{sent2}'),
    Template('Translate from {lang2} into {lang1}: {sent2}', '{sent1}'),
    Template('{sent2}\n\nWhat does this mean in {lang1}?', '{sent1}'),
    Template('Original ({lang2}): {sent2}\nTranslation ({lang1}):', '{sent1}'),
    Template('{sent2}\n\nWhat language is this text in?', '{lang2}', turned_around=True),
)


def _with_english(code: str, language: str):
  """A text in English and in the other language, with the names of both languages."""
  return lambda row: {
      'lang1': 'English',
      'lang2': language,
      'sent1': row['en'],
      'sent2': row[code],
  }


PARA_CRAWL_ENES = Dataset(
    name='para_crawl_enes',
    cluster='translation',
    group='translation',
    about=About('Bañón et al. 2020 (ParaCrawl)', 'CC0', 21_986_060),
    source=Tfds(
        'para_crawl/enes:1.2.0', 'train[:30000]', 'train[-1200:-1000]', 'train[-1000:]'),
    fields=_with_english('es', 'Spanish'),
    templates=(
        Template('{sent1}\n\nTranslate the text above into {lang2}.', '{sent2}'),
        Template('Say this in {lang2}: {sent1}', '{sent2}'),
        Template('[{lang1}] {sent1}\n[{lang2}]', '{sent2}'),
        Template('Web page in {lang1}: {sent1}\n\nSame page in {lang2}:', '{sent2}'),
        Template('Rewrite this {lang1} text in {lang2}.\n\n{sent1}', '{sent2}'),
        Template('I need the following in {lang2}. Please translate it.\n\n{sent1}', '{sent2}'),
        Template('{sent2}\n\nWhat is that in {lang1}?', '{sent1}'),
        Template('Translate into {lang1}.\n\n{lang2} text: {sent2}', '{sent1}'),
        Template('Tell me in {lang1} what this {lang2} text says.\n\n{sent2}', '{sent1}'),
        Template('Identify the language of this text: {sent2}', '{lang2}', turned_around=True),
    ),
    metrics=(bleu_between(sent1='en', sent2='es'),),
    baseline=Baseline('{lang1}: {sent1}\nThe same in {lang2}:'),
    answer='sent2',
)


def _with_languages(repository: str, code: str) -> Mirror:
  return Mirror(repository, columns={c: f'translation/{c}' for c in (code, 'en')})


WMT14_ENFR = Dataset(
    name='wmt14_enfr',
    cluster='translation',
    group='translation',
    about=About(
        'Bojar et al. 2014 (WMT 2014)', 'unknown', 40_800_000,
        mirror=_with_languages('wmt/wmt14', 'fr')),
    source=Tfds('wmt14_translate/fr-en:1.0.0', 'train[:30000]', 'validation[:200]', 'test'),
    fields=_with_english('fr', 'French'),
    templates=_TEMPLATES,
    metrics=(bleu_between(sent1='en', sent2='fr'),),
    baseline=Baseline('{lang1}: {sent1}\nThe same in {lang2}:'),
    answer='sent2',
)


def _wmt16(code: str, language: str, rows: int, manual: str = '') -> Dataset:
  return Dataset(
      name=f'wmt16_translate_{code}en',
      cluster='translation',
      group='translation',
      about=About(
          'Bojar et al. 2016 (WMT 2016)', 'unknown', rows, manual,
          mirror=_with_languages('wmt/wmt16', code)),
      source=Tfds(
          f'wmt16_translate/{code}-en:1.0.0', 'train[:30000]', 'validation[:200]', 'test'),
      fields=_with_english(code, language),
      templates=_TEMPLATES,
      metrics=(bleu_between(sent1='en', sent2=code),),
      baseline=Baseline('{lang1}: {sent1}\nThe same in {lang2}:'),
      answer='sent2',
  )


WMT16_TRANSLATE_CSEN = _wmt16(
    'cs', 'Czech', 52_300_000,
    'Register at ufal.mff.cuni.cz/czeng for czeng16pre.deduped-ignoring-sections.txt.gz.')
WMT16_TRANSLATE_DEEN = _wmt16('de', 'German', 4_550_000)
WMT16_TRANSLATE_FIEN = _wmt16('fi', 'Finnish', 2_070_000)
WMT16_TRANSLATE_ROEN = _wmt16('ro', 'Romanian', 610_000)
WMT16_TRANSLATE_RUEN = _wmt16(
    'ru', 'Russian', 2_520_000, 'Ask for 1mcorpus.zip at translate.yandex.ru/corpus.')
WMT16_TRANSLATE_TREN = _wmt16('tr', 'Turkish', 206_000)

DATASETS = (
    PARA_CRAWL_ENES, WMT14_ENFR, WMT16_TRANSLATE_CSEN, WMT16_TRANSLATE_DEEN, WMT16_TRANSLATE_FIEN,
    WMT16_TRANSLATE_ROEN, WMT16_TRANSLATE_RUEN, WMT16_TRANSLATE_TREN)
