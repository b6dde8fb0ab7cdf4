"""The chapters run, and whatever the book points at is there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "tutorials"
FILES = sorted(BOOK.glob("*.py"))
CHAPTERS = [path for path in FILES if re.search("^# %%", path.read_text("utf-8"), re.MULTILINE)]
MODULES = sorted((ROOT / "tinynet").rglob("*.py"))
EXERCISES = sorted([*BOOK.glob("exercises/ch*.py"), *BOOK.glob("exercises/solutions/*.py")])
TEXTS = [*BOOK.glob("*.md"), *BOOK.glob("exercises/*.md"), *(ROOT / "tinynet").rglob("*.md")]
PAGES = [*FILES, *MODULES, *EXERCISES, *sorted(TEXTS)]


def name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.compiled
@pytest.mark.parametrize("chapter", CHAPTERS, ids=name)
def test_a_chapter_runs_as_a_script_without_a_warning(chapter, tmp_path):
    """Its numbers are checked by its own assertions."""
    run = subprocess.run(
        [sys.executable, "-W", "error", chapter],
        cwd=tmp_path,
        env=os.environ | {"MPLBACKEND": "agg", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=600,  # make chapters says how long one may take
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_from_a_formula_lead_to_a_line_that_computes_it(page):
    targets = {f for path in MODULES for f in re.findall(r"# \[eq:([\w-]+)\]", path.read_text("utf-8"))}
    links = re.findall(r"\]\(#src-([^)]*)\)", page.read_text("utf-8"))
    assert [link for link in links if link not in targets] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_from_file_to_file_lead_to_a_file(page):
    links = re.findall(r"\]\(((?![a-z]+:|#)[^)\s]*\.(?:py|md))\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).is_file()] == []


def contents(index=BOOK / "index.md"):
    """The files that index.md lists, in its order, and after a list what it lists itself."""
    tables = "".join(re.findall(r"```\{toctree\}\n(.*?)```", index.read_text("utf-8"), re.DOTALL))
    listed = []
    for entry in (line for line in tables.split("\n") if line and not line.startswith(":")):
        path = ROOT / entry[1:] if entry.startswith("/") else index.parent / entry
        path = path.with_suffix(".py") if path.with_suffix(".py").exists() else path.with_suffix(".md")
        listed += [path, *(contents(path) if path.name == "index.md" else [])]
    return listed


def test_the_table_of_contents_has_every_page_once():
    # __main__.py only reads the command line.
    expected = {*PAGES} - {BOOK / "index.md", ROOT / "tinynet/__main__.py"}
    assert sorted(contents()) == sorted(expected)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=name)
def test_the_lines_of_a_chapter_are_short(chapter):
    """But for the heads of cells, with the words for those who cannot see a picture, rows of tables, and addresses."""
    lines = enumerate(chapter.read_text("utf-8").split("\n"), start=1)
    long = [(n, line) for n, line in lines if len(line) > 120]
    assert [n for n, line in long if not line.startswith(("# %%", "# |")) and "](http" not in line] == []


@pytest.mark.parametrize("package", [path for path in MODULES if path.name == "__init__.py"], ids=name)
def test_the_table_of_contents_follows_the_reading_order(package):
    """The order in which the docstring of a package links to its modules."""
    links = re.findall(r"\]\(([\w/]+\.py)\)", package.read_text("utf-8"))
    listed = contents()
    places = [listed.index(package.parent / link) for link in links]
    assert places == sorted(places)


@pytest.mark.parametrize("module", [m for m in [*MODULES, *EXERCISES] if m.name != "__main__.py"], ids=name)
def test_a_module_begins_with_a_title(module):
    assert re.match(r'r?"""\n# \S', module.read_text("utf-8"))
