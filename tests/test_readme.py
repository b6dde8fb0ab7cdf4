"""The README promises only what runs: its example is run, and its output compared."""

import contextlib
import io
import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_example_prints_what_the_readme_says():
    example, output = re.search(r"```python\n(.*?)```\n\nprints\n\n```\n(.*?)```", README.read_text(), re.S).groups()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(example, {})
    assert printed.getvalue() == output


def test_the_example_is_short():
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)
    assert len([line for line in example.splitlines() if line.strip()]) <= 15


def test_every_link_leads_to_a_file():
    for target in re.findall(r"\]\(([^)#]+)\)", README.read_text()):
        assert (README.parent / target).exists(), target
