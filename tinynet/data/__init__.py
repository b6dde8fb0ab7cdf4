r"""
# Data

A network learns from examples: rows of numbers `x` and, for each, the answer `y` it should give. Every data
set here is such a pair `(x, y)`, in the notation of the book, float64:

- `x` has shape $(N, n_0)$, one example a row;
- `y` has shape $(N, n_L)$ and is the *target*, ready for a loss: one column of 0 and 1 for the two-class
  sets `xor`, `moons` and `circles`, one-hot for all others, whose labels are `y.argmax(axis=1)`.

| read | to find |
|---|---|
| [prepare](prepare.py) | `minmax_scale`, `standardize`, `one_hot`, `train_test_split`, `batches` |
| [toys](toys.py) | `xor`, `moons`, `circles`, `spirals`, `blobs`: problems that can be drawn |
| [real](real.py) | `digits`, `iris`: two real sets that ship with the package |
| [mnist](mnist.py) | `mnist`: read from a folder; comes split: `(x_train, y_train), (x_test, y_test)` |
"""

from .mnist import mnist
from .prepare import batches, minmax_scale, one_hot, standardize, train_test_split
from .real import digits, iris
from .toys import blobs, circles, moons, spirals, xor

__all__ = [
    "batches",
    "blobs",
    "circles",
    "digits",
    "iris",
    "minmax_scale",
    "mnist",
    "moons",
    "one_hot",
    "spirals",
    "standardize",
    "train_test_split",
    "xor",
]
