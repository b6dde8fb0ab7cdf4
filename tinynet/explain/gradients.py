r"""
# Saliency and SmoothGrad: the derivative

How much does $f(x)$ change when one input changes a little? That is its derivative,

$$\varphi_i = \frac{\partial f}{\partial x_i},$$

and the chain rule that trains a network gives it too: one step further back than $\partial L/\partial W^1$ stands
$\partial f/\partial x$. A map of these numbers over an image is a *saliency map*. The sign says in which direction; who
asks only how sensitive $f$ is to a pixel looks at $|\varphi_i|$.

A derivative knows only the nearest surroundings of $x$. Where a relu is just off, it is 0, a hair further it is not:
the maps of two images that look alike may look unlike. **SmoothGrad** takes the mean over surroundings, by adding noise
to $x$ many times over:

$$\varphi_i = \frac{1}{K} \sum_{k=1}^{K} \frac{\partial f}{\partial x_i}(x + \sigma\,\epsilon_k),
\qquad \epsilon_k \sim \mathcal N(0, 1)$$

Derivatives are no shares of $f(x)$: they have another unit, and do not add up to anything.

**The working** of a derivative is the last step of the way back, from the first layer to the inputs. Its $\delta^1$ is
that of [the trace](../introspect/trace.py), with $f$ in place of the loss.

Sources: saliency, Simonyan, Vedaldi and Zisserman 2013, who draw $|\varphi_i|$; SmoothGrad, Smilkov et al. 2017.

Read next: [integrated gradients](path.py).
"""

import numpy as np
from numpy.typing import ArrayLike

from ..checks import not_negative, whole
from ..functions import affine, matmul
from ..layers import Dense, Dropout, Flatten
from ..model import Sequential
from .attribution import Attribution, Feature, feature_name, feature_place
from .question import Question
from .table import Table


def saliency(model: Sequential, x: ArrayLike, target: int | None = None, *, output: str | None = None) -> Attribution:
    r"""The derivative $\varphi = \partial f/\partial x$.

    model, x, target, output: as for `Question`. Raises ValueError as that does, and for a model that is no network.

    Source: Simonyan et al. 2013, there $|\varphi|$.
    """
    question = Question(model, x, target, output)
    # [eq:saliency] $\varphi_i = \partial f/\partial x_i$
    values = question.gradient(question.x[np.newaxis])[0]

    def working(feature: Feature | None) -> Table:
        still(values, question.gradient(question.x[np.newaxis])[0])
        title, first = f"saliency of the {question.explained}", first_layer(question)
        if feature is not None and first is not None:
            return table_of_sums(title, question, feature, ("δ_j", delta_of(first, question)))
        columns = {"i": numbers(question), "x_i": question.x.ravel(), "∂f/∂x_i": values.ravel()}
        return table_of_rows(title, question, feature, "φ_i = ∂f/∂x_i", columns)

    return Attribution(values, saliency, question, {}, working)


def smoothgrad(
    model: Sequential,
    x: ArrayLike,
    target: int | None = None,
    *,
    output: str | None = None,
    samples: int = 50,
    sigma: float = 0.1,
    seed: int = 0,
) -> Attribution:
    r"""The mean of $\partial f/\partial x$ at `samples` points around x, with noise of standard deviation `sigma`.

    model, x, target, output: as for `Question`. sigma: in units of x. The residual is the largest standard error of
    the means, from two samples on: so far off other draws may be. Raises ValueError as Question does, for a model that
    is no network, and for settings that cannot be meant.

    Source: Smilkov et al. 2017.
    """
    question = Question(model, x, target, output)
    question.needs_a_network("a gradient")
    whole("samples", samples)
    whole("seed", seed, least=0)
    not_negative(sigma=sigma)

    def drawn() -> tuple[np.ndarray, np.ndarray]:
        noise = sigma * np.random.default_rng(seed).standard_normal((samples, *question.x.shape))
        rows = question.x + noise.astype(question.x.dtype)
        return rows, question.gradient(rows)

    _, gradients = drawn()
    # [eq:smoothgrad] $\varphi_i = \frac{1}{K} \sum_k \partial f/\partial x_i$ at $x + \sigma \epsilon_k$
    values = gradients.mean(axis=0)
    residual = {"standard error": float(gradients.std(axis=0, ddof=1).max() / samples**0.5)} if samples > 1 else {}

    def working(feature: Feature | None) -> Table:
        rows, gradients = drawn()
        still(values, gradients.mean(axis=0))
        rows, gradients = rows.reshape(samples, -1), gradients.reshape(samples, -1)
        title, k = f"smoothgrad of the {question.explained}", {"k": np.arange(1, samples + 1)}
        if feature is None:
            columns = {f"∂f/∂x_{i}": column for i, column in zip(numbers(question), gradients.T)}
            return Table(title, "φ_i is the mean of the column ∂f/∂x_i", k | columns)
        i = feature_place(feature, question.x.shape)
        columns = {"x_i + noise": rows[:, i], "∂f/∂x_i": gradients[:, i]}
        return Table(f"{title}, i = {numbers(question)[i]}", "φ_i is the mean of ∂f/∂x_i", k | columns)

    settings = {"samples": samples, "sigma": sigma, "seed": seed}
    return Attribution(values, smoothgrad, question, settings, working, residual=residual)


# ## The working


def still(values: np.ndarray, again: np.ndarray) -> None:
    """Raise RuntimeError where the values computed once more are others: the model has changed meanwhile."""
    if not np.array_equal(values, again):
        raise RuntimeError(
            "the model has changed since this was explained, and the working with it; explain anew with .again()"
        )


def numbers(question: Question) -> np.ndarray:
    """The numbers of the features, from 1 as in formulas; of an image "row,column"."""
    x = question.x
    return np.arange(1, x.size + 1) if x.ndim == 1 else np.array([feature_name(i, x.shape) for i in range(x.size)])


def table_of_rows(title: str, question: Question, feature: Feature | None, formula: str, columns: dict) -> Table:
    """A table with a row for each feature, or that of one feature alone."""
    if feature is not None:
        title = f"{title}, i = {numbers(question)[feature_place(feature, question.x.shape)]}"
        columns = {name: column[[feature_place(feature, question.x.shape)]] for name, column in columns.items()}
    return Table(title, formula, columns)


def first_layer(question: Question) -> Dense | None:
    """The layer whose weights meet the inputs; None where something else meets them first."""
    for layer in question.layers:
        if isinstance(layer, Dense) and type(layer).forward is Dense.forward:
            return layer
        if type(layer).forward not in (Flatten.forward, Dropout.forward):
            return None
    return None


def delta_of(first: Dense, question: Question) -> np.ndarray:
    r"""$\delta = \partial f/\partial z$ of the first layer, (n_1,)."""
    assert first.W is not None
    x = question.x.reshape(1, -1)
    z = matmul(x, first.W) if first.b is None else affine(x, first.W, first.b)
    a = first.f(z)
    for layer in question.layers[question.layers.index(first) + 1 :]:
        a = layer(a)
    with question.gradients_kept():
        a[:, question.target].sum().backward()
    assert z.grad is not None
    return z.grad[0]


def table_of_sums(
    title: str,
    question: Question,
    feature: Feature,
    m: tuple[str, np.ndarray],
    x: tuple[str, np.ndarray] | None = None,
) -> Table:
    r"""How the weights of the first layer make the value of a feature: $\sum_j w_{ij} m_j$, times $x_i$ if given.

    m, (n_1,), and x, of the question's shape, come with the letters that they are called by.
    """
    first, i = first_layer(question), feature_place(feature, question.x.shape)
    assert first is not None and first.W is not None
    w = first.W.data[i]
    columns = {"j": np.arange(1, len(w) + 1)} | ({} if x is None else {x[0]: np.full(len(w), x[1].ravel()[i])})
    columns |= {"w_ij": w, m[0]: m[1]}
    name, product = f"w_ij {m[0]}", w * m[1]
    if x is not None:
        name, product = f"{x[0]} {name}", columns[x[0]] * product
    formula = f"φ_i = Σ_j {name}, the sum of the last column, over the neurons of {first.name}"
    return Table(f"{title}, i = {numbers(question)[i]}", formula, columns | {name: product})
