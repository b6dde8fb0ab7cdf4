r"""
# Permutation Shapley values: random orders

The Shapley value is a mean over orders, and a mean can be sampled. Let the features come in one by one, in a random
order $\pi$; each brings what the answer changes by when it joins those before it:

$$\varphi_i = \frac{1}{2P} \sum_{\pi} \, [v(S_\pi \cup i) - v(S_\pi)], \qquad S_\pi: \text{ before } i \text{ in } \pi$$

Each of $P$ random orders is walked forward and backward, $2P$ in all. In the backward walk those come before $i$ that
came after it. Such a pair is called *antithetic*: what comes early in one comes late in the other, and errors cancel.
Where no more than two features act together, one pair is exact.

Along an order the differences add up to $v(\text{all}) - v(\emptyset)$, whatever the order is: the values are complete
for any $P$. An order is a chain of $M + 1$ coalitions, so $P$ pairs ask $2P(M-1) + 2$.

Sources: sampled orders, Castro et al. 2009; antithetic pairs for explanations, Mitchell et al. 2022.

Read next: [deletion and insertion](deletion.py).
"""

import numpy as np
from numpy.typing import ArrayLike

from ..checks import whole
from .attribution import Attribution, Feature
from .coalitions import Game
from .question import Model, Question
from .table import Table


def permutation_shap(
    model: Model,
    x: ArrayLike,
    target: int | None = None,
    *,
    output: str | None = None,
    background: ArrayLike | None = None,
    link: str = "identity",
    permutations: int = 10,
    seed: int = 0,
) -> Attribution:
    """Shapley values from random orders of the features, each walked forward and backward.

    background: rows for the features that are not known, (B, *x.shape), examples from the training for instance; zeros
    by default. link: "identity", or "logit" to explain ln(f/(1 − f)) of a probability f. permutations: how
    many orders are drawn, with this seed.

    Raises ValueError for a background that does not fit, and for numbers that have no logit.
    """
    question = Question(model, x, target, output)
    game = Game(question, background, link)
    whole("permutations", permutations)
    orders = draw_orders(len(game.players), permutations, whole("seed", seed, least=0))
    before = coalitions_before(orders)
    v = _walk(game, before)
    steps = np.diff(v, axis=1)
    # [eq:permutation-shap] $\varphi_i = \frac{1}{2P} \sum_\pi [v(S_\pi \cup i) - v(S_\pi)]$, $S_\pi$ those before $i$
    phi = np.bincount(orders.ravel(), steps.ravel(), len(game.players)) / len(orders)
    return Attribution(
        game.spread(phi),
        permutation_shap,
        game.question,
        {"background": game.background, "link": link, "permutations": permutations, "seed": seed},
        lambda feature: _working(game, orders, before, v, feature),
        reference=game.nobody,
        residual={"completeness error": game.completeness_error(phi)},
        details={"orders": len(orders)},
    )


def draw_orders(M: int, permutations: int, seed: int) -> np.ndarray:
    """Random orders of M players, each followed by its reverse: (2 permutations, M).

    The numbers are drawn as the package shap draws them, so the same seed gives the same orders.
    """
    rng, order = np.random.RandomState(seed), np.arange(M)
    orders = np.empty((permutations, 2, M), int)
    for pair in orders:
        rng.shuffle(order)
        pair[:] = order, order[::-1]
    return orders.reshape(2 * permutations, M)


def coalitions_before(orders: np.ndarray) -> np.ndarray:
    """Who is in before each step, and after the last: bool (orders, M + 1, M)."""
    position = np.argsort(orders, axis=1)
    return position[:, np.newaxis, :] < np.arange(orders.shape[1] + 1)[:, np.newaxis]


def _walk(game: Game, before: np.ndarray) -> np.ndarray:
    """v along each order: (orders, M + 1). The first and the last coalition are the same for all, and asked once."""
    inner = before[:, 1:-1]
    asked = game.values(np.concatenate([before[0, [0, -1]], np.concatenate(inner)]))
    v = np.empty(before.shape[:2])
    v[:, 0], v[:, -1], v[:, 1:-1] = asked[0], asked[1], asked[2:].reshape(inner.shape[:2])
    return v


def _working(game: Game, orders: np.ndarray, before: np.ndarray, v: np.ndarray, feature: Feature | None) -> Table:
    names = np.array(game.player_names, str)[orders]
    name = "i" if feature is None else game.name(feature)
    which = np.full(orders.shape, True) if feature is None else names == name
    row, step = np.nonzero(which)
    after = step + 1
    if feature is not None and not which.any():  # a dummy brings nothing, whenever it comes; so let it be the first
        row, names = np.arange(len(orders)), np.full((len(orders), 1), name)
        step = after = np.zeros_like(row)
    return Table(
        f"permutation_shap of the {game.question.explained}: what "
        f"{'each feature' if feature is None else f'feature {name}'} brings when it comes in",
        f"φ_{name} = mean of the differences" + (" of the rows where i comes in" if feature is None else ""),
        {
            "order": row + 1,
            "i": names[row, step],
            "S": game.names(before[row, step]),
            "v(S)": v[row, step],
            "v(S ∪ i)": v[row, after],
            "difference": v[row, after] - v[row, step],
        },
    )
