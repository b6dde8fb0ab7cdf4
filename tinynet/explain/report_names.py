r"""
# Names and numbers of the report

What the entries of an example are called, and how [a report](report.py) writes a number. A pixel has a row and a
column, counted from 1; a feature has the name that its owner gave it, else $x_3$.

Computed numbers have three digits, zeros included, so that 0.500 says how well it is known; given ones have as few as
they need. The very large and the very small are written as powers of ten.

Read next: [the numbers of the report](report_numbers.py).
"""

from dataclasses import dataclass
from math import isfinite, prod

import numpy as np

from ..introspect.pencil import Pencil
from .attribution import Attribution, feature_name
from .question import Question

TITLES = {
    "saliency": "Saliency",
    "smoothgrad": "SmoothGrad",
    "integrated_gradients": "Integrated gradients",
    "gradient_times_input": "Gradient × input",
    "lrp": "LRP-ε",
    "deeplift": "DeepLIFT",
    "occlusion": "Occlusion",
    "lime_tabular": "LIME, tabular",
    "lime_image": "LIME, image",
    "exact_shapley": "Exact Shapley",
    "kernel_shap": "KernelSHAP",
    "permutation_shap": "Permutation Shapley",
}
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


# ## Numbers


def number(value: float, digits: int = 3) -> str:
    """A computed number with so many digits: −0.520, 12,300, 2.00 × 10⁻⁹."""
    value = float(value)
    if not isfinite(value):
        return {"inf": "∞", "-inf": "−∞"}.get(str(value), "not a number")
    if value == 0:
        return "0"
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    if not -4 <= int(power) < 6:
        return f"{mantissa} × 10".replace("-", "−") + str(int(power)).translate(RAISED)
    return f"{value:,.{max(0, digits - 1 - int(power))}f}".replace("-", "−")


def signed(value: float) -> str:
    """The same with its sign always: +0.520."""
    return f"+{number(value)}" if value > 0 else number(value)


def plainly(value: float) -> str:
    """A number that was given, in as few digits as it needs, four at most: 0.5."""
    return Pencil(4, full=False).number(value)


def percent(share: float) -> str:
    return f"{number(100 * share, 2)} %"


def several(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' if count != 1 else ''}"


# ## Names


@dataclass(frozen=True)
class Features:
    """What the entries of x are called, and what x is compared with.

    shape: of x. names: of its entries, one after the other. image: its (height, width) where x is an image. baseline:
    what a baseline is called that is not the same throughout. Raises ValueError for names or an image that do not fit.
    """

    shape: tuple[int, ...]
    names: tuple[str, ...] | None = None
    image: tuple[int, ...] | None = None
    baseline: str = "the given baseline"

    def __post_init__(self) -> None:
        if self.names is not None and len(self.names) != self.count:
            raise ValueError(f"there are {len(self.names)} names for {self.count} features; give one for each")
        fits = self.image is None or (len(self.image) == 2 and prod(self.image) == self.count)
        if not fits and self.shape[:-1] != self.image:
            raise ValueError(
                f"image_shape={self.image} does not fit x of shape {self.shape}: it is (height, width), whose product "
                f"is the number of entries, {self.count}"
            )

    @property
    def count(self) -> int:
        return prod(self.shape)

    @property
    def noun(self) -> str:
        return "pixel" if self.image else "feature"

    @property
    def channels(self) -> int:
        """The entries of a pixel."""
        return self.count // prod(self.image) if self.image else 1

    def name(self, i: int) -> str:
        """What entry i, counted from 0 one after the other, is called: its name, or its place counted from 1."""
        if self.names is not None:
            return self.names[i]
        if self.image is None:
            return f"x_{feature_name(i, self.shape)}"
        return self.pixel(i) + (f", channel {i % self.channels + 1}" if self.channels > 1 else "")

    def pixel(self, i: int) -> str:
        """What the pixel of entry i is called, all its channels together; else the same as its name."""
        if self.names is not None or self.image is None:
            return self.name(i)
        row, column = divmod(i // self.channels, self.image[1])
        return f"row {row + 1}, column {column + 1}"

    def strongest(self, values: np.ndarray, most: int = 3) -> list[int]:
        """The entries with the largest |φ|, those that are 0 left out."""
        size = np.abs(values.ravel())
        return [int(i) for i in np.argsort(-size, kind="stable")[:most] if size[i] > 0]

    def two_sides(self, values: np.ndarray) -> list[str]:
        """The two largest entries above 0, and the two below: "petal length (+0.520) and sepal width (+0.0310)"."""
        flat, sides = values.ravel(), []
        for sign in (1, -1):
            chosen = [int(i) for i in np.argsort(-sign * flat, kind="stable")[:2] if sign * flat[i] > 0]
            sides.append(" and ".join(f"{self.name(i)} ({signed(flat[i])})" for i in chosen) or "nothing")
        return sides

    def alt(self, values: np.ndarray) -> str:
        """For those who do not see the picture: its strongest entries, with their numbers."""
        chosen = [f"{self.name(i)} {signed(values.flat[i])}" for i in self.strongest(values, 5)]
        if not chosen:
            return f"all {self.count} values are 0"
        return f"the strongest of {several(self.count, self.noun)}: {'; '.join(chosen)}"


def subject(question: Question) -> str:
    """What was explained, as a sentence calls it: "the logit of class 3"."""
    return f"the {question.output}" + (f" of class {question.target}" if len(question.outputs) > 1 else "")


def compared_with(found: Attribution, features: Features) -> str:
    """The baseline or the background, in words: "an all-zero image", "the 50 rows of the background"."""
    rows = found.baseline if found.background is None else found.background
    if rows is None:
        return f"an all-zero {'image' if features.image else 'row'}"
    if found.background is not None and len(rows) > 1:
        return f"the {len(rows)} rows of the background"
    if not np.any(rows):
        return f"an all-zero {'image' if features.image else 'row'}"
    if np.ptp(rows) == 0:
        return f"{'an image' if features.image else 'a row'} of {plainly(rows.flat[0])} throughout"
    return "the row of the background" if found.background is not None else features.baseline


def gives_way_to(found: Attribution, features: Features) -> str:
    """What stands in the place of a deleted feature, in words."""
    if found.method == "lime_image":
        return "the mean of its part"
    if found.baseline is None and found.background is None:
        return "an all-zero image" if features.image else features.baseline
    if found.background is not None and len(found.background) > 1:
        return "the mean of the background"
    return compared_with(found, features)
