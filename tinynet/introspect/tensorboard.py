r"""
# TensorBoard: watch a training in the browser

[TensorBoard](https://www.tensorflow.org/tensorboard) is a program that shows a training while it runs. It reads
*event files*, and knows nothing of the framework that wrote them. `TensorBoard(folder, x, y)` is a callback of `fit`
that writes [them](event_files.py), with TensorBoard's own writer. TensorFlow is not needed:

    pip install 'tinynet[tensorboard]'
    tensorboard --logdir runs                 # and open the address that it prints

| page | what stands there |
|---|---|
| Scalars | loss and metrics against the number of updates: of each `batch`, means of each `epoch`, `validation` |
| Histograms | $W$ and $b$ of every layer, and $z$, $a$, $\delta$, $\partial L/\partial W$ for the examples $(x, y)$ |
| Images | the first layer's weights, [an image for each neuron](plots.py) |
| Graphs | the layers with their shapes; a double click on one opens it: $z = aW + b$, $a = f(z)$ |

**Step $s$ is the network after $s$ updates**, and step 0 the network before the first. Whatever is drawn there belongs
to those weights: the histograms, the validation, and the loss of the batch that they saw next. Only the means of an
epoch are of many weights; they are drawn where it ends.

**One folder is one run.** Two runs in one folder would be drawn as one curve that runs back and forth. So a folder
that holds a run is refused. Give each a folder of its own, `runs/1` and `runs/2`, and TensorBoard compares them.

**What is not finite** has no place in a histogram. It is left out, and counted: the chart `not finite/dense_2.z`
appears at the step where the first such number does.

TensorBoard keeps ten images of a name, picked at random. So few are drawn: when training begins and ends, and after
1, 2, 4, 8 … times `every` updates. Scalars are float32.

Read next: [the demo](../demo.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from time import time
from typing import Any
from weakref import finalize

import numpy as np
from numpy.typing import ArrayLike

from ..checks import whole
from ..losses import Loss, find_loss
from ..model import Callback, Sequential
from ..optimizers import Optimizer
from ..tensor import Tensor
from .event_files import find_images, graph, histograms, image, scalars
from .trace import trace

# The run, the step, and numbers by name
Figures = tuple[str, int, Mapping[str, Tensor | float]]


class TensorBoard(Callback):
    """Writes what TensorBoard shows; a callback of `fit`, or call `record` in a loop of your own.

    folder: for this run alone; it is made when training begins. x, (N, *input_shape), and y, (N, n_L): the examples
    whose z, a, δ and dW are shown; without them only W and b are. every: how many updates lie between two histograms.
    loss: what the δ are of, a name or function, by default the compiled one. image_shape: (height, width) of the
    inputs, whose product is their number; not needed for squares of 8 × 8 and up, nor before a Flatten.

    Raises ImportError without the package, and ValueError for settings that cannot be meant. When training begins
    it raises ValueError for data or images that do not fit the network, and FileExistsError where the folder holds a
    run. All files are closed at the end of training, and on every error that is met while writing. Inside a
    `with TensorBoard(...) as board:` they are closed whatever happens; else, when it is no longer used.
    """

    def __init__(
        self,
        folder: str | PathLike,
        x: ArrayLike | None = None,
        y: ArrayLike | None = None,
        *,
        every: int = 100,
        loss: str | Loss | None = None,
        image_shape: tuple[int, int] | None = None,
    ) -> None:
        try:
            import tensorboard.summary.writer.event_file_writer  # noqa: F401
        except ImportError as error:
            raise ImportError(
                f"TensorBoard needs the package tensorboard ({error}): pip install 'tinynet[tensorboard]'"
            ) from error
        if (x is None) != (y is None):
            raise ValueError(f"x and y belong together; {'x' if x is None else 'y'} is missing")
        self.folder = Path(folder)
        self.x, self.y = x, y
        self.every = whole("every", every)
        self.loss = None if loss is None else find_loss(loss)
        self.image_shape = image_shape
        self.net: Sequential | None = None
        # the steps of the last figures, histograms and image
        self.step = self.looked = self.drawn = -1
        self._writers: dict[str, Any] = {}
        finalize(self, _close, self._writers)

    def record(
        self, net: Sequential, loss: Tensor | float | None, optimizer: Optimizer, **figures: Tensor | float
    ) -> None:
        """Write one step of a loop of your own: call it right after `optimizer.step`, and once before the loop.

        loss: of the batch that made this update, drawn one step before; None where unknown. figures: other numbers
        of the network as it is now, `accuracy=...`; those that begin with `val_` are drawn as validation. The step is
        `optimizer.steps`. Call `close()` in the end. Raises as the class says.
        """
        step = optimizer.steps
        validation, training = _split(figures)
        of_batch = {} if loss is None else {"loss": loss}
        now: list[Figures] = [("batch", step, training), ("validation", step, validation)]
        self._record(net, step, [("batch", step - 1, of_batch), *now])

    def close(self) -> None:
        """Close the files; what was written is complete. Recording more opens new ones."""
        _close(self._writers)

    def __enter__(self) -> "TensorBoard":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # ## In fit

    def on_train_begin(self) -> None:
        self._record(self.model, self._updates(), edge=True)

    def on_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        step = self._updates()
        self._record(self.model, step, [("batch", step - 1, logs)])

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        step, (validation, means) = self._updates(), _split(logs)
        self._record(self.model, step, [("epoch", step, means), ("validation", step, validation)])

    def on_train_end(self) -> None:
        self._record(self.model, self._updates(), edge=True)
        self.close()

    def _updates(self) -> int:
        assert self.model.optimizer is not None  # fit has seen to it
        return self.model.optimizer.steps

    # ## What is written

    def _record(self, net: Sequential, step: int, figures: Sequence[Figures] = (), edge: bool = False) -> None:
        """Write the figures, and what else is due. edge: training begins or ends here."""
        try:
            first = self.net is None
            if first:
                self._check_data(net)
            else:
                self._check_run(net, step)
            intervals, rest = divmod(step, self.every)
            look = step > self.looked and (edge or first or rest == 0)
            # 0 and the powers of two have no bit in common with the number before them
            draw = step > self.drawn and (edge or first or (rest == 0 and intervals & (intervals - 1) == 0))
            events = [("batch", {"graph_def": graph(net, self.loss or net.loss).SerializeToString()})] if first else []
            events += [(run, {"step": max(s, 0), "summary": scalars(found)}) for run, s, found in figures if found]
            events += [("batch", {"step": step, "summary": summary}) for summary in self._look(net, look, draw)]
            if first:
                self._claim_folder()  # only now: where the data were refused, a second try finds it free
            self._write(events)
            self.net, self.step = net, step
            self.looked, self.drawn = step if look else self.looked, step if draw else self.drawn
        except BaseException:
            self.close()
            raise

    def _check_data(self, net: Sequential) -> None:
        net.parameters()  # refuses a network whose weights do not exist yet
        if self.x is None:
            return
        if self.loss is None and net.loss is None:
            raise ValueError("name the loss, TensorBoard(folder, x, y, loss='...'), or compile the model with one")
        self.x, self.y = (array.copy() for array in net.check_data(self.x, self.y))

    def _check_run(self, net: Sequential, step: int) -> None:
        if net is not self.net:
            raise ValueError(f"{self.folder} holds the run of another network; make a new TensorBoard for this one")
        if step < self.step:
            raise ValueError(
                f"{self.folder} holds a run of {self.step} updates, and this is update {step}, of a new optimizer "
                "it seems; make a new TensorBoard with a folder of its own"
            )

    def _look(self, net: Sequential, look: bool, draw: bool) -> Iterator[Any]:
        """The histograms, and how many numbers were left out of them; the image."""
        if look:
            arrays = {name: array for name, array in self._arrays(net) if array is not None}
            yield histograms(arrays)
            lost = {name: int(np.sum(~np.isfinite(array))) for name, array in arrays.items()}
            yield scalars({f"not finite/{name.replace('/', '.')}": count for name, count in lost.items() if count})
        images = find_images(net, self.image_shape) if draw else None
        if images is not None:
            yield image(net, *images)

    def _arrays(self, net: Sequential) -> Iterator[tuple[str, np.ndarray | None]]:
        """W and b of each layer by name, and z, a, delta and dW of the chosen examples."""
        for layer in net.layers:
            for letter in "Wb":
                parameter = getattr(layer, letter, None)
                yield f"{layer.name}/{letter}", None if parameter is None else parameter.data
        if self.x is not None:
            assert self.y is not None
            # a trace leaves its own gradients behind, and the loop may still want to see those of its batch
            gradients = [p.grad for p in net.parameters()]
            for entry in trace(net, self.x, self.y, loss=self.loss).layers[1:]:
                for letter in ("z", "a", "delta", "dW"):
                    yield f"{entry.name}/{letter}", getattr(entry, letter)
            for p, gradient in zip(net.parameters(), gradients):
                p.grad = gradient

    # ## Files

    def _claim_folder(self) -> None:
        try:
            (self.folder / "batch").mkdir(parents=True)
        except FileExistsError:
            raise FileExistsError(
                f"{self.folder} holds a run already, and two in one folder would be drawn as one; "
                "choose another folder, or delete this one first"
            ) from None

    def _write(self, events: list[tuple[str, dict[str, Any]]]) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        for run, what in events:
            if run not in self._writers:
                self._writers[run] = EventFileWriter(str(self.folder / run))
            self._writers[run].add_event(Event(wall_time=time(), **what))
        for run in {run for run, _ in events}:
            self._writers[run].flush()  # it writes in a thread of its own; whatever fails there is raised here


def _split(figures: Mapping[str, Tensor | float]) -> tuple[dict[str, Tensor | float], dict[str, Tensor | float]]:
    """The validation figures under the names of the others, so that both stand in one chart; and the others."""
    names = {name: name.removeprefix("val_") for name in figures}
    validation = {name: figures[key] for key, name in names.items() if name != key}
    return validation, {name: figures[key] for key, name in names.items() if name == key}


def _close(writers: dict[str, Any]) -> None:
    while writers:
        writers.popitem()[1].close()
