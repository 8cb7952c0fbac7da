"""`python -m flan_jax`: the command `t5x`."""
from flan_jax.cli import entry

if __name__ == '__main__':
  entry()
