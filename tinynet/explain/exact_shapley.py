r"""
# Exact Shapley values: every coalition

What does feature $i$ bring? Without it the coalition $S$ is worth $v(S)$, with it $v(S \cup i)$. The difference depends
on who is there already, so Shapley takes the mean over all ways in which the features can come in, one by one:

$$\varphi_i = \sum_{S \not\ni i} w_{|S|} \, [v(S \cup i) - v(S)], \qquad
w_s = \frac{s!\,(M-s-1)!}{M!} = \frac{1}{M \binom{M-1}{s}}$$

$w_s$ is the share of the $M!$ orders in which exactly the $s$ features of $S$ come before $i$.

Four properties make it the only such rule (Shapley 1953). *Completeness*: $\sum_i \varphi_i = v(\text{all}) -
v(\emptyset)$, nothing is lost. *Symmetry*: features that bring the same to every coalition get the same. *Dummy*: one
that brings nothing gets 0. *Linearity*: the values of $f + g$ are those of $f$ plus those of $g$.

**What it costs.** $M$ features have $2^M$ coalitions: 16 for the four of an iris, 4,096 for twelve, and for the 64
pixels of a small digit more than anyone can count. Each is asked once, although it has a part in all $M$ values: let
the bits of the number $k$ be the members of a coalition. Then those with and without player $i$ lie $2^i$ apart, and
one subtraction of arrays gives all differences of a feature.

Read next: [a sample of them](kernel_shap.py).
"""

from math import comb

import numpy as np
from numpy.typing import ArrayLike

from .attribution import Attribution, Feature
from .coalitions import Game
from .question import Model, Question
from .table import Table

# 2^20 coalitions, a million
MOST = 20


def exact_shapley(
    model: Model,
    x: ArrayLike,
    target: int | None = None,
    *,
    output: str | None = None,
    background: ArrayLike | None = None,
    link: str = "identity",
) -> Attribution:
    """The Shapley values of one answer, from all 2^M coalitions of its M features.

    background: rows for the features that are not known, (B, *x.shape); zeros by default. link: "identity", or "logit"
    to explain ln(f/(1 − f)) of a probability f. Features that no row of the background changes do not count in M.

    Raises ValueError for M > 20, for a background that does not fit, and for numbers that have no logit.
    """
    question = Question(model, x, target, output)
    game = Game(question, background, link)
    M = len(game.players)
    if M > MOST:
        raise ValueError(
            f"{M} features differ from the background and have 2^{M} coalitions; all are asked for up to {MOST}. "
            "kernel_shap asks a sample of them, permutation_shap follows random orders"
        )
    coalitions = all_coalitions(M)
    v = game.values(coalitions)
    phi = shapley_values(v)
    return Attribution(
        game.spread(phi),
        exact_shapley,
        game.question,
        {"background": game.background, "link": link},
        lambda feature: _working(game, coalitions, v, feature),
        reference=game.nobody,
        residual={"completeness error": game.completeness_error(phi)},
        details={"coalitions": len(v)},
    )


def all_coalitions(M: int) -> np.ndarray:
    """All coalitions of M players, bool (2^M, M): player i is in number k where bit i of k is 1."""
    coalitions = np.zeros((1 << M, M), bool)
    for i in range(M):
        coalitions.reshape(-1, 2, 1 << i, M)[:, 1, :, i] = True
    return coalitions


def shapley_weights(M: int) -> np.ndarray:
    """The weight of a coalition of s others, s = 0 ... M − 1, in the value of one of M players."""
    # [eq:shapley-weight] $w_s = \frac{1}{M \binom{M-1}{s}}$
    return np.array([1 / (M * comb(M - 1, s)) for s in range(M)])


def shapley_values(v: np.ndarray) -> np.ndarray:
    """φ of every player from the worth of all coalitions, in the order of `all_coalitions`: (2^M,) -> (M,)."""
    M = len(v).bit_length() - 1
    if M == 0:
        return np.zeros(0)
    # of the M − 1 others each is in or not: as many coalitions, of the same sizes, whoever i is
    size = np.zeros(1, int)
    for _ in range(M - 1):
        size = np.concatenate([size, size + 1])
    weight = shapley_weights(M)[size]
    phi = np.empty(M)
    for i in range(M):
        pairs = v.reshape(-1, 2, 1 << i)
        without, with_i = pairs[:, 0], pairs[:, 1]
        # [eq:shapley] $\varphi_i = \sum_{S \not\ni i} w_{|S|} [v(S \cup i) - v(S)]$
        phi[i] = weight @ (with_i - without).ravel()
    return phi


def _working(game: Game, coalitions: np.ndarray, v: np.ndarray, feature: Feature | None) -> Table:
    sizes = coalitions.sum(axis=1)
    if feature is None:
        return Table(
            "The worth of every coalition",
            "φ_i = sum over the coalitions S without i of (v(S ∪ i) − v(S)) / (M · C(M − 1, |S|)), M players",
            {"S": game.names(coalitions), "size": sizes, "v(S)": v},
        )
    name = game.name(feature)
    player = np.flatnonzero(game.players == game.number(feature))
    if len(player):
        i = int(player[0])
        without = ~coalitions[:, i]
        with_i = np.flatnonzero(without) + (1 << i)
        weights = shapley_weights(coalitions.shape[1])
    else:  # a dummy: one more player, who brings nothing to any of the others
        without = np.full(len(v), True)
        with_i = np.arange(len(v))
        weights = shapley_weights(coalitions.shape[1] + 1)
    weight = weights[sizes[without]]
    return Table(
        f"What feature {name} brings to every coalition",
        f"φ_{name} = sum of the products, weight · (v(S ∪ {name}) − v(S))",
        {
            "S": game.names(coalitions[without]),
            "size": sizes[without],
            "v(S)": v[without],
            "v(S ∪ i)": v[with_i],
            "weight": weight,
            "product": weight * (v[with_i] - v[without]),
        },
    )
