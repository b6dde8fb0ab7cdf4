r"""
# Occlusion: cover a part and ask again

The plainest experiment: cover a part of $x$, and see by how much the answer falls (Zeiler and Fergus 2014).

$$\varphi_i = f(x) - f(x \text{ without } i)$$

"Without" means: with the value of a *baseline* $\tilde x$ instead, by default 0. Of an image a *window* of several
pixels is covered, since a network hardly misses a single one. The window slides over the image. A pixel that is
covered several times gets the mean over the windows that cover it,

$$\varphi_i = \frac{1}{|\{w \ni i\}|} \sum_{w \ni i} [f(x) - f(x_{\bar w}, \tilde x_w)]$$

and at the far edges a window is cut off where $x$ ends.

**What it does not see.** One part is covered at a time. Where two features say the same and each is enough, covering
one changes nothing, and both get 0. So the values do not add up to $f(x) - f(\tilde x)$, and the residual says by
how much. The [Shapley values](coalitions.py) ask about all combinations.

Read next: [all coalitions](exact_shapley.py).
"""

from itertools import product
from math import ceil

import numpy as np
from numpy.typing import ArrayLike

from ..checks import whole, whole_numbers
from .attribution import Attribution, Feature, feature_name, feature_place
from .coalitions import worth
from .question import Model, Question
from .table import Table


def occlusion(
    model: Model,
    x: ArrayLike,
    target: int | None = None,
    *,
    output: str | None = None,
    baseline: ArrayLike | None = None,
    window: int = 1,
    stride: int = 1,
    image_shape: tuple[int, int] | None = None,
) -> Attribution:
    """By how much the answer falls when a part of x is covered.

    baseline: what covers it, of the shape of x or a number; zeros by default. window: features in a row, or rows and
    columns of an image, that are covered at a time. stride: how far the window moves. image_shape: (height, width) of
    an x that is flat. Of an x with more than two axes a window covers the others whole.

    Raises ValueError for a window that is larger than x, a stride that leaves features out, an image_shape that x does
    not have, and a baseline of another shape.
    """
    question = Question(model, x, target, output)
    baseline = question.baseline(baseline)
    image_shape = _image_shape(image_shape, question.x)
    shape = image_shape or question.x.shape
    corners = _corners(shape[:2], whole("window", window), whole("stride", stride))
    covered = _windows(corners, window, shape)
    without = worth(question, baseline.reshape(1, -1), ~covered)
    # [eq:occlusion] $\varphi_i = \frac{1}{|\{w \ni i\}|} \sum_{w \ni i} [f(x) - f(x_{\bar w}, \tilde x_w)]$
    phi = (covered.T @ (question.prediction - without)) / covered.sum(axis=0)
    reference = float(question.f(baseline[np.newaxis].copy())[0])
    return Attribution(
        phi.reshape(question.x.shape),
        occlusion,
        question,
        {"baseline": baseline, "window": window, "stride": stride, "image_shape": image_shape},
        lambda feature: _working(question, corners, covered, without, feature),
        reference=reference,
        residual={"completeness error": float(phi.sum() - (question.prediction - reference))},
        details={"windows": len(covered)},
    )


def _image_shape(image_shape: tuple[int, int] | None, x: np.ndarray) -> tuple[int, int] | None:
    if image_shape is None:
        return None
    lengths = whole_numbers("image_shape", image_shape)
    if len(lengths) != 2:
        raise ValueError(f"image_shape is (height, width), not {lengths}")
    height, width = lengths
    if height * width != x.size:
        raise ValueError(f"image_shape={(height, width)} are {height * width} pixels; x has {x.size}, shape {x.shape}")
    return height, width


def _corners(shape: tuple[int, ...], window: int, stride: int) -> np.ndarray:
    """The first feature of every window, (windows, axes)."""
    if window > min(shape):
        raise ValueError(f"window={window} is larger than x, which is {' × '.join(map(str, shape))}")
    if stride > window and any(n > window for n in shape):
        raise ValueError(f"stride={stride} is larger than window={window}: features between two windows are left out")
    return np.array(list(product(*(range(0, stride * ceil((n - window) / stride) + 1, stride) for n in shape))))


def _windows(corners: np.ndarray, window: int, shape: tuple[int, ...]) -> np.ndarray:
    """Which features each window covers: bool (windows, x.size)."""
    covered = np.zeros((len(corners), *shape), bool)
    for mask, corner in zip(covered, corners):
        mask[tuple(slice(first, first + window) for first in corner)] = True
    return covered.reshape(len(corners), -1)


def _working(
    question: Question, corners: np.ndarray, covered: np.ndarray, without: np.ndarray, feature: Feature | None
) -> Table:
    chosen, name = np.full(len(covered), True), "i"
    if feature is not None:
        i = feature_place(feature, question.x.shape)
        chosen, name = covered[:, i], feature_name(i, question.x.shape)
    first = [",".join(str(k + 1) for k in corner) for corner in corners[chosen]]
    f_x = np.full(len(first), question.prediction)
    return Table(
        f"occlusion of the {question.explained}: what is lost under each window"
        + ("" if feature is None else f" over feature {name}"),
        f"φ_{name} = mean of f(x) − f(covered) over the windows that cover feature {name}",
        {
            "first of the window": first,
            "covered": covered[chosen].sum(axis=1),
            "f(x)": f_x,
            "f(covered)": without[chosen],
            "difference": f_x - without[chosen],
        },
    )
