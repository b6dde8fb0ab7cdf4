"""Every operation of tinynet/functions.py beside PyTorch's: value and gradient, on inputs that hypothesis chooses.

Each comparison is entry by entry, 1e-10 relative in float64. The gradient is that of Σ g c, where c is the result and
every entry of g is different, so that a gradient in the wrong place is seen.

A sum whose terms cancel has no relative accuracy in any library. So wherever entries are added, they are eighths: small
sums and products of eighths are exact. Functions of one entry are given any numbers, up to ±1e8.

Where PyTorch defines something else than the book:

* Broadcasting, reductions, indexing: as NumPy. But PyTorch has no negative steps in slices, and a[0, :, [1, 2]] puts
  the axis of the list last where NumPy puts it first. Neither is tried here.
* 0 ** b at b = 0: ∂/∂b is -∞ here (the slope on the right), 0 in PyTorch. Not tried here.
* Kinks. The same: relu'(0) = 0, leaky_relu'(0) = the small slope, abs'(0) = 0, equal maxima share the gradient.
  Different: hinge, whose slope at y a = 1 is 0 here and -y in PyTorch.
* `F.softplus` replaces ln(1 + e^z) by z above a threshold; it is moved out of the way.
* sqrt'(0) is ∞ in both; NumPy says so by a warning, so it is not tried here.
* `F.binary_cross_entropy` cuts every logarithm at -100; the book's loss is infinite where a certain prediction is
  wrong.

Where both, or PyTorch, know fewer digits, the tests say so by ROUNDING, an absolute difference that is left to them:
derivatives that are differences of nearly equal numbers, such as 1 - a²; PyTorch's gelu, computed from 1 + erf; its
log_softmax, from the logarithm of a sum that is nearly 1; its cross-entropies, which lose the digits of small losses.
"""

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, integer_array_indices, mutually_broadcastable_shapes

import tinynet as tn
from tinynet import functions
from tinynet.functions import ACTIVATIONS

F = torch.nn.functional


# What the rounding of numbers near 1 (or of logits up to 40, which then cancel) leaves, in arrays as small as these.
ROUNDING = 1e-13
# Below this, numbers lose digits until they are 0.
SMALLEST = 1e-300


def assert_same(ours, theirs, inputs, value=SMALLEST, gradient=SMALLEST):
    """Values and gradients of two functions agree to 1e-10 relative, or absolutely to `value` and `gradient`.

    ours takes Tensors, theirs PyTorch's; inputs are the arrays.
    """
    our_inputs = [tn.Tensor(x.copy()) for x in inputs]
    their_inputs = [torch.tensor(x, requires_grad=True) for x in inputs]
    c, their_c = ours(*our_inputs), theirs(*their_inputs)
    assert c.shape == tuple(their_c.shape)
    np.testing.assert_allclose(c.data, their_c.detach().numpy(), rtol=1e-10, atol=value)
    g = (1 + np.arange(c.size).reshape(c.shape)) / 8
    (c * g).sum().backward()
    (their_c * torch.tensor(g)).sum().backward()
    for x, their_x in zip(our_inputs, their_inputs, strict=True):
        np.testing.assert_allclose(x.grad, their_x.grad.numpy(), rtol=1e-10, atol=gradient)


def both(function):
    """The same Python for tinynet's tensors and for PyTorch's."""
    return function, function


eighths = st.integers(-64, 64).map(lambda k: k / 8)


def any_size(low, high):
    """Numbers between low and high, with their ends and 0 where it is between."""
    ends = [low, high] + [0.0] * (low < 0 < high)
    return st.one_of(st.floats(low, high), st.sampled_from(ends))


@st.composite
def pairs(draw, first, second):
    """Two arrays whose shapes broadcast, the entries of each from a strategy; shapes (), and lengths 0 and 1, too."""
    shapes = draw(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, min_side=0, max_side=3)).input_shapes
    return [draw(arrays(np.float64, shape, elements=entries)) for shape, entries in zip(shapes, (first, second))]


# ## Arithmetic, every pair of shapes that broadcasts


class TestArithmetic:
    # checks [eq:unbroadcast]
    # checks [eq:add-backward]
    # checks [eq:subtract-backward]
    # checks [eq:multiply-backward]
    @pytest.mark.parametrize(
        "operation", [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b], ids=["add", "subtract", "multiply"]
    )
    @given(inputs=pairs(eighths, eighths))
    def test_sums_and_products(self, operation, inputs):
        assert_same(*both(operation), inputs)

    # checks [eq:divide-backward]
    @given(inputs=pairs(eighths, st.sampled_from([-4.0, -2.0, -1.0, -0.5, 0.25, 1.0, 2.0])))
    def test_quotients(self, inputs):
        # by powers of two, so that these too are exact
        assert_same(*both(lambda a, b: a / b), inputs)

    # checks [eq:power-backward]
    # checks [eq:power-exponent-backward]
    @given(inputs=pairs(st.floats(1, 10), st.floats(0, 3)))
    def test_powers(self, inputs):
        # bases above 1 and exponents above 0: no term of a gradient is negative, nothing cancels
        assert_same(*both(lambda a, b: a**b), inputs)

    @given(st.data())
    def test_powers_and_quotients_of_any_size(self, data):
        shape = data.draw(array_shapes(max_dims=2, max_side=4))
        a = data.draw(arrays(np.float64, shape, elements=st.floats(1e-6, 1e6)))
        b = data.draw(arrays(np.float64, shape, elements=st.floats(-3, 3)))
        assert_same(*both(lambda a, b: a**b), [a, b])
        assert_same(*both(lambda a, b: b / a), [a, b])

    @pytest.mark.parametrize("exponent", [-3, -2, -1, 0, 1, 2, 3, 4])
    @given(arrays(np.float64, (2, 3), elements=eighths))
    def test_whole_powers_of_negative_numbers(self, exponent, a):
        assume(exponent >= 0 or np.all(a != 0))
        assert_same(*both(lambda a: a**exponent), [a])

    @given(arrays(np.float64, (4,), elements=st.floats(1, 10)))
    def test_powers_of_zero(self, b):
        assert_same(*both(lambda a, b: a**b), [np.zeros(4), b])

    # checks [eq:negative-backward]
    @pytest.mark.parametrize(
        "operation",
        [lambda a: 2.5 + a, lambda a: 2.5 - a, lambda a: 2.5 * a, lambda a: 2.5 / a, lambda a: 2.5**a, lambda a: -a],
        ids=["2.5 + a", "2.5 - a", "2.5 * a", "2.5 / a", "2.5 ** a", "-a"],
    )
    @given(arrays(np.float64, array_shapes(max_dims=2, max_side=4), elements=eighths.filter(bool)))
    def test_a_number_on_the_left(self, operation, a):
        assert_same(*both(operation), [a])

    @given(arrays(np.float64, array_shapes(max_dims=2, max_side=4), elements=eighths))
    def test_a_tensor_used_several_times(self, a):
        def twice_over(a):
            b = a + a
            c = b * b
            return c - b * a

        assert_same(*both(twice_over), [a])


# ## The matrix product


@st.composite
def factors(draw):
    """Two arrays that @ takes: matrices or vectors, one length in common; lengths from 1 on."""
    n, k, m = (draw(st.integers(1, 5)) for _ in range(3))
    shapes = draw(st.sampled_from([[(n, k), (k, m)], [(k,), (k, m)], [(n, k), (k,)], [(k,), (k,)]]))
    return [draw(arrays(np.float64, shape, elements=eighths)) for shape in shapes]


class TestMatmul:
    # checks [eq:matmul]
    # checks [eq:matmul-backward]
    @given(factors())
    def test_matrices_and_vectors(self, inputs):
        assert_same(*both(lambda a, b: a @ b), inputs)

    @given(factors())
    def test_transposed_matrices(self, inputs):
        # the same numbers, in another order in memory
        a, b = (np.ascontiguousarray(x.T) for x in inputs)
        assert_same(lambda a, b: a.T @ b.T, lambda a, b: a.t() @ b.t(), [a, b])

    @pytest.mark.parametrize(
        "shapes", [[(2, 0), (0, 3)], [(0, 3), (3, 2)], [(2, 3), (3, 0)], [(0,), (0, 3)], [(0,), (0,)]]
    )
    def test_a_length_of_0(self, shapes):
        # a sum of no terms is 0
        assert_same(*both(lambda a, b: a @ b), [np.zeros(shape) for shape in shapes])

    # checks [eq:matmul]
    # checks [eq:dense-da]
    # checks [eq:dense-dW]
    # checks [eq:dense-db]
    # checks [eq:bias-gradient]
    @given(st.data())
    def test_affine_is_linear_with_its_weights_transposed(self, data):
        N, n_in, n_out = (data.draw(st.integers(1, 5)) for _ in range(3))
        shapes = [(N, n_in), (n_in, n_out), (n_out,)]
        inputs = [data.draw(arrays(np.float64, shape, elements=eighths)) for shape in shapes]
        assert_same(functions.affine, lambda a, W, b: F.linear(a, W.T, b), inputs)


# ## Sums, means, largest entries, over all axes and over some


@st.composite
def reductions(draw, entries):
    """An array with 1 to 3 axes, the axes to reduce (None, a number or several), and keepdims."""
    a = draw(arrays(np.float64, array_shapes(max_dims=3, max_side=4), elements=entries))
    one = st.integers(-a.ndim, a.ndim - 1)
    several = st.lists(st.integers(0, a.ndim - 1), min_size=1, unique=True).map(tuple)
    return a, draw(st.one_of(st.none(), one, several)), draw(st.booleans())


class TestReductions:
    # checks [eq:sum-backward]
    # checks [eq:mean-backward]
    @pytest.mark.parametrize("name", ["sum", "mean"])
    @given(reduction=reductions(eighths))
    def test_sum_and_mean(self, name, reduction):
        a, axis, keepdims = reduction
        assert_same(
            lambda a: getattr(a, name)(axis=axis, keepdims=keepdims),
            lambda a: getattr(a, name)(dim=axis, keepdim=keepdims),
            [a],
        )

    # checks [eq:max-backward]
    @given(reductions(st.sampled_from([-1.0, 0.0, 2.0])))
    def test_the_largest_entries_share_the_gradient(self, reduction):
        # three values only, so most maxima are reached more than once
        a, axis, keepdims = reduction
        dim = tuple(range(a.ndim)) if axis is None else axis
        assert_same(
            lambda a: a.max(axis=axis, keepdims=keepdims), lambda a: torch.amax(a, dim=dim, keepdim=keepdims), [a]
        )

    @given(reductions(st.floats(-1e8, 1e8)))
    def test_the_largest_of_any_entries(self, reduction):
        a, axis, keepdims = reduction
        dim = tuple(range(a.ndim)) if axis is None else axis
        assert_same(
            lambda a: a.max(axis=axis, keepdims=keepdims), lambda a: torch.amax(a, dim=dim, keepdim=keepdims), [a]
        )


# ## Moving entries about


def numbered(*shape):
    return np.arange(float(np.prod(shape))).reshape(shape)


class TestMoving:
    # checks [eq:reshape-backward]
    @pytest.mark.parametrize("shape", [(24,), (-1,), (4, 6), (6, -1), (2, 1, 12), (3, 2, 2, 2)])
    def test_reshape(self, shape):
        assert_same(*both(lambda a: a.reshape(shape)), [numbered(2, 3, 4)])
        assert_same(*both(lambda a: a.reshape(*shape)), [numbered(2, 3, 4)])

    # checks [eq:transpose-backward]
    @given(st.permutations(range(4)), st.lists(st.booleans(), min_size=4, max_size=4))
    def test_transpose(self, axes, from_the_end):
        axes = [axis - 4 if negative else axis for axis, negative in zip(axes, from_the_end)]
        assert_same(lambda a: a.transpose(*axes), lambda a: a.permute(*axes), [numbered(2, 3, 1, 4)])

    def test_transpose_of_all_axes_and_back(self):
        assert_same(lambda a: a.transpose(), lambda a: a.permute(2, 1, 0), [numbered(2, 3, 4)])
        assert_same(lambda a: a.T.reshape(4, -1) * a.reshape(4, -1), lambda a: a.t() * a, [numbered(4, 4)])


@st.composite
def places(draw, length):
    """An index or a slice of an axis, negative numbers too; steps forward."""
    number = st.integers(-length, length - 1)
    bound = st.one_of(st.none(), st.integers(-length - 1, length + 1))
    return draw(st.one_of(number, st.builds(slice, bound, bound, st.sampled_from([None, 1, 2]))))


def in_torch(key):
    """An index in PyTorch's terms: its own tensors for arrays."""
    if isinstance(key, tuple):
        return tuple(in_torch(part) for part in key)
    return torch.tensor(key) if isinstance(key, np.ndarray | list) else key


class TestGetitem:
    A = numbered(3, 4, 2)

    def check(self, key, a=A):
        assert_same(lambda a: a[key], lambda a: a[in_torch(key)], [a])

    # checks [eq:getitem-backward]
    @given(st.tuples(places(3), places(4), places(2)), st.integers(0, 3))
    def test_numbers_and_slices(self, key, axes):
        self.check(key[:axes])
        self.check((..., *key[3 - axes :]))

    @given(integer_array_indices((3, 4, 2), result_shape=array_shapes(max_dims=2, max_side=6)))
    def test_arrays_that_take_entries_again_and_again(self, key):
        self.check(key)

    @pytest.mark.parametrize("key", [[0, 0, 2], (slice(None), [3, 1, 3]), (slice(1, 3), [0, 1, 0], [1, 1, 1])])
    def test_lists_beside_slices(self, key):
        self.check(key)

    @given(arrays(bool, (3, 4)))
    def test_masks(self, mask):
        self.check(mask)

    def test_new_axes(self):
        self.check(None)
        self.check((slice(None), None, 1, ..., None))


# ## Functions of one entry

Z = any_size(-30, 30) | st.sampled_from([-1e8, -1e3, -40.0, -1.0, 1.0, 40.0, 1e3, 1e8])

# Ours, PyTorch's, the entries, and where ROUNDING is allowed.
ENTRYWISE = {
    "exp": (tn.exp, torch.exp, any_size(-1e3, 700), {}),
    "log": (tn.log, torch.log, any_size(1e-8, 1e8), {}),
    "sqrt": (tn.sqrt, torch.sqrt, any_size(1e-8, 1e8), {}),
    "abs": (tn.abs, torch.abs, any_size(-1e8, 1e8), {}),
    "identity": (tn.identity, torch.nn.Identity(), Z, {}),
    "sigmoid": (tn.sigmoid, torch.sigmoid, Z, {"gradient": ROUNDING}),
    "tanh": (tn.tanh, torch.tanh, Z, {"gradient": ROUNDING}),
    "relu": (tn.relu, F.relu, Z, {}),
    "leaky_relu": (tn.leaky_relu, F.leaky_relu, Z, {}),
    "leaky_relu, its slope": (lambda z: tn.leaky_relu(z, 0.3), lambda z: F.leaky_relu(z, 0.3), Z, {}),
    "elu": (tn.elu, F.elu, Z, {}),
    "elu, its scale": (lambda z: tn.elu(z, 1.5), lambda z: F.elu(z, 1.5), Z, {}),
    "gelu": (tn.gelu, F.gelu, Z, {"value": ROUNDING, "gradient": ROUNDING}),
    # from PyTorch's erfc instead, which keeps its digits where it is small
    "gelu, all digits": (tn.gelu, lambda z: z * torch.erfc(-z / 2**0.5) / 2, Z, {"gradient": ROUNDING}),
    "softplus": (tn.softplus, lambda z: F.softplus(z, threshold=700), Z, {}),
}


class TestEntrywise:
    def test_every_activation_is_here_or_among_the_rows(self):
        assert ACTIVATIONS.keys() - ENTRYWISE.keys() == {"softmax", "log_softmax", "linear"}
        assert ACTIVATIONS["linear"] is ACTIVATIONS["identity"]

    # checks [eq:exp-backward]
    # checks [eq:log-backward]
    # checks [eq:sqrt-backward]
    # checks [eq:abs-backward]
    # checks [eq:activation-backward]
    # checks [eq:identity-backward]
    # checks [eq:sigmoid]
    # checks [eq:sigmoid-prime]
    # checks [eq:tanh]
    # checks [eq:tanh-prime]
    # checks [eq:relu]
    # checks [eq:relu-prime]
    # checks [eq:leaky-relu]
    # checks [eq:leaky-relu-prime]
    # checks [eq:elu]
    # checks [eq:elu-prime]
    # checks [eq:gelu]
    # checks [eq:gelu-prime]
    # checks [eq:softplus]
    # checks [eq:softplus-prime]
    @pytest.mark.parametrize("name", ENTRYWISE)
    @given(st.data())
    def test_value_and_derivative(self, name, data):
        ours, theirs, entries, rounding = ENTRYWISE[name]
        z = data.draw(arrays(np.float64, array_shapes(max_dims=3, max_side=4), elements=entries))
        assert_same(ours, theirs, [z], **rounding)

    @pytest.mark.parametrize("name", [name for name in ENTRYWISE if name in ACTIVATIONS])
    def test_at_zero_and_far_out(self, name):
        ours, theirs, _, rounding = ENTRYWISE[name]
        assert_same(ours, theirs, [np.array([0.0, -0.0, 1e3, -1e3, 1e8, -1e8])], **rounding)


# ## Softmax, along the last axis

LOGITS = arrays(np.float64, array_shapes(max_dims=3, max_side=5), elements=Z)


class TestSoftmax:
    # checks [eq:softmax]
    # checks [eq:softmax-backward]
    @given(LOGITS)
    def test_softmax(self, z):
        assert_same(tn.softmax, lambda z: F.softmax(z, dim=-1), [z], gradient=ROUNDING)

    # checks [eq:log-softmax]
    # checks [eq:log-softmax-backward]
    # checks [eq:log-sum-exp]
    @given(LOGITS)
    def test_log_softmax(self, z):
        assert_same(tn.log_softmax, lambda z: F.log_softmax(z, dim=-1), [z], value=ROUNDING, gradient=ROUNDING)


# ## Losses where they are hard: certain predictions, and the kink

FAR_OUT = [-1e8, -1e3, -1.0, 0.0, 1.0, 1e3, 1e8]


class TestLosses:
    # checks [eq:sigmoid-crossentropy]
    # checks [eq:sigmoid-crossentropy-delta]
    @pytest.mark.parametrize("y", [0.0, 0.25, 1.0])
    @pytest.mark.parametrize("z", FAR_OUT)
    def test_binary_crossentropy_at_one_logit(self, z, y):
        z, y = np.array([[z]]), np.array([[y]])
        assert_same(
            lambda z: tn.binary_crossentropy(tn.sigmoid(z), y),
            lambda z: F.binary_cross_entropy_with_logits(z, torch.tensor(y)),
            [z],
        )

    @given(st.data())
    def test_binary_crossentropy_from_logits(self, data):
        shape = data.draw(array_shapes(min_dims=2, max_dims=2, max_side=5))
        z = data.draw(arrays(np.float64, shape, elements=Z))
        y = data.draw(arrays(np.float64, shape, elements=st.sampled_from([0.0, 1.0]) | st.floats(0, 1)))
        assert_same(
            lambda z: tn.binary_crossentropy(tn.sigmoid(z), y),
            lambda z: F.binary_cross_entropy_with_logits(z, torch.tensor(y)),
            [z],
            value=ROUNDING,
            gradient=ROUNDING,
        )

    # checks [eq:binary-crossentropy]
    # checks [eq:binary-crossentropy-gradient]
    @given(st.data())
    def test_binary_crossentropy_from_probabilities(self, data):
        shape = data.draw(array_shapes(min_dims=2, max_dims=2, max_side=5))
        a = data.draw(arrays(np.float64, shape, elements=st.floats(1e-6, 1 - 1e-6)))
        y = data.draw(arrays(np.float64, shape, elements=st.sampled_from([0.0, 1.0]) | st.floats(0, 1)))
        assert_same(
            lambda a: tn.binary_crossentropy(a, y),
            lambda a: F.binary_cross_entropy(a, torch.tensor(y)),
            [a],
            gradient=ROUNDING,
        )

    def test_a_certain_prediction_that_is_wrong_costs_100_in_pytorch_and_everything_here(self):
        a, y = np.array([[0.0]]), np.array([[1.0]])
        assert F.binary_cross_entropy(torch.tensor(a), torch.tensor(y)).item() == 100
        assert tn.binary_crossentropy(a, y).item() == np.inf

    # checks [eq:softmax-crossentropy]
    # checks [eq:softmax-crossentropy-delta]
    @pytest.mark.parametrize("label", [0, 1])
    @pytest.mark.parametrize("z_1", FAR_OUT)
    @pytest.mark.parametrize("z_0", FAR_OUT)
    def test_categorical_crossentropy_at_two_logits(self, z_0, z_1, label):
        z, y = np.array([[z_0, z_1]]), np.eye(2)[[label]]
        assert_same(
            lambda z: tn.categorical_crossentropy(tn.softmax(z), y),
            lambda z: F.cross_entropy(z, torch.tensor([label])),
            [z],
            gradient=ROUNDING,
        )

    @given(st.data())
    def test_categorical_crossentropy_from_logits(self, data):
        N, classes = data.draw(array_shapes(min_dims=2, max_dims=2, max_side=5))
        z = data.draw(arrays(np.float64, (N, classes), elements=Z))
        # class numbers for PyTorch, the same one-hot for us; then shares that sum to 1 for both
        labels = data.draw(arrays(np.int64, N, elements=st.integers(0, classes - 1)))
        shares = data.draw(arrays(np.float64, (N, classes), elements=st.integers(0, 8).map(float))) + np.eye(N, classes)
        shares[:, 0] += shares.sum(axis=1) == 0
        shares /= shares.sum(axis=1, keepdims=True)
        for y, their_y in [(np.eye(classes)[labels], torch.tensor(labels)), (shares, torch.tensor(shares))]:
            assert_same(
                lambda z, y=y: tn.categorical_crossentropy(tn.softmax(z), y),
                lambda z, y=their_y: F.cross_entropy(z, y),
                [z],
                value=ROUNDING,
                gradient=ROUNDING,
            )

    # checks [eq:categorical-crossentropy]
    # checks [eq:categorical-crossentropy-gradient]
    @given(arrays(np.float64, (3, 4), elements=st.floats(1e-6, 1)), arrays(np.int64, 3, elements=st.integers(0, 3)))
    def test_categorical_crossentropy_from_probabilities(self, a, labels):
        assert_same(
            lambda a: tn.categorical_crossentropy(a, np.eye(4)[labels]),
            lambda a: F.nll_loss(torch.log(a), torch.tensor(labels)),
            [a],
        )

    # checks [eq:half-squared-error]
    # checks [eq:half-squared-error-gradient]
    # checks [eq:mean-squared-error]
    # checks [eq:mean-squared-error-gradient]
    @given(arrays(np.float64, (3, 4), elements=eighths), arrays(np.float64, (3, 4), elements=eighths))
    def test_squared_errors(self, a, y):
        their_y = torch.tensor(y)
        assert_same(lambda a: tn.mean_squared_error(a, y), lambda a: F.mse_loss(a, their_y), [a])
        # ½ of the sum over the outputs, mean over the 3 examples
        assert_same(
            lambda a: tn.half_squared_error(a, y), lambda a: F.mse_loss(a, their_y, reduction="sum") / 2 / 3, [a]
        )

    # checks [eq:hinge]
    # checks [eq:hinge-gradient]
    @given(
        arrays(np.float64, (3, 4), elements=eighths.filter(lambda a: abs(a) != 1)),
        arrays(np.float64, (3, 4), elements=st.sampled_from([-1.0, 1.0])),
    )
    def test_hinge(self, a, y):
        their_y, zeros = torch.tensor(y), torch.zeros(3, 4)
        assert_same(lambda a: tn.hinge(a, y), lambda a: F.margin_ranking_loss(a, zeros, their_y, margin=1.0), [a])

    def test_the_slope_of_hinge_at_its_kink_is_0_here_and_minus_y_in_pytorch(self):
        a, their_a = tn.Tensor([[1.0]]), torch.tensor([[1.0]], requires_grad=True)
        tn.hinge(a, [[1.0]]).backward()
        F.margin_ranking_loss(their_a, torch.zeros(1, 1), torch.ones(1, 1), margin=1.0).backward()
        assert a.grad.item() == 0
        assert their_a.grad.item() == -1
