"""Functions that know their derivative: each by hand, then against differences, for every shape that fits.

The differences are taken of L = Σ w ⊙ op(x) with fixed random weights w, by the formula of five points, whose error is
of order h⁴. Where an operation has a kink, the numbers are kept away from it; what happens at the kink itself is
tested by value.
"""

import math
import operator
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinynet as tn
from tinynet import Tensor, no_grad
from tinynet import functions as F


def differences(f: Callable[[np.ndarray], float], x: np.ndarray, h: float = 1e-3) -> np.ndarray:
    """The gradient of f at x: f'(x) = [8 (f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h))] / 12h."""
    gradient = np.empty(x.shape)
    for index in np.ndindex(x.shape):

        def nudged(step: float, index=index) -> float:
            y = x.copy()
            y[index] += step
            return f(y)

        gradient[index] = (8 * (nudged(h) - nudged(-h)) - (nudged(2 * h) - nudged(-2 * h))) / (12 * h)
    return gradient


def check_gradients(operation: Callable[..., Tensor], *arrays: np.ndarray) -> None:
    """Compare ∂L/∂x by backward() with differences, for every operand x."""
    tensors = [Tensor(x.copy()) for x in arrays]
    result = operation(*tensors)
    weights = np.random.default_rng(0).normal(size=result.shape)
    (result * weights).sum().backward()
    for i, t in enumerate(tensors):

        def loss(x: np.ndarray, i=i) -> float:
            with no_grad():
                out = operation(*(Tensor(x if j == i else other) for j, other in enumerate(arrays)))
            return float(np.sum(weights * out.data))

        numeric = differences(loss, arrays[i])
        assert t.grad is not None
        assert t.grad.shape == arrays[i].shape and t.grad.dtype == np.float64
        np.testing.assert_allclose(t.grad, numeric, rtol=1e-8, atol=1e-9)


def gradients(operation: Callable[..., Tensor], *operands, g=1.0) -> list[list]:
    """What backward() leaves in each operand when ∂L/∂result is g."""
    tensors = [Tensor(x) for x in operands]
    (operation(*tensors) * g).sum().backward()
    return [t.grad.tolist() for t in tensors]


def values(low: float, high: float, away_from_zero: float = 0.0):
    """Strategy: an array of at most 3 axes with entries between the two, none of them near zero."""
    numbers = st.floats(low, high).filter(lambda x: abs(x) >= away_from_zero)
    return hnp.array_shapes(min_dims=0, max_dims=3, max_side=3).flatmap(
        lambda shape: hnp.arrays(np.float64, shape, elements=numbers)
    )


# ## Arithmetic, entry by entry

ARITHMETIC = {
    "add": (F.add, operator.add),
    "subtract": (F.subtract, operator.sub),
    "multiply": (F.multiply, operator.mul),
    "divide": (F.divide, operator.truediv),
    "power": (F.power, operator.pow),
}


# checks [eq:add-backward]
def test_add_by_hand() -> None:
    assert F.add([1, 2], [10, 20]).data.tolist() == [11, 22]
    assert gradients(F.add, [1, 2], [10, 20], g=[3, 4]) == [[3, 4], [3, 4]]


# checks [eq:subtract-backward]
def test_subtract_by_hand() -> None:
    assert F.subtract([1, 2], [10, 20]).data.tolist() == [-9, -18]
    assert gradients(F.subtract, [1, 2], [10, 20], g=[3, 4]) == [[3, 4], [-3, -4]]


# checks [eq:multiply-backward]
def test_multiply_by_hand() -> None:
    assert F.multiply([1, 2], [10, 20]).data.tolist() == [10, 40]
    assert gradients(F.multiply, [1, 2], [10, 20], g=[3, 4]) == [[30, 80], [3, 8]]


# checks [eq:divide-backward]
def test_divide_by_hand() -> None:
    assert F.divide([1, 6], [2, 4]).data.tolist() == [0.5, 1.5]
    # g/b = 3/2, 4/4; −g a/b² = −3·1/4, −4·6/16
    assert gradients(F.divide, [1, 6], [2, 4], g=[3, 4]) == [[1.5, 1], [-0.75, -1.5]]


# checks [eq:power-backward]
# checks [eq:power-exponent-backward]
def test_power_by_hand() -> None:
    assert F.power([3, 4], [2, 0.5]).data.tolist() == [9, 2]
    da, db = gradients(F.power, [3, 4], [2, 0.5], g=[1, 8])
    # b a^(b−1) = 6 and ½/2; a^b ln a = 9 ln 3 and 2 ln 4
    assert da == [6, 8 * 0.25]
    np.testing.assert_allclose(db, [9 * math.log(3), 8 * 2 * math.log(4)], rtol=1e-15)


@pytest.mark.parametrize(
    ("a", "b", "da"),
    [(0, 2, 0), (0, 1, 1), (0, 0, 0), (5, 0, 0), (-2, 3, 12), (-2, 0, 0), (-2, -1, -0.25), (2, -2, -0.25)],
)
def test_power_where_the_formula_needs_care(a: float, b: float, da: float) -> None:
    # b a^(b−1) would be 0·(1/0) at a = b = 0; negative a has no logarithm, and a number as exponent needs none.
    t = Tensor([a])
    (t**b).sum().backward()
    assert t.grad.tolist() == [da]


def test_power_of_zero_has_no_slope_in_the_exponent() -> None:
    exponent = Tensor([1.0, 2.0])
    F.power([0.0, 0.0], exponent).sum().backward()
    assert exponent.grad.tolist() == [0, 0]


def test_a_fractional_power_of_a_negative_number_is_nan() -> None:
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(F.power([-1.0], 0.5).data).all()


# checks [eq:negative-backward]
def test_negative_by_hand() -> None:
    assert F.negative([1, -2]).data.tolist() == [-1, 2]
    assert gradients(F.negative, [1, -2], g=[3, 4]) == [[-3, -4]]


# ## Broadcasting


def unbroadcast_one_by_one(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Number the entries of the operand, broadcast the numbers: they say where each entry was copied to."""
    count = math.prod(shape)
    origin = np.broadcast_to(np.arange(count).reshape(shape), g.shape)
    sums = [0.0] * count
    for number, share in zip(origin.reshape(-1), g.reshape(-1)):
        sums[number] += share
    return np.array(sums).reshape(shape)


broadcastable = hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, min_side=0, max_side=3)


# checks [eq:unbroadcast]
@given(broadcastable)
def test_unbroadcast_sums_over_the_copies(shapes) -> None:
    g = np.arange(1.0, 1 + math.prod(shapes.result_shape)).reshape(shapes.result_shape)
    for shape in shapes.input_shapes:
        found = F.unbroadcast(g, shape)
        assert found.shape == shape
        assert found.tolist() == unbroadcast_one_by_one(g, shape).tolist()


# checks [eq:unbroadcast]
@pytest.mark.parametrize("operation", ARITHMETIC)
@given(shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3), data=st.data())
def test_arithmetic_of_every_broadcasting_pair(operation: str, shapes, data) -> None:
    low = 0.5 if operation in ("divide", "power") else -3
    a, b = (data.draw(hnp.arrays(np.float64, s, elements=st.floats(low, 2))) for s in shapes.input_shapes)
    function, in_numpy = ARITHMETIC[operation]
    result = function(Tensor(a), Tensor(b))
    assert result.shape == shapes.result_shape
    np.testing.assert_array_equal(result.data, in_numpy(a, b))
    check_gradients(function, a, b)


@pytest.mark.parametrize("operation", ARITHMETIC)
def test_no_entries_are_no_error(operation: str) -> None:
    function, _ = ARITHMETIC[operation]
    a, b = Tensor(np.ones((2, 0))), Tensor(np.ones((2, 1)))
    function(a, b).sum().backward()
    assert a.grad.shape == (2, 0)
    assert b.grad.tolist() == [[0], [0]]


@pytest.mark.parametrize("operation", ARITHMETIC)
def test_shapes_that_do_not_broadcast_are_named(operation: str) -> None:
    with pytest.raises(ValueError, match=r"\(2,\) \(3,\)"):
        ARITHMETIC[operation][0](Tensor([1, 2]), Tensor([1, 2, 3]))


# ## Operators: tensors with tensors, numbers, lists and arrays, on either side

OTHERS = {
    "whole number": 3,
    "number": 1.5,
    "NumPy number": np.float64(1.5),
    "array": np.array([[1.5, 2.0]]),
    "array of whole numbers": np.array([[1, 2]]),
    "array without axes": np.array(2.0),
    "list": [[1.5, 2.0]],
    "tensor": Tensor([[1.5, 2.0]]),
}


@pytest.mark.parametrize("operation", ARITHMETIC)
@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_operators_take_whatever_stands_beside_the_tensor(operation: str, kind: str, side: str) -> None:
    _, sign = ARITHMETIC[operation]
    other = OTHERS[kind]
    t = Tensor([[2.0], [0.5]])
    plain = np.array(other.data if isinstance(other, Tensor) else other)
    result = sign(t, other) if side == "left" else sign(other, t)
    assert isinstance(result, Tensor) and result.op == operation
    np.testing.assert_array_equal(result.data, sign(t.data, plain) if side == "left" else sign(plain, t.data))
    result.sum().backward()
    by_differences = differences(lambda x: np.sum(sign(x, plain) if side == "left" else sign(plain, x)), t.data)
    np.testing.assert_allclose(t.grad, by_differences, rtol=1e-9)


def test_an_array_times_a_tensor_is_one_tensor() -> None:
    # NumPy left to itself would make an array of tensors, entry by entry.
    t = Tensor([1.0, 2.0])
    product = np.array([3.0, 4.0]) * t
    assert isinstance(product, Tensor) and product.data.tolist() == [3, 8]
    dot = np.array([3.0, 4.0]) @ t
    assert isinstance(dot, Tensor) and dot.data.tolist() == 11


def test_operators_are_the_functions() -> None:
    t = Tensor([[1.0, -2.0], [3.0, 4.0]])
    for by_operator, by_function in [
        (-t, F.negative(t)),
        (abs(t), F.abs(t)),
        (t @ t, F.matmul(t, t)),
        ([[1, 2]] @ t, F.matmul([[1, 2]], t)),
        (t @ [1, 2], F.matmul(t, [1, 2])),
        (t[1], F.getitem(t, 1)),
        (t.T, F.transpose(t)),
        (t.transpose(0, 1), F.transpose(t, 0, 1)),
        (t.reshape(4), F.reshape(t, 4)),
        (t.sum(axis=0), F.sum(t, axis=0)),
        (t.mean(axis=1), F.mean(t, axis=1)),
        (t.max(keepdims=True), F.max(t, keepdims=True)),
    ]:
        assert by_operator.op == by_function.op
        np.testing.assert_array_equal(by_operator.data, by_function.data)


@pytest.mark.parametrize("other", [np.array([1.0, 2.0, 3.0]), "word", None, 1j, object()])
def test_what_is_not_a_number_is_an_error(other) -> None:
    for sign in (operator.add, operator.mul, operator.truediv, operator.matmul):
        with pytest.raises((TypeError, ValueError)):
            sign(Tensor([[1.0, 2.0]]), other)
        with pytest.raises((TypeError, ValueError)):
            sign(other, Tensor([[1.0, 2.0]]))


# ## The matrix product

VECTORS_AND_MATRICES = [
    ((3,), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3,)),
    ((2, 3), (3, 4)),
    ((1, 1), (1, 1)),
    ((1,), (1, 3)),
]


# checks [eq:matmul-backward]
def test_matmul_by_hand() -> None:
    a, b = [[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]
    assert F.matmul(a, b).data.tolist() == [[19, 22], [43, 50]]
    da, db = gradients(F.matmul, a, b, g=[[1, 0], [0, 10]])
    # G Bᵀ: the first row of B's columns, ten times the second; Aᵀ G
    assert da == [[5, 7], [60, 80]]
    assert db == [[1, 30], [2, 40]]


# checks [eq:matmul-backward]
@pytest.mark.parametrize(("shape_a", "shape_b"), VECTORS_AND_MATRICES)
def test_matmul_follows_numpy_for_vectors_and_matrices(shape_a, shape_b) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(-9, 9, shape_a).astype(float), rng.integers(-9, 9, shape_b).astype(float)
    result = Tensor(a) @ Tensor(b)
    assert result.shape == (a @ b).shape
    np.testing.assert_array_equal(result.data, a @ b)
    check_gradients(F.matmul, a, b)


@given(st.tuples(*[st.integers(0, 3)] * 3), st.booleans(), st.booleans())
def test_matmul_of_every_size_none_included(sizes: tuple[int, int, int], row: bool, column: bool) -> None:
    n, k, m = sizes
    a = np.arange(1.0, 1 + n * k).reshape(n, k) if not row else np.arange(1.0, 1 + k)
    b = np.arange(1.0, 1 + k * m).reshape(k, m) if not column else np.arange(1.0, 1 + k)
    result = Tensor(a) @ Tensor(b)
    assert result.shape == (a @ b).shape
    np.testing.assert_array_equal(result.data, a @ b)
    check_gradients(F.matmul, a, b)


def test_only_the_tensors_among_the_factors_get_a_gradient() -> None:
    a, b = Tensor([[1.0, 2.0]]), Tensor([[3.0], [4.0]])
    for left, right, expected in [(a, b.data, [[3, 4]]), (a.data, b, [[1], [2]])]:
        (left @ right).sum().backward()
        assert (left if left is a else right).grad.tolist() == expected


@pytest.mark.parametrize(
    ("shape_a", "shape_b"),
    [((2, 3), (2, 3)), ((3,), (2, 3)), ((2, 3), (2,)), ((), (3,)), ((3, 3), ()), ((1, 2, 3), (3, 2))],
)
def test_matmul_names_shapes_that_do_not_fit(shape_a, shape_b) -> None:
    with pytest.raises(ValueError, match="@ multiplies") as error:
        Tensor(np.ones(shape_a)) @ Tensor(np.ones(shape_b))
    assert f"not {shape_a} by {shape_b}" in str(error.value)


# checks [eq:dense-da]
# checks [eq:dense-dW]
# checks [eq:dense-db]
def test_affine_by_hand() -> None:
    # Two examples, two inputs, one neuron.
    a, W, b = [[1.0, 2.0], [3.0, 4.0]], [[10.0], [20.0]], [5.0]
    assert F.affine(a, W, b).data.tolist() == [[10 + 40 + 5], [30 + 80 + 5]]
    # δ = (1, 2): δ Wᵀ, aᵀ δ, Σ δ
    assert gradients(F.affine, a, W, b, g=[[1], [2]]) == [[[10, 20], [20, 40]], [[1 + 6], [2 + 8]], [3]]


# checks [eq:dense-da]
# checks [eq:dense-dW]
# checks [eq:dense-db]
@given(st.tuples(*[st.integers(1, 3)] * 3), st.integers(0, 2**32 - 1))
def test_affine_is_matmul_plus_bias(sizes: tuple[int, int, int], seed: int) -> None:
    N, k, n = sizes
    rng = np.random.default_rng(seed)
    arrays = rng.normal(size=(N, k)), rng.normal(size=(k, n)), rng.normal(size=n)
    np.testing.assert_allclose(F.affine(*arrays).data, arrays[0] @ arrays[1] + arrays[2], rtol=1e-13, atol=1e-13)
    check_gradients(F.affine, *arrays)


@pytest.mark.parametrize("constant", [0, 1, 2])
def test_affine_leaves_constants_alone(constant: int) -> None:
    operands = [Tensor(np.ones(shape), requires_grad=i != constant) for i, shape in enumerate([(2, 3), (3, 4), (4,)])]
    F.affine(*operands).sum().backward()
    assert [t.grad is None for t in operands] == [i == constant for i in range(3)]


@pytest.mark.parametrize("sizes", [(3, 2, 4), (40, 30, 20)])
def test_affine_with_constant_weights_has_a_gradient_of_a_alone(sizes: tuple[int, int, int]) -> None:
    N, n_in, n_out = sizes
    rng = np.random.default_rng(0)
    a, W, b = (
        Tensor(rng.normal(size=(N, n_in))),
        *(Tensor(rng.normal(size=shape), requires_grad=False) for shape in ((n_in, n_out), (n_out,))),
    )
    g = rng.normal(size=(N, n_out))
    (F.affine(a, W, b) * g).sum().backward()
    np.testing.assert_allclose(a.grad, g @ W.data.T, rtol=1e-12, atol=1e-13)
    assert W.grad is None and b.grad is None


@pytest.mark.parametrize(
    "shapes", [((2, 3), (2, 3), (3,)), ((3,), (3, 2), (2,)), ((2, 3), (3, 2), (3,)), ((2, 3), (3, 2), ())]
)
def test_affine_names_shapes_that_do_not_fit(shapes) -> None:
    with pytest.raises(ValueError, match=r"\(N, k\), \(k, n\) and \(n,\)") as error:
        F.affine(*(Tensor(np.ones(shape)) for shape in shapes))
    assert f"not {shapes[0]}, {shapes[1]} and {shapes[2]}" in str(error.value)


# ## Sums, means, largest entries


@st.composite
def reductions(draw, elements, unique: bool = False):
    """An array, and axes to reduce: none, one or several of them, counted from the front or from the back."""
    x = draw(
        hnp.array_shapes(min_dims=0, max_dims=3, max_side=3).flatmap(
            lambda shape: hnp.arrays(np.float64, shape, elements=elements, unique=unique)
        )
    )
    axis = draw(st.one_of(st.none(), hnp.valid_tuple_axes(x.ndim)))
    if isinstance(axis, tuple) and len(axis) == 1 and draw(st.booleans()):
        (axis,) = axis
    return x, axis, draw(st.booleans())


# checks [eq:sum-backward]
def test_sum_by_hand() -> None:
    x = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert F.sum(x).data.tolist() == 21
    assert F.sum(x, axis=0).data.tolist() == [5, 7, 9]
    assert F.sum(x, axis=-1, keepdims=True).data.tolist() == [[6], [15]]
    assert gradients(lambda t: F.sum(t, axis=0), x, g=[1, 2, 3]) == [[[1, 2, 3], [1, 2, 3]]]
    assert gradients(lambda t: F.sum(t, axis=1), x, g=[1, 2]) == [[[1, 1, 1], [2, 2, 2]]]


# checks [eq:mean-backward]
def test_mean_by_hand() -> None:
    x = [[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]
    assert F.mean(x).data.tolist() == 4
    assert F.mean(x, axis=0).data.tolist() == [2.5, 3.5, 6]
    assert F.mean(x, axis=(0, 1), keepdims=True).data.tolist() == [[4]]
    assert gradients(lambda t: F.mean(t, axis=0), x, g=[1, 2, 3]) == [[[0.5, 1, 1.5], [0.5, 1, 1.5]]]
    assert gradients(F.mean, x, g=6) == [[[1, 1, 1], [1, 1, 1]]]


# checks [eq:max-backward]
def test_max_by_hand() -> None:
    x = [[1.0, 5.0, 3.0], [4.0, 2.0, 6.0]]
    assert F.max(x).data.tolist() == 6
    assert F.max(x, axis=0).data.tolist() == [4, 5, 6]
    assert F.max(x, axis=-1, keepdims=True).data.tolist() == [[5], [6]]
    assert gradients(lambda t: F.max(t, axis=0), x, g=[1, 2, 3]) == [[[0, 2, 0], [1, 0, 3]]]
    assert gradients(F.max, x, g=7) == [[[0, 0, 0], [0, 0, 7]]]


# checks [eq:max-backward]
def test_the_largest_entries_share_the_gradient() -> None:
    x = [[2.0, 2.0, 2.0, 1.0], [3.0, 0.0, 3.0, 1.0]]
    assert gradients(lambda t: F.max(t, axis=1), x, g=[6, 8]) == [[[2, 2, 2, 0], [4, 0, 4, 0]]]
    assert gradients(F.max, x, g=1) == [[[0, 0, 0, 0], [0.5, 0, 0.5, 0]]]


@pytest.mark.parametrize("operation", [F.sum, F.mean])
@given(case=reductions(st.floats(-3, 3)))
def test_sums_and_means_over_every_choice_of_axes(operation, case) -> None:
    x, axis, keepdims = case
    result = operation(Tensor(x), axis=axis, keepdims=keepdims)
    expected = {F.sum: np.sum, F.mean: np.mean}[operation](x, axis=axis, keepdims=keepdims)
    assert result.shape == np.shape(expected)
    np.testing.assert_allclose(result.data, expected, rtol=1e-14, atol=1e-14)
    check_gradients(lambda t: operation(t, axis=axis, keepdims=keepdims), x)


# checks [eq:max-backward]
@given(reductions(st.integers(-40, 40).map(lambda n: n / 16), unique=True))
def test_largest_entries_over_every_choice_of_axes(case) -> None:
    x, axis, keepdims = case
    result = F.max(Tensor(x), axis=axis, keepdims=keepdims)
    expected = np.max(x, axis=axis, keepdims=keepdims)
    assert result.shape == np.shape(expected)
    np.testing.assert_array_equal(result.data, expected)
    check_gradients(lambda t: F.max(t, axis=axis, keepdims=keepdims), x)


@pytest.mark.parametrize("operation", [F.sum, F.max])
@pytest.mark.parametrize("axis", [0, -1])
def test_a_single_number_may_be_summed_along_its_one_axis(operation, axis: int) -> None:
    t = Tensor(3.0)  # which NumPy lets it have
    operation(t, axis=axis).backward()
    assert t.grad.tolist() == 1


@pytest.mark.parametrize("operation", [F.sum, F.mean, F.max])
@pytest.mark.parametrize("axis", [2, -3, (0, 2), (0, 0)])
def test_axes_that_do_not_exist_are_an_error(operation, axis) -> None:
    with pytest.raises(ValueError, match=r"out of bounds|duplicate"):
        operation(Tensor(np.ones((2, 3))), axis=axis)


def test_sums_and_means_without_entries() -> None:
    nothing = Tensor(np.ones((0, 3)))
    assert nothing.sum(axis=0).data.tolist() == [0, 0, 0]
    assert nothing.sum(axis=1).shape == (0,)
    assert nothing.mean(axis=1).shape == (0,)
    with pytest.raises(ValueError, match="zero-size"):
        nothing.max()


def test_nan_is_the_largest_entry() -> None:
    x = Tensor([[1.0, np.nan, 3.0]])
    assert np.isnan(x.max().data)
    x.max().backward()
    assert x.grad.tolist() == [[0, 1, 0]]


# ## Moving entries about


# checks [eq:reshape-backward]
def test_reshape_by_hand() -> None:
    x = Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    expected = [[1, 2], [3, 4], [5, 6]]
    for reshaped in (x.reshape(3, 2), x.reshape((3, 2)), x.reshape(3, -1), x.reshape([3, 2])):
        assert reshaped.data.tolist() == expected
    assert x.reshape(-1).data.tolist() == [1, 2, 3, 4, 5, 6]
    g = [[1, 2], [3, 4], [5, 6]]
    assert gradients(lambda t: t.reshape(3, 2), x.data, g=g) == [[[1, 2, 3], [4, 5, 6]]]
    with pytest.raises(ValueError, match=r"size 6 into shape \(4,2\)"):
        x.reshape(4, 2)


# checks [eq:transpose-backward]
def test_transpose_by_hand() -> None:
    x = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert Tensor(x).T.data.tolist() == [[1, 4], [2, 5], [3, 6]]
    assert gradients(lambda t: t.T, x, g=[[1, 2], [3, 4], [5, 6]]) == [[[1, 3, 5], [2, 4, 6]]]


# checks [eq:transpose-backward]
@given(st.integers(0, 4).flatmap(lambda ndim: st.permutations(range(ndim))), st.booleans(), st.booleans())
def test_transpose_with_every_order_of_axes(order: list[int], negative: bool, apart: bool) -> None:
    shape = (2, 3, 1, 2)[: len(order)]
    x = np.arange(float(math.prod(shape))).reshape(shape)
    axes = [i - len(order) for i in order] if negative else order
    operation = (lambda t: t.transpose(*axes)) if apart else (lambda t: t.transpose(tuple(axes)))
    np.testing.assert_array_equal(operation(Tensor(x)).data, x.transpose(order))
    check_gradients(operation, x)
    check_gradients(lambda t: t.T, x)


@pytest.mark.parametrize("axes", [(0,), (0, 0), (0, 2), (1, 2), (0, -3), (0, 1, 2)])
def test_transpose_with_axes_that_do_not_exist_is_an_error(axes) -> None:
    with pytest.raises(ValueError, match=r"axes don't match|repeated axis|out of bounds"):
        Tensor(np.ones((2, 3))).transpose(*axes)


# checks [eq:getitem-backward]
def test_getitem_by_hand() -> None:
    x = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert Tensor(x)[1, 2].data.tolist() == 6
    assert Tensor(x)[:, ::-2].data.tolist() == [[3, 1], [6, 4]]
    assert gradients(lambda t: t[1, 2], x, g=7) == [[[0, 0, 0], [0, 0, 7]]]
    assert gradients(lambda t: t[:, ::-2], x, g=[[1, 2], [3, 4]]) == [[[2, 0, 1], [4, 0, 3]]]
    assert gradients(lambda t: t[t.data > 2], x, g=[1, 2, 3, 4]) == [[[0, 0, 1], [2, 3, 4]]]


# checks [eq:getitem-backward]
def test_an_entry_that_is_picked_several_times_collects_all_its_gradients() -> None:
    x = [10.0, 20.0, 30.0]
    assert Tensor(x)[[2, 0, 2, 2]].data.tolist() == [30, 10, 30, 30]
    assert gradients(lambda t: t[[2, 0, 2, 2]], x, g=[1, 2, 3, 4]) == [[2, 0, 1 + 3 + 4]]
    # picked by coordinates, (0, 1) twice
    assert gradients(lambda t: t[[0, 0, 1], [1, 1, 0]], [[1, 2], [3, 4]], g=[1, 2, 4]) == [[[0, 3], [4, 0]]]


# checks [eq:getitem-backward]
@given(st.data())
def test_getitem_with_every_kind_of_key(data) -> None:
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=3))
    x = np.arange(1.0, 1 + math.prod(shape)).reshape(shape)
    key = data.draw(
        st.one_of(
            hnp.basic_indices(shape, allow_newaxis=True),
            hnp.integer_array_indices(shape),  # any entry any number of times, in any shape
            hnp.arrays(bool, shape),
            st.lists(st.integers(-shape[0], shape[0] - 1), max_size=4),
        )
    )
    expected = x[key]
    result = Tensor(x)[key]
    assert result.shape == expected.shape
    np.testing.assert_array_equal(result.data, expected)
    check_gradients(lambda t: t[key], x)


def test_a_key_that_changes_later_does_not_matter() -> None:
    x, key = Tensor([1.0, 2.0, 3.0]), np.array([0, 1])
    picked = x[key]
    key[:] = 2
    picked.sum().backward()
    assert x.grad.tolist() == [1, 1, 0]


def test_keys_that_do_not_fit_are_an_error() -> None:
    x = Tensor([1.0, 2.0, 3.0])
    with pytest.raises(IndexError, match="out of bounds"):
        x[3]
    with pytest.raises(IndexError, match="too many indices"):
        x[0, 0]
    with pytest.raises(TypeError, match="not with a Tensor"):
        x[Tensor([0.0, 1.0])]


# ## Functions of one entry


# checks [eq:exp-backward]
def test_exp_by_hand() -> None:
    np.testing.assert_allclose(F.exp([0, math.log(3)]).data, [1, 3], rtol=1e-15)
    np.testing.assert_allclose(gradients(F.exp, [0, math.log(3)], g=[2, 5]), [[2, 15]], rtol=1e-15)
    check_gradients(F.exp, np.array([[-2.0, 0.0], [1.0, 2.0]]))


# checks [eq:log-backward]
def test_log_by_hand() -> None:
    np.testing.assert_allclose(F.log([1, math.e]).data, [0, 1], rtol=1e-15)
    assert gradients(F.log, [1, 4], g=[2, 5]) == [[2, 1.25]]
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert F.log([0.0]).data.tolist() == [-math.inf]
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(F.log([-1.0]).data).all()


# checks [eq:sqrt-backward]
def test_sqrt_by_hand() -> None:
    assert F.sqrt([4, 9]).data.tolist() == [2, 3]
    assert gradients(F.sqrt, [4, 0.25], g=[8, 1]) == [[2, 1]]
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(F.sqrt([-1.0]).data).all()


# checks [eq:abs-backward]
def test_abs_by_hand() -> None:
    assert F.abs([-3, 0, 2]).data.tolist() == [3, 0, 2]
    # at the kink the slope is 0
    assert gradients(F.abs, [-3, 0, 2], g=[5, 6, 7]) == [[-5, 0, 7]]


# Each function of one entry, where its differences may be taken.
ONE_ENTRY = {
    "negative": (F.negative, values(-3, 3)),
    "exp": (F.exp, values(-3, 2)),
    "log": (F.log, values(0.5, 3)),
    "sqrt": (F.sqrt, values(0.5, 3)),
    "abs": (F.abs, values(-3, 3, away_from_zero=0.01)),
    "identity": (F.identity, values(-3, 3)),
    "sigmoid": (F.sigmoid, values(-3, 3)),
    "tanh": (F.tanh, values(-3, 3)),
    "relu": (F.relu, values(-3, 3, away_from_zero=0.01)),
    "leaky_relu": (F.leaky_relu, values(-3, 3, away_from_zero=0.01)),
    "leaky_relu of slope 0.3": (lambda z: F.leaky_relu(z, 0.3), values(-3, 3, away_from_zero=0.01)),
    "elu": (F.elu, values(-3, 3, away_from_zero=0.01)),
    "elu of scale 2": (lambda z: F.elu(z, scale=2.0), values(-3, 3, away_from_zero=0.01)),
    "gelu": (F.gelu, values(-3, 3)),
    "softplus": (F.softplus, values(-3, 3)),
}


# checks [eq:activation-backward]
@pytest.mark.parametrize("name", ONE_ENTRY)
@given(data=st.data())
def test_functions_of_one_entry_against_differences(name: str, data) -> None:
    function, arrays = ONE_ENTRY[name]
    x = data.draw(arrays)
    assert function(Tensor(x)).shape == x.shape
    check_gradients(function, x)


@pytest.mark.parametrize("name", ONE_ENTRY)
def test_functions_of_no_entries(name: str) -> None:
    t = Tensor(np.ones((0, 2)))
    ONE_ENTRY[name][0](t).sum().backward()
    assert t.grad.shape == (0, 2)


# ## Activations


# checks [eq:identity-backward]
def test_identity_by_hand() -> None:
    assert F.identity([-1, 2]).data.tolist() == [-1, 2]
    assert gradients(F.identity, [-1, 2], g=[3, 4]) == [[3, 4]]


# checks [eq:activation-backward]
@pytest.mark.parametrize(
    ("function", "a", "f_prime"),
    [
        (F.relu, [0, 0, 2], [0, 0, 1]),
        (F.leaky_relu, [-0.02, 0, 2], [0.01, 0.01, 1]),
        (lambda z: F.leaky_relu(z, negative_slope=0.25), [-0.5, 0, 2], [0.25, 0.25, 1]),
        (F.elu, [math.exp(-2) - 1, 0, 2], [math.exp(-2), 1, 1]),
        (lambda z: F.elu(z, scale=2.0), [2 * math.exp(-2) - 2, 0, 2], [2 * math.exp(-2), 2, 1]),
        (F.softplus, [math.log1p(math.exp(-2)), math.log(2), 2 + math.log1p(math.exp(-2))], None),
        (F.sigmoid, [1 / (1 + math.exp(2)), 0.5, 1 / (1 + math.exp(-2))], None),
        (F.tanh, [-math.tanh(2), 0, math.tanh(2)], [1 - math.tanh(2) ** 2, 1, 1 - math.tanh(2) ** 2]),
    ],
)
def test_activations_left_of_at_and_right_of_zero(function, a, f_prime) -> None:
    np.testing.assert_allclose(function([-2, 0, 2]).data, a, rtol=1e-14)
    if f_prime is not None:
        np.testing.assert_allclose(gradients(function, [-2, 0, 2], g=[3, 3, 3]), [np.multiply(3, f_prime)], rtol=1e-14)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@given(z=values(-3, 3).filter(lambda z: z.ndim > 0))
def test_softmax_of_any_number_of_axes(name: str, z: np.ndarray) -> None:
    function = F.ACTIVATIONS[name]
    a = function(Tensor(z)).data
    assert a.shape == z.shape
    probabilities = a if name == "softmax" else np.exp(a)
    np.testing.assert_allclose(probabilities, np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True), rtol=1e-14)
    check_gradients(function, z)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("shape", [(), (0,), (3, 0)])
def test_softmax_needs_an_entry_in_its_rows(name: str, shape) -> None:
    with pytest.raises(ValueError, match=f"{name} works along the last axis") as error:
        F.ACTIVATIONS[name](Tensor(np.ones(shape)))
    assert str(shape) in str(error.value)


@pytest.mark.parametrize("name", F.ACTIVATIONS)
@pytest.mark.parametrize("z", [[1e3, -1e3], [1e8, -1e8], [1e308, -1e308]])
def test_activations_of_huge_numbers_are_silent(name: str, z: list[float]) -> None:
    t = Tensor(z)
    a = F.ACTIVATIONS[name](t)
    a.sum().backward()
    assert not np.isnan(a.data).any()
    assert np.isfinite(t.grad).all()
    limits = {
        "sigmoid": [1, 0],
        "tanh": [1, -1],
        "relu": [z[0], 0],
        "elu": [z[0], -1],
        "gelu": [z[0], 0],
        "softplus": [z[0], 0],
        "softmax": [1, 0],
        "log_softmax": [0, 2 * z[1]] if z[0] < 1e300 else [0, -math.inf],
    }
    if name in limits:
        assert a.data.tolist() == limits[name]


@pytest.mark.parametrize("name", F.ACTIVATIONS)
def test_nan_in_gives_nan_out(name: str) -> None:
    z = Tensor([[1.0, np.nan], [2.0, -3.0]])
    a = F.ACTIVATIONS[name](z)
    assert np.isnan(a.data[0, 1])
    assert np.isfinite(a.data[1]).all()


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "abs", "negative"])
def test_nan_in_gives_nan_out_of_other_functions(name: str) -> None:
    assert np.isnan(getattr(F, name)([np.nan]).data).all()
    assert np.isnan(F.max([1.0, np.nan]).data) and np.isnan(F.sum([1.0, np.nan]).data)


def test_the_names_of_activations() -> None:
    assert F.ACTIVATIONS["linear"] is F.identity
    for name, function in F.ACTIVATIONS.items():
        assert function.__name__ == name or name == "linear"
        assert function(Tensor([[1.0, 2.0]])).op == function.__name__


@pytest.mark.parametrize("function", [F.sigmoid, F.softmax])
def test_a_probability_keeps_its_logit_graph_or_no_graph(function) -> None:
    # The cross-entropies compute from there.
    z = Tensor([[1.0, 2.0]])
    assert function(z).parents == (z,)
    constant = function([[1.0, 2.0]])
    assert not constant.requires_grad
    assert constant.parents[0].data.tolist() == [[1, 2]]
    with no_grad():
        a = function(Tensor(np.array([[1.0, 2.0]], np.float32)))
    assert not a.requires_grad
    assert a.parents[0].data.tolist() == [[1, 2]] and a.parents[0].dtype == np.float32


@pytest.mark.parametrize("function", [F.sigmoid, F.softmax])
def test_probabilities_and_their_logits_cannot_come_apart(function) -> None:
    # A cross-entropy of a changed probability would still be computed from the old logit.
    with no_grad():
        a = function(Tensor([[1.0, 2.0]]))
    with pytest.raises(ValueError, match="read-only"):
        a.data[0, 0] = 0.5


@pytest.mark.parametrize(
    ("function", "loss"), [(F.sigmoid, tn.binary_crossentropy), (F.softmax, tn.categorical_crossentropy)]
)
@pytest.mark.parametrize("recorded", [True, False])
def test_a_logit_that_changes_before_the_loss_is_an_error_or_does_not_matter(function, loss, recorded: bool) -> None:
    z = Tensor([[1.0, 2.0]], requires_grad=recorded)
    right = loss(function(z), [[1.0, 0.0]]).item()
    a = function(z)
    z.data[:] = [[5.0, -5.0]]  # the buffer of the next batch, say
    try:
        found = loss(a, [[1.0, 0.0]])
        found.backward() if recorded else None
    except RuntimeError as error:
        assert "changed in place" in str(error)
    else:
        assert found.item() == right


# ## Dropout


# checks [eq:dropout]
# checks [eq:dropout-backward]
def test_dropout_keeps_an_entry_whole_or_not_at_all() -> None:
    x = np.arange(1.0, 1001.0)
    t = Tensor(x)
    c = F.dropout(t, 0.75, np.random.default_rng(0))
    kept = c.data != 0
    assert c.data[kept].tolist() == (4 * x[kept]).tolist()  # divided by 1 − p = ¼
    assert 200 < kept.sum() < 300
    (c * x).sum().backward()
    assert t.grad.tolist() == np.where(kept, 4 * x, 0).tolist()


# checks [eq:dropout]
def test_dropout_keeps_the_mean() -> None:
    c = F.dropout(np.ones(100_000), 0.3, np.random.default_rng(0))
    # the mean of c has a standard deviation of √(0.3/0.7/100000) = 0.002
    assert c.mean().item() == pytest.approx(1, abs=0.01)


def test_dropout_is_seeded() -> None:
    x = np.ones((4, 5))
    first, second = (F.dropout(x, 0.5, np.random.default_rng(7)).data.tolist() for _ in range(2))
    assert first == second != F.dropout(x, 0.5, np.random.default_rng(8)).data.tolist()


def test_dropout_of_nothing_changes_nothing() -> None:
    assert F.dropout([1.0, 2.0], 0, np.random.default_rng(0)).data.tolist() == [1, 2]


def test_dropout_does_not_hide_nan() -> None:
    assert np.isnan(F.dropout(np.full(50, np.nan), 0.5, np.random.default_rng(0)).data).all()


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5, np.nan])
def test_dropout_takes_a_probability(rate: float) -> None:
    with pytest.raises(ValueError, match="0 <= rate < 1") as error:
        F.dropout([1.0], rate, np.random.default_rng(0))
    assert f"not {rate}" in str(error.value)


# ## One dtype

EVERY_OPERATION: dict[str, Callable[..., Tensor]] = {
    **{name: function for name, (function, _) in (ONE_ENTRY | ARITHMETIC).items()},
    **F.ACTIVATIONS,
    "matmul": F.matmul,
    "affine": lambda a, W: F.affine(a, W, a[0]),
    "sum": F.sum,
    "sum of rows": lambda a: F.sum(a, axis=1),
    "mean": F.mean,
    "mean of columns": lambda a: F.mean(a, axis=0, keepdims=True),
    "max": F.max,
    "max of rows": lambda a: F.max(a, axis=-1),
    "reshape": lambda a: F.reshape(a, -1),
    "transpose": F.transpose,
    "getitem": lambda a: a[0],
    "single entry": lambda a: a[0, 0],
    "picked rows": lambda a: a[[0, 0]],
    "dropout": lambda a: F.dropout(a, 0.5, np.random.default_rng(0)),
}
TWO_OPERANDS = [*ARITHMETIC, "matmul", "affine"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", EVERY_OPERATION)
def test_results_and_gradients_keep_the_dtype(name: str, dtype) -> None:
    count = 2 if name in TWO_OPERANDS else 1
    operands = [Tensor(np.array([[1, 2], [3, 4]], dtype)) for _ in range(count)]
    result = EVERY_OPERATION[name](*operands)
    assert result.dtype == dtype
    loss = (result * 2).sum()
    loss.backward()
    assert loss.dtype == loss.grad.dtype == result.grad.dtype == dtype
    assert [t.grad.dtype for t in operands] == [dtype] * count


@pytest.mark.parametrize("operation", [*ARITHMETIC, "matmul"])
@pytest.mark.parametrize(
    "constant", [3, 2.5, [[1.0, 2.0], [3.0, 4.0]], np.ones((2, 2)), np.ones((2, 2), int), np.float64(2)]
)
def test_constants_take_the_dtype_of_the_graph(operation: str, constant) -> None:
    if operation == "matmul" and np.ndim(constant) == 0:
        return
    t = Tensor(np.array([[1, 2], [3, 4]], np.float32))
    for result in (EVERY_OPERATION[operation](t, constant), EVERY_OPERATION[operation](constant, t)):
        assert result.dtype == np.float32
        result.sum().backward()
        assert t.grad.dtype == np.float32


@pytest.mark.parametrize("operation", TWO_OPERANDS)
def test_float32_and_float64_never_meet(operation: str) -> None:
    single, double = Tensor(np.ones((2, 2), np.float32)), Tensor(np.ones((2, 2)))
    for operands in ((single, double), (double, single)):
        with pytest.raises(TypeError, match="a float32 and a float64 tensor meet; make both with the same dtype"):
            EVERY_OPERATION[operation](*operands)


@pytest.mark.parametrize("name", EVERY_OPERATION)
def test_float32_gradients_are_those_of_float64(name: str) -> None:
    arrays = np.random.default_rng(0).uniform(0.5, 2, (2 if name in TWO_OPERANDS else 1, 2, 2)).astype(np.float32)
    gradients_of = {}
    for dtype in (np.float32, np.float64):
        operands = [Tensor(x.astype(dtype)) for x in arrays]
        result = EVERY_OPERATION[name](*operands)
        weights = np.linspace(-1, 2, result.size).reshape(result.shape)
        (result * weights).sum().backward()
        gradients_of[dtype] = [t.grad for t in operands]
    np.testing.assert_allclose(gradients_of[np.float32], gradients_of[np.float64], rtol=1e-5, atol=2e-6)


def test_the_package_shows_them() -> None:
    names = {"exp", "log", "sqrt", "abs", "sum", "mean", "max", "matmul", "dropout", *F.ACTIVATIONS} - {"linear"}
    for name in names:
        assert getattr(tn, name) is getattr(F, name)
