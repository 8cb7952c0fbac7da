"""The commands of `t5x`, in the order in which its help lists them."""
from flan_jax.commands import data, doctor, export, lint, prepare, report, task, training

COMMANDS = (
    training.TRAIN,
    training.EVAL,
    training.INFER,
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
