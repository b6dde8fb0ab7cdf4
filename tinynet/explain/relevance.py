r"""
# Relevance: one recursion with three factors

From the output back to the input goes one recursion, that of [backpropagation](../introspect/trace.py). It carries a
*multiplier* $m^l$ for every neuron, from layer to layer:

$$m^L = \text{factor}^L \odot e_t, \qquad m^l = \text{factor}^l \odot (m^{l+1}\, W^{{l+1}\,T}),$$

where $e_t$ is 1 for the explained output and 0 for the others. What a neuron $j$ of layer $l$ had to do with the
output, its *relevance*, is

$$R_j^l = a_j^l \sum_k w_{jk}^{l+1} m_k^{l+1},$$

and that of the inputs is the explanation, $\varphi = R^0$. The local factor says how a neuron passes on through its
$f$. There are three, and they are three methods:

| method | factor | what it is |
|---|---|---|
| gradient × input | $f'(z)$ | the slope of $f$ at $z$; then $m^l$ is the $\delta^l$ of the output |
| LRP-$\varepsilon$ | $a/(z + \varepsilon\,\mathrm{sign}\,z)$ | the slope of a line from 0 to $z$ |
| DeepLIFT (rescale) | $\Delta a/\Delta z$ | the slope of a line to $z$ from $\tilde z$, that of a baseline |

For DeepLIFT $\Delta a^l = a^l - \tilde a^l$ takes the place of $a^l$ in the relevance, too.

For a relu without a baseline all three slopes are equal: where it is on 1, where it is off 0. So without $\varepsilon$
LRP of a network of relus is gradient × input. For a sigmoid or tanh they differ: where it is flat its slope is almost
0, but not that of the line.

**What is lost on the way.** Summed over a layer, $R_k^{l} = a_k g_k$ with $g_k$ the sum that came to the neuron. Passed
on are $m_k \sum_j a_j w_{jk} = m_k\,(z_k - b_k)$. So a layer keeps $\sum_k b_k m_k$, *absorbed by its biases*, and
$\sum_k (a_k g_k - z_k m_k)$ by the factor: nothing for a line through 0, a little for $\varepsilon$, and for $f'$ what
comes from the curvature of $f$. In differences $\Delta$ the biases cancel, and DeepLIFT is complete:
$\sum_i \varphi_i = f(x) - f(\tilde x)$. For the others the account is

$$f(x) = \sum_i \varphi_i + \text{absorbed by biases} + \text{absorbed by the factors}.$$

Layers without weights pass on one to one: `Flatten`, `Dropout` (off), and `Activation` with its $f$. There LRP has
nothing to stabilize, $\varepsilon = 0$.

Sources: gradient × input, Shrikumar et al. 2016; LRP, Bach et al. 2015; DeepLIFT, Shrikumar, Greenside and Kundaje
2017; that they are one recursion, Ancona et al. 2018.

Read next: [a weighted line](ridge.py).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..checks import not_negative
from ..functions import ACTIVATIONS, identity, log_softmax, softmax
from ..kernels.matmul import matmul
from ..kernels.weighted_sums import weighted_sums
from ..layers import LAYERS, Activation, Dense, Flatten
from ..model import Sequential
from ..tensor import Tensor, no_grad
from .attribution import Attribution, Feature
from .gradients import first_layer, numbers, still, table_of_rows, table_of_sums
from .question import Question
from .table import Table

# How layers that are not one's own compute
PLAIN = {layer.forward for layer in LAYERS.values()}
# Below this |Δz|, Δa/Δz is rounding, and the derivative stands for it.
FLAT = 1e-10


class Step(NamedTuple):
    """A layer on the way: its z and a = f(z), (n_l,), for x; and Δz, Δa, what they are more than for the baseline.

    Without a baseline Δz is z, and Δa is a. W, b: None where there are none.
    """

    f: Callable[[Tensor], Tensor]
    W: np.ndarray | None
    b: np.ndarray | None
    z: np.ndarray
    a: np.ndarray
    dz: np.ndarray
    da: np.ndarray

    def back_through_f(self, g: np.ndarray) -> np.ndarray:
        """f'(z) ⊙ g."""
        z = Tensor(self.z[np.newaxis])
        (self.f(z) * g[np.newaxis]).sum().backward()
        assert z.grad is not None
        return z.grad[0]


# From a step and what has come to its neurons, g, (n_l,), to m, (n_l,)
Factor = Callable[[Step, np.ndarray], np.ndarray]


def slope_at_z(step: Step, g: np.ndarray) -> np.ndarray:
    """Gradient × input. Of softmax, too, where f' is a matrix."""
    # [eq:gradient-factor] $m = f'(z) \odot g$
    return step.back_through_f(g)


def slope_from_0(epsilon: float) -> Factor:
    """LRP. Where a sum, even with ε, is 0 or so near it that no number is so steep, nothing is passed on."""

    def factor(step: Step, g: np.ndarray) -> np.ndarray:
        # [eq:epsilon-factor] $m = \dfrac{a}{z + \varepsilon\,\mathrm{sign}\,z} \odot g$, with $\mathrm{sign}\,0 = 1$
        below = step.z if step.W is None else step.z + np.where(step.z < 0, -epsilon, epsilon).astype(step.z.dtype)
        with np.errstate(over="ignore"):
            slope = np.divide(step.a, below, out=np.zeros_like(below), where=below != 0)
        return np.where(np.isfinite(slope), slope, 0) * g

    return factor


def slope_from_baseline(step: Step, g: np.ndarray) -> np.ndarray:
    """DeepLIFT."""
    flat = np.abs(step.dz) < FLAT
    # [eq:rescale-factor] $m = \dfrac{\Delta a}{\Delta z} \odot g$, and $f'(z) \odot g$ where $|\Delta z| < 10^{-10}$
    if np.count_nonzero(flat) == 0:
        return step.da / step.dz * g
    return np.where(flat, step.back_through_f(g), np.divide(step.da, step.dz, out=np.zeros_like(g), where=~flat) * g)


# ## The recursion


def walk_there(question: Question, rows: np.ndarray) -> tuple[list[Step], np.ndarray]:
    """The layers, and f of each row: of one, x, or of two, x and the baseline.

    z of a layer without weights is what comes in.
    """
    steps, a = [], rows
    with no_grad():
        for layer in question.layers:
            W, b, z = None, None, a
            f: Callable[[Tensor], Tensor] = layer  # one's own
            if type(layer).forward in PLAIN:
                match layer:
                    case Dense(W=Tensor() as weights):
                        W, b, f = weights.data, None if layer.b is None else layer.b.data, layer.f
                        z = weighted_sums(a, W, np.zeros(W.shape[1], W.dtype) if b is None else b)
                    case Activation():
                        f = layer.f
                    case Flatten():
                        z, f = a.reshape(len(a), -1), identity
            a = f(Tensor(z)).data
            steps.append(Step(f, W, b, z[0], a[0], difference(z), difference(a)))
    return steps, a[:, question.target]


def difference(rows: np.ndarray) -> np.ndarray:
    """Δ, the first row less the second; of one row itself."""
    return rows[0] if len(rows) == 1 else rows[0] - rows[1]


class Relevance(NamedTuple):
    """R^0 ... R^L and m^1 ... m^L, each of its layer's shape; and g^0, what has come to the inputs."""

    R: list[np.ndarray]
    m: list[np.ndarray]
    g: np.ndarray


def walk_back(steps: list[Step], dx: np.ndarray, target: int, factor: Factor) -> Relevance:
    """The recursion. dx: x, or its difference to the baseline."""
    g = np.zeros_like(steps[-1].a)
    g[target] = 1
    R, m = [steps[-1].da * g], []
    for step, da_before in zip(steps[::-1], [*(step.da for step in steps[-2::-1]), dx]):
        # [eq:multiplier] $m^l = \text{factor}^l \odot g^l$, where $g^L = e_t$ and $g^l = m^{l+1}\, W^{{l+1}\,T}$
        m.append(factor(step, g))
        g = (m[-1] if step.W is None else matmul(m[-1][np.newaxis], step.W.T)).reshape(da_before.shape)
        # [eq:relevance] $R^l = a^l \odot g^l$, or $\Delta a^l \odot g^l$
        R.append(da_before * g)
    return Relevance(R[::-1], m[::-1], g)


def absorbed(steps: list[Step], found: Relevance) -> tuple[float, float]:
    """What f(x) has beyond the sum of the values: absorbed by the biases, and by the factors."""
    biases = factors = 0.0
    for step, R, m in zip(steps, found.R[1:], found.m):
        if step.b is not None:
            # [eq:absorbed-by-biases] $\sum_k b_k m_k$
            biases += float((step.b * m).sum())
        # [eq:absorbed-by-factors] $\sum_k (R_k - z_k m_k)$
        factors += float(R.sum() - (step.z * m).sum())
    return biases, factors


# ## Three methods


def gradient_times_input(
    model: Sequential, x: ArrayLike, target: int | None = None, *, output: str | None = None
) -> Attribution:
    r"""$x_i\, \partial f/\partial x_i$: the recursion with $f'(z)$.

    model, x, target, output: as for `Question`. The residual says what f(x) has beyond the values: what biases
    absorb, and what the curvature of f does. Raises ValueError as Question does, and for a model that is no network.

    Source: Shrikumar et al. 2016.
    """
    question = Question(model, x, target, output)
    question.needs_a_network("a walk back")
    return explain(gradient_times_input, question, {}, slope_at_z, "curvature")


def lrp(
    model: Sequential, x: ArrayLike, target: int | None = None, *, output: str | None = None, epsilon: float = 1e-9
) -> Attribution:
    r"""Layer-wise relevance propagation: the recursion with $a/(z + \varepsilon\,\mathrm{sign}\,z)$.

    model, x, target, output: as for `Question`; the logit only. epsilon: makes small z pass on less; 0 is LRP-0. The
    residual says what f(x) has beyond the values: absorbed by biases and by epsilon. Raises ValueError as Question
    does, for a model that is no network, and for layers whose neurons do not have an f(z) each.

    Source: Bach et al. 2015.
    """
    question = Question(model, x, target, output)
    check_neurons(question, "lrp")
    not_negative(epsilon=epsilon)
    return explain(lrp, question, {"epsilon": epsilon}, slope_from_0(epsilon), "epsilon")


def deeplift(
    model: Sequential,
    x: ArrayLike,
    target: int | None = None,
    *,
    output: str | None = None,
    baseline: ArrayLike | None = None,
) -> Attribution:
    r"""DeepLIFT by the rescale rule: the recursion with $\Delta a/\Delta z$, differences to a baseline.

    model, x, target, output: as for `Question`; the logit only. baseline: of the shape of x, or a number for all
    entries; 0 by default. The residual is the completeness error. Raises ValueError as Question does, for a model that
    is no network, and for layers whose neurons do not have an f(z) each.

    Source: Shrikumar et al. 2017.
    """
    question = Question(model, x, target, output)
    check_neurons(question, "deeplift")
    return explain(deeplift, question, {"baseline": question.baseline(baseline)}, slope_from_baseline)


def explain(
    function: Callable[..., Attribution], question: Question, settings: dict, factor: Factor, absorbed_by: str = ""
) -> Attribution:
    """The attribution of one of the three; absorbed_by: what its factor is, if it absorbs something."""
    baseline = settings.get("baseline")
    rows = question.x[np.newaxis] if baseline is None else np.array([question.x, baseline])
    dx, target = difference(rows), question.target
    steps, f = walk_there(question, rows)
    with question.gradients_kept():
        found = walk_back(steps, dx, target, factor)
    values, reference = found.R[0], None
    if baseline is None:
        biases, factors = absorbed(steps, found)
        residual = {"absorbed by biases": biases, f"absorbed by {absorbed_by}": factors}
    else:
        reference = float(f[1])
        residual = {"completeness error": float(values.sum(dtype=float)) - (question.prediction - reference)}

    def working(feature: Feature | None) -> Table:
        with question.gradients_kept():
            still(values, walk_back(walk_there(question, rows)[0], dx, target, factor).R[0])
        title, Δ = f"{function.__name__} of the {question.explained}", "" if baseline is None else "Δ"
        first = first_layer(question)
        if feature is not None and first is not None:
            m = found.m[question.layers.index(first)]
            return table_of_sums(title, question, feature, ("m_j", m), (f"{Δ}x_i", dx))
        columns = {"i": numbers(question), f"{Δ}x_i": dx.ravel(), "m_i": found.g.ravel(), "φ_i": values.ravel()}
        return table_of_rows(title, question, feature, f"φ_i = {Δ}x_i m_i", columns)

    details = {"multipliers": found.m}
    return Attribution(values, function, question, settings, working, reference, residual, found.R, details)


def check_neurons(question: Question, method: str) -> None:
    """Raise ValueError where a neuron's a is not f of its own z."""
    question.needs_a_network(method)
    others = "saliency, smoothgrad, gradient_times_input and integrated_gradients can"
    if question.output != "logit":
        raise ValueError(f"{method} starts from one logit, and cannot explain output={question.output!r}; {others}")
    for number, layer in enumerate(question.layers):
        f = getattr(layer, "f", None)
        if type(layer).forward not in PLAIN:
            why = f"is a {type(layer).__name__}, a layer of your own, and how that passes on relevance is not known"
        elif f in (softmax, log_softmax) or (
            f is not None and f not in ACTIVATIONS.values() and mixes(question, number)
        ):
            why = "has an activation in which each output depends on all z, so that it has no f(z) of its own"
        else:
            continue
        raise ValueError(f"{method} cannot go back through {layer.name}: it {why}; {others}")


def mixes(question: Question, number: int) -> bool:
    """Whether an activation of one's own makes an output from several z, so that its derivative is a matrix."""
    step = walk_there(question, question.x[np.newaxis])[0][number]
    g = np.arange(1, step.a.size + 1, dtype=step.a.dtype).reshape(step.a.shape)
    return not np.allclose(step.back_through_f(g), g * step.back_through_f(np.ones_like(g)))
