r"""
# Names

`activation="relu"`, `loss="hinge"`, `optimizer="adam"`: things are chosen by name or handed over as
objects. A name that nobody knows is an error that lists the known ones.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any


def find(what: str, name: Any, known: Mapping[str, Any]) -> Any:
    """`known[name]`. Raises ValueError, for an unknown name, that says which `what` there are."""
    if isinstance(name, str) and name in known:
        return known[name]
    close = get_close_matches(str(name), known, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"unknown {what} {name!r}.{hint} Known: {', '.join(known)}.")
