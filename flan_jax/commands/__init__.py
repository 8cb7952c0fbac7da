"""The commands of `t5x`, in the order in which its help lists them."""
from flan_jax.commands import (
    data, doctor, export, infer, lint, plan, prepare, report, task, training)

COMMANDS = (
    training.TRAIN,
    training.EVAL,
    infer.INFER,
    plan.PLAN,
    plan.PRECOMPILE,
    prepare.PREPARE,
    data.MIXTURE,
    data.DATASETS,
    data.PREVIEW,
    lint.LINT,
    doctor.DOCTOR,
    export.EXPORT,
    report.REPORT,
    task.TASK,
)
