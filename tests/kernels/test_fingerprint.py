"""Fingerprints: the formula by hand, and that whatever is done to an array in place shows."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinynet.kernels.fingerprint import fingerprint, scrambled_sum

dtypes = st.sampled_from([np.float32, np.float64])
shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
arrays = st.tuples(dtypes, shapes).flatmap(lambda kind: hnp.arrays(kind[0], kind[1]))


def by_kernel(a: np.ndarray) -> int:
    """The fingerprint of an array too large to be copied; the kernel itself does not ask how large it is."""
    return scrambled_sum(a.reshape(-1).view(np.uint32 if a.nbytes % 8 else np.uint64))


def fold(h: int) -> int:
    return h ^ (h >> 29)


# checks [eq:fingerprint]
def test_the_formula_by_hand() -> None:
    # In float64 the bits of 1 are 3ff0…0 and those of 2 are 4000…0, in float32 3f800000 and 40000000.
    # 2^64/φ, with φ the golden ratio, is 9e3779b97f4a7c15, an odd number.
    # Whole numbers of Python are of any length, so each product is taken modulo 2^64.
    phi = int(2**64 / ((1 + Decimal(5).sqrt()) / 2))
    one, two = fold(0x3FF0_0000_0000_0000), fold(0x4000_0000_0000_0000)
    assert (one, two) == (0x3FF0_0001_FF80_0000, 0x4000_0002_0000_0000)
    terms = [fold(factor * phi * bits % 2**64) for factor, bits in [(1, one), (3, two), (5, one)]]
    assert scrambled_sum(np.array([1.0, 2.0, 1.0]).view(np.uint64)) == sum(terms) % 2**64
    terms = [fold(factor * phi * fold(bits) % 2**64) for factor, bits in [(1, 0x3F80_0000), (3, 0x4000_0000)]]
    assert scrambled_sum(np.array([1, 2], np.float32).view(np.uint32)) == sum(terms) % 2**64
    assert scrambled_sum(np.array([]).view(np.uint64)) == scrambled_sum(np.zeros(3).view(np.uint64)) == 0


def test_a_few_bytes_are_their_own_fingerprint() -> None:
    assert fingerprint(np.ones(512)) == np.ones(512).tobytes()
    assert fingerprint(np.ones(513)) == scrambled_sum(np.ones(513).view(np.uint64))


def test_float32_entries_are_taken_two_at_a_time_where_they_can_be() -> None:
    two, three = np.ones((2, 1025), np.float32), np.ones((3, 1025), np.float32)
    assert fingerprint(two) == scrambled_sum(two.reshape(-1).view(np.uint64))
    assert fingerprint(three) == scrambled_sum(three.reshape(-1).view(np.uint32))


@given(arrays)
def test_equal_arrays_have_equal_fingerprints(a: np.ndarray) -> None:
    assert fingerprint(a) == fingerprint(a.copy())
    assert fingerprint(a) == fingerprint(a.reshape(-1))
    a.flags.writeable = False
    assert fingerprint(a) == fingerprint(a.copy())


@given(arrays, st.data())
def test_a_change_of_one_entry_always_shows(a: np.ndarray, data) -> None:
    assume(a.size)
    changed = a.copy()
    i = data.draw(st.integers(0, a.size - 1))
    changed.reshape(-1)[i] = data.draw(hnp.from_dtype(a.dtype))
    assume(changed.tobytes() != a.tobytes())
    assert fingerprint(changed) != fingerprint(a)
    assert by_kernel(changed) != by_kernel(a)


@pytest.mark.parametrize("bit", range(64))
def test_a_change_of_one_bit_always_shows(bit: int) -> None:
    a = np.linspace(-1, 1, 5)
    before = by_kernel(a)
    a.view(np.uint64)[3] ^= np.uint64(1 << bit)
    assert by_kernel(a) != before


# ## What is done to whole arrays
#
# Such changes are regular: every sign flips, every exponent grows by one. A fingerprint that adds up the changes
# may find that they cancel, so lengths of all kinds are tried: odd, even, powers of two.

CHANGES = {
    "negate": lambda a: np.negative(a, out=a),
    "double": lambda a: np.multiply(a, 2, out=a),
    "halve": lambda a: np.multiply(a, 0.5, out=a),
    "add one": lambda a: np.add(a, 1, out=a),
    "set to zero": lambda a: a.fill(0),
    "set to another number": lambda a: a.fill(3),
    "reverse": lambda a: a.__setitem__(slice(None), a[::-1].copy()),
    "shift round": lambda a: a.__setitem__(slice(None), np.roll(a, 1)),
    "exchange the halves": lambda a: a.__setitem__(slice(None), np.roll(a, a.size // 2)),
    "exchange two": lambda a: a.__setitem__([0, -1], a[[-1, 0]]),
    "sort": lambda a: a.sort(),
    "negate two": lambda a: a.__setitem__([0, 1], -a[[0, 1]]),
}
CONTENTS = {
    "noise": lambda n: np.random.default_rng(0).normal(size=n),
    "one hot": lambda n: (np.arange(n) == 0) + 0.0,
    "halves": lambda n: np.arange(n, 0, -1) / 2 - 0.5 * n,
    "ones and twos": lambda n: np.where(np.arange(n) < n // 2, 1.0, 2.0),
    "signs": lambda n: np.where(np.arange(n) % 4 % 3 == 0, 1.0, -1.0),
    "all the same": lambda n: np.full(n, 1.25),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_many_entries_shows(change: str, content: str, dtype) -> None:
    for n in (2, 3, 4, 7, 8, 10, 16, 63, 64, 100, 128, 256, 1000, 4096):
        a = CONTENTS[content](n).astype(dtype)
        before, old = by_kernel(a), a.copy()
        CHANGES[change](a)
        if a.tobytes() != old.tobytes():
            assert by_kernel(a) != before, f"{n} entries"
