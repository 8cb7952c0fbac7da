"""The layout of help texts."""
import argparse
import textwrap

NEEDED = 'needed'  # attribute of an argument: at least one name must be given
_COMMANDS_WIDTH = 15  # columns for the names of commands in their list


class Help(argparse.RawDescriptionHelpFormatter):
  """Help that keeps examples as they are, wraps other text, and adds a default to every flag.

  A flag is shown by its first spelling only. The others are for people who are used to them.
  """

  def add_argument(self, action):
    super().add_argument(action)
    self._action_max_length = max(self._action_max_length, _COMMANDS_WIDTH)

  def _fill_text(self, text, width, indent):
    lines, words = [], []
    for line in [*text.splitlines(), '']:
      is_example = line.startswith((' ', 'example'))
      if words and (is_example or not line):
        lines += textwrap.wrap(
            ' '.join(words), width, initial_indent=indent, subsequent_indent=indent)
        words = []
      if is_example or not line:
        lines.append(indent + line)
      else:
        words.append(line)
    return '\n'.join(lines[:-1])

  def _format_action_invocation(self, action):
    spellings = action.option_strings
    if not spellings or '--help' in spellings:
      return super()._format_action_invocation(action)
    if action.nargs == 0:
      return spellings[0]
    default = self._get_default_metavar_for_optional(action)
    return f'{spellings[0]} {self._format_args(action, default)}'

  def _get_help_string(self, action):
    says = 'default' in action.help or action.required or action.nargs == 0 or action.metavar == ''
    if says or not action.option_strings:
      return action.help
    return action.help + (
        ' (default: none)' if action.default in (None, '', []) else ' (default: %(default)s)')

  def _format_args(self, action, default_metavar):
    if vars(action).get(NEEDED):
      return f'{action.metavar} ...'
    return super()._format_args(action, default_metavar)
