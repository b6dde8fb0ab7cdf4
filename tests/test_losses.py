"""Losses: the number by hand, the gradient by hand and by differences, the exact way through z, what is refused."""

from math import e, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import tinynet as tn
from tinynet import Tensor, numerical_gradient
from tinynet.losses import LOSSES, find_loss

# Two examples, two outputs: N = 2, n_L = 2.
A = [[0.5, 0.25], [0.1, 0.8]]
Y = [[1, 0], [0, 1]]
SIGNS = [[1, -1], [-1, 1]]

BY_HAND = {
    # checks [eq:half-squared-error]
    "half_squared_error": (Y, (0.5 * (0.25 + 0.0625) + 0.5 * (0.01 + 0.04)) / 2),
    # checks [eq:mean-squared-error]
    "mean_squared_error": (Y, ((0.25 + 0.0625) / 2 + (0.01 + 0.04) / 2) / 2),
    # checks [eq:hinge]
    "hinge": (SIGNS, ((0.5 + 1.25) / 2 + (1.1 + 0.2) / 2) / 2),
    # checks [eq:binary-crossentropy]
    "binary_crossentropy": (Y, -(log(0.5) + log(0.75) + log(0.9) + log(0.8)) / 4),
    # checks [eq:categorical-crossentropy]
    "categorical_crossentropy": (Y, -(log(0.5) + log(0.8)) / 2),
}

GRADIENTS_BY_HAND = {
    # checks [eq:half-squared-error-gradient]
    "half_squared_error": np.array([[-0.5, 0.25], [0.1, -0.2]]) / 2,
    # checks [eq:mean-squared-error-gradient]
    "mean_squared_error": np.array([[-0.5, 0.25], [0.1, -0.2]]) / 2,  # 2/n_L = 1: the same here
    # checks [eq:hinge-gradient]
    "hinge": np.array([[-1, 1], [1, -1]]) / 4,
    # checks [eq:binary-crossentropy-gradient]
    "binary_crossentropy": np.array([[-1 / 0.5, 1 / 0.75], [1 / 0.9, -1 / 0.8]]) / 4,
    # checks [eq:categorical-crossentropy-gradient]
    "categorical_crossentropy": np.array([[-1 / 0.5, 0], [0, -1 / 0.8]]) / 2,
}


class TestByHand:
    @pytest.mark.parametrize("name", LOSSES)
    def test_value(self, name: str) -> None:
        target, expected = BY_HAND[name]
        assert LOSSES[name](A, target).item() == pytest.approx(expected, rel=1e-15)

    @pytest.mark.parametrize("name", LOSSES)
    def test_gradient(self, name: str) -> None:
        a = Tensor(A)
        LOSSES[name](a, BY_HAND[name][0]).backward()
        np.testing.assert_allclose(a.grad, GRADIENTS_BY_HAND[name], rtol=1e-15)

    def test_the_mean_is_over_examples_and_the_name_says_what_over_outputs(self) -> None:
        a, y = np.zeros((5, 4)), np.ones((5, 4))  # every difference is 1
        assert tn.half_squared_error(a, y).item() == 4 / 2
        assert tn.mean_squared_error(a, y).item() == 1

    def test_hinge_forgets_examples_beyond_the_margin_and_is_flat_at_the_kink(self) -> None:
        a = Tensor([[2.0], [1.0], [0.0]])
        loss = tn.hinge(a, [[1], [1], [1]])
        loss.backward()
        assert loss.item() == 1 / 3
        np.testing.assert_array_equal(a.grad, [[0], [0], [-1 / 3]])

    @pytest.mark.parametrize("name", LOSSES)
    def test_the_gradient_is_passed_on_times_what_comes_from_above(self, name: str) -> None:
        a = Tensor(A)
        (3 * LOSSES[name](a, BY_HAND[name][0])).backward()
        np.testing.assert_allclose(a.grad, 3 * GRADIENTS_BY_HAND[name], rtol=1e-15)


probabilities = st.floats(0.01, 0.99)
batch = st.tuples(st.integers(1, 4), st.integers(1, 4))


@pytest.mark.parametrize("name", LOSSES)
@given(data=st.data(), shape=batch)
def test_the_gradient_is_the_slope(name: str, data: st.DataObject, shape: tuple[int, int]) -> None:
    a = data.draw(arrays(np.float64, shape, elements=probabilities))
    signs = data.draw(arrays(np.float64, shape, elements=st.sampled_from([-1, 1])))
    y = signs if name == "hinge" else data.draw(arrays(np.float64, shape, elements=probabilities))
    prediction = Tensor(a)
    LOSSES[name](prediction, y).backward()
    slope = numerical_gradient(lambda v: LOSSES[name](v, y).item(), a, h=1e-6)
    np.testing.assert_allclose(prediction.grad, slope, rtol=1e-5, atol=1e-7)


class TestThroughTheLogits:
    """Straight from a sigmoid or softmax, the cross-entropies compute from z."""

    z = np.array([[0.5, -1.5, 2.0], [3.0, 0.0, -0.25]])
    y = np.array([[0, 1, 0], [1, 0, 0]])

    def test_sigmoid_gives_the_same_number_as_its_probabilities(self) -> None:
        # checks [eq:sigmoid-crossentropy]
        by_formula = -np.mean(self.y * np.log(1 / (1 + e**-self.z)) + (1 - self.y) * np.log(1 / (1 + e**self.z)))
        assert tn.binary_crossentropy(tn.sigmoid(self.z), self.y).item() == pytest.approx(by_formula, rel=1e-14)

    def test_softmax_gives_the_same_number_as_its_probabilities(self) -> None:
        # checks [eq:softmax-crossentropy]
        a = e**self.z / (e**self.z).sum(axis=1, keepdims=True)
        by_formula = -np.mean(np.log(a[self.y == 1]))
        assert tn.categorical_crossentropy(tn.softmax(self.z), self.y).item() == pytest.approx(by_formula, rel=1e-14)

    def test_delta_is_a_minus_y(self) -> None:
        # checks [eq:sigmoid-crossentropy-delta]
        z = Tensor(self.z)
        tn.binary_crossentropy(tn.sigmoid(z), self.y).backward()
        np.testing.assert_allclose(z.grad, (1 / (1 + e**-self.z) - self.y) / (2 * 3), rtol=1e-14)
        # checks [eq:softmax-crossentropy-delta]
        z = Tensor(self.z)
        tn.categorical_crossentropy(tn.softmax(z), self.y).backward()
        a = e**self.z / (e**self.z).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(z.grad, (a - self.y) / 2, rtol=1e-14)

    def test_targets_that_do_not_sum_to_1_get_the_true_slope_too(self) -> None:
        y = np.array([[0.5, 0.1, 0], [1, 1, 0]])
        z = Tensor(self.z)
        tn.categorical_crossentropy(tn.softmax(z), y).backward()
        slope = numerical_gradient(lambda v: tn.categorical_crossentropy(tn.softmax(v), y).item(), self.z)
        np.testing.assert_allclose(z.grad, slope, rtol=1e-8, atol=1e-10)

    @pytest.mark.parametrize("size", [1e3, 1e8])
    def test_exact_where_the_probability_rounds_to_0(self, size: float) -> None:
        # The right class has the logit −size or size: the loss is size, or 0 to the last bit.
        z = Tensor([[-size], [size]])
        loss = tn.binary_crossentropy(tn.sigmoid(z), [[1], [1]])
        loss.backward()
        assert loss.item() == size / 2
        np.testing.assert_array_equal(z.grad, [[-0.5], [0]])
        z = Tensor([[0, size], [size, 0]])
        loss = tn.categorical_crossentropy(tn.softmax(z), [[1, 0], [1, 0]])
        loss.backward()
        assert loss.item() == size / 2
        np.testing.assert_array_equal(z.grad, [[-0.5, 0.5], [0, 0]])

    def test_without_a_graph_too(self) -> None:
        with tn.no_grad():
            loss = tn.binary_crossentropy(tn.sigmoid([[-1e3]]), [[1]])
        assert loss.item() == 1e3

    def test_in_float32(self) -> None:
        z = Tensor(self.z, dtype="float32")
        loss = tn.categorical_crossentropy(tn.softmax(z), self.y)
        loss.backward()
        assert loss.dtype == z.grad.dtype == np.float32
        expected = tn.categorical_crossentropy(tn.softmax(self.z), self.y).item()
        assert loss.item() == pytest.approx(expected, rel=1e-6)

    def test_probabilities_of_0_and_1_cost_nothing_where_they_are_right(self) -> None:
        a = Tensor([[0.0, 1.0]])
        loss = tn.binary_crossentropy(a, [[0, 1]]) + tn.categorical_crossentropy(a, [[0, 1]])
        loss.backward()
        assert loss.item() == 0 and np.isfinite(a.grad).all()

    def test_and_infinitely_much_where_they_are_wrong(self) -> None:
        assert tn.binary_crossentropy([[0.0]], [[1]]).item() == np.inf
        assert tn.categorical_crossentropy([[0.0, 1.0]], [[1, 0]]).item() == np.inf


@pytest.mark.parametrize("name", LOSSES)
class TestEveryLoss:
    def test_nan_in_nan_out(self, name: str) -> None:
        assert np.isnan(LOSSES[name]([[0.5, np.nan]], [[1, 1]]).item())

    @pytest.mark.parametrize(("a", "y"), [((3,), (3, 1)), ((3, 1), (3,)), ((3, 2), (2, 3)), ((3, 1), (3, 2))])
    def test_shapes_that_differ_are_both_named(self, name: str, a: tuple, y: tuple) -> None:
        with pytest.raises(ValueError) as caught:
            LOSSES[name](np.ones(a), np.ones(y))
        assert f"{name}: the prediction has shape {a}, the target {y}; they must be equal" in str(caught.value)

    def test_class_numbers_are_told_how_to_become_columns(self, name: str) -> None:
        with pytest.raises(ValueError, match=r"must be equal; make class numbers one-hot: tn.data.one_hot\(y, 2\)"):
            LOSSES[name](np.ones((3, 2)), [0, 1, 1])
        with pytest.raises(ValueError, match=r"must be equal; .* tn.data.one_hot\(y.ravel\(\), 2\)"):
            LOSSES[name](np.ones((3, 2)), [[0], [1], [1]])
        with pytest.raises(ValueError, match=r"must be equal; make it a column: y.reshape\(-1, 1\)"):
            LOSSES[name](np.ones((3, 1)), [0, 1, 1])

    def test_new_data_after_the_loss_do_not_falsify_its_gradient(self, name: str) -> None:
        a, y = Tensor([[0.25, 0.5]]), np.array([[1.0, 1.0]])
        loss = LOSSES[name](a, y)
        loss.backward()
        right = a.grad
        a.data = [[0.5, 0.125]]
        loss.backward()
        np.testing.assert_array_equal(a.grad, right)

    @pytest.mark.parametrize("shape", [(), (3,), (2, 2, 2), (0, 2), (2, 0)])
    def test_a_batch_has_rows_and_columns(self, name: str, shape: tuple) -> None:
        with pytest.raises(ValueError, match=rf"{name} takes arrays \(N, outputs\) with at least one entry, not"):
            LOSSES[name](np.ones(shape), np.ones(shape))

    def test_the_target_is_a_constant(self, name: str) -> None:
        a, y = Tensor([[0.5]]), Tensor([[1.0]])
        LOSSES[name](a, y).backward()
        assert y.grad is None
        with pytest.raises(TypeError, match=rf"target of {name} was computed by multiply\(\).*hand in its \.data"):
            LOSSES[name](a, y * 1)

    def test_a_target_changed_before_backward_is_noticed(self, name: str) -> None:
        a, y = Tensor([[0.5, 0.5]]), np.array([[1.0, 1.0]])
        loss = LOSSES[name](a, y)
        y[0, 0] = -1
        with pytest.raises(RuntimeError, match=f"tensor 'target' was changed in place after {name}"):
            loss.backward()

    def test_by_name_or_as_a_function(self, name: str) -> None:
        assert find_loss(name) is LOSSES[name] and find_loss(LOSSES[name]) is LOSSES[name]


class TestRefused:
    def test_an_unknown_name(self) -> None:
        with pytest.raises(
            ValueError, match=r"unknown loss 'mean_square_error'\. Did you mean 'mean_squared_error'.*h"
        ):
            find_loss("mean_square_error")

    @pytest.mark.parametrize("name", ["binary_crossentropy", "categorical_crossentropy"])
    @pytest.mark.parametrize("value", [-0.5, 2])
    def test_labels_out_of_range(self, name: str, value: float) -> None:
        with pytest.raises(ValueError, match=f"{name} takes a target of probabilities.*{value}"):
            LOSSES[name](tn.softmax([[0.0, 0.0]]), [[0, value]])

    def test_classes_numbered_otherwise_are_told_the_remedy(self) -> None:
        with pytest.raises(ValueError, match=r"this goes from 1 to 2: are the classes numbered 0 and 1\?"):
            tn.binary_crossentropy(tn.sigmoid([[0.0], [0.0]]), [[1], [2]])
        with pytest.raises(ValueError, match="this goes from 0 to 7: make it one-hot"):
            tn.categorical_crossentropy(tn.softmax([[0.0], [0.0]]), [[0], [7]])
        with pytest.raises(ValueError, match=r"hinge takes targets -1 and \+1; from 0 and 1 they come by 2 \* y - 1"):
            tn.hinge([[0.5], [0.5]], [[0], [1]])

    @pytest.mark.parametrize(
        ("name", "remedy"), [("binary_crossentropy", "sigmoid"), ("categorical_crossentropy", "softmax")]
    )
    def test_predictions_that_are_no_probabilities(self, name: str, remedy: str) -> None:
        with pytest.raises(ValueError, match=f"prediction of probabilities.*-3 to 0.5: give the last .*'{remedy}'"):
            LOSSES[name]([[0.5, -3]], [[1, 0]])

    def test_a_float32_prediction_takes_a_target_of_any_dtype(self) -> None:
        a = Tensor([[0.5]], dtype="float32")
        assert tn.mean_squared_error(a, np.array([[1]], np.int8)).dtype == np.float32
