"""`t5x mixture`: shows what a mixture trains on, and proves what it holds out."""
from collections.abc import Mapping
import json
from typing import Any

from flan_jax.commands import flags, session
from flan_jax.commands.command import CACHED, Command
from flan_jax.errors import UserError


def _mixture(args) -> None:
  if args.all:
    _all_mixtures(args)
    return
  named = session.names_given(args, needed=False)
  if not named and not args.gin_file:
    raise UserError('no mixture is named', '',
                    'Name one, or give a --gin_file that trains on one, or --all.')
  name = named or session.configured_mixture(args)
  settings = session.data_settings(args, named)
  from flan_jax.data import experiments, naming
  from flan_jax.data.vocabulary import load_vocabulary
  from flan_jax.data_tools import describe
  from flan_jax.terminal import listings

  experiment = experiments.find(name) if isinstance(name, str) else None
  proof = experiments.prove(experiment) if experiment else {}
  counts = {'rows': _counted_rows(name, proof, settings)} if args.rows else {}
  if args.rows and not args.json:  # the description is not shown, and would read from every task
    print(listings.rows_table(counts['rows'], settings.lengths, session.data_text(name)))
    return
  budget = describe.Budget(
      args.steps or settings.steps, args.batch_size or settings.batch_size, settings.lengths)
  described = describe.describe_mixture(name, budget, load_vocabulary(settings.vocabulary))
  described['evaluates'] = proof.get('evaluates', [])
  described['held_out'] = proof.get('held_out')
  described['sample_data'] = naming.rows_of(name).sample
  print(json.dumps(described | counts) if args.json
        else listings.mixture_table(described, session.data_text(name)))


def _counted_rows(name, proof: Mapping[str, Any], settings) -> list[dict[str, Any]]:
  from flan_jax.data.vocabulary import load_vocabulary
  from flan_jax.data_tools import row_counts

  counts = row_counts.of_mixture(
      name, proof.get('evaluates', ()), settings.lengths, load_vocabulary(settings.vocabulary))
  return [count.as_json() for count in counts]


def _all_mixtures(args) -> None:
  session.refuse_beside(args, '--all', ('names', '--steps', '--batch_size', '--rows'))
  session.set_up(args)
  from flan_jax.data import experiments
  from flan_jax.terminal import listings

  proofs = [experiments.prove(e) for e in experiments.experiments().values()]
  print(json.dumps(proofs) if args.json
        else listings.experiments_table(proofs, session.data_text()))


def _mixture_arguments(command) -> None:
  flags.names_argument(
      command, 'mixtures, tasks, datasets or clusters, or a table with rates: '
      "\"{'rte': 3, 'cb': 1}\"; by default what the gin file trains on")
  command.add_argument('--all', action='store_true',
                       help="list the paper's experiments, and prove for each that it does not "
                       'train on what it evaluates')
  command.add_argument('--rows', action='store_true',
                       help='read all rows of the training and evaluation data, and count those '
                       'used and those left out, by reason')
  command.add_argument('--steps', type=flags.whole(1), metavar='N',
                       help="training steps for the expected epochs; by default the gin file's")
  command.add_argument('--batch_size', type=flags.whole(1), metavar='N',
                       help="packed rows a step; by default the gin file's")
  flags.json_argument(command)


COMMAND = Command(
    'mixture', 'Show what a mixture trains on, and what it leaves out and why.',
    'Fails if a mixture trains on a cluster that it holds out, or on another dataset with the\n'
    'same examples.\n\nexamples:\n  t5x mixture flan_holdout_nli\n  t5x mixture --all',
    _mixture_arguments, _mixture, without=(CACHED,))
