"""Every group, in small, where no other library is installed: what is missing gets a row that says so."""

import sys
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import elementwise, epochs, explanations, memory, products, roofline, startup, steps
from benchmarks.report import Report
from benchmarks.turns import Effort

EFFORT = Effort(turns=2, least=1, seconds=0.0, limit=0.1, quick=False)
SMALL = steps.Case((3, 4, 2), 4, "float32", "SGD", {1: (4, 6), 2: (4, 6)})


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    for name in ("torch", "keras", "sklearn", "autograd", "micrograd", "captum", "shap", "lime", "pyperf"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "threadpoolctl", SimpleNamespace(threadpool_limits=lambda threads: nullcontext()))


def goals(group, **options):
    """The goals of a group that was run, by name."""
    report = Report()
    group.run(report, EFFORT, **options)
    assert report.sections
    return {goal.what: goal for goal in report.goals}


def test_products(monkeypatch):
    small = (5, 6, 7)
    monkeypatch.setattr(products, "SHAPES", [small])
    monkeypatch.setattr(products, "ASKED", {(small, "AᵀB"): (0.95, 1.1)})
    monkeypatch.setattr(products, "SHARED", small)
    found = goals(products)
    assert [goal.must for goal in found.values()] == [0.95, 0.95, 1.7, 1.7]
    assert found["product 5×6×7 AᵀB float32: OpenBLAS / tinynet"].value > 0


@pytest.mark.parametrize("form", products.FORMS)
def test_operands_are_transposed_views_of_one_product(form):
    A, B, start, C = products.operands((5, 6, 7), form, "float32")
    assert (A.shape, B.shape, start.shape, C.shape) == ((5, 6), (6, 7), (7,), (5, 7))
    assert (A.flags.c_contiguous, B.flags.c_contiguous) == (form != "AᵀB", form != "ABᵀ")
    assert {array.dtype for array in (A, B, start, C)} == {np.dtype("float32")}


def test_a_wrong_product_is_not_timed(monkeypatch):
    monkeypatch.setitem(products.VERSIONS, "by rows", lambda A, B, start, C: None)
    with pytest.raises(AssertionError, match="by rows computes another product"):
        products.versions((5, 6, 7), "AB", "float64", all_of_them=True)


def test_elementwise(monkeypatch):
    monkeypatch.setattr(elementwise, "SHAPE", (3, 5))
    found = goals(elementwise)
    assert len(found) == 22
    assert found["tanh, derivative float32: tinynet / NumPy"].at_most


def test_steps(monkeypatch):
    monkeypatch.setattr(steps, "CASES", [*steps.CASES[:2], SMALL])
    found = goals(steps)
    assert len(found) == 3 * 3 + 1
    assert found["step 2-4-1 batch 4 float64 Adam: NumPy / tinynet"].value > 0
    assert found["step 3-4-2 batch 4 float32 SGD, 2 threads: PyTorch / tinynet"].why == "torch is not installed"


def test_steps_that_differ_are_not_timed(monkeypatch):
    monkeypatch.setitem(steps.QUICK, "NumPy", lambda case: steps.numpy_step(steps.CASES[1]))
    with pytest.raises(AssertionError, match="NumPy differs"):
        steps.in_turns(steps.CASES[0], 1, EFFORT._replace(quick=True))


def test_memory(monkeypatch):
    monkeypatch.setattr(memory, "CASE", SMALL)
    over, beside = goals(memory).values()
    assert over.value > 1  # a small network's arrays are fewer bytes than the objects around them
    assert beside.why == "torch is not installed"


def test_the_memory_that_is_needed_by_hand():
    # 4 bytes; 4 examples of 4 + 2 neurons; weights 3×4 + 4 and 4×2 + 2
    assert list(memory.needed(SMALL).values()) == [2 * 4 * 24, 4 * (24 + 16), 4 * 26]


def test_startup(monkeypatch):
    monkeypatch.setattr(startup, "SOURCES", {"tinynet": "import tinynet", "PyTorch": "raise ImportError('not here')"})
    monkeypatch.setattr(startup, "XOR", "")
    beside, cold = goals(startup).values()
    assert beside.why == "ImportError: not here"
    assert 0 < cold.value < 60


@pytest.mark.compiled
def test_epochs():
    found = goals(epochs)
    assert [goal.why for goal in found.values()] == ["sklearn is not installed", "torch is not installed"]


def test_explanations(monkeypatch):
    monkeypatch.setattr(explanations, "SIZES", (5, 4, 4))
    monkeypatch.setattr(explanations, "CASES", explanations.CAPTUM)
    found = goals(explanations)
    assert [goal.must for goal in found.values()] == [5, None, 5, None]
    assert {goal.why for goal in found.values()} == {"torch is not installed"}


def test_explanations_that_differ_are_not_timed():
    case = explanations.Case("of x", "other", lambda: None, lambda: None, tolerance=1e-3)
    explanations.compare(case, {"tinynet": lambda: [1.0, 2.0], "other": lambda: [1.0, 2.001]})
    with pytest.raises(AssertionError, match=r"of x: the values differ by 0\.005"):
        explanations.compare(case, {"tinynet": lambda: [1.0, 2.0], "other": lambda: [1.0, 2.01]})


def test_roofline(monkeypatch, tmp_path):
    monkeypatch.setattr(roofline, "SIZES", [4, 8])
    monkeypatch.setattr(roofline, "STEPS", 2)
    monkeypatch.setattr(roofline, "LENGTH", 10)
    goals(roofline, picture=tmp_path / "roofline.png")
    assert (tmp_path / "roofline.png").read_bytes().startswith(b"\x89PNG")


def test_the_kernels_of_the_limits():
    c = np.arange(roofline.SUMS, dtype=float)
    expected = (c * 0.5 + 0.25) * 0.5 + 0.25
    roofline.fma(c, 0.5, 0.25, 2)
    assert np.array_equal(c, expected)
    a = np.empty(3)
    roofline.triad(np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 30.0]), 0.5, a)
    assert a.tolist() == [6, 12, 18]
