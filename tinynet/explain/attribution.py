r"""
# The attribution: an explanation, and how it was made

An `Attribution` is what every method returns. Its `values`, $\varphi$, have the shape of $x$; beside them stand the
number that was explained, all settings that made them, the *residual*, which says what the values leave out, and the
working.

| | |
|---|---|
| `values` | $\varphi_i$, one for each entry of $x$ |
| `prediction` | $f(x)$, the number that was explained |
| `reference` | what $f(x)$ is compared with: $f(\tilde x)$ of a baseline, the mean of $f$ over a background; or None |
| `residual` | by name: the completeness error $\sum_i \varphi_i - (f(x) - f(\tilde x))$, local $R^2$, ... |
| `table()` | the numbers from which a pencil gets $\varphi$ |

`attribution.again(x=...)` asks the same method, with the same settings and the same seed, about something else: so
explanations are tested.

Read next: [pictures of attributions](pictures.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..introspect.pencil import Pencil
from .question import Model, Question
from .table import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A feature: its number in x, from 0; for an image its row and column
Feature = int | tuple[int, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Attribution:
    """What a method found for one question.

    function: the function of this package that made it. settings: its other arguments, by name, as they were used.
    working: makes the table of a feature, or with None of all. relevances: R^0 ... R^L where a method has them.
    details: what else the method knows, by name.
    """

    values: np.ndarray
    function: Callable[..., "Attribution"]
    question: Question
    settings: Mapping[str, Any]
    working: Callable[[Feature | None], Table]
    reference: float | None = None
    residual: Mapping[str, float] = field(default_factory=dict)
    relevances: Sequence[np.ndarray] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """The name of the method, "integrated_gradients"."""
        return self.function.__name__

    @property
    def x(self) -> np.ndarray:
        """The example."""
        return self.question.x

    @property
    def target(self) -> int:
        """The number of the output that was explained, from 0."""
        return self.question.target

    @property
    def explained(self) -> str:
        """What was explained, in words."""
        return self.question.explained

    @property
    def prediction(self) -> float:
        """f(x), the number that was explained."""
        return self.question.prediction

    @property
    def baseline(self) -> np.ndarray | None:
        """What x was compared with, of its shape, if the method has a baseline or made one of x."""
        return self.settings.get("baseline", self.details.get("baseline"))

    @property
    def background(self) -> np.ndarray | None:
        """The rows that stood for unknown features, (B, *x.shape), if the method has a background."""
        return self.settings.get("background")

    @property
    def seed(self) -> int | None:
        """The seed of the method's random numbers, if it has any."""
        return self.settings.get("seed")

    def again(self, model: Model | None = None, x: ArrayLike | None = None) -> "Attribution":
        """The same method with the same settings for the same output of another model, or for another example."""
        question = self.question
        model, x = question.model if model is None else model, question.x if x is None else x
        return self.function(model, x, question.target, output=question.output, **self.settings)

    def table(self, feature: Feature | None = None) -> Table:
        """The working: of all values or, with the place of a feature in `values`, of that one.

        Raises ValueError for a feature that x does not have.
        """
        if feature is not None:
            place = (feature,) if isinstance(feature, int | np.integer) else tuple(feature)
            if len(place) != self.x.ndim or any(not 0 <= i < n for i, n in zip(place, self.x.shape)):
                raise ValueError(f"there is no feature {feature!r}: x has shape {self.x.shape}, counted from 0")
            feature = place[0] if self.x.ndim == 1 else place
        return self.working(feature)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        kind: str | None = None,
        names: Sequence[str] | None = None,
        image_shape: tuple[int, int] | None = None,
    ) -> "Axes":
        """Draw the values: "image", over the example; "bars"; or "waterfall", from the reference to f(x).

        kind: by default an image where x is one or image_shape, (height, width), is given, else bars. names: of the
        features. Returns the Axes. Raises ValueError for what does not fit.
        """
        from .pictures import plot_attribution

        return plot_attribution(self, ax, kind=kind, names=names, image_shape=image_shape)

    def to_dict(self) -> dict[str, Any]:
        """All of it but the model and the working, ready for JSON; a number that is not finite is None."""
        return {
            "method": self.method,
            "explained": self.explained,
            "target": self.target,
            "output": self.question.output,
            "x": plain(self.x),
            "values": plain(self.values),
            "prediction": plain(self.prediction),
            "reference": plain(self.reference),
            "residual": plain(self.residual),
            "settings": plain(self.settings),
            "details": plain(self.details),
            "relevances": plain(list(self.relevances)),
        }

    def __repr__(self) -> str:
        pencil = Pencil(6, full=True)
        lines = [f"{self.method} of the {self.explained}: f(x) = {pencil.number(self.prediction)}"]
        if self.reference is not None:
            lines[0] += f", compared with {pencil.number(self.reference)}"
        flat = self.values.ravel()
        strongest = np.argsort(-np.abs(flat), kind="stable")[:8]
        shown = [f"φ_{feature_name(i, self.values.shape)} = {pencil.number(flat[i])}" for i in strongest]
        lines.append(", ".join(shown) + (f", … {flat.size - 8} more" if flat.size > 8 else ""))
        lines += [f"{name}: {pencil.number(value)}" for name, value in self.residual.items()]
        first = tuple(int(k) for k in np.unravel_index(strongest[0], self.values.shape))
        lines.append(
            f"φ_{feature_name(strongest[0], self.values.shape)} is values[{', '.join(map(str, first))}]: "
            f".table({first[0] if len(first) == 1 else first}) shows how it was computed"
        )
        return "\n".join(lines)


def check_attribution(thing: Any, what: str) -> None:
    """Raise TypeError for what is no attribution; `what` says who wants one."""
    if not isinstance(thing, Attribution):
        raise TypeError(f"{what} takes attributions, as methods return them; given {thing!r:.80}")


def feature_name(i: int, shape: tuple[int, ...]) -> str:
    """The index of the i-th entry, from 1 as in formulas: "3", or "2,5" for row 2, column 5."""
    return ",".join(str(k + 1) for k in np.unravel_index(i, shape))


def feature_place(feature: Feature, shape: tuple[int, ...]) -> int:
    """The place of a feature among all entries of x in a row, from 0: that by which `feature_name` names it."""
    return int(np.ravel_multi_index(np.atleast_1d(feature), shape))


def plain(thing: Any) -> Any:
    """What JSON can hold: arrays as lists, functions by name, NaN and infinity, which it does not have, as None."""
    if isinstance(thing, Mapping):
        return {str(name): plain(value) for name, value in thing.items()}
    if isinstance(thing, np.ndarray | np.generic):
        return plain(thing.tolist())
    if isinstance(thing, list | tuple):
        return [plain(value) for value in thing]
    if isinstance(thing, float):
        return thing if isfinite(thing) else None
    if thing is None or isinstance(thing, bool | int | str):
        return thing
    return getattr(thing, "__name__", type(thing).__name__)
