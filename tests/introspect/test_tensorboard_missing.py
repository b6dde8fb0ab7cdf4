"""Without the package `tensorboard`: everything works but the class that needs it, and that says what to do."""

import subprocess
import sys

import pytest

import tinynet as tn


def test_importing_tinynet_does_not_import_it() -> None:
    program = "import sys, tinynet; print('tensorboard' in sys.modules, tinynet.introspect.TensorBoard.__name__)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "TensorBoard"]


def test_the_class_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)  # so Python says that there is no such module
    with pytest.raises(ImportError, match=r"needs the package tensorboard .*pip install 'tinynet\[tensorboard\]'"):
        tn.introspect.TensorBoard("runs/1")
