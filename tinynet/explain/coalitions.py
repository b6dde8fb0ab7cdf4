r"""
# Coalitions: what the network says when it knows only some features

Shapley (1953) asked how a group should share what it earns together. Here the players are the features of $x$, and
what they earn is the answer $f(x)$. To share it out, every *coalition* $S$ of features is asked what it is worth alone:

$$v(S) = \frac{1}{B} \sum_{b=1}^{B} f(x_S, b_{\bar S})$$

The features in $S$ have their values of $x$. A network has no way not to know the others, so they take those of a row
$b$ of a *background*, and $v(S)$ is the mean over its rows: what the network says on average, for an example of which
only $x_S$ is known. Nobody known is the mean over the background, $v(\emptyset)$; all known is $v(\{1 \dots n\}) =
f(x)$. The Shapley values share out the difference.

**What it costs.** $K$ coalitions and $B$ rows are $K \cdot B$ examples for the network: a sample of two thousand
coalitions and a hundred rows are 200,000. They are made and answered a chunk at a time, so that memory stays bounded.
For a network whose first layer is dense they are not even made: [its sums](partial_sums.py) are looked up.

**Who plays.** A feature whose value in $x$ is that of every row of the background changes no $v(S)$. It is a *dummy*
with $\varphi_i = 0$ and does not play; without it, there are half as many coalitions.

**The link.** Probabilities do not add up well: the second reason for a class cannot add 0.6 to 0.9. With
`link="logit"` the values share out the *log-odds* $\ln \frac{f(x)}{1-f(x)}$, which have no upper end. The mean is still
that of the probabilities, and $v(S)$ its log-odds.

Sources: Shapley 1953; the game of a prediction, Štrumbelj and Kononenko 2014, Lundberg and Lee 2017.

Read next: [partial sums](partial_sums.py).
"""

from copy import copy

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from ..checks import find
from ..kernels.jit import kernel
from .attribution import Feature, feature_name, feature_place
from .gradients import first_layer
from .partial_sums import worth_by_partial_sums
from .question import Question

# Numbers in a chunk of examples: a megabyte, that they are still in the cache when the network reads them
CHUNK = 1 << 17
# So many coalitions make tables of partial sums worth their while
MANY = 64


def identity(v: np.ndarray) -> np.ndarray:
    return v


def logit(v: np.ndarray) -> np.ndarray:
    # [eq:logit] $\ln \frac{v}{1-v}$
    return np.log(v / (1 - v))


LINKS = {"identity": identity, "logit": logit}


@kernel
def mix(x: np.ndarray, background: np.ndarray, coalitions: np.ndarray, rows: np.ndarray) -> None:
    """rows[k, b] = x where coalitions[k], else background[b]. x (n,), background (B, n), coalitions (K, n) of bool."""
    for k in range(coalitions.shape[0]):
        S = coalitions[k]
        for b in range(background.shape[0]):
            row, other = rows[k, b], background[b]
            for i in range(x.size):
                row[i] = x[i] if S[i] else other[i]


def worth(question: Question, background: np.ndarray, coalitions: np.ndarray) -> np.ndarray:
    """v(S) of many coalitions of all entries of x: background (B, x.size), coalitions (K, x.size) of bool -> (K,)."""
    if len(coalitions) >= MANY and question.net is not None and first_layer(question) is not None:
        return worth_by_partial_sums(question, background, coalitions)
    x, shape = question.x.ravel(), question.x.shape
    K, B, n = len(coalitions), *background.shape
    v = np.empty(K)
    at_once = max(1, CHUNK // (B * n))
    for start in tqdm(range(0, K, at_once), "coalitions", delay=1, leave=False, disable=at_once >= K):
        some = coalitions[start : start + at_once]
        rows = np.empty((len(some), B, n), x.dtype)
        mix(x, background, some, rows)
        # [eq:coalition-worth] $v(S) = \frac{1}{B} \sum_b f(x_S, b_{\bar S})$
        v[start : start + at_once] = question.f(rows.reshape(-1, *shape)).reshape(-1, B).mean(axis=1, dtype=np.float64)
    return v


class Game:
    """The worth v(S) of coalitions of the features of one question.

    background: rows for the unknown features, (B, *x.shape), or one of them; None means a row of zeros. link: by name.

    Attributes: `question`, about link(f); `background`; `players`, the places in x.ravel() of the M features that are
    no dummies, (M,); `nobody` = v(∅) and `everybody` = v(all), through the link.

    Raises ValueError for a background that does not fit, an unknown link, and numbers that have no logit.
    """

    def __init__(self, question: Question, background: ArrayLike | None, link: str) -> None:
        self.link = find("link", link, LINKS)
        self.inside = question
        self.background = question.background(background)
        self.x, self.rows = question.x.ravel(), self.background.reshape(len(self.background), -1)
        self.players = np.flatnonzero((self.rows != self.x).any(axis=0))
        nobody = question.f(self.background.copy()).mean(dtype=np.float64)
        self.nobody, self.everybody = map(float, self._through_link(np.array([nobody, question.prediction])))
        self.question = question if link == "identity" else self._question_through_link()

    def values(self, coalitions: np.ndarray) -> np.ndarray:
        """v(S) of many coalitions of the players: bool (K, M) -> (K,)."""
        full = np.zeros((len(coalitions), self.x.size), bool)
        full[:, self.players] = coalitions
        return self._through_link(worth(self.inside, self.rows, full))

    def _through_link(self, v: np.ndarray) -> np.ndarray:
        if self.link is logit and not ((v > 0) & (v < 1)).all():
            wrong = v[~((v > 0) & (v < 1))][0]
            raise ValueError(
                f"link='logit' is for numbers between 0 and 1, and a coalition is worth {wrong:.6g}; explain a "
                "probability (output='probability' of a network), or take link='identity'"
            )
        return self.link(v)

    def _question_through_link(self) -> Question:
        """The same question about link(f)."""
        question = copy(self.inside)
        question.f = lambda rows: self._through_link(self.inside.f(rows))  # type: ignore[method-assign]
        question.prediction = self.everybody
        question.scale = "log-odds of the "
        return question

    @property
    def player_names(self) -> list[str]:
        """The names of the players in formulas, from 1: "3", of images "2,5"."""
        return [feature_name(int(i), self.inside.x.shape) for i in self.players]

    def names(self, coalitions: np.ndarray) -> list[str]:
        """Coalitions of the players, bool (K, M), in words: "{1,3}", of images "{(1,2),(3,1)}"."""
        names = self.player_names
        if self.inside.x.ndim > 1:
            names = [f"({name})" for name in names]
        return ["{" + ",".join(names[i] for i in np.flatnonzero(S)) + "}" for S in coalitions]

    def spread(self, phi: np.ndarray) -> np.ndarray:
        """The values of the players, (M,), in the shape of x, with 0 for the dummies."""
        values = np.zeros(self.x.size)
        values[self.players] = phi
        return values.reshape(self.inside.x.shape)

    def completeness_error(self, phi: np.ndarray) -> float:
        """Σφ − (v(all) − v(∅))."""
        return float(self.spread(phi).sum() - (self.everybody - self.nobody))

    def number(self, feature: Feature) -> int:
        """The number of a feature in x.ravel()."""
        return feature_place(feature, self.inside.x.shape)

    def name(self, feature: Feature) -> str:
        """Its name in formulas, from 1: "3", or "2,5"."""
        return feature_name(self.number(feature), self.inside.x.shape)
