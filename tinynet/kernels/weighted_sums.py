r"""
# Weighted sums, there and back

The heart of a layer, for a batch of $N$ examples in the rows of $a$:

$$z_{nj} = \sum_i a_{ni} w_{ij} + b_j$$

is [one product](matmul.py), started at the bias. On the way back $\delta = \partial L/\partial z$ gives three
gradients. Two of them are products again, and the third is a sum of rows.

**What limits them.** Forward it is $2 N n_{in} n_{out}$ operations, back up to twice as many (the first layer needs no
$\partial L/\partial a$): so a training step takes nearly three times as long as a prediction. For 64 examples, 784
inputs and 128 neurons in float32 the $2 \cdot 6.4$ million operations forward
touch 0.6 megabytes: 20 operations a byte, so arithmetic limits them and not memory.

In a small network calling three kernels takes longer than their arithmetic. There one kernel does it all, in one
pass over the examples: the formulas as they read.

Read next: [the exponential](exponential.py).
"""

import numpy as np

from .jit import kernel
from .matmul import FEW, product


def weighted_sums(a, W, b):
    r"""z = aW + b, with a (N, n_in), W (n_in, n_out), b (n_out,) -> (N, n_out)."""
    z = np.empty((len(a), len(b)), a.dtype)
    product(a, W, b, z)
    return z


def weighted_sums_backward(a, W, delta, need_da=True):
    r"""From delta (N, n_out) the gradients of a, W and b, each of its shape; None for a where it is not needed."""
    dtype, work = delta.dtype, len(delta) * W.size
    da = np.empty(a.shape, dtype) if need_da or work <= FEW else None  # a few cost nothing
    dW, db = np.empty(W.shape, dtype), np.empty(W.shape[1], dtype)
    if work <= FEW:
        gradients_in_one_pass(a, W, delta, da, dW, db)
        return da, dW, db
    if da is not None:
        # [eq:dense-da] $\partial L/\partial a = \delta\, W^T$
        product(delta, W.T, np.zeros(a.shape[1], dtype), da)
    # [eq:dense-dW] $\partial L/\partial W = a^T \delta$
    product(a.T, delta, np.zeros(W.shape[1], dtype), dW)
    # [eq:dense-db] $\partial L/\partial b = \sum_n \delta_n$
    sum_rows(delta, db)
    return da, dW, db


@kernel
def sum_rows(delta, db):
    db[:] = 0
    for n in range(delta.shape[0]):
        d = delta[n]
        for j in range(d.size):
            db[j] += d[j]


@kernel
def gradients_in_one_pass(a, W, delta, da, dW, db):
    """The three gradients of a small layer."""
    dW[:], db[:] = 0, 0
    for n in range(a.shape[0]):
        d = delta[n]
        for j in range(d.size):
            # [eq:bias-gradient] $\partial L/\partial b_j = \sum_n \delta_{nj}$
            db[j] += d[j]
        for i in range(a.shape[1]):
            w, dw, a_ni = W[i], dW[i], a[n, i]
            back = dw.dtype.type(0)
            for j in range(d.size):
                # [eq:weight-gradient] $\partial L/\partial w_{ij} = \sum_n a_{ni}\, \delta_{nj}$
                dw[j] += a_ni * d[j]
                # [eq:input-gradient] $\partial L/\partial a_{ni} = \sum_j \delta_{nj}\, w_{ij}$
                back += d[j] * w[j]
            da[n, i] = back
