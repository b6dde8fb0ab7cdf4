r"""
# Faithfulness and stability

Three questions to an explanation, each answered by one number; 0 is best in all of them.

**Does it add up?** Many methods promise that the $\varphi_i$ are shares of a difference, of the answer to what it is
compared with. The *completeness error* is what they miss it by:

$$\left|\sum_i \varphi_i - \left(f(x) - f(\tilde x)\right)\right|$$

It says nothing about whether the shares are the right ones.

**Does $f$ move as it says?** A $\varphi$ that is read as slopes predicts that a step $I$ away from $x$ costs
$I \cdot \varphi$. The *infidelity* (Yeh et al. 2019) is how wrong that is, squared and in the mean over many steps:

$$\mathrm{infidelity} = \frac{1}{n} \sum_I \left(I \cdot \varphi - \left(f(x) - f(x - I)\right)\right)^2$$

The steps are drawn from the normal distribution, $I_i \sim N(0, \sigma^2)$, or given. Small $\sigma$ asks about the
slope at $x$, and the gradient wins; large $\sigma$ asks about the neighbourhood. Of a linear $f$ the infidelity of the
gradient is 0, for any $I$. Shares, as those of integrated gradients or Shapley, are not slopes but products of a slope
and $x - \tilde x$: their infidelity is in other units, so compare slopes with slopes and shares with shares.

**Does it stay, where $x$ hardly moves?** The *max sensitivity* (the same paper) is the largest change of $\varphi$
that small steps $r$ cause, as a share of its length:

$$\max_r \frac{\|\varphi(x + r) - \varphi(x)\|_2}{\|\varphi(x)\|_2}, \qquad |r_i| \le \rho \text{, drawn evenly}$$

Target and settings stay, and the seed of a method that draws. An explanation that never changes has 0, even if it is of
nothing: stability alone is no merit.

Read next: [randomization](randomization.py).
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from ..checks import not_negative, positive, whole
from ..introspect.drawing import LINES, number, tick_whole_numbers
from .attribution import Attribution, check_attribution
from .deletion import chosen_baseline
from .pictures import write_title
from .question import CHUNK

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def completeness(attribution: Attribution) -> float:
    r"""$|\sum_i \varphi_i - (f(x) - f(\tilde x))|$: how far the values are from adding up.

    Compared is with the attribution's own reference; a method that has none promises nothing, and is held against
    f of its baseline as in `deletion`. Its picture is the waterfall, `attribution.plot(kind="waterfall")`, which shows
    what is missing as a step of its own. Raises RuntimeError where that has changed since.
    """
    check_attribution(attribution, "completeness")
    reference = attribution.reference
    if reference is None:
        question = attribution.question
        question.check_unchanged()
        reference = float(question.f(chosen_baseline(attribution)[np.newaxis])[0])
    # [eq:completeness-error] $|\sum_i \varphi_i - (f(x) - f(\tilde x))|$
    return abs(float(attribution.values.sum(dtype=float)) - (attribution.prediction - reference))


def infidelity(
    attribution: Attribution,
    *,
    samples: int = 1000,
    sigma: float = 0.1,
    seed: int = 0,
    perturbations: ArrayLike | None = None,
) -> float:
    r"""The mean of $(I \cdot \varphi - (f(x) - f(x - I)))^2$ over steps I.

    samples, sigma, seed: of normal steps. perturbations: these steps instead, (samples, *x.shape). Raises ValueError
    for steps of another shape or none, RuntimeError where the model has changed since it was explained.
    Source: Yeh et al. 2019.
    """
    predicted, actual = predicted_and_actual(attribution, samples, sigma, seed, perturbations)
    with np.errstate(over="ignore"):  # of the very large it is infinite
        # [eq:infidelity] $\frac{1}{n} \sum_I \left(I \cdot \varphi - (f(x) - f(x - I))\right)^2$
        return float(((predicted - actual) ** 2).mean())


def predicted_and_actual(
    attribution: Attribution, samples: int, sigma: float, seed: int, perturbations: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray]:
    """I·φ and f(x) − f(x − I) of every step I, two arrays (samples,)."""
    check_attribution(attribution, "infidelity")
    question, x = attribution.question, attribution.x
    question.check_unchanged()
    if perturbations is None:
        positive(sigma=sigma)
        rng = np.random.default_rng(whole("seed", seed, least=0))
        I = rng.normal(0, sigma, (whole("samples", samples), *x.shape))
    else:
        I = np.asarray(perturbations, float)
        if I.shape[1:] != x.shape or len(I) == 0:
            raise ValueError(f"the perturbations have shape {I.shape}; expected (samples, *x.shape), x.shape {x.shape}")
    parts = range(0, len(I), CHUNK)
    after = [question.f((x - I[i : i + CHUNK]).astype(x.dtype)) for i in tqdm(parts, leave=False, delay=1)]
    return I.reshape(len(I), -1) @ attribution.values.ravel().astype(float), question.prediction - np.concatenate(after)


def max_sensitivity(attribution: Attribution, *, radius: float = 0.02, samples: int = 10, seed: int = 0) -> float:
    r"""The largest $\|\varphi(x + r) - \varphi(x)\|_2 / \|\varphi(x)\|_2$ of steps r, drawn evenly in ±radius.

    Where $\varphi(x)$ is 0 everywhere, the answer is 0 if it stays so, else infinite. Raises RuntimeError where the
    model has changed since it was explained. Source: Yeh et al. 2019.
    """
    return float(sensitivities(attribution, radius, samples, seed).max())


def sensitivities(attribution: Attribution, radius: float, samples: int, seed: int) -> np.ndarray:
    """The relative change of φ for every step r, (samples,)."""
    check_attribution(attribution, "max_sensitivity")
    not_negative(radius=radius)
    attribution.question.check_unchanged()
    rng = np.random.default_rng(whole("seed", seed, least=0))
    r = rng.uniform(-radius, radius, (whole("samples", samples), *attribution.x.shape))
    phi = attribution.values.astype(float)
    moved = [attribution.again(x=attribution.x + step).values for step in tqdm(r, leave=False, delay=1)]
    # in units of the largest, no square is too large or too small
    unit = float(np.abs(phi).max())
    if unit == 0:
        return np.array([np.inf if values.any() else 0.0 for values in moved])
    with np.errstate(over="ignore"):  # of what becomes very much larger it is infinite
        length = np.linalg.norm((phi / unit).ravel())
        change = np.array([np.linalg.norm((values / unit - phi / unit).ravel()) for values in moved])
    # [eq:max-sensitivity] $\max_r \|\varphi(x + r) - \varphi(x)\|_2 / \|\varphi(x)\|_2$
    return change / length


# ## Pictures


def plot_infidelity(
    attribution: Attribution,
    ax: "Axes | None" = None,
    *,
    samples: int = 1000,
    sigma: float = 0.1,
    seed: int = 0,
    perturbations: ArrayLike | None = None,
) -> "Axes":
    """Draw each step of `infidelity` as a dot: what φ predicts, and what f does. Returns the Axes.

    On the line they are equal; the infidelity is the mean squared distance from it, up or down.
    """
    import matplotlib.pyplot as plt

    predicted, actual = predicted_and_actual(attribution, samples, sigma, seed, perturbations)
    if ax is None:
        ax = plt.subplots(figsize=(5.5, 5), layout="constrained")[1]
    ax.plot(predicted, actual, ".", color=LINES[0][0], alpha=0.5, label=f"{len(actual):,} steps $I$")
    ax.axline((predicted[0], predicted[0]), slope=1, color="black", linewidth=0.8, label="$f$ moves as φ says")
    error = ((predicted - actual) ** 2).mean()
    ax.set(xlabel="predicted: $I$ · φ", ylabel="actual: $f(x) - f(x - I)$")
    write_title(ax, attribution.method, attribution.explained, f"infidelity {number(error)}")
    ax.grid(alpha=0.3)
    ax.legend()
    return ax


def plot_max_sensitivity(
    attribution: Attribution, ax: "Axes | None" = None, *, radius: float = 0.02, samples: int = 10, seed: int = 0
) -> "Axes":
    """Draw the relative change of φ for each step of `max_sensitivity`, the largest marked. Returns the Axes."""
    import matplotlib.pyplot as plt

    change = sensitivities(attribution, radius, samples, seed)
    if ax is None:
        ax = plt.subplots(figsize=(6, 4), layout="constrained")[1]
    drawn = np.where(np.isfinite(change), change, 0)
    at, worst = np.arange(1, len(change) + 1), int(change.argmax())
    ax.vlines(at, 0, drawn, color="0.7")
    ax.plot(at, drawn, LINES[0][1], color=LINES[0][0])
    ax.plot(at[worst], drawn[worst], LINES[1][1], color=LINES[1][0], label="the largest")
    ax.set(xlabel=f"step $r$, at most {number(radius)} in each feature", ylabel=r"$\|φ(x + r) - φ(x)\|\,/\,\|φ(x)\|$")
    ax.set_ylim(bottom=0, top=1.15 * drawn.max() or 1)
    write_title(ax, attribution.method, attribution.explained, f"max sensitivity {number(change[worst])}")
    tick_whole_numbers(ax.xaxis)
    ax.legend()
    return ax
