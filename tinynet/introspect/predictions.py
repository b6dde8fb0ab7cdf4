r"""
# The predictions: what was read, how surely, and where it went wrong

Three pictures of a network that tells classes apart, from near to far:

| | |
|---|---|
| `plot_predictions(net, x, y)` | the first few examples: how probable each class is to the network |
| `plot_confusion(net, x, y)` | all examples: how many of each class were read as which |
| `plot_most_wrong(net, x, y)` | the examples with the largest loss: with what was read, and how surely |

The last one is the best use of a minute: among the examples that a network gets most wrong are those that somebody
labelled wrongly.

Softmax outputs are the probabilities $p_k = a_{k+1}^L$ of the classes $k$, from 0. A single output is that of class 1,
so class 0 has the rest. What was *read* is the class that [the accuracy](../metrics.py) counts: the largest output, or
the side of ½ that a single one is on.

Read next: [the regions](regions.py).
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..losses import Loss, chosen_loss
from ..model import Sequential
from ..tensor import no_grad
from .drawing import FONT, LINES, draw_matrix, legend_below, number, tick_whole_numbers
from .inputs import classes_of, draw_images

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

# So many examples have bars, and so many are the most wrong ones.
EXAMPLES, WORST = 8, 10
# Of more classes, the most probable ones have bars, so many, and the right one.
CLASSES = 10
# Of more classes, a count has no number in it; of still more, it is too small to be seen.
COUNTED, CONFUSED = 20, 100


def plot_predictions(
    net: Sequential, x: ArrayLike, y: ArrayLike, *, figure: "Figure | SubFigure | None" = None
) -> "Figure | SubFigure":
    """Draw a bar for the probability of each class, for the first EXAMPLES examples; the right class is hatched.

    x: (N, *input_shape). y: (N, n_L), classes. Returns the Figure. Raises ValueError for data that do not fit, targets
    that are no classes, and outputs that are no probabilities.
    """
    import matplotlib.pyplot as plt

    x, y = net.check_data(x, y)
    x, y = x[:EXAMPLES], y[:EXAMPLES]
    right, outputs = right_classes(y), net.predict(x)
    p, read = probabilities(outputs), read_classes(outputs)
    if figure is None:
        figure = plt.figure(figsize=(8, 2.3 if len(x) <= 4 else 4), layout="constrained")
    across = min(4, len(x))
    panels = figure.subplots(-(-len(x) // across), across, sharey=True, squeeze=False).ravel()
    for n, panel in enumerate(panels[: len(x)]):
        draw_bars(panel, p[n], right[n])
        verdict = "right" if read[n] == right[n] else f"read as {read[n]}" if read[n] >= 0 else "not finite"
        panel.set_title(f"{n + 1}: class {right[n]}, {verdict}", fontsize=FONT + 1)
    for panel in panels[len(x) :]:
        panel.set_axis_off()
    figure.suptitle(f"predictions for the first {len(x)} examples" if len(x) > 1 else "prediction for one example")
    figure.supxlabel("class; the right one is hatched and ticked", fontsize=FONT + 1)
    figure.supylabel("probability", fontsize=FONT + 1)
    return figure


def draw_bars(ax: "Axes", p: np.ndarray, right: int) -> None:
    """The bars of one example, p (classes,); of many classes, those of the most probable and of the right one."""
    shown = np.arange(len(p))
    if len(p) > CLASSES:
        shown = np.union1d(np.argsort(-p, kind="stable")[:CLASSES], [right])
    known = np.isfinite(p[shown])
    heights = np.where(known, p[shown], 0)
    places = np.arange(len(shown))
    bars = ax.bar(places, heights, color=LINES[0][0])
    at = int(np.flatnonzero(shown == right)[0])
    bars[at].set(hatch="////", facecolor=LINES[1][0], edgecolor="black")
    strongest = int(heights.argmax())
    for place, height in enumerate(heights.tolist()):
        words = ["✓"] if place == at else []
        if not known[place]:
            words.append("×")
        elif place == at or (place == strongest and height >= 0.1):
            words.append(f"{height:.2f}" if height >= 0.01 else f"{height:.0e}")
        ax.text(place, height + 0.02, "\n".join(words), ha="center", va="bottom", fontsize=FONT)
    ax.set(xlim=(-0.6, len(shown) - 0.4), ylim=(0, 1.4), yticks=[0, 0.5, 1])
    ax.set_xticks(places, [str(k) for k in shown], rotation=90 if shown[-1] > 99 else 0)
    ax.tick_params(labelsize=FONT)


def plot_confusion(net: Sequential, x: ArrayLike, y: ArrayLike, *, ax: "Axes | None" = None) -> "Axes":
    """Draw how many examples of each class, a row, were read as which, a column. The wrong ones are coloured.

    x: (N, *input_shape). y: (N, n_L), classes. Where outputs are not finite, a last column counts them. Returns the
    Axes. Raises ValueError for data that do not fit, targets that are no classes, and more than CONFUSED classes.
    """
    import matplotlib.pyplot as plt

    x, y = net.check_data(x, y)
    right, read = right_classes(y), read_classes(net.predict(x))
    classes = max(2, y.shape[1])
    if classes > CONFUSED:
        raise ValueError(
            f"{classes:,} classes have {classes**2:,} counts, and a page shows those of {CONFUSED} classes; "
            "look at plot_most_wrong instead"
        )
    counts = confusion(right, read, classes)
    rows, columns = counts.shape
    if ax is None:
        size = np.clip([3 + 0.42 * columns, 2 + 0.36 * rows], [5, 3.2], [8, 7])
        ax = plt.subplots(figsize=size, layout="compressed")[1]
    diagonal = np.eye(rows, columns, dtype=bool)
    draw_matrix(np.ma.array(counts.astype(float), mask=diagonal), "wrong answers", ax, signed=False)
    bar = ax.images[0].colorbar
    assert bar is not None
    tick_whole_numbers(bar.ax.yaxis)
    if classes <= COUNTED:
        darkest = counts[~diagonal].max(initial=1)
        for i, j in np.argwhere((counts > 0) | diagonal).tolist():
            wrong = i != j
            colour = "white" if wrong and counts[i, j] > 0.6 * darkest else "black"
            weight = "bold" if wrong else "normal"
            place = {"ha": "center", "va": "center", "fontsize": FONT}
            ax.text(j + 1, i + 1, f"{counts[i, j]:,}", place, color=colour, weight=weight)
    step = -(-classes // COUNTED)
    names = [str(k) for k in range(0, classes, step)]
    ax.set_yticks(np.arange(1, classes + 1, step), names)
    if columns > classes:
        ax.set_xticks([*np.arange(1, classes + 1, step), columns], [*names, "×"])
    else:
        ax.set_xticks(np.arange(1, classes + 1, step), names)
    correct = int((right == read).sum())
    ax.set_title(f"{correct:,} of {len(x):,} examples right, {correct / len(x):.1%}")
    ax.set(xlabel="read as" + ("; ×: not finite" if columns > classes else ""), ylabel="class; grey: right")
    return ax


def plot_most_wrong(
    net: Sequential,
    x: ArrayLike,
    y: ArrayLike,
    *,
    image_shape: tuple[int, int] | None = None,
    loss: str | Loss | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw the WORST examples with the largest loss, the largest first: as images, or as bars as long as the loss.

    x: (N, *input_shape). y: (N, n_L), classes. image_shape: (height, width), whose product is n_0. loss: a name or
    function, by default the compiled one. Returns the Axes. Raises ValueError for data that do not fit, targets that
    are no classes, outputs that are no probabilities, and where no loss is known.
    """
    import matplotlib.pyplot as plt

    loss_function = chosen_loss(loss, net.loss, "plot_most_wrong")
    x, y = net.check_data(x, y)
    right = right_classes(y)
    losses = example_losses(net, x, y, loss_function)
    # NaN is the worst of all
    worst = np.argsort(-np.where(np.isnan(losses), np.inf, losses), kind="stable")[:WORST]
    outputs = net.predict(x[worst])
    p, read = probabilities(outputs), read_classes(outputs)
    answers = [f"read {k}, {p[n, k]:.2f}" if k >= 0 else "not finite" for n, k in enumerate(read)]
    answers = [f"{words} ✓" if k == right[n] else words for words, k, n in zip(answers, read, worst)]
    if ax is None:
        ax = plt.subplots(figsize=(8, 4.4 if image_shape else 1.5 + 0.26 * len(worst)), layout="constrained")[1]
    if image_shape is not None:
        captions = [f"{n + 1}: class {right[n]}\n{words}" for n, words in zip(worst, answers)]
        draw_images(x[worst].reshape(len(worst), -1), captions, image_shape, "$x_i$", ax, across=5)
        most, least = number(losses[worst[0]]), number(losses[worst[-1]])
        ax.set_xlabel(f"above: the number of the example, what was read, how surely; losses {most} … {least}")
    else:
        draw_losses(ax, losses[worst], read == right[worst])
        names = [f"example {n + 1}: class {right[n]}, {words}" for n, words in zip(worst, answers)]
        ax.set_yticks(range(len(worst)), names, fontsize=FONT)
    ax.set_title(f"most wrong: the {len(worst)} largest losses of {len(x):,}" if len(x) > 1 else "one example")
    return ax


def draw_losses(ax: "Axes", losses: np.ndarray, is_right: np.ndarray) -> None:
    """A bar for each loss, from the top; what is read wrongly in another colour and hatched."""
    known = np.isfinite(losses)
    for answer, (colour, *_), hatch, label in (
        (True, LINES[0], "", "read rightly"),
        (False, LINES[1], "////", "read wrongly"),
    ):
        bars = np.flatnonzero((is_right == answer) & known)
        if len(bars):
            ax.barh(bars, losses[bars], color=colour, edgecolor="black", hatch=hatch, label=label)
    for place in np.flatnonzero(~known).tolist():
        ax.text(0, place, f"× {losses[place]}", va="center", fontsize=FONT)
    ax.set(ylim=(len(losses) - 0.4, -0.6), xlabel="loss $L$ of the example")
    legend_below(ax, ax.get_legend_handles_labels()[0], 4.5)


# ## The numbers


def right_classes(y: np.ndarray) -> np.ndarray:
    found = classes_of(y)
    if found is None:
        raise ValueError(
            f"this picture needs classes: y as one column of 0 and 1, or one-hot, tn.data.one_hot(labels, classes); "
            f"the y given, of shape {y.shape}, goes from {number(y.min())} to {number(y.max())}"
        )
    return found


def read_classes(a: np.ndarray) -> np.ndarray:
    """The class that was read from the outputs a, (N, n_L), for each example; −1 where one is not finite."""
    read = a[:, 0] >= 0.5 if a.shape[1] == 1 else a.argmax(axis=1)
    return np.where(np.isfinite(a).all(axis=1), read, -1)


def probabilities(a: np.ndarray) -> np.ndarray:
    """The probability of each class, (N, classes), from the outputs a, (N, n_L). Raises ValueError if they are none."""
    if (a < 0).any() or (a > 1).any():
        raise ValueError(
            f"this picture needs probabilities, 0 to 1; the outputs go from {number(np.nanmin(a))} to "
            f"{number(np.nanmax(a))}: give the last layer activation='softmax' or 'sigmoid'"
        )
    # [eq:probability-of-0] $p_0 = 1 - a$, $p_1 = a$ for a single output $a$
    return np.hstack([1 - a, a]) if a.shape[1] == 1 else a


def confusion(right: np.ndarray, read: np.ndarray, classes: int) -> np.ndarray:
    """The confusion matrix, (classes, classes), with a column more where −1, which is no class, was read."""
    counts = np.zeros((classes, classes + int((read < 0).any())), int)
    # [eq:confusion] $C_{ij}$ = the number of examples of class $i$ that were read as $j$
    np.add.at(counts, (right, read), 1)
    return counts


def example_losses(net: Sequential, x: np.ndarray, y: np.ndarray, loss: Loss) -> np.ndarray:
    """The loss of each example, (N,): of a batch of one, for the loss of a larger one is only the mean."""
    with no_grad():
        return np.array([loss(net(x[n : n + 1]), y[n : n + 1]).item() for n in range(len(x))])
