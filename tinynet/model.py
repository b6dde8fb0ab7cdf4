r"""
# Sequential: the loop that everybody writes, written once

A `Sequential` is a list of layers, the output of each the input of the next. For dense layers,
$a^l = f^l(a^{l-1} W^l + b^l)$. It can be used by hand, as any function of tensors, or be compiled with a
loss and an optimizer and fitted in one call; the loop in `fit` is the same that one writes by hand.

Every random number of a model comes from its `seed`: layer $l$ draws its weights and dropout masks from a
stream of its own, `fit` the order of the examples from another. So the same seed gives the same bits, whatever
was predicted, traced or computed with other models in between.

Read next: [saving](saving.py).
"""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from math import ceil, isfinite
from typing import Any, Literal
from warnings import warn

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from tqdm import tqdm

from .checks import whole
from .data import batches
from .functions import Operand
from .layers import Layer, Shape
from .losses import Loss, find_loss, how_to_make_a_target
from .metrics import Metric, find_metric
from .optimizers import Optimizer, find_optimizer
from .tensor import Tensor, as_array, no_grad

# Rows that evaluate() and predict() take at a time, to bound the memory that a large data set needs.
CHUNK = 1024


class Callback:
    """What `fit` calls while it trains; override what you need.

    `model` is the model being fitted; `model.stop_training = True` ends the training after the epoch. `logs`
    maps names ("loss", the metrics and, after an epoch, the same with "val_") to numbers. Batches and epochs are
    counted from 0.
    """

    model: "Sequential"

    def on_train_begin(self) -> None: ...

    def on_batch_end(self, batch: int, logs: dict[str, float]) -> None: ...

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None: ...

    def on_train_end(self) -> None: ...


class History:
    """What `fit` returns.

    Attributes: `epoch`, the list of epochs, from 0; `history`, for the loss and each metric, by name, the list of
    its values, epoch by epoch.
    """

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}

    def add(self, epoch: int, logs: dict[str, float]) -> None:
        """Append the values of one epoch."""
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)

    def __repr__(self) -> str:
        return f"<History of {len(self.epoch)} epochs; last: {_spell({k: v[-1] for k, v in self.history.items()})}>"


def _spell(logs: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in logs.items())


class Sequential:
    """Layers one after the other.

    layers: a list, or nothing, and `add` them later. seed: a whole number >= 0, drawn at random if not given.

    Attributes: `layers`; `seed`; after `compile`, `loss`, `optimizer` and `metrics`.
    """

    def __init__(self, layers: Iterable[Layer] = (), seed: int | None = None) -> None:
        self.seed = (
            whole("seed", seed, least=0) if seed is not None else int(np.random.SeedSequence().generate_state(1)[0])
        )
        self.shuffler = np.random.default_rng([self.seed, 1])
        self.layers: list[Layer] = []
        self.loss: Loss | None = None
        self.optimizer: Optimizer | None = None
        self.metrics: dict[str, Metric] = {}
        self.stop_training = False
        self._diverged = False
        if isinstance(layers, Layer):
            raise TypeError("the layers go in a list: Sequential([Dense(4), Dense(1)])")
        for layer in layers:
            self.add(layer)

    def __repr__(self) -> str:
        return f"<Sequential of {len(self.layers)} layers: {', '.join(layer.name for layer in self.layers)}>"

    # ## Layers

    def add(self, layer: Layer) -> None:
        """Append a layer, and build it if its input shape is known.

        Raises TypeError for what is no layer, ValueError for a layer that does not fit or is in use already.
        """
        if not isinstance(layer, Layer):
            raise TypeError(f"add() takes a layer, Dense(4) for example, not {layer!r}")
        if layer.in_use or layer.input_shape is not None:
            raise ValueError(f"{layer.name} is in use already; each layer object has one place in one model")
        known = self.layers[-1].output_shape if self.layers else layer.given_shape
        before = [other.name for other in self.layers]
        kind = type(layer).__name__.lower()
        layer.name = layer.given_name or f"{kind}_{1 + sum(type(other) is type(layer) for other in self.layers)}"
        if layer.name in before:
            raise ValueError(f"two layers are called {layer.name!r}; give one another name=")
        if known is not None:
            layer.build(known, self._stream(len(self.layers)))
        layer.in_use = True
        self.layers.append(layer)

    def build(self, input_shape: Shape) -> None:
        """Build the layers for inputs (N, *input_shape), those that are not built yet."""
        built: list[Layer] = []
        try:
            for index, layer in enumerate(self.layers):
                if layer.input_shape is None:
                    built.append(layer)
                    layer.build(input_shape, self._stream(index))
                assert layer.output_shape is not None
                input_shape = layer.output_shape
        except BaseException:
            for layer in built:  # all or none: data of a wrong shape must not fix the shapes of the first layers
                layer.input_shape = layer.output_shape = None
            raise

    def _stream(self, index: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, index + 2])

    def __call__(self, x: Operand, training: bool = False) -> Tensor:
        """The outputs a^L for x, (N, *input_shape); x as a Tensor receives a gradient too.

        `training=True` switches dropout on. Raises ValueError for a wrong shape, and names the layer.
        """
        if not self.layers:
            raise ValueError("this model has no layers; add(Dense(...)) some")
        a = x if isinstance(x, Tensor) else Tensor(x, dtype=self.dtype, requires_grad=False)
        if self.layers[-1].input_shape is None and a.ndim > 0:
            self.build(a.shape[1:])
        for layer in self.layers:
            a = layer(a, training=training)
        return a

    @property
    def dtype(self) -> np.dtype:
        """The dtype that the model computes in: that of its first weights."""
        for layer in self.layers:
            if layer.dtype is not None:
                return layer.dtype
        return np.dtype(np.float64)

    def astype(self, dtype: DTypeLike) -> "Sequential":
        """A copy that computes in another dtype, "float32" or "float64"."""
        twin = deepcopy(self)
        for layer in twin.layers:
            layer.dtype = None if layer.dtype is None else np.dtype(dtype)
            for p in layer.parameters():
                p._array, p.grad = as_array(p._array, dtype), None
        if twin.optimizer is not None:
            for memory in twin.optimizer.memory.values():
                memory.update({name: as_array(array, dtype) for name, array in memory.items()})
        return twin

    def parameters(self) -> list[Tensor]:
        """W and b of every layer, in order. Raises ValueError before the input shape is known."""
        if not self.layers or self.layers[-1].input_shape is None:
            raise ValueError("the weights do not exist yet; give the first layer input_dim=, or call the model on data")
        return [p for layer in self.layers for p in layer.parameters()]

    # ## Training

    def compile(self, optimizer: str | Optimizer, loss: str | Loss, metrics: Sequence[str | Metric] = ()) -> None:
        """Choose how to train, by names or objects. Raises ValueError for unknown names, with the known ones."""
        if isinstance(metrics, str):
            raise ValueError(f"metrics is a list, [{metrics!r}] for example")
        found = {getattr(m, "__name__", str(m)): m for m in map(find_metric, metrics)}
        self.optimizer, self.loss, self.metrics = find_optimizer(optimizer), find_loss(loss), found

    def fit(
        self,
        x: ArrayLike,
        y: ArrayLike,
        epochs: int = 1,
        batch_size: int = 32,
        *,
        validation_split: float = 0.0,
        validation_data: tuple[ArrayLike, ArrayLike] | None = None,
        shuffle: bool = True,
        callbacks: Sequence[Callback] = (),
        verbose: Literal[0, 1, 2] = 1,
    ) -> History:
        """Train for `epochs` passes over the examples, `batch_size` of them a step.

        x: (N, *input_shape). y: (N, n_L). validation_split: the share of the examples, taken from the end,
        that is kept for validation; or hand in `validation_data=(x, y)`. verbose: 1 a progress bar, 2 a
        line an epoch, 0 nothing.

        Returns a History of "loss", the metrics, and the same with "val_". The training figures are means
        over the epoch, taken while the weights changed. Where the loss of a batch is not finite for the first
        time, a RuntimeWarning says in which layer that began, and training goes on. Raises ValueError for a model
        that is not compiled, and for data that do not fit or contain NaN or infinity.
        """
        self._compiled()
        x, y = self.check_data(x, y)
        whole("epochs", epochs, least=0)
        if validation_data is not None:
            if len(validation_data) != 2:
                raise ValueError(f"validation_data is a pair (x, y), not {len(validation_data)} things")
            validation_data = self.check_data(*validation_data)
            _check_alike((x, y), validation_data)
        elif validation_split:
            (x, y), validation_data = _split_end(x, y, validation_split)
        steps = ceil(len(x) / whole("batch_size", batch_size))
        history = History()
        self.stop_training = self._diverged = False
        for callback in callbacks:
            callback.model = self
            callback.on_train_begin()
        with tqdm(total=epochs * steps, disable=verbose != 1, unit="step") as bar:
            for epoch in range(epochs):
                logs = self._epoch(epoch, x, y, batch_size, shuffle, callbacks, bar)
                if validation_data is not None:
                    logs |= {f"val_{name}": value for name, value in self.evaluate(*validation_data).items()}
                history.add(epoch, logs)
                line = f"epoch {epoch + 1}/{epochs}: {_spell(logs)}"
                bar.set_description(line, refresh=False)
                if verbose == 2:
                    print(line)
                for callback in callbacks:
                    callback.on_epoch_end(epoch, logs)
                if self.stop_training:
                    break
        for callback in callbacks:
            callback.on_train_end()
        return history

    def _epoch(
        self,
        epoch: int,
        x: np.ndarray,
        y: np.ndarray,
        batch_size: int,
        shuffle: bool,
        callbacks: Sequence[Callback],
        bar: tqdm,
    ) -> dict[str, float]:
        """One pass over the examples; returns the means of the figures of its batches."""
        loss_function, optimizer = self._compiled()
        means = _Means(len(x))
        for step, (x_batch, y_batch) in enumerate(batches(x, y, batch_size, shuffle=shuffle, seed=self.shuffler)):
            # Training is these four lines: predict, compare, walk back, step downhill.
            prediction = self(x_batch, training=True)
            loss = loss_function(prediction, y_batch)
            loss.backward()
            if not (isfinite(loss.item()) or self._diverged):
                self._diverged = True
                self._warn(loss, optimizer, epoch, x_batch)  # now: the step changes the weights
            optimizer.step(self.parameters())
            logs = self._figures(loss, prediction, y_batch)
            means.add(logs, len(x_batch))
            for callback in callbacks:
                callback.on_batch_end(step, logs)
            bar.update()
        return means.values

    def _warn(self, loss: Tensor, optimizer: Optimizer, epoch: int, x: np.ndarray) -> None:
        alpha = optimizer.rate(optimizer.steps)
        warn(
            f"the loss is {loss.item()} at step {optimizer.steps}, in epoch {epoch + 1}: {self._where_not_finite(x)}. "
            f"Training goes on, but will hardly recover. Try a smaller learning rate (it is {alpha:.4g}), or inputs "
            f"scaled to 0 … 1 (they go from {x.min():.4g} to {x.max():.4g})",
            RuntimeWarning,
            stacklevel=4,  # the line that called fit()
        )

    def _where_not_finite(self, a: np.ndarray) -> str:
        """The first number that is not finite on the way from the inputs to the loss, dropout off."""
        for l, layer in enumerate(self.layers, start=1):
            weights = layer.parameters()
            # from a tensor of its own, so that the graph is that of this layer alone; with a gradient, so that it is
            # there although the weights may be constants
            with np.errstate(all="ignore"):
                output = layer(Tensor(a))
            # what an activation of one's own computes on its way from z to a may be infinite where a is not
            z = [t for t in reversed(output._topological_order()) if not set(weights).isdisjoint(t.parents)]
            for t in [*weights, *z, output]:
                if not np.isfinite(t._array).all():
                    what = t.name.rpartition(".")[2] or ("z" if t in z else "a")
                    return f"{what} of layer {l}, {layer.name}, is the first that is not finite"
            a = output._array
        return f"every W, z and a is finite, but the loss of outputs as large as {np.abs(a).max():.4g} is not"

    def evaluate(self, x: ArrayLike, y: ArrayLike) -> dict[str, float]:
        """The loss and the metrics by name, means over the examples, dropout off.

        x: (N, *input_shape). y: (N, n_L). Raises ValueError as `fit` does.
        """
        loss_function, _ = self._compiled()
        x, y = self.check_data(x, y)
        means = _Means(len(x))
        with no_grad():
            for start in range(0, len(x), CHUNK):
                prediction, target = self(x[start : start + CHUNK]), y[start : start + CHUNK]
                means.add(self._figures(loss_function(prediction, target), prediction, target), len(target))
        return means.values

    def predict(self, x: ArrayLike) -> np.ndarray:
        """The outputs a^L as an array (N, n_L) for x, (N, *input_shape), dropout off."""
        x = self.check_data(x)
        with no_grad():
            return np.concatenate([self(x[start : start + CHUNK]).data for start in range(0, len(x), CHUNK)])

    def _figures(self, loss: Tensor, prediction: Tensor, target: np.ndarray) -> dict[str, float]:
        figures = {name: metric(prediction.data, target) for name, metric in self.metrics.items()}
        return {"loss": loss.item()} | figures

    def _compiled(self) -> tuple[Loss, Optimizer]:
        if self.loss is None or self.optimizer is None:
            raise ValueError("compile(optimizer=..., loss=...) the model first")
        return self.loss, self.optimizer

    def check_data(self, *data: Any) -> Any:
        """x, or the pair x and y, as arrays of the model's dtype.

        Raises ValueError where there is no example, the numbers of examples differ, or an entry is not finite.
        """
        if not self.layers:
            raise ValueError("this model has no layers; add(Dense(...)) some")
        checked = []
        for name, values in zip("xy", data):
            if isinstance(values, Tensor):
                values = values.data
            with np.errstate(over="ignore"):  # too large for float32: infinite, and refused as such below
                array = np.asarray(values, self.dtype)
            if array.ndim == 0 or len(array) == 0:
                raise ValueError(f"{name} has shape {array.shape}; expected at least one example, one a row")
            if not np.isfinite(array).all():
                place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
                raise ValueError(f"{name}{list(place)} is {array[place]}; clean or drop such rows first")
            checked.append(array)
        if len(checked) == 1:
            return checked[0]
        x, y = checked
        if len(x) != len(y):
            raise ValueError(f"x has {len(x)} examples and y has {len(y)}; they must be equal")
        self.build(x.shape[1:])
        outputs = self.layers[-1].output_shape or ()
        if y.shape[1:] != outputs:
            raise ValueError(
                f"y has shape {y.shape}, the model's outputs for x {(len(x), *outputs)}; they must be equal"
                + how_to_make_a_target(y.shape, outputs)
            )
        return x, y

    # ## Looking inside

    def summary(self) -> None:
        """Print a table of the layers, their output shapes and numbers of parameters."""
        rows = [("layer", "kind", "output shape", "parameters")]
        for layer in self.layers:
            shape = "unknown" if layer.output_shape is None else f"(N, {', '.join(map(str, layer.output_shape))})"
            count = "unknown" if layer.output_shape is None else f"{sum(p.size for p in layer.parameters()):,}"
            rows.append((layer.name, type(layer).__name__, shape, count))
        widths = [max(map(len, column)) for column in zip(*rows)]
        for number, (*words, count) in enumerate(rows):
            line = "  ".join([word.ljust(width) for word, width in zip(words, widths)] + [count.rjust(widths[-1])])
            print(line if number else f"{line}\n{'-' * len(line)}")
        if all(layer.output_shape for layer in self.layers):
            print(f"total: {sum(p.size for layer in self.layers for p in layer.parameters()):,} parameters")

    def get_weights(self) -> list[np.ndarray]:
        """Copies of the weights, W^1, b^1, W^2, b^2, ..."""
        return [p.data.copy() for p in self.parameters()]

    def set_weights(self, weights: Sequence[ArrayLike]) -> None:
        """Replace the weights, in the order of get_weights().

        Raises ValueError for another number of arrays or another shape; then no weight changes.
        """
        parameters = self.parameters()
        arrays = [np.array(w, self.dtype, order="C") for w in weights]
        if len(arrays) != len(parameters):
            raise ValueError(f"the model has {len(parameters)} arrays of weights; {len(arrays)} were given")
        for p, array in zip(parameters, arrays):
            if p.shape != array.shape:
                raise ValueError(f"{p.name} has shape {p.shape}; the array given for it has shape {array.shape}")
        for p, array in zip(parameters, arrays):
            p.data = array

    def get_activations(self, x: ArrayLike) -> list[np.ndarray]:
        """The outputs of every layer, a^1 ... a^L, for x, (N, *input_shape), dropout off."""
        a, activations = self.check_data(x), []
        self.build(a.shape[1:])
        with no_grad():
            for layer in self.layers:
                a = layer(a)
                activations.append(a.data.copy())
        return activations

    def get_gradients(self, x: ArrayLike, y: ArrayLike) -> list[np.ndarray]:
        """The gradient of the compiled loss for every array of get_weights(), in its order, dropout off."""
        loss_function, _ = self._compiled()
        x, y = self.check_data(x, y)
        loss_function(self(x), y).backward()
        return [p.grad.copy() for p in self.parameters() if p.grad is not None]

    def save(self, path: str) -> None:
        """Write the model to one file, which `tn.load_model(path)` reads. Raises as [save_model](saving.py) does."""
        from .saving import save_model

        save_model(self, path)


def _check_alike(training: Sequence[np.ndarray], validation: Sequence[np.ndarray]) -> None:
    for name, trained, held_out in zip("xy", training, validation):
        if trained.shape[1:] != held_out.shape[1:]:
            raise ValueError(
                f"{name} has shape {trained.shape}, that of the validation data {held_out.shape}; "
                "they must be equal but for the number of examples"
            )


def _split_end(x: np.ndarray, y: np.ndarray, share: float) -> tuple[tuple, tuple]:
    """(x, y) without the last `share` of the examples, and those."""
    if not 0 < share < 1 or not 0 < round(share * len(x)) < len(x):
        raise ValueError(
            f"validation_split={share} of {len(x)} examples leaves none to train on or none to validate with; "
            "it is a share between 0 and 1"
        )
    cut = len(x) - round(share * len(x))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])


class _Means:
    """Means over examples that arrive in batches."""

    def __init__(self, examples: int) -> None:
        self.examples = examples
        self.values: dict[str, float] = {}

    def add(self, figures: dict[str, float], examples: int) -> None:
        for name, value in figures.items():
            self.values[name] = self.values.get(name, 0.0) + value * examples / self.examples
