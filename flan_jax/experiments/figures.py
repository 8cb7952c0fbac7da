"""Draws the figure of an experiment. The same results give the same bytes."""
from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from flan_jax import storage
from flan_jax.experiments.declared import Experiment
from flan_jax.experiments.gathering import AVERAGE, Curve

PAPER = 'paper, another world:\nreal datasets, 137B'
# Okabe and Ito's colors, which color-blind people can tell apart.
_COLORS = ('#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9')
_MARKERS = 'osD^vP'
_PAPERS_COLOR = '#767676'
_STYLE = {
    'svg.hashsalt': 'flan_jax', 'svg.fonttype': 'none', 'font.size': 11,
    'font.family': 'sans-serif', 'font.sans-serif': ['DejaVu Sans'],
    'axes.spines.top': False, 'axes.spines.right': False}
_FILES = {'svg': {'Date': None}, 'png': {'Software': None}}  # without times and versions


def draw(experiment: Experiment, curves: Sequence[Curve], base: str) -> list[str]:
  """Draws curves with error bars, beside the paper's points, as SVG and PNG.

  Args:
    experiment: says what the axes are.
    curves: from `gathering.curves`; at least one.
    base: the path of the files, without their ending.

  Returns:
    The paths of the files.
  """
  with matplotlib.rc_context(_STYLE):
    figure = Figure(figsize=(4.8, 4.4), facecolor='white', layout='constrained')
    axes = figure.subplots()
    order = list(dict.fromkeys(p.labels[experiment.x] for p in experiment.points))
    is_text = any(isinstance(x, str) for x in order)
    (_bars if is_text else _lines)(axes, experiment, curves, order)
    axes.set_title(experiment.title or experiment.name, fontsize=12)
    axes.set_ylabel('score, percent')
    axes.set_xlabel(experiment.x_label or experiment.x)
    figure.supxlabel(_caption(curves), fontsize=9)
    figure.legend(loc='outside upper center', ncols=2, fontsize=9.5, frameon=False)
    return [_save(figure, f'{base}.{kind}', kind) for kind in _FILES]


def _save(figure: Figure, path: str, kind: str) -> str:
  with storage.whole_file(path) as temporary:
    figure.savefig(temporary, format=kind, dpi=150, metadata=_FILES[kind])
  return path


def _name(experiment: Experiment, value: Any) -> str:
  return experiment.names.get(value, str(value))


def _lines(axes, experiment, curves, order) -> None:
  for number, curve in enumerate(curves):
    color, values = _COLORS[number % len(_COLORS)], list(curve.values.values())
    axes.errorbar(
        list(curve.values), [100 * v.mean for v in values], [100 * (v.error or 0) for v in values],
        color=color, marker=_MARKERS[number % len(_MARKERS)], capsize=3,
        linewidth=2.5 if curve.name == AVERAGE else 1.2, label=_name(experiment, curve.name))
    if (chance := values[0].chance) is not None:
      axes.axhline(100 * chance, color=color, linestyle=':', linewidth=1)
  points = sorted((p[experiment.x], p['percent']) for p in experiment.published)
  if points:
    axes.plot(*zip(*points), color=_PAPERS_COLOR, linestyle='--', marker='d',
              markerfacecolor='white', label=PAPER)
  if experiment.log_x:
    axes.set_xscale('log')
  axes.xaxis.set_major_locator(FixedLocator(order))
  axes.xaxis.set_minor_locator(NullLocator())
  axes.set_xticklabels([f'{x:g}' for x in order])


def _bars(axes, experiment, curves, order) -> None:
  width = 0.8 / len(curves)
  place = lambda x, number: order.index(x) + (number - (len(curves) - 1) / 2) * width
  for number, curve in enumerate(curves):
    places = [place(x, number) for x in curve.values]
    values = list(curve.values.values())
    axes.bar(places, [100 * v.mean for v in values], width * 0.92,
             yerr=[100 * (v.error or 0) for v in values], capsize=3,
             color=_COLORS[number % len(_COLORS)], label=_name(experiment, curve.name))
    for at, v in zip(places, values):
      if v.chance is not None:
        axes.plot([at - width / 2, at + width / 2], [100 * v.chance] * 2, color='black',
                  linestyle=':', linewidth=1)
  names = [curve.name for curve in curves]
  papers = [(place(p[experiment.x], names.index(p[experiment.series])), p['percent'])
            for p in experiment.published if p.get(experiment.series) in names]
  if papers:
    axes.plot(*zip(*papers), color=_PAPERS_COLOR, linestyle='', marker='d',
              markerfacecolor='white', label=PAPER)
  axes.set_xticks(range(len(order)), [_name(experiment, x).replace(' ', '\n') for x in order],
                  fontsize=9.5)


def _caption(curves: Sequence[Curve]) -> str:
  seeds = {v.seeds for curve in curves for v in curve.values.values()}
  few, most = min(seeds), max(seeds)
  count = f'{most}' if few == most else f'{few} to {most}'
  of = 'the examples' if most == 1 else 'the examples and of the seeds'
  return f'Error bars: one standard error, of {of}.\nSeeds: {count}. Dotted: chance.'
