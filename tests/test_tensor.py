"""Tensor and the chain rule: worked examples first, then the rules of the engine one by one."""

import gc
import math
import threading
import weakref
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinynet as tn
from tinynet import Tensor, no_grad
from tinynet import functions as F

# ## Worked examples with known numbers


# checks [eq:chain-rule]
def test_a_sum_times_a_number() -> None:
    # (x + y) z, from the notes of CS231n
    x, y, z = Tensor(-2.0), Tensor(5.0), Tensor(-4.0)
    q = x + y
    f = q * z
    f.backward()
    assert f.item() == -12
    assert (x.grad, y.grad, z.grad) == (-4, -4, 3)
    assert (q.grad, f.grad) == (-4, 1)


# checks [eq:chain-rule]
def test_a_sigmoid_neuron() -> None:
    # f = σ(w0 x0 + w1 x1 + w2), from the notes of CS231n
    w, x = Tensor([2.0, -3.0, -3.0]), Tensor([-1.0, -2.0])
    f = tn.sigmoid(w[:2] @ x + w[2])
    f.backward()
    assert f.item() == pytest.approx(0.731058579, abs=5e-10)
    np.testing.assert_allclose(w.grad, [-0.196611933, -0.393223866, 0.196611933], atol=5e-10, rtol=0)
    np.testing.assert_allclose(x.grad, [0.393223866, -0.589835800], atol=5e-10, rtol=0)


# checks [eq:chain-rule]
def test_an_expression_with_everything_used_several_times() -> None:
    # from the README of micrograd
    a, b = Tensor(-4.0), Tensor(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + tn.relu(b + a)
    d += 3 * d + tn.relu(b - a)
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert g.item() == pytest.approx(24.7041, abs=5e-5)
    assert a.grad == pytest.approx(138.8338, abs=5e-5)
    assert b.grad == pytest.approx(645.5773, abs=5e-5)


# checks [eq:chain-rule]
def test_a_tanh_neuron() -> None:
    # from micrograd's lecture; b is chosen so that o = 1/√2, 1 − o² = ½
    x1, x2, w1, w2, b = (Tensor(v) for v in (2.0, 0.0, -3.0, 1.0, 6.8813735870195432))
    o = tn.tanh(x1 * w1 + x2 * w2 + b)
    o.backward()
    np.testing.assert_allclose(o.item(), math.sqrt(0.5), rtol=1e-15)
    np.testing.assert_allclose([t.grad for t in (x1, w1, x2, w2, b)], [-1.5, 1, 0.5, 0, 0.5], rtol=1e-14)


# ## The walk back


# checks [eq:chain-rule]
def test_a_tensor_used_twice_gets_both_shares() -> None:
    a = Tensor(3.0)
    b = a + a
    c = b + b
    c.backward()
    assert c.item() == 12
    assert (a.grad, b.grad, c.grad) == (4, 2, 1)


@pytest.mark.parametrize("function", [tn.tanh, tn.relu, tn.exp, tn.sigmoid, tn.gelu, tn.abs])
def test_a_single_number_that_is_used_twice(function) -> None:
    x = Tensor(0.5)
    a = function(x)
    (a + a).backward()
    twice = x.grad
    function(x).backward()
    assert isinstance(twice, np.ndarray) and twice == 2 * x.grad


def test_the_same_operand_on_both_sides() -> None:
    a = Tensor([2.0, 3.0])
    for operation, expected in [
        (lambda: a * a, [4, 6]),
        (lambda: a - a, [0, 0]),
        (lambda: a / a, [0, 0]),
        (lambda: a @ a, [4, 6]),
        (lambda: a**a, [4 * (math.log(2) + 1), 27 * (math.log(3) + 1)]),
    ]:
        operation().sum().backward()
        np.testing.assert_allclose(a.grad, expected, rtol=1e-15, atol=1e-15)


# checks [eq:chain-rule]
@given(
    st.lists(st.integers(-2, 2), min_size=1, max_size=3),
    st.lists(st.tuples(st.sampled_from("+-*"), st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=5),
)
def test_any_graph_of_sums_and_products(leaves: list[int], steps: list[tuple[str, int, int]]) -> None:
    # The reference goes forwards, in whole numbers: the slope of every later number when number k is nudged.
    nodes = [Tensor(float(v)) for v in leaves]
    numbers = list(leaves)
    made_from: list[tuple[str, int, int] | None] = [None] * len(leaves)
    for sign, i, j in steps:
        i, j = i % len(nodes), j % len(nodes)
        a, b, x, y = nodes[i], nodes[j], numbers[i], numbers[j]
        nodes.append(a + b if sign == "+" else a - b if sign == "-" else a * b)
        numbers.append(x + y if sign == "+" else x - y if sign == "-" else x * y)
        made_from.append((sign, i, j))
    nodes[-1].backward()
    needed = {len(nodes) - 1}
    for k in reversed(range(len(nodes))):
        if k in needed and made_from[k] is not None:
            needed |= set(made_from[k][1:])
    for k, node in enumerate(nodes):
        slopes = [0] * k + [1]
        for made in made_from[k + 1 :]:
            if made is None:
                slopes.append(0)
                continue
            sign, i, j = made
            if sign == "*":
                slopes.append(slopes[i] * numbers[j] + numbers[i] * slopes[j])
            else:
                slopes.append(slopes[i] + (slopes[j] if sign == "+" else -slopes[j]))
        assert node.item() == numbers[k]
        if k in needed:
            assert node.grad == slopes[-1]
        else:
            assert node.grad is None


def test_backward_twice_leaves_the_same_gradients_twice() -> None:
    x, W = Tensor([[1.0, -2.0]]), Tensor([[0.5, 1.0], [2.0, -1.0]])
    z = x @ W
    a = tn.tanh(z)
    loss = (a * a).sum() + a.max()
    everything = [x, W, z, a, loss]
    loss.backward()
    first = [t.grad.copy() for t in everything]
    loss.backward()
    for t, grad in zip(everything, first):
        np.testing.assert_array_equal(t.grad, grad)


def test_the_gradient_is_that_of_the_last_backward() -> None:
    x = Tensor([1.0, 2.0])
    double, triple = (2 * x).sum(), (3 * x).sum()
    double.backward()
    assert x.grad.tolist() == [2, 2]
    triple.backward()
    assert x.grad.tolist() == [3, 3]
    x.grad[:] = 77  # whatever somebody left there
    double.backward()
    assert x.grad.tolist() == [2, 2]


def test_backward_may_start_in_the_middle() -> None:
    x = Tensor(3.0)
    square = x * x
    cube = square * x
    cube.backward()
    assert (x.grad, square.grad) == (27, 3)
    square.backward()
    assert (x.grad, square.grad) == (6, 1)


def test_every_tensor_of_the_graph_has_its_gradient() -> None:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    nodes = [x]
    for step in (lambda t: t * 2, tn.tanh, lambda t: t.T, lambda t: t.reshape(4), lambda t: t[1:3], lambda t: t.sum()):
        nodes.append(step(nodes[-1]))
    nodes[-1].backward()
    for t in nodes:
        assert isinstance(t.grad, np.ndarray)
        assert t.grad.shape == t.shape and t.grad.dtype == t.dtype


def test_constants_and_strangers_get_no_gradient() -> None:
    x, c, stranger = Tensor([1.0, 2.0]), Tensor([3.0, 4.0], requires_grad=False), Tensor(5.0)
    unused = x * stranger
    product = x * c
    product.sum().backward()
    assert x.grad.tolist() == [3, 4]
    assert c.grad is stranger.grad is unused.grad is None


def test_a_tensor_you_made_is_its_own_graph() -> None:
    t = Tensor(3.0)
    t.backward()
    assert t.grad == 1


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_backward_starts_from_one_number_of_any_shape(shape) -> None:
    x = Tensor(np.full(shape, 3.0))
    (x * x).backward()
    assert x.grad.shape == shape and x.grad.item() == 6


@pytest.mark.parametrize("shape", [(2,), (3, 1), (0,)])
def test_backward_from_several_numbers_is_an_error(shape) -> None:
    with pytest.raises(ValueError, match="starts from a single number") as error:
        (Tensor(np.ones(shape)) * 2).backward()
    assert str(shape) in str(error.value)


@pytest.mark.parametrize("make", [lambda: Tensor(1.0, requires_grad=False), lambda: F.add(1, 2), lambda: F.exp(0.0)])
def test_backward_from_constants_is_an_error(make) -> None:
    with pytest.raises(ValueError, match="nothing to differentiate"):
        make().backward()


# ## Long chains


def test_a_chain_of_100_000_operations() -> None:
    x = Tensor(1.0)
    y = x
    for i in range(100_000):
        y = y + 1.0 if i % 2 else y * 1.0
    y.backward()
    assert y.item() == 50_001
    assert x.grad == 1
    # Freed by a function that calls itself, a chain this long would overflow the stack.
    del y
    gc.collect()


def test_a_long_chain_is_freed_where_the_stack_is_small() -> None:
    def make_and_drop() -> None:
        y = Tensor(1.0)
        for _ in range(100_000):
            y = -y
        y.backward()

    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=make_and_drop)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)


def test_a_graph_is_freed_with_its_last_tensor() -> None:
    # At once, without the garbage collector: nothing in a graph refers forward. A training loop needs no more
    # memory than one step of it.
    x, W, b = Tensor([[1.0, 2.0]]), Tensor(np.ones((2, 3))), Tensor(np.zeros(3))
    gc.disable()
    try:
        z = F.affine(x, W, b)
        a = tn.softmax(z)
        loss = tn.categorical_crossentropy(a, [[1.0, 0.0, 0.0]])
        loss.backward()
        graph = [weakref.ref(t) for t in (z, a, loss)]
        del z, a, loss
        assert [ref() for ref in graph] == [None] * 3
    finally:
        gc.enable()


# ## Gradients have memory of their own

SHARERS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "add": lambda a, b: a + b,
    "add to itself": lambda a, b: a + a,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
    "negative": lambda a, b: -a,
    "broadcast": lambda a, b: a + b[0],
    "matmul": lambda a, b: a @ b,
    "affine": lambda a, b: F.affine(a, b, b[0]),
    "sum": lambda a, b: a.sum(),
    "sum keeping axes": lambda a, b: a.sum(axis=(0, 1), keepdims=True),
    "sum over no axes": lambda a, b: a.sum(axis=()),
    "mean": lambda a, b: a.mean(axis=0),
    "mean over no axes": lambda a, b: a.mean(axis=()),
    "max": lambda a, b: a.max(axis=1),
    "max over no axes": lambda a, b: a.max(axis=()),
    "reshape": lambda a, b: a.reshape(-1),
    "reshape to the same": lambda a, b: a.reshape(2, 2),
    "transpose": lambda a, b: a.T,
    "transpose not at all": lambda a, b: a.transpose(0, 1),
    "getitem": lambda a, b: a[0],
    "getitem of all": lambda a, b: a[...],
    "identity": lambda a, b: tn.identity(a),
    "exp": lambda a, b: tn.exp(a),
    "log": lambda a, b: tn.log(a),
    "sqrt": lambda a, b: tn.sqrt(a),
    "abs": lambda a, b: tn.abs(a),
    "relu": lambda a, b: tn.relu(a),
    "softmax": lambda a, b: tn.softmax(a),
    "dropout": lambda a, b: tn.dropout(a, 0.5, np.random.default_rng(0)),
}


@pytest.mark.parametrize("name", SHARERS)
def test_no_gradient_shares_memory_with_anything(name: str) -> None:
    a, b = Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([[2.0, 1.0], [1.0, 3.0]])
    c = SHARERS[name](a, b)
    d = c + c
    e = d.sum()
    e.backward()
    graph = e._topological_order()
    for t in graph:
        assert type(t.grad) is np.ndarray and t.grad.base is None and t.grad.flags.writeable
        assert not np.shares_memory(t.grad, t.data)
    for i, t in enumerate(graph):
        for other in graph[i + 1 :]:
            assert not np.shares_memory(t.grad, other.grad)
            assert not np.shares_memory(t.grad, other.data)
    # So changing one of them changes no other, and not the next backward() either.
    old = [t.grad.copy() for t in graph]
    for i, t in enumerate(graph):
        t.grad *= -3
        for other, grad in list(zip(graph, old))[i + 1 :]:
            np.testing.assert_array_equal(other.grad, grad)
    e.backward()
    for t, grad in zip(graph, old):
        np.testing.assert_array_equal(t.grad, grad)


def test_gradients_that_were_kept_survive_the_next_backward() -> None:
    x = Tensor([1.0, 2.0])
    loss = (x * x).sum()
    loss.backward()
    kept = x.grad
    (5 * x).sum().backward()
    assert kept.tolist() == [2, 4]


# ## Changing an array that the graph still needs


@pytest.mark.parametrize("name", SHARERS)
@pytest.mark.parametrize("which", ["a", "b"])
@pytest.mark.parametrize("factor", [0.5, 2, -1])  # halving is what a decay of weights does
def test_a_change_is_an_error_or_does_not_matter(name: str, which: str, factor: float) -> None:
    def operands() -> tuple[Tensor, Tensor]:
        return Tensor([[1.0, 2.0], [3.0, 4.0]], name="a"), Tensor([[2.0, 1.0], [1.0, 3.0]], name="b")

    a, b = operands()
    (SHARERS[name](a, b) * 2).sum().backward()
    right = a.grad, b.grad
    a, b = operands()
    result = (SHARERS[name](a, b) * 2).sum()
    (a if which == "a" else b).data *= factor
    try:
        result.backward()
    except RuntimeError as error:
        assert "changed in place" in str(error)
    else:
        assert str(a.grad) == str(right[0])
        assert str(b.grad) == str(right[1])


# The functions whose results may be the very memory of their operand.
SAME_MEMORY = {
    "identity": tn.identity,
    "reshape": lambda t: t.reshape(4),
    "transpose": lambda t: t.T,
    "transpose of a row": lambda t: t[:1].T,
    "getitem": lambda t: t[0],
    "getitem of all": lambda t: t[...],
    "two of them": lambda t: tn.identity(t.reshape(4)),
    "two others": lambda t: tn.identity(t).reshape(4),
    "max over no axes": lambda t: t.max(axis=()),
    "sum over no axes": lambda t: t.sum(axis=()),
}


@pytest.mark.parametrize("name", SAME_MEMORY)
def test_a_change_shows_through_views(name: str) -> None:
    # The square needs the view, and the view's memory is x's.
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    view = SAME_MEMORY[name](x)
    loss = (view * view).sum()
    loss.backward()
    right = x.grad
    x.data[:] = 10
    try:
        loss.backward()
    except RuntimeError as error:
        assert "changed in place" in str(error)
    else:
        np.testing.assert_array_equal(x.grad, right)


def test_a_changed_parameter_is_named() -> None:
    W = Tensor([[1.0, 2.0]], name="dense_1.W")
    loss = tn.tanh(np.ones((3, 1)) @ W).sum()
    W.data -= 0.1  # an optimizer's step, too early
    with pytest.raises(RuntimeError, match=r"tensor 'dense_1.W' was changed in place after matmul\(\) used it"):
        loss.backward()


def test_a_changed_tensor_without_a_name_is_told_by_its_shape() -> None:
    x = Tensor(np.ones((2, 3)))
    loss = (x * x).sum()
    x.data[1, 2] = 5
    with pytest.raises(RuntimeError, match=r"a tensor of shape \(2, 3\) was changed in place after multiply\(\)"):
        loss.backward()


def test_a_changed_input_array_is_caught() -> None:
    x, W = np.ones((2, 3)), Tensor(np.ones((3, 1)))
    loss = (x @ W).sum()
    x[0, 0] = 7  # the buffer of the next batch, say
    with pytest.raises(RuntimeError, match=r"shape \(2, 3\) was changed in place after matmul"):
        loss.backward()


def test_a_change_through_a_larger_array_is_caught() -> None:
    everything = np.ones((10, 3))
    loss = (everything[2:4] @ Tensor(np.ones((3, 1)))).sum()
    everything[9] = 7  # not part of this batch
    loss.backward()
    everything[3, 1] = 7
    with pytest.raises(RuntimeError, match="changed in place"):
        loss.backward()


@pytest.mark.parametrize(
    ("loss", "target"),
    [
        (tn.mean_squared_error, [[0.0, 1.0]]),
        (tn.half_squared_error, [[0.0, 1.0]]),
        (tn.hinge, [[-1.0, 1.0]]),
        (lambda z, y: tn.binary_crossentropy(tn.sigmoid(z), y), [[0.0, 1.0]]),
        (lambda z, y: tn.categorical_crossentropy(tn.softmax(z), y), [[0.0, 1.0]]),
    ],
)
def test_a_changed_target_is_caught(loss, target) -> None:
    z, y = Tensor([[0.3, 0.4]]), np.array(target)
    L = loss(z, y)
    y[0, 0] = 0.5
    with pytest.raises(RuntimeError, match="tensor 'target' was changed in place"):
        L.backward()


def test_a_change_that_was_taken_back_is_none() -> None:
    x = Tensor([1.0, 2.0])
    loss = (x * x).sum()
    x.data += 1
    with pytest.raises(RuntimeError):
        loss.backward()
    x.data -= 1
    loss.backward()
    assert x.grad.tolist() == [2, 4]


def test_new_data_is_not_a_change_of_the_old() -> None:
    # Assigning a new array leaves the graph its old one, and so the gradient of what was computed.
    x = Tensor([1.0, 2.0])
    loss = (x * x).sum()
    x.data = np.array([10.0, 20.0])
    loss.backward()
    assert x.grad.tolist() == [2, 4]
    (x * x).sum().backward()
    assert x.grad.tolist() == [20, 40]


def test_a_change_that_no_rule_needs_is_allowed() -> None:
    # The gradient of a sum does not depend on its terms.
    x, b = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    loss = (x + b).sum()
    x.data[:] = 9
    b.data[:] = 9
    loss.backward()
    assert x.grad.tolist() == b.grad.tolist() == [1, 1]


@pytest.mark.parametrize("name", SHARERS)
def test_the_array_of_a_result_is_read_only(name: str) -> None:
    a, b = Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([[2.0, 1.0], [1.0, 3.0]])
    c = SHARERS[name](a, b)
    with pytest.raises(ValueError, match="read-only"):
        c.data[...] = 0
    with pytest.raises(ValueError, match="read-only"):
        c.data.reshape(-1)[:1] = 0  # nor through a view
    data = c.data
    with pytest.raises(ValueError, match="read-only"):
        data += 1
    with pytest.raises(ValueError, match="is the result of an operation"):
        c.data = np.zeros(c.shape)
    assert a.data.flags.writeable and b.data.flags.writeable


# ## Tensors without a graph


def test_no_grad_leaves_no_graph() -> None:
    x = Tensor([1.0, 2.0])
    with no_grad():
        y = (x * 2).sum()
    assert not y.requires_grad and y.parents == ()
    assert y.op == "sum"
    with pytest.raises(ValueError, match=r"no_grad\(\)"):
        y.backward()
    (x * 2).sum().backward()  # afterwards all is as before
    assert x.grad.tolist() == [2, 2]


def test_no_grad_ends_with_an_error_too() -> None:
    x = Tensor(1.0)
    with pytest.raises(ZeroDivisionError), no_grad():
        1 / 0  # noqa: B018
    assert (x * 2).requires_grad


def test_no_grad_inside_no_grad() -> None:
    x = Tensor(1.0)
    with no_grad():
        with no_grad():
            assert not (x * 2).requires_grad
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad


def test_no_grad_as_a_decorator() -> None:
    x = Tensor(1.0)

    @no_grad()
    def double() -> Tensor:
        return x * 2

    assert not double().requires_grad
    assert not double().requires_grad
    assert (x * 2).requires_grad


def test_no_grad_is_for_this_thread_only() -> None:
    x, found = Tensor(1.0), []
    with no_grad():
        thread = threading.Thread(target=lambda: found.append((x * 2).requires_grad))
        thread.start()
        thread.join()
    assert found == [True]


def test_a_changed_array_does_not_matter_where_there_is_no_graph() -> None:
    x = Tensor([1.0, 2.0], requires_grad=False)
    y = x * x
    x.data[:] = 9
    assert y.data.tolist() == [1, 4]


# ## An operation of one's own


def test_made_by_makes_an_operation() -> None:
    def cube(a: Tensor, rule_reads_a: bool = True) -> Tensor:
        x = a.data

        def rule(g: np.ndarray) -> list[np.ndarray]:
            return [3 * x**2 * g]

        return Tensor.made_by("cube", x**3, (a,), rule, needs=[a] if rule_reads_a else [])

    x = Tensor([1.0, 2.0])
    y = cube(x)
    assert (y.op, y.parents, y.data.tolist()) == ("cube", (x,), [1, 8])
    (y * 10).sum().backward()
    assert x.grad.tolist() == [30, 120]
    x.data[0] = 5
    with pytest.raises(RuntimeError, match=r"after cube\(\) used it"):
        y.sum().backward()


def test_a_rule_may_leave_out_constants() -> None:
    x, c = Tensor(2.0), Tensor(3.0, requires_grad=False)
    y = Tensor.made_by("scale", x.data * c.data, (x, c), lambda g: (g * c.data, None))
    y.backward()
    assert x.grad == 3 and c.grad is None


def test_a_rule_may_return_views_and_numbers() -> None:
    x = Tensor([1.0, 2.0])
    for share in (np.broadcast_to(np.array(4.0), (2,)), np.arange(8.0).reshape(2, 4)[:, 0]):
        Tensor.made_by("odd", 1.0, (x,), lambda g, share=share: (share,)).backward()
        assert x.grad.tolist() == share.tolist()
        assert x.grad.flags.writeable and x.grad.base is None
    t = Tensor(5.0)
    Tensor.made_by("odd", 1.0, (t,), lambda g: (np.float64(4),)).backward()
    assert isinstance(t.grad, np.ndarray) and t.grad == 4


@pytest.mark.parametrize(
    "share", [np.ones(3), np.ones((2, 2)), np.float64(1), 1.0], ids=["longer", "deeper", "a number", "Python's"]
)
def test_a_rule_that_gives_another_shape_is_named(share) -> None:
    # A kernel that took it for the shape of its parent would read beyond its end.
    x = Tensor([1.0, 2.0], name="x")
    with pytest.raises(ValueError, match=r"for tensor 'x' has shape \(2,\); the rule of odd\(\) gave"):
        Tensor.made_by("odd", 1.0, (x,), lambda g: (share,)).backward()


def test_a_rule_that_forgets_a_parent_is_an_error() -> None:
    x, y = Tensor([1.0]), Tensor([2.0])
    with pytest.raises(ValueError, match="zip"):
        Tensor.made_by("odd", 1.0, (x, y), lambda g: (g.reshape(1),)).backward()


@pytest.mark.parametrize("share", [[3.0, 4.0], np.array([3, 4]), np.array([3.0, 4.0], np.float32)], ids=repr)
def test_every_gradient_has_the_dtype_of_its_tensor(share) -> None:
    x = Tensor([1.0, 2.0])
    Tensor.made_by("odd", 1.0, (x,), lambda g: (share,)).backward()
    np.testing.assert_array_equal(x.grad, np.array([3.0, 4.0]), strict=True)


def test_a_result_is_of_float64_or_float32_like_any_tensor() -> None:
    assert Tensor.made_by("odd", np.array([1, 2]), (), lambda g: ()).dtype == np.float64
    assert Tensor.made_by("odd", np.float32(1), (), lambda g: ()).dtype == np.float32
    with pytest.raises(TypeError, match="real numbers, not complex128"):
        Tensor.made_by("odd", np.array([1j]), (), lambda g: ())


# ## Making a tensor


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (3, "float64"),
        (2.5, "float64"),
        (True, "float64"),
        ([1, 2], "float64"),
        ([[1.0], [2.0]], "float64"),
        ((), "float64"),
        (range(3), "float64"),
        (np.arange(3), "float64"),
        (np.arange(3, dtype=np.uint8), "float64"),
        (np.array([True, False]), "float64"),
        (np.arange(3, dtype=np.float16), "float64"),
        (np.arange(3, dtype=">f8"), "float64"),
        (np.arange(3, dtype=np.float32), "float32"),
        (np.float32(3), "float32"),
        (np.arange(3, dtype=np.float64), "float64"),
    ],
)
def test_all_real_numbers_become_float64_but_float32(data, dtype: str) -> None:
    t = Tensor(data)
    assert t.dtype == np.dtype(dtype)
    assert t.dtype.isnative
    np.testing.assert_array_equal(t.data, np.asarray(data, float))


@pytest.mark.parametrize("dtype", ["float32", "float64", np.float32, np.dtype("f8")])
def test_dtype_decides_where_it_is_given(dtype) -> None:
    for data in ([1, 2], np.arange(2.0), np.arange(2, dtype=np.float32)):
        assert Tensor(data, dtype=dtype).dtype == np.dtype(dtype)


@pytest.mark.parametrize("dtype", ["float16", "int64", int, bool, "complex128"])
def test_other_dtypes_are_an_error(dtype) -> None:
    with pytest.raises(TypeError, match=f"dtype is 'float64' or 'float32', not '{np.dtype(dtype).name}'"):
        Tensor([1.0], dtype=dtype)


@pytest.mark.parametrize(
    "data", [1j, "three", ["1", "2"], None, [None], object(), np.array(["a"]), np.datetime64("2020")]
)
def test_what_is_not_real_numbers_is_an_error(data) -> None:
    with pytest.raises(TypeError, match=r"a Tensor holds real numbers, not .* \(from "):
        Tensor(data)


def test_ragged_lists_are_an_error() -> None:
    with pytest.raises(ValueError, match="inhomogeneous"):
        Tensor([[1, 2], [3]])


def test_a_tensor_of_a_tensor_is_an_error() -> None:
    with pytest.raises(TypeError, match=r"Tensor\(t\.data\)"):
        Tensor(Tensor(1.0))


def test_an_array_of_the_right_kind_is_not_copied() -> None:
    for dtype in (np.float32, np.float64):
        x = np.zeros(3, dtype)
        t = Tensor(x)
        assert t.data is x
    column_by_column = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    t = Tensor(column_by_column)
    assert t.data.flags.c_contiguous and not np.shares_memory(t.data, column_by_column)
    np.testing.assert_array_equal(t.data, column_by_column)


def test_what_a_new_tensor_knows() -> None:
    t = Tensor([[1.0, 2.0]], name="x")
    assert t.grad is None and t.op == "" and t.parents == () and t.requires_grad and t.name == "x"
    assert not Tensor(1.0, requires_grad=False).requires_grad
    a = Tensor(2.0)
    product = a * 3
    assert product.op == "multiply" and product.parents[0] is a and product.requires_grad
    assert not product.parents[1].requires_grad and product.parents[1].item() == 3


def test_a_typing_error_is_an_error() -> None:
    with pytest.raises(AttributeError):
        Tensor(1.0).gard = 0  # type: ignore[attr-defined]


def test_new_data_keeps_shape_and_dtype() -> None:
    t = Tensor(np.zeros((2, 2), np.float32), name="W")
    t.data = [[1, 2], [3, 4]]
    assert t.dtype == np.float32 and t.data.tolist() == [[1, 2], [3, 4]]
    t.data += 1
    assert t.data.tolist() == [[2, 3], [4, 5]]
    with pytest.raises(ValueError, match=r"tensor 'W' has shape \(2, 2\); its new data has shape \(2,\)"):
        t.data = [1, 2]
    with pytest.raises(TypeError, match="real numbers"):
        t.data = [["a", "b"], ["c", "d"]]
    assert t.data.tolist() == [[2, 3], [4, 5]]


# ## What a tensor tells


def test_shape_and_its_relatives() -> None:
    t = Tensor(np.zeros((2, 3, 4), np.float32))
    assert (t.shape, t.ndim, t.size, len(t), t.dtype) == ((2, 3, 4), 3, 24, 2, np.float32)
    assert t.T.shape == (4, 3, 2)
    t = Tensor(1.0)
    assert (t.shape, t.ndim, t.size) == ((), 0, 1)
    with pytest.raises(TypeError, match=r"shape \(\) has no length"):
        len(t)


@pytest.mark.parametrize("shape", [(), (1,), (1, 1, 1)])
def test_item_and_float_give_the_one_number(shape) -> None:
    t = Tensor(np.full(shape, 2.5, np.float32))
    for number in (t.item(), float(t)):
        assert type(number) is float and number == 2.5


@pytest.mark.parametrize("shape", [(2,), (0,), (1, 3)])
def test_item_of_several_numbers_is_an_error(shape) -> None:
    for take in (Tensor.item, float):
        with pytest.raises(ValueError, match="takes the one number of a tensor") as error:
            take(Tensor(np.ones(shape)))
        assert str(shape) in str(error.value)


def test_a_tensor_is_walked_through_row_by_row() -> None:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    first, second = x
    (first * second).sum().backward()
    assert x.grad.tolist() == [[3, 4], [1, 2]]
    with pytest.raises(TypeError, match="no length"):
        list(Tensor(1.0))


def test_setting_an_entry_is_an_error() -> None:
    x = Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match="cannot be changed entry by entry"):
        x[0] = 3.0
    assert x.data.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Tensor(2.5), "Tensor(2.5, shape=(), float64)"),
        (lambda: Tensor([1.0, 2.0], name="b"), "Tensor([1. 2.], shape=(2,), float64, name='b')"),
        (lambda: Tensor(np.zeros(1, np.float32)), "Tensor([0.], shape=(1,), float32)"),
        (lambda: Tensor([1.0], requires_grad=False), "Tensor([1.], shape=(1,), float64, constant)"),
        (lambda: Tensor([1.0]) * 2, "Tensor([2.], shape=(1,), float64, op=multiply)"),
        (lambda: F.exp([0.0]), "Tensor([1.], shape=(1,), float64, op=exp, constant)"),
        (lambda: Tensor([[1.0], [2.0]]), "Tensor([[1.]\n        [2.]], shape=(2, 1), float64)"),
    ],
)
def test_repr(make, text: str) -> None:
    assert repr(make()) == text


def test_repr_of_many_numbers_is_short() -> None:
    text = repr(Tensor(np.zeros((100, 100))))
    assert len(text) < 500 and "..." in text and "shape=(100, 100)" in text


# ## NumPy and tensors


@pytest.mark.parametrize("function", [np.exp, np.abs, np.negative, np.sqrt, np.isnan])
def test_numpys_functions_of_one_entry_are_an_error(function) -> None:
    with pytest.raises(TypeError, match="Tensor"):
        function(Tensor([1.0, 2.0]))


@pytest.mark.parametrize(
    "function",
    [
        np.array,
        np.asarray,
        lambda t: np.array([t, t]),
        lambda t: np.concatenate([t, t]),
        lambda t: np.stack([t, t]),
        lambda t: np.where([True, False], t, 0),
        lambda t: np.dot(t, [1.0, 2.0]),
        lambda t: np.reshape(t, (2, 1)),
        lambda t: np.argmax(t),
        lambda t: np.linalg.norm(t),
        lambda t: np.allclose(t, t),
    ],
)
def test_numpys_other_functions_say_what_to_do(function) -> None:
    with pytest.raises(TypeError, match=r"NumPy was given a Tensor; .* take \.data"):
        function(Tensor([1.0, 2.0]))


@pytest.mark.parametrize("function", [np.sum, np.mean, np.max])
def test_numpys_reductions_are_an_error(function) -> None:
    with pytest.raises(TypeError):
        function(Tensor([1.0, 2.0]))


def test_an_array_cannot_be_changed_by_a_tensor() -> None:
    x = np.ones(2)
    with pytest.raises(TypeError, match="Tensor"):
        x += Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match="Tensor"):
        x[:] = Tensor([1.0, 2.0])
    assert x.tolist() == [1, 1]


def test_in_place_operators_make_a_new_tensor() -> None:
    x = Tensor([1.0, 2.0])
    y = x
    y += 1
    y *= 2
    assert x.data.tolist() == [1, 2] and y.data.tolist() == [4, 6]
    y.sum().backward()
    assert x.grad.tolist() == [2, 2]


def test_one_number_is_formatted_as_a_number() -> None:
    loss = Tensor([1.0, 2.0]).sum()
    assert f"{loss:.2f}" == "3.00" and f"{loss}" == str(loss)
    with pytest.raises(ValueError, match="one number"):
        f"{Tensor([1.0, 2.0]):.2f}"
