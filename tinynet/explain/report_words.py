r"""
# The words of the report

Numbers without words are misread, and words without numbers are empty. For each method of [a report](report.py) there
are two short paragraphs: what its numbers mean *here*, for this example, with the numbers put in; and what they do not
mean, whatever they are. A third says how the explanation stood up to the tests.

The paragraphs are plain text. Whoever makes a page of them has to escape it, for the names of the features are the
reader's own.

Read next: [the pictures of the report](report_pictures.py).
"""

from collections.abc import Callable, Mapping
from math import isfinite

import numpy as np

from .attribution import Attribution
from .report_names import (
    TITLES,
    Features,
    compared_with,
    gives_way_to,
    number,
    percent,
    plainly,
    several,
    signed,
    subject,
)

# The ranks of fewer features than this correlate by chance.
FEW = 10
# Ranks that correlate less than this are said to have changed.
CHANGED = 0.5


def says(found: Attribution, features: Features) -> str:
    """What the numbers of an attribution mean here."""
    return f"{subject(found.question).capitalize()} is {number(found.prediction)}{HERE[found.method](found, features)}"


def does_not_say(found: Attribution, features: Features) -> str:
    """What they do not mean."""
    return NOT[found.method].format(
        noun=features.noun,
        reference=compared_with(found, features),
        zero=count_or_none(found.x == 0, features),
        equal=count_or_none(found.x == found.baseline, features),
        estimate="" if found.details.get("all of them") else " These are estimates: another seed gives others.",
    )


def count_or_none(chosen: np.ndarray | bool, features: Features) -> str:
    count = int(np.sum(chosen))
    return several(count, features.noun) if count else "none"


def for_and_against(found: Attribution, features: Features) -> str:
    if not found.values.any():
        return f"Every {features.noun} gets 0."
    up, down = features.two_sides(found.values)
    return f"Most for it: {up}. Most against it: {down}."


# ## Here: what follows "The logit of class 3 is 7.21"


def slopes(found: Attribution, features: Features) -> str:
    values, noun = found.values, features.noun
    if not values.any():
        return f". Its slope is 0 in every {noun}: a small change of x changes nothing."
    first, (up, down) = features.strongest(values, 1)[0], features.two_sides(values)
    slope, noise = float(values.flat[first]), ""
    if found.method == "smoothgrad":
        places, sigma = several(found.settings["samples"], "place"), plainly(found.settings["sigma"])
        noise = f", in the mean of {places} around x with noise of σ = {sigma} in every {noun}"
    few = min(10, max(1, features.count // 2))
    held = np.sort(np.abs(values.ravel()))[::-1][:few].sum() / np.abs(values).sum()
    which = f"{few} steepest {noun}s have" if few > 1 else f"steepest {noun} has"
    return (
        f". It is steepest in {features.name(first)}, with a slope of {number(slope)}{noise}: 0.01 more there would "
        f"{'raise' if slope > 0 else 'lower'} it by some {number(abs(slope) / 100)}. It rises most with {up}, and "
        f"falls most with {down}. Of {features.count} the {which} {percent(held)} of all |φ|."
    )


def shared_out(found: Attribution, features: Features) -> str:
    """What it is compared with, what the features add to that, and how much of it the values miss."""
    assert found.reference is not None
    added = found.prediction - found.reference
    missed = abs(float(found.values.sum(dtype=float)) - added)
    mean = " in the mean" if found.background is not None and len(found.background) > 1 else ""
    return (
        f"; for {compared_with(found, features)} it would be {number(found.reference)}{mean}, so the {features.noun}s "
        f"add {number(added)}. {TITLES[found.method]} shares this out among them, and misses "
        f"{number(missed) if missed else 'nothing'} of it."
    )


def on_a_path(found: Attribution, features: Features) -> str:
    points, rule = several(found.settings["steps"], "point"), found.settings["rule"]
    return (
        f"{shared_out(found, features)} It adds up slopes, at {points} of the straight way from there to x (rule: "
        f"{rule}). {for_and_against(found, features)}"
    )


def times_input(found: Attribution, features: Features) -> str:
    arrived, (biases, curved) = float(found.values.sum(dtype=float)), found.residual.values()
    return (
        f". Were the model the plane that touches it at x, the {features.noun}s would add {number(arrived)} of it and "
        f"the biases {number(biases)}; {number(curved) if curved else 'nothing'} is left for its being curved. "
        f"{for_and_against(found, features)}"
    )


def handed_back(found: Attribution, features: Features) -> str:
    arrived, (biases, lost) = float(found.values.sum(dtype=float)), found.residual.values()
    return (
        f". From layer to layer it is handed back, to each neuron according to what it put into the next z. "
        f"{number(arrived)} arrives at the {features.noun}s; {number(biases)} stays with the biases on the way, and "
        f"{number(lost) if lost else 'nothing'} with ε. {for_and_against(found, features)}"
    )


def differences(found: Attribution, features: Features) -> str:
    how = "Layer by layer, each neuron's difference between the two goes back to the inputs that made it."
    return f"{shared_out(found, features)} {how} {for_and_against(found, features)}"


def covered(found: Attribution, features: Features) -> str:
    # the channels of a pixel are covered together, and each has the value of that
    flat, first = found.values.ravel()[:: features.channels], features.strongest(found.values, 1)
    assert found.reference is not None
    largest = ""
    if first:
        left = number(found.prediction - found.values.flat[first[0]])
        largest = f" The largest change is that of {features.pixel(first[0])}: without it, {left} would be left."
    return (
        f". One {features.noun} after the other is replaced by that of {compared_with(found, features)}.{largest} "
        f"{for_and_against(found, features)} Added up, the changes are {number(flat.sum())}; with everything covered "
        f"at once, it is {number(found.prediction - found.reference)}."
    )


def fit_of(found: Attribution) -> str:
    """How well the line of LIME fits."""
    fit = found.residual["local R²"]
    if not fit > 0:
        return f"Its R² is {number(fit)}: nearby, it is no better than a constant."
    return f"Its R² is {number(fit)}: it follows {percent(fit)} of how {subject(found.question)} varies nearby."


def neighbours(found: Attribution, features: Features) -> str:
    assert found.background is not None
    drawn, chosen = several(found.settings["samples"], "neighbour"), int(np.count_nonzero(found.values))
    first, largest = features.strongest(found.values, 1), ""
    if first:
        value = signed(found.values.flat[first[0]])
        largest = f" On that line it is worth {value} if {features.name(first[0])} is in the same quartile as here."
    return (
        f". {drawn} were drawn, each {features.noun} from its quartiles in the {len(found.background)} rows of the "
        f"background, and a straight line in {several(chosen, features.noun)} was fitted to them, the near ones "
        f"counting more. {fit_of(found)}{largest} {for_and_against(found, features)}"
    )


def switched_off(found: Attribution, features: Features) -> str:
    parts, images = several(len(np.unique(found.settings["segments"])), "part"), f"{found.settings['samples']:,}"
    first, largest = features.strongest(found.values, 1), ""
    if first:
        value = signed(found.values.flat[first[0]])
        largest = f" The part with {features.name(first[0])} is worth {value} on that line, the most of all."
    return (
        f". The image was cut into {parts}, and {images} images were made in which some of them are hidden behind "
        f"their mean. A straight line says what it is worth to see a part. {fit_of(found)}{largest}"
    )


def coalitions(found: Attribution, features: Features) -> str:
    noun, details = features.noun, found.details
    if found.method == "permutation_shap":
        orders = several(found.settings["permutations"], "random order")
        asked = f"It asked {orders} in which the {noun}s become known, each forwards and backwards."
    elif found.method == "exact_shapley" or details["all of them"]:
        asked = f"It asked all {details['coalitions']:,} sets of known {noun}s: nothing is estimated."
    else:
        asked = f"It asked {details['coalitions']:,} sets of known {noun}s, and fitted a line to the answers."
    return f"{shared_out(found, features)} {asked} {for_and_against(found, features)}"


HERE: dict[str, Callable[[Attribution, Features], str]] = {
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

# ## What it does not say

SHAPLEY = (
    "A {noun} that is not known takes its value from {reference}, so the model is asked about mixtures that may never "
    "occur; with another background the same answer is shared out otherwise. What two {noun}s can say equally well, "
    "they share."
)
NOT = {
    "saliency": (
        "A slope is no share: these numbers do not add up to anything, and a {noun} with a large slope may have had no "
        "part in this answer. They hold for tiny changes; a little further on a neuron may switch, and the slope is "
        "another."
    ),
    "smoothgrad": (
        "It describes the surroundings of x rather than x, and how wide they are was chosen, not found. As slopes, the "
        "numbers add up to nothing."
    ),
    "integrated_gradients": (
        "The shares depend on what x is compared with. A {noun} that is equal in both gets 0 ({equal} here), however "
        "closely the model looks at it; and the straight way leads through examples that nobody has seen."
    ),
    "gradient_times_input": (
        "A {noun} that is 0 gets 0 ({zero} here), although to be empty may be what counts. And a slope at x says "
        "little about what happens on the long way down to 0."
    ),
    "lrp": (
        "What stays with the biases reaches no {noun}. Where all activations are relu these are the numbers of "
        "gradient × input, so that the two agree confirms nothing. A {noun} that is 0 gets 0 ({zero} here)."
    ),
    "deeplift": (
        "The shares depend on what x is compared with; a {noun} that is equal in both gets 0 ({equal} here). What "
        "cancels within a neuron is scaled alike, and not told apart."
    ),
    "occlusion": (
        "Each is covered alone. Two {noun}s of which either would do seem both unimportant, and two that only work "
        "together are counted twice: the numbers do not add up to the answer. Nor has the model learned what a hole in "
        "x means."
    ),
    "lime_tabular": (
        "A weight of the line is no share of the answer, and where R² is small the line is not the model at all. How "
        "far “nearby” reaches was chosen. With another seed, other neighbours are drawn, and the weights move."
    ),
    "lime_image": (
        "It sees no finer than its parts, whose borders were chosen. Where R² is small the line is not the model. With "
        "another seed other parts are hidden, and the weights move."
    ),
    "exact_shapley": SHAPLEY,
    "kernel_shap": f"{SHAPLEY}{{estimate}}",
    "permutation_shap": f"{SHAPLEY} These are estimates: other orders give others.",
}


# ## How the explanation stood up to the tests


def judged(found: Attribution, metrics: Mapping[str, float], features: Features) -> str:
    """The measures of one method as sentences, those that could be taken."""
    noun, sentences = features.noun, []
    area, random = metrics.get("deletion"), metrics.get("random_deletion")
    if area is not None and random is not None:
        below = "below" if area < random else "not below"
        sentences.append(
            f"While {noun} after {noun}, the largest φ first, gives way to {gives_way_to(found, features)}, the mean "
            f"of f is {number(area)}, {below} the {number(random)} of random orders."
        )
    moved = metrics.get("max_sensitivity", np.inf)
    if isfinite(moved):
        sentences.append(f"Where x changes by 0.02 at most, φ changes by up to {percent(moved)} of its length.")
    left = metrics.get("randomization", np.nan)
    if isfinite(left):
        verdict = "they come" if abs(left) < CHANGED else "much in them does not come"
        verdict = f"of so few {noun}s that says little" if features.count < FEW else f"{verdict} from what was learned"
        sentences.append(
            f"With all weights drawn anew, the {noun}s come in an order that correlates with this one by "
            f"{number(left, 2)}: {verdict}."
        )
    return " ".join(sentences)
