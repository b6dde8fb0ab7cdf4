r"""
# A fingerprint of an array

`backward()` needs some of the arrays that the forward pass used. If one was changed in between (by an
optimizer's step, say), the gradient would belong to no network at all. So the graph keeps a fingerprint of
each array that somebody else may write to, and compares before it walks back.

The fingerprint adds the bits of all entries as whole numbers, each times an odd factor of its own, modulo
$2^{64}$. An odd factor has an inverse modulo $2^{64}$, so a change of one entry always changes the sum, and
two changes cancel once in $2^{64}$ times.
"""

import numpy as np

from .jit import kernel


@kernel
def weighted_sum(bits):
    total = np.uint64(0)
    for i in range(bits.size):
        # [eq:fingerprint] $h = \sum_i (2i + 1)\,\mathrm{bits}_i \bmod 2^{64}$
        total += np.uint64(2 * i + 1) * np.uint64(bits[i])
    return total


def fingerprint(a):
    """A number that changes when an entry of `a` does. a: float64 or float32 array in C order -> int."""
    return int(weighted_sum(a.reshape(-1).view(np.uint64 if a.itemsize == 8 else np.uint32)))
