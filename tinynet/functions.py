r"""
# Functions that know their derivative

Every operation here has one form. It computes its result, then defines the *rule* that the chain rule
needs: the gradient $g = \partial L/\partial \text{result}$ comes in, and for each parent $p$ the gradient
$\partial L/\partial p$ goes out. Forward and backward stand together, and each formula stands above the
line that computes it.

Numbers and arrays may stand wherever a tensor may; they are constants of the graph's dtype. Tensors of two
dtypes in one operation are a TypeError.

Read next: [initializers](initializers.py).
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .checks import below_1
from .kernels import activations
from .kernels import softmax as rows
from .kernels.matmul import matmul as matmul_of_arrays
from .kernels.weighted_sums import weighted_sums, weighted_sums_backward
from .tensor import Tensor

Operand = Tensor | ArrayLike
Axis = int | tuple[int, ...] | None


def tensor(operand: Operand) -> Tensor:
    """The operand as a tensor."""
    return operand if isinstance(operand, Tensor) else Tensor(operand, requires_grad=False)


def tensors(*operands: Operand) -> Sequence[Tensor]:
    """The operands as tensors of one dtype. Raises TypeError where two of them differ in dtype."""
    dtype, constants = None, False
    for operand in operands:
        if not isinstance(operand, Tensor):
            constants = True
        elif dtype is None:
            dtype = operand._array.dtype
        elif operand._array.dtype is not dtype and operand._array.dtype != dtype:
            raise TypeError("a float32 and a float64 tensor meet; make both with the same dtype=")
    if not constants:
        return operands  # type: ignore[return-value]
    return [t if isinstance(t, Tensor) else Tensor(t, dtype=dtype, requires_grad=False) for t in operands]


# ## Arithmetic, entry by entry
#
# NumPy *broadcasts*: an axis of length 1, or a missing one, is repeated to fit. An entry that was repeated was used
# several times, so its gradient is the sum over its copies.


def unbroadcast(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The gradient of an operand of that shape, from the gradient `g` of the broadcast result."""
    if g.shape == shape:
        return g
    added = g.ndim - len(shape)
    repeated = tuple(i for i in range(g.ndim) if i < added or (shape[i - added] == 1 and g.shape[i] != 1))
    # [eq:unbroadcast] $\partial L/\partial a_i = \sum_{\text{copies } c \text{ of } a_i} g_c$
    return g.sum(axis=repeated, keepdims=True).reshape(shape)


def add(a: Operand, b: Operand) -> Tensor:
    r"""$c = a + b$. Shapes broadcast by NumPy's rules."""
    a, b = tensors(a, b)

    def rule(g: np.ndarray) -> Sequence[np.ndarray]:
        # [eq:add-backward] $\partial L/\partial a = g$, $\partial L/\partial b = g$
        return unbroadcast(g, a.shape), unbroadcast(g, b.shape)

    return Tensor.made_by("add", a._array + b._array, (a, b), rule)


def subtract(a: Operand, b: Operand) -> Tensor:
    r"""$c = a - b$. Shapes broadcast by NumPy's rules."""
    a, b = tensors(a, b)

    def rule(g: np.ndarray) -> Sequence[np.ndarray]:
        # [eq:subtract-backward] $\partial L/\partial a = g$, $\partial L/\partial b = -g$
        return unbroadcast(g, a.shape), unbroadcast(-g, b.shape)

    return Tensor.made_by("subtract", a._array - b._array, (a, b), rule)


def multiply(a: Operand, b: Operand) -> Tensor:
    r"""$c = a \odot b$. Shapes broadcast by NumPy's rules."""
    a, b = tensors(a, b)
    x, y = a._array, b._array

    def rule(g: np.ndarray) -> Sequence[np.ndarray]:
        # [eq:multiply-backward] $\partial L/\partial a = g \odot b$, $\partial L/\partial b = g \odot a$
        return unbroadcast(g * y, x.shape), unbroadcast(g * x, y.shape)

    return Tensor.made_by("multiply", x * y, (a, b), rule, needs=(a, b))


def divide(a: Operand, b: Operand) -> Tensor:
    r"""$c = a / b$. Shapes broadcast by NumPy's rules."""
    a, b = tensors(a, b)
    x, y = a._array, b._array

    def rule(g: np.ndarray) -> Sequence[np.ndarray]:
        # [eq:divide-backward] $\partial L/\partial a = g / b$, $\partial L/\partial b = -g\,a / b^2$
        return unbroadcast(g / y, x.shape), unbroadcast(-g * (x / y) / y, y.shape)

    return Tensor.made_by("divide", x / y, (a, b), rule, needs=(a, b))


def power(a: Operand, b: Operand) -> Tensor:
    r"""$c = a^b$, NaN where a is negative and b not a whole number. Shapes broadcast by NumPy's rules."""
    a, b = tensors(a, b)
    x, y = a._array, b._array
    c = x**y

    def rule(g: np.ndarray) -> Sequence[np.ndarray | None]:
        da = db = None
        if a.requires_grad:
            # [eq:power-backward] $\partial L/\partial a = g\,b\,a^{b-1}$, which is 0 where $b = 0$
            da = unbroadcast(g * y * x ** np.where(y == 0, 1, y - 1), x.shape)
        if b.requires_grad:
            # [eq:power-exponent-backward] $\partial L/\partial b = g\,a^b \ln a$, but 0 where $a = 0$ and $b \ge 0$
            db = unbroadcast(g * c * np.log(np.where((x == 0) & (y >= 0), 1, x)), y.shape)
        return da, db

    return Tensor.made_by("power", c, (a, b), rule, needs=(a, b))


def negative(a: Operand) -> Tensor:
    r"""$c = -a$."""
    a = tensor(a)
    # [eq:negative-backward] $\partial L/\partial a = -g$
    return Tensor.made_by("negative", -a._array, (a,), lambda g: (-g,))


# ## The matrix product


def matmul(a: Operand, b: Operand) -> Tensor:
    r"""$C = AB$ by NumPy's rules for one and two axes: a vector on the left is a row, on the right a column.

    Raises ValueError for more axes, none, or lengths that do not match.
    """
    a, b = tensors(a, b)
    if a.ndim not in (1, 2) or b.ndim not in (1, 2) or a.shape[-1] != b.shape[0]:
        raise ValueError(f"@ multiplies (n, k) by (k, m), or vectors of length k; not {a.shape} by {b.shape}")
    A = np.atleast_2d(a._array)
    B = b._array if b.ndim == 2 else b._array[:, np.newaxis]

    def rule(g: np.ndarray) -> Sequence[np.ndarray | None]:
        G = g.reshape(A.shape[0], B.shape[1])
        # [eq:matmul-backward] $\partial L/\partial A = G B^T$, $\partial L/\partial B = A^T G$
        da = matmul_of_arrays(G, B.T).reshape(a.shape) if a.requires_grad else None
        db = matmul_of_arrays(A.T, G).reshape(b.shape) if b.requires_grad else None
        return da, db

    C = matmul_of_arrays(A, B).reshape(a.shape[:-1] + b.shape[1:])
    return Tensor.made_by("matmul", C, (a, b), rule, needs=(a, b))


def affine(a: Operand, W: Operand, b: Operand) -> Tensor:
    r"""The weighted sums of a layer, $z_j = \sum_i a_i w_{ij} + b_j$, in one pass.

    a: (N, n_in), W: (n_in, n_out), b: (n_out,) -> (N, n_out). Raises ValueError for other shapes.
    """
    a, W, b = tensors(a, W, b)
    x, w, bias = a._array, W._array, b._array
    if w.ndim != 2 or x.shape[1:] != w.shape[:1] or bias.shape != w.shape[1:]:
        raise ValueError(f"affine takes shapes (N, k), (k, n) and (n,), not {a.shape}, {W.shape} and {b.shape}")
    z = weighted_sums(x, w, bias)

    def rule(delta: np.ndarray) -> Sequence[np.ndarray | None]:
        if not (W.requires_grad or b.requires_grad):
            return matmul_of_arrays(delta, w.T), None, None
        # by [the formulas of all three gradients](kernels/weighted_sums.py)
        return weighted_sums_backward(x, w, delta, a.requires_grad)

    return Tensor.made_by("affine", z, (a, W, b), rule, needs=(a, W))


# ## Sums, means, largest entries
#
# They reduce the axes numbered in `axis`: one number, a tuple of them, or None for all. `keepdims` keeps the reduced
# axes, with length 1. NumPy's AxisError says that there is no such axis.


def _reduced(shape: tuple[int, ...], axis: Axis) -> set[int]:
    """The numbers of the axes that are reduced."""
    if axis is None or not shape:
        return set(range(len(shape)))
    return {i % len(shape) for i in (axis if isinstance(axis, tuple) else (axis,))}


def _restore(reduced: Any, shape: tuple[int, ...], axis: Axis) -> np.ndarray:
    """A reduced array with its lost axes put back (length 1) and repeated to `shape`."""
    axes = _reduced(shape, axis)
    return np.broadcast_to(np.reshape(reduced, [1 if i in axes else n for i, n in enumerate(shape)]), shape)


def sum(a: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The sum over the axes, all of them by default."""
    a = tensor(a)
    # [eq:sum-backward] $\partial L/\partial a_i = g$ of the sum that $a_i$ went into
    return Tensor.made_by(
        "sum", a._array.sum(axis=axis, keepdims=keepdims), (a,), lambda g: (_restore(g, a.shape, axis),)
    )


def mean(a: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The mean over the axes, all of them by default."""
    a = tensor(a)
    c = a._array.mean(axis=axis, keepdims=keepdims)
    count = prod(a.shape[i] for i in _reduced(a.shape, axis))
    # [eq:mean-backward] $\partial L/\partial a_i = g / m$, for a mean over $m$ entries
    return Tensor.made_by("mean", c, (a,), lambda g: (_restore(g, a.shape, axis) / count,))


def max(a: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The largest entry over the axes, all of them by default.

    Where several entries are largest there is a kink, and they share the gradient equally.
    """
    a = tensor(a)
    x = a._array
    c = x.max(axis=axis, keepdims=keepdims)

    def rule(g: np.ndarray) -> Sequence[np.ndarray]:
        largest = (x == _restore(c, x.shape, axis)) | np.isnan(x)
        ties = largest.sum(axis=axis, keepdims=True).astype(x.dtype)
        # [eq:max-backward] $\partial L/\partial a_i = g/t$ for each of the $t$ largest entries, else 0
        return (largest * (_restore(g, x.shape, axis) / ties),)

    return Tensor.made_by("max", c, (a,), rule, needs=(a,))


# ## Moving entries about


def reshape(a: Operand, *shape: Any) -> Tensor:
    """The same entries, row by row, in another shape: `a.reshape(2, 3)`, `a.reshape((2, 3))` or `a.reshape(-1)`."""
    a = tensor(a)
    c = a._array.reshape(*shape)
    # [eq:reshape-backward] $\partial L/\partial a$ is $g$ in the old shape
    return Tensor.made_by("reshape", c, (a,), lambda g: (g.reshape(a.shape),))


def transpose(a: Operand, *axes: Any) -> Tensor:
    """The axes in another order, `a.transpose(1, 0, 2)`; reversed by default."""
    a = tensor(a)
    order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
    c = a._array.transpose(order or None)
    back = np.argsort([i % a.ndim for i in order or range(a.ndim)[::-1]])
    # [eq:transpose-backward] $\partial L/\partial a$ is $g$ with the axes put back
    return Tensor.made_by("transpose", c, (a,), lambda g: (g.transpose(back),))


def getitem(a: Operand, key: Any) -> Tensor:
    """The entries that `a[key]` picks, for any key NumPy takes. Raises TypeError for a Tensor as key."""
    a = tensor(a)
    if isinstance(key, Tensor):
        raise TypeError("index with whole numbers, slices or arrays, not with a Tensor")
    key = deepcopy(key)

    def rule(g: np.ndarray) -> Sequence[np.ndarray]:
        da = np.zeros_like(a._array)
        # [eq:getitem-backward] $\partial L/\partial a_i = \sum g_c$ over the places $c$ where $a_i$ was put
        np.add.at(da, key, g)
        return (da,)

    return Tensor.made_by("getitem", a._array[key], (a,), rule)


# ## Functions of one entry
#
# `a` may have any shape, and the result has the same.


def exp(a: Operand) -> Tensor:
    r"""$c = e^a$."""
    a = tensor(a)
    c = np.empty_like(a._array)
    activations.exp(a._array, c)
    # [eq:exp-backward] $\partial L/\partial a = g\,e^a$
    return Tensor.made_by("exp", c, (a,), lambda g: (g * c,))


def log(a: Operand) -> Tensor:
    r"""$c = \ln a$. As in NumPy, 0 gives $-\infty$ and negative numbers NaN, with a warning."""
    a = tensor(a)
    x = a._array
    # [eq:log-backward] $\partial L/\partial a = g / a$
    return Tensor.made_by("log", np.log(x), (a,), lambda g: (g / x,), needs=(a,))


def sqrt(a: Operand) -> Tensor:
    r"""$c = \sqrt a$. As in NumPy, negative numbers give NaN, with a warning."""
    a = tensor(a)
    c = np.sqrt(a._array)
    # [eq:sqrt-backward] $\partial L/\partial a = g / (2 \sqrt a)$
    return Tensor.made_by("sqrt", c, (a,), lambda g: (g / (2 * c),))


def abs(a: Operand) -> Tensor:
    r"""$c = |a|$."""
    a = tensor(a)
    x = a._array
    # [eq:abs-backward] $\partial L/\partial a = g\,\mathrm{sign}(a)$, which is 0 at the kink $a = 0$
    return Tensor.made_by("abs", np.abs(x), (a,), lambda g: (g * np.sign(x),), needs=(a,))


# ## Activations
#
# Their formulas are [kernels](kernels/activations.py); here each gets its place in the graph. `z` may have any shape.


def _activation(op: str, forward: Callable, backward: Callable, z: Operand, *parameters: float) -> Tensor:
    z = tensor(z)
    x = z._array
    a = np.empty(x.shape, x.dtype)
    forward(x, *parameters, a)

    def rule(da: np.ndarray) -> Sequence[np.ndarray]:
        delta = np.empty(x.shape, x.dtype)
        # [eq:activation-backward] $\delta = \partial L/\partial a \odot f'(z)$
        backward(x, a, da, *parameters, delta)
        return (delta,)

    return Tensor.made_by(op, a, (z,), rule, needs=(z,))


def identity(z: Operand) -> Tensor:
    r"""$a = z$: a layer without an activation."""
    z = tensor(z)
    # [eq:identity-backward] $\delta = \partial L/\partial a$, since $f'(z) = 1$
    return Tensor.made_by("identity", z._array.view(), (z,), lambda da: (da,))


def sigmoid(z: Operand) -> Tensor:
    r"""$a = 1/(1+e^{-z})$."""
    a = _activation("sigmoid", activations.sigmoid, activations.sigmoid_backward, z)
    return a if a.parents else _keep_logits(a, z)


def tanh(z: Operand) -> Tensor:
    r"""$a = \tanh z$."""
    return _activation("tanh", activations.tanh, activations.tanh_backward, z)


def relu(z: Operand) -> Tensor:
    r"""$a = \max(0, z)$, with $\mathrm{relu}'(0) = 0$."""
    return _activation("relu", activations.relu, activations.relu_backward, z)


def leaky_relu(z: Operand, negative_slope: float = 0.01) -> Tensor:
    r"""$a = z$ for $z > 0$, else `negative_slope` times $z$ (Maas et al. 2013)."""
    return _activation("leaky_relu", activations.leaky_relu, activations.leaky_relu_backward, z, negative_slope)


def elu(z: Operand, scale: float = 1.0) -> Tensor:
    r"""$a = z$ for $z > 0$, else `scale` times $e^z - 1$ (Clevert et al. 2015)."""
    return _activation("elu", activations.elu, activations.elu_backward, z, scale)


def gelu(z: Operand) -> Tensor:
    r"""$a = z\,\Phi(z)$ with the normal distribution function $\Phi$, exactly (Hendrycks and Gimpel 2016)."""
    return _activation("gelu", activations.gelu, activations.gelu_backward, z)


def softplus(z: Operand) -> Tensor:
    r"""$a = \ln(1 + e^z)$."""
    return _activation("softplus", activations.softplus, activations.softplus_backward, z)


def _row_wise(op: str, forward: Callable, backward: Callable, z: Operand) -> Tensor:
    """Softmax and log-softmax: the last axis is the row, and the derivative is computed from the result."""
    z = tensor(z)
    if z.ndim == 0 or z.shape[-1] == 0:
        raise ValueError(f"{op} works along the last axis, which must have an entry; this has shape {z.shape}")
    a = np.empty_like(z._array)
    flat = (-1, z.shape[-1])
    forward(z._array.reshape(flat), a.reshape(flat))

    def rule(g: np.ndarray) -> Sequence[np.ndarray]:
        delta = np.empty_like(a)
        backward(a.reshape(flat), g.reshape(flat), delta.reshape(flat))
        return (delta,)

    return Tensor.made_by(op, a, (z,), rule, needs=(z,))


def softmax(z: Operand) -> Tensor:
    r"""$a_i = e^{z_i} / \sum_k e^{z_k}$ along the last axis."""
    a = _row_wise("softmax", rows.softmax, rows.softmax_backward, z)
    return a if a.parents else _keep_logits(a, z)


def log_softmax(z: Operand) -> Tensor:
    r"""$\ln a_i = z_i - \ln \sum_k e^{z_k}$ along the last axis, exact where softmax rounds to 0 or 1."""
    return _row_wise("log_softmax", rows.log_softmax, rows.log_softmax_backward, z)


def _keep_logits(a: Tensor, z: Operand) -> Tensor:
    """Make z the parent of a where there is no graph: the cross-entropies compute from it."""
    a.parents = (Tensor(z._array if isinstance(z, Tensor) else z, dtype=a.dtype, requires_grad=False),)
    a.remember(a.parents)
    return a


def dropout(a: Operand, rate: float, rng: np.random.Generator) -> Tensor:
    r"""Each entry of a becomes 0 with probability `rate`, else is divided by `1 - rate`, so that its mean stays.

    a: any shape. rng: draws the mask. Raises ValueError for a rate outside 0 <= rate < 1.

    Source: Srivastava et al. 2014, in the *inverted* form, which scales while training and not afterwards.
    """
    a = tensor(a)
    below_1(rate=rate)
    kept = rng.random(a.shape) >= rate
    scaled_mask = (kept / (1 - rate)).astype(a.dtype)
    # [eq:dropout] $c = m \odot a / (1 - p)$, where each $m_i$ is 0 with probability $p$, the rate, else 1
    # [eq:dropout-backward] $\partial L/\partial a = g \odot m / (1 - p)$
    return Tensor.made_by("dropout", a._array * scaled_mask, (a,), lambda g: (g * scaled_mask,))


ACTIVATIONS: dict[str, Callable[..., Tensor]] = {
    "identity": identity,
    "linear": identity,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "gelu": gelu,
    "softplus": softplus,
    "softmax": softmax,
    "log_softmax": log_softmax,
}

# ## Operators
#
# What Python calls for `a + b`, where a is a tensor, and for `2 + b`, where only b is one.

OPERATORS: dict[str, Callable[..., Tensor]] = {
    "__add__": add,
    "__radd__": lambda b, a: add(a, b),
    "__sub__": subtract,
    "__rsub__": lambda b, a: subtract(a, b),
    "__mul__": multiply,
    "__rmul__": lambda b, a: multiply(a, b),
    "__truediv__": divide,
    "__rtruediv__": lambda b, a: divide(a, b),
    "__pow__": power,
    "__rpow__": lambda b, a: power(a, b),
    "__neg__": negative,
    "__abs__": abs,
    "__matmul__": matmul,
    "__rmatmul__": lambda b, a: matmul(a, b),
    "__getitem__": getitem,
    "sum": sum,
    "mean": mean,
    "max": max,
    "reshape": reshape,
    "transpose": transpose,
}
for _name, _operation in OPERATORS.items():
    setattr(Tensor, _name, _operation)
