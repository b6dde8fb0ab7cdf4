r"""
# Layers

A layer maps the outputs $a^{l-1}$ of the one before to its own, $a^l$. `Dense` is the layer of the formulas,

$$z^l = a^{l-1} W^l + b^l, \qquad a^l = f(z^l),$$

with a row for each example and a column for each neuron: $w_{ij}$ leads *from* neuron $i$ *to* neuron $j$.
(Books with one column for each example write $Wx$, with the transpose.) The others have no weights:
`Activation` is $f$ alone, `Dropout` silences neurons while training, `Flatten` makes a row of an image.

A layer is built when its input shape is known: at once with `input_dim`, else when the first data arrive.

Read next: [losses](losses.py).
"""

from collections.abc import Callable
from math import prod

import numpy as np
from numpy.typing import DTypeLike

from . import functions
from .checks import below_1, find, whole
from .functions import ACTIVATIONS, Operand
from .initializers import INITIALIZERS, Initializer
from .tensor import Tensor

Shape = tuple[int, ...]


class Layer:
    """What all layers share.

    Shapes leave out the examples: the input shape (784,) stands for arrays (N, 784).

    Attributes: `name`; `input_shape` and `output_shape`, None until built; `dtype`, that of its weights.
    """

    # A layer without weights computes in whatever dtype arrives.
    dtype: np.dtype | None = None

    def __init__(
        self,
        *,
        input_dim: int | None = None,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        if input_dim is not None and input_shape is not None and (input_dim,) != tuple(input_shape):
            raise ValueError(f"input_dim={input_dim} and input_shape={input_shape} disagree; give one of them")
        if input_dim is not None:
            input_shape = (input_dim,)
        if input_shape is not None:
            input_shape = tuple(whole("each length in input_shape", n) for n in input_shape)
        self.name = name or type(self).__name__.lower()
        self.given_name = name
        self.given_shape = input_shape
        self.input_shape: Shape | None = None
        self.output_shape: Shape | None = None
        self.in_use = False

    def build(self, input_shape: Shape, rng: np.random.Generator) -> None:
        """Fix the shapes, and draw the weights where there are any. Raises ValueError for a shape it cannot take."""
        if self.given_shape is not None and self.given_shape != input_shape:
            raise ValueError(
                f"{self.name} was made for inputs (N, {_spell(self.given_shape)}), not (N, {_spell(input_shape)})"
            )
        self.input_shape, self.output_shape = input_shape, input_shape

    def __call__(self, a: Operand, training: bool = False) -> Tensor:
        """The outputs for a, (N, *input_shape). Raises ValueError for another shape, TypeError for another dtype."""
        if type(a) is Tensor:
            array = a._array
            if array.shape[1:] == self.input_shape and array.dtype is self.dtype and array.size:
                return self.forward(a, training)  # the usual case, without further questions
        return self.forward(self._check(a), training)

    def _check(self, a: Operand) -> Tensor:
        if not isinstance(a, Tensor):
            a = Tensor(a, dtype=self.dtype, requires_grad=False)
        if self.dtype is not None and self.dtype != a.dtype:
            raise TypeError(
                f"{self.name} computes in {self.dtype} and was given a {a.dtype} tensor; make one like the other"
            )
        if a.ndim == 0:
            raise ValueError(f"{self.name} takes a batch, one example a row; this is a single number")
        if self.input_shape is None:
            self.build(a.shape[1:], np.random.default_rng())
        if a.shape[1:] != self.input_shape:
            raise ValueError(
                f"{self.name} takes inputs of shape (N, {_spell(self.input_shape)}), not {a.shape}"
                + ("; a single example is a batch of one, x[None]" if a.shape == self.input_shape else "")
            )
        if a.shape[0] == 0:
            raise ValueError(f"{self.name} was given an empty batch, shape {a.shape}")
        return a

    def forward(self, a: Tensor, training: bool) -> Tensor:
        """The layer's formula, for an input that was checked."""
        raise NotImplementedError

    def parameters(self) -> list[Tensor]:
        """The tensors that training changes; empty until built."""
        return []

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}: {self.input_shape} -> {self.output_shape}>"


def _spell(shape: Shape | None) -> str:
    return ", ".join(map(str, shape or ()))


def _find_activation(activation: str | Callable[[Tensor], Tensor] | None) -> Callable[[Tensor], Tensor]:
    if callable(activation):
        return activation
    return find("activation", activation or "identity", ACTIVATIONS)


class Dense(Layer):
    r"""$a^l = f(a^{l-1} W^l + b^l)$: every neuron sees every input, (N, n_in) -> (N, units).

    units: the number of neurons. activation: a name, a function of a Tensor, or None for $f(z) = z$.
    kernel_initializer, which is Keras's word for that of $W$, and bias_initializer: names or functions. dtype:
    "float64" or "float32". Raises ValueError for other dtypes, and for unknown names, with the known ones.

    After building, `W` (n_in, units) and `b` (units,) are tensors; `b` is None with `use_bias=False`.
    """

    def __init__(
        self,
        units: int,
        activation: str | Callable[[Tensor], Tensor] | None = None,
        *,
        use_bias: bool = True,
        kernel_initializer: str | Initializer = "glorot_uniform",
        bias_initializer: str | Initializer = "zeros",
        input_dim: int | None = None,
        input_shape: Shape | None = None,
        name: str | None = None,
        dtype: DTypeLike = "float64",
    ) -> None:
        super().__init__(input_dim=input_dim, input_shape=input_shape, name=name)
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            raise ValueError(f"dtype is 'float64' or 'float32', not {dtype!r}")
        self.units = whole("units", units)
        self.activation = activation
        self.use_bias = use_bias
        self.f = _find_activation(activation)
        self.W_initializer, self.b_initializer = (
            i if callable(i) else find("initializer", i, INITIALIZERS) for i in (kernel_initializer, bias_initializer)
        )
        self.W: Tensor | None = None
        self.b: Tensor | None = None

    def build(self, input_shape: Shape, rng: np.random.Generator) -> None:
        if len(input_shape) != 1:
            raise ValueError(
                f"{self.name} takes one row of numbers for each example, (N, n), not (N, {_spell(input_shape)}); "
                "put a Flatten() before it"
            )
        W = self._draw("W", (input_shape[0], self.units), self.W_initializer, rng)
        b = self._draw("b", (self.units,), self.b_initializer, rng) if self.use_bias else None
        super().build(input_shape, rng)
        self.W, self.b, self.output_shape = W, b, (self.units,)

    def _draw(self, letter: str, shape: Shape, initializer: Initializer, rng: np.random.Generator) -> Tensor:
        # a copy: training changes it in place, and an initializer may hand out the same array twice
        array = np.array(initializer(shape, rng))
        if array.shape != shape:
            raise ValueError(f"the initializer of {self.name}.{letter} gave shape {array.shape}, expected {shape}")
        return Tensor(array, dtype=self.dtype, name=f"{self.name}.{letter}")

    def forward(self, a: Tensor, training: bool) -> Tensor:
        assert self.W is not None
        # [eq:dense-z] $z^l = a^{l-1} W^l + b^l$
        z = functions.matmul(a, self.W) if self.b is None else functions.affine(a, self.W, self.b)
        # [eq:dense-a] $a^l = f(z^l)$
        return self.f(z)

    def parameters(self) -> list[Tensor]:
        if self.W is None:
            return []
        return [self.W] if self.b is None else [self.W, self.b]


class Activation(Layer):
    """f alone, as a layer: `Dense(4)` and `Activation("relu")` compute what `Dense(4, "relu")` does. Any shape."""

    def __init__(
        self,
        activation: str | Callable[[Tensor], Tensor],
        *,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.activation = activation
        self.f = _find_activation(activation)

    def forward(self, a: Tensor, training: bool) -> Tensor:
        return self.f(a)


class Dropout(Layer):
    """Sets each input to 0 with probability `rate` while training; otherwise passes all on. Any input shape.

    The inputs that stay are divided by `1 - rate`. `fit` trains so; in a loop of your own say
    `net(x, training=True)`. Raises ValueError for a rate outside 0 <= rate < 1.
    """

    def __init__(
        self,
        rate: float,
        *,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        below_1(rate=rate)
        self.rate = rate
        self.rng = np.random.default_rng()

    def build(self, input_shape: Shape, rng: np.random.Generator) -> None:
        super().build(input_shape, rng)
        self.rng = rng

    def forward(self, a: Tensor, training: bool) -> Tensor:
        return functions.dropout(a, self.rate, self.rng) if training else functions.identity(a)


class Flatten(Layer):
    """Each example as one row: (N, 28, 28) -> (N, 784)."""

    def __init__(self, *, input_shape: Shape | None = None, name: str | None = None) -> None:
        super().__init__(input_shape=input_shape, name=name)

    def build(self, input_shape: Shape, rng: np.random.Generator) -> None:
        super().build(input_shape, rng)
        self.output_shape = (prod(input_shape),)

    def forward(self, a: Tensor, training: bool) -> Tensor:
        return a.reshape(a.shape[0], -1)


LAYERS: dict[str, type[Layer]] = {layer.__name__: layer for layer in (Dense, Activation, Dropout, Flatten)}
