r"""
# Randomization: does the explanation notice what was learned?

An explanation of a trained network should not survive the loss of what the network has learned. So the weights are
redrawn, layer by layer from the top down, each layer from its own initializer, as if training had never been; after
each layer the same question is asked. What has been redrawn stays so: the network falls apart from its output to its
input. If $\varphi$ stays much as it was, then it shows the example, not the network: an edge detector would look as
good.

How alike two explanations are is measured by the order of their features, *Spearman's rank correlation*: ranks
$R_i$ from 1 for the smallest to $M$ for the largest, equal numbers sharing the mean of their ranks, and of these ranks
the correlation:

$$\rho = \frac{\sum_i (R_i - \bar R)(S_i - \bar S)}{\sqrt{\sum_i (R_i - \bar R)^2 \; \sum_i (S_i - \bar S)^2}}$$

It is 1 for the same order, −1 for the opposite one, about 0 for unrelated ones, and NaN where all numbers of one side
are equal and there is no order. It is measured twice: of $\varphi$ and of $|\varphi|$, for a map can lose its signs and
still light up the same features.

Two traps. The ranks of many features that are *almost* 0 are noise. And a product with $x$, as gradient × input is, has
the zeros of $x$ whatever the network: on an image with much paper the correlation never falls to 0, and should be read
beside that.

Source: Adebayo et al., *Sanity Checks for Saliency Maps*, 2018; Spearman 1904.

Read next: [agreement](agreement.py).
"""

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from ..checks import whole
from ..introspect.drawing import LINES
from .attribution import Attribution, check_attribution
from .pictures import write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class Randomization:
    """How alike an explanation is to those after layer upon layer was redrawn.

    Attributes: `attribution`, of the network as it is; `layers`, the names of the layers with weights, from the top
    down; and for each, with it and all above it redrawn, `attributions`; `similarity`, (n,), the rank correlation of
    φ with that of the network as it is; `absolute`, (n,), the same of |φ|.
    """

    attribution: Attribution
    layers: list[str]
    attributions: list[Attribution]
    similarity: np.ndarray
    absolute: np.ndarray

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw both similarities, layer by layer from the top down. Returns the Axes."""
        import matplotlib.pyplot as plt

        if ax is None:
            ax = plt.subplots(figsize=(max(5.5, 2 + 0.8 * len(self.layers)), 4.2), layout="constrained")[1]
        at = np.arange(len(self.layers) + 1)
        for values, name, (colour, marker, style) in zip((self.similarity, self.absolute), ("φ", "|φ|"), LINES):
            look: dict[str, Any] = {"color": colour, "marker": marker, "linestyle": style}
            ax.plot(at, [1, *values], label=f"of {name}", **look)
            lost = 1 + np.flatnonzero(np.isnan(values))
            if len(lost):
                ax.plot(lost, np.zeros(len(lost)), "x", color=colour, label=f"{name}: all are equal, no order")
        ax.axhline(0, color="black", linewidth=0.8)
        slanted: dict[str, Any] = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if len(at) > 6 else {}
        ax.set_xticks(at, ["none", *self.layers], **slanted)
        ax.set(xlabel="redrawn down to this layer", ylabel="rank correlation with φ as trained", ylim=(-1.08, 1.08))
        numbers = f"all redrawn: {self.similarity[-1]:.2f} of φ, {self.absolute[-1]:.2f} of |φ|".replace("-", "−")
        write_title(ax, f"randomization: {self.attribution.method}", self.attribution.explained, numbers)
        ax.grid(alpha=0.3)
        ax.legend(loc="lower left")
        return ax

    def __repr__(self) -> str:
        pairs = zip(self.layers, self.similarity, self.absolute)
        lines = [f"  {name}: {of_phi:.3f} of φ, {of_size:.3f} of |φ|" for name, of_phi, of_size in pairs]
        return "\n".join([f"rank correlation of {self.attribution.method} as trained with it redrawn down to", *lines])


def randomization(attribution: Attribution, *, seed: int = 0) -> Randomization:
    """Redraw the layers from the top down, each from its own initializers, and explain again after each.

    The network itself is left as it is. seed: of the new weights, which are others than those that a network of the
    same seed starts with. Raises ValueError for a model that is no tinynet.Sequential, or that has no weights.
    """
    check_attribution(attribution, "randomization")
    net = attribution.question.needs_a_network("randomization, which redraws weights,")
    places = [i for i, layer in enumerate(net.layers) if layer.parameters()][::-1]
    if not places:
        raise ValueError("randomization redraws the weights of a network, and this one has none")
    rng = np.random.default_rng(whole("seed", seed, least=0))
    attributions = []
    for i in tqdm(places, "redrawing", leave=False, delay=1):
        # a copy for each: an attribution keeps the network that it explained
        net = deepcopy(net)
        layer = net.layers[i]
        assert layer.input_shape is not None
        layer.build(layer.input_shape, rng)
        attributions.append(attribution.again(model=net))
    phi = attribution.values
    return Randomization(
        attribution,
        [net.layers[i].name for i in places],
        attributions,
        np.array([spearman(phi, other.values) for other in attributions]),
        np.array([spearman(abs(phi), abs(other.values)) for other in attributions]),
    )


def mean_ranks(values: np.ndarray) -> np.ndarray:
    """The ranks of M numbers, 1 for the smallest, (M,): equal ones share the mean of their ranks."""
    _, group, count = np.unique(values, return_inverse=True, return_counts=True)
    last = count.cumsum()
    # [eq:mean-ranks] $R_i = \#\{k: v_k < v_i\} + \frac{1}{2} \left(\#\{k: v_k = v_i\} + 1\right)$
    return (last - count + (count + 1) / 2)[group.ravel()]


def spearman(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's rank correlation of two arrays of equal shape; NaN where all numbers of one are equal."""
    R, S = (mean_ranks(np.ravel(values)) for values in (one, other))
    R, S = R - R.mean(), S - S.mean()
    length = np.sqrt((R**2).sum() * (S**2).sum())
    # [eq:spearman] $\rho = \sum_i (R_i - \bar R)(S_i - \bar S) / \sqrt{\sum (R_i - \bar R)^2 \sum (S_i - \bar S)^2}$
    return float((R * S).sum() / length) if length > 0 else float("nan")
