r"""
# The trace: every z, a and δ

`trace(net, x, y, loss=...)` runs a network forward and back once and hands over every intermediate number
as a plain array, layer by layer, in the notation of the book:

| | |
|---|---|
| `trace[0].a` | the input $a^0 = x$ |
| `trace[l].z`, `.a` | $z^l$ and $a^l = f(z^l)$ |
| `trace[l].f_prime` | $f'(z^l)$; for softmax the matrix $\partial a_j/\partial z_i$ of each row |
| `trace[l].da` | $\partial L/\partial a^l$; None where the loss was computed from $z^L$ |
| `trace[l].delta` | $\delta^l = \partial L/\partial z^l$ |
| `trace[l].W`, `.b`, `.dW`, `.db` | weights, biases and their gradients |
| `trace.loss`, `.loss_name` | $L$ and what it is called, "own" for a function of one's own |

The layers take no part in this. The graph that the forward pass left behind holds every tensor, and
`backward()` left in each its gradient: the trace only reads. A layer $l$ is a layer of the `Sequential`. One
without weights has None for $W$, $b$, and their gradients; $z^l$ of an `Activation` or a `Dropout` is what comes
in, and of a `Flatten` it is $a^l$. After a `Dropout` that was on, `trace[l].f_prime` is its scaled mask.

`trace.worksheet(...)` writes the formulas with these numbers put in, `trace.to_csv(folder)` puts them in tables.

Read next: [the writers](writers.py) of a worksheet.
"""

from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..checks import name_of
from ..layers import LAYERS, Activation, Dropout, Layer
from ..losses import LOSSES, Loss, chosen_loss
from ..model import Sequential
from ..optimizers import Optimizer
from ..tensor import Tensor


class LayerTrace:
    """The numbers of one layer, as arrays: (N, n_l) for z, a, da, delta and f_prime, as W and b for dW and db.

    Attributes besides them: `l`, the layer's number; `name`; `kind`, the class whose formula it has, "own" if none;
    `f`, the name of its activation, "own" for a function of one's own that takes several steps; `rate` of a
    dropout; `parameters`, the tensors of W and b. What a layer does not have is None: the input has only a.
    """

    # of what a layer does not have there is None
    f: Any
    rate: Any
    z: Any
    da: Any
    delta: Any
    W: Any
    b: Any
    dW: Any
    db: Any

    def __init__(self, l: int, layer: Layer | None, came_in: Tensor, output: Tensor) -> None:
        self.l = l
        self.name = layer.name if layer else "input"
        self.a = output.data
        self.z = self.da = self.delta = None
        self.W = self.b = self.dW = self.db = None
        self.f = self.rate = None
        self.kind = "input"
        self.parameters: dict[str, Tensor] = {}
        if layer is None:
            return
        self.kind = next((kind for kind, known in LAYERS.items() if type(layer).forward is known.forward), "own")
        self.rate = getattr(layer, "rate", None)
        z = _find_z(layer, came_in, output)
        self.z, self.delta, self.da = z.data, z.grad, output.grad
        self._layer, self._node = layer, output
        self._is_one_step = output.parents == (z,)
        self.f = output.op if self._is_one_step else "identity" if z is output else "own"
        for letter in ("W", "b"):
            parameter = getattr(layer, letter, None)
            if parameter is not None:
                self.parameters[letter] = parameter
                setattr(self, letter, parameter.data.copy())
                setattr(self, f"d{letter}", parameter.grad if parameter.requires_grad else None)

    @property
    def f_prime(self) -> np.ndarray | None:
        r"""$f'(z)$, (N, n_l), None for the input.

        For softmax and log-softmax it is a matrix for each example: entry [n, i, j] is $\partial a_j/\partial z_i$.
        """
        if self.z is None:
            return None
        if self.f == "identity":
            return np.ones_like(self.z)
        if self.f not in ("softmax", "log_softmax"):
            # δ = ∂L/∂a ⊙ f′(z): with ones for ∂L/∂a, what comes back is f′(z)
            return self._back_through_f(np.ones_like(self.a))
        # with 1 for output j and 0 for the others, it is ∂a_j/∂z
        units = np.eye(self.a.shape[-1], dtype=self.a.dtype)
        return np.stack([self._back_through_f(np.array(np.broadcast_to(u, self.a.shape))) for u in units], axis=-1)

    def _back_through_f(self, da: np.ndarray) -> np.ndarray:
        """∂L/∂z for a given ∂L/∂a, by the rule of f; an f of several steps has no single rule and runs again."""
        if self._is_one_step and self._node._rule is not None:
            (dz, *_) = self._node._rule(da)
            return np.asarray(dz)
        z = Tensor(np.array(self.z))
        (self._layer.f(z) * da).sum().backward()  # type: ignore[attr-defined]
        assert z.grad is not None
        return z.grad

    def __repr__(self) -> str:
        return f"<layer {self.l}, {self.name!r}: a {self.a.shape}>"


class Trace:
    """One forward and backward pass. `trace[l]` for l = 0 ... L, `len(trace)` = L + 1, `.loss`, `.loss_name`, `.y`."""

    def __init__(self, layers: list[LayerTrace], loss: float, y: np.ndarray, loss_name: str) -> None:
        self.layers = layers
        self.loss, self.loss_name = loss, loss_name
        self.y = y

    def __getitem__(self, l: int) -> LayerTrace:
        if l not in range(-len(self), len(self)):
            raise IndexError(f"there is no layer {l}; they are numbered 0 (the input) … {len(self) - 1}")
        return self.layers[l]

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[LayerTrace]:
        return iter(self.layers)

    def __repr__(self) -> str:
        rows = [["l", "layer", "f", "a", "W", "z from … to", "a from … to", "δ from … to"]]
        for layer in self.layers:
            W = "" if layer.W is None else str(layer.W.shape)
            ranges = map(_range, (layer.z, layer.a, layer.delta))
            rows.append([str(layer.l), layer.name, layer.f or "", str(layer.a.shape), W, *ranges])
        widths = [max(map(len, column)) for column in zip(*rows)]
        table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
        return "\n".join([f"loss = {self.loss:.10g}, mean over N = {len(self.y)}", *table])

    # Both of these are pages of their own, which know the trace.

    def worksheet(
        self,
        example: int = 0,
        *,
        learning_rate: float | None = None,
        optimizer: str | Optimizer | None = None,
        format: str = "text",
        digits: int = 10,
        layers: int | Iterable[int] | None = None,
        neurons: int | Iterable[int] | None = None,
        full: bool = False,
    ) -> str:
        """One training step of one example, as formulas with indices, with numbers put in, and results.

        example: a row of x, from 0. learning_rate: that of plain gradient descent, 0.5 by default; or optimizer:
        one by name, or an object whose next step is meant (`net.optimizer` for that of `fit`); its memory is read and
        stays as it is. format: "text", "markdown", "latex" or "html". digits: how many are written; 17 recompute
        exactly. layers, neurons: which, by their numbers in the formulas, 1 and up; by default all layers, and of
        large ones the first neurons. full: leave nothing out. Raises ValueError for what does not exist.
        """
        from .worksheet import write_worksheet

        return write_worksheet(self, example, learning_rate, optimizer, format, digits, layers, neurons, full)

    def to_csv(
        self,
        folder: str | PathLike,
        *,
        learning_rate: float | None = None,
        optimizer: str | Optimizer | None = None,
    ) -> tuple[Path, Path]:
        """Write all numbers to `neurons.csv` and `weights.csv` in a folder, for a spreadsheet; returns their paths.

        The columns: example, layer, neuron, z, a, f_prime, delta, y; and layer, i, j, w, dL_dw, new_w. The folder is
        made if only itself is missing; files of those names are replaced, both or none. learning_rate, optimizer: as
        for the worksheet. Raises OSError where they cannot be written.
        """
        from .ledger import write_csv

        return write_csv(self, folder, learning_rate=learning_rate, optimizer=optimizer)


def _find_z(layer: Layer, came_in: Tensor, output: Tensor) -> Tensor:
    """The z of a layer, in the graph: what was made from W; what came in, if f is all there is; else a itself."""
    W = getattr(layer, "W", None)
    if W is None:
        return came_in if isinstance(layer, Activation | Dropout) else output
    return next(node for node in output._topological_order() if node.parents[:2] == (came_in, W))


def _range(array: np.ndarray | None) -> str:
    return "" if array is None else f"{array.min():.3g} … {array.max():.3g}"


def trace(
    net: Sequential, x: ArrayLike, y: ArrayLike, *, loss: str | Loss | None = None, training: bool = False
) -> Trace:
    """Run `net` forward and back on x, (N, *input_shape), and y, (N, n_L), and keep every number.

    loss: a name or function, by default the compiled one. training: with dropout on. The network's weights
    stay as they are; the gradients of its parameters are those of this pass. Returns a Trace. Raises
    ValueError for data that do not fit.
    """
    loss_function = chosen_loss(loss, net.loss, "trace")
    x, y = net.check_data(x, y)
    # x needs a gradient only where the first layer has no weights to train: else that layer had no δ.
    first_is_trained = any(p.requires_grad for p in net.layers[0].parameters())
    outputs = [Tensor(x.copy(), name="x", requires_grad=not first_is_trained)]
    for layer in net.layers:
        outputs.append(layer(outputs[-1], training=training))
    outcome = loss_function(outputs[-1], y)
    outcome.backward()
    rows = zip([None, *net.layers], [outputs[0], *outputs], outputs)
    layers = [LayerTrace(l, layer, came_in, output) for l, (layer, came_in, output) in enumerate(rows)]
    loss_name = name_of(loss_function, LOSSES) or "own"
    return Trace(layers, outcome.item(), y.copy(), loss_name)
