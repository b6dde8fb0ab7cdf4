r"""
# A fingerprint of an array

`backward()` needs some of the arrays that the forward pass used. If one was changed in between (by an
optimizer's step, say), the gradient would belong to no network at all. So the graph keeps a fingerprint of
each array that somebody else may write to, and compares before it walks back.

A small array is its own fingerprint: its bytes are copied. For a larger one, the bits of all entries, read as
whole numbers of 64 bits (of 32 where an odd number of float32 leaves one over), are added modulo $2^{64}$, each
scrambled first: folded ($h$ and $h \gg 29$ by exclusive or, so that high bits reach the low ones), multiplied by
an odd factor of its own, and folded again. Each of these steps can be undone, so a change of one entry always
changes the sum. Without the folding the changes of two signs, for example, would cancel; with it two changes
cancel only by chance, about once in $2^{64}$ times.

**What limits it.** A step takes two fingerprints of an array, when it is used and when `backward()` begins; each is
some 7 operations for 8 bytes, and the caches from which they come limit it.

Read next: [Tensor and the chain rule](../tensor.py).
"""

import numpy as np

from .jit import kernel

# So many bytes are copied in less time than it takes to call a kernel and sum them.
COPIED = 16384

FOLD = np.uint64(29)
# 2^64 over the golden ratio, made odd: its multiples look like noise.
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@kernel
def scrambled_sum(bits):
    total = np.uint64(0)
    for i in range(bits.size):
        b = np.uint64(bits[i])
        # [eq:fingerprint] $\text{total} = \sum_i \mathrm{fold}((2i + 1)\,G\,\mathrm{fold}(b_i)) \bmod 2^{64}$,
        # with $b_i$ the bits of entry $i$, $G$ = GOLDEN and $\mathrm{fold}(h) = h \oplus (h \gg 29)$
        h = (b ^ (b >> FOLD)) * (np.uint64(2 * i + 1) * GOLDEN)
        total += h ^ (h >> FOLD)
    return total


def fingerprint(a):
    """What changes when an entry of `a` does. a: float64 or float32 array in C order -> its bytes, or a number."""
    size = a.nbytes
    if size <= COPIED:
        return a.tobytes()
    return scrambled_sum(a.reshape(-1).view(np.uint32 if size % 8 else np.uint64))
