r"""
# The words of the report

Numbers without words are misread, and words without numbers are empty. For each method of [a report](report.py) there
are two short paragraphs: what its numbers mean *here*, for this example, with the numbers put in; and what they do not
mean, whatever they are. A third says how the explanation stood up to the tests.

The paragraphs are plain text. Whoever writes a page of them has to escape it, for the names of the features are the
reader's own.

Read next: [the page of the report](report_page.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, prod

import numpy as np

from ..introspect.pencil import Pencil
from .attribution import Attribution
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
# The ranks of fewer features than this correlate by chance
FEW = 10
RAISED = str.maketrans("−0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 3) -> str:
    """A number with so many digits as a page shows it: −0.520, 12,300, 2.00 × 10⁻⁹."""
    value = float(value)
    if not isfinite(value):
        return {"inf": "∞", "-inf": "−∞"}.get(str(value), "not a number")
    if value == 0:
        return "0"
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    if not -4 <= int(power) < 6:
        return f"{mantissa} × 10{str(int(power)).replace('-', '−').translate(RAISED)}".replace("-", "−")
    return f"{value:,.{max(0, digits - 1 - int(power))}f}".replace("-", "−")


def plainly(value: float) -> str:
    """A number that was given, in as few digits as it needs, four at most: 0.5."""
    return Pencil(4, full=False).number(value)


def signed(value: float) -> str:
    """The same with its sign always: +0.52."""
    return f"+{number(value)}" if value > 0 else number(value)


def percent(share: float) -> str:
    return f"{number(100 * share, 2)} %"


def several(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' if count != 1 else ''}"


def joined(words: Sequence[str]) -> str:
    """ "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


@dataclass(frozen=True)
class Features:
    """What the entries of x are called, and what x is compared with.

    shape: of x. names: of its entries, one after the other. image: its (height, width) where x is an image. baseline:
    what a baseline is called that is not the same throughout. Raises ValueError where the names or the shape do not fit.
    """

    shape: tuple[int, ...]
    names: tuple[str, ...] | None = None
    image: tuple[int, ...] | None = None
    baseline: str = "the given baseline"

    def __post_init__(self) -> None:
        if self.names is not None and len(self.names) != prod(self.shape):
            raise ValueError(f"there are {len(self.names)} names for {prod(self.shape)} features; give one for each")
        fits = self.image is None or len(self.image) == 2 and prod(self.image) == prod(self.shape)
        if not fits and self.shape[:-1] != self.image:
            raise ValueError(
                f"image_shape={self.image} does not fit x of shape {self.shape}: it is (height, width), whose product "
                f"is the number of entries, {prod(self.shape)}"
            )

    @property
    def noun(self) -> str:
        return "pixel" if self.image else "feature"

    @property
    def count(self) -> int:
        return prod(self.shape)

    def name(self, i: int) -> str:
        """What entry i, counted from 0 one after the other, is called: its name, or its place counted from 1."""
        if self.names is not None:
            return self.names[i]
        if self.image:
            row, column, channel = np.unravel_index(i, (*self.image, self.count // prod(self.image)))
            of = f", channel {channel + 1}" if self.count > prod(self.image) else ""
            return f"row {row + 1}, column {column + 1}{of}"
        return "x_" + ",".join(str(k + 1) for k in np.unravel_index(i, self.shape))

    def strongest(self, values: np.ndarray, most: int = 3) -> list[int]:
        """The entries with the largest |φ|, those that are 0 left out."""
        flat = np.abs(values.ravel())
        return [int(i) for i in np.argsort(-flat, kind="stable")[:most] if flat[i] > 0]

    def told(self, values: np.ndarray, entries: Sequence[int]) -> str:
        """ "petal length (+0.52) and petal width (−0.31)"."""
        return joined([f"{self.name(i)} ({signed(values.ravel()[i])})" for i in entries])

    def alt(self, values: np.ndarray) -> str:
        """For those who do not see the picture: its strongest entries, with their numbers."""
        entries = self.strongest(values, 5)
        if not entries:
            return f"all {self.count} values are 0"
        return f"the strongest of {several(self.count, self.noun)}: " + "; ".join(
            f"{self.name(i)} {signed(values.ravel()[i])}" for i in entries
        )


def subject(question: Question) -> str:
    """What was explained, as a sentence calls it: "the logit of class 3"."""
    return f"the {question.output}" + (f" of class {question.target}" if len(question.outputs) > 1 else "")


def for_and_against(values: np.ndarray, features: Features) -> str:
    """The strongest entries on both sides."""
    up, down = two_sides(values, features)
    return f"Most for it: {up}. Most against it: {down}." if values.any() else f"Every {features.noun} gets 0."


def two_sides(values: np.ndarray, features: Features) -> list[str]:
    """The two largest entries above 0, and the two below, each with its value."""
    flat, sides = values.ravel(), []
    for sign in (1, -1):
        entries = [int(i) for i in np.argsort(-sign * flat, kind="stable")[:2] if sign * flat[i] > 0]
        sides.append(features.told(flat, entries) if entries else "nothing")
    return sides


def compared_with(attribution: Attribution, features: Features) -> str:
    """The baseline or the background, in words: "an all-zero image", "the 50 rows of the background, on average"."""
    whole = "image" if features.image else "row"
    rows = attribution.background if attribution.background is not None else attribution.baseline
    if rows is None:
        return "what it is compared with"
    if attribution.background is not None and len(rows) > 1:
        return f"the {len(rows)} rows of the background, on average"
    if not np.any(rows):
        return f"an all-zero {whole}"
    if np.ptp(rows) == 0:
        return f"{'an image' if features.image else 'a row'} of {plainly(rows.flat[0])} throughout"
    return "the one row of the background" if attribution.background is not None else features.baseline


# ## What the numbers of each method mean here, and what they do not


def says(attribution: Attribution, features: Features) -> str:
    """What the numbers of an attribution mean here."""
    return HERE[attribution.method](attribution, features)


def does_not_say(attribution: Attribution, features: Features) -> str:
    """What they do not mean."""
    return NOT[attribution.method].format(
        noun=features.noun,
        reference=compared_with(attribution, features),
        estimate="" if attribution.details.get("all of them") else " These are estimates: another seed gives others.",
        zero=few_or_none(attribution.x == 0, features),
        equal=few_or_none(attribution.x == attribution.baseline, features),
    )


def few_or_none(chosen: np.ndarray | bool, features: Features) -> str:
    count = int(np.sum(chosen))
    return several(count, features.noun) if count else "none"


def is_now(attribution: Attribution) -> str:
    """ "The logit of class 3 is 7.21." """
    return f"{subject(attribution.question).capitalize()} is {number(attribution.prediction)}."


def shared_out(attribution: Attribution, features: Features) -> str:
    """What it is compared with, what the features add to that, and how much of it the values miss."""
    assert attribution.reference is not None
    added = attribution.prediction - attribution.reference
    missed = abs(float(attribution.values.sum(dtype=float)) - added)
    return (
        f"{is_now(attribution)[:-1]}; for {compared_with(attribution, features)} it would be "
        f"{number(attribution.reference)}, so the {features.noun}s add {number(added)}. {TITLES[attribution.method]} shares "
        f"this out among them, and misses {number(missed) if missed else 'nothing'} of it."
    )


def slopes(attribution: Attribution, features: Features) -> str:
    values, noun = attribution.values, features.noun
    if not values.any():
        return f"{is_now(attribution)} Its slope is 0 in every {noun}: a small change of x changes nothing."
    first = features.strongest(values, 1)[0]
    slope, (up, down) = float(values.flat[first]), two_sides(values, features)
    noise = ""
    if attribution.method == "smoothgrad":
        samples, sigma = attribution.settings["samples"], plainly(attribution.settings["sigma"])
        noise = f", in the mean of {several(samples, 'place')} around x with noise of σ = {sigma} in every {noun}"
    few = min(10, max(1, features.count // 2))
    held = np.sort(np.abs(values.ravel()))[::-1][:few].sum() / np.abs(values).sum()
    which = f"{few} steepest {noun}s have" if few > 1 else f"steepest {noun} has"
    return (
        f"{is_now(attribution)} It is steepest in {features.name(first)}, with a slope of {number(slope)}{noise}: 0.01 more "
        f"there would {'raise' if slope > 0 else 'lower'} it by some {number(abs(slope) / 100)}. It rises most with {up}, "
        f"and falls most with {down}. Of {features.count} the {which} {percent(held)} of all |φ|."
    )


def on_a_path(attribution: Attribution, features: Features) -> str:
    steps, rule = attribution.settings["steps"], attribution.settings["rule"]
    way = f"It adds up slopes, at {several(steps, 'point')} of the straight way from there to x (rule: {rule})."
    return f"{shared_out(attribution, features)} {way} {for_and_against(attribution.values, features)}"


def times_input(attribution: Attribution, features: Features) -> str:
    arrived, (biases, curved) = float(attribution.values.sum(dtype=float)), attribution.residual.values()
    return (
        f"{is_now(attribution)} Were the model the plane that touches it at x, the {features.noun}s would add "
        f"{number(arrived)} of it and the biases {number(biases)}; {number(curved) if curved else 'nothing'} is left for its "
        f"being curved. {for_and_against(attribution.values, features)}"
    )


def handed_back(attribution: Attribution, features: Features) -> str:
    arrived, (biases, lost) = float(attribution.values.sum(dtype=float)), attribution.residual.values()
    return (
        f"{is_now(attribution)} From layer to layer it is handed back, to each neuron according to what it put into the "
        f"next z. {number(arrived)} arrives at the {features.noun}s; {number(biases)} stays with the biases on the way, and "
        f"{number(lost) if lost else 'nothing'} with ε. {for_and_against(attribution.values, features)}"
    )


def differences(attribution: Attribution, features: Features) -> str:
    how = "Layer by layer, each neuron's difference between the two goes back to the inputs that made it."
    return f"{shared_out(attribution, features)} {how} {for_and_against(attribution.values, features)}"


def covered(attribution: Attribution, features: Features) -> str:
    flat, window = attribution.values.ravel(), attribution.settings.get("window", 1)
    fill = compared_with(attribution, features)
    text = f"{is_now(attribution)} One {features.noun} after the other is replaced by that of {fill}."
    if np.any(np.asarray(window) != 1):
        text = f"{is_now(attribution)} A window of {window} {features.noun}s is moved over x, and what is in it replaced by {fill}."
    first = features.strongest(flat, 1)
    if first:
        rest = number(attribution.prediction - flat[first[0]])
        text += f" The largest change is that of {features.name(first[0])}: without it, {rest} would be left."
    together = attribution.prediction - attribution.reference if attribution.reference is not None else 0.0
    return (
        f"{text} {for_and_against(flat, features)} Added up, the changes are {number(flat.sum())}; with everything "
        f"covered at once, it is {number(together)}."
    )


def line_of(attribution: Attribution) -> str:
    """How well the line fits, where the method says so."""
    fit = next((value for name, value in attribution.residual.items() if "R" in name), None)
    if fit is None:
        return ""
    if fit < 0:
        return f" Its R² is {number(fit)}: nearby, it is worse than a constant."
    return f" Its R² is {number(fit)}: it follows {percent(fit)} of how {subject(attribution.question)} varies nearby."


def neighbours(attribution: Attribution, features: Features) -> str:
    settings, chosen = attribution.settings, int(np.count_nonzero(attribution.values))
    rows = len(attribution.background) if attribution.background is not None else 0
    if settings["kind"] == "quartile":
        drawn, means = "each feature from its quartiles", "being in the same quartile as x, rather than in another,"
    else:
        drawn, means = "each feature from a normal distribution", "one standard deviation more"
    first = features.strongest(attribution.values, 1)
    largest = ""
    if first:
        value = signed(attribution.values.flat[first[0]])
        largest = f" For {features.name(first[0])}, {means} is worth {value} on that line."
    return (
        f"{is_now(attribution)} {several(settings['samples'], 'neighbour')} were drawn, {drawn} in the {rows} rows of the "
        f"background, and a straight line in {several(chosen, features.noun)} was fitted to them, the near ones counting more."
        f"{line_of(attribution)}{largest} {for_and_against(attribution.values, features)}"
    )


def switched_off(attribution: Attribution, features: Features) -> str:
    settings = attribution.settings
    parts = len(np.unique(np.asarray(settings["segments"]))) if settings.get("segments") is not None else 0
    first = features.strongest(attribution.values, 1)
    largest = ""
    if first:
        value = signed(attribution.values.flat[first[0]])
        largest = f" The part around {features.name(first[0])} is worth {value} on that line."
    return (
        f"{is_now(attribution)} The image was cut into {several(parts, 'part')}, and {several(settings['samples'], 'image')} "
        "were made in which some of them are hidden behind their mean. A straight line says what each part is worth."
        f"{line_of(attribution)}{largest}"
    )


def coalitions(attribution: Attribution, features: Features) -> str:
    if attribution.method == "exact_shapley":
        asked = f"All {attribution.details['coalitions']:,} sets of known {features.noun}s were asked; nothing is estimated."
    elif attribution.method == "kernel_shap":
        sets = f"{attribution.details['coalitions']:,} sets of known {features.noun}s"
        asked = f"{sets} were asked, and a line was fitted to the answers."
        if attribution.details["all of them"]:
            asked = f"All {sets} were asked: these are the exact values."
    else:
        orders = several(attribution.settings["permutations"], "random order")
        asked = f"Asked were {orders} in which the {features.noun}s become known, forwards and backwards."
    return f"{shared_out(attribution, features)} {asked} {for_and_against(attribution.values, features)}"


HERE = {
    "saliency": slopes,
    "smoothgrad": slopes,
    "integrated_gradients": on_a_path,
    "gradient_times_input": times_input,
    "lrp": handed_back,
    "deeplift": differences,
    "occlusion": covered,
    "lime_tabular": neighbours,
    "lime_image": switched_off,
    "exact_shapley": coalitions,
    "kernel_shap": coalitions,
    "permutation_shap": coalitions,
}

SHAPLEY_NOT = (
    "A {noun} that is not known takes its value from {reference}, so the model is asked about mixtures that may never "
    "occur; with another background the same answer is shared out otherwise. What two {noun}s can say equally well, they "
    "share."
)
NOT = {
    "saliency": (
        "A slope is no share: these numbers do not add up to anything, and a {noun} with a large slope may have had no part "
        "in this answer. They hold for tiny changes; a little further on a neuron may switch, and the slope is another."
    ),
    "smoothgrad": (
        "It describes the surroundings of x rather than x, and how wide they are was chosen, not found. As slopes, the "
        "numbers add up to nothing."
    ),
    "integrated_gradients": (
        "The shares depend on what x is compared with. A {noun} that is equal in both gets 0 ({equal} here), however closely "
        "the model looks at it; and the straight way leads through examples that nobody has seen."
    ),
    "gradient_times_input": (
        "A {noun} that is 0 gets 0 ({zero} here), although to be empty may be what counts. And a slope at x says little "
        "about what happens on the long way down to 0."
    ),
    "lrp": (
        "What stays with the biases reaches no {noun}. Where all activations are relu these are the numbers of gradient × "
        "input, so that the two agree confirms nothing. A {noun} that is 0 gets 0 ({zero} here)."
    ),
    "deeplift": (
        "The shares depend on what x is compared with; a {noun} that is equal in both gets 0 ({equal} here). Contributions "
        "that cancel within a neuron are scaled alike, and are not told apart."
    ),
    "occlusion": (
        "Each is covered alone. Two {noun}s of which either would do seem both unimportant, and two that only work together "
        "are counted twice: the numbers do not add up to the answer. Nor has the model learned what a hole in x means."
    ),
    "lime_tabular": (
        "A weight of the line is no share of the answer, and where R² is small the line is not the model at all. How far "
        "“nearby” reaches was chosen. With another seed, other neighbours are drawn, and the weights move."
    ),
    "lime_image": (
        "It sees no finer than its parts, whose borders were chosen. Where R² is small the line is not the model. With "
        "another seed other parts are hidden, and the weights move."
    ),
    "exact_shapley": SHAPLEY_NOT,
    "kernel_shap": f"{SHAPLEY_NOT}{{estimate}}",
    "permutation_shap": f"{SHAPLEY_NOT} These are estimates: other orders give others.",
}


# ## How the explanation stood up to the tests


def judged(metrics: Mapping[str, float], random: float | None, features: Features) -> str:
    """The measures of one method as sentences. random: the area of deletion in random orders."""
    sentences = []
    area, noun = metrics.get("deletion"), features.noun
    if area is not None and random is not None:
        how = "below" if area < random else "not below"
        sentences.append(
            f"While the strongest {noun}s are taken away one after the other, the mean of f is {number(area)}, {how} the "
            f"{number(random)} of random orders."
        )
    moved = metrics.get("max_sensitivity")
    if moved is not None and isfinite(moved):
        sentences.append(f"A change of x by 0.02 at most moves these numbers by up to {percent(moved)} of their length.")
    left = metrics.get("randomization")
    if left is not None and isfinite(left):
        verdict = "they come from what was learned" if abs(left) < 0.5 else "much in them does not come from what was learned"
        if features.count < FEW:
            verdict = f"of so few {noun}s that says little"
        sentences.append(
            f"With all weights drawn anew, the {noun}s come in an order that correlates with this one by {number(left, 2)}: "
            f"{verdict}."
        )
    return " ".join(sentences)
