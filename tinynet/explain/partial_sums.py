r"""
# Partial sums: the first layer of very many mixtures

The coalitions of a game are mixtures of two rows: each input is that of $x$ or that of a background row $r$. A first
layer that is dense takes the same few numbers again and again, only put together in another way:

$$z_j = b_j + \sum_{i \in S} x_i w_{ij} + \sum_{i \notin S} r_i w_{ij}$$

So they are looked up, not multiplied. Take the inputs five at a time. Five inputs are mixed in $2^5 = 32$ ways, and
each way has a partial sum, a row with a number for each neuron. Once these are in a table, any of the thousands of
mixtures is a sum of $n/5$ rows of it: of 64 inputs 13 additions a neuron, and no multiplication. Nothing is
rounded that was not rounded before: the same products are added in another order.

The 32 sums are made by doubling. With nobody of the five decided the table is one row, 0. Each input that is decided
makes two of each row, one with $r_i w_{ij}$ added and one with $x_i w_{ij}$.

**The last layer** of a logit is linear, and of a mean it makes the mean: so it is asked once for each coalition, with
the mean of what comes in over all rows of the background.

**What limits it.** Eight neurons at a time, the table of 64 inputs takes 26 kilobytes and stays in the nearest
cache. It is the method of the four Russians (Arlazarov et al. 1970) for products with matrices of 0 and 1.

Read next: [occlusion](occlusion.py).
"""

import numpy as np
from tqdm import tqdm

from ..functions import identity
from ..kernels import matmul
from ..kernels.jit import kernel
from ..layers import Dense
from ..tensor import Tensor, no_grad
from .gradients import first_layer
from .question import Question

# Inputs in a group, and neurons in a block. Of 4, 5 and 6 inputs, 5 were fastest for networks of 12 and of 64 inputs.
GROUP, BLOCK = 5, 8
# Mixtures in a chunk
CHUNK = 4096


def worth_by_partial_sums(question: Question, background: np.ndarray, coalitions: np.ndarray) -> np.ndarray:
    """v(S) of coalitions of the entries of x: background (B, x.size), coalitions (K, x.size) of bool -> (K,).

    Raises ValueError where the network returns what is not finite.
    """
    first, target = first_layer(question), question.target
    assert first is not None
    inner = question.layers[question.layers.index(first) + 1 :]
    end = inner[-1] if inner else None
    last = end if isinstance(end, Dense) and type(end).forward is Dense.forward and end.f is identity else None
    inner = inner[:-1] if last else inner
    v = np.empty(len(coalitions))
    with tqdm(total=v.size * len(background), desc="coalitions", delay=1, leave=False) as bar, no_grad():
        for start in range(0, len(v), CHUNK):
            some = coalitions[start : start + CHUNK]
            sums = PartialSums(question.x.ravel(), first, some)
            total = np.zeros((len(some), *((last.input_shape or ()) if last else ())))
            for row in background:
                a = first.f(Tensor(sums.z(row)))
                for layer in inner:
                    a = layer(a)
                total += a.data if last else a.data[:, target]
                bar.update(len(some))
            v[start : start + CHUNK] = _outputs(last, total / len(background), target)
    if not np.isfinite(v).all():
        raise ValueError(f"the model returned {v[~np.isfinite(v)][0]} for a coalition; nothing can explain it")
    return v


def _outputs(last: Dense | None, mean: np.ndarray, target: int) -> np.ndarray:
    if last is None:
        return mean
    assert last.W is not None
    v = matmul(mean, last.W.data[:, target : target + 1].astype(float))[:, 0]
    # [eq:mean-logit] $\frac{1}{B} \sum_b z_t = \left(\frac{1}{B} \sum_b a\right) W_t + b_t$
    return v if last.b is None else v + last.b.data[target]


class PartialSums:
    """The weighted sums z of a dense layer for the mixtures of x, (n,), with other rows.

    mixtures: bool (K, n), True where the input is that of x.
    """

    def __init__(self, x: np.ndarray, dense: Dense, mixtures: np.ndarray) -> None:
        assert dense.W is not None
        W = dense.W.data
        n, self.m = W.shape
        groups, blocks = -(-n // GROUP), -(-self.m // BLOCK)
        self.x, self.W = np.zeros(groups * GROUP, W.dtype), np.zeros((groups * GROUP, blocks * BLOCK), W.dtype)
        self.x[:n], self.W[:n, : self.m] = x, W
        self.b = np.zeros(blocks * BLOCK, W.dtype)
        self.b[: self.m] = 0 if dense.b is None else dense.b.data
        bits = np.zeros((len(mixtures), groups * GROUP), np.uint8)
        bits[:, :n] = mixtures
        # the five bits of a group as one number, 0 … 31: the row of its table, below those of the groups before it
        codes = np.bitwise_or.reduce([bits[:, i::GROUP] << i for i in range(GROUP)])
        self.rows = codes + (np.arange(groups, dtype=np.uint32) << GROUP)
        self.tables = np.empty((blocks, groups, 1 << GROUP, BLOCK), W.dtype)
        self.room = np.empty((len(mixtures), blocks * BLOCK), W.dtype)

    def z(self, other: np.ndarray) -> np.ndarray:
        """z of all mixtures of x with another row, (n,): (K, m), overwritten by the next call."""
        row = np.zeros_like(self.x)
        row[: len(other)] = other
        tabulate(self.x, row, self.W, self.tables)
        look_up(self.b, self.tables.reshape(len(self.tables), -1, BLOCK), self.rows, self.room)
        return np.ascontiguousarray(self.room[:, : self.m])


@kernel
def tabulate(x: np.ndarray, other: np.ndarray, W: np.ndarray, tables: np.ndarray) -> None:
    """All partial sums of each group of inputs, a block of neurons at a time. tables (blocks, groups, 32, 8)."""
    for block in range(tables.shape[0]):
        first = BLOCK * block
        for group in range(tables.shape[1]):
            table = tables[block, group]
            table[0] = 0
            for bit in range(GROUP):
                i = GROUP * group + bit
                w = W[i, first : first + BLOCK]
                for code in range(1 << bit):
                    without, with_i = table[code], table[code + (1 << bit)]
                    for j in range(BLOCK):
                        # [eq:partial-sum] $t(S \cup i) = t(S) + x_i w_{ij}$, and without $i$ it is $t(S) + r_i w_{ij}$
                        with_i[j] = without[j] + x[i] * w[j]
                        without[j] += other[i] * w[j]


@kernel(side_by_side=True)
def look_up(b: np.ndarray, tables: np.ndarray, rows: np.ndarray, z: np.ndarray) -> None:
    """z[k] = b + the rows of the tables, (blocks, 32 groups, 8), that rows[k], (groups,), names.

    Unsigned numbers of rows spare the question whether one is counted from the end.
    """
    for block in range(tables.shape[0]):
        first, table = BLOCK * block, tables[block]
        s = b[first : first + BLOCK]
        for k in range(rows.shape[0]):
            z0, z1, z2, z3, z4, z5, z6, z7 = s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]
            for group in range(rows.shape[1]):
                # [eq:looked-up-z] $z_j = b_j + \sum_g t_j(S \cap g)$
                t = table[rows[k, group]]
                z0 += t[0]
                z1 += t[1]
                z2 += t[2]
                z3 += t[3]
                z4 += t[4]
                z5 += t[5]
                z6 += t[6]
                z7 += t[7]
            r = z[k, first : first + BLOCK]
            r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7] = z0, z1, z2, z3, z4, z5, z6, z7
