"""The gradient methods beside captum's, on iris, on digits and on networks that hypothesis makes.

captum explains a PyTorch copy of the network in float64, up to its logits. What it computes differs from the book in
three places:

* its integrated gradients take the points of a Riemann rule from `torch.linspace`, in float32: six digits agree;
* its trapezoid is too short: its weights add up to (n − 1)/n;
* its noise is PyTorch's. SmoothGrad is compared with the same noise: ours, put in the place of `torch.normal`.
"""

import warnings

import numpy as np
import pytest
import torch
from captum import attr
from captum.attr._utils.lrp_rules import EpsilonRule
from hypothesis import given
from hypothesis import strategies as st

import tinynet as tn
from tinynet import explain

TORCH = {
    "relu": torch.nn.ReLU,
    "tanh": torch.nn.Tanh,
    "sigmoid": torch.nn.Sigmoid,
    "elu": torch.nn.ELU,
    "leaky_relu": torch.nn.LeakyReLU,
    "softplus": lambda: torch.nn.Softplus(threshold=80),
}


def in_torch(net: tn.Sequential, probability: bool = False) -> torch.nn.Sequential:
    """A copy of the network up to its logits, or with its softmax."""
    modules: list[torch.nn.Module] = []
    for layer in net.layers:
        linear = torch.nn.Linear(*layer.W.shape, bias=layer.b is not None, dtype=torch.float64)
        linear.weight.data = torch.from_numpy(layer.W.data.T.copy())
        if layer.b is not None:
            linear.bias.data = torch.from_numpy(layer.b.data.copy())
        modules += [linear] + ([TORCH[layer.activation]()] if layer.activation in TORCH else [])
    return torch.nn.Sequential(*modules, *([torch.nn.Softmax(dim=1)] if probability else []))


def captum(method, x, target, /, **settings):
    """The values of a method of captum for one example."""
    with warnings.catch_warnings():
        # captum says that it sets hooks, and that it wants gradients of its inputs
        warnings.filterwarnings("ignore", message="Setting forward, backward hooks", category=UserWarning)
        warnings.filterwarnings("ignore", message="Input Tensor 0 did not already require gradients")
        values = method.attribute(torch.from_numpy(x[None].copy()), target=target, **settings)
    return values.detach().numpy()[0]


def assert_agree(found, expected, tolerance=1e-12, at_least=0.0):
    """The largest difference, over the largest value, or over at_least where all values are smaller."""
    largest = max(np.abs(expected).max(), at_least)
    assert np.abs(found.values - expected).max() <= tolerance * largest, (found, expected)


# ## The networks


def trained(x, y, *layers):
    net = tn.Sequential([tn.Dense(n, f) for n, f in layers], seed=0)
    net.compile("adam", "categorical_crossentropy")
    net.fit(x, y, epochs=20, batch_size=32, verbose=0)
    return net, x


@pytest.fixture(scope="module")
def networks():
    """Trained networks with their data."""
    (iris, kinds), (digits, classes) = tn.data.iris(), tn.data.digits()
    return {
        "iris": trained(iris, kinds, (8, "relu"), (6, "relu"), (3, "softmax")),
        "iris, tanh": trained(iris, kinds, (8, "tanh"), (6, "tanh"), (3, "softmax")),
        "digits": trained(digits, classes, (64, "relu"), (10, "softmax")),
    }


NAMES = ["iris", "iris, tanh", "digits"]


def cases(networks, name):
    """Some examples, with a class that is not always the likeliest, and a baseline."""
    net, x = networks[name]
    for number in (0, 60, 140):
        yield net, x[number], number % net.layers[-1].units, x.mean(axis=0)


@st.composite
def drawn(draw, activations=tuple(TORCH)):
    """A network, an example, a baseline and a class."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sizes = [draw(st.integers(1, 6)) for _ in range(draw(st.integers(2, 4)))]
    fs = [draw(st.sampled_from(activations)) for _ in sizes[2:]]
    net = tn.Sequential([tn.Dense(n, f) for n, f in zip(sizes[1:-1], fs)] + [tn.Dense(sizes[-1], "softmax")], seed=0)
    net.build((sizes[0],))
    net.set_weights([rng.normal(size=w.shape) for w in net.get_weights()])
    scale = draw(st.sampled_from([1e-3, 1.0, 30.0]))
    x, baseline = scale * rng.normal(size=(2, sizes[0]))
    same = rng.random(sizes[0]) < 0.3
    return net, x, np.where(same, x, baseline), int(rng.integers(sizes[-1]))


# ## Derivatives


@pytest.mark.parametrize("name", NAMES)
def test_saliency(networks, name):
    for net, x, target, _ in cases(networks, name):
        assert_agree(explain.saliency(net, x, target), captum(attr.Saliency(in_torch(net)), x, target, abs=False))
        # captum's default is the size of it
        size = captum(attr.Saliency(in_torch(net)), x, target)
        assert np.abs(explain.saliency(net, x, target).values) == pytest.approx(size, rel=1e-10, abs=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_of_the_probability(networks, name):
    for net, x, target, baseline in cases(networks, name):
        other, kind = in_torch(net, probability=True), {"output": "probability"}
        assert_agree(explain.saliency(net, x, target, **kind), captum(attr.Saliency(other), x, target, abs=False))
        expected = captum(attr.InputXGradient(other), x, target)
        assert_agree(explain.gradient_times_input(net, x, target, **kind), expected)
        expected = captum(attr.IntegratedGradients(other), x, target, baselines=torch.from_numpy(baseline[None]))
        assert_agree(explain.integrated_gradients(net, x, target, baseline=baseline, **kind), expected, 1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_smoothgrad_with_the_same_noise(networks, name, monkeypatch):
    def noise(mean, std):
        assert mean == 0 and std.unique().tolist() == [pytest.approx(0.2)]
        return torch.from_numpy(0.2 * np.random.default_rng(5).standard_normal(tuple(std.shape)))

    monkeypatch.setattr(torch, "normal", noise)
    for net, x, target, _ in cases(networks, name):
        tunnel = attr.NoiseTunnel(attr.Saliency(in_torch(net)))
        expected = captum(tunnel, x, target, nt_type="smoothgrad", nt_samples=20, stdevs=0.2, abs=False)
        assert_agree(explain.smoothgrad(net, x, target, samples=20, sigma=0.2, seed=5), expected)


@given(drawn())
def test_derivatives_of_any_network(case):
    net, x, _, target = case
    other = in_torch(net)
    # where tanh is flat its slope 1 − a² is rounding, in both
    assert_agree(explain.saliency(net, x, target), captum(attr.Saliency(other), x, target, abs=False), at_least=1)
    expected = captum(attr.InputXGradient(other), x, target)
    assert_agree(explain.gradient_times_input(net, x, target), expected, at_least=1)


# ## Integrated gradients

METHODS = {
    "gausslegendre": "gausslegendre",
    "left": "riemann_left",
    "right": "riemann_right",
    "middle": "riemann_middle",
}


@pytest.mark.parametrize("rule", METHODS)
@pytest.mark.parametrize("name", NAMES)
def test_integrated_gradients(networks, name, rule):
    for net, x, target, baseline in cases(networks, name):
        other = attr.IntegratedGradients(in_torch(net))
        for n in (50, 7):
            settings = {"baselines": torch.from_numpy(baseline[None]), "n_steps": n, "method": METHODS[rule]}
            found = explain.integrated_gradients(net, x, target, baseline=baseline, steps=n, rule=rule)
            assert_agree(found, captum(other, x, target, **settings), 1e-6)


@pytest.mark.parametrize("n", [2, 10, 50])
def test_captums_trapezoid_is_too_short(networks, n):
    for net, x, target, _ in cases(networks, "iris, tanh"):
        other = attr.IntegratedGradients(in_torch(net))
        theirs = captum(other, x, target, n_steps=n, method="riemann_trapezoid")
        ours = explain.integrated_gradients(net, x, target, steps=n, rule="trapezoid")
        # the same sum, but for the weights: 1/n where it is 1/(n − 1)
        assert_agree(ours, theirs * n / (n - 1), 1e-6)


def test_of_50_points_2_percent_are_missing():
    # of a straight line, where every rule is exact, captum's trapezoid gives 98 %
    net = tn.Sequential([tn.Dense(2, input_dim=3)], seed=0)
    x = np.array([0.5, -1.0, 2.0])
    theirs = captum(attr.IntegratedGradients(in_torch(net)), x, 0, n_steps=50, method="riemann_trapezoid")
    ours = explain.integrated_gradients(net, x, 0, steps=50, rule="trapezoid")
    assert ours.residual["completeness error"] == pytest.approx(0, abs=1e-14)
    assert theirs.sum() / (ours.prediction - ours.reference) == pytest.approx(0.98, abs=1e-6)


@given(drawn(activations=("tanh", "sigmoid", "softplus")), st.sampled_from(list(METHODS)))
def test_integrated_gradients_of_any_network(case, rule):
    net, x, baseline, target = case
    settings = {"baselines": torch.from_numpy(baseline[None]), "n_steps": 20, "method": METHODS[rule]}
    expected = captum(attr.IntegratedGradients(in_torch(net)), x, target, **settings)
    found = explain.integrated_gradients(net, x, target, baseline=baseline, steps=20, rule=rule)
    assert_agree(found, expected, 1e-4 if np.abs(x).max() > 10 else 1e-5, at_least=1e-3)


# ## The recursion


def captum_lrp(net, x, target, epsilon):
    other = in_torch(net)
    for module in other:
        if isinstance(module, torch.nn.Linear):
            module.rule = EpsilonRule(epsilon)
    return captum(attr.LRP(other), x, target)


@pytest.mark.parametrize("epsilon", [1e-9, 1e-4, 0.25])
@pytest.mark.parametrize("name", NAMES)
def test_lrp(networks, name, epsilon):
    for net, x, target, _ in cases(networks, name):
        assert_agree(explain.lrp(net, x, target, epsilon=epsilon), captum_lrp(net, x, target, epsilon))


@pytest.mark.parametrize("name", NAMES)
def test_lrp_in_every_layer(networks, name):
    for net, x, target, _ in cases(networks, name):
        other = in_torch(net)
        linear = [module for module in other if isinstance(module, torch.nn.Linear)]
        found = explain.lrp(net, x, target)
        for module, R in zip(linear, found.relevances[1:]):
            module.rule = EpsilonRule()
            theirs = captum(attr.LayerLRP(other, module), x, target)
            assert np.abs(R - theirs).max() <= 1e-12 * np.abs(theirs).max()


@given(drawn(activations=("relu", "tanh")), st.sampled_from([1e-9, 1e-3, 1.0]))
def test_lrp_of_any_network(case, epsilon):
    net, x, _, target = case
    assert_agree(explain.lrp(net, x, target, epsilon=epsilon), captum_lrp(net, x, target, epsilon), at_least=1)


@pytest.mark.parametrize("name", NAMES)
def test_deeplift(networks, name):
    for net, x, target, baseline in cases(networks, name):
        for other in (baseline, np.zeros_like(x)):
            settings = {"baselines": torch.from_numpy(other[None])}
            expected = captum(attr.DeepLift(in_torch(net)), x, target, **settings)
            assert_agree(explain.deeplift(net, x, target, baseline=other), expected)


@given(drawn())
def test_deeplift_of_any_network(case):
    net, x, baseline, target = case
    expected = captum(attr.DeepLift(in_torch(net)), x, target, baselines=torch.from_numpy(baseline[None]))
    assert_agree(explain.deeplift(net, x, target, baseline=baseline), expected, at_least=1)
