"""What the page of conventions says that PyTorch computes, PyTorch computes; and Keras, where it is installed."""

import contextlib
import io
import re
from pathlib import Path

import numpy as np
import pytest
import torch

PAGE = Path(__file__).parents[2] / "tutorials/conventions.py"
F = torch.nn.functional

OTHER = """
rng = np.random.default_rng(0)
x, y, labels = rng.normal(size=(5, 4)), rng.random((5, 7)), rng.integers(7, size=5)
W1, b1, W2, b2 = (rng.normal(size=shape) for shape in ((4, 3), 3, (3, 7), 7))
"""


@pytest.fixture(scope="module", params=["", OTHER], ids=["the page's network", "4-3-7"])
def page(request):
    text = PAGE.read_text("utf-8")
    if request.param:
        text, times = re.subn(r"(?ms)^x = .*?^W2, b2 = .*?$", request.param, text)
        assert times == 1
    page = {"__name__": "page"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(text, PAGE, "exec"), page)
    return page


@pytest.fixture
def same(agree, page):
    """same(table, convention, theirs): what the page says of PyTorch beside what PyTorch says."""

    def same(table, convention, theirs):
        (ours,) = (row[2] for row in page["TABLES"][table].rows if row[0] == f"PyTorch: {convention}")
        agree(f"{table}, {convention}", ours, theirs, 1e-12)

    return same


@pytest.fixture
def network(page):
    """The page's network in PyTorch, in float64: the output layer, and a function that gives z² and keeps its grad."""
    hidden, output = (torch.nn.Linear(*page[W].shape, dtype=torch.float64) for W in ("W1", "W2"))
    with torch.no_grad():
        for layer, l in ((hidden, 1), (output, 2)):
            layer.weight.copy_(torch.tensor(page[f"W{l}"].T))
            layer.bias.copy_(torch.tensor(page[f"b{l}"]))

    def forward():
        z = output(torch.sigmoid(hidden(torch.tensor(page["x"]))))
        z.retain_grad()
        return z

    return output, forward


def test_weights(same, network):
    output, _ = network
    same("weights", "Linear.weight", output.weight)


def test_squared_error(same, network, page):
    output, forward = network
    z, y = forward(), torch.tensor(page["y"])
    loss = torch.nn.MSELoss()(torch.sigmoid(z), y)
    loss.backward()
    same("squared error", "MSELoss()", loss)
    same("squared error", "MSELoss(reduction='sum')", torch.nn.MSELoss(reduction="sum")(torch.sigmoid(z), y))
    same("delta", "z.grad of MSELoss()", z.grad)
    same("dW", "weight.grad of MSELoss()", output.weight.grad)
    same("db", "bias.grad of MSELoss()", output.bias.grad)

    torch.nn.MSELoss()(torch.sigmoid(forward()), y).backward()
    same("dW", "after a second backward()", output.weight.grad)


def test_binary_crossentropy(same, network, page):
    _, forward = network
    z, y = forward(), torch.tensor(page["y"])
    loss = torch.nn.BCEWithLogitsLoss()(z, y)
    loss.backward()
    same("binary crossentropy", "BCEWithLogitsLoss()(z, y)", loss)
    same("binary crossentropy", "BCELoss()(a, y)", torch.nn.BCELoss()(torch.sigmoid(z), y))
    same("binary crossentropy, logits", "z.grad", z.grad)


def test_softmax_crossentropy(same, network, page):
    _, forward = network
    z = forward()
    loss = torch.nn.CrossEntropyLoss()(z, torch.tensor(page["labels"]))
    loss.backward()
    same("softmax crossentropy", "CrossEntropyLoss()(z, labels)", loss)
    same("softmax crossentropy, logits", "z.grad", z.grad)


def moved(page, optimizer, gradients):
    """The optimizer, and the weights (n_out, n_in) after its steps with these gradients."""
    w = torch.tensor(page["W2"].T.copy(), requires_grad=True)
    optimizer = optimizer([w])
    for g in gradients:
        w.grad = torch.tensor(g.T.copy())
        optimizer.step()
    return optimizer, w.detach()


def test_l2(same, page):
    alpha = page["learning_rate"]
    _, without = moved(page, lambda p: torch.optim.SGD(p, lr=alpha), [page["g"]])
    _, decayed = moved(page, lambda p: torch.optim.SGD(p, lr=alpha, weight_decay=page["decay"]), [page["g"]])
    same("l2", "SGD(weight_decay=λ)", (without - decayed) / alpha)


def test_momentum(agree, same, page):
    g = page["g"]
    sgd, w = moved(page, lambda p: torch.optim.SGD(p, lr=page["learning_rate"], momentum=page["mu"]), [g, g / 2])
    (state,) = sgd.state.values()
    same("momentum", "momentum_buffer", state["momentum_buffer"])
    agree("weights", page["w_after_two"].T, w, 1e-14)


def test_where_epsilon_stands(same, page):
    alpha, epsilon = page["learning_rate"], page["epsilon"]
    before = torch.tensor(page["W2"])
    _, w = moved(page, lambda p: torch.optim.Adam(p, lr=alpha, eps=epsilon), [page["g"]])
    same("adam", "Adam", w.T - before)
    _, w = moved(page, lambda p: torch.optim.RMSprop(p, lr=alpha, alpha=page["rho"], eps=epsilon), [page["g"]])
    same("rmsprop", "RMSprop(alpha=ρ)", w.T - before)


def test_every_number_that_is_called_pytorchs_is_checked_here(page):
    text = Path(__file__).read_text("utf-8")
    names = [row[0] for table in page["TABLES"].values() for row in table.rows if row[0].startswith("PyTorch: ")]
    assert len(names) == 16
    assert [name for name in names if f'"{name.removeprefix("PyTorch: ")}"' not in text] == []


def test_what_the_text_says_of_softmax_applied_twice():
    z, labels = torch.tensor([[2.0, -1.0, 0.5]]), torch.tensor([0])
    p = F.softmax(z, dim=1)
    assert F.cross_entropy(p, labels) != F.cross_entropy(z, labels)
    assert F.cross_entropy(p, labels).item() == pytest.approx(-F.log_softmax(p, dim=1)[0, 0].item())


def test_what_the_text_says_of_defaults():
    w = [torch.zeros(1, requires_grad=True)]
    rmsprop, adam, adagrad = torch.optim.RMSprop(w), torch.optim.Adam(w), torch.optim.Adagrad(w)
    assert (rmsprop.defaults["alpha"], rmsprop.defaults["lr"], rmsprop.defaults["eps"]) == (0.99, 0.01, 1e-8)
    assert adam.defaults["eps"] == 1e-8 and adagrad.defaults["initial_accumulator_value"] == 0


def test_the_numbers_are_float64(page):
    assert all(np.asarray(row[2]).dtype == np.float64 for table in page["TABLES"].values() for row in table.rows)


# ## Keras, which computes with PyTorch here


@pytest.fixture
def keras(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    import keras

    assert keras.config.backend() == "torch"
    floatx = keras.config.floatx()
    keras.config.set_floatx("float64")
    yield keras
    keras.config.set_floatx(floatx)


@pytest.fixture
def same_as_keras(agree, page):
    """same_as_keras(table, theirs, tolerance): what the page says of Keras beside what Keras says."""

    def same(table, theirs, tolerance=1e-12):
        ((name, ours),) = ((row[0], row[2]) for row in page["TABLES"][table].rows if row[0].startswith("Keras: "))
        agree(f"{table}, {name}", ours, theirs, tolerance)

    return same


@pytest.mark.parametrize(
    ("table", "activation", "loss", "target"),
    [
        ("squared error", "sigmoid", "MeanSquaredError", "y"),
        ("binary crossentropy", "sigmoid", "BinaryCrossentropy", "y"),
        ("softmax crossentropy", "softmax", "CategoricalCrossentropy", "one_hot"),
    ],
)
def test_losses_of_keras(keras, same_as_keras, page, table, activation, loss, target):
    output = keras.layers.Dense(len(page["b2"]), dtype="float64")
    output.build((None, len(page["b1"])))
    output.set_weights([page["W2"], page["b2"]])
    z = output(torch.tensor(page["a1"]))
    z.retain_grad()
    prediction = getattr(keras.activations, activation)(z)
    value = getattr(keras.losses, loss)(dtype="float64")(torch.tensor(page[target]), prediction)
    value.backward()
    tolerance = 1e-6  # its mean over the batch is taken in float32, and it cuts probabilities off
    same_as_keras(table, value.double(), tolerance)
    if loss == "MeanSquaredError":
        same_as_keras("weights", output.kernel.value)
        same_as_keras("delta", z.grad, tolerance)
        same_as_keras("dW", output.kernel.value.grad, tolerance)
        same_as_keras("db", output.bias.value.grad, tolerance)
    else:
        same_as_keras(f"{table}, logits", z.grad, tolerance)


def test_updates_of_keras(keras, same_as_keras, page):
    def steps(optimizer, *gradients):
        w = keras.Variable(page["W2"], dtype="float64")
        optimizer.build([w])
        for g in gradients:
            optimizer.apply([torch.tensor(g)], [w])
        return w.value.detach() - torch.tensor(page["W2"])

    alpha, epsilon, g, o = page["learning_rate"], page["epsilon"], page["g"], keras.optimizers
    sgd = o.SGD(alpha, momentum=page["mu"])
    steps(sgd, g, g / 2)
    same_as_keras("momentum", sgd.momentums[0].value)
    same_as_keras("adam", steps(o.Adam(alpha, epsilon=epsilon), g))
    same_as_keras("rmsprop", steps(o.RMSprop(alpha, rho=page["rho"], epsilon=epsilon), g))

    w = torch.tensor(page["W2"], requires_grad=True)
    keras.regularizers.L2(page["decay"])(w).backward()
    same_as_keras("l2", w.grad)


def test_what_the_text_says_of_keras_defaults(keras):
    o = keras.optimizers
    assert (o.RMSprop().rho, o.RMSprop().epsilon, o.Adam().epsilon) == (0.9, 1e-7, 1e-7)
    assert float(o.RMSprop().learning_rate) == pytest.approx(0.001)
    assert o.Adagrad().initial_accumulator_value == 0.1
    assert keras.config.epsilon() == 1e-7  # where probabilities are cut off
