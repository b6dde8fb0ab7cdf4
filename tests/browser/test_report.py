"""
The report in Chromium, from the disk, with the network off and without JavaScript: whole, on a desk and on a phone.
"""

import numpy as np
import pytest

import tinynet as tn

WIDTHS = {"desk": 1280, "tablet": 768, "phone": 390}

# What sticks out of the page without a scroll bar of its own
OVERFLOW = r"""() => {
  const width = document.documentElement.clientWidth, found = [];
  if (document.documentElement.scrollWidth > width) found.push(`page: ${document.documentElement.scrollWidth}`);
  for (const e of document.querySelectorAll("main *, header *")) {
    const box = e.getBoundingClientRect();
    if (box.right <= width + 1) continue;
    let inside = false;
    for (let p = e.parentElement; p; p = p.parentElement)
      inside ||= ["auto", "scroll", "hidden"].includes(getComputedStyle(p).overflowX);
    if (!inside) found.push(`${e.tagName}.${e.getAttribute("class")}: ${box.right}`);
  }
  return found;
}"""

# The contrast of each text with what lies behind it, where that is one colour: less than 4.5 to 1 is too little
CONTRAST = r"""() => {
  const part = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const colour = (text) => text.match(/[\d.]+/g).map(Number);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const back = getComputedStyle(e).backgroundColor, c = colour(back);
      if (back.startsWith("color(") || (c.length === 4 && c[3] > 0 && c[3] < 1)) return null;
      if (c.length === 3 || c[3] === 1) return c;
    }
  };
  const found = [];
  for (const e of document.querySelectorAll("h1, h2, h3, p, a, th, td, dt, dd, summary, figcaption, caption, text")) {
    const style = getComputedStyle(e), back = behind(e);
    if (!back || !e.textContent.trim() || !e.getClientRects().length) continue;
    const ink = colour(e.tagName === "text" ? style.fill : style.color);
    const [dark, bright] = [light(ink), light(back)].sort((a, b) => a - b), ratio = (bright + 0.05) / (dark + 0.05);
    if (ratio < 4.5) found.push(`${e.tagName} ${e.textContent.slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Three pages: of a digit, of a row with long names, and of a function for which one method fails."""
    folder = tmp_path_factory.mktemp("reports")
    net = tn.Sequential([tn.Dense(12, "relu", input_dim=64), tn.Dense(10, "softmax")], seed=0)
    x, _ = tn.data.digits()
    tn.explain.report(net, x[0], background=x[1:6], image_shape=(8, 8), to=folder / "image.html")
    names = ["length", "a name that is long and has no end in sight, " * 3, "x" * 200, "<b>bold</b>"]
    flower = tn.Sequential([tn.Dense(5, "tanh", input_dim=4), tn.Dense(3, "softmax")], seed=0)
    rows = np.random.default_rng(0).random((6, 4)) * 100
    tn.explain.report(flower, rows[0], background=rows, names=names, to=folder / "row.html")

    def alone(rows):
        if len(rows) > 1:
            raise ValueError("only one example at a time, " + "please" * 40)
        return rows.sum(axis=1)

    tn.explain.report(alone, [1.0, 2.0, 3.0], to=folder / "function.html")
    return folder


@pytest.fixture
def visit(chromium, reports):
    """A function of (name, width, colours): the page; at the end nothing was asked for or complained of."""
    contexts, complaints = [], []

    def open_page(name, width=1280, colours="light"):
        size = {"width": width, "height": 900}
        context = chromium.new_context(offline=True, viewport=size, color_scheme=colours)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else complaints.append(r.url))
        page.goto((reports / f"{name}.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("name", ["image", "row", "function"])
def test_a_report_fits_with_everything_unfolded(visit, name, width):
    page = visit(name, width)
    assert page.evaluate(OVERFLOW) == []
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    assert page.evaluate(OVERFLOW) == []


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("name", ["image", "row", "function"])
def test_a_report_can_be_read(visit, name, colours):
    page = visit(name, colours=colours)
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(250, 249, 246)" if colours == "light" else "rgb(20, 21, 24)"
    )


def test_a_picture_leads_to_its_method(visit):
    page = visit("image")
    link = page.get_by_role("link", name="KernelSHAP").first
    link.click()
    page.wait_for_function("location.hash === '#kernel_shap'")
    assert page.locator("#kernel_shap h3").inner_text() == "KernelSHAP"


def test_the_pictures_are_drawn(visit):
    page = visit("image")
    # one picture of φ for each method at a glance, and one beside its words; all with cells in them
    methods = page.locator("article").count()
    assert methods == 11
    boxes = page.evaluate("[...document.querySelectorAll('svg use')].map((u) => u.getBoundingClientRect().width)")
    assert len(boxes) == 2 * methods and min(boxes) > 60
    pictures = page.get_by_role("img").all()
    assert all(picture.get_attribute("aria-label") for picture in pictures) and len(pictures) == 3 * methods + 1


def test_a_bar_is_as_long_as_its_number(visit):
    page = visit("row")
    figure = page.locator("#deeplift svg.bars")
    numbers = [abs(float(t.replace("−", "-").replace(",", ""))) for t in figure.locator("text.end").all_text_contents()]
    lengths = [float(bar.get_attribute("width")) for bar in figure.locator("rect").all()]
    np.testing.assert_allclose(lengths, 149 * np.array(numbers) / max(numbers), rtol=0.01)


def test_on_paper_nothing_is_cut_off(visit):
    page = visit("image")
    page.emulate_media(media="print")
    assert page.locator("details").first.is_hidden()
    assert page.evaluate("getComputedStyle(document.querySelector('.scroll')).overflowX") == "visible"
