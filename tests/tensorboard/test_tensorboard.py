"""
What the real TensorBoard shows is what training gave: its server reads the files, and its answers are compared.

Its program runs once, on this machine only, over a folder of runs: one of `fit`, one of a loop by hand, and others
that are odd or end badly.
"""

import gc
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import numpy as np
import pytest
from google.protobuf import text_format
from matplotlib.figure import Figure
from matplotlib.image import imread
from tensorboard.compat.proto.graph_pb2 import GraphDef

import tinynet as tn
from tinynet.introspect import TensorBoard, plot_weights

RNG = np.random.default_rng(0)
X, Y = RNG.random((20, 64)), np.eye(3)[RNG.integers(0, 3, 20)]
CHOSEN = X[:4], Y[:4]
XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
LAST = 20  # updates of the run of fit


class Spy(tn.Callback):
    """Everything that training gave: figures by step and run, and the weights after each step."""

    def __init__(self) -> None:
        self.figures: dict[tuple[str, str], list[tuple[int, float]]] = {}
        self.weights: dict[int, list[np.ndarray]] = {}

    def on_train_begin(self) -> None:
        self.weights[self.model.optimizer.steps] = self.model.get_weights()

    def on_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        step = self.model.optimizer.steps
        self.weights[step] = self.model.get_weights()
        for name, value in logs.items():
            # computed by the weights from before this update
            self.figures.setdefault(("batch", name), []).append((step - 1, value))

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        for name, value in logs.items():
            run, name = ("validation", name[4:]) if name.startswith("val_") else ("epoch", name)
            self.figures.setdefault((run, name), []).append((self.model.optimizer.steps, value))


def network(*layers: tn.Layer, loss: str = "categorical_crossentropy") -> tn.Sequential:
    """64-5-3, or the layers given, compiled."""
    net = tn.Sequential(layers or [tn.Dense(5, "tanh", input_dim=64), tn.Dense(3, "softmax")], seed=0)
    net.compile(tn.SGD(0.5), loss, ["accuracy"])
    return net


def fit(net: tn.Sequential, *callbacks: tn.Callback, epochs: int = 1) -> None:
    net.fit(X, Y, epochs=epochs, batch_size=4, callbacks=callbacks, verbose=0, validation_data=CHOSEN)


# ## The runs, and the server that reads them


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def fitted(runs: Path) -> Spy:
    """Four epochs of five updates, in two calls of fit; histograms at every third."""
    spy, net = Spy(), network()
    board = TensorBoard(runs / "fit", *CHOSEN, every=3)
    fit(net, spy, board, epochs=3)
    fit(net, spy, board)
    return spy


@pytest.fixture(scope="module")
def by_hand(runs: Path) -> list[tuple[float, float, np.ndarray]]:
    """A loop of one's own, in float32: loss, accuracy and W after each of its steps."""
    layers = [tn.Dense(2, "tanh", input_dim=2, dtype="float32"), tn.Dense(1, "sigmoid", dtype="float32")]
    net, optimizer, given = tn.Sequential(layers, seed=0), tn.Adam(), []
    with TensorBoard(runs / "by hand", *XOR, every=2, loss="binary_crossentropy") as board:
        board.record(net, None, optimizer)
        for _ in range(5):
            loss = tn.binary_crossentropy(net(XOR[0].astype("float32")), XOR[1])
            loss.backward()
            optimizer.step(net.parameters())
            accuracy = float(np.mean((net.predict(XOR[0]) > 0.5) == XOR[1]))
            board.record(net, loss, optimizer, accuracy=accuracy, val_loss=2 * loss.item())
            given.append((loss.item(), accuracy, net.layers[0].W.data.copy()))
    return given


@pytest.fixture(scope="module")
def diverged(runs: Path) -> None:
    """One infinite weight, a NaN, numbers beyond float32, and one too small for 30 buckets."""
    net = network(tn.Dense(2, input_dim=2), tn.Dense(1), loss="half_squared_error")
    optimizer = tn.SGD(0.0)
    with TensorBoard(runs / "diverged", [[1.0, 1.0], [1.0, 0.0]], [[0.0], [0.0]], every=1) as board:
        for step, worst in enumerate([1.5e308, np.inf, np.nan, 1.0]):
            net.set_weights([[[worst, 1.0], [-worst, 1.0]], [0.0, 0.0], [[0.0], [5e-324]], [0.0]])
            optimizer.steps = step
            board.record(net, [None, 1e300, np.inf, np.nan][step], optimizer)


@pytest.fixture(scope="module")
def odd(runs: Path) -> None:
    """Names that mean something else elsewhere, a function and a layer of one's own, and no bias."""

    class Doubled(tn.Layer):
        def forward(self, a: tn.Tensor, training: bool) -> tn.Tensor:
            return 2 * a

    def cube(z: tn.Tensor) -> tn.Tensor:
        return z * z * z

    layers = [
        tn.Flatten(input_shape=(2, 3)),
        tn.Dense(4, cube, use_bias=False, name="x"),
        Doubled(name="y"),
        tn.Dropout(0.5),
        tn.Activation("relu"),
        tn.Dense(2, name="la couche é/δ & 1"),
    ]
    net = network(*layers, loss="mean_squared_error")
    board = TensorBoard(runs / "odd", np.ones((1, 2, 3)), [[1.0, 0.0]])
    net.fit(np.ones((1, 2, 3)), [[1.0, 0.0]], verbose=0, callbacks=[board])


DIES = """
import os, sys
import tinynet as tn
net, optimizer = tn.Sequential([tn.Dense(1, input_dim=1)]), tn.SGD(0.1)
board = tn.introspect.TensorBoard(sys.argv[1])
for step in range(7):
    loss = tn.half_squared_error(net([[1.0]]), [[0.0]])
    loss.backward()
    optimizer.step(net.parameters())
    board.record(net, step, optimizer)
os._exit(1)  # nothing is closed, nothing is said
"""


@pytest.fixture(scope="module")
def died(runs: Path) -> None:
    assert subprocess.run([sys.executable, "-c", DIES, str(runs / "died")]).returncode == 1


class Interrupted(Exception):
    """What a learner's own callback may raise."""


class Interrupt(tn.Callback):
    def on_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        if batch == 2:
            raise Interrupted


@pytest.fixture(scope="module")
def interrupted(runs: Path) -> None:
    with pytest.raises(Interrupted), TensorBoard(runs / "interrupted", *CHOSEN) as board:
        fit(network(), board, Interrupt())


# What is written last, by which the tests know that all was read
LAST_STEPS = {
    ("histograms/histograms", "fit/batch", "dense_1/W"): LAST,
    ("scalars/scalars", "fit/validation", "loss"): LAST,
    ("scalars/scalars", "fit/epoch", "loss"): LAST,
    ("scalars/scalars", "by hand/batch", "accuracy"): 5,
    ("scalars/scalars", "by hand/validation", "loss"): 5,
    ("histograms/histograms", "diverged/batch", "dense_1/W"): 3,
    ("histograms/histograms", "odd/batch", "x/W"): 1,
    ("scalars/scalars", "died/batch", "loss"): 6,
    ("scalars/scalars", "interrupted/batch", "loss"): 2,
}
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def ask(
    runs: Path, fitted: Spy, by_hand: list, diverged: None, odd: None, died: None, interrupted: None
) -> Iterator[Ask]:
    """ask(page, **query): the server's answer, as soon as it has read all runs."""
    log = runs.parent / "server.log"
    command = [sys.executable, "-m", "tensorboard.main", f"--logdir={runs}", "--host=127.0.0.1", "--port=0"]
    with open(log, "w") as output:
        server = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)

    def answer(page: str, **query: Any) -> Any:
        with urlopen(f"{address}data/plugin/{page}?{urlencode(query)}", timeout=30) as reply:
            body = reply.read()
            return json.loads(body) if reply.headers.get_content_type() == "application/json" else body

    try:
        address = wait_for(lambda: re.search(r"http://127\.0\.0\.1:\d+/", log.read_text()), server, log)[0]
        files = sum(1 for _ in runs.rglob("events.out.tfevents.*"))
        assert files == 2 * 3 + 2 + 1 + 2 + 1 + 1, "the second call of fit opens files of its own"
        for (page, run, tag), last in LAST_STEPS.items():
            read = partial(answer, page, run=run, tag=tag)
            wait_for(lambda: steps(read())[-1] == last, server, log)  # noqa: B023, called at once
        yield answer
    finally:
        server.terminate()
        server.wait(30)


def wait_for(found: Callable[[], Any], server: subprocess.Popen, log: Path) -> Any:
    """What `found` finds, once it finds something; the server may still be reading."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if result := found():
                return result
        except HTTPError:
            pass  # not read yet
        time.sleep(0.2)
    raise AssertionError(f"TensorBoard did not read what it should; it said:\n{log.read_text()}")


def steps(series: list) -> list[int]:
    return [step for _, step, *_ in series]


def scalars(ask: Ask, run: str, tag: str) -> list[tuple[int, float]]:
    return [(step, float(value)) for _, step, value in ask("scalars/scalars", run=run, tag=tag)]


def histograms(ask: Ask, run: str, tag: str) -> dict[int, np.ndarray]:
    """The buckets by step, each (left edge, right edge, count)."""
    return {step: np.array(buckets) for _, step, buckets in ask("histograms/histograms", run=run, tag=tag)}


def single(values: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """The same numbers as float32, which is what TensorBoard keeps."""
    return [(step, float(np.float32(value))) for step, value in values]


# ## Scalars


def test_scalars_are_those_of_training_at_their_updates(ask: Ask, fitted: Spy) -> None:
    assert len(fitted.figures) == 6
    for (run, name), values in fitted.figures.items():
        assert scalars(ask, f"fit/{run}", name) == single(values), (run, name)
    assert steps(ask("scalars/scalars", run="fit/batch", tag="loss")) == list(range(LAST))
    assert steps(ask("scalars/scalars", run="fit/epoch", tag="loss")) == [5, 10, 15, 20]


def test_training_and_validation_stand_in_one_chart(ask: Ask) -> None:
    """A chart is a tag; its curves are the runs that have it."""
    tags = ask("scalars/tags")
    for run in ("batch", "epoch", "validation"):
        assert sorted(tags[f"fit/{run}"]) == ["accuracy", "loss"]


def test_scalars_of_a_loop_by_hand(ask: Ask, by_hand: list) -> None:
    at = range(1, 6)
    losses, accuracies, _ = zip(*by_hand)
    assert scalars(ask, "by hand/batch", "loss") == single(list(zip(range(5), losses)))
    assert scalars(ask, "by hand/batch", "accuracy") == single(list(zip(at, accuracies)))
    assert scalars(ask, "by hand/validation", "loss") == single([(s, 2 * loss) for s, loss in zip(at, losses)])
    assert "by hand/epoch" not in ask("scalars/tags")


def test_numbers_that_are_not_finite_are_shown_as_such(ask: Ask) -> None:
    at, values = zip(*scalars(ask, "diverged/batch", "loss"))
    assert at == (0, 1, 2)
    # the first is 1e300, more than float32 can hold
    np.testing.assert_array_equal(values, [np.inf, np.inf, np.nan])


# ## Histograms


def buckets(values: np.ndarray) -> np.ndarray:
    """30 of equal width from the smallest to the largest; of a constant, all are at it, and the last has all."""
    values = np.asarray(values, np.float64)
    counts, edges = np.histogram(values, 30)
    if values.min() == values.max():
        counts, edges = [0] * 29 + [values.size], np.full(31, values.min())
    return np.transpose([edges[:-1], edges[1:], counts])


def expected(weights: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Every number of 64-5-3 for the chosen examples, by the formulas of the book."""
    W1, b1, W2, b2 = weights
    x, y = CHOSEN
    z1 = x @ W1 + b1
    a1 = np.tanh(z1)
    z2 = a1 @ W2 + b2
    a2 = np.exp(z2) / np.exp(z2).sum(axis=1, keepdims=True)
    delta2 = (a2 - y) / len(x)
    delta1 = delta2 @ W2.T * (1 - a1**2)
    first = {"W": W1, "b": b1, "z": z1, "a": a1, "delta": delta1, "dW": x.T @ delta1}
    second = {"W": W2, "b": b2, "z": z2, "a": a2, "delta": delta2, "dW": a1.T @ delta2}
    return {f"{layer}/{name}": v for layer, d in (("dense_1", first), ("dense_2", second)) for name, v in d.items()}


def test_histograms_are_of_every_array_after_its_update(ask: Ask, fitted: Spy) -> None:
    # at the beginning, at every third, and at the end of each fit
    at = [0, 3, 6, 9, 12, 15, 18, LAST]
    assert sorted(ask("histograms/tags")["fit/batch"]) == sorted(expected(fitted.weights[0]))
    for tag in expected(fitted.weights[0]):
        shown = histograms(ask, "fit/batch", tag)
        assert list(shown) == at, tag
        for step, found in shown.items():
            want = buckets(expected(fitted.weights[step])[tag])
            np.testing.assert_array_equal(found[:, 2], want[:, 2], err_msg=f"{tag} at step {step}")
            np.testing.assert_allclose(found[:, :2], want[:, :2], rtol=1e-9, atol=1e-12)


def test_histograms_say_the_shape(ask: Ask) -> None:
    tags = ask("histograms/tags")["fit/batch"]
    assert "shape (64, 5)" in tags["dense_1/W"]["description"] and "shape (4, 3)" in tags["dense_2/z"]["description"]


def test_histograms_of_a_loop_by_hand(ask: Ask, by_hand: list) -> None:
    shown = histograms(ask, "by hand/batch", "dense_1/W")
    assert list(shown) == [0, 2, 4]
    np.testing.assert_allclose(shown[4], buckets(by_hand[3][2]), rtol=1e-12)
    for name in ("W", "b", "z", "a", "delta", "dW"):
        assert f"dense_2/{name}" in ask("histograms/tags")["by hand/batch"]


def test_what_is_not_finite_is_counted_and_left_out(ask: Ask) -> None:
    weights = histograms(ask, "diverged/batch", "dense_1/W")
    assert list(weights) == [0, 1, 2, 3]
    # W holds two large numbers and two ones; 1.5e308 is finite, but the width of its buckets would not be
    assert [found[:, 2].sum() for found in weights.values()] == [2, 2, 2, 4]
    assert scalars(ask, "diverged/batch", "not finite/dense_1.W") == [(1, 2), (2, 2)]
    # z = (x_1 − x_2) worst, x_1 + x_2: first ∞ − ∞ or what NaN makes of it
    z = scalars(ask, "diverged/batch", "not finite/dense_1.z")
    assert [step for step, _ in z] == [1, 2] and all(count == 2 for _, count in z)
    assert "not finite/dense_2.W" not in ask("scalars/tags")["diverged/batch"]


def test_an_array_that_is_not_finite_at_all_has_no_histogram(ask: Ask) -> None:
    assert list(histograms(ask, "diverged/batch", "dense_2/z")) == [0, 3]


def test_the_smallest_numbers_are_drawn_as_0(ask: Ask) -> None:
    """5e-324 / 30 is 0, which cannot be the width of a bucket."""
    for found in histograms(ask, "diverged/batch", "dense_2/W").values():
        np.testing.assert_array_equal(found, [[0, 0, 0]] * 29 + [[0, 0, 2]])


# ## Images


def test_images_are_the_first_layers_weights(ask: Ask, fitted: Spy) -> None:
    tags = ask("images/tags")
    assert tags["fit/batch"] == {"dense_1/W as images": {"description": "", "displayName": "", "samples": 1}}
    images = ask("images/images", run="fit/batch", tag="dense_1/W as images", sample=0)
    # when training begins and ends, and at 3 times 1, 2 and 4
    assert [image["step"] for image in images] == [0, 3, 6, 12, 15, LAST]
    for shown in (images[0], images[-1]):
        png = ask(f"images/individualImage?{shown['query']}&")
        net = network()
        net.set_weights(fitted.weights[shown["step"]])
        file = BytesIO()
        figure = Figure(figsize=(8, 7), layout="compressed")
        plot_weights(net, 1, image_shape=(8, 8), ax=figure.add_subplot())
        figure.savefig(file, format="png", dpi=100)
        np.testing.assert_array_equal(imread(BytesIO(png)), imread(BytesIO(file.getvalue())))


def test_images_before_a_flatten_have_its_shape(ask: Ask) -> None:
    assert list(ask("images/tags")["odd/batch"]) == ["x/W as images"]


def test_inputs_that_are_no_square_are_no_images(ask: Ask) -> None:
    assert not {"by hand/batch", "diverged/batch", "died/batch"} & set(ask("images/tags"))


# ## The graph


def nodes(ask: Ask, run: str) -> dict[str, tuple[str, list[str], list[int]]]:
    """Operation, inputs, and shape by name."""
    text = ask("graphs/graph", run=run).decode()
    found = text_format.Parse(text, GraphDef()).node
    assert len({node.name for node in found}) == len(found)
    return {
        node.name: (node.op, list(node.input), [d.size for d in node.attr["_output_shapes"].list.shape[0].dim])
        for node in found
    }


def test_the_graph_is_the_network_with_its_shapes(ask: Ask) -> None:
    assert nodes(ask, "fit/batch") == {
        "x": ("input", [], [-1, 64]),
        "dense_1/W": ("parameter", [], [64, 5]),
        "dense_1/b": ("parameter", [], [5]),
        "dense_1/z": ("affine", ["x", "dense_1/W", "dense_1/b"], [-1, 5]),
        "dense_1/a": ("tanh", ["dense_1/z"], [-1, 5]),
        "dense_2/W": ("parameter", [], [5, 3]),
        "dense_2/b": ("parameter", [], [3]),
        "dense_2/z": ("affine", ["dense_1/a", "dense_2/W", "dense_2/b"], [-1, 3]),
        "dense_2/a": ("softmax", ["dense_2/z"], [-1, 3]),
        "y": ("target", [], [-1, 3]),
        "loss": ("categorical_crossentropy", ["dense_2/a", "y"], []),
    }


def test_the_graph_of_odd_layers(ask: Ask) -> None:
    last = "la couche é/δ & 1"
    assert nodes(ask, "odd/batch") == {
        "x_": ("input", [], [-1, 2, 3]),
        "flatten_1": ("Flatten", ["x_"], [-1, 6]),
        "x/W": ("parameter", [], [6, 4]),
        "x/z": ("matmul", ["flatten_1", "x/W"], [-1, 4]),
        "x/a": ("cube", ["x/z"], [-1, 4]),
        "y": ("Doubled", ["x/a"], [-1, 4]),
        "dropout_1": ("Dropout", ["y"], [-1, 4]),
        "activation_1": ("relu", ["dropout_1"], [-1, 4]),
        f"{last}/W": ("parameter", [], [4, 2]),
        f"{last}/b": ("parameter", [], [2]),
        f"{last}/z": ("affine", ["activation_1", f"{last}/W", f"{last}/b"], [-1, 2]),
        f"{last}/a": ("identity", [f"{last}/z"], [-1, 2]),
        "y_": ("target", [], [-1, 2]),
        "loss": ("mean_squared_error", [f"{last}/a", "y_"], []),
    }
    assert f"{last}/delta" in ask("histograms/tags")["odd/batch"]


def test_a_loss_that_nobody_named_is_not_in_the_graph(ask: Ask) -> None:
    assert list(nodes(ask, "died/batch"))[-1] == "dense_1/a"


# ## Runs that end badly


def test_a_run_that_died_is_read_up_to_its_last_step(ask: Ask) -> None:
    assert scalars(ask, "died/batch", "loss") == [(step, step) for step in range(7)]


def test_a_run_that_was_interrupted_is_read_up_to_its_last_step(ask: Ask) -> None:
    # the board came before the callback that raised, so it saw all three batches
    assert steps(ask("scalars/scalars", run="interrupted/batch", tag="loss")) == [0, 1, 2]


# ## Files, without the server


def writers() -> list[str]:
    """The threads that write: there is one for every open file."""
    return [type(t).__name__ for t in threading.enumerate() if type(t).__module__.startswith("tensorboard.")]


def test_files_are_closed_when_training_ends(tmp_path: Path) -> None:
    board = TensorBoard(tmp_path / "run", *CHOSEN)
    open_while_training = []
    look = tn.Callback()
    look.on_batch_end = lambda batch, logs: open_while_training.append(len(writers()))  # type: ignore[method-assign]
    fit(network(), board, look)
    assert min(open_while_training) > 0 and writers() == []


def test_files_are_closed_when_training_is_interrupted(tmp_path: Path) -> None:
    with pytest.raises(Interrupted), TensorBoard(tmp_path / "run") as board:
        fit(network(), board, Interrupt())
    assert writers() == []


def test_files_are_closed_when_the_board_is_forgotten(tmp_path: Path) -> None:
    net, optimizer = network(), tn.SGD(0.1)
    TensorBoard(tmp_path / "run").record(net, None, optimizer)
    gc.collect()
    assert writers() == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the writer's thread dies loudly
def test_files_are_closed_when_they_cannot_be_written(tmp_path: Path) -> None:
    board = TensorBoard(tmp_path / "run")

    def lose_the_folder(batch: int, logs: dict[str, float]) -> None:
        (tmp_path / "run").rename(tmp_path / "elsewhere")

    look = tn.Callback()
    look.on_batch_end = lose_the_folder  # type: ignore[method-assign]
    with pytest.raises(FileNotFoundError):
        fit(network(), look, board)
    assert writers() == []


def test_a_folder_that_holds_a_run_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    fit(network(), TensorBoard(tmp_path / "run"))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(FileExistsError, match=r"run holds a run already, .*choose another folder, or delete"):
        fit(network(), TensorBoard(tmp_path / "run"))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    fit(network(), TensorBoard(tmp_path / "another"))
    assert writers() == []


def test_two_at_once_in_one_folder_are_refused(tmp_path: Path) -> None:
    """Both were made while it was empty; the second to begin finds the first."""
    first, second = TensorBoard(tmp_path), TensorBoard(tmp_path)
    with pytest.raises(FileExistsError):
        fit(network(), first, second)
    first.close()


def test_one_board_is_for_one_network(tmp_path: Path) -> None:
    board = TensorBoard(tmp_path)
    fit(network(), board)
    with pytest.raises(ValueError, match="holds the run of another network"):
        fit(network(), board)


def test_updates_do_not_run_backwards(tmp_path: Path) -> None:
    net, board = network(), TensorBoard(tmp_path)
    fit(net, board)
    net.compile(tn.SGD(0.1), "categorical_crossentropy")
    with pytest.raises(ValueError, match=r"a run of 5 updates, and this is update 0, of a new optimizer"):
        fit(net, board)
    assert writers() == []


# ## What is refused


def test_examples_that_do_not_fit_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    for wrong in (
        TensorBoard(tmp_path / "run", X[:, :9], Y),
        TensorBoard(tmp_path / "run", X, Y[:3]),
        TensorBoard(tmp_path / "run", image_shape=(7, 9)),
    ):
        with pytest.raises(ValueError, match=r"dense_1 takes inputs|x has 20 examples|images of \(7, 9\) have 63"):
            fit(network(), wrong)
        assert not (tmp_path / "run").exists()
    fit(network(), TensorBoard(tmp_path / "run", X, Y, image_shape=(4, 16)))


def test_settings_that_cannot_be_meant_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="x and y belong together; y is missing"):
        TensorBoard(tmp_path, X)
    with pytest.raises(ValueError, match="x and y belong together; x is missing"):
        TensorBoard(tmp_path, y=Y)
    with pytest.raises(ValueError, match="every is a whole number >= 1, not 0"):
        TensorBoard(tmp_path, every=0)
    with pytest.raises(ValueError, match="unknown loss"):
        TensorBoard(tmp_path, X, Y, loss="cross")


def test_a_loop_by_hand_names_its_loss_and_builds_its_network(tmp_path: Path) -> None:
    net = tn.Sequential([tn.Dense(3)])
    with pytest.raises(ValueError, match="the weights do not exist yet"):
        TensorBoard(tmp_path).record(net, None, tn.SGD(0.1))
    net.build((64,))
    with pytest.raises(ValueError, match=r"name the loss, TensorBoard\(folder, x, y, loss='...'\)"):
        TensorBoard(tmp_path, X, Y).record(net, None, tn.SGD(0.1))


# ## Training does not notice


def test_training_is_the_same_to_the_bit(tmp_path: Path) -> None:
    watched, alone = network(), network()
    fit(watched, TensorBoard(tmp_path, X, Y, every=1), epochs=2)
    fit(alone, epochs=2)
    for ours, theirs in zip(watched.get_weights(), alone.get_weights()):
        np.testing.assert_array_equal(ours, theirs)


def test_the_gradients_of_a_loop_stay_those_of_its_batch(tmp_path: Path) -> None:
    net, optimizer = network(), tn.SGD(0.1)
    tn.categorical_crossentropy(net(X), Y).backward()
    optimizer.step(net.parameters())
    before = [p.grad for p in net.parameters()]
    with TensorBoard(tmp_path, *CHOSEN) as board:
        board.record(net, None, optimizer)
    assert all(p.grad is gradient for p, gradient in zip(net.parameters(), before))
    with pytest.raises(ValueError, match="no parameter has a gradient that is not used yet"):
        optimizer.step(net.parameters())


def test_the_chosen_examples_are_copied(tmp_path: Path) -> None:
    x, y = X[:4].copy(), Y[:4].copy()
    with TensorBoard(tmp_path, x, y) as board:
        board.record(network(), None, tn.SGD(0.1))
        x[:], y[:] = 7, 0
        assert np.max(board.x) < 7 and np.max(board.y) == 1
