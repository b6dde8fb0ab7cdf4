r"""
# Tensor and the chain rule

A `Tensor` is an array that remembers how it was made. Every operation on tensors notes its *parents* and a
*rule*: given the gradient of the loss for its result, the rule gives the gradient for each parent. So a
computation leaves a graph behind it, and `loss.backward()` walks this graph from the loss to the inputs and
applies the chain rule at every node:

$$\frac{\partial L}{\partial p} = \sum_{r \,:\, p \text{ is a parent of } r}
  \frac{\partial L}{\partial r} \cdot \frac{\partial r}{\partial p}$$

The sum matters: a tensor that was used twice gets a share from each use. It is complete only when *all* its
users have been visited, so the walk goes in topological order, every node after all the nodes made from it.

This page has the graph and the walk, and nothing else; the operations are [functions](functions.py).

Three things differ from PyTorch:

* `backward()` starts afresh. Called twice it leaves the same gradients twice; nothing accumulates, nothing
  has to be zeroed.
* It leaves a gradient in *every* tensor of the graph, those in between too: $\delta^l$ is just `z.grad`.
* A tensor you make has a gradient. Plain arrays and numbers that meet it are constants.

Read next: [checks](checks.py), a page of checks that the rest of the package shares.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .kernels.fingerprint import fingerprint

Rule = Callable[[np.ndarray], Sequence[np.ndarray | None]]
Operation = Callable[..., "Tensor"]

FLOAT64, FLOAT32 = np.dtype(np.float64), np.dtype(np.float32)

# Counts the tensors as they are made.
_clock = count()
_born = attrgetter("_born")

_recording: ContextVar[bool] = ContextVar("recording", default=True)


@contextmanager
def no_grad() -> Iterator[None]:
    """Operations inside `with no_grad():` leave no graph behind. Also a decorator."""
    before = _recording.set(False)
    try:
        yield
    finally:
        _recording.reset(before)


def as_array(data: ArrayLike, dtype: DTypeLike | None = None) -> np.ndarray:
    """`data` as a float64 or float32 array in C order, the same object where it is one already.

    `dtype` defaults to float64, or float32 for a float32 array. Raises TypeError for another dtype and for data
    that are not real numbers.
    """
    if type(data) is np.ndarray and data.flags.c_contiguous:
        own = data.dtype
        if (own is FLOAT64 or own is FLOAT32) and (dtype is None or dtype is own):
            return data  # the usual case, without further questions
    array = np.asarray(data)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"a Tensor holds real numbers, not {array.dtype} (from {type(data).__name__})")
    if dtype is None:
        dtype = np.float32 if array.dtype == np.float32 else np.float64
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise TypeError(f"dtype is 'float64' or 'float32', not {np.dtype(dtype).name!r}")
    return np.asarray(array, dtype, order="C")


class Tensor:
    r"""An array of real numbers, its gradient, and how it was made.

    data: numbers, nested lists or an array; float32 arrays stay float32, all else becomes float64 unless `dtype`
    says otherwise. An array of the right kind is not copied. `requires_grad=False` makes a constant; `name`
    appears in messages and reports. Raises TypeError for data that are not real numbers.

    Attributes: `data`, the ndarray; `grad`, after `backward()` an ndarray of the same shape and dtype, else
    None; `op`, the name of the operation that made it, or `""`; `parents`, the tensors it was made from.
    """

    __slots__ = ("__weakref__", "_array", "_born", "_needed", "_rule", "grad", "name", "op", "parents", "requires_grad")

    # NumPy, asked for array + tensor, must leave the answer to the tensor.
    __array_ufunc__ = None

    # The operators are operations like any other: functions.py binds them.
    __add__: Operation
    __radd__: Operation
    __sub__: Operation
    __rsub__: Operation
    __mul__: Operation
    __rmul__: Operation
    __truediv__: Operation
    __rtruediv__: Operation
    __pow__: Operation
    __rpow__: Operation
    __neg__: Callable[[], "Tensor"]
    __abs__: Callable[[], "Tensor"]
    __matmul__: Operation
    __rmatmul__: Operation
    __getitem__: Operation
    sum: Operation
    mean: Operation
    max: Operation
    reshape: Operation
    transpose: Operation

    def __init__(
        self, data: ArrayLike, *, dtype: DTypeLike | None = None, requires_grad: bool = True, name: str = ""
    ) -> None:
        if isinstance(data, Tensor):
            raise TypeError("this is a Tensor already; Tensor(t.data) makes a new one that forgets how t was made")
        self._array = as_array(data, dtype)
        self._born = next(_clock)
        self.grad: np.ndarray | None = None
        self.requires_grad = requires_grad
        self.name = name
        self.op = ""
        self.parents: tuple[Tensor, ...] = ()
        self._rule: Rule | None = None
        self._needed: Sequence[tuple[Tensor, np.ndarray, bytes | int]] = ()

    @property
    def data(self) -> np.ndarray:
        """The array; that of a result is read-only, for writing to it would falsify its graph's gradients."""
        if not self.op:
            return self._array
        view = self._array.view()
        view.flags.writeable = False
        return view

    @data.setter
    def data(self, value: ArrayLike) -> None:
        if self.op:
            raise ValueError(f"{self._label()} is the result of an operation; only tensors you made can be given data")
        array = as_array(value, self.dtype)
        if array.shape != self.shape:
            raise ValueError(f"{self._label()} has shape {self.shape}; its new data has shape {array.shape}")
        self._array = array

    # ## The walk back

    def backward(self) -> None:
        """Compute the gradient of this scalar for every tensor of its graph, and leave it in their `.grad`.

        Each `.grad` is an array of its own, with the shape and dtype of its tensor. Raises ValueError where
        this tensor is not a single number or has no graph, RuntimeError where an array that the graph still
        needs was changed.
        """
        if self._array.size != 1:
            raise ValueError(f"backward() starts from a single number; this has shape {self.shape}: sum() or index it")
        if not self.requires_grad:
            raise ValueError("nothing to differentiate: it was made from constants only, or under no_grad()")
        order = self._topological_order()
        for node in order:
            if node._needed:
                node.check_unchanged()
        for node in order:
            node.grad = None
        self.grad = np.empty(self._array.shape, self._array.dtype)
        self.grad.fill(1)  # the gradient of the loss for itself
        for node in order:
            g = node.grad
            if node._rule is None or g is None:
                continue
            for parent, share in zip(node.parents, node._rule(g), strict=True):
                if parent.requires_grad:
                    array = parent._array
                    if type(share) is not np.ndarray:
                        share = np.asarray(share, array.dtype)
                    if share.shape != array.shape:
                        raise ValueError(
                            f"a gradient for {parent._label()} has shape {parent.shape}; the rule of {node.op}() "
                            f"gave shape {share.shape}"
                        )
                    # [eq:chain-rule] $\partial L/\partial p = \sum_r \partial L/\partial r \cdot \partial r/\partial p$
                    if parent.grad is not None:
                        parent.grad += share
                    elif share.base is None and share is not g and share.dtype is array.dtype:
                        parent.grad = share
                    else:  # g itself, or a view: each tensor has an array of its own
                        parent.grad = np.array(share, array.dtype, order="C")

    def _topological_order(self) -> list["Tensor"]:
        """All tensors of the graph that have a gradient, each before its parents.

        A result is always made after its parents. So from the youngest to the oldest is such an order.
        """
        found, seen = [self], {self}
        for node in found:  # which grows as we go
            for parent in node.parents:
                if parent.requires_grad and parent not in seen:
                    seen.add(parent)
                    found.append(parent)
        found.sort(key=_born, reverse=True)
        return found

    # ## How the graph is made

    @staticmethod
    def made_by(
        op: str, data: Any, parents: tuple["Tensor", ...], rule: Rule, needs: Sequence["Tensor"] = ()
    ) -> "Tensor":
        """The result of an operation, linked to its parents if one of them has a gradient.

        rule: takes ∂L/∂result, an array, and returns ∂L/∂parent for each parent; None where a parent is a
        constant. needs: the parents whose data the rule reads; `backward()` refuses to go on if one was changed.
        """
        result = Tensor.__new__(Tensor)
        result._array = as_array(data)
        result._born = next(_clock)
        result.grad, result.name, result.op, result._needed = None, "", op, ()
        result.requires_grad, result.parents, result._rule = False, (), None
        if _recording.get():
            for parent in parents:
                if parent.requires_grad:
                    result.requires_grad, result.parents, result._rule = True, parents, rule
                    result.remember(needs)
                    break
        return result

    def remember(self, needs: Sequence["Tensor"]) -> None:
        """Keep the fingerprints of those tensors that could be changed: results that own their array cannot."""
        for t in needs:
            if not t.op or t._array.base is not None:
                self._needed = (*self._needed, (t, t._array, fingerprint(t._array)))

    def check_unchanged(self) -> None:
        """Raises RuntimeError where an array that this tensor was made from has changed since."""
        for t, array, before in self._needed:
            if fingerprint(array) != before:
                raise RuntimeError(
                    f"{t._label()} was changed in place after {self.op}() used it, so the gradient can no longer be "
                    "computed. Call backward() before you change it, or compute the loss again."
                )

    # ## What it tells

    @property
    def shape(self) -> tuple[int, ...]:
        return self._array.shape

    @property
    def ndim(self) -> int:
        return self._array.ndim

    @property
    def size(self) -> int:
        return self._array.size

    @property
    def dtype(self) -> np.dtype:
        return self._array.dtype

    @property
    def T(self) -> "Tensor":
        return self.transpose()

    def item(self) -> float:
        """The number in a tensor that has just one. Raises ValueError for others."""
        if self.size != 1:
            raise ValueError(f"item() takes the one number of a tensor; this has shape {self.shape}")
        return float(self._array.item())

    __float__ = item

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("a Tensor of shape () has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator["Tensor"]:
        return (self[i] for i in range(len(self)))

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError(
            "a Tensor cannot be changed entry by entry: its graph would no longer tell how it was made. "
            "Compute a new tensor, or write to the .data of one that you made yourself."
        )

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise TypeError(
            "NumPy was given a Tensor; the result would have no gradient. "
            "Use tinynet's function of that name, or take .data if no gradient is wanted."
        )

    def _label(self) -> str:
        return f"tensor {self.name!r}" if self.name else f"a tensor of shape {self.shape}"

    def __repr__(self) -> str:
        facts = [f"shape={self.shape}", self.dtype.name]
        facts += [f"name={self.name!r}"] if self.name else []
        facts += [f"op={self.op}"] if self.op else []
        facts += [] if self.requires_grad else ["constant"]
        return f"Tensor({np.array2string(self._array, prefix='Tensor(', threshold=60)}, {', '.join(facts)})"
