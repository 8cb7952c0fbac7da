"""Runs with several processes: how they start, and what they share."""
from flan_jax.distributed.sharing import (
    as_first_does,
    as_first_says,
    first_goes_first,
    gather,
    global_batch,
    has_lost_another,
    is_first,
    rows_here,
    together,
)
from flan_jax.distributed.start import start
