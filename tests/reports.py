"""A training and what it reports."""
from flan_jax import api
from flan_jax.training.observing import Observer


class _Reports(Observer):

  def __init__(self):
    self.reports = []

  def reported(self, report):
    self.reports.append(report)


def train(config):
  """Trains; returns the reports."""
  observer = _Reports()
  api.train(api.Run(config), [observer])
  return observer.reports
