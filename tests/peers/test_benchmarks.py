"""The benchmark's step by PyTorch is the step that tinynet takes."""

import pytest

from benchmarks import steps
from benchmarks.turns import Effort


@pytest.mark.parametrize("case", [*steps.CASES[:3], steps.Case((8, 5, 4, 3), 6, "float32", "Adam", {})], ids=str)
def test_the_first_losses_are_the_same(case):
    timing = steps.in_turns(case, 1, Effort(turns=1, least=1, seconds=0.0, limit=0.0, quick=True))
    assert timing.absent == {}
    assert set(timing.seconds) == {"tinynet", "kept", "traced", "NumPy", "PyTorch"}
