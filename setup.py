"""Installs FLAN-JAX: the package `flan_jax` and the command `t5x`."""
import pathlib
import re

import setuptools

HERE = pathlib.Path(__file__).parent
VERSION = re.search(r"__version__ = '(.+)'", (HERE / 'flan_jax/__init__.py').read_text())[1]

# tasks/ and gin/ are top-level folders because people read and edit them; installed, they are
# part of the package. gin/ is data, not a package: that name belongs to gin-config.
PACKAGES = [
    *setuptools.find_packages(include=['flan_jax', 'flan_jax.*']), 'flan_jax.tasks', 'flan_jax.gin']

setuptools.setup(
    name='flan-jax',
    version=VERSION,
    description='Instruction tuning in JAX, in the style of FLAN, with a T5X-like command',
    long_description=(HERE / 'README.md').read_text(),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    license_files=['LICENSE'],
    python_requires='>=3.11',
    packages=PACKAGES,
    package_dir={'flan_jax': 'flan_jax', 'flan_jax.tasks': 'tasks', 'flan_jax.gin': 'gin'},
    package_data={
        'flan_jax.gin': ['*.gin', '*/*.gin'],
        'flan_jax': ['py.typed', 'sample_world/*.model', 'report/data/page/*', 'pretrained/*/*'],
    },
    entry_points={'console_scripts': [
        't5x = flan_jax.cli:entry', 'flan-jax = flan_jax.cli:entry']},
    install_requires=[
        'absl-py>=2.1,<3',
        'array_record>=0.6,<1',
        'clu>=0.0.12,<0.1',
        'etils[epath]>=1.9,<2',
        'flax>=0.12,<0.13',
        'gin-config>=0.5,<0.6',
        'importlib_resources>=6',
        'jax>=0.9,<0.11',
        'matplotlib>=3.9,<4',
        'numpy>=2,<3',
        'optax>=0.2.6,<0.3',
        'orbax-checkpoint>=0.11.28,<0.13',
        'protobuf>=6.31.1',  # what tensorflow-metadata was generated with; TensorFlow takes less
        'pyarrow>=18,<27',
        'rapidfuzz>=3.10,<4',
        'rich>=13,<16',
        'rouge-score>=0.1.2,<0.2',
        'sacrebleu>=2.4,<3',
        'safetensors>=0.5,<1',
        'scipy>=1.14,<2',
        'sentencepiece>=0.2,<0.3',
        'seqio>=0.0.20,<0.1',
        'shtab>=1.7,<2',
        'tensorflow>=2.20,<2.22',
        'tensorflow-datasets>=4.9.9,<4.10',
        'tensorflow-text>=2.20,<2.22',
        'tensorboard>=2.19,<3',
    ],
    extras_require={
        'tpu': ['jax[tpu]>=0.9,<0.11'],
        'cuda': ['jax[cuda12]>=0.9,<0.11'],
        'hub': ['huggingface_hub>=0.34,<3'],
        'torch': ['torch>=2.6,<2.14', 'transformers>=4.57,<6'],
        'test': ['huggingface_hub>=0.34,<3', 'pytest>=8,<10', 'pytest-xdist>=3.6,<4',
                 'mypy==2.4.1', 'ruff==0.17.6'],
    },
    classifiers=[
        'Programming Language :: Python :: 3',
        'Topic :: Scientific/Engineering :: Artificial Intelligence',
    ],
)
