r"""
# Checks: what was given, what was expected

A setting that cannot be meant is refused where it is given, not a thousand steps later. `activation="relu"`,
`loss="hinge"`, `optimizer="adam"`: things are chosen by name or handed over as objects, and a name that
nobody knows is an error that lists the known ones. The other checks are of numbers.

Read next: [functions](functions.py).
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from math import isfinite
from numbers import Real
from typing import Any

import numpy as np


def find(what: str, name: Any, known: Mapping[str, Any]) -> Any:
    """`known[name]`. Raises ValueError for an unknown name, and lists the known ones; `what` says what they are."""
    if isinstance(name, str) and name in known:
        return known[name]
    close = get_close_matches(str(name).lower(), known, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"unknown {what} {name!r}.{hint} Known: {', '.join(known)}.")


def name_of(thing: Any, known: Mapping[str, Any]) -> str | None:
    """The name under which `known` has this very object, None where it has it under none: `find` the other way."""
    return next((name for name, other in known.items() if other is thing), None)


def whole(name: str, value: object, least: int = 1) -> int:
    """`value` as an int. Raises ValueError where it is not a whole number >= least."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name} is a whole number >= {least}, not {value!r}")
    return int(value)


def whole_numbers(name: str, values: object) -> tuple[int, ...]:
    """Several whole numbers, as ints. Raises ValueError where there is but one, and for others than those >= 1."""
    if not isinstance(values, Iterable):
        raise ValueError(f"{name} is several whole numbers >= 1, (8, 8) for instance, not {values!r}")
    return tuple(whole(name, value) for value in values)


def not_negative(**settings: float) -> None:
    """Raise ValueError for a setting that is not a finite number >= 0."""
    for name, value in settings.items():
        if not isinstance(value, Real) or not (isfinite(value) and value >= 0):
            raise ValueError(f"{name} is a number >= 0, not {value!r}")


def positive(**settings: float) -> None:
    """Raise ValueError for a setting that is not a finite number > 0."""
    for name, value in settings.items():
        if not isinstance(value, Real) or not (isfinite(value) and value > 0):
            raise ValueError(f"{name} is a number > 0, not {value!r}")


def below_1(**settings: float) -> None:
    """Raise ValueError for a setting outside 0 <= value < 1."""
    for name, value in settings.items():
        if not isinstance(value, Real) or not 0 <= value < 1:
            raise ValueError(f"{name} is a number, 0 <= {name} < 1, not {value!r}")
