"""
The site as a reader sees it: every page in Chromium, from the disk, with the network off. `make site` makes it first.
"""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

SITE = Path(__file__).parents[2] / "build/site"
PAGES = sorted(path for path in SITE.rglob("*.html") if "_static" not in path.parts)
CHAPTERS = sorted((SITE / "tutorials").glob("[0-9]*.html"))
WIDTHS = {"desk": 1280, "phone": 390}  # pixels

# Text that is formulas and has not become any: outside code, and outside what KaTeX keeps for those who copy.
RAW_TEX = r"""() => {
  const walker = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (text.parentElement.closest("pre, code, .katex, script, style")) continue;
    if (/\\[a-zA-Z]{2,}|\$\$|\$[^$\n]+\$/.test(text.data)) found.push(text.data.trim());
  }
  return found;
}"""

# What is wider than the page, and what sticks out of it without a scroll bar of its own.
OVERFLOW = r"""() => {
  const width = document.documentElement.clientWidth, found = [];
  if (document.documentElement.scrollWidth > width) found.push(`page: ${document.documentElement.scrollWidth}`);
  for (const e of document.querySelectorAll("article *")) {
    const box = e.getBoundingClientRect();
    if (!box.width || box.right <= width + 1) continue;
    let inside = false;
    for (let p = e.parentElement; p; p = p.parentElement)
      inside ||= ["auto", "scroll", "hidden"].includes(getComputedStyle(p).overflowX);
    if (!inside) found.push(`${e.tagName}.${e.className}: ${box.right}`);
  }
  return found;
}"""


def name(path):
    return path.relative_to(SITE).as_posix()


@pytest.fixture(scope="module")
def tab(chromium):
    """A function of (width, colours): a page that is offline, and keeps what goes wrong in `.complaints`."""
    made = {}

    def open_tab(width, colours="light"):
        if (width, colours) not in made:
            size = {"width": width, "height": 900}
            context = chromium.new_context(offline=True, viewport=size, color_scheme=colours)
            page = context.new_page()
            page.complaints = []
            page.on("console", lambda m: page.complaints.append(m.text) if m.type in ("error", "warning") else None)
            page.on("pageerror", lambda error: page.complaints.append(str(error)))
            page.on("request", lambda r: page.complaints.append(r.url) if r.url.startswith("http") else None)
            page.on("requestfailed", lambda r: page.complaints.append(f"not found: {r.url}"))
            made[width, colours] = page
        page = made[width, colours]
        page.complaints.clear()
        return page

    return open_tab


def test_the_site_is_there():
    assert CHAPTERS, "there is no book in build/site: make site"


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_is_whole(tab, path, width):
    page = tab(width)
    page.goto(path.as_uri())
    assert page.complaints == []
    assert page.locator(".katex-error").count() == 0
    assert page.evaluate(OVERFLOW) == []
    if page.locator("article").count():
        assert page.evaluate(RAW_TEX) == []
    broken = "Array.from(document.images).filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
    assert page.evaluate(broken) == []


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_a_chapter_has_its_pictures_its_neighbours_and_its_downloads(tab, path):
    page = tab(WIDTHS["desk"])
    page.goto(path.as_uri())
    pictures = page.locator("article img")
    assert pictures.count() > 0
    alts = [pictures.nth(i).get_attribute("alt") or "" for i in range(pictures.count())]
    assert [alt for alt in alts if len(alt) < 20] == []  # words, not the name of a file
    assert page.locator(".related-pages a").count() == 2
    downloads = [link.get_attribute("href") for link in page.locator("a.download").all()]
    assert [Path(href).name for href in downloads] == [f"{path.stem}.ipynb", f"{path.stem}.py"]
    notebook = (path.parent / downloads[0]).read_text("utf-8")
    assert '"output_type"' in notebook  # it was run


def test_formulas_are_rendered_before_the_page_is_read():
    page = (SITE / "tutorials/04_backpropagation.html").read_text("utf-8")
    assert page.count('class="katex-html"') > 100
    assert not re.search("<script[^>]*(katex|mathjax)", page, re.IGNORECASE)


def test_the_search_finds_without_a_server(tab):
    page = tab(WIDTHS["desk"])
    page.goto((SITE / "search.html").as_uri() + "?q=worksheet")
    page.wait_for_selector("#search-results li a")
    assert any("04_backpropagation" in a.get_attribute("href") for a in page.locator("#search-results li a").all())


def test_the_dark_mode_is_dark(tab):
    def brightness(colours):
        page = tab(WIDTHS["desk"], colours)
        page.goto(CHAPTERS[0].as_uri())
        rgb = re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))
        return sum(map(int, rgb[:3]))

    assert brightness("dark") < 150 < 600 < brightness("light")


# ## Links, without a browser


class Links(HTMLParser):
    """The targets of the links of a page, and the ids that links may lead to."""

    def __init__(self, path):
        super().__init__()
        self.hrefs, self.ids = [], set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids |= {attributes[key] for key in ("id", "name") if attributes.get(key)}
        if tag in ("a", "link") and attributes.get("href"):
            self.hrefs.append(attributes["href"])


@pytest.fixture(scope="module")
def links():
    return {path: Links(path) for path in PAGES}


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_link_inside_the_site_leads_somewhere(links, path):
    dead = []
    for href in links[path].hrefs:
        url = urlsplit(href)
        if url.scheme or href == "#":
            continue
        target = (path.parent / unquote(url.path)).resolve() if url.path else path
        # The page may show itself where another shows a line of the source.
        found = target.exists() and (
            not url.fragment or target not in links or unquote(url.fragment) in links[target].ids
        )
        if not found:
            dead.append(href)
    assert dead == []
