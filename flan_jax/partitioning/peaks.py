"""What chips reach at best: published peaks of bfloat16 matrix products, dense."""
from collections.abc import Iterable

# FLOPs a second. Google's documentation of Cloud TPU (docs.cloud.google.com/tpu/docs/v4, v5e, v5p,
# v6e); NVIDIA's data sheets of A100, H100 and H200, in the SXM form, without sparsity.
PEAK_FLOPS = {'v4': 275e12, 'v5e': 197e12, 'v5p': 459e12, 'v6e': 918e12,
              'a100': 312e12, 'h100': 989e12, 'h200': 989e12}

# How JAX calls a device of a kind begins with one of these.
_KINDS = {
    'TPU v4': 'v4', 'TPU v5 lite': 'v5e', 'TPU v5e': 'v5e', 'TPU v5p': 'v5p', 'TPU v6 lite': 'v6e',
    'TPU v6e': 'v6e', 'NVIDIA A100': 'a100', 'NVIDIA H100 80GB HBM3': 'h100', 'NVIDIA H200': 'h200',
}


def peak_flops(devices: Iterable) -> float | None:
  """FLOPs a second that devices reach at best together, or None where one's kind is not known.

  A slower form of a chip (H100 PCIe) is not known; nor is 'TPU v4 lite', an inference chip.
  """
  peaks = [_peak(device.device_kind) for device in devices]
  return None if None in peaks else sum(peaks)


def _peak(kind: str) -> float | None:
  if kind == 'TPU v5':  # how earlier versions of libtpu call v5p
    return PEAK_FLOPS['v5p']
  if kind.startswith('TPU v4 lite'):
    return None
  return next((PEAK_FLOPS[name] for begin, name in _KINDS.items() if kind.startswith(begin)), None)
