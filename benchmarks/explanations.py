r"""
# Explanations

One example is explained by tinynet and by the package that most people would use: captum, shap or lime. Both do the
same work on the same weights and the same numbers, and before any time is taken their values are compared.

captum explains a PyTorch network, 64-64-10 with relus in float64. Integrated gradients take 50 points of the path by
the rule of Gauss and Legendre, the default of both. captum computes the rule anew for each example; for that there is
a second row, with the middles of equal steps, for which there is nothing to compute.

lime explains a row of 4 and one of 30 numbers by 5000 neighbours; both packages ask the same function, `net.predict` of
a small network. Its explainer learns the background when it is made. That counts, as ours learns it in each call: made
once, it would draw on, and explain the same row otherwise the next time.

shap explains a function that predicts. "the network" in a row says that tinynet is given the network itself: then it
need not make the mixtures of x and background, and of the many outputs computes one. "predict" says that both are given
the same function; no way of calling it takes less than the function itself, and of KernelSHAP that is most of the time.
shap's explainer is made once, before: its list of coalitions in the order of Gray, made in the first call, is kept.

Read next: [startup](startup.py).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

import tinynet as tn
from tinynet import explain

from .report import Report, figure
from .turns import Effort, Program, available, take_turns


class Case(NamedTuple):
    """An explanation by tinynet, `ours`, and by an official package, `theirs`: makers of programs that return φ.

    asked: their time divided by ours, what it must be and should be; nothing if it is not asked for. tolerance: how far
    the values may differ, relative to the largest. quick: whether it is among the main rows.
    """

    what: str
    other: str
    ours: Callable[[], Program]
    theirs: Callable[[], Program]
    asked: tuple[float, ...] = ()
    tolerance: float = 1e-12
    quick: bool = True


# ## Gradient methods, beside captum

SIZES = (64, 64, 10)


def network() -> tn.Sequential:
    hidden = [tn.Dense(n, activation="relu") for n in SIZES[1:-1]]
    net = tn.Sequential([*hidden, tn.Dense(SIZES[-1], activation="softmax")], seed=0)
    net.build(SIZES[:1])
    return net


def example() -> np.ndarray:
    return np.random.default_rng(0).random(SIZES[0])


def ours(method: Callable, **settings) -> Callable[[], Program]:
    """A maker of our program for the network."""

    def make() -> Program:
        net, x = network(), example()
        return lambda: method(net, x, target=3, **settings).values

    return make


def captums(name: str, **settings) -> Callable[[], Program]:
    """A maker of captum's program for the same network, up to its logits."""

    def make() -> Program:
        import torch
        from captum import attr

        modules: list[torch.nn.Module] = []
        weights = network().get_weights()
        for W, b in zip(weights[::2], weights[1::2]):
            linear = torch.nn.Linear(*W.shape, dtype=torch.float64)
            linear.weight.data, linear.bias.data = torch.from_numpy(W.T.copy()), torch.from_numpy(b)
            modules += [linear, torch.nn.ReLU()]
        method = getattr(attr, name)(torch.nn.Sequential(*modules[:-1]))
        x = torch.from_numpy(example()[np.newaxis])
        return lambda: method.attribute(x, target=3, **settings).detach().numpy()[0]

    return make


CAPTUM = [
    Case(
        "integrated gradients 64-64-10, 50 points",
        "captum",
        ours(explain.integrated_gradients),
        captums("IntegratedGradients"),
        (5, 10),
        tolerance=1e-6,  # captum's weights are float32
    ),
    Case(
        "integrated gradients 64-64-10, 50 middles",
        "captum",
        ours(explain.integrated_gradients, rule="middle"),
        captums("IntegratedGradients", method="riemann_middle"),
        tolerance=1e-6,
        quick=False,
    ),
    Case("DeepLIFT 64-64-10", "captum", ours(explain.deeplift), captums("DeepLift"), (5, 10)),
    Case("LRP 64-64-10", "captum", ours(explain.lrp), captums("LRP"), quick=False),
]

# ## LIME, beside lime


def rows(features: int) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """A background, iris for 4 features, and the predictions of a network for such rows."""
    x = tn.data.iris()[0] if features == 4 else np.random.default_rng(0).normal(size=(569, features))
    net = tn.Sequential([tn.Dense(16, activation="relu"), tn.Dense(3, activation="softmax")], seed=0)
    net.build((features,))
    return x, net.predict


def our_lime(features: int, kind: str) -> Callable[[], Program]:
    def make() -> Program:
        x, predict = rows(features)
        return lambda: explain.lime_tabular(predict, x[70], 1, background=x, kind=kind, samples=SAMPLES, seed=1).values

    return make


def their_lime(features: int, kind: str) -> Callable[[], Program]:
    def make() -> Program:
        from lime.lime_tabular import LimeTabularExplainer

        x, predict = rows(features)

        def program() -> np.ndarray:
            explainer = LimeTabularExplainer(x, discretize_continuous=kind == "quartile", random_state=1)
            slopes = dict(explainer.explain_instance(x[70], predict, num_samples=SAMPLES).local_exp[1])
            return np.array([slopes.get(i, 0.0) for i in range(features)])

        return program

    return make


SAMPLES = 5000
LIME = [
    Case(f"LIME {features} features, {kind}", "lime", our_lime(features, kind), their_lime(features, kind), (2, 4))
    for features in (4, 30)
    for kind in ("quartile", "continuous")
]


# ## Shapley values, beside shap


def game(rows: int, *sizes: int) -> tuple[tn.Sequential, np.ndarray, np.ndarray]:
    """A network with relus that ends in logits, an example and its background."""
    hidden = [tn.Dense(n, activation="relu") for n in sizes[1:-1]]
    net = tn.Sequential([*hidden, tn.Dense(sizes[-1])], seed=0)
    net.build(sizes[:1])
    numbers = np.random.default_rng(0).random((rows + 1, sizes[0]))
    return net, numbers[0], numbers[1:]


def shapley(method: Callable, rows: int, *sizes: int, function: bool = False) -> Callable[[], Program]:
    """A maker of our program, which is given the network or its function."""

    def make() -> Program:
        net, x, background = game(rows, *sizes)
        model = (lambda rows: net.predict(rows)[:, 1]) if function else net
        return lambda: method(model, x, 0 if function else 1, background=background).values

    return make


def shaps_exact(rows: int, *sizes: int) -> Callable[[], Program]:
    def make() -> Program:
        import shap

        net, x, background = game(rows, *sizes)
        masker = shap.maskers.Independent(background, max_samples=rows)
        explainer = shap.ExactExplainer(lambda rows: net.predict(rows)[:, 1], masker)
        return lambda: explainer(x[np.newaxis], silent=True).values[0]

    return make


def shaps_kernel(rows: int, *sizes: int) -> Callable[[], Program]:
    def make() -> Program:
        import shap

        net, x, background = game(rows, *sizes)
        explainer = shap.KernelExplainer(lambda rows: net.predict(rows)[:, 1], background)

        def explain_again() -> np.ndarray:
            np.random.seed(0)  # noqa: NPY002, it draws from the global stream
            return explainer.shap_values(x[np.newaxis], l1_reg=False, silent=True)[0]

        return explain_again

    return make


IRIS_LIKE, DIGIT = (12, 16, 3), (64, 64, 10)

SHAP = [
    Case(
        "exact Shapley 12-16-3, 1 background row, predict",
        "shap",
        shapley(explain.exact_shapley, 1, *IRIS_LIKE, function=True),
        shaps_exact(1, *IRIS_LIKE),
    ),
    Case(
        "exact Shapley 12-16-3, 100 background rows, the network",
        "shap",
        shapley(explain.exact_shapley, 100, *IRIS_LIKE),
        shaps_exact(100, *IRIS_LIKE),
        (5, 10),
    ),
    Case(
        "exact Shapley 12-16-3, 100 background rows, predict",
        "shap",
        shapley(explain.exact_shapley, 100, *IRIS_LIKE, function=True),
        shaps_exact(100, *IRIS_LIKE),
        quick=False,
    ),
    Case(
        "KernelSHAP 64-64-10, 100 background rows, the network",
        "shap",
        shapley(explain.kernel_shap, 100, *DIGIT),
        shaps_kernel(100, *DIGIT),
        (3, 6),
        tolerance=1e-9,
    ),
    Case(
        "KernelSHAP 64-64-10, 100 background rows, predict",
        "shap",
        shapley(explain.kernel_shap, 100, *DIGIT, function=True),
        shaps_kernel(100, *DIGIT),
        tolerance=1e-9,
        quick=False,
    ),
]

CASES = [*CAPTUM, *LIME, *SHAP]


# ## In turns


def run(report: Report, effort: Effort) -> None:
    rows = []
    for case in CASES:
        if effort.quick and not case.quick:
            continue
        programs, absent = available({"tinynet": case.ours, case.other: case.theirs})
        compare(case, programs)
        timing = take_turns(programs, effort)
        timing.absent.update(absent)
        report.keep(case.what, timing)
        report.compare(case.what, timing, case.other, "tinynet", *case.asked)
        times = [absent.get(name) or f"{timing.median(name) * 1e3:.3g}" for name in ("tinynet", case.other)]
        rows.append([case.what, case.other, *times, "" if absent else figure(timing.ratio(case.other, "tinynet"))])
    text = "Milliseconds for one example, on one thread."
    report.add("Explanations", text, ["explanation", "beside", "tinynet", "the other", "the other / tinynet"], rows)


def compare(case: Case, programs: dict[str, Program]) -> None:
    """Fail where the values of the programs differ."""
    values = {name: np.asarray(program()) for name, program in programs.items()}
    if case.other in values:
        ours, theirs = values["tinynet"], values[case.other]
        assert ours.shape == theirs.shape, f"{case.what}: {ours.shape} beside {theirs.shape}"
        apart = np.abs(ours - theirs).max() / np.abs(theirs).max()
        assert apart <= case.tolerance, f"{case.what}: the values differ by {apart:.2g}"
