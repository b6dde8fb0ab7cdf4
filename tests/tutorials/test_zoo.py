"""The zoo: every wrong backward pass is caught and located, no right one is, and what the signs say is true."""

import importlib.util
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import tinynet as tn

ROOT = Path(__file__).parents[2]

_spec = importlib.util.spec_from_file_location("zoo", ROOT / "tutorials/zoo.py")
zoo = importlib.util.module_from_spec(_spec)
sys.modules["zoo"] = zoo  # where dataclasses look their module up
_spec.loader.exec_module(zoo)

ZOO = zoo.ZOO
NETWORKS = {animal.network.name: animal.network for animal in ZOO.values()}

# The answers: which arrays each mistake spoils, every entry of them.
HIDDEN, BIASES, ALL = {"W1", "b1"}, {"b1", "b2"}, {"W1", "b1", "W2", "b2"}
SPOILED = {
    "early bird": HIDDEN,  # δ¹ taken through the W² that was already updated
    "flatfish": HIDDEN,  # no f′ in δ¹
    "parrot": ALL,  # σ′(a) for σ′(z)
    "cuckoo": ALL,  # δ² = a − y, of the cross-entropy, for the squared error
    "salmon": ALL,  # the sign
    "elephant": ALL,  # the sum over the batch for the mean
    "snail": BIASES,  # the mean over the batch taken twice
    "hydra": BIASES,  # no sum over the batch
    "crab": HIDDEN,  # W² for its transpose
    "goldfish": {"W", "b"},  # = for +=
    "hermit": ALL,  # softmax differentiated as if diagonal
    "mole": HIDDEN,  # relu′ of the gradient's sign for that of z
    "sleepwalker": HIDDEN,  # the dropout mask left out on the way back
}


def entries(network, names):
    """All entries of these arrays, as a report names them."""
    return sorted(
        f"{name}[{', '.join(map(str, index))}]"
        for name in names
        for index in np.ndindex(network.parameters[name].shape)
    )


def relative_errors(animal):
    return {e.name: e.relative_error for e in zoo.check(animal.network, animal.gradients).entries}


# ## The check


def test_the_answers_cover_the_zoo():
    assert list(SPOILED) == list(ZOO)


@pytest.mark.parametrize("animal", ZOO.values(), ids=ZOO)
def test_every_animal_is_caught_and_located(animal):
    report = zoo.check(animal.network, animal.gradients)
    assert not report.passed
    located = [re.sub(r" in .*", "", entry) for entry in zoo.wrong_entries(report)]
    assert located == entries(animal.network, SPOILED[animal.name])
    # by far: no tolerance that anyone would choose lets it through
    assert all(e.relative_error > 0.01 for e in report.entries if e.name in zoo.wrong_entries(report))
    assert "FAILED" in str(report) and report.entries[0].name in zoo.wrong_entries(report)


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_the_right_gradients_are_not_flagged(network):
    report = zoo.check(network, network.gradients)
    assert report.passed and zoo.wrong_entries(report) == []
    assert sorted(e.name for e in report.entries) == entries(network, network.parameters)
    assert report.max_relative_error < 1e-7


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("factor", [1.0001, 0.9999, 0, np.nan])
def test_one_wrong_entry_is_found_among_the_right_ones(network, factor):
    name = next(iter(network.parameters))

    def one_wrong(x, y, **parameters):
        gradients = network.gradients(x, y, **parameters)
        gradients[name][1, 0] *= factor
        return gradients

    assert zoo.wrong_entries(zoo.check(network, one_wrong)) == [f"{name}[1, 0]"]


def test_a_check_leaves_the_network_as_it_is():
    before = {name: w.copy() for name, w in zoo.BATCH.parameters.items()}
    zoo.check(zoo.BATCH, zoo.BATCH.gradients)
    zoo.train(zoo.BATCH, zoo.BATCH.gradients, steps=3)
    assert all(np.array_equal(w, before[name]) for name, w in zoo.BATCH.parameters.items())


def test_the_right_gradients_are_tinynets():
    for network, activations, loss in [
        (zoo.MAZUR, ("sigmoid", "sigmoid"), "half_squared_error"),
        (zoo.BATCH, ("sigmoid", "sigmoid"), "half_squared_error"),
        (zoo.CLASSES, ("relu", "softmax"), "categorical_crossentropy"),
    ]:
        W1, b1, W2, b2 = network.parameters.values()
        net = tn.Sequential([tn.Dense(W.shape[1], f) for W, f in zip((W1, W2), activations)])
        net(network.x)
        net.set_weights([W1, b1, W2, b2])
        trace = tn.introspect.trace(net, network.x, network.y, loss=loss)
        assert trace.loss == pytest.approx(network.loss(network.x, network.y, **network.parameters), rel=1e-14)
        right = network.gradients(network.x, network.y, **network.parameters)
        for l in (1, 2):
            np.testing.assert_allclose(right[f"W{l}"], trace[l].dW, rtol=1e-12)
            np.testing.assert_allclose(right[f"b{l}"], trace[l].db, rtol=1e-12)


def test_the_right_gradients_of_the_tied_layer_are_tinynets():
    W, b = (tn.Tensor(w.copy()) for w in zoo.TIED.parameters.values())
    loss = tn.half_squared_error(tn.tanh(tn.tanh(zoo.TIED.x @ W + b) @ W + b), zoo.TIED.y)
    loss.backward()
    right = zoo.TIED.gradients(zoo.TIED.x, zoo.TIED.y, **zoo.TIED.parameters)
    np.testing.assert_allclose(right["W"], W.grad, rtol=1e-12)
    np.testing.assert_allclose(right["b"], b.grad, rtol=1e-12)


# ## What the signs say


def losses(name):
    """What training gives with the wrong gradients, and with the right ones."""
    network = ZOO[name].network
    return zoo.train(network, ZOO[name].gradients), zoo.train(network, network.gradients)


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_the_right_gradients_learn(network):
    right = zoo.train(network, network.gradients)
    assert right[1] < right[0] and right[-1] < right[0] / 10


def test_most_of_them_learn_too():
    learned = [name for name in ZOO if losses(name)[0][-1] < losses(name)[0][0] / 10]
    assert set(ZOO) - set(learned) == {"flatfish", "salmon", "hermit", "mole"}


@pytest.mark.parametrize("name", ["cuckoo", "elephant", "hydra"])
def test_some_learn_much_faster(name):
    wrong, right = losses(name)
    assert wrong[10] < right[10] and wrong[1000] < right[1000] / 5


@pytest.mark.parametrize("name", ["snail", "goldfish", "sleepwalker"])
def test_some_learn_slower(name):
    wrong, right = losses(name)
    assert wrong[10] > right[10] and wrong[100] > right[100] and wrong[1000] > right[1000]


def test_the_early_bird_gives_the_number_that_mazur_printed():
    def after_one_step_of_the_weights(gradients):
        network = zoo.MAZUR
        d = gradients(network.x, network.y, **network.parameters)
        moved = {name: w - 0.5 * d[name] if name[0] == "W" else w for name, w in network.parameters.items()}
        return network.loss(network.x, network.y, **moved)

    assert after_one_step_of_the_weights(zoo.early_bird) == pytest.approx(0.291027924, abs=5e-10)
    assert after_one_step_of_the_weights(zoo.MAZUR.gradients) == pytest.approx(0.2910277737, abs=5e-11)
    sign = ZOO["early bird"].sign
    assert "0.291027924" in sign and "0.2910277737" in sign


def test_the_flatfish_gets_stuck():
    wrong, right = losses("flatfish")
    assert wrong[10] < right[10] and wrong[1000] > 0.2 and right[1000] == pytest.approx(0.03, abs=5e-3)
    # b1's gradient of a single example is δ¹ itself
    one = {"x": zoo.BATCH.x[:1], "y": zoo.BATCH.y[:1], **zoo.BATCH.parameters}
    assert np.all(np.abs(zoo.flatfish(**one)["b1"]) >= 4 * np.abs(zoo.BATCH.gradients(**one)["b1"]))


def test_the_parrot_and_the_crab_look_as_they_should():
    for name in ("parrot", "crab"):
        wrong, right = losses(name)
        assert 0.5 * right[1000] < wrong[1000] < right[1000]
        np.testing.assert_allclose(wrong[:101], right[:101], rtol=0.02)


def test_the_cuckoo_has_the_gradients_of_binary_crossentropy_times_the_outputs():
    network = zoo.BATCH
    W1, b1, W2, b2 = network.parameters.values()
    net = tn.Sequential([tn.Dense(2, "sigmoid", input_dim=2), tn.Dense(2, "sigmoid")])
    net.set_weights([W1, b1, W2, b2])
    trace = tn.introspect.trace(net, network.x, network.y, loss="binary_crossentropy")
    cuckoo = zoo.cuckoo(network.x, network.y, **network.parameters)
    np.testing.assert_allclose(cuckoo["W1"], 2 * trace[1].dW, rtol=1e-12)
    np.testing.assert_allclose(cuckoo["b2"], 2 * trace[2].db, rtol=1e-12)


def test_the_salmon_swims_upstream():
    wrong, _ = losses("salmon")
    assert np.all(np.diff(wrong) > 0)
    assert list(relative_errors(ZOO["salmon"]).values()) == pytest.approx([2] * 12, rel=1e-6)


def test_the_elephant_and_the_snail_are_off_by_the_size_of_the_batch():
    assert list(relative_errors(ZOO["elephant"]).values()) == pytest.approx([3 / 4] * 12, rel=1e-6)
    biases = [error for name, error in relative_errors(ZOO["snail"]).items() if name[0] == "b"]
    assert biases == pytest.approx([3 / 4] * 4, rel=1e-6)


def test_the_elephant_jumps_about_with_a_large_batch():
    network = replace(zoo.BATCH, x=np.tile(zoo.BATCH.x, (50, 1)), y=np.tile(zoo.BATCH.y, (50, 1)))
    wrong, right = (zoo.train(network, gradients, steps=100) for gradients in (zoo.elephant, network.gradients))
    assert np.sum(np.diff(wrong) > 0) > 10 and np.all(np.diff(right) < 0)


@pytest.mark.parametrize("name", ["elephant", "snail", "hydra"])
def test_with_a_batch_of_one_nothing_is_wrong(name):
    network = zoo.MAZUR
    wrong, right = (g(network.x, network.y, **network.parameters) for g in (ZOO[name].gradients, network.gradients))
    for parameter in right:
        np.testing.assert_array_equal(np.squeeze(wrong[parameter]), right[parameter])


def test_the_hydra_has_an_answer_for_each_head():
    network = zoo.BATCH
    d = zoo.hydra(network.x, network.y, **network.parameters)
    trained = {name: w - 0.5 * d[name] for name, w in network.parameters.items()}
    _, answer = zoo.forward(network.x[:1], **trained)
    assert answer.shape == (4, 2)
    report = zoo.check(network, zoo.hydra)
    assert "b1[0] in (4, 2)" in str(report)
    assert all(np.isnan(e.analytic) for e in report.entries if e.name[0] == "b")


def test_the_crab_is_stopped_where_the_widths_differ():
    network, W2 = zoo.BATCH, np.ones((2, 3))
    with pytest.raises(ValueError, match="matmul"):
        zoo.crab(network.x, np.ones((4, 3)), **(network.parameters | {"W2": W2, "b2": np.zeros(3)}))


def test_the_goldfish_ends_more_than_ten_times_as_high():
    wrong, right = losses("goldfish")
    assert wrong[1000] > 10 * right[1000]
    assert len({round(error, 3) for error in relative_errors(ZOO["goldfish"]).values()}) == 6  # each by another factor


def test_the_hermit_ends_in_nan():
    wrong, right = losses("hermit")
    assert right[10] < wrong[10] < wrong[0] and np.isnan(wrong[1000])


def test_the_mole_learns_only_how_frequent_the_classes_are():
    wrong, _ = losses("mole")
    assert wrong[1000] < wrong[0] and wrong[100:] == pytest.approx([1.5 * np.log(2)] * 901, abs=1e-4)
    assert "1.0397" in ZOO["mole"].sign and 1.5 * np.log(2) == pytest.approx(1.0397, abs=5e-5)
    frequencies = zoo.CLASSES.y.mean(axis=0)
    assert -np.sum(frequencies * np.log(frequencies)) == pytest.approx(1.5 * np.log(2))


def test_no_nudge_of_the_check_crosses_relus_kink():
    network = zoo.CLASSES
    z1 = network.x @ network.parameters["W1"] + network.parameters["b1"]
    assert np.abs(z1).min() > 1e-3


# ## The text


@pytest.mark.parametrize("animal", ZOO.values(), ids=ZOO)
def test_a_sign_says_what_one_sees_and_where_to_look(animal):
    assert animal.sign.startswith("The loss ")
    assert re.search(r"\]\(#src-[\w-]+\)", animal.sign)


def test_a_visit(tmp_path):
    run = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "tutorials/zoo.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("gradient check FAILED") == len(ZOO)
    assert all(name.upper() in run.stdout for name in ZOO)
