"""
Marks the exercises. `pytest tutorials/exercises -k ch04` reads your answers in ch04.py; with `--solutions` it reads
solutions/ch04.py instead. A mark says what was expected, what came, and, of a mistake that many make, what it is.
"""

import importlib.util
import sys

import numpy as np
import pytest


def pytest_addoption(parser):
    parser.addoption("--solutions", action="store_true", help="mark the solutions of the exercises instead of yours")


@pytest.fixture
def mine(request):
    """The module with the answers to the exercises of this file's chapter."""
    folder = request.path.parent / ("solutions" if request.config.getoption("--solutions") else "")
    path = folder / request.path.name.removeprefix("test_")
    spec = importlib.util.spec_from_file_location(f"answers_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def compare():
    """compare(got, expected, what, mistakes={advice: wrong value}, rtol=1e-9): fails with words, not a traceback."""
    return _compare


def _compare(got, expected, what, mistakes=None, rtol=1e-9):
    if got is None:
        pytest.fail(f"{what}: your function returned None; is there a `return`?", pytrace=False)
    try:
        got = np.asarray(got, dtype=np.float64)
    except (TypeError, ValueError):
        pytest.fail(f"{what} should be numbers; your function returned {got!r}", pytrace=False)
    expected = np.asarray(expected, dtype=np.float64)
    if _same(got, expected, rtol):
        return
    for advice, wrong in (mistakes or {}).items():
        if _same(got, np.asarray(wrong, dtype=np.float64), rtol):
            pytest.fail(f"{what}: {advice}\n{_side_by_side(got, expected)}", pytrace=False)
    if got.shape != expected.shape:
        pytest.fail(f"{what} should have shape {expected.shape}; yours has {got.shape}", pytrace=False)
    pytest.fail(f"{what} is not right yet\n{_side_by_side(got, expected)}", pytrace=False)


def _same(a, b, rtol):
    if a.shape != b.shape:
        return False
    # An entry that should be 0 may be off by the rounding of the entries beside it.
    size = np.abs(b[np.isfinite(b)]).max(initial=0)
    return np.allclose(a, b, rtol=rtol, atol=1e-12 * size, equal_nan=True)


def _side_by_side(got, expected):
    with np.printoptions(precision=9):
        return f"expected:\n{expected}\nyours:\n{got}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """An error in an answer is told in three lines, a function that is still blank in one."""
    report = yield
    if report.failed and call.excinfo is not None:
        answers = item.path.name.removeprefix("test_")
        places = [place for place in call.excinfo.traceback if place.path.name == answers]
        if places:
            place, name = places[-1], f"{places[-1].path.parent.name}/{answers}"
            if call.excinfo.errisinstance(NotImplementedError):
                report.longrepr = f"{place.frame.code.name} in {name} is still blank: fill it in"
            else:
                line, statement = place.lineno + 1, str(place.statement).strip()  # pytest counts from 0
                report.longrepr = f"{name}, line {line}, stops:\n    {statement}\n{call.excinfo.exconly()}"
    return report
