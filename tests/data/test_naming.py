"""Whose rows these are: said of sample data only, the same everywhere."""
import pytest
import seqio

from flan_jax import sample_world
from flan_jax.data import naming, registry
from flan_jax.data.vocabulary import features


@pytest.fixture
def own():
  seqio.TaskRegistry.add(
      'rows_of_mine', preprocessors=[], output_features=features(),
      source=seqio.FunctionDataSource(lambda split, shuffle_files: None, splits=('train',)))
  yield 'rows_of_mine'
  seqio.TaskRegistry.remove('rows_of_mine')


def test_rows_of_your_own_are_not_called_sample_data(own):
  registry.load_shipped()
  mine, mixed = naming.rows_of(own), naming.rows_of(f'rte,{own}')
  assert mine == naming.Rows('your own (rows_of_mine)', sample=False, only_sample=False)
  assert mixed.sample and not mixed.only_sample
  assert mixed.text.startswith('SAMPLE DATA in ') and mixed.text.endswith('(rows_of_mine)')
  assert naming.rows_of('nli').only_sample and naming.rows_of('rte_template_0').only_sample


def test_a_given_directory_is_sample_data_only_if_it_is_marked(data_dir, tmp_path):
  registry.load_shipped()
  data_dir(str(tmp_path))
  assert naming.rows_of('rte') == naming.Rows(str(tmp_path), False, False)
  world = sample_world.write_sample_world(tmp_path / 'w', names=[])
  data_dir(str(world))
  assert naming.rows_of('rte') == naming.Rows(f'SAMPLE DATA in {world}', True, True)


def test_redrawn_slices_are_said_wherever_the_data_is_named(data_dir, write_rows):
  registry.load_shipped()
  rows = {split: sample_world.rows('super_glue/rte', split)[:30]
          for split in ('train', 'validation')}
  directory = str(write_rows('super_glue/rte', '1.0.2', rows))
  data_dir(directory, redraw=True)
  assert naming.rows_of('rte').text == (
      f'{directory} (declared slices of super_glue/rte:1.0.2 redrawn)')
