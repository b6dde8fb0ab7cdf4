"""The gradient check: it passes what is right, finds and names what is wrong, and is not fooled by kinks."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinynet as tn
from tinynet import Activation, Dense, Dropout, Flatten, Sequential, Tensor, gradcheck, numerical_gradient
from tinynet.functions import ACTIVATIONS
from tinynet.gradcheck import GradientReport, central_difference, recommended_h
from tinynet.kernels.weighted_sums import weighted_sums_backward
from tinynet.losses import LOSSES

X = np.random.default_rng(0).normal(size=(2, 3))
Y = np.array([[1.0, 0.0], [0.0, 1.0]])


def network(hidden: Any = "tanh", output: Any = "identity", seed: int = 0, dtype: str = "float64") -> Sequential:
    """3-4-2."""
    return Sequential([Dense(4, hidden, input_dim=3, dtype=dtype), Dense(2, output, dtype=dtype)], seed=seed)


def wrong(report: GradientReport) -> set[str]:
    """The names of the entries that fail."""
    return {entry.name for entry in report.entries if not entry.kink and not entry.relative_error <= report.tolerance}


class TestDifferences:
    def test_a_parabola_exactly(self) -> None:
        # checks [eq:central-difference]
        x = np.array([3.0])
        assert central_difference(lambda: x[0] ** 2, x, (0,), h=0.5) == 6  # the error begins with the third derivative

    def test_the_error_falls_with_h_squared(self) -> None:
        errors = [abs(float(numerical_gradient(lambda v: float(v) ** 3, 2.0, h)) - 12) for h in (0.1, 0.01)]
        np.testing.assert_allclose(errors, [0.1**2, 0.01**2], rtol=1e-6)

    def test_the_entry_is_restored_even_after_an_error(self) -> None:
        x = np.array([0.1, 0.2])
        with pytest.raises(ZeroDivisionError):
            central_difference(lambda: 1 / 0, x, (1,), 1e-5)
        np.testing.assert_array_equal(x, [0.1, 0.2])

    def test_numerical_gradient(self) -> None:
        x = np.array([[1.0, 2.0], [3.0, 4.0]])
        slope = numerical_gradient(lambda v: v[0, 0] * v[1, 1] + v[0, 1] ** 2, x)
        np.testing.assert_allclose(slope, [[4, 4], [0, 1]], rtol=1e-9)
        np.testing.assert_array_equal(x, [[1, 2], [3, 4]])

    def test_numerical_gradient_computes_in_float64_whatever_comes(self) -> None:
        for x in ([1, 2], np.array([1, 2], np.float32)):
            slope = numerical_gradient(lambda v: float((v**2).sum()), x)
            assert slope.dtype == np.float64
            np.testing.assert_allclose(slope, [2, 4], rtol=1e-9)


PROBABILITIES = ("sigmoid", "softmax")
SUITED = [
    (output, loss)
    for output in ACTIVATIONS
    for loss in LOSSES
    if output in PROBABILITIES or not loss.endswith("crossentropy")
]


class TestWhatIsRightPasses:
    @pytest.mark.parametrize(("output", "loss"), SUITED)
    def test_every_output_with_every_loss_that_suits_it(self, output: str, loss: str) -> None:
        report = gradcheck(network(output=output), X, 2 * Y - 1 if loss == "hinge" else Y, loss=loss)
        assert report.passed and report.max_relative_error < 1e-6, report

    @pytest.mark.parametrize("hidden", ACTIVATIONS)
    def test_every_activation_in_the_middle(self, hidden: str) -> None:
        report = gradcheck(network(hidden, "softmax"), X, Y, loss="categorical_crossentropy")
        assert report.passed and not any(entry.kink for entry in report.entries), report

    @given(seed=st.integers(0, 10**6), N=st.integers(1, 3), hidden=st.sampled_from(list(ACTIVATIONS)))
    def test_random_networks(self, seed: int, N: int, hidden: str) -> None:
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(N, 3)), np.eye(2)[rng.integers(0, 2, N)]
        report = gradcheck(network(hidden, "sigmoid", seed), x, y, loss="binary_crossentropy")
        assert report.passed, report

    def test_every_kind_of_layer(self) -> None:
        layers = [Flatten(input_shape=(2, 3)), Dense(3, use_bias=False), Activation("gelu"), Dropout(0.5), Dense(2)]
        report = gradcheck(Sequential(layers, seed=0), X.reshape(1, 2, 3), Y[:1], loss="mean_squared_error")
        assert report.passed and len(report.entries) == 6 * 3 + 3 * 2 + 2 + 6

    def test_a_network_with_saturated_and_dead_neurons(self) -> None:
        net = network("sigmoid")
        net.layers[0].b.data = [-800, 800, -40, 0]
        assert gradcheck(net, X, Y, loss="mean_squared_error").passed

    def test_large_and_small_losses(self) -> None:
        for scale in (1e-6, 1, 1e6):
            assert gradcheck(network(), X, scale * Y, loss="half_squared_error").passed


def slopes_times(factor: float) -> Callable:
    """A tanh whose derivative is wrong by that factor."""

    def backward(z: np.ndarray, a: np.ndarray, da: np.ndarray, delta: np.ndarray) -> None:
        delta[...] = factor * da * (1 - a * a)

    return backward


def one_entry_wrong(place: tuple[int, int], by: float) -> Callable[[Tensor], Tensor]:
    """An identity whose rule is wrong in one entry, as a function of one's own that is made by Tensor.made_by."""

    def rule(da: np.ndarray) -> tuple[np.ndarray]:
        delta = da.copy()
        delta[place] += by
        return (delta,)

    return lambda z: Tensor.made_by("mine", z.data.copy(), (z,), rule)


W1 = {f"dense_1.W[{i}, {j}]" for i in range(3) for j in range(4)}
B1 = {f"dense_1.b[{j}]" for j in range(4)}
W2 = {f"dense_2.W[{i}, {j}]" for i in range(4) for j in range(2)}
B2 = {f"dense_2.b[{j}]" for j in range(2)}
INPUT = {f"x[{n}, {i}]" for n in range(2) for i in range(3)}


class TestWhatIsWrongIsFoundAndNamed:
    def test_nothing_is_left_out(self) -> None:
        report = gradcheck(network(), X, Y, loss="mean_squared_error")
        assert {entry.name for entry in report.entries} == W1 | B1 | W2 | B2 | INPUT
        assert len(report.entries) == 12 + 4 + 8 + 2 + 6

    @pytest.mark.parametrize("factor", [0, -1, 0.999, 1.00001])
    def test_a_wrong_derivative_of_an_activation(self, monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
        monkeypatch.setattr("tinynet.kernels.activations.tanh_backward", slopes_times(factor))
        report = gradcheck(network(), X, Y, loss="mean_squared_error")
        # All that lies before the tanh is wrong, and nothing behind it.
        assert not report.passed and wrong(report) == W1 | B1 | INPUT
        # checks [eq:relative-error]
        by_hand = abs(factor - 1) / max(abs(factor), 1)
        assert report.max_relative_error == pytest.approx(by_hand, rel=1e-3)

    def test_a_sum_for_a_mean(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def backward(a: np.ndarray, y: np.ndarray, dL: float, da: np.ndarray) -> None:
            da[...] = dL * (a - y)

        monkeypatch.setattr("tinynet.kernels.losses.half_squared_error_backward", backward)
        report = gradcheck(network(), X, Y, loss="half_squared_error")
        assert wrong(report) == W1 | B1 | W2 | B2 | INPUT
        assert report.max_relative_error == pytest.approx(0.5, rel=1e-6)  # twice as large, for two examples

    def test_a_mean_for_a_sum_in_db(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def backward(a: np.ndarray, W: np.ndarray, delta: np.ndarray, *needed: bool) -> tuple:
            da, dW, _ = weighted_sums_backward(a, W, delta, *needed)
            return da, dW, delta.mean(axis=0)

        monkeypatch.setattr("tinynet.functions.weighted_sums_backward", backward)
        assert wrong(gradcheck(network(), X, Y, loss="mean_squared_error")) == B1 | B2

    def test_a_transpose_forgotten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def backward(a: np.ndarray, W: np.ndarray, delta: np.ndarray, *needed: bool) -> tuple:
            da, dW, db = weighted_sums_backward(a, W, delta, *needed)
            # δ² (3, 2) times W² (2, 2) as it stands: the shapes fit all the same
            return (delta @ W if W.shape == (2, 2) else da), dW, db

        net = Sequential([Dense(2, "tanh", input_dim=3), Dense(2)], seed=0)
        x, y = np.vstack([X, X[::-1, ::-1]])[:3], np.vstack([Y, Y])[:3]
        assert gradcheck(net, x, y, loss="mean_squared_error").passed
        monkeypatch.setattr("tinynet.functions.weighted_sums_backward", backward)
        names = wrong(gradcheck(net, x, y, loss="mean_squared_error"))
        assert {name.split("[")[0] for name in names} == {"dense_1.W", "dense_1.b", "x"}

    def test_one_wrong_weight_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def backward(a: np.ndarray, W: np.ndarray, delta: np.ndarray, *needed: bool) -> tuple:
            da, dW, db = weighted_sums_backward(a, W, delta, *needed)
            if dW.shape == (4, 2):  # ∂L/∂W²
                dW[3, 1] += 1e-4
            return da, dW, db

        monkeypatch.setattr("tinynet.functions.weighted_sums_backward", backward)
        report = gradcheck(network(), X, Y, loss="mean_squared_error")
        assert wrong(report) == {"dense_2.W[3, 1]"} and report.entries[0].name == "dense_2.W[3, 1]"
        entry = report.entries[0]
        assert entry.analytic - entry.numeric == pytest.approx(1e-4, rel=1e-4)
        assert report.max_relative_error == entry.relative_error > 1e-5

    def test_one_wrong_entry_of_an_activation_of_one_s_own(self) -> None:
        net = network(hidden=one_entry_wrong((0, 2), by=0.01))
        assert gradcheck(network(hidden=one_entry_wrong((0, 2), by=0)), X, Y, loss="mean_squared_error").passed
        # Neuron 2 of example 0: so its weights and bias, and the input of that example.
        expected = {f"dense_1.W[{i}, 2]" for i in range(3)} | {"dense_1.b[2]"} | {f"x[0, {i}]" for i in range(3)}
        assert wrong(gradcheck(net, X, Y, loss="mean_squared_error")) == expected

    def test_a_wrong_gradient_of_the_input_only(self) -> None:
        class Nudged(tn.Layer):
            def forward(self, a: Tensor, training: bool) -> Tensor:
                return one_entry_wrong((0, 2), by=0.01)(a)

        net = Sequential([Nudged(input_shape=(3,)), Dense(2)], seed=0)
        assert wrong(gradcheck(net, X, Y, loss="mean_squared_error")) == {"x[0, 2]"}

    def test_nan_is_wrong(self) -> None:
        for place in ((0, 0), (1, 3)):
            net = network(hidden=one_entry_wrong(place, by=np.nan))
            report = gradcheck(net, X, Y, loss="mean_squared_error")
            assert not report.passed and np.isnan(report.entries[0].analytic)

    @pytest.mark.parametrize("activation", ["tanh", "relu"])
    def test_a_network_whose_weights_are_nan_is_wrong(self, activation: str) -> None:
        net = network(activation)
        net.layers[0].b.data = [0, np.nan, 0, 0]
        report = gradcheck(net, X, Y, loss="mean_squared_error")
        assert not report.passed and not report.max_relative_error <= report.tolerance


def at_z(z: float, activation: Any, x: float = 1.0) -> Sequential:
    """One neuron that receives x, with z = b."""
    net = Sequential([Dense(1, activation, kernel_initializer="zeros", input_dim=1)])
    net.layers[0].b.data = [z]
    return net


def kinks(report: GradientReport) -> set[str]:
    return {entry.name for entry in report.entries if entry.kink}


class TestKinks:
    @pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu", tn.abs])
    @pytest.mark.parametrize("z", [0.0, 5e-6, -5e-6])
    def test_an_entry_whose_nudge_crosses_one_is_recognised(self, activation: Any, z: float) -> None:
        report = gradcheck(at_z(z, activation), [[1.0]], [[7.0]], loss="mean_squared_error", h=1e-5)
        assert report.passed and kinks(report) == {"dense_1.W[0, 0]", "dense_1.b[0]"}  # x has the weight 0

    @pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu", tn.abs])
    @pytest.mark.parametrize("z", [2e-5, -2e-5, 1.0, -1.0])
    def test_beside_it_there_is_none_and_the_slope_is_right(self, activation: Any, z: float) -> None:
        report = gradcheck(at_z(z, activation), [[1.0]], [[7.0]], loss="mean_squared_error", h=1e-5)
        assert report.passed and kinks(report) == set()

    def test_what_counts_is_how_far_z_moves(self) -> None:
        # z = 2e-5; a nudge of the weight moves it by 10 h, one of the bias by h
        report = gradcheck(at_z(2e-5, "relu"), [[10.0]], [[7.0]], loss="mean_squared_error", h=1e-5)
        assert kinks(report) == {"dense_1.W[0, 0]"}

    def test_the_two_slopes_are_both_seen_and_not_counted(self) -> None:
        report = gradcheck(at_z(0.0, "relu"), [[1.0]], [[1.0]], loss="mean_squared_error")
        entry = next(entry for entry in report.entries if entry.name == "dense_1.b[0]")
        # L = (1 − relu(b))²: slope 0 on the left, −2 on the right; relu′(0) = 0
        assert entry.kink and entry.analytic == 0 and entry.numeric == pytest.approx(-1, rel=1e-4)
        assert entry.relative_error > 0.9 and report.max_relative_error == 0 and report.passed

    def test_hinge_at_its_kink(self) -> None:
        for y, expected in ((1.0, {"dense_1.W[0, 0]", "dense_1.b[0]"}), (-1.0, set())):
            report = gradcheck(at_z(1.0, None), [[1.0]], [[y]], loss="hinge")  # 1 − y·a is 0, and 2
            assert report.passed and kinks(report) == expected

    def test_the_largest_of_two_equal_ones(self) -> None:
        net = Sequential([Dense(2, kernel_initializer="zeros", input_dim=1)])
        report = gradcheck(net, [[1.0]], [[0.0, 0.0]], loss=lambda a, y: tn.max(a))
        assert report.passed and kinks(report) == {
            *("dense_1.W[0, 0]", "dense_1.W[0, 1]", "dense_1.b[0]", "dense_1.b[1]")
        }

    def test_a_wrong_gradient_elsewhere_still_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def backward(z: np.ndarray, a: np.ndarray, da: np.ndarray, delta: np.ndarray) -> None:
            delta[...] = np.where(z <= 0, 0, 1.01 * da)

        net = network("relu")
        net.layers[0].W.data = np.zeros((3, 4))
        net.layers[0].b.data = [0, 0, 1, -1]  # two neurons at the kink, one active, one silent
        right = gradcheck(net, X, Y, loss="mean_squared_error")
        at_kinks = {name for name in W1 | B1 if name.endswith((" 0]", " 1]", "b[0]", "b[1]"))}
        assert right.passed and kinks(right) == at_kinks
        monkeypatch.setattr("tinynet.kernels.activations.relu_backward", backward)
        report = gradcheck(net, X, Y, loss="mean_squared_error")
        assert not report.passed and kinks(report) == at_kinks
        assert wrong(report) == {name for name in W1 | B1 if name.endswith((" 2]", "b[2]"))}
        assert report.max_relative_error == pytest.approx(0.01 / 1.01, rel=1e-4)


class TestDelta:
    """z_j nudged in the middle of the network, and the rest run from there: that is δ_j."""

    def test_is_added_to_the_entries(self) -> None:
        report = gradcheck(network(), X, Y, loss="mean_squared_error", delta=True)
        z = {f"dense_1.z[{n}, {j}]" for n in range(2) for j in range(4)}
        z |= {f"dense_2.z[{n}, {j}]" for n in range(2) for j in range(2)}
        assert {entry.name for entry in report.entries} == W1 | B1 | W2 | B2 | INPUT | z and report.passed

    def test_by_hand(self) -> None:
        # z = 0.5, a = tanh z, L = ½ (a − 2)²: δ = (a − 2)(1 − a²)
        a = np.tanh(0.5)
        report = gradcheck(at_z(0.5, "tanh"), [[1.0]], [[2.0]], loss="half_squared_error", entries=["dense_1.z"])
        (entry,) = report.entries
        assert entry.analytic == pytest.approx((a - 2) * (1 - a**2), rel=1e-14)
        assert entry.numeric == pytest.approx((a - 2) * (1 - a**2), rel=1e-9)

    @pytest.mark.parametrize(("output", "loss"), SUITED)
    def test_of_every_output_with_every_loss_that_suits_it(self, output: str, loss: str) -> None:
        net, y = network("gelu", output), 2 * Y - 1 if loss == "hinge" else Y
        report = gradcheck(net, X, y, loss=loss, entries=["dense_1.z", "dense_2.z"])
        assert report.passed and len(report.entries) == 2 * 4 + 2 * 2, report
        # and it is what the trace calls δ
        trace = tn.introspect.trace(net, X, y, loss=loss)
        for entry in report.entries:
            l, n, j = (int(digit) for digit in entry.name if digit.isdigit())
            assert entry.analytic == trace[l].delta[n, j]

    def test_of_layers_that_are_activations_and_behind_others(self) -> None:
        layers = [Flatten(input_shape=(1, 3)), Dense(4, use_bias=False), Activation("tanh"), Dropout(0.5), Dense(2)]
        net, x = Sequential(layers, seed=0), X.reshape(2, 1, 3)
        report = gradcheck(net, x, Y, loss="mean_squared_error", delta=True)
        assert report.passed and len(report.entries) == 12 + 8 + 2 + 6 + 8 + 8 + 4
        # The first Dense has no activation, so its z is that of the layer that has.
        assert report["activation_1.z[1, 3]"].analytic == report["dense_1.z[1, 3]"].analytic != 0

    @pytest.mark.parametrize("factor", [0, -1, 0.999, 1.00001])
    def test_a_wrong_f_prime_is_found_and_named(self, monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
        monkeypatch.setattr("tinynet.kernels.activations.tanh_backward", slopes_times(factor))
        report = gradcheck(network(), X, Y, loss="mean_squared_error", entries=["dense_1.z", "dense_2.z"])
        # every δ of the tanh, and none of the layer behind it
        assert wrong(report) == {f"dense_1.z[{n}, {j}]" for n in range(2) for j in range(4)}

    def test_one_wrong_delta_is_named(self) -> None:
        net = network(hidden=one_entry_wrong((0, 2), by=0.01))
        report = gradcheck(net, X, Y, loss="mean_squared_error", entries=["dense_1.z", "dense_2.z"])
        assert wrong(report) == {"dense_1.z[0, 2]"}

    def test_other_weights_on_the_way_back_make_all_before_them_wrong(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def backward(a: np.ndarray, W: np.ndarray, delta: np.ndarray, *needed: bool) -> tuple:
            return weighted_sums_backward(a, W - 0.1, delta, *needed)  # as if W had been updated already

        monkeypatch.setattr("tinynet.functions.weighted_sums_backward", backward)
        names = wrong(gradcheck(network(), X, Y, loss="mean_squared_error", delta=True))
        assert {name.split("[")[0] for name in names} == {"dense_1.z", "dense_1.W", "dense_1.b", "x"}


class TestTheStep:
    def test_recommended(self) -> None:
        # checks [eq:recommended-h]
        assert recommended_h() == pytest.approx(6.06e-6, rel=1e-3)
        assert recommended_h("float32") == pytest.approx(4.92e-3, rel=1e-3)

    @pytest.mark.parametrize("dtype", ["float64", "float32"])
    def test_recommended_is_where_the_difference_of_sigma_is_best(self, dtype: str) -> None:
        z = np.linspace(0.3, 1.1, 9, dtype=dtype)  # at nine places, that no lucky rounding decides
        a = 1 / (1 + np.exp(-z.astype("float64")))

        def error(h: float) -> float:
            above, below = (1 / (1 + np.exp(-v)) for v in (z + z.dtype.type(h), z - z.dtype.type(h)))
            return float(np.abs((above - below).astype("float64") / (2 * h) - a * (1 - a)).mean())

        errors = [error(h) for h in recommended_h(dtype) * 10.0 ** np.arange(-3, 4)]
        assert np.argmin(errors) in (3, 4) and errors[3] < 10 * min(errors)

    @pytest.mark.parametrize("hidden", ["tanh", "sigmoid", "softplus", "gelu"])
    def test_the_bottom_of_the_v_is_near_it(self, hidden: str) -> None:
        report = gradcheck(network(hidden, "softmax"), X, Y, loss="categorical_crossentropy", delta=True)
        steps = recommended_h() * 10.0 ** np.arange(-5, 6)
        digits = -np.mean([np.log10(report.errors(e.name, steps) + 1e-17) for e in report.entries], axis=0)
        assert np.argmax(digits) in (5, 6) and digits[5] > 8.5
        # a digit more for each power of ten on the left, two less on the right
        np.testing.assert_allclose(np.diff(digits[:5]), 1, atol=0.35)
        np.testing.assert_allclose(np.diff(digits[7:10]), -2, atol=0.35)

    def test_at_h_the_error_is_that_of_the_report(self) -> None:
        report = gradcheck(network(), X, Y, loss="mean_squared_error", delta=True, h=1e-4)
        assert all(report.errors(entry.name, [1e-4]) == entry.relative_error for entry in report.entries)

    def test_a_wrong_gradient_has_no_v(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tinynet.kernels.activations.tanh_backward", slopes_times(0.99))
        report = gradcheck(network(), X, Y, loss="mean_squared_error", entries=["dense_1.z[0, 1]", "dense_2.z[0, 1]"])
        steps = np.logspace(-7, -3, 5)
        np.testing.assert_allclose(report.errors("dense_1.z[0,1]", steps), 0.01, rtol=1e-2)
        assert (report.errors("dense_2.z[0,1]", steps) < 1e-7).all()

    def test_the_sides_of_the_v(self) -> None:
        # checks [eq:truncation]
        # L = e^b: D(h) − L′ = L (sinh(h)/h − 1), about L h²/6
        report = gradcheck(at_z(1.0, tn.exp), [[0.0]], [[0.0]], loss=lambda a, y: a.sum(), entries=["dense_1.b[0]"])
        c, r = report.asymptotes("dense_1.b[0]")
        assert c == pytest.approx(1 / 6, rel=1e-3)
        for h in (1e-1, 1e-2, 1e-3):
            assert report.errors("dense_1.b[0]", [h]) == pytest.approx(c * h**2, rel=1e-2)
        # checks [eq:rounding]
        assert r == pytest.approx(2.0**-53, rel=1e-9)  # ε L / 2, relative to L′, which is L
        steps = np.logspace(-12, -7, 100)
        ratios = report.errors("dense_1.b[0]", steps) / (r / steps)
        assert 0.1 < np.sqrt(np.mean(ratios**2)) < 3

    def test_a_parabola_has_but_one_side(self) -> None:
        report = gradcheck(network("identity"), X, Y, loss="half_squared_error")
        assert all(report.asymptotes(entry.name)[0] == 0 for entry in report.entries)
        assert (report.errors("dense_2.b[0]", [0.1, 1.0]) < 1e-12).all()

    def test_of_an_entry_that_was_not_checked(self) -> None:
        report = gradcheck(network(), X, Y, loss="mean_squared_error", entries=["x", "dense_2.z"])
        assert report["x[0,1]"] is report["x[0, 1]"] and report["x[0, 1]"].name == "x[0, 1]"
        for ask in (
            lambda: report["x[0,9]"],
            lambda: report.errors("x[0,9]", [1e-5]),
            lambda: report.asymptotes("x[0,9]"),
        ):
            with pytest.raises(
                ValueError, match=r"'x\[0, 9\]' was not checked\. Checked were entries of dense_2\.z, x$"
            ):
                ask()


class TestTheReport:
    def test_is_sorted_worst_first_and_kinks_last(self) -> None:
        net = network("relu")
        net.layers[0].b.data = -X[0] @ net.layers[0].W.data  # example 0 is at every kink
        entries = gradcheck(net, X, Y, loss="mean_squared_error").entries
        assert 0 < sum(entry.kink for entry in entries) < len(entries)
        order = [(entry.kink, -entry.relative_error) for entry in entries]
        assert order == sorted(order)

    def test_says_what_it_found(self) -> None:
        report = gradcheck(network(), X, Y, loss="mean_squared_error")
        first, resolution, second, *lines = str(report).splitlines()
        assert first.startswith("gradient check passed: 32 entries, largest relative error ")
        assert first.endswith("(tolerance 1e-06, h = 1e-05), 0 at a kink")
        assert f"or to {report.resolution:.1e} if that is larger" in resolution
        assert second.split() == ["entry", "backward()", "difference", "relative", "error"]
        assert lines[0].startswith(report.entries[0].name) and lines[-1] == "... and 22 more in .entries"
        assert len(lines) == 11 and repr(report) == str(report)

    def test_says_what_is_wrong(self) -> None:
        report = gradcheck(network(hidden=one_entry_wrong((0, 2), by=0.01)), X, Y, loss="mean_squared_error")
        assert str(report).startswith("gradient check FAILED: 32 entries")

    def test_says_which_entries_are_at_a_kink(self) -> None:
        text = str(gradcheck(at_z(0.0, "relu"), [[1.0]], [[1.0]], loss="mean_squared_error"))
        assert "3 entries" in text and ", 2 at a kink" in text and text.count("  at a kink") == 2 and "more" not in text

    def test_the_tolerance_decides(self) -> None:
        # A step of 0.01 gives six digits, not nine.
        for tolerance, expected in ((1e-3, True), (1e-9, False)):
            report = gradcheck(network(), X, Y, loss="mean_squared_error", h=1e-2, tolerance=tolerance)
            assert report.tolerance == tolerance and report.passed is expected

    def test_the_resolution_is_what_rounding_leaves_of_a_difference(self) -> None:
        # checks [eq:resolution]
        net = Sequential([Dense(1, one_entry_wrong((0, 0), by=1e-14), kernel_initializer="zeros", input_dim=1)])
        report = gradcheck(net, [[1.0]], [[3.0]], loss="mean_squared_error", h=1e-3, tolerance=1e-4)
        assert report.resolution == pytest.approx(2.0**-52 * (1 + 3.0**2) / (1e-3 * 1e-4), rel=1e-12)
        # Gradients below it are compared with it: where the right one is 2e-13, an error of 1e-14 is 5 % of it,
        # but far less than any difference could show.
        small = gradcheck(net, [[1.0]], [[1e-13]], loss="mean_squared_error", h=1e-3, tolerance=1e-4)
        bias = next(entry for entry in small.entries if entry.name == "dense_1.b[0]")
        assert bias.relative_error == pytest.approx(1e-14 / small.resolution, rel=1e-2) and small.passed

    def test_h_is_the_nudge(self) -> None:
        coarse, fine = (gradcheck(network(), X, Y, loss="mean_squared_error", h=h) for h in (1e-2, 1e-4))
        assert coarse.h == 1e-2 and coarse.max_relative_error > 100 * fine.max_relative_error


class TestTheNetworkStaysAsItIs:
    @pytest.mark.parametrize("dtype", ["float64", "float32"])
    def test_weights_gradients_and_data(self, dtype: str) -> None:
        net, x, y = network("relu", "sigmoid", dtype=dtype), X.copy(), Y.copy()
        tn.binary_crossentropy(net(X), Y).backward()
        weights, gradients = net.get_weights(), [p.grad for p in net.parameters()]
        kept = [g.copy() for g in gradients]
        report = gradcheck(net, x, y, loss="binary_crossentropy")
        # Float32 could not tell gradients to 1e-6: they are checked in float64.
        assert report.passed and len(report.entries) == 32
        for p, w, g, k in zip(net.parameters(), weights, gradients, kept, strict=True):
            assert p.data.tobytes() == w.tobytes() and p.dtype == dtype
            assert p.grad is g and g.tobytes() == k.tobytes()
        np.testing.assert_array_equal(x, X)
        np.testing.assert_array_equal(y, Y)

    def test_float32_weights_are_checked_where_they_are(self) -> None:
        # 1 + 2⁻²³ in float32 is a weight like any other: L = (w − 0)², slope 2 w
        net = Sequential([Dense(1, use_bias=False, input_dim=1, dtype="float32")])
        net.set_weights([[[1 + 2.0**-23]]])
        weight = next(e for e in gradcheck(net, [[1]], [[0]], loss="mean_squared_error").entries if "W" in e.name)
        assert weight.analytic == 2 * (1 + 2.0**-23)

    def test_a_compiled_model_with_its_optimizer(self) -> None:
        model = network("relu", "softmax")
        model.compile("adam", "categorical_crossentropy")
        model.fit(X, Y, verbose=0)
        before, steps = model.get_weights(), model.optimizer.steps
        assert gradcheck(model, X, Y).passed  # the compiled loss
        assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights())) and model.optimizer.steps == steps
        assert set(model.optimizer.memory) == set(model.parameters())

    def test_dropout_is_off(self) -> None:
        net = Sequential([Dropout(0.9, input_shape=(3,)), Dense(2)], seed=0)
        assert gradcheck(net, X, Y, loss="mean_squared_error").passed

    def test_a_network_without_input_shape_is_built(self) -> None:
        net = Sequential([Dense(2)], seed=0)
        assert gradcheck(net, X, Y, loss="mean_squared_error").passed and net.layers[0].W.shape == (3, 2)


class TestRefused:
    def test_no_loss(self) -> None:
        with pytest.raises(
            ValueError, match=r"name the loss, gradcheck\(net, x, y, loss='...'\), or compile the model"
        ):
            gradcheck(network(), X, Y)

    def test_an_unknown_loss(self) -> None:
        with pytest.raises(ValueError, match=r"unknown loss 'mse'\. Known: half_squared_error, mean_squared_error"):
            gradcheck(network(), X, Y, loss="mse")

    def test_data_that_do_not_fit(self) -> None:
        with pytest.raises(ValueError, match=r"dense_1 takes inputs of shape \(N, 3\), not \(2, 2\)"):
            gradcheck(network(), X[:, :2], Y, loss="mean_squared_error")
        with pytest.raises(ValueError, match=r"y has shape \(2, 1\), the model's outputs for x \(2, 2\)"):
            gradcheck(network(), X, Y[:, :1], loss="mean_squared_error")


# ## Settings that cannot be meant


@pytest.mark.parametrize("value", [0, -1e-5, float("nan"), float("inf"), "1e-5"])
@pytest.mark.parametrize("name", ["h", "tolerance"])
def test_a_nudge_and_a_tolerance_are_numbers_above_0(name: str, value: Any) -> None:
    for check in (gradcheck, tn.complex_step):
        with pytest.raises(ValueError, match=f"{name} is a number > 0, not {value!r}"):
            check(network(), X, Y, loss="mean_squared_error", **{name: value})


def test_a_nudge_that_leaves_no_digits_is_refused() -> None:
    # With h = 1e-25 nothing moves: every difference is 0, and nothing would have been compared.
    with pytest.raises(ValueError, match="with h = 1e-25 the differences of losses have no digits left"):
        gradcheck(network(), X, Y, loss="mean_squared_error", h=1e-25)
