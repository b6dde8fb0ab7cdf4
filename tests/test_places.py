"""Places: the numbers of a network by name, and the kinks that a nudge of one crosses."""

from typing import Any

import numpy as np
import pytest

import tinynet as tn
from tinynet import Activation, Dense, Sequential, gradcheck
from tinynet.gradcheck import GradientReport

X = np.random.default_rng(0).normal(size=(2, 3))
Y = np.array([[1.0, 0.0], [0.0, 1.0]])


def network(hidden: Any = "tanh") -> Sequential:
    """3-4-2."""
    return Sequential([Dense(4, hidden, input_dim=3), Dense(2)], seed=0)


def check(net: Sequential, **settings: Any) -> GradientReport:
    return gradcheck(net, X, Y, loss="mean_squared_error", **settings)


class TestNames:
    def test_only_those_and_each_once(self) -> None:
        names = ["dense_1.W[0,1]", "dense_2.z[0, 1]", "x[0, 1]", " dense_1.W[ 0 , 1 ] ", "dense_2.b"]
        found = sorted(entry.name for entry in check(network(), entries=names).entries)
        assert found == ["dense_1.W[0, 1]", "dense_2.b[0]", "dense_2.b[1]", "dense_2.z[0, 1]", "x[0, 1]"]

    def test_they_are_the_same_numbers_as_among_all(self) -> None:
        every = check(network(), delta=True)
        chosen = check(network(), entries=["dense_2.W", "dense_1.z[1,2]"]).entries
        assert len(chosen) == 9 and all(every[entry.name] == entry for entry in chosen)

    def test_delta_adds_to_them(self) -> None:
        assert len(check(network(), entries=["x[1,2]"], delta=True).entries) == 1 + 2 * 4 + 2 * 2

    def test_an_image_has_three_indices(self) -> None:
        net = Sequential([tn.Flatten(input_shape=(1, 3)), Dense(2)], seed=0)
        report = gradcheck(net, X.reshape(2, 1, 3), Y, loss="mean_squared_error", entries=["x[1,0,2]"])
        assert [entry.name for entry in report.entries] == ["x[1, 0, 2]"] and report.passed

    def test_layers_go_by_their_names(self) -> None:
        net = Sequential([Dense(2, input_dim=3, name="first")], seed=0)
        assert {e.name for e in check(net, entries=["first.z"]).entries} == {
            f"first.z[{n}, {j}]" for n in range(2) for j in range(2)
        }

    @pytest.mark.parametrize(
        ("entries", "message"),
        [
            (
                ["dense_3.W[0, 1]"],
                r"unknown entry 'dense_3\.W'\. .*Known: dense_1\.W, dense_1\.b, .*x, dense_1\.z, dense_2",
            ),
            (["dense_1.w"], r"unknown entry 'dense_1\.w'\. Did you mean 'dense_1\.[Wbz]'"),
            (
                ["dense_1.W[3, 0]"],
                r"'dense_1\.W\[3, 0\]': dense_1\.W has shape \(3, 4\), .*W\[0, 0\] to dense_1\.W\[2, 3\]",
            ),
            (["dense_1.W[-1, 0]"], r"there is no entry 'dense_1\.W\[-1, 0\]'"),
            (["dense_1.W[0]"], r"there is no entry 'dense_1\.W\[0\]': dense_1\.W has shape \(3, 4\)"),
            (["dense_1.b[j]"], r"there is no entry 'dense_1\.b\[j\]'.*from dense_1\.b\[0\] to dense_1\.b\[3\]"),
            (["x[0, 1"], r"there is no entry 'x\[0, 1'"),
            ("x[0, 1]", r"entries is a list, \['x\[0, 1\]'\] for example"),
            ([], r"entries is empty; name one at least, of dense_1\.W, "),
        ],
    )
    def test_those_that_do_not_exist_are_refused(self, entries: Any, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            check(network(), entries=entries)


def at_z(z: float, activation: Any) -> Sequential:
    """One neuron that receives x, with z = b."""
    net = Sequential([Dense(1, activation, kernel_initializer="zeros", input_dim=1)])
    net.layers[0].b.data = [z]
    return net


def named(report: GradientReport) -> list[str]:
    return [str(kink) for kink in report.kinks]


class TestKinksAreNamed:
    @pytest.mark.parametrize(("z", "side"), [(5e-6, "on the right"), (-5e-6, "on the left"), (0.0, "on it")])
    @pytest.mark.parametrize("function", ["relu", "leaky_relu", "elu", "abs"])
    def test_by_their_z_and_the_side(self, function: str, z: float, side: str) -> None:
        activation = tn.abs if function == "abs" else function
        report = gradcheck(at_z(z, activation), [[1.0]], [[7.0]], loss="mean_squared_error", h=1e-5)
        assert named(report) == [f"{function} at dense_1.z[0, 0] = {z:.3g}, {side}"]
        assert f"at a kink: {function} at dense_1.z[0, 0] = {z:.3g}, {side}" in str(report)
        assert report["dense_1.b[0]"].kinks == tuple(report.kinks) and report["x[0, 0]"].kinks == ()
        # backward() takes the slope of that side; L = (f(z) − 7)²
        left = {"relu": 0, "leaky_relu": 0.01, "elu": 1, "abs": np.sign(z)}[function]
        assert report["dense_1.b[0]"].analytic == pytest.approx(-14 * (left if z <= 0 else 1), rel=1e-4)

    def test_only_those_that_the_nudge_crosses(self) -> None:
        net = network("relu")
        net.layers[0].W.data = np.zeros((3, 4))
        net.layers[0].b.data = [0, 4e-6, 1, -4e-6]
        report = check(net)
        # a bias moves the z of both examples
        assert {kink.name for kink in report["dense_1.b[1]"].kinks} == {"dense_1.z[0, 1]", "dense_1.z[1, 1]"}
        assert "and 1 more" in str(check(net, entries=["dense_1.b[1]"]))
        assert {(kink.name, kink.side) for kink in report.kinks} == {
            (f"dense_1.z[{n}, {j}]", side) for n in (0, 1) for j, side in ((0, "on it"), (1, "right"), (3, "left"))
        }

    def test_of_a_layer_that_is_an_activation(self) -> None:
        # Here x itself is the z, and its nudge crosses the kink where it stands.
        net = Sequential([Activation("relu", input_shape=(2,))])
        report = gradcheck(net, [[0, 3]], [[1, 1]], loss="half_squared_error")
        assert {e.name for e in report.entries if e.kink} == {"x[0, 0]"} and report.passed
        assert named(report) == ["relu at activation_1.z[0, 0] = 0, on it"]

    def test_of_a_loss(self) -> None:
        for a, side in ((1 - 4e-6, "left"), (1 + 4e-6, "right")):
            (kink,) = gradcheck(at_z(a, None), [[1.0]], [[1.0]], loss="hinge").kinks
            assert (kink.name, kink.value, kink.function, kink.side) == ("dense_1.a[0, 0]", a, "hinge", side)

    @pytest.mark.parametrize(
        ("b", "expected"),
        [
            ([2, 2, 0], {("dense_1.a[0, 0]", "on it"), ("dense_1.a[0, 1]", "on it")}),
            ([2, 2 - 4e-6, 0], {("dense_1.a[0, 0]", "right"), ("dense_1.a[0, 1]", "left")}),
        ],
    )
    def test_of_the_largest(self, b: list[float], expected: set) -> None:
        net = Sequential([Dense(3, kernel_initializer="zeros", input_dim=1)])
        net.layers[0].b.data = b
        report = gradcheck(net, [[1.0]], [[0.0, 0.0, 0.0]], loss=lambda a, y: tn.max(a))
        assert {(kink.name, kink.side) for kink in report.kinks} == expected

    def test_what_has_no_name_is_called_after_its_function(self) -> None:
        report = gradcheck(at_z(2.0, None), [[1.0]], [[0.0]], loss=lambda a, y: tn.abs(a - 2).sum())
        assert [kink.name for kink in report.kinks] == ["input of abs[0, 0]"]

    def test_of_a_layer_further_on(self) -> None:
        # A nudge of z^1 reaches the kink of z^2 through a weight of 10; one of z^2 itself does not.
        net = Sequential([Dense(1, input_dim=1), Dense(1, "relu")])
        net.set_weights([[[1.0]], [0.0], [[10.0]], [-10 + 5e-5]])
        report = gradcheck(net, [[1.0]], [[1.0]], loss="mean_squared_error", entries=["dense_1.z", "dense_2.z"])
        assert {e.name for e in report.entries if e.kink} == {"dense_1.z[0, 0]"}
        assert [(kink.name, kink.side) for kink in report.kinks] == [("dense_2.z[0, 0]", "right")]
