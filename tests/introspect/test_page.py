"""The page as a file: what is in it, how large it is, what is refused. In a browser it is tested in tests/browser."""

import json
import os
import re
from base64 import b64decode
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

import tinynet as tn
from tinynet.introspect import Recorder
from tinynet.introspect import page as module
from tinynet.introspect.page import encode, log_spaced, make_page, write_page
from tinynet.introspect.page_formulas import formulas_of, listen
from tinynet.introspect.page_picture import picture, short, table

X, Y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])


def recorded(net=None, epochs=5, x=X, y=Y, loss="binary_crossentropy", optimizer=None, **settings) -> Recorder:
    """A recorded training of the whole batch, by default of XOR."""
    net = net or tn.Sequential([tn.Dense(3, "tanh", input_dim=2), tn.Dense(1, "sigmoid")], seed=0)
    net.compile(optimizer or tn.SGD(0.5), loss)
    recorder = Recorder(x, y, **settings)
    net.fit(x, y, epochs=epochs, batch_size=len(x), callbacks=[recorder], verbose=0)
    return recorder


class Page(HTMLParser):
    """The tags of a page with their attributes, and the text of its data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.texts: dict[str, str] = {}
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.inside = dict(attributes).get("id") or tag

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        self.texts[self.inside] = self.texts.get(self.inside, "") + data


def data_of(path: Path) -> dict:
    def never(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(Page(path.read_text("utf-8")).texts["data"], parse_constant=never)


def decode(text: str, dtype: str = "<f8") -> np.ndarray:
    return np.frombuffer(b64decode(text), dtype)


# ## What is in the file


def test_the_weights_are_in_it_to_the_last_bit(tmp_path):
    recorder = recorded()
    data = data_of(recorder.to_html(tmp_path / "page.html"))
    expected = np.concatenate([w.ravel() for k in range(len(recorder)) for w in recorder.weights(k)])
    assert decode(data["weights"]).tobytes() == expected.tobytes()
    assert data["steps"] == recorder.steps == list(range(6))
    assert data["losses"]["steps"] == list(recorder.losses) and data["rates"] == [0.5] * 6
    np.testing.assert_array_equal(decode(data["losses"]["values"]), list(recorder.losses.values()))
    np.testing.assert_array_equal(decode(data["x"]), X.ravel())


def test_python_s_own_numbers_are_in_it_to_compare_with(tmp_path):
    recorder = recorded(epochs=100)
    data = data_of(recorder.to_html(tmp_path / "page.html"))
    assert 8 <= len(data["checked"]) <= 16 and data["checked"][0] == 0 and data["checked"][-1] == 100
    numbers = decode(data["recorded"])
    for k in data["checked"]:
        trace = recorder.trace(k)
        arrays = [np.array([trace.loss]), *(a for layer in trace.layers[1:] for a in (layer.z, layer.a, layer.delta))]
        for array in arrays:
            np.testing.assert_array_equal(numbers[: array.size], array.ravel())
            numbers = numbers[array.size :]
    assert numbers.size == 0


def test_float32_takes_half_the_room(tmp_path):
    net = tn.Sequential([tn.Dense(3, "tanh", input_dim=2, dtype="float32"), tn.Dense(1, dtype="float32")], seed=0)
    recorder = recorded(net, loss="half_squared_error")
    data = data_of(recorder.to_html(tmp_path / "page.html"))
    assert data["float32"]
    np.testing.assert_array_equal(decode(data["weights"], "<f4")[:6], recorder.weights(0)[0].ravel())


def test_it_is_one_file_that_asks_nobody_for_anything(tmp_path):
    text = recorded().to_html(tmp_path / "page.html").read_text("utf-8")
    page = Page(text)
    assert os.listdir(tmp_path) == ["page.html"]
    # the name of a language is no address
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    for tag, attributes in page.tags:
        assert "src" not in attributes and tag not in ("iframe", "object", "embed")
        assert attributes.get("href", "data:,") == "data:,"
    (policy,) = (a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv"))
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|import)\s*\(|eval\(", text)
    assert "<!-- " not in text.replace("<!-- the file asks", "")


def test_it_has_a_language_a_title_a_width_and_names_for_its_controls(tmp_path):
    page = Page(recorded().to_html(tmp_path / "page.html").read_text("utf-8"))
    tags = [tag for tag, _ in page.tags]
    assert dict(page.tags)["html"] == {"lang": "en"} and tags.count("h1") == tags.count("main") == 1
    assert page.texts["title"].startswith("2-3-1: a training run, step by step")
    assert any(a.get("name") == "viewport" for _, a in page.tags)
    for tag, attributes in page.tags:
        if tag == "input" and attributes["type"] == "range":
            assert attributes["aria-label"]
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_a_name_cannot_end_the_script(tmp_path):
    net = tn.Sequential([tn.Dense(1, "sigmoid", input_dim=2, name="</script><b>x</b>")], seed=0)
    path = recorded(net).to_html(tmp_path / "page.html")
    assert data_of(path)["layers"][0]["name"] == "</script><b>x</b>"
    assert "<b>x" not in path.read_text("utf-8").replace("&lt;", "")


def test_without_javascript_the_newest_step_is_there():
    recorder = recorded()
    trace = recorder.trace(-1)
    page = Page(picture(trace, recorder.losses, "2-3-1") + table(trace, 5))
    lines = [a for tag, a in page.tags if tag == "line"]
    W = np.concatenate([trace[1].W.ravel(), trace[2].W.ravel()])
    assert [a["class"] for a in lines] == [f"edge {'plus' if w > 0 else 'minus'}" for w in W]
    assert sum(tag == "circle" for tag, _ in page.tags) == 2 + 3 + 1
    assert sum(tag == "tr" for tag, _ in page.tags) == 1 + 2 + 3 + 1
    assert f"{trace[2].delta[0, 0]:.10g}".replace("-", "−") in page.texts["td"]


def test_the_still_picture_of_many_neurons_and_of_nan():
    x = np.random.default_rng(0).normal(size=(3, 300))
    net = tn.Sequential([tn.Dense(100, "relu", input_dim=300), tn.Dense(1)], seed=0)
    recorder = recorded(net, x=x, y=Y[:3], loss="half_squared_error")
    trace = recorder.trace(-1)
    trace.layers[1].W = np.full((300, 100), np.nan)
    trace.layers[2].a = np.full((3, 1), np.inf)
    drawn = picture(trace, {0: 1.0, 1: np.inf, 2: 0.5, 3: np.nan}, "300-100-1")
    assert "dense_1, 12 of 100 neurons" in drawn and "+inf" in drawn
    assert "nan" not in drawn.replace("+nan", "") and drawn.count("M") == 2  # the curve has a gap
    assert "the first 200 of 401 rows" in table(trace, 3)
    assert [short(a) for a in (0.0, -0.5, 3.0, 1e-5, -2e10)] == ["0", "−0.50", "+3.0", "+1e−5", "−2e10"]


# ## How large it is


def test_xor_over_200_steps_is_small_and_quickly_written(tmp_path):
    net = tn.Sequential([tn.Dense(8, "tanh", input_dim=2), tn.Dense(8, "tanh"), tn.Dense(1, "sigmoid")], seed=0)
    recorder = recorded(net, epochs=200)
    start = perf_counter()
    path = recorder.to_html(tmp_path / "page.html")
    assert perf_counter() - start < 2
    assert path.stat().st_size <= 500 * 1024 and len(data_of(path)["steps"]) == 201


def test_digits_stay_within_2_mib_by_leaving_steps_out(tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.uniform(size=(50, 64)), np.eye(10)[rng.integers(10, size=50)]
    net = tn.Sequential([tn.Dense(32, "relu", input_dim=64), tn.Dense(10, "softmax")], seed=0)
    recorder = recorded(net, 150, x, y, "categorical_crossentropy")
    path = recorder.to_html(tmp_path / "page.html")
    data = data_of(path)
    assert 1.9 * 2**20 < path.stat().st_size <= 2 * 2**20
    steps = data["steps"]
    assert 50 < len(steps) < 100 and steps[0] == 0 and steps[-1] == 150
    assert steps[:10] == list(range(10)) and max(np.diff(steps)) < 15  # dense where much happens
    kept = [k for k, step in enumerate(recorder.steps) if step in steps]
    expected = np.concatenate([w.ravel() for k in kept for w in recorder.weights(k)])
    assert decode(data["weights"]).tobytes() == expected.tobytes()
    smaller = recorder.to_html(tmp_path / "smaller.html", max_bytes=2**20)
    assert smaller.stat().st_size <= 2**20


@pytest.mark.parametrize("count", [2, 3, 10, 285, 5000])
def test_log_spaced_numbers(count):
    for room in (2, 3, 16, 70, 285, 5000):
        chosen = log_spaced(count, room)
        assert len(chosen) <= room and chosen[0] == 0 and chosen[-1] == count - 1
        assert all(a < b for a, b in pairwise(chosen))
        assert len(chosen) == count if room >= count else len(chosen) > 0.85 * room or room < 16


def test_of_a_long_training_the_curve_has_2000_points(tmp_path):
    recorder = recorded()
    recorder.losses = {step: 1 / (1 + step) for step in range(100_000)}
    losses = data_of(recorder.to_html(tmp_path / "page.html"))["losses"]
    assert 1000 < len(losses["steps"]) <= 2001 and losses["steps"][-1] == 99_999
    assert decode(losses["values"])[-1] == 1e-5


def test_numbers_become_their_bytes():
    text = encode([np.array([[1.0, np.nan]]), np.array([np.inf])], np.dtype(float))
    np.testing.assert_array_equal(decode(text), [1, np.nan, np.inf])
    assert encode([], np.dtype(float)) == ""


# ## The formulas


def test_the_formulas_are_heard_from_the_worksheet():
    formulas = formulas_of(["relu", "sigmoid"], "binary_crossentropy", 1, tn.SGD(0.1, momentum=0.9))
    assert formulas["weighted"] == "{w}·{a}" and formulas["bias"] == "{b}" and formulas["back"] == "{w}·{delta}"
    assert formulas["sum_times_slope"] == "({da})·{f_prime}" and formulas["of_weight"] == "{a}·{delta}"
    assert formulas["f"]["relu"]["named"] == "relu({symbol}) = " and formulas["f"]["relu"]["a"][2] == "max(0, {z})"
    assert [t[0] for t in formulas["f"]["relu"]["slope"]] == ["0", "0", "1", "1", "0"]
    loss = formulas["loss"]
    assert loss["share"]["1"] == "{y}·ln({a})" and loss["delta"] == "({a} − {y}){over}"
    assert loss["total"] == "−({total}){over}" and loss["total_from_z"] == "{total}"
    assert [line["left"] for line in formulas["update"]] == ["v{index}", "w{index}"]


def test_a_change_of_the_worksheet_is_a_change_of_the_page(monkeypatch):
    monkeypatch.setattr("tinynet.introspect.page_formulas.slope_of", lambda f, z: "{a}·{a}")
    assert formulas_of(["tanh"], "hinge", 2, None)["f"]["tanh"]["slope"] == ["{a}·{a}"] * 5


def test_a_loss_with_one_output_and_with_several():
    one, two = (formulas_of(["identity"], "mean_squared_error", n, None)["loss"] for n in (1, 2))
    assert one["total"] == "{total}" and two["total"] == "({total}){over}"
    assert one["slope"]["between"] == "2·({a} − {y}){over}"


def test_every_template_of_a_softmax():
    ear = listen("softmax", "categorical_crossentropy", [0.0, 1.0])
    assert ear.hear("delta", 3, 0) == ["({a} − {y}){over}"]
    f = formulas_of(["softmax"], "mean_squared_error", 3, None)["f"]["softmax"]
    assert f["same"] == "{ai}·(1 − {ai})·{g}" and f["other"] == "(−{ai}·{aj})·{g}" and f["a"] == "e^[{z} − {m}]/{S}"


def test_the_settings_of_the_optimizer_are_handed_over(tmp_path):
    recorder = recorded(optimizer=tn.AdamW(tn.schedules.StepDecay(0.1, 0.5, 2), weight_decay=0.02))
    data = data_of(recorder.to_html(tmp_path / "page.html"))
    assert data["optimizer"]["settings"]["decay"] == ["λ", 0.02] and data["optimizer"]["remembers"] == ["m", "s", "t"]
    assert data["rates"] == [0.1, 0.1, 0.05, 0.05, 0.025, 0.025]
    assert data["optimizer"]["words"].startswith("AdamW(learning_rate=StepDecay, ")


def test_an_optimizer_of_one_s_own_or_none_has_no_formula(tmp_path):
    class Own(tn.SGD): ...

    data = data_of(recorded(optimizer=Own(0.1)).to_html(tmp_path / "own.html"))
    assert data["optimizer"] == {"kind": "Own", "words": "Own"} and data["formulas"]["update"] is None
    net = tn.Sequential([tn.Dense(1, input_dim=2)], seed=0)
    recorder = Recorder(X, Y)
    recorder.record(net)
    recorder.loss_name = "half_squared_error"
    data = data_of(recorder.to_html(tmp_path / "none.html"))
    assert data["optimizer"]["kind"] is None and data["rates"] == [None] and data["steps"] == [0]


def test_slopes_of_one_s_own_choice_are_read_off(tmp_path):
    for f, s in ((lambda z: tn.functions.leaky_relu(z, 0.2), 0.2), (lambda z: tn.functions.elu(z, 1.5), 1.5)):
        net = tn.Sequential([tn.Dense(2, f, input_dim=2), tn.Dense(1)], seed=0)
        data = data_of(recorded(net, loss="half_squared_error").to_html(tmp_path / "page.html"))
        assert data["layers"][0]["s"] == s


# ## What is refused


def test_functions_of_one_s_own_are_refused(tmp_path):
    class Twice(tn.Activation):
        def forward(self, a, training):
            return a * 2.0

    nets = {
        r"layer 2, 'twice_1', is a class of your own; .* knows only Dense": [tn.Dense(1, input_dim=2), Twice("relu")],
        r"layer 1, 'dense_1', has an activation of your own": [tn.Dense(1, lambda z: z * z, input_dim=2)],
    }
    for message, layers in nets.items():
        with pytest.raises(ValueError, match=message):
            recorded(tn.Sequential(layers, seed=0), loss="half_squared_error").to_html(tmp_path / "page.html")
    with pytest.raises(ValueError, match="the loss is a function of your own"):
        recorded(loss=lambda a, y: ((a - y) * (a - y)).sum()).to_html(tmp_path / "page.html")
    assert os.listdir(tmp_path) == []


def test_nothing_recorded_too_little_room_and_no_folder(tmp_path):
    with pytest.raises(ValueError, match="the recorder has kept no step"):
        Recorder(X, Y).to_html(tmp_path / "page.html")
    recorder = recorded()
    with pytest.raises(ValueError, match=r"holds \d of 6 steps in max_bytes=1,000: .* give a larger max_bytes"):
        recorder.to_html(tmp_path / "page.html", max_bytes=1000)
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere; make it first"):
        recorder.to_html(tmp_path / "nowhere" / "page.html")
    assert os.listdir(tmp_path) == []


def test_it_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    recorder = recorded()
    assert write_page(recorder, str(path)) == path
    before = path.read_text("utf-8")

    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(module.os, "replace", fail)
    with pytest.raises(OSError, match="the disk is full"):
        recorded(epochs=7).to_html(path)
    assert path.read_text("utf-8") == before and os.listdir(tmp_path) == ["page.html"]


def test_a_diverged_run_is_written_and_says_so(tmp_path):
    net = tn.Sequential([tn.Dense(2, "leaky_relu", input_dim=2), tn.Dense(1)], seed=0)
    recorder, optimizer = Recorder(X, Y), tn.SGD(1e4)
    recorder.record(net, None, optimizer)
    with np.errstate(all="ignore"):
        for _ in range(150):
            loss = tn.half_squared_error(net(X), Y)
            loss.backward()
            optimizer.step(net.parameters())
            recorder.record(net, loss, optimizer)
    assert not np.isfinite(recorder.weights(-1)[0]).all()
    data = data_of(recorder.to_html(tmp_path / "page.html"))
    assert data["diverged"] == str(recorder.diverged)
    assert data_of(recorded().to_html(tmp_path / "fine.html"))["diverged"] is None


def test_a_rate_that_is_not_finite_is_written_as_a_word(tmp_path):
    recorder = recorded(epochs=3, optimizer=tn.SGD(lambda step: [0.5, 0.5, np.inf, np.nan][step]))
    assert data_of(recorder.to_html(tmp_path / "page.html"))["rates"] == [0.5, 0.5, "Infinity", "NaN"]


def test_whether_the_first_step_is_that_of_the_optimizer(tmp_path):
    optimizer = tn.Adam(0.1)
    first = recorded(optimizer=optimizer)
    second = recorded(optimizer=optimizer)
    second.save(tmp_path / "run.npz")
    for recorder, expected in ((first, True), (second, False), (Recorder.load(tmp_path / "run.npz"), False)):
        assert data_of(recorder.to_html(tmp_path / "page.html"))["optimizer"]["from_first"] is expected


def test_a_loaded_recorder_makes_the_same_page(tmp_path):
    recorder = recorded(optimizer=tn.Adam(0.1))
    recorder.save(tmp_path / "run.npz")
    assert make_page(Recorder.load(tmp_path / "run.npz"), 2**21) == make_page(recorder, 2**21)
