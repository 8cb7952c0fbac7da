"""Rows that turn triples into text: gem/dart and gem/web_nlg_en."""
from flan_jax.sample_world import world
from flan_jax.sample_world.draws import RowMaterial


def _facts(draw: RowMaterial) -> tuple[world.Subject, list[world.Relation], list[str]]:
  """A subject, one to three of its relations, and two texts that tell them."""
  rng = draw.rng
  subject = (world.venue if rng.random() < 0.4 else world.person)(rng, draw.pool)
  told = rng.sample(subject.relations, rng.randint(1, 3))
  return subject, told, [' '.join(world.tell(rng, subject, told)) for _ in range(2)]


def _references(draw: RowMaterial, texts: list[str]) -> list[str]:
  return [] if draw.pool == 'train' else world.set_of(texts)


def dart(draw: RowMaterial) -> dict:
  """Triples like `Maya | CITY | Rome`; a third of them have the form of a table with a title."""
  subject, told, texts = _facts(draw)
  name = subject.name.removeprefix('the ')
  head, triples = name, []
  if draw.rng.random() < 0.33:
    head, triples = '[TABLECONTEXT]', [f'[TABLECONTEXT] | [TITLE] | {name}']
  triples += [f'{head} | {r.name.upper()} | {subject.facts[r.name]}' for r in told]
  row = f'dart-{draw.split}-{draw.index}'
  return {'gem_id': row, 'gem_parent_id': row, 'dart_id': draw.index, 'tripleset': triples,
          'subtree_was_extended': False, 'target_sources': ['sample'] * len(texts),
          'target': texts[0], 'references': _references(draw, texts)}


def web_nlg_en(draw: RowMaterial) -> dict:
  """Triples like `Golden_Pan | area | old_town`."""
  subject, told, texts = _facts(draw)
  head = subject.name.removeprefix('the ').replace(' ', '_')
  triples = [f'{head} | {r.name} | {subject.facts[r.name].replace(" ", "_")}' for r in told]
  category = 'Food' if subject.pronoun == 'it' else 'Person'
  row = f'web_nlg_en-{draw.split}-{draw.index}'
  return {'gem_id': row, 'gem_parent_id': row, 'input': triples, 'category': category,
          'webnlg_id': f'{draw.split}/{category}/{len(told)}/Id{draw.index}', 'target': texts[0],
          'references': _references(draw, texts)}
