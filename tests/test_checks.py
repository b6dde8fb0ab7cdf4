"""Settings: what is meant is taken, what cannot be meant is an error from which a reader can go on."""

import numpy as np
import pytest

from tinynet.checks import below_1, find, name_of, not_negative, positive, whole, whole_numbers

FRUIT = {"apple": 1, "pear": 2, "quince": 3}


def test_a_known_name_gives_its_thing() -> None:
    assert [find("fruit", name, FRUIT) for name in ("apple", "pear", "quince")] == [1, 2, 3]


def test_an_unknown_name_lists_the_known_ones_and_does_not_guess_wildly() -> None:
    with pytest.raises(ValueError, match=r"unknown fruit 'brick'. Known: apple, pear, quince."):
        find("fruit", "brick", FRUIT)


def test_a_name_nearly_right_is_suggested() -> None:
    with pytest.raises(ValueError, match=r"unknown fruit 'aple'. Did you mean 'apple'\? Known: apple, pear"):
        find("fruit", "aple", FRUIT)


def test_names_are_exact() -> None:
    with pytest.raises(ValueError, match="unknown fruit 'PEAR'"):
        find("fruit", "PEAR", FRUIT)


@pytest.mark.parametrize("name", [None, 3, ["apple"], b"apple"])
def test_what_is_no_name_is_refused_as_an_unknown_one(name: object) -> None:
    with pytest.raises(ValueError, match=r"unknown fruit .* Known: apple, pear, quince"):
        find("fruit", name, FRUIT)


def test_several_whole_numbers_become_ints() -> None:
    assert whole_numbers("shape", [np.int64(8), 3]) == (8, 3)
    with pytest.raises(ValueError, match=r"shape is several whole numbers >= 1, \(8, 8\) for instance, not 8"):
        whole_numbers("shape", 8)
    with pytest.raises(ValueError, match="shape is a whole number >= 1, not 0"):
        whole_numbers("shape", (8, 0))


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_whole_numbers_become_ints(value: object) -> None:
    assert whole("n", value, least=3) == 3
    assert type(whole("n", value)) is int


@pytest.mark.parametrize("value", [2, 3.0, True, None, "3", -3])
def test_other_than_whole_numbers_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match=f"n is a whole number >= 3, not {value!r}"):
        whole("n", value, least=3)


@pytest.mark.parametrize("value", [-1e-300, float("nan"), float("inf")])
def test_numbers_that_may_not_be_negative(value: float) -> None:
    not_negative(a=0, b=0.5, c=1e300)
    with pytest.raises(ValueError, match=f"b is a number >= 0, not {value!r}"):
        not_negative(a=1, b=value)


@pytest.mark.parametrize("value", [-0.1, 1, float("nan")])
def test_numbers_below_1(value: float) -> None:
    below_1(a=0, b=0.999)
    with pytest.raises(ValueError, match=f"b is a number, 0 <= b < 1, not {value!r}"):
        below_1(a=0.5, b=value)


def test_a_number_above_0_is_one() -> None:
    positive(h=1e-300, rate=2, step=np.float32(0.5))
    for value in (0, -1.0, float("nan"), float("inf"), "1", None):
        with pytest.raises(ValueError, match=f"h is a number > 0, not {value!r}"):
            positive(rate=1, h=value)


def test_the_name_of_a_thing_is_that_of_the_very_object() -> None:
    one, another = [1], [1]
    assert name_of(one, {"a": another, "b": one}) == "b"
    assert name_of(one, {"a": another}) is None
