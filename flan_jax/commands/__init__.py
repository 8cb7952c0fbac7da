"""The commands of `t5x`, in the order in which its help lists them."""
from flan_jax.commands import data, training

COMMANDS = (
    training.TRAIN,
    training.EVAL,
    training.INFER,
    data.MIXTURE,
    data.DATASETS,
    data.PREVIEW,
)
