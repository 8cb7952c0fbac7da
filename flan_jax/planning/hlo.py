"""The collectives of a compiled program, read from its HLO text; loops count once per iteration.

TPUs run collectives at the same time as other work: one fusion begins a collective, others continue
it while they compute, and one ends it. The text repeats the collective inside each of them, so only
the fusion that begins it is counted. On TPUs, a reduce-scatter is a fusion that reduces and then
keeps a part.
"""
import collections
from collections.abc import Iterator, Mapping
import dataclasses
import math
import re

import jax
import numpy as np

_KINDS = ('all-gather', 'all-reduce', 'reduce-scatter', 'all-to-all', 'collective-permute')
_BYTES = {'pred': 1, 's8': 1, 'u8': 1, 's16': 2, 'u16': 2, 'bf16': 2, 'f16': 2, 's32': 4, 'u32': 4,
          'f32': 4, 's64': 8, 'u64': 8, 'f64': 8}

_COMPUTATION = re.compile(r'^(ENTRY )?%?([\w.-]+) \(.*\{$')
_COLLECTIVE = re.compile(rf'= (.+?) ({"|".join(_KINDS)})(?:-start)?\(')
_ARRAY = re.compile(r'(\w+)\[([\d,]*)\]')
_CALLED = re.compile(
    r'(?:calls|to_apply|body|condition|true_computation|false_computation)=%?([\w.-]+)')
_BRANCHES = re.compile(r'branch_computations=\{([^}]*)\}')
_TRIPS = re.compile(r'known_trip_count\W+n\W+(\d+)')
_CALLED_COMPUTATION = re.compile(r'calls=%?([\w.-]+)')
_BEGINS = re.compile(r'^\s*(?:ROOT )?%?async-collective-start[\w.-]* =')
_CHANNEL = re.compile(r'channel_id=(\d+)')
_REDUCES_AND_SCATTERS = re.compile(r'all-reduce-scatter|reduce-scatter')
_CONDITION = re.compile(r' while\(.*condition=%?([\w.-]+)')
_COUNTER_LIMIT = re.compile(r'[su]32\[\]\S* constant\((\d+)\)')
_IOTA_GROUPS = re.compile(r'replica_groups=\[([\d,]+)\]<=\[([\d,]+)\](?:T\(([\d,]+)\))?')
_LISTED_GROUPS = re.compile(r'replica_groups=\{\{(.+?)\}\}')
_MESH_GROUPS = re.compile(r"replica_groups=mesh\[([^\]]+)\] \{([^}]+)\}")
_MESH_AXIS = re.compile(r"'(\w+)'(?:=(\d+))?")
_PAIRS = re.compile(r'source_target_pairs=\{\{(.+?)\}\}')


@dataclasses.dataclass(frozen=True)
class Collective:
  """All collectives of one kind along the same mesh axes, in one step.

  Attributes:
    kind: for instance 'all-gather'.
    axes: the mesh axes, joined with '+'; for instance 'tensor'.
    count: the number of collectives.
    bytes: the sum, over the collectives, of the largest array of each on one device.
  """

  kind: str
  axes: str
  count: int
  bytes: int


def collectives(text: str, mesh: jax.sharding.Mesh) -> list[Collective]:
  """The collectives of a program's HLO text, the largest first."""
  totals = collections.defaultdict(lambda: [0, 0])
  computations = _computations(text)
  begun = _begun(computations)
  for line, times, name in _executed(computations):
    match = _COLLECTIVE.search(line)
    channel = _CHANNEL.search(line)
    if match and (not channel or begun.get(channel[1], name) == name):
      kind = match[2]
      if kind == 'all-reduce' and _REDUCES_AND_SCATTERS.match(name):
        kind = 'reduce-scatter'
      total = totals[kind, _axes(line, mesh)]
      total[0] += times
      total[1] += times * _size(line, match)
  found = [Collective(kind, axes, count, size) for (kind, axes), (count, size) in totals.items()]
  return sorted(found, key=lambda c: -c.bytes)


def _begun(computations: Mapping[str, list[str]]) -> dict[str, str]:
  """The channel of each asynchronous collective -> the computation that begins it."""
  begin = [match[1] for lines in computations.values() for line in lines
           if _BEGINS.match(line) and (match := _CALLED_COMPUTATION.search(line))]
  return {channel[1]: name for name in begin for line in computations.get(name, ())
          if _COLLECTIVE.search(line) and (channel := _CHANNEL.search(line))}


def _computations(text: str) -> dict[str, list[str]]:
  """The name of each computation -> its lines; the name of the entry is ''."""
  found, name = {}, None
  for line in text.splitlines():
    header = _COMPUTATION.match(line)
    if header:
      name = '' if header[1] else header[2]
      found[name] = []
    elif name is not None:
      found[name].append(line)
  return found


def _executed(computations: Mapping[str, list[str]]) -> Iterator[tuple[str, int, str]]:
  """Each line, how often a step executes it, and the name of its computation."""
  waiting = [('', 1)]
  while waiting:
    name, times = waiting.pop()
    for line in computations.get(name, ()):
      yield line, times, name
      again = times * _trips(line, computations)
      called = _CALLED.findall(line) + [
          n.strip(' %') for names in _BRANCHES.findall(line) for n in names.split(',')]
      waiting += [(c, again) for c in called]


def _trips(line: str, computations: Mapping[str, list[str]]) -> int:
  """The number of iterations of a loop; 1 for a line that is not a loop.

  The TPU compiler does not write it. Then it is the number that the condition compares the loop's
  counter with: JAX's scans count from 0 in steps of 1, and so do XLA's collective matrix products,
  which pass pieces around a ring.
  """
  if known := _TRIPS.search(line):
    return int(known[1])
  if loop := _CONDITION.search(line):
    limits = _COUNTER_LIMIT.findall('\n'.join(computations.get(loop[1], ())))
    return int(limits[0]) if len(limits) == 1 else 1
  return 1


def _size(line: str, match: re.Match) -> int:
  """Bytes of the largest operand or result: the whole array, for a gather as for a scatter."""
  shapes = _ARRAY.findall(line[: line.find(')', match.end())])
  return max((math.prod(map(int, filter(None, dims.split(',')))) * _BYTES.get(kind, 1)
              for kind, dims in shapes), default=0)


def _axes(line: str, mesh: jax.sharding.Mesh) -> str:
  """The mesh axes along which the devices of a group differ; '?' if the groups are not known."""
  groups = _groups(line, mesh.size)
  if groups is None or groups.max() >= mesh.size:
    return '?'
  places = np.unravel_index(groups, tuple(mesh.shape.values()))
  differing = [
      axis for axis, place in zip(mesh.axis_names, places) if np.any(place != place[:, :1])]
  return '+'.join(differing) or 'none'


def _groups(line: str, devices: int) -> np.ndarray | None:
  """Numbers in the mesh of the devices that communicate, `[groups, members]`; None if unknown."""
  if match := _IOTA_GROUPS.search(line):
    groups, sizes, order = (
        [int(n) for n in part.split(',')] if part else None for part in match.groups())
    return np.arange(math.prod(sizes)).reshape(sizes).transpose(order).reshape(groups)
  # Newer compilers name axes of a mesh of their own, whose axes are not ours.
  if match := _MESH_GROUPS.search(line):
    sizes = {name: int(size) for name, size in _MESH_AXIS.findall(match[1])}
    along = [name for name, _ in _MESH_AXIS.findall(match[2])]
    order = [*(name for name in sizes if name not in along), *along]
    everybody = np.arange(math.prod(sizes.values())).reshape(list(sizes.values()))
    return everybody.transpose([list(sizes).index(name) for name in order]).reshape(
        -1, math.prod(sizes[name] for name in along))
  if match := _LISTED_GROUPS.search(line) or _PAIRS.search(line):
    return np.array([[int(n) for n in group.split(',')] for group in match[1].split('},{')])
  # Without groups, or with empty ones, all devices communicate.
  return None if 'replica_groups=' in line and 'replica_groups={}' not in line else (
      np.arange(devices)[None])
