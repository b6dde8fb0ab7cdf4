"""How the numbers of tinynet are held against PyTorch's, for all tests of this folder."""

import numpy as np
import pytest


def largest_relative_difference(ours, theirs) -> float:
    """The largest difference of two arrays, over the largest magnitude in theirs; 0 where they are equal."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, f"{ours.shape} beside PyTorch's {theirs.shape}"
    assert ours.dtype == theirs.dtype, f"{ours.dtype} beside PyTorch's {theirs.dtype}"
    difference = np.abs(ours - theirs).max()
    return float(difference / np.abs(theirs).max()) if difference != 0 else 0.0


@pytest.fixture(scope="session")
def agree():
    """agree(what, ours, theirs, tolerance): fails where the largest relative difference is above the tolerance."""

    def agree(what, ours, theirs, tolerance):
        relative = largest_relative_difference(ours, theirs.detach().numpy())
        # so written that NaN fails
        assert relative <= tolerance, f"{what}: {relative:.2g} relative, above {tolerance:g}\n{ours}\n{theirs}"

    return agree
