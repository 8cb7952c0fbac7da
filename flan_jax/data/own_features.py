"""Names of what we keep with an example beside its tokens.

They have a prefix that no field of a declaration can have and that nobody's task uses by chance: a
feature called `index`, `template` or `options` is its owner's, whatever it holds.
"""
PREFIX = 'flan_jax/'

# Of a row.
INDEX = f'{PREFIX}index'  # its position in the slice: int64
POSITION = f'{PREFIX}position'  # among the rows kept of a pass, from 0: int64

# Of a rendered example.
DATASET = f'{PREFIX}dataset'  # the declaration's name
TEMPLATE = f'{PREFIX}template'  # number of the template: int32
SPANS = f'{PREFIX}spans'  # bytes of the fields in the inputs: int32 [parts, 2]
EXEMPLAR_TEXTS = f'{PREFIX}exemplar_texts'  # solved examples to put in front: [drawn]
EXEMPLARS = f'{PREFIX}exemplars'  # positions of their rows in the training slice: int64 [drawn]

# Of one that is evaluated.
ANSWERS = f'{PREFIX}answers'  # reference texts: [answers]
ASKS_FOR = f'{PREFIX}asks_for'  # names of the fields to be written
CHOICES = f'{PREFIX}choices'  # the options' texts: [options]
RIGHT = f'{PREFIX}right'  # which are right: bool [options]
OPTION = f'{PREFIX}option'  # number of the first right one, or -1: int32
OPTION_TEXTS = f'{PREFIX}option_texts'  # the target for each option: [options]
VALUE = f'{PREFIX}value'  # a number to hold a predicted one against
GROUP = f'{PREFIX}group'  # what the examples that are judged together have in common

# Of a tokenized one.
TRUNCATED = f'{PREFIX}truncated'  # tokens that the prompt lost: int32
TARGETS_TRUNCATED = f'{PREFIX}targets_truncated'  # tokens that the target lost: int32
NEEDS = f'{PREFIX}needs'  # tokens that the prompt has at the least, see fitting.py: int32
FITS = f'{PREFIX}fits'  # it has no more than there is room for: bool
OPTION_TOKENS = f'{PREFIX}option_tokens'  # all options' targets, one behind the other: int32
OPTION_IDS = f'{PREFIX}option_ids'  # the option of each of these tokens, from 1: int32
