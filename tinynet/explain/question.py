r"""
# The question: which output, of which model, for which example

"Why is this a 3?" asks about one number: output 3 of a model, for one example $x$. A `Question` is that number as a
function, $f(x)$, and where the model is a network of tinynet also its gradient $\partial f/\partial x$.

**The logit or the probability.** A network that classifies ends in softmax or sigmoid. Explained is by default the
*logit* $z_t^L$, what the last layer computes before its activation: the sum of what speaks for class $t$.
The probability $a_t^L$ depends on the logits of all classes, and it is flat where the network is sure;
`output="probability"` asks about it. Of a network without such an end, $z^L$ is what comes before its last
activation, if it has one.

**Any function.** Methods that need no gradient explain any `predict(x)` that maps an array of examples, (N, …), to
an array (N,) or (N, n_outputs): `predict_proba` of a classifier of scikit-learn (its `predict` answers with labels,
and the number of a class is nothing to explain), a PyTorch model, `net.predict`. Explained is then its output as it is.

Read next: [the attribution](attribution.py).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy

import numpy as np
from numpy.typing import ArrayLike

from ..checks import find, whole
from ..functions import identity
from ..introspect.drawing import number
from ..layers import Activation, Dense, Dropout, Layer
from ..model import Sequential
from ..tensor import Tensor, no_grad

Predict = Callable[[np.ndarray], np.ndarray]
Model = Sequential | Predict

# Rows that a network takes at a time, to bound the memory that many need
CHUNK = 4096
OUTPUTS = {"logit": "z^L", "probability": "a^L"}


class Question:
    """One output of a model for one example.

    model: a network, or a function of an array (N, ...) that returns an array (N,) or (N, n_outputs). x: one example,
    of the shape of the model's input, or a batch of it alone, (1, ...). target: the number of the output, from 0;
    by default the largest. output: "logit" (the default) or "probability" of a network; a function has but one output.

    Attributes: `model`; `x`, without the batch; `target`; `output`, "output" for a function; `net`, the network or
    None; `outputs`, what is chosen among, (n_outputs,); `prediction` $= f(x)$.

    Raises ValueError for shapes that do not fit, numbers that are not finite, and unknown outputs; TypeError for what
    is no model.
    """

    # on which scale f is explained, in words; "" is that of the output itself
    scale = ""

    def __init__(self, model: Model, x: ArrayLike, target: int | None = None, output: str | None = None) -> None:
        self.model = model
        self.net = model if isinstance(model, Sequential) else None
        if self.net is None and not callable(model):
            raise TypeError(
                f"a model is a tinynet.Sequential, or a function predict(x) -> outputs, such as the predict_proba of a "
                f"classifier of scikit-learn; not {model!r}"
            )
        if self.net is not None:
            self.output = output or "logit"
            find("output", self.output, OUTPUTS)
        elif output not in (None, "output"):
            raise ValueError(
                f"output={output!r} is for networks; of a function its output is explained as it is. Give a function "
                "that returns logits, or tinynet's network itself"
            )
        else:
            self.output = "output"
        self.x = self._one_example(x)
        if self.net is not None:
            if not self.net.layers:
                raise ValueError("this model has no layers, and nothing to explain; add(Dense(...)) some")
            self.net.build(self.x.shape)
            self.layers = _layers_to(self.output, self.net.layers)
        self.outputs = self._evaluate(self.x[np.newaxis].copy())[0]
        self.target = int(self.outputs.argmax()) if target is None else self._known(target)
        self.prediction = float(self.outputs[self.target])

    @property
    def explained(self) -> str:
        """What was explained, in words: "logit z^L of class 3"."""
        symbol = f" {OUTPUTS[self.output]}" if self.output in OUTPUTS else ""
        output = f"{self.scale}{self.output}{symbol}"
        return f"{output} of class {self.target}" if len(self.outputs) > 1 else output

    def __repr__(self) -> str:
        return f"Question about the {self.explained}: f(x) = {number(self.prediction)}"

    def _one_example(self, x: ArrayLike) -> np.ndarray:
        if isinstance(x, Tensor):
            x = x.data
        try:
            x = np.asarray(x)
        except ValueError:
            raise ValueError(f"x is an array of numbers, its rows equally long; given {x!r:.80}") from None
        shape = None if self.net is None or not self.net.layers else self.net.layers[0].input_shape
        # the shape of the input is not always known; then two axes with one row are a batch of one
        if x.shape[:1] == (1,) and (x.shape[1:] == shape if shape else x.ndim == 2):
            x = x[0]
        if x.ndim == 0 or x.size == 0 or (shape is not None and x.shape != shape):
            expected = f"one example of shape {shape}" if shape else "one example, a row of numbers for instance"
            several = "; explain examples one by one, or many with explain.summary" if x.shape[1:] == shape else ""
            raise ValueError(f"x has shape {x.shape}; expected {expected}{several}")
        return self._finite("x", x[np.newaxis])[0]

    def _finite(self, name: str, values: ArrayLike) -> np.ndarray:
        """An array of the model's dtype. Raises ValueError where an entry is not finite."""
        values = values.data if isinstance(values, Tensor) else values
        try:
            with np.errstate(over="ignore"):
                array = np.array(values, np.float64 if self.net is None else self.net.dtype)
        except (TypeError, ValueError):
            raise ValueError(f"{name} is an array of numbers; given {values!r:.80}") from None
        if not np.isfinite(array).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            where = place[1:] if name == "x" else place
            entry = f"{name}[{', '.join(map(str, where))}]" if where else name
            raise ValueError(f"{entry} is {array[place]}; expected finite numbers")
        return array

    def _known(self, target: int) -> int:
        count = len(self.outputs)
        if whole(f"target, the number of an output, 0 … {count - 1},", target, least=0) >= count:
            raise ValueError(f"target={target} is out of range: the model has {count} outputs, 0 … {count - 1}")
        return int(target)

    # ## What is explained, as a function

    def f(self, rows: np.ndarray) -> np.ndarray:
        """The number that is explained for each of many examples: (N, *x.shape) -> (N,).

        A function may write into the rows that it is given: who needs them afterwards hands over a copy. Raises
        ValueError where a function returns something else than one row of finite numbers an example.
        """
        return self._evaluate(rows)[:, self.target]

    def _evaluate(self, rows: np.ndarray) -> np.ndarray:
        if self.net is not None:
            with no_grad():
                parts = [self._run(self._tensor(rows[i : i + CHUNK])).data for i in range(0, len(rows), CHUNK)]
            outputs = parts[0] if len(parts) == 1 else np.concatenate(parts)
        else:
            returned = self.model(rows)
            try:
                outputs = np.array(returned, float)  # a copy: a function may return the same array every time
            except (TypeError, ValueError):
                raise ValueError(
                    "predict(x) must return an array of numbers, (N,) or (N, n_outputs); it returned "
                    f"{type(returned).__name__} {returned!r:.80}"
                ) from None
            if outputs.ndim == 1:
                outputs = outputs[:, np.newaxis]
        if outputs.ndim != 2 or len(outputs) != len(rows) or outputs.shape[1] == 0:
            raise ValueError(
                f"the model was given {len(rows)} examples, x of shape {rows.shape}, and returned shape "
                f"{outputs.shape}; expected ({len(rows)},) or ({len(rows)}, n_outputs)"
            )
        if not np.isfinite(outputs).all():
            n, k = np.argwhere(~np.isfinite(outputs))[0]
            raise ValueError(f"the model returned {outputs[n, k]} for output {k} of an example; nothing can explain it")
        return outputs

    def gradient(self, rows: np.ndarray) -> np.ndarray:
        r"""$\partial f/\partial x$ of each of many examples: (N, *x.shape) -> (N, *x.shape).

        Raises ValueError for a function, of which nothing but its outputs is known.
        """
        self.needs_a_network("a gradient")
        inputs = self._tensor(rows)
        # the outputs of one example depend on that example alone: the gradient of their sum holds that of each
        with self.gradients_kept():
            self._run(inputs, [_constant(layer) for layer in self.layers])[:, self.target].sum().backward()
        assert inputs.grad is not None
        return inputs.grad

    @contextmanager
    def gradients_kept(self) -> Iterator[None]:
        """What is computed inside leaves the gradients of the network's weights as they were, those of its loss."""
        before = [(p, p.grad) for p in self.net.parameters()] if self.net is not None else []
        try:
            yield
        finally:
            for p, grad in before:
                p.grad = grad

    def check_unchanged(self) -> None:
        """Raise RuntimeError where a network says something else of x than when it was asked first."""
        if self.net is not None and not np.isclose(self.f(self.x[np.newaxis])[0], self.prediction, rtol=1e-12, atol=0):
            raise RuntimeError(
                "the model has changed since this was explained: f(x) is not what it was; explain anew with .again()"
            )

    def _tensor(self, rows: np.ndarray) -> Tensor:
        assert self.net is not None
        return Tensor(rows, dtype=self.net.dtype, name="x")

    def _run(self, a: Tensor, layers: list[Layer] | None = None) -> Tensor:
        for layer in layers or self.layers:
            a = layer(a)
        return a

    # ## What comes beside x

    def needs_a_network(self, what: str) -> Sequential:
        """The network. Raises ValueError, which names `what` needs it, where the model is a function."""
        if self.net is None:
            raise ValueError(
                f"{what} needs a tinynet.Sequential; of a function only the outputs are known. For those there are "
                "occlusion, lime_tabular, lime_image, exact_shapley, kernel_shap and permutation_shap"
            )
        return self.net

    def baseline(self, baseline: ArrayLike | None) -> np.ndarray:
        """What x is compared with: an array of the shape of x; None means zeros, a number stands for all entries.

        Raises ValueError for another shape and for numbers that are not finite.
        """
        if baseline is None:
            return np.zeros_like(self.x)
        array = self._finite("baseline", baseline)
        if array.ndim > 0 and array.shape == (1, *self.x.shape):
            array = array[0]
        if array.ndim > 0 and array.shape != self.x.shape:
            raise ValueError(f"the baseline has shape {array.shape}, x has {self.x.shape}; they must be equal")
        return np.broadcast_to(array, self.x.shape).copy()

    def background(self, background: ArrayLike | None) -> np.ndarray:
        """Rows that stand for "not knowing a feature": (B, *x.shape), at least one; None means one row of zeros.

        Raises ValueError for another shape, no row, and numbers that are not finite.
        """
        if background is None:
            return np.zeros_like(self.x[np.newaxis])
        array = self._finite("background", background)
        if array.shape == self.x.shape:
            array = array[np.newaxis]
        if array.shape[1:] != self.x.shape or len(array) == 0:
            raise ValueError(
                f"the background has shape {array.shape}; expected (B, {', '.join(map(str, self.x.shape))}), at least "
                "one row, each an example like x"
            )
        return array


def _layers_to(output: str, layers: list[Layer]) -> list[Layer]:
    """The layers that lead to an output: for the logit the last one without its activation, sharing its weights."""
    if output == "probability":
        return layers
    *before, last = layers
    if type(last).forward is Dropout.forward and before:
        return _layers_to(output, before)  # it is off, and passes on what it gets
    if isinstance(last, Activation) and before:
        return before
    if isinstance(last, Dense | Activation):
        last = copy(last)
        last.f = identity
    return [*before, last]


def _constant(layer: Layer) -> Layer:
    """The layer with its weights as constants: who asks for the gradient of x need not compute theirs."""
    if isinstance(layer, Dense) and layer.W is not None:
        W, b, layer = layer.W, layer.b, copy(layer)
        layer.W = Tensor(W.data, requires_grad=False)
        layer.b = None if b is None else Tensor(b.data, requires_grad=False)
    return layer
