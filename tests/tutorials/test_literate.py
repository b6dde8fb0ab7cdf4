"""The reader of the book: prose beside the code it explains, and no line of code lost or renumbered."""

import importlib.util
import io
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "tinynet").rglob("*.py"))

_spec = importlib.util.spec_from_file_location("literate", ROOT / "tutorials/_site/literate.py")
literate = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(literate)


def shown(text):
    """The rows of a text as tuples: prose, code with line numbers, and what kind of row it is."""
    kinds = {(False, False): "", (True, False): "wide", (False, True): "more"}
    return [(row.prose, row.code, kinds[row.wide, row.more]) for row in literate.rows(text)]


# ## What is prose


def test_the_docstring_of_a_module_goes_over_the_full_width():
    text = '''r"""
# Title

Text with $z$.
"""

import numpy
'''
    assert shown(text) == [("# Title\n\nText with $z$.", [], "wide"), ("", [(7, "import numpy")], "")]


def test_the_docstring_of_a_function_moves_up_beside_its_first_line():
    text = '''def f(z):
    r"""One.

    Two.
    """
    return z
'''
    assert shown(text) == [("One.\n\nTwo.", [(1, "def f(z):"), (6, "    return z")], "")]


def test_the_first_line_of_a_decorated_function_is_its_decorator():
    text = '''@kernel
@other(
    1
)
def f(z):
    """Text."""
'''
    code = [(1, "@kernel"), (2, "@other("), (3, "    1"), (4, ")"), (5, "def f(z):")]
    assert shown(text) == [("Text.", code, "")]


def test_classes_and_their_methods_have_rows_of_their_own():
    text = '''class A:
    """A class."""

    n = 1

    @property
    def f(self):
        """A property."""
        return 1

    async def g(self):
        """A coroutine."""
'''
    assert shown(text) == [
        ("A class.", [(1, "class A:"), (3, ""), (4, "    n = 1")], ""),
        ("A property.", [(6, "    @property"), (7, "    def f(self):"), (9, "        return 1")], ""),
        ("A coroutine.", [(11, "    async def g(self):")], ""),
    ]


def test_a_comment_stands_beside_the_code_below_it():
    text = """def f(z):
    z = z + 1
    # Why, in *Markdown*,
    # on two lines.
    return z
"""
    assert shown(text) == [
        ("", [(1, "def f(z):"), (2, "    z = z + 1")], ""),
        ("Why, in *Markdown*,\non two lines.", [(5, "    return z")], "more"),
    ]


def test_a_nested_function_goes_on_in_the_rows_of_the_outer_one():
    text = """def f(z):
    def rule(g):
        # The rule.
        return g

    return rule
"""
    assert shown(text) == [
        ("", [(1, "def f(z):"), (2, "    def rule(g):")], ""),
        ("The rule.", [(4, "        return g"), (5, ""), (6, "    return rule")], "more"),
    ]


def test_sections_and_paragraphs_among_the_comments_go_over_the_full_width():
    text = """a = 1

# ## Section
#
# Text of the section.
b = 2
# A paragraph.

c = 3
"""
    assert shown(text) == [
        ("", [(1, "a = 1")], ""),
        ("## Section\n\nText of the section.", [], "wide"),
        ("", [(6, "b = 2")], ""),
        ("A paragraph.", [], "wide"),
        ("", [(9, "c = 3")], ""),
    ]


def test_a_comment_and_a_docstring_that_meet_share_a_row():
    text = '''# Above.
def f():
    """Below."""
'''
    assert shown(text) == [("Above.\n\nBelow.", [(2, "def f():")], "")]


def test_every_definition_of_the_module_begins_a_row_and_so_does_what_follows_it():
    text = """a = 1


@kernel
def f():
    pass


# Beside g.
def g():
    pass


b = 2
"""
    assert shown(text) == [
        ("", [(1, "a = 1")], ""),
        ("", [(4, "@kernel"), (5, "def f():"), (6, "    pass")], ""),
        ("Beside g.", [(10, "def g():"), (11, "    pass")], ""),
        ("", [(14, "b = 2")], ""),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # said at the end of a line",
        'x = """\n# in a string\n"""',
        'def f(): "on its line"',
        'x = 1\n"no docstring"',
    ],
)
def test_the_rest_is_code(line):
    assert shown(line) == [("", list(enumerate(line.split("\n"), start=1)), "")]


# ## Formulas


def test_a_formula_is_a_target_and_goes_on_in_the_comments_after_it():
    text = """x = 1
# [eq:one] $a$,
# with $b$
# [eq:two-W2]
# $c$
y = 2
"""
    (_, row) = literate.rows(text)
    assert row.code == [(6, "y = 2")]
    markdown = literate.two_columns(row)
    assert markdown.startswith("(src-one)=\n(src-two-W2)=\n:::")
    assert "\n[one](#src-one) $a$,\nwith $b$\n\n[two-W2](#src-two-W2) $c$\n" in markdown
    assert "[eq:" not in markdown


@pytest.mark.parametrize("below", ["", "\nx = 1", "\n\nx = 1"])
def test_a_formula_without_a_line_that_computes_it_is_an_error(below):
    with pytest.raises(ValueError, match="line 2: a formula stands directly above the line"):
        literate.rows("a = 1\n# [eq:lost] $z$\n" + below)


# ## The page


def test_a_page_in_full():
    text = '''"""
# Title
"""

x = 1


def f():
    """Text."""

    return x
'''
    assert literate.page(text) == PAGE


PAGE = """# Title

::::::{container} row
:::::{container} code
````````{code-block} python
:lineno-start: 5

x = 1
````````
:::::
::::::

::::::{container} row
:::::{container} prose
Text.
:::::
:::::{container} code
````````{code-block} python
:lineno-start: 8

def f():
````````
````````{code-block} python
:lineno-start: 11

    return x
````````
:::::
::::::
"""


# ## tinynet itself


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_line_of_tinynet_is_lost_moved_or_renumbered(path):
    text = path.read_text("utf-8")
    code = [pair for row in literate.rows(text) for pair in row.code]
    assert [number for number, _ in code] == sorted({number for number, _ in code})
    source = text.split("\n")
    assert all(source[number - 1] == line for number, line in code)
    # Every token but comments and docstrings, by Python's own account, lies on a line that is shown.
    skipped = {tokenize.COMMENT, tokenize.STRING, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    needed = {token.start[0] for token in tokens if token.type not in skipped | {tokenize.ENDMARKER}}
    assert needed <= {number for number, _ in code}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_show_what_is_shown_by_rows(path):
    text = path.read_text("utf-8")
    page = literate.page(text)
    shown_lines = [line for row in literate.rows(text) for _, line in row.code if line.strip()]
    assert [line for line in page.split("\n") if line.strip() and line in shown_lines] == shown_lines
    for name in literate.FORMULA.findall("\n".join(row.prose for row in literate.rows(text))):
        assert page.count(f"(src-{name})=\n") == 1
