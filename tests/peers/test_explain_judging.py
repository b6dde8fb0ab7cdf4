"""Infidelity and max sensitivity beside captum's, rank correlations beside SciPy's.

Captum draws its own steps; here it is handed ours, which follow from the seed. PyTorch computes in float64. Where φ(x)
is 0 everywhere, captum's sensitivity divides by 1; ours is infinite, and compared is elsewhere.
"""

import numpy as np
import pytest
import scipy.stats
import torch
from captum.metrics import infidelity as captum_infidelity
from captum.metrics import sensitivity_max
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import tinynet as tn
from tinynet.explain import Attribution, Question, infidelity, max_sensitivity
from tinynet.explain.randomization import mean_ranks, spearman

TORCH = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid}


def gradient(model, x, target=None, *, output=None) -> Attribution:
    question = Question(model, x, target, output)
    values = question.gradient(question.x[np.newaxis])[0]
    return Attribution(values, gradient, question, {}, lambda feature: pytest.fail("no table"))


def torch_logits(net: tn.Sequential) -> torch.nn.Sequential:
    """A copy of a network of dense layers, without its last activation."""
    layers = []
    for dense in net.layers:
        linear = torch.nn.Linear(*dense.W.shape, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(dense.W.data.T))
            linear.bias.copy_(torch.tensor(dense.b.data))
        layers += [linear] if dense is net.layers[-1] else [linear, TORCH[dense.activation]()]
    return torch.nn.Sequential(*layers)


def trained(x, y, *units) -> tn.Sequential:
    net = tn.Sequential([tn.Dense(n, "relu") for n in units] + [tn.Dense(y.shape[1], "softmax")], seed=0)
    net.compile(tn.Adam(learning_rate=0.01), "categorical_crossentropy")
    net.fit(x, y, epochs=10, verbose=0)
    return net


@pytest.fixture(scope="module", params=["iris", "digits", "tanh", "sigmoid"])
def asked(request):
    """A network and one of its examples."""
    if request.param in TORCH:
        layers = [tn.Dense(9, request.param, input_dim=5), tn.Dense(7, request.param), tn.Dense(3, "softmax")]
        return tn.Sequential(layers, seed=4), np.random.default_rng(4).normal(size=5)
    x, y = getattr(tn.data, request.param)()
    return trained(x, y, *((16, 8) if request.param == "iris" else (64,))), x[100]


@pytest.mark.parametrize("sigma", [0.01, 0.1, 2.0])
def test_infidelity_beside_captum(asked, sigma):
    net, x = asked
    found = gradient(net, x)
    I = np.random.default_rng(3).normal(0, sigma, (40, *x.shape))
    theirs = captum_infidelity(
        torch_logits(net),
        lambda inputs: (torch.tensor(I), inputs - torch.tensor(I)),
        torch.tensor(x)[None],
        torch.tensor(found.values)[None],
        target=found.target,
        n_perturb_samples=len(I),
    )
    assert theirs.dtype == torch.float64
    for ours in (infidelity(found, samples=40, sigma=sigma, seed=3), infidelity(found, perturbations=I)):
        # the terms are differences of f, which is rounded: to 1e-12 of f², and of the infidelity itself
        assert ours == pytest.approx(theirs.item(), rel=1e-12, abs=1e-12 * found.prediction**2)


@pytest.mark.parametrize("radius", [0.02, 1.0])
def test_max_sensitivity_beside_captum(asked, radius):
    net, x = asked
    found = gradient(net, x)
    assert found.values.any()
    r = np.random.default_rng(3).uniform(-radius, radius, (10, *x.shape))
    theirs_of = torch_logits(net)

    def explain(inputs):
        with torch.enable_grad():
            inputs = inputs[0].detach().requires_grad_()
            return (torch.autograd.grad(theirs_of(inputs)[:, found.target].sum(), inputs)[0],)

    theirs = sensitivity_max(
        explain,
        torch.tensor(x)[None],
        perturb_func=lambda inputs, perturb_radius: (inputs[0] + torch.tensor(r),),
        perturb_radius=radius,
        n_perturb_samples=10,
    )
    assert max_sensitivity(found, radius=radius, samples=10, seed=3) == pytest.approx(
        theirs.item(), rel=1e-12, abs=1e-14
    )
    assert theirs.item() > 0 or radius < 1


numbers = st.one_of(st.integers(-3, 3).map(float), st.floats(-1e300, 1e300))


@given(st.integers(2, 40).flatmap(lambda M: arrays(float, (2, M), elements=numbers)))
def test_rank_correlations_beside_scipy(pair):
    one, other = pair
    for values in pair:
        np.testing.assert_array_equal(mean_ranks(values), scipy.stats.rankdata(values))
    if (one != one[0]).any() and (other != other[0]).any():
        assert spearman(one, other) == pytest.approx(scipy.stats.spearmanr(one, other).statistic, abs=1e-13)
    else:
        assert np.isnan(spearman(one, other))
