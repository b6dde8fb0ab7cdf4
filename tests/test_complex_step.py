"""The complex step: all digits where it can go, and a reason where it cannot."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinynet as tn
from tinynet import Activation, Dense, Dropout, Flatten, Sequential, Tensor, complex_gradient, complex_step, gradcheck
from tinynet.gradcheck import GradientReport

X = np.random.default_rng(0).normal(size=(2, 3))
Y = np.array([[1.0, 0.0], [0.0, 1.0]])

ANALYTIC = ["identity", "sigmoid", "tanh", "softplus", "softmax", "log_softmax"]
SUITED = [
    *((output, "half_squared_error") for output in ANALYTIC),
    *((output, "mean_squared_error") for output in ANALYTIC),
    *(
        (output, loss)
        for output in ("sigmoid", "softmax")
        for loss in ("binary_crossentropy", "categorical_crossentropy")
    ),
]


def network(hidden: Any = "tanh", output: Any = "identity", seed: int = 0) -> Sequential:
    """3-4-2."""
    return Sequential([Dense(4, hidden, input_dim=3), Dense(2, output)], seed=seed)


def furthest(report: GradientReport) -> float:
    """The largest difference, relative to the largest gradient."""
    return max(abs(e.analytic - e.numeric) for e in report.entries) / max(abs(e.analytic) for e in report.entries)


class TestOfAFunction:
    def test_sigma_at_0_7_to_the_last_digit(self) -> None:
        # checks [eq:complex-step]
        a = 1 / (1 + np.exp(-0.7))
        slope = complex_gradient(lambda z: 1 / (1 + np.exp(-z)), 0.7)
        assert slope == pytest.approx(a * (1 - a), rel=4e-16, abs=0)
        # The difference, at its best, has eleven digits.
        assert abs(tn.numerical_gradient(lambda z: 1 / (1 + np.exp(-z)), 0.7) - a * (1 - a)) > 1e-13

    def test_the_error_falls_with_h_squared_and_then_stays(self) -> None:
        # Im (w + ih)³ / h = 3w² − h²
        for h in (0.1, 0.01):
            assert complex_gradient(lambda w: w**3, 2.0, h) == pytest.approx(12 - h**2, rel=1e-14)
        for h in (1e-10, 1e-100, 1e-300):
            assert complex_gradient(lambda w: w**3, 2.0, h) == 12

    def test_of_an_array(self) -> None:
        x = np.array([[1.0, 2.0], [3.0, 4.0]])
        slope = complex_gradient(lambda v: v[0, 0] * v[1, 1] + v[0, 1] ** 2, x)
        np.testing.assert_allclose(slope, [[4, 4], [0, 1]], rtol=1e-15)
        assert slope.dtype == np.float64 and x.tolist() == [[1, 2], [3, 4]]

    def test_abs_loses_it(self) -> None:
        # |−2 + ih| is the real number 2: no derivative comes out, though that of |w| at −2 is −1.
        assert complex_gradient(np.abs, -2.0) == 0


class TestEqualsBackward:
    @pytest.mark.parametrize(("output", "loss"), SUITED)
    @pytest.mark.parametrize("hidden", ["tanh", "softplus", "softmax"])
    def test_every_output_with_every_loss_that_suits_it(self, hidden: str, output: str, loss: str) -> None:
        report = complex_step(network(hidden, output), X, Y, loss=loss, delta=True)
        assert report.passed and furthest(report) < 1e-13, report
        assert len(report.entries) == 12 + 4 + 8 + 2 + 6 + 8 + 4 and max(abs(e.analytic) for e in report.entries) > 1e-3

    @given(seed=st.integers(0, 10**6), N=st.integers(1, 3), hidden=st.sampled_from(ANALYTIC))
    def test_random_networks(self, seed: int, N: int, hidden: str) -> None:
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(N, 3)), np.eye(2)[rng.integers(0, 2, N)]
        report = complex_step(network(hidden, "sigmoid", seed), x, y, loss="binary_crossentropy", delta=True)
        assert report.passed and furthest(report) < 1e-13, report

    def test_far_out_where_the_functions_are_flat_or_straight(self) -> None:
        for hidden in ("sigmoid", "tanh", "softplus", "softmax"):
            for output, loss in (("sigmoid", "binary_crossentropy"), ("softmax", "categorical_crossentropy")):
                net = network(hidden, output)
                net.layers[0].b.data = [-800, 800, -40, 0]
                net.layers[1].b.data = [300, -300]
                report = complex_step(net, X, Y, loss=loss, delta=True)
                assert report.passed and all(np.isfinite(e.numeric) for e in report.entries), report

    def test_every_kind_of_layer(self) -> None:
        layers = [Flatten(input_shape=(1, 3)), Dense(4, use_bias=False), Activation("tanh"), Dropout(0.5), Dense(2)]
        report = complex_step(Sequential(layers, seed=0), X.reshape(2, 1, 3), Y, loss="mean_squared_error", delta=True)
        assert report.passed and furthest(report) < 1e-13

    def test_crossentropy_of_probabilities_that_no_softmax_gave_directly(self) -> None:
        for output, loss in (("sigmoid", "binary_crossentropy"), ("softmax", "categorical_crossentropy")):
            net = Sequential([Dense(2, output, input_dim=3), Dropout(0.5)], seed=0)
            report = complex_step(net, X, Y, loss=loss)
            assert report.passed and furthest(report) < 1e-13
            # a probability that is exactly 0, of what is not the case
            net.layers[0].b.data = [800, -800]
            assert complex_step(net, X, np.array([[1.0, 0.0], [1.0, 0.0]]), loss=loss).passed
        # and both of the other's function
        for output, loss in (("softmax", "binary_crossentropy"), ("sigmoid", "categorical_crossentropy")):
            assert complex_step(network(output=output), X, Y, loss=loss).passed

    def test_functions_and_losses_of_one_s_own_made_of_the_package_s(self) -> None:
        def swish(z: Tensor) -> Tensor:
            return z * tn.sigmoid(z) / 1.1 - (-z) ** 2 * 0.01

        def loss(a: Tensor, y: np.ndarray) -> Tensor:
            return tn.mean_squared_error(a, y) + tn.log(1 + tn.exp(a)).mean() + tn.sqrt(a**2 + 1).sum() * 0.1

        report = complex_step(network(swish), X, Y, loss=loss, delta=True)
        assert report.passed and furthest(report) < 1e-13

    def test_agrees_with_the_difference_to_the_digits_that_it_has(self) -> None:
        exact = complex_step(network(output="softmax"), X, Y, loss="categorical_crossentropy", delta=True)
        rough = gradcheck(network(output="softmax"), X, Y, loss="categorical_crossentropy", delta=True)
        for entry in rough.entries:
            assert exact[entry.name].numeric == pytest.approx(entry.numeric, abs=1e-9)
        assert furthest(exact) < 1e-3 * furthest(rough)


def slopes_times(factor: float) -> Callable:
    def backward(z: np.ndarray, a: np.ndarray, da: np.ndarray, delta: np.ndarray) -> None:
        delta[...] = factor * da * (1 - a * a)

    return backward


class TestFindsWhatADifferenceCannot:
    def test_an_error_in_the_eleventh_digit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tinynet.kernels.activations.tanh_backward", slopes_times(1 + 3e-11))
        arguments: dict = {"loss": "mean_squared_error", "entries": ["dense_1.z", "dense_2.z"]}
        assert gradcheck(network(), X, Y, **arguments).passed
        report = complex_step(network(), X, Y, **arguments)
        names = {e.name.split("[")[0] for e in report.entries if e.relative_error > report.tolerance}
        assert not report.passed and names == {"dense_1.z"}
        assert report.max_relative_error == pytest.approx(3e-11, rel=1e-3)

    def test_a_kernel_that_is_wrong_forward(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # f and f′ fit together, so differences agree; but it is not softplus.
        from tinynet.kernels import activations

        monkeypatch.setattr(activations, "softplus", activations.sigmoid)
        monkeypatch.setattr(activations, "softplus_backward", activations.sigmoid_backward)
        assert gradcheck(network("softplus"), X, Y, loss="mean_squared_error").passed
        assert not complex_step(network("softplus"), X, Y, loss="mean_squared_error").passed


class TestTheReport:
    def test_says_what_it_is(self) -> None:
        report = complex_step(network(), X, Y, loss="mean_squared_error")
        first, second, third, *_ = str(report).splitlines()
        assert first.startswith("gradient check passed: 32 entries") and "h = 1e-20), 0 at a kink" in first
        assert "rounded sums are no finer" in second and "complex step" in third
        assert report.resolution == pytest.approx(2.0**-52 * (1 + report.loss) / 1e-12)

    def test_no_h_is_too_small(self) -> None:
        report = complex_step(network(), X, Y, loss="mean_squared_error", entries=["dense_1.z[0, 1]"])
        assert (report.errors("dense_1.z[0, 1]", [1e-8, 1e-50, 1e-200]) < 1e-13).all()
        c, r = report.asymptotes("dense_1.z[0, 1]")
        assert report.errors("dense_1.z[0, 1]", [1e-3]) == pytest.approx(c * 1e-6, rel=1e-2) and r == 0

    def test_the_network_stays_as_it_is(self) -> None:
        net = network()
        before = net.get_weights()
        complex_step(net, X, Y, loss="mean_squared_error")
        assert all(np.array_equal(a, b) for a, b in zip(before, net.get_weights(), strict=True))

    def test_of_what_the_loss_does_not_depend_on(self) -> None:
        report = complex_step(network(), X, Y, loss=lambda a, y: Tensor(2.0) ** 2)
        assert report.passed and all(e.numeric == e.analytic == 0 for e in report.entries)


class TestWhereItCannotGo:
    @pytest.mark.parametrize("hidden", ["relu", "leaky_relu", "elu", tn.abs])
    def test_kinks(self, hidden: Any) -> None:
        with pytest.raises(ValueError, match=r"cannot pass through \w+: it has a kink, .*gradcheck\(\.\.\.\) takes"):
            complex_step(network(hidden), X, Y, loss="mean_squared_error")

    def test_losses_with_kinks(self) -> None:
        with pytest.raises(ValueError, match="cannot pass through hinge: it has a kink"):
            complex_step(network(), X, 2 * Y - 1, loss="hinge")
        with pytest.raises(ValueError, match="cannot pass through max: it has a kink"):
            complex_step(network(), X, Y, loss=lambda a, y: tn.max(a))

    def test_gelu(self) -> None:
        with pytest.raises(ValueError, match="cannot pass through gelu: NumPy has no erfc for complex numbers"):
            complex_step(network("gelu"), X, Y, loss="mean_squared_error")

    @pytest.mark.parametrize(
        ("function", "why"),
        [
            (lambda a, y: a.sum(axis=0).sum(), "sum: the graph does not tell over which axes"),
            (lambda a, y: a.mean(axis=1).sum(), "mean: the graph does not tell over which axes"),
            (lambda a, y: (a.T @ a).sum(), "transpose: the graph does not tell the order"),
            (lambda a, y: a[0].sum(), "getitem: the graph does not tell which entries"),
            (
                lambda a, y: Tensor.made_by("mine", a.data.sum(), (a,), lambda g: (g + 0 * a.data,)),
                "mine: only its rule is known",
            ),
            (lambda a, y: tn.binary_crossentropy(a * 0.5, y), "of the network's output"),
        ],
    )
    def test_what_the_graph_does_not_tell(self, function: Callable, why: str) -> None:
        with pytest.raises(ValueError, match=why):
            complex_step(network(output="sigmoid"), X, Y, loss=function)

    def test_behind_a_relu_it_can(self) -> None:
        report = complex_step(network("relu"), X, Y, loss="mean_squared_error", entries=["dense_2.W", "dense_2.z"])
        assert report.passed and furthest(report) < 1e-13

    def test_no_loss_and_unknown_entries(self) -> None:
        with pytest.raises(ValueError, match=r"name the loss, complex_step\(net, x, y, loss='...'\)"):
            complex_step(network(), X, Y)
        with pytest.raises(ValueError, match=r"unknown entry 'dense_3\.W'"):
            complex_step(network(), X, Y, loss="mean_squared_error", entries=["dense_3.W"])
