"""The process of a run: `t5x`, which ends with the sweep that started it.

The sweep holds the other end of this process's standard input. When the sweep is gone, even killed,
that end closes, and so the run ends at once. What it has saved is complete.
"""
import os
import runpy
import signal
import sys
import threading


def _end_with_the_sweep() -> None:
  while os.read(0, 1):
    pass
  os._exit(1)


if __name__ == '__main__':
  # A shell's background job ignores SIGINT, and its processes inherit that. But a sweep stops its
  # runs by SIGINT.
  signal.signal(signal.SIGINT, signal.default_int_handler)
  threading.Thread(target=_end_with_the_sweep, daemon=True).start()
  sys.argv[0] = 't5x'
  runpy.run_module('flan_jax', run_name='__main__')
