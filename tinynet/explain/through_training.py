r"""
# Explanations through training

A network does not look at the right thing from the start. [A recorder](../introspect/recorder.py) has kept the
weights of every step; ask a method about the same example and the same output at each of them, and $\varphi$ becomes
a function of the step.

The output is the same throughout, by default the one that is largest in the end: so one sees how the network came to
its answer. A method that draws random numbers draws the same at every step, by its seed, so that what changes is the
network alone.

Below the prediction $f(x)$ stand the $\varphi$ of the same steps: lines where the features are few, a row of colours
for each where they are many, and for images a film strip. Where the numbers of a step are not finite, after a training
diverged, nothing can be explained: its values are NaN, drawn as grey cells and crosses.

Read next: [the names of a report](report_names.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from ..introspect.drawing import COLOURS, FONT, LINES, number
from ..introspect.film import at_foot, draw_line, step_axis, step_edges
from ..introspect.inputs import draw_images
from ..introspect.recorder import Recorder
from .attribution import Attribution
from .pictures import MOST, draw_outline, feature_labels, image_of, in_units, with_unit, write_title
from .question import Question
from .summary import check_method

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Up to so many features are lines; of an image, so many steps are shown.
FEW, FRAMES = len(LINES), 8
# So many signs stand in a row of colours.
SIGNS = 15


@dataclass(frozen=True, eq=False, repr=False)
class ThroughTraining:
    """Attributions of one method for one example, at every kept step.

    method: its name. steps: their numbers, (K,). values: φ, (K, *x.shape), NaN where a step is not finite.
    predictions: f(x) of each, (K,), NaN likewise. x: the example. target: the output. explained: what was explained,
    in words.
    """

    method: str
    steps: np.ndarray
    values: np.ndarray
    predictions: np.ndarray
    x: np.ndarray
    target: int
    explained: str

    def plot(
        self,
        figure: "Figure | None" = None,
        *,
        names: Sequence[str] | None = None,
        image_shape: tuple[int, int] | None = None,
    ) -> "Figure":
        """Draw the prediction over the steps and, below it, φ: lines, rows of colours, or for images a film strip.

        names: of the features. image_shape: (height, width), where x is flat. Returns the Figure. Raises ValueError
        for what does not fit.
        """
        import matplotlib.pyplot as plt

        image = image_of(self.x.shape, image_shape)
        labels = feature_labels(self.x.shape, names)
        values, unit = in_units(self.values.reshape(len(self.steps), -1))
        symbol = with_unit(r"$\varphi$", unit)
        if figure is None:
            figure = plt.figure(figsize=(8, 5 if image is None else 6.5), layout="constrained")
        # beside the lower panel there is room for a colour bar
        top, beside, below, bar = figure.subplots(
            2, 2, width_ratios=[40, 1], height_ratios=[2, 3 if image is None else 5]
        ).flat
        beside.remove()
        self._draw_prediction(top)
        if image is not None:
            bar.remove()
            self._draw_frames(top, below, values.reshape(len(values), *image, -1).sum(axis=-1), symbol)
        elif len(labels) <= FEW:
            bar.remove()
            self._draw_lines(below, values, labels, symbol)
        else:
            self._draw_rows(below, bar, values, labels, symbol)
        return figure

    def _draw_prediction(self, ax: "Axes") -> None:
        steps, lost = self.steps.tolist(), ~np.isfinite(self.predictions)
        predictions, unit = in_units(self.predictions)
        draw_line(ax, steps, predictions, 0, "$f(x)$")
        step_axis(ax, steps, lost)
        at_foot(ax, steps, lost)
        ax.set_ylabel(with_unit("$f(x)$", unit))
        write_title(ax, self.method, self.explained, f"through {len(steps):,} steps of training")

    def _draw_lines(self, ax: "Axes", values: np.ndarray, labels: Sequence[str], symbol: str) -> None:
        """A line for each feature."""
        for i, label in enumerate(labels):
            draw_line(ax, self.steps.tolist(), values[:, i], i, label)
        ax.axhline(0, color="0.6", linewidth=0.6)
        step_axis(ax, self.steps.tolist(), ~np.isfinite(values).all(axis=1))
        ax.set_ylabel(symbol)
        ax.legend(fontsize=FONT)

    def _draw_rows(self, ax: "Axes", bar: "Axes", values: np.ndarray, labels: Sequence[str], symbol: str) -> None:
        """A row of colours for each of the strongest features, with a sign wherever there is room for one."""
        largest = np.nan_to_num(np.abs(values)).max(axis=0)
        shown = np.argsort(-largest, kind="stable")[:MOST]
        rows, limit = np.ma.masked_invalid(values[:, shown].T), largest.max() or 1.0
        height = np.arange(1, len(shown) + 1)
        look: dict[str, Any] = {"cmap": COLOURS, "vmin": -limit, "vmax": limit, "rasterized": True}
        mesh = ax.pcolormesh(step_edges(self.steps), np.arange(len(shown) + 1) + 0.5, rows, **look)
        step_axis(ax, self.steps.tolist(), ~np.isfinite(values).all(axis=1))
        for k in _spread(ax, self.steps):
            for sign, marker in ((1, "+"), (-1, "_")):
                of = sign * rows[:, k].filled(0) > 0.1 * limit
                white = np.where(np.abs(rows[of, k]) > 0.5 * limit, "white", "black")
                ax.scatter(np.full(of.sum(), self.steps[k]), height[of], 25, white, marker=marker, linewidths=0.8)
        ax.set(ylim=(len(shown) + 0.5, 0.5), facecolor="0.8")
        ax.set_yticks(height, [labels[i] for i in shown], fontsize=FONT)
        if len(shown) < len(labels):
            ax.set_ylabel(f"the strongest {len(shown)} of {len(labels):,}")
        ax.figure.colorbar(mesh, cax=bar, label=symbol + ("" if largest.any() else "   (all are 0)"))

    def _draw_frames(self, top: "Axes", ax: "Axes", images: np.ndarray, symbol: str) -> None:
        """φ as an image at some of the steps, close together at the start, and their places in the panel above."""
        from matplotlib.ticker import StrMethodFormatter

        chosen = np.arange(len(self.steps))
        if len(chosen) > FRAMES:
            # training changes most at the start
            wanted = np.geomspace(1, self.steps[-1] - self.steps[0] + 1, FRAMES) + self.steps[0] - 1
            chosen = np.unique(np.abs(self.steps[:, np.newaxis] - wanted).argmin(axis=0))
            top.set_xscale("symlog", linthresh=1, linscale=0.3)
            top.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        height, width = images.shape[1:]
        captions = [f"step {step:,}" for step in self.steps[chosen]]
        frames = images[chosen].reshape(len(chosen), -1)
        for left, above in draw_images(frames, captions, (height, width), symbol, ax, ceil(len(chosen) / 2)):
            draw_outline(self.x, (height, width), ax, left, above)
        # nothing was before the first step
        top.set_xlim(left=self.steps[0])
        for step in self.steps[chosen]:
            top.axvline(step, color="0.6", linewidth=0.8, linestyle=":")

    def __repr__(self) -> str:
        first, last = number(self.predictions[0]), number(self.predictions[-1])
        return (
            f"{self.method} of the {self.explained} through {len(self.steps):,} steps of training, "
            f"{self.steps[0]:,} to {self.steps[-1]:,}: f(x) from {first} to {last}"
        )


def through_training(
    method: Callable[..., Attribution],
    recorder: Recorder,
    example: int = 0,
    target: int | None = None,
    **settings: Any,
) -> ThroughTraining:
    """Ask a method about one example at every kept step of a training.

    method: one of this package, explain.saliency for instance. example: the row of recorder.x, from 0. target: the
    output to explain; by default the largest at the last step that is finite. settings: those of the method, `output`
    and `background` among them. Raises as the method does, ValueError for an example that is not there and where
    nothing is recorded, and TypeError for what is no method and no recorder.
    """
    check_method(method)
    if not isinstance(recorder, Recorder):
        raise TypeError(f"a recorder is a tinynet.introspect.Recorder that was at a training; not {recorder!r:.80}")
    net, count = recorder.net, len(recorder)
    if isinstance(example, bool) or not isinstance(example, int | np.integer) or example not in range(len(recorder.x)):
        raise ValueError(f"there is no example {example!r}; the recorder has {len(recorder.x)}, counted from 0")
    x = recorder.x[example]
    net.set_weights(recorder.weights(0))
    # all that can be wrong with the question shows here; afterwards it is only asked again
    question = Question(net, x, target, settings.get("output"))
    outputs = np.full((count, len(question.outputs)), np.nan)
    for k in range(count):
        net.set_weights(recorder.weights(k))
        outputs[k] = _outputs(question)
    finite = np.flatnonzero(np.isfinite(outputs).all(axis=1))
    if target is None:
        target = int(outputs[finite[-1]].argmax())
    values = np.full((count, *x.shape), np.nan)
    predictions = np.full(count, np.nan)
    for k in tqdm(finite, desc="steps", delay=1, leave=False):
        net.set_weights(recorder.weights(k))
        attribution = method(net, x, target, **settings)
        values[k], predictions[k] = attribution.values, attribution.prediction
    steps = np.array(recorder.steps)
    return ThroughTraining(attribution.method, steps, values, predictions, x, target, attribution.explained)


def _outputs(question: Question) -> np.ndarray | float:
    """What the network says now, (n_outputs,), or NaN where that is not finite."""
    try:
        with np.errstate(all="ignore"):  # what overflows here did so in the training
            return question._evaluate(question.x[np.newaxis])[0]
    except ValueError:
        return np.nan


def _spread(ax: "Axes", steps: np.ndarray) -> list[int]:
    """The numbers of some steps, as evenly spread over the axis as there are."""
    at = ax.transData.transform(np.stack([steps, np.zeros(len(steps))], axis=1))[:, 0]
    left, right = ax.transData.transform([(x, 0) for x in ax.get_xlim()])[:, 0]
    wanted = left + (right - left) * (np.arange(SIGNS) + 0.5) / SIGNS
    return np.unique(np.abs(at[:, np.newaxis] - wanted).argmin(axis=0)).tolist()
