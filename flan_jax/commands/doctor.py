"""`t5x doctor`: shows which data is ready, which is missing, and how to get it."""
import json

from flan_jax.commands import flags, session
from flan_jax.commands.command import CACHED, Command


def _run(args) -> int:
  names = session.split_names(args.names) if args.names else []
  settings = session.data_settings(args, names[0] if names else '')
  from flan_jax.data.vocabulary import load_vocabulary
  from flan_jax.data_tools import doctor
  from flan_jax.stream import prepared
  from flan_jax.terminal import doctor_report

  looked_for = prepared.Settings(
      load_vocabulary(settings.vocabulary), settings.lengths, settings.prepared_dir)
  findings = doctor.examine(names, looked_for)
  lacking = [f for f in findings if f.state in (doctor.MISSING, doctor.UNFIT)]
  if args.json:
    print(json.dumps([f.as_json() for f in findings]))
  else:
    print(doctor_report.report(findings))
  return 2 if names and lacking else 0


def _arguments(command) -> None:
  flags.names_argument(
      command, 'mixtures, clusters, datasets or tasks; by default everything that ships')
  flags.json_argument(command)


COMMAND = Command(
    'doctor', 'Show which data is ready, which is missing, and how to get it.',
    'Never downloads. The exit code is 2 if data for the given names is missing or too small.\n\n'
    'example: t5x doctor flan_holdout_nli nli --tfds_data_dir=DIR', _arguments, _run,
    without=(CACHED,))
