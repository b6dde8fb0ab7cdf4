"""The account of the formulas: each stands in tinynet/ once, with a line of code, a test and a chapter of its own."""

import re
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tutorials/_site"))

import account  # noqa: E402, beside the book's configuration


def names(folder, line):
    """The formulas that the matching comment lines in the files of a folder name, with the place of each."""
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        for number, text in enumerate(path.read_text("utf-8").split("\n"), start=1):
            if re.match(line, text):
                found += [(name, f"{path.relative_to(ROOT)}:{number}") for name in re.findall(r"\[eq:([\w-]+)\]", text)]
    return found


FORMULAS = names("tinynet", r" *# \[eq:")
CHECKED = names("tests", r" *# checks \[eq:")


def test_the_name_of_a_formula_is_used_once():
    # Link targets do not tell capital letters from small ones.
    uses = Counter(name.lower() for name, _ in FORMULAS)
    assert FORMULAS
    assert [place for place in FORMULAS if uses[place[0].lower()] > 1] == []


def test_the_name_of_a_formula_stands_at_the_beginning_of_a_comment():
    everywhere = names("tinynet", r".*\[eq:")
    assert [place for place in everywhere if place not in FORMULAS] == []


def test_a_line_stands_under_every_formula():
    # account() raises where none does
    assert [(f.name, f.path) for f in account.account() if not f.text] == []
    assert {f.name for f in account.account()} == {name for name, _ in FORMULAS}


def test_every_formula_is_checked_by_a_test():
    assert [f for f in account.account() if not f.tests] == []


def test_every_formula_is_taught_by_a_chapter():
    """All but those of introspection, which counts and draws what the chapters have derived."""
    assert [f for f in account.account() if not f.chapters and not f.path.startswith("tinynet/introspect/")] == []


def test_what_the_tests_say_they_check_exists():
    known = {name for name, _ in FORMULAS}
    assert [place for place in CHECKED if place[0] not in known] == []


# ## The account itself


@pytest.fixture
def small_book(tmp_path):
    """A function that writes files by path under a folder of its own, which is returned."""

    def write(**files):
        for path, text in {"tinynet/f.py": "", "tutorials/01_a.py": "", "tests/test_f.py": "", **files}.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text, "utf-8")
        return tmp_path

    return write


CODE = '''"""Doc."""


def f(x):
    # [eq:double] $2x$, for all $x$
    # that one can name
    #
    # More on it.
    # [eq:Triple] $3x$
    return 2 * x, 3 * x
'''


def test_the_account_finds_line_chapter_and_test(small_book):
    chapter = "# %% [markdown]\n# [so](#src-double) and [again](#src-double), [never](#src-nothing)"
    root = small_book(**{"tinynet/f.py": CODE, "tutorials/01_a.py": chapter, "tests/test_f.py": "# checks [eq:double]"})
    double, triple = account.account(root)
    assert (double.name, double.path, double.line) == ("double", "tinynet/f.py", 10)
    assert double.text == "$2x$, for all $x$\nthat one can name"
    assert (double.chapters, double.tests) == (["tutorials/01_a.py"], ["tests/test_f.py:1"])
    assert (triple.name, triple.text, triple.chapters, triple.tests) == ("Triple", "$3x$", [], [])


def test_a_formula_without_a_line_has_no_account(small_book):
    root = small_book(**{"tinynet/f.py": "x = 1\n# [eq:lost] $1$\n\n"})
    with pytest.raises(ValueError, match="directly above the line that computes it"):
        account.account(root)


def test_the_index_shows_where_to_look(small_book):
    files = {"tinynet/f.py": "# # Title\n" + CODE, "tutorials/07_a.py": "[so](#src-triple)", "tests/test_f.py": ""}
    page = account.index(["tinynet/g.py", "tinynet/f.py"], small_book(**files, **{"tinynet/g.py": ""}))
    assert "[Triple](#src-Triple) $3x$" in page
    assert "[line 11](#src-Triple) · taught in [chapter 7](07_a.py)" in page
    assert "in no chapter yet" in page
