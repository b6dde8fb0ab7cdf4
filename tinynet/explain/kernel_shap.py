r"""
# KernelSHAP: Shapley values as a weighted line

Of 64 features not all coalitions can be asked. But the Shapley values are also the answer to another question
(Charnes et al. 1988): which numbers $\varphi$, added up over its members, come closest to the worth of each coalition?

$$\min_\varphi \sum_S \pi_S \Big( v(S) - v(\emptyset) - \sum_{i \in S} \varphi_i \Big)^2, \qquad
\sum_i \varphi_i = v(\text{all}) - v(\emptyset)$$

With the *Shapley kernel* as weights the answer is exact:

$$\pi_S = \frac{M-1}{\binom{M}{s}\, s\, (M-s)}, \qquad s = |S|$$

It is large for the smallest and for the largest coalitions, which show one feature alone and all but one.
And a least-squares problem can be solved with a sample of its rows: that is KernelSHAP (Lundberg and Lee 2017).

**Which coalitions.** All of one size together weigh $\frac{M-1}{s(M-s)}$. From both ends, $s = 1$ and $M-1$ first, a
size is taken whole as long as its share of the samples suffices for it. What is left of the budget is drawn: a size by
its weight, then its members, and with each coalition its complement, so that errors on both sides cancel. One that is
drawn twice counts twice. Together the drawn ones get the weight that the whole sizes leave.

**The condition.** The values must add up to $\Delta = v(\text{all}) - v(\emptyset)$, so the last of them is
$\varphi_M = \Delta - \sum_{i<M} \varphi_i$. Put in, it leaves a problem without conditions for the others. With
$Z_{Si} = 1$ for the members of $S$, else 0:

$$y_S = v(S) - v(\emptyset) - Z_{SM} \Delta, \qquad X_{Si} = Z_{Si} - Z_{SM}, \qquad X^T \Pi X \varphi = X^T \Pi\, y$$

How good is a sample? Ask again with another seed: the values differ by as much as they are uncertain. With every
coalition asked they are the exact ones.

Read next: [random orders](permutation_shap.py).
"""

from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from ..checks import whole
from ..kernels import matmul
from .attribution import Attribution, Feature
from .coalitions import Game
from .question import Model, Question
from .table import Table


def kernel_shap(
    model: Model,
    x: ArrayLike,
    target: int | None = None,
    *,
    output: str | None = None,
    background: ArrayLike | None = None,
    link: str = "identity",
    samples: int | None = None,
    seed: int = 0,
) -> Attribution:
    """Shapley values by weighted least squares over a sample of the coalitions.

    background: rows for the features that are not known, (B, *x.shape), examples from the training for instance; zeros
    by default. link: "identity", or "logit" to explain ln(f/(1 − f)) of a probability f. samples: how many
    coalitions are asked, 2M + 2048 by default for M features; 2^M − 2 are all, and make the values exact. seed: of the
    draw.

    Raises ValueError for samples too few to tell the features apart, for a background that does not fit, and for
    numbers that have no logit.
    """
    question = Question(model, x, target, output)
    game = Game(question, background, link)
    whole("seed", seed, least=0)
    M = len(game.players)
    most = (1 << M) - 2
    budget = min(2 * M + 2048 if samples is None else whole("samples", samples), most)
    if M > 1:
        Z, weights = choose_coalitions(M, budget, np.random.RandomState(seed))
    else:
        Z, weights = np.zeros((0, M), bool), np.zeros(0)
    v = game.values(Z)
    phi = weighted_least_squares(Z, weights, v - game.nobody, game.everybody - game.nobody)
    return Attribution(
        game.spread(phi),
        kernel_shap,
        game.question,
        {"background": game.background, "link": link, "samples": samples, "seed": seed},
        lambda feature: _working(game, Z, weights, v, feature),
        reference=game.nobody,
        residual={"completeness error": game.completeness_error(phi)},
        details={"coalitions": len(Z) + 2, "all of them": len(Z) == most},
    )


def choose_coalitions(M: int, budget: int, rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """At most `budget` coalitions of M > 1 players, neither empty nor full: Z, bool (K, M), and their weights (K,).

    The weights add up to 1. The numbers are drawn in the order of the package shap, so the same seed draws the same.
    """
    sizes = np.arange(1, M // 2 + 1)
    has_twin = 2 * sizes < M  # the complements are of another size
    # [eq:shapley-kernel] $\binom{M}{s} \pi_s = \frac{M-1}{s\,(M-s)}$
    share = (M - 1) / (sizes * (M - sizes)) * np.where(has_twin, 2, 1)
    share /= share.sum()
    Z, weights = [np.zeros((0, M), bool)], [np.zeros(0)]
    left, taken = budget, 0
    for s in range(1, len(sizes) + 1):
        count = comb(M, s) * (2 if has_twin[s - 1] else 1)
        if left * share[s - 1] / share[s - 1 :].sum() < count * (1 - 1e-8):
            break
        Z.append(_all_of_size(M, s, has_twin[s - 1]))
        weights.append(np.full(count, share[s - 1] / count))
        left, taken = left - count, s
    if taken < len(sizes) and left > 0:
        drawn, counts = _draw(M, left, taken, share, has_twin, rng)
        Z.append(drawn)
        weights.append(counts * (share[taken:].sum() / counts.sum()))
    return np.concatenate(Z), np.concatenate(weights)


def _all_of_size(M: int, s: int, has_twin: bool) -> np.ndarray:
    members = np.array(list(combinations(range(M), s)))
    Z = np.zeros((len(members), M), bool)
    Z[np.arange(len(members))[:, np.newaxis], members] = True
    return np.stack([Z, ~Z], axis=1).reshape(-1, M) if has_twin else Z


def _draw(
    M: int, left: int, taken: int, share: np.ndarray, has_twin: np.ndarray, rng: np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """`left` coalitions of the sizes that were not taken whole, and how often each was drawn."""
    p = (share / np.where(has_twin, 2, 1))[taken:]
    drawn: list[np.ndarray] = []
    counts: list[int] = []
    place: dict[bytes, int] = {}
    for s in rng.choice(len(p), 4 * left, p=p / p.sum()) + taken + 1:
        if len(drawn) == left:
            break
        S = np.zeros(M, bool)
        S[rng.permutation(M)[:s]] = True
        first = place.setdefault(S.tobytes(), len(drawn))
        pair = [S, ~S] if has_twin[s - 1] else [S]
        if first == len(drawn):
            pair = pair[: left - first]
            drawn += pair
            counts += [0] * len(pair)
        for k in range(first, first + len(pair)):
            counts[k] += 1
    return np.array(drawn), np.array(counts, float)


def weighted_least_squares(Z: np.ndarray, weights: np.ndarray, y: np.ndarray, delta: float) -> np.ndarray:
    """The φ that minimise the sum of weights · (y − Zφ)² and add up to delta. Z (K, M), y (K,) = v(S) − v(∅) -> (M,).

    Raises ValueError where the coalitions are too few.
    """
    M = Z.shape[1]
    if M < 2:
        return np.full(M, delta)
    last = Z[:, -1]
    weighted, square = _normal_equations(Z, weights)
    # [eq:kernel-shap] $X^T \Pi X \varphi = X^T \Pi\, (v(S) - v(\emptyset) - Z_{SM} \Delta)$
    phi = np.linalg.solve(square, weighted @ (y - last * delta))
    return np.append(phi, delta - phi.sum())


def _normal_equations(Z: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """XᵀΠ, (M − 1, K), and XᵀΠX, (M − 1, M − 1)."""
    X = Z[:, :-1].astype(float)
    X -= Z[:, -1:]
    weighted = X.T * weights
    square = matmul(weighted, X)
    rank = np.linalg.matrix_rank(square, hermitian=True)
    if rank < len(square):
        raise ValueError(
            f"{len(Z)} coalitions are too few to tell {Z.shape[1]} features apart; give a larger samples=, by default "
            f"it is {2 * Z.shape[1] + 2048}"
        )
    return weighted, square


def _working(game: Game, Z: np.ndarray, weights: np.ndarray, v: np.ndarray, feature: Feature | None) -> Table:
    M = Z.shape[1]
    nobody, everybody = np.zeros((1, M), bool), np.ones((1, M), bool)
    coalitions = game.names(np.concatenate([nobody, Z, everybody]))
    v = np.concatenate([[game.nobody], v, [game.everybody]])
    if feature is None:
        return Table(
            f"kernel_shap of the {game.question.explained}: the worth of the coalitions that were asked",
            "φ makes the sum of weight · (v(S) − v(∅) − sum of the φ of S)² smallest; weight inf: none may be left",
            {"S": coalitions, "weight": np.concatenate([[np.inf], weights, [np.inf]]), "v(S)": v},
        )
    coefficients = np.zeros(len(v))
    player = np.flatnonzero(game.players == game.number(feature))
    if len(player):
        coefficients[1:-1], coefficients[-1] = _coefficients(Z, weights, int(player[0]))
    name, gain = game.name(feature), v - game.nobody
    return Table(
        f"kernel_shap of the {game.question.explained}: how feature {name} follows from the coalitions",
        f"φ_{name} = sum of the products, coefficient · (v(S) − v(∅)): the least squares are linear in v",
        {"S": coalitions, "v(S)": v, "v(S) − v(∅)": gain, "coefficient": coefficients, "product": coefficients * gain},
    )


def _coefficients(Z: np.ndarray, weights: np.ndarray, i: int) -> tuple[np.ndarray, float]:
    """How φ of player i follows from v(S) − v(∅), (K,), and from v(all) − v(∅)."""
    if Z.shape[1] == 1:
        return np.zeros(0), 1.0
    weighted, square = _normal_equations(Z, weights)
    # a row of (XᵀΠX)⁻¹, which is symmetric; of the last player the others' together, with a minus
    which = np.eye(len(square))[i] if i < len(square) else -np.ones(len(square))
    coefficients = np.linalg.solve(square, which) @ weighted
    return coefficients, float(i == len(square)) - float(coefficients @ Z[:, -1])
