"""Layers: the formulas by hand, their gradients, shapes that come late, and what they refuse."""

import numpy as np
import pytest

import tinynet as tn
from tinynet import Activation, Dense, Dropout, Flatten, Sequential, Tensor
from tinynet.functions import ACTIVATIONS
from tinynet.layers import LAYERS, Layer, whole


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def built(layer: Layer, *input_shape: int, seed: int = 0) -> Layer:
    layer.build(input_shape, rng(seed))
    return layer


def dense_by_hand(**settings: object) -> Dense:
    """Two inputs, three neurons, weights that a head can multiply."""
    layer = Dense(3, **settings)
    layer.build((2,), rng())
    layer.W.data = [[1, 2, 3], [-1, 0, 1]]
    if layer.b is not None:
        layer.b.data = [10, 0, -10]
    return layer


class TestDense:
    def test_z_by_hand(self) -> None:
        # checks [eq:dense-z]
        a = dense_by_hand()([[1, 2], [0, 1]])
        # first example: 1·1 + 2·(−1) + 10, 1·2 + 2·0 + 0, 1·3 + 2·1 − 10
        np.testing.assert_array_equal(a.data, [[9, 2, -5], [9, 0, -9]])

    def test_a_by_hand(self) -> None:
        # checks [eq:dense-a]
        a = dense_by_hand(activation="relu")([[1, 2], [0, 1]])
        np.testing.assert_array_equal(a.data, [[9, 2, 0], [9, 0, 0]])

    def test_gradients_by_hand(self) -> None:
        # checks [eq:dense-da] [eq:dense-dW] [eq:dense-db]
        layer, x = dense_by_hand(activation="relu"), Tensor([[1, 2], [0, 1]])
        (layer(x) * [[1, 10, 100], [1, 10, 100]]).sum().backward()
        # relu′ is 1 where z > 0, so δ = [[1, 10, 0], [1, 0, 0]]
        np.testing.assert_array_equal(layer.W.grad, [[1, 10, 0], [1 * 2 + 1 * 1, 10 * 2, 0]])
        np.testing.assert_array_equal(layer.b.grad, [1 + 1, 10, 0])
        np.testing.assert_array_equal(x.grad, [[1 * 1 + 10 * 2, 1 * -1 + 10 * 0], [1, -1]])

    def test_without_bias(self) -> None:
        layer = dense_by_hand(use_bias=False)
        assert layer.b is None and layer.parameters() == [layer.W]
        np.testing.assert_array_equal(layer([[1, 2]]).data, [[-1, 2, 5]])

    def test_parameters_are_W_and_b_and_carry_the_layer_s_name(self) -> None:
        layer = built(Dense(3, name="hidden"), 2)
        assert [(p.name, p.shape) for p in layer.parameters()] == [("hidden.W", (2, 3)), ("hidden.b", (3,))]

    @pytest.mark.parametrize("name", ACTIVATIONS)
    def test_every_activation_by_name(self, name: str) -> None:
        plain, layer = built(Dense(3), 2), built(Dense(3, activation=name), 2)
        x = rng(1).normal(size=(4, 2))
        np.testing.assert_array_equal(layer(x).data, ACTIVATIONS[name](plain(x)).data)

    def test_an_activation_of_one_s_own(self) -> None:
        layer = dense_by_hand(activation=lambda z: z * z)
        np.testing.assert_array_equal(layer([[1, 2]]).data, [[81, 4, 25]])

    def test_initializers_by_name_or_function(self) -> None:
        layer = built(Dense(3, kernel_initializer="zeros", bias_initializer=tn.initializers.constant(0.5)), 2)
        np.testing.assert_array_equal(layer.W.data, np.zeros((2, 3)))
        np.testing.assert_array_equal(layer.b.data, [0.5, 0.5, 0.5])

    def test_by_default_glorot_weights_and_zero_biases(self) -> None:
        layer = built(Dense(30), 20)
        assert 0.9 * np.sqrt(6 / 50) < np.abs(layer.W.data).max() <= np.sqrt(6 / 50)
        np.testing.assert_array_equal(layer.b.data, np.zeros(30))

    def test_an_initializer_of_the_wrong_shape_is_named(self) -> None:
        with pytest.raises(ValueError, match=r"initializer of dense\.W gave shape \(3, 2\), expected \(2, 3\)"):
            built(Dense(3, kernel_initializer=lambda shape, rng: np.zeros((3, 2))), 2)


class TestFloat32:
    def test_weights_outputs_and_gradients_stay_float32(self) -> None:
        layer = built(Dense(3, "tanh", dtype="float32"), 2)
        a = layer(np.ones((4, 2)))  # data adapt to the layer
        a.sum().backward()
        assert {t.dtype for t in (layer.W, layer.b, a)} == {np.dtype("float32")}
        assert {g.dtype for g in (layer.W.grad, layer.b.grad, a.grad)} == {np.dtype("float32")}

    def test_a_tensor_of_the_other_dtype_is_refused(self) -> None:
        with pytest.raises(TypeError, match="dense computes in float32 and was given a float64 tensor"):
            built(Dense(3, dtype="float32"), 2)(Tensor(np.ones((4, 2))))

    def test_layers_without_weights_take_what_comes(self) -> None:
        x = np.ones((2, 3), np.float32)
        for layer in (Activation("sigmoid"), Dropout(0.5), Flatten()):
            assert layer(x, training=True).dtype == np.float32
            assert layer(x.astype(np.float64), training=True).dtype == np.float64

    @pytest.mark.parametrize("dtype", ["float16", "int64", "complex128"])
    def test_other_dtypes_are_refused(self, dtype: str) -> None:
        with pytest.raises(ValueError, match=f"dtype is 'float64' or 'float32', not '{dtype}'"):
            Dense(3, dtype=dtype)


class TestActivation:
    @pytest.mark.parametrize("name", ACTIVATIONS)
    def test_dense_then_activation_is_dense_with_activation(self, name: str) -> None:
        x = rng(1).normal(size=(4, 2))
        apart = Sequential([Dense(3), Activation(name)], seed=5)
        together = Sequential([Dense(3, name)], seed=5)
        np.testing.assert_array_equal(apart(x).data, together(x).data)

    def test_any_shape_and_no_parameters(self) -> None:
        layer = built(Activation("relu"), 2, 2)
        np.testing.assert_array_equal(layer([[[-1, 2], [3, -4]]]).data, [[[0, 2], [3, 0]]])
        assert layer.parameters() == [] and layer.output_shape == (2, 2)


class TestFlatten:
    def test_each_example_becomes_a_row(self) -> None:
        layer = built(Flatten(), 2, 3)
        x = Tensor(np.arange(12).reshape(2, 2, 3))
        np.testing.assert_array_equal(layer(x).data, [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]])
        assert layer.output_shape == (6,)

    def test_the_gradient_goes_back_in_the_old_shape(self) -> None:
        x = Tensor(np.zeros((1, 2, 3)))
        (Flatten()(x) * [[1, 2, 3, 4, 5, 6]]).sum().backward()
        np.testing.assert_array_equal(x.grad, [[[1, 2, 3], [4, 5, 6]]])

    def test_rows_stay_rows_and_single_numbers_become_rows_of_one(self) -> None:
        assert Flatten()(np.zeros((4, 3))).shape == (4, 3)
        assert Flatten()(np.zeros(4)).shape == (4, 1)


class TestDropout:
    x = np.ones((100, 100))

    def test_while_training_an_entry_is_silent_or_scaled_up(self) -> None:
        # checks [eq:dropout]
        a = built(Dropout(0.2), 100)(self.x, training=True).data
        assert set(np.unique(a)) == {0.0, 1 / 0.8}

    @pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
    def test_the_share_of_silent_entries_is_the_rate_and_the_mean_stays(self, rate: float) -> None:
        a = built(Dropout(rate), 100)(self.x, training=True).data
        deviation = np.sqrt(rate * (1 - rate) / a.size)  # of the share of zeros among 10,000 draws
        assert abs((a == 0).mean() - rate) < 5 * deviation
        assert abs(a.mean() - 1) < 5 * deviation / (1 - rate)

    def test_the_gradient_passes_where_the_entry_did(self) -> None:
        # checks [eq:dropout-backward]
        x = Tensor(np.full((3, 4), 7.0))
        a = built(Dropout(0.5), 4)(x, training=True)
        a.sum().backward()
        np.testing.assert_array_equal(x.grad, np.where(a.data == 0, 0, 2))
        assert 0 < (x.grad == 0).sum() < 12

    def test_otherwise_all_passes_unchanged(self) -> None:
        layer = built(Dropout(0.5), 100)
        np.testing.assert_array_equal(layer(self.x).data, self.x)
        np.testing.assert_array_equal(layer(self.x, training=False).data, self.x)

    def test_rate_0_silences_nothing(self) -> None:
        np.testing.assert_array_equal(built(Dropout(0), 100)(self.x, training=True).data, self.x)

    def test_the_masks_come_from_the_generator_and_change_from_call_to_call(self) -> None:
        layer, twin = built(Dropout(0.5), 100, seed=1), built(Dropout(0.5), 100, seed=1)
        first, second = layer(self.x, training=True).data, layer(self.x, training=True).data
        assert not np.array_equal(first, second)
        np.testing.assert_array_equal(twin(self.x, training=True).data, first)
        other = built(Dropout(0.5), 100, seed=2)(self.x, training=True).data
        assert not np.array_equal(other, first)

    @pytest.mark.parametrize("rate", [-0.1, 1, 1.5, float("nan")])
    def test_the_rate_is_a_probability_below_1(self, rate: float) -> None:
        with pytest.raises(ValueError, match=f"rate is a number, 0 <= rate < 1, not {rate}"):
            Dropout(rate)


class TestShapes:
    def test_a_layer_made_without_input_shape_is_built_by_the_first_data(self) -> None:
        layer = Dense(3)
        assert layer.W is None and layer.parameters() == [] and layer.input_shape is None
        layer(np.ones((5, 2)))
        assert layer.W.shape == (2, 3) and (layer.input_shape, layer.output_shape) == ((2,), (3,))

    def test_an_image_before_dense_needs_a_flatten(self) -> None:
        with pytest.raises(ValueError, match=r"pixels takes one row .* \(N, n\), not \(N, 4, 4\); put a Flatten\(\)"):
            Dense(3, name="pixels")(np.ones((2, 4, 4)))

    def test_after_a_refused_shape_the_layer_is_as_before(self) -> None:
        layer = Dense(3)
        for _ in range(2):
            with pytest.raises(ValueError, match=r"not \(N, 4, 4\); put a Flatten"):
                layer(np.ones((2, 4, 4)))
        assert layer.input_shape is None and layer.output_shape is None
        assert layer(np.ones((2, 16))).shape == (2, 3)

    def test_after_a_refused_initializer_the_layer_is_as_before(self) -> None:
        layer = Dense(3, bias_initializer=lambda shape, rng: np.zeros(99))
        for _ in range(2):
            with pytest.raises(ValueError, match=r"initializer of dense\.b gave shape \(99,\), expected \(3,\)"):
                layer(np.ones((2, 4)))
        assert layer.input_shape is None and layer.parameters() == []

    @pytest.mark.parametrize(
        ("x", "message"),
        [
            (np.ones((5, 3)), r"dense takes inputs of shape \(N, 2\), not \(5, 3\)"),
            (np.ones((5, 2, 1)), r"dense takes inputs of shape \(N, 2\), not \(5, 2, 1\)"),
            (np.ones(2), r"not \(2,\); a single example is a batch of one, x\[None\]"),
            (np.ones((0, 2)), r"dense was given an empty batch, shape \(0, 2\)"),
            (3.0, "dense takes a batch, one example a row; this is a single number"),
            ([["a", "b"]], "a Tensor holds real numbers, not <U1"),
        ],
        ids=["too wide", "too deep", "one example", "no example", "a number", "text"],
    )
    def test_wrong_inputs_are_refused_by_name(self, x: object, message: str) -> None:
        with pytest.raises((ValueError, TypeError), match=message):
            built(Dense(3), 2)(x)
        if isinstance(x, np.ndarray):
            with pytest.raises(ValueError, match=message):
                built(Dense(3), 2)(Tensor(x))

    @pytest.mark.parametrize(
        ("letter", "array"),
        [("W", np.ones((2, 500))), ("W", np.ones((1, 3))), ("W", np.ones(2)), ("b", np.ones(30)), ("b", np.ones(2))],
        ids=["W too wide", "W too short", "W flat", "b too long", "b too short"],
    )
    def test_weights_replaced_by_others_that_do_not_fit_are_refused(self, letter: str, array: np.ndarray) -> None:
        layer = built(Dense(3), 2)
        setattr(layer, letter, Tensor(array))
        with pytest.raises(ValueError, match="affine takes shapes"):
            layer(np.ones((64, 2)))

    def test_weights_replaced_by_others_of_another_dtype_are_refused(self) -> None:
        layer = built(Dense(3), 2)
        layer.W = Tensor(np.ones((2, 3), np.float32))
        with pytest.raises(TypeError, match="a float32 and a float64 tensor meet"):
            layer(np.ones((4, 2)))

    def test_what_it_was_made_for_is_kept_to(self) -> None:
        with pytest.raises(ValueError, match=r"dense was made for inputs \(N, 2\), not \(N, 5\)"):
            Dense(3, input_dim=2)(np.ones((4, 5)))

    def test_input_dim_is_short_for_input_shape(self) -> None:
        assert Dense(3, input_dim=2).given_shape == Dense(3, input_shape=(2,)).given_shape == (2,)
        Dense(3, input_dim=2, input_shape=(2,))
        with pytest.raises(ValueError, match=r"input_dim=2 and input_shape=\(3,\) disagree"):
            Dense(3, input_dim=2, input_shape=(3,))

    @pytest.mark.parametrize("n", [0, -1, 2.5, "2", True])
    def test_lengths_are_positive_whole_numbers(self, n: object) -> None:
        with pytest.raises(ValueError, match=f"units is a whole number >= 1, not {n!r}"):
            Dense(n)
        with pytest.raises(ValueError, match=f"each length in input_shape is a whole number >= 1, not {n!r}"):
            Dense(3, input_dim=n)


class TestNames:
    def test_a_layer_alone_is_called_after_its_kind(self) -> None:
        layers = [Dense(1), Activation("relu"), Dropout(0.5), Flatten()]
        assert [layer.name for layer in layers] == ["dense", "activation", "dropout", "flatten"]
        assert Dense(1, name="output").name == "output"

    def test_the_table_of_layers_has_them_by_class_name(self) -> None:
        assert dict(LAYERS) == {"Dense": Dense, "Activation": Activation, "Dropout": Dropout, "Flatten": Flatten}

    @pytest.mark.parametrize("make", [lambda f: Dense(3, f), lambda f: Activation(f)])
    def test_an_unknown_activation_is_answered_with_the_known_ones(self, make: object) -> None:
        with pytest.raises(ValueError, match=r"unknown activation 'rellu'\. Did you mean 'relu'.*sigmoid, tanh.*softm"):
            make("rellu")

    def test_so_is_an_unknown_initializer(self) -> None:
        with pytest.raises(ValueError, match=r"unknown initializer 'ones'\. Known: zeros, .*glorot_uniform.*lecun_no"):
            Dense(3, kernel_initializer="ones")
        with pytest.raises(ValueError, match="unknown initializer 'noise'"):
            Dense(3, bias_initializer="noise")

    def test_repr_says_kind_name_and_shapes(self) -> None:
        assert repr(built(Dense(3, name="out"), 2)) == "<Dense 'out': (2,) -> (3,)>"


def test_whole_takes_numpy_integers_too() -> None:
    assert whole("n", np.int64(3)) == 3 and type(whole("n", np.int64(3))) is int
    assert whole("n", 0, least=0) == 0
    with pytest.raises(ValueError, match="n is a whole number >= 0, not -1"):
        whole("n", -1, least=0)
