r"""
# Kernels: arithmetic on plain arrays

Reading order: [how they compile](jit.py), [the matrix product](matmul.py), [its register tile](tile.py),
[threads](threads.py), [weighted sums](weighted_sums.py), [the exponential](exponential.py),
[the normal distribution function](normal.py), [its quantiles](quantile.py), [activations](activations.py),
[softmax](softmax.py), [losses](losses.py), [updates](updates.py), [fingerprints](fingerprint.py). Nothing here knows
of graphs or layers.
"""

from .matmul import matmul

__all__ = ["matmul"]
