"""
The page of a recorded training in Chromium, from the disk, with the network off.

What stands on the page is compared with Python: every z, a and δ with the trace, every line of a formula with the
worksheet, and the copied Python with what it computes.
"""

import math
import re

import numpy as np
import pytest
from playwright.sync_api import expect

import tinynet as tn
from tinynet.introspect import Recorder, trace
from tinynet.introspect.pencil import Pencil

# ## Networks that together have every activation, loss and rule of an update

NESTEROV = {"momentum": 0.8, "nesterov": True, "l2": 0.01}
RUNS = {
    "xor": (["tanh", "tanh"], "sigmoid", "binary_crossentropy", lambda: tn.SGD(0.5), 1),
    "squared": (["relu", "softplus"], "identity", "half_squared_error", lambda: tn.SGD(0.05, momentum=0.9), 2),
    "mean": (
        ["leaky_relu"],
        "tanh",
        "mean_squared_error",
        lambda: tn.SGD(0.1, **NESTEROV),
        2,
    ),
    "classes": (["elu", "gelu"], "softmax", "categorical_crossentropy", lambda: tn.Adam(0.05), 3),
    "hinge": (["sigmoid"], "identity", "hinge", lambda: tn.RMSprop(0.02), 1),
    "rows": (["softmax", "log_softmax"], "softmax", "mean_squared_error", lambda: tn.AdamW(0.05, weight_decay=0.1), 3),
    "not straight": (["gelu"], ["sigmoid", "identity"], "binary_crossentropy", lambda: tn.Adagrad(0.1), 2),
    "probabilities": (["tanh"], ["softmax", "identity"], "categorical_crossentropy", lambda: tn.SGD(0.2, l2=0.1), 3),
    "confident": (["tanh"], "sigmoid", "binary_crossentropy", lambda: tn.SGD(60.0), 1),
}
STEPS = 12


def make_net(hidden, last, n_out):
    last, *others = [last] if isinstance(last, str) else last
    layers = [tn.Dense(3, hidden[0], input_dim=2), *(tn.Dense(4, f) for f in hidden[1:]), tn.Dropout(0.3)]
    return tn.Sequential([*layers, tn.Dense(n_out, last), *map(tn.Activation, others)], seed=5)


def data_for(loss, n_out):
    x = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1], [0.5, -0.25]])
    rng = np.random.default_rng(0)
    if loss == "categorical_crossentropy":
        return x, np.eye(n_out)[rng.integers(n_out, size=5)]
    y = np.array([[0.0], [1], [1], [0], [1]]) if n_out == 1 else rng.integers(2, size=(5, n_out)).astype(float)
    return x, 2 * y - 1 if loss == "hinge" else y


class Run:
    """A training recorded at every step, without dropout; with the worksheets as they were before each update."""

    def __init__(self, name, folder):
        hidden, last, self.loss, rule, n_out = RUNS[name]
        self.x, self.y = data_for(self.loss, n_out)
        net, optimizer, loss = make_net(hidden, last, n_out), rule(), getattr(tn, self.loss)
        self.recorder = Recorder(self.x, self.y)
        self.recorder.loss_name = self.loss
        self.recorder.record(net, None, optimizer)
        self.sheets = []
        for _ in range(STEPS):
            now = trace(net, self.x, self.y, loss=self.loss)
            sheets = {d: [now.worksheet(n, optimizer=optimizer, digits=d) for n in range(5)] for d in (10, 17)}
            self.sheets.append(sheets)
            outcome = loss(net(self.x), self.y)
            outcome.backward()
            optimizer.step(net.parameters())
            self.recorder.record(net, outcome, optimizer)
        self.path = self.recorder.to_html(folder / f"{name.replace(' ', '_')}.html")


@pytest.fixture(scope="module", params=RUNS)
def run(request, tmp_path_factory):
    return Run(request.param, tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def xor(tmp_path_factory):
    return Run("xor", tmp_path_factory.mktemp("xor"))


@pytest.fixture
def visit(chromium):
    """A function of a file: the page, opened offline from the disk; at the end nothing must have gone wrong on it."""
    contexts, complaints = [], []

    def open_page(path, width=1280, **settings):
        context = chromium.new_context(offline=True, viewport={"width": width, "height": 900}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else complaints.append(r.url))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


# ## Reading the page

# Looks at (step, example, what is pinned), and reads what then stands there, as one who sees it does: lines of formulas
# with ^ and _ for what is raised and lowered, and the rows of the table.
LOOK = r"""(places) => places.map(([k, n, pin, digits, phase]) => {
  Object.assign(view, { k, n, pin, digits, phase });
  paint();
  const plain = (node) => [...node.childNodes].map((child) => {
    if (child.nodeType === Node.TEXT_NODE) return child.data.replaceAll("\u00a0", " ");
    const inner = plain(child);
    const isWord = /^[\p{L}\p{N}_]+$/u.test(inner);
    if (child.tagName === "SUP") return isWord ? `^${inner}` : `^(${inner})`;
    return child.tagName === "SUB" ? `_${inner}` : inner;
  }).join("");
  const lines = [...document.querySelectorAll("#lines .line")].map((line) => {
    const spans = [...line.children].map(plain);
    return { left: spans[0], sign: spans[1], rows: spans.filter((_, at) => at % 3 === 2) };
  });
  const cells = (row) => [...row.children].map((cell) => cell.innerText);
  const rows = [...document.querySelectorAll("#neurons tbody tr")].map(cells);
  return { lines, rows, notes: [...document.querySelectorAll("#lines .note")].map((note) => note.innerText) };
})"""


def look(page, k, n, pin, digits=10, phase="forward"):
    (seen,) = page.evaluate(LOOK, [[k, n, pin, digits, phase]])
    return seen


def neuron(l, j):
    return {"kind": "neuron", "l": l, "j": j}


def number(text):
    return float(text.replace("−", "-")) if text else None


def pins(recorder):
    """Every neuron, every bias and every weight."""
    for l, layer in enumerate(recorder.net.layers, 1):
        n = layer.output_shape[0]
        yield from (neuron(l, j) for j in range(n))
        if layer.parameters():
            yield from ({"kind": "bias", "l": l, "j": j} for j in range(n))
            rows, columns = layer.W.shape
            yield from ({"kind": "weight", "l": l, "i": i, "j": j} for i in range(rows) for j in range(columns))


# ## The numbers are Python's


def test_the_page_says_that_it_matches(visit, run):
    badge = visit(run.path).locator("#badge").inner_text()
    difference = float(re.fullmatch(r"✓ matches Python, largest difference (\S+)", badge)[1].replace("−", "-"))
    assert difference <= 1e-12


@pytest.mark.parametrize("k", [0, STEPS])
def test_every_z_a_f_prime_and_delta_of_the_table_is_that_of_the_trace(visit, run, k):
    page, expected = visit(run.path), run.recorder.trace(k)
    for n in range(len(run.x)):
        rows = look(page, k, n, neuron(1, 0), 17)["rows"]
        for layer in expected:
            for j in range(layer.a.shape[1]):
                name, z, a, f_prime, delta, b, db = rows.pop(0)
                assert name == (f"{layer.l}, {j + 1}" if layer.l else f"x{j + 1}")
                assert number(a) == pytest.approx(layer.a[n, j], rel=1e-12, abs=1e-12)
                if layer.l == 0:
                    continue
                assert number(z) == pytest.approx(layer.z[n, j], rel=1e-12, abs=1e-12)
                assert number(delta) == pytest.approx(layer.delta[n, j], rel=1e-12, abs=1e-12)
                if layer.f not in ("softmax", "log_softmax"):
                    assert number(f_prime) == pytest.approx(layer.f_prime[n, j], rel=1e-12, abs=1e-12)
                assert number(b) == (None if layer.b is None else layer.b[j])
                if layer.db is not None:
                    assert number(db) == pytest.approx(layer.db[j], rel=1e-12, abs=1e-12)
        assert rows == []


def test_numbers_are_written_as_the_pencil_writes_them(visit, xor):
    rng = np.random.default_rng(1)
    values = np.concatenate(
        [
            rng.normal(size=200) * 10.0 ** rng.integers(-320, 308, size=200),
            rng.normal(size=200),
            rng.integers(-(10**6), 10**6, size=50) / 64.0,
            2.0 ** np.arange(-60, 70),  # among them halves of a last digit, which are rounded to the even one
            [0.0, -0.0, 0.1, 1 / 3, 1e15, 1e16, 1e17, 123456789012, 1e-4, 1e-5, 5e-324, 1.7976931348623157e308],
        ]
    )
    page = visit(xor.path)
    for digits in (1, 2, 4, 10, 17):
        shown = page.evaluate(
            "([values, digits]) => values.map((v) => writeNumber(v, digits))", [values.tolist(), digits]
        )
        assert shown == [Pencil(digits, False).number(v) for v in values]
    assert page.evaluate("[NaN, Infinity, -Infinity].map((v) => writeNumber(v, 10))") == ["nan", "inf", "−inf"]


# ## The formulas are the worksheet's

NUMBER = re.compile(r"(?<![\w^_.])−?(?:\d+(?:\.\d+)?(?:e[+-]\d+)?|inf|nan)(?![\w.])")


def lines_of(worksheet):
    """The lines of a worksheet by what stands to the left: the sign, and the rows."""
    found = {}
    for block in worksheet.strip().split("\n\n")[1:]:
        rows = block.split("\n")
        if set(rows[-1]) == {"─"} or rows[0].startswith("("):
            continue
        left, sign, first = re.fullmatch(r"(.*?) ([=←]) (.*)", rows[0]).groups()
        rows = [first, *(row.strip().removeprefix("= ") for row in rows[1:])]
        # raised letters need no brackets on a page: e^(0) is e⁰
        found.setdefault((left, sign), []).append([re.sub(r"\^\((\w+)\)", r"^\1", row) for row in rows])
    return found


def same(shown, written):
    """Whether two rows are the same text, their numbers up to the rounding of the arithmetic."""
    numbers = [[number(x) for x in NUMBER.findall(row)] for row in (shown, written)]
    words = [NUMBER.sub("#", row) for row in (shown, written)]
    return words[0] == words[1] and np.allclose(*numbers, rtol=1e-9, atol=1e-13, equal_nan=True)


@pytest.mark.parametrize("digits", [10, 17])
def test_every_line_stands_on_the_worksheet(visit, run, digits):
    page, seen, exact = visit(run.path), 0, 0
    for k, n in ((0, 0), (5, 2), (STEPS - 1, 4)) if digits == 10 else ((5, 2),):
        written = lines_of(run.sheets[k][digits][n])
        places = [[k, n, pin, digits, "loss" if pin["kind"] == "neuron" else "update"] for pin in pins(run.recorder)]
        for looked in page.evaluate(LOOK, places):
            for line in looked["lines"]:
                candidates = written[line["left"], line["sign"]]
                assert any(len(c) == len(line["rows"]) and all(map(same, line["rows"], c)) for c in candidates), (
                    line,
                    candidates,
                )
                seen, exact = seen + 1, exact + (line["rows"] in candidates)
    # of 10 digits nearly all lines are the same; of 17 not, for sums are added in another order
    assert seen > 100 and exact > (0.9 if digits == 10 else 0.1) * seen


def test_every_line_of_the_worksheet_stands_on_the_page(visit, run):
    looked = visit(run.path).evaluate(LOOK, [[5, 1, pin, 10, "loss"] for pin in pins(run.recorder)])
    shown = {line["left"] for seen in looked for line in seen["lines"]}
    assert {left for left, _ in lines_of(run.sheets[5][10][1])} <= shown


def test_the_update_leads_to_the_recorded_weights(visit, run):
    page = visit(run.path)
    for k in range(STEPS):
        notes = look(page, k, 0, {"kind": "weight", "l": 1, "i": 0, "j": 0}, 10, "update")["notes"]
        assert f"✓ The weights that were recorded after it, at step {k + 1}, are the same." in notes


def test_an_update_from_another_batch_is_not_passed_off_as_ours(visit, tmp_path):
    x, y = data_for("hinge", 1)
    for rule, said in (
        (tn.SGD(0.5), "The training took other examples"),
        (tn.Adam(0.5), "What Adam remembers (m, s, t)"),
    ):
        net = make_net(["tanh"], "tanh", 1)
        net.compile(rule, "hinge")
        recorder = Recorder(x, y)
        net.fit(x, y, epochs=3, batch_size=2, callbacks=[recorder], verbose=0)
        page = visit(recorder.to_html(tmp_path / "batches.html"))
        looked = look(page, 2, 0, {"kind": "weight", "l": 1, "i": 1, "j": 0}, 10, "update")
        assert any(note.startswith(said) for note in looked["notes"])
        weight = recorder.weights(3)[0][1, 0]
        assert any(f"to {Pencil(10, False).number(weight)}, at step 3." in note for note in looked["notes"])


# ## Copy as Python


@pytest.mark.parametrize("pin", [neuron(1, 1), neuron(3, 0), {"kind": "weight", "l": 1, "i": 1, "j": 2}])
def test_the_copied_python_runs_and_agrees(visit, run, pin, capsys):
    page = visit(run.path, permissions=["clipboard-read", "clipboard-write"])
    look(page, 5, 1, pin, 10, "loss")
    page.locator("#copy").click()
    expect(page.locator("#copied")).to_have_text("copied")
    code = page.evaluate("navigator.clipboard.readText()").replace("\r\n", "\n")
    assert code == page.locator("#snippet").inner_text()
    names = {}
    exec(code, names)
    layer, expected = run.recorder.trace(5)[pin["l"]], {}
    l, j = pin["l"], pin["j"]
    expected = {f"z{l}_{j + 1}": layer.z[1, j], f"a{l}_{j + 1}": layer.a[1, j], f"delta{l}_{j + 1}": layer.delta[1, j]}
    if pin["kind"] == "weight":
        expected[f"dL_dw{l}_{pin['i'] + 1}{j + 1}"] = layer.dW[pin["i"], j]
        expected[f"w{l}_{pin['i'] + 1}{j + 1}"] = run.recorder.weights(6)[0][pin["i"], j]
    elif layer.b is not None:
        expected[f"dL_db{l}_{j + 1}"] = layer.db[j]
    for name, value in expected.items():
        assert names[name] == pytest.approx(value, rel=1e-9, abs=1e-13), name
    assert math.isclose(names["L"], run.recorder.trace(5).loss, rel_tol=1e-9)
    for line in capsys.readouterr().out.splitlines():
        computed, shown = map(float, re.fullmatch(r".* [=←] (\S+)   the page: (\S+)", line).groups())
        assert computed == pytest.approx(shown, rel=1e-9, abs=1e-13)


# ## Getting about


def pinned(page):
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.locator("#pinned").inner_text()


def test_a_walk_with_the_keyboard_alone(visit, xor):
    page = visit(xor.path)
    step = page.locator("#step-number")
    page.locator("#step").focus()
    page.keyboard.press("Home")
    assert pinned(page) == "Neuron 1 of layer 1" and step.inner_text() == f"step 0 of {STEPS}"
    page.keyboard.press("ArrowRight")
    pinned(page)
    assert step.inner_text() == f"step 1 of {STEPS}"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press(".")
    page.keyboard.press("Shift+ArrowRight")
    pinned(page)
    assert step.inner_text() == f"step 2 of {STEPS}"
    while not page.evaluate("document.getElementById('network').contains(document.activeElement)"):
        page.keyboard.press("Tab")
    walk = {
        "ArrowDown": "Neuron 2 of layer 1",
        "ArrowRight": "Neuron 3 of layer 2",  # of four: as far down as 2 of 3
        "ArrowUp": "Neuron 2 of layer 2",
        "w": "Weight w122",
        "b": "Bias b22",
        "Escape": "Neuron 2 of layer 2",
        "ArrowLeft": "Neuron 2 of layer 1",
        "Home": "Neuron 2 of layer 1",
    }
    for key, name in walk.items():
        page.keyboard.press(key)
        assert pinned(page) == name
        focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert focused.startswith(("neuron", "weight", "bias"))
    page.keyboard.press("ArrowLeft")
    assert pinned(page).startswith("Input")
    for key, phase in zip("1234", ("forward", "loss", "backward", "update")):
        page.keyboard.press(key)
        pinned(page)
        assert page.locator(".now-phase").get_attribute("data-phase") == phase
    page.keyboard.press("]")
    page.keyboard.press("f")
    pinned(page)
    assert page.locator("#example").input_value() == "1" and page.locator("#precision").is_checked()


def test_hovering_pins_clicking_holds(visit, xor):
    page = visit(xor.path)
    page.locator("#n-2-3").hover()
    assert pinned(page) == "Neuron 4 of layer 2"
    page.locator("#n-1-0").click()
    page.locator("#n-2-1").hover()
    assert pinned(page) == "Neuron 1 of layer 1" and page.locator("#hold").inner_text() == "Held"
    page.locator("#n-2-1").click()
    assert pinned(page) == "Neuron 2 of layer 2" and page.locator("#hold").inner_text() == "Held"
    page.locator("#n-2-1").click()
    expect(page.locator("#hold")).to_have_text("Hold")
    page.locator("#b-4-0").click()  # that of the output
    assert pinned(page) == "Bias b14"
    page.locator("#w-1-0-0 .hit").click(force=True)
    assert pinned(page).startswith("Weight w")
    page.locator("#weights button").nth(1).click()
    assert pinned(page).startswith("Weight w2")


def test_playing_stops_at_the_end_and_goes_on_from_the_start(visit, xor):
    page = visit(xor.path)
    page.locator("#speed").select_option("40")
    page.locator("#play").click()
    expect(page.locator("#play")).to_contain_text("Pause")
    expect(page.locator("#play")).to_contain_text("Play")
    assert page.locator("#step-number").inner_text() == f"step {STEPS} of {STEPS}"


def test_the_loss_curve_leads_to_its_step(visit, xor):
    page = visit(xor.path)
    box = page.locator("#curve svg").bounding_box()
    page.mouse.click(box["x"] + 58 + (box["width"] - 72) * 0.25, box["y"] + 90)
    pinned(page)
    assert page.locator("#step-number").inner_text() == f"step {STEPS // 4} of {STEPS}"


def test_the_plane_is_that_of_the_pinned_neuron(visit, xor):
    page = visit(xor.path)
    look(page, 4, 0, neuron(2, 1))
    assert page.locator("#input-title").inner_text().startswith("a22")
    points = page.evaluate("Array.from(pictures.plane.points)")
    grid = np.array(points).reshape(-1, 2)
    plane = "sheet.run.parameters, pictures.plane.points, pictures.plane.grid ** 2"
    shown = page.evaluate(f"Array.from(network.forward({plane})[2].a)")
    net = xor.recorder.net
    net.set_weights(xor.recorder.weights(4))
    np.testing.assert_allclose(np.array(shown).reshape(len(grid), -1), net.get_activations(grid)[1], atol=1e-12)


# ## How it looks

OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  const isCut = (e) => e && (getComputedStyle(e).overflowX !== "visible" || isCut(e.parentElement));
  const sticksOut = (e) => e.getBoundingClientRect().right > width + 1 && !isCut(e.parentElement);
  return [...document.querySelectorAll("body *")].filter(sticksOut).map((e) => e.outerHTML.slice(0, 80));
}"""


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_sticks_out(visit, xor, width, colours):
    page = visit(xor.path, width, color_scheme=colours)
    for phase in ("forward", "loss", "backward", "update"):
        look(page, 3, 1, neuron(1, 0), 17, phase)
        assert page.evaluate(OVERFLOW) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    channels = re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert (sum(map(int, channels)) < 150) == (colours == "dark")


def test_minus_is_a_dash_and_a_sign(visit, xor):
    page, weights = visit(xor.path), xor.recorder.weights(4)[0]
    look(page, 4, 0, neuron(1, 0), 10, "forward")
    for i, j in np.ndindex(weights.shape):
        line = page.locator(f"#w-1-{i}-{j} .edge")
        dash = line.evaluate("e => getComputedStyle(e).strokeDasharray")
        assert (dash != "none") == (weights[i, j] < 0)
    values = xor.recorder.trace(4)[1].a[0]
    shown = [page.locator(f"#n-1-{j} .value").text_content() for j in range(3)]
    assert [text[0] for text in shown] == ["+" if a > 0 else "−" for a in values]


def test_reduced_motion_is_respected(visit, xor):
    moves = "() => document.getAnimations().length"
    page = visit(xor.path, reduced_motion="reduce")
    page.keyboard.press("3")
    assert page.evaluate(moves) == 0
    page = visit(xor.path, reduced_motion="no-preference")
    page.keyboard.press("3")
    assert page.evaluate(moves) > 0


def test_without_javascript_there_is_a_picture_and_a_table(visit, xor):
    page = visit(xor.path, java_script_enabled=False)
    assert page.locator("svg.still").is_visible() and not page.locator(".app").is_visible()
    z = page.locator("noscript table tbody tr").nth(2).locator("td").first.inner_text()
    assert number(z) == pytest.approx(xor.recorder.trace(-1)[1].z[0, 0], rel=1e-9)


# ## Other networks


def test_digits_stay_usable(visit, tmp_path):
    x, y = tn.data.digits()
    y = tn.data.one_hot(y, 10) if y.ndim == 1 else y
    net = tn.Sequential([tn.Flatten(input_shape=(8, 8)), tn.Dense(32, "relu"), tn.Dense(10, "softmax")], seed=0)
    net.compile("adam", "categorical_crossentropy")
    recorder = Recorder(x[:40].reshape(-1, 8, 8), y[:40])
    net.fit(x.reshape(-1, 8, 8), y, epochs=3, callbacks=[recorder], verbose=0)
    path = recorder.to_html(tmp_path / "digits.html")
    assert path.stat().st_size <= 2 * 2**20
    page = visit(path)
    assert page.locator("#badge").inner_text().startswith("✓ matches Python")
    assert page.locator("#network .neuron").count() == 64 + 64 + 32 + 10
    look(page, 20, 3, neuron(2, 5), 10, "forward")
    assert page.locator("#network .edges g[role]").count() == 12 + 10  # the strongest that come, and all that leave
    assert page.locator("#input canvas").count() == 2
    paint_20 = "for (let k = 0; k < 20; k++) { view.k = k; paint(); }"
    milliseconds = page.evaluate(
        f"() => {{ const start = performance.now(); {paint_20} return performance.now() - start; }}"
    )
    assert milliseconds / 20 < 200


def test_a_diverged_run_stays_readable(visit, tmp_path):
    x, y = data_for("half_squared_error", 1)
    net = make_net(["leaky_relu"], "identity", 1)
    recorder = Recorder(x, y)
    optimizer = tn.SGD(1e3)
    recorder.record(net, None, optimizer)
    with np.errstate(all="ignore"):
        for _ in range(120):
            loss = tn.half_squared_error(net(x), y)
            loss.backward()
            optimizer.step(net.parameters())
            recorder.record(net, loss, optimizer)
    assert np.isnan(recorder.weights(-1)[0]).any()
    page = visit(recorder.to_html(tmp_path / "nan.html"))
    assert str(recorder.diverged) in page.locator("#diverged").inner_text()
    assert page.locator("#badge").inner_text().startswith("✓ matches Python")
    assert page.locator("#n-3-0 .value").text_content() == "NaN"
    looked = look(page, len(recorder) - 1, 0, neuron(3, 0), 10, "forward")
    assert looked["lines"][0]["rows"][-1] == "nan"


def test_where_numbers_overflow_the_rest_is_compared(visit, tmp_path):
    # ∞ − ∞ here; in Python products are not rounded before they are added, so there it is ∞
    net = tn.Sequential([tn.Dense(2, use_bias=False, input_dim=1), tn.Dense(1, use_bias=False)])
    recorder = Recorder([[1.0]], [[0.0]])
    recorder.loss_name = "half_squared_error"
    for weights in ([[[1.0, 1.0]], [[1.0], [1.0]]], [[[1e200, 1e200]], [[1e200], [-1e200]]]):
        net.set_weights(weights)
        recorder.record(net)
    badge = visit(recorder.to_html(tmp_path / "page.html")).locator("#badge").inner_text()
    assert badge.startswith("✓ matches Python, largest difference 0; ") and "left out" in badge


def test_what_an_optimizer_remembers_from_before_the_recording_is_not_known(visit, tmp_path):
    x, y = data_for("half_squared_error", 1)
    net = tn.Sequential([tn.Dense(1, input_dim=2)], seed=1)
    net.compile(tn.Adam(0.1), "half_squared_error")
    net.fit(x, y, epochs=5, batch_size=5, verbose=0)
    recorder = Recorder(x, y)
    net.fit(x, y, epochs=2, batch_size=5, callbacks=[recorder], verbose=0)
    looked = look(visit(recorder.to_html(tmp_path / "page.html")), 0, 0, neuron(1, 0), 10, "update")
    assert any(note.startswith("What Adam remembers (m, s, t) is not known here") for note in looked["notes"])


def test_a_learning_rate_that_is_not_finite(visit, tmp_path):
    x, y = data_for("half_squared_error", 1)
    net = tn.Sequential([tn.Dense(1, input_dim=2)], seed=1)
    net.compile(tn.SGD(lambda step: [0.5, np.nan][min(step, 1)]), "half_squared_error")
    recorder = Recorder(x, y)
    with pytest.warns(RuntimeWarning):
        net.fit(x, y, epochs=3, batch_size=5, callbacks=[recorder], verbose=0)
    page = visit(recorder.to_html(tmp_path / "page.html"))
    assert page.locator("#badge").inner_text().startswith("✓ matches Python")


def test_float32_and_what_is_not_trained(visit, tmp_path):
    x, y = data_for("half_squared_error", 1)
    net = tn.Sequential(
        [tn.Dense(3, "tanh", input_dim=2, dtype="float32", use_bias=False), tn.Dense(1, dtype="float32")], seed=1
    )
    net.layers[1].b.requires_grad = False
    net.compile(tn.SGD(0.1), "half_squared_error")
    recorder = Recorder(x, y)
    net.fit(x, y, epochs=5, batch_size=5, callbacks=[recorder], verbose=0)
    page = visit(recorder.to_html(tmp_path / "float32.html"))
    assert "the network computes in float32" in page.locator("#badge").inner_text()
    assert page.locator("#badge").inner_text().startswith("✓ matches Python")
    looked = look(page, 2, 0, {"kind": "bias", "l": 2, "j": 0}, 10, "update")
    assert "It is not trained, so it has no gradient." in looked["notes"]
    looked = look(page, 2, 0, neuron(1, 0), 10, "update")
    assert "Layer 1 has no bias; press a line to see a weight." in looked["notes"]
    looked = look(page, 2, 0, {"kind": "weight", "l": 1, "i": 0, "j": 0}, 10, "update")
    assert "✓ The weights that were recorded after it, at step 3, are the same." in looked["notes"]
