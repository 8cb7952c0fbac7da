"""Names of our own features of an example, beside its tokens.

They have a prefix that no field of a declaration can have and no foreign task uses by chance. So a
feature called `index`, `template` or `options` always belongs to the user's task.
"""
PREFIX = 'flan_jax/'

# Of a row.
INDEX = f'{PREFIX}index'  # its position in the slice: int64
POSITION = f'{PREFIX}position'  # its number among the rows that a pass keeps, from 0: int64

# Of a rendered example.
DATASET = f'{PREFIX}dataset'  # the declaration's name
TEMPLATE = f'{PREFIX}template'  # number of the template, -1 for the baseline: int32
SPANS = f'{PREFIX}spans'  # bytes of the fields in the inputs: int32 [parts, 2]
EXEMPLAR_TEXTS = f'{PREFIX}exemplar_texts'  # solved examples to put before the prompt: [drawn]
EXEMPLARS = f'{PREFIX}exemplars'  # positions of their rows in the training slice: int64 [drawn]

# Of an example that is evaluated.
ANSWERS = f'{PREFIX}answers'  # reference texts: [answers]
ASKS_FOR = f'{PREFIX}asks_for'  # names of the fields that the model should write
CHOICES = f'{PREFIX}choices'  # the options' texts: [options]
RIGHT = f'{PREFIX}right'  # whether each is right: bool [options]
OPTION = f'{PREFIX}option'  # number of the first right option, or -1: int32
OPTION_TEXTS = f'{PREFIX}option_texts'  # the target for each option: [options]
VALUE = f'{PREFIX}value'  # the number that a predicted number is compared with
GROUP = f'{PREFIX}group'  # the same for examples that are judged together

# Of a tokenized example.
TRUNCATED = f'{PREFIX}truncated'  # tokens that the prompt lost: int32
TARGETS_TRUNCATED = f'{PREFIX}targets_truncated'  # tokens that the target lost: int32
NEEDS = f'{PREFIX}needs'  # the fewest tokens that the prompt can be cut to, see fitting.py: int32
FITS = f'{PREFIX}fits'  # whether the prompt fits: bool
OPTION_TOKENS = f'{PREFIX}option_tokens'  # the targets of all options, concatenated: int32
OPTION_IDS = f'{PREFIX}option_ids'  # the option of each of these tokens, from 1: int32
