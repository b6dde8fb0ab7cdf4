r"""
# The page: a training run to explore

`recorder.to_html("out/page.html")` writes one file that opens in any browser, without a network and without a server.
It shows the network at every kept step: press a neuron, a weight or a bias, and its formulas stand there with the
numbers put in, as [the worksheet](worksheet.py) writes them.

**What is in the file.** The weights of the kept steps, exact: the bytes of their float64, in base64. From them the
browser computes every $z$, $a$ and $\delta$ itself. Of some steps the file has Python's own $z$, $a$, $\delta$ and
$L$ as well; the page compares, and shows the largest difference. And it has [the formulas](page_formulas.py), as
templates.

**How large it is.** A step takes $\frac43 \cdot 8$ bytes for each weight. Where the kept steps are too many for
`max_bytes`, log-spaced ones go in: much happens early. 64-32-10 has 2,410 weights, 25 KiB a step; 70 steps fit into
2 MiB.

**What it is made of.** `page/page.html`, `page/page.css`, and the JavaScript in the order of reading:
`page/arithmetic.js` is the network once more, `page/pencil.js` writes formulas, `page/pictures.js` draws, and
`page/page.js` listens to whoever looks. No library is used. [The picture without JavaScript](page_picture.py) is drawn
by Python.

Read next: the page itself, `page/arithmetic.js`, or [event files](event_files.py).
"""

import json
import os
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from math import isfinite, isqrt
from pathlib import Path
from typing import Any

import numpy as np

from ..kernels.normal import G
from ..optimizers import OPTIMIZERS, Optimizer
from ..saving import rebuild_optimizer, whole_file
from ..tensor import Tensor
from .page_formulas import STRAIGHT, formulas_of
from .page_picture import picture, table
from .pencil import SETTINGS
from .recorder import Recorder
from .trace import LayerTrace, Trace
from .worksheet import ELEMENTWISE, ROW_WISE

FILES = Path(__file__).with_name("page")
SCRIPTS = ("arithmetic.js", "pencil.js", "pictures.js", "page.js")
# Steps of which the file has Python's own z, a and δ, and the part of max_bytes that these may take
CHECKED, SHARE = 16, 1 / 8
# Points of the loss curve
CURVE = 2000


def write_page(recorder: Recorder, path: str | os.PathLike, *, max_bytes: int = 2 * 2**20) -> Path:
    """Write the page of a recorded run to the file `path`, which is replaced if it exists; returns the path.

    max_bytes: about how large the file may become; of the kept steps as many go in as fit. The file is written
    under another name first: where that fails, an old one is still there, whole. Raises ValueError for a network
    with functions of one's own, which JavaScript does not know, for a recorder that has kept nothing, and where
    not even two steps fit; FileNotFoundError where there is no such folder.
    """
    with whole_file(path) as unfinished:
        unfinished.write_text(make_page(recorder, max_bytes), "utf-8")
    return Path(path)


def make_page(recorder: Recorder, max_bytes: int) -> str:
    """The text of the page."""
    if len(recorder) == 0:
        raise ValueError("the recorder has kept no step; train with callbacks=[recorder], or call recorder.record(...)")
    with np.errstate(all="ignore"):  # a diverged run is shown as it is
        newest = recorder.trace(-1)
        check_known(recorder, newest)
        data = describe(recorder, newest)
        parts = {
            "title": escape(f"{data['title']}: a training run, step by step"),
            "picture": picture(newest, recorder.losses, data["title"]),
            "table": table(newest, recorder.steps[-1]),
        }
    parts["style"] = (FILES / "page.css").read_text("utf-8")
    parts["script"] = "\n".join((FILES / name).read_text("utf-8") for name in SCRIPTS)
    # "</script>" in a layer's name must not end the script
    without_weights = len(json.dumps(data, ensure_ascii=False).encode()) + sum(len(p.encode()) for p in parts.values())
    kept = choose_steps(recorder, max_bytes - without_weights, max_bytes)
    data["steps"] = [recorder.steps[k] for k in kept]
    data["weights"] = encode([w for k in kept for w in recorder.weights(k)], newest[-1].a.dtype)
    rates = [recorder.learning_rates.get(step) for step in data["steps"]]
    # JSON has no NaN and no Infinity, which a schedule of one's own may give: as words
    data["rates"] = [rate if rate is None or isfinite(rate) else json.dumps(rate) for rate in rates]
    data |= recorded(recorder, kept, max_bytes)
    parts["data"] = json.dumps(data, ensure_ascii=False).replace("<", r"\u003c")
    page = (FILES / "page.html").read_text("utf-8")
    for name, part in parts.items():
        page = page.replace(f"<!-- {name} -->", part)
    return page


def encode(arrays: Sequence[np.ndarray], dtype: np.dtype) -> str:
    """The numbers of the arrays one after the other, as their bytes, as base64."""
    flat = [np.asarray(array, dtype.newbyteorder("<")).ravel() for array in arrays]
    return b64encode(np.concatenate(flat).tobytes() if flat else b"").decode()


def check_known(recorder: Recorder, trace: Trace) -> None:
    """Raises ValueError for what the page's JavaScript cannot compute."""
    for layer in trace.layers[1:]:
        of_own = "is a class" if layer.kind == "own" else "has an activation"
        if layer.kind == "own" or layer.f not in (*ELEMENTWISE, *ROW_WISE):
            raise ValueError(
                f"layer {layer.l}, {layer.name!r}, {of_own} of your own; the page computes in JavaScript and knows "
                f"only Dense, Activation, Dropout and Flatten, with {', '.join((*ELEMENTWISE[:-1], *ROW_WISE))}"
            )
    if trace.loss_name == "own":
        raise ValueError("the loss is a function of your own; the page computes in JavaScript and knows those by name")


# ## Describing the run


def describe(recorder: Recorder, trace: Trace) -> dict[str, Any]:
    """All of the page's data but the weights and what belongs to a step."""
    dtype = trace[-1].a.dtype
    layers = [describe_layer(recorder, layer, trace[layer.l - 1]) for layer in trace.layers[1:]]
    optimizer, described = find_optimizer(recorder)
    steps, losses = curve(recorder)
    fs = [layer["f"] for layer in layers]
    return {
        "title": "-".join(str(n) for n in [trace[0].a[0].size, *(layer["n"] for layer in layers if layer["W"])]),
        "float32": dtype == np.float32,
        "layers": layers,
        "image": image_shape(trace[0].a.shape[1:]),
        "N": len(trace.y),
        "inputs": trace[0].a[0].size,
        "x": encode([trace[0].a], dtype),
        "y": encode([trace.y], dtype),
        "loss": trace.loss_name,
        "straight": STRAIGHT.get(trace.loss_name) == trace[-1].f,
        "losses": {"steps": steps, "values": encode([np.array(losses)], np.dtype(float))},
        "optimizer": described,
        "diverged": where_diverged(recorder),
        "last": max([recorder.steps[-1], *recorder.losses]),
        "kept": len(recorder),
        "formulas": formulas_of(fs, trace.loss_name, layers[-1]["n"], optimizer),
        "gelu": list(G) if "gelu" in fs else [],
    }


def describe_layer(recorder: Recorder, layer: LayerTrace, before: LayerTrace) -> dict[str, Any]:
    return {
        "name": layer.name,
        "kind": layer.kind,
        "f": layer.f,
        "s": steepness(recorder, layer),
        "inputs": before.a[0].size,
        "n": layer.a[0].size,
        # softmax takes the last axis together
        "K": layer.a.shape[-1],
        "W": layer.W is not None,
        "b": layer.b is not None,
        "trained": {"W": layer.dW is not None, "b": layer.db is not None},
    }


def steepness(recorder: Recorder, layer: LayerTrace) -> float | None:
    """The s of leaky_relu and elu, read off at z = −1."""
    if layer.f not in ("leaky_relu", "elu"):
        return None
    at_minus_1 = float(recorder.net.layers[layer.l - 1].f(Tensor([[-1.0]])).item())  # type: ignore[attr-defined]
    return float(f"{at_minus_1 / (-1.0 if layer.f == 'leaky_relu' else np.expm1(-1.0)):.15g}")


def image_shape(shape: tuple[int, ...]) -> list[int] | None:
    """Height and width of an input that is an image: two lengths, or a row whose length is a square, from 3 × 3."""
    if len(shape) == 1 and shape[0] >= 9 and isqrt(shape[0]) ** 2 == shape[0]:
        return [isqrt(shape[0])] * 2
    return list(shape) if len(shape) == 2 else None


def where_diverged(recorder: Recorder) -> str | None:
    """Where the first number that is not finite is; looked for only where there must be one."""
    newest = all(np.isfinite(w).all() for w in recorder.weights(-1))
    return (
        None if newest and np.isfinite(list(recorder.losses.values())).all() else str(recorder.diverged or "") or None
    )


def find_optimizer(recorder: Recorder) -> tuple[Optimizer | None, dict[str, Any]]:
    """The optimizer, if it is one of ours, and what the page has to know of it."""
    given = recorder.optimizer or {}
    kind = given.get("kind")
    if kind is None or kind.lower() not in OPTIMIZERS or given["learning_rate"] is None:
        return None, {"kind": kind, "words": kind or "no optimizer"}
    o = rebuild_optimizer(given)
    settings = {place: [symbol, getattr(o, name)] for place, symbol, name in SETTINGS if hasattr(o, name)}
    said = {name: value["kind"] if isinstance(value, dict) else value for name, value in given.items() if value}
    words = f"{kind}({', '.join(f'{name}={value}' for name, value in said.items() if name != 'kind')})"
    nesterov = bool(getattr(o, "nesterov", False))
    about = {"remembers": o.remembers, "nesterov": nesterov, "from_first": recorder._from_first}
    return o, {"kind": kind, "words": words, "settings": settings} | about


def curve(recorder: Recorder) -> tuple[list[int], list[float]]:
    """The steps and losses of the curve; of many, every tenth, say, and the last."""
    steps = list(recorder.losses)
    few = steps[:: len(steps) // CURVE + 1]
    if steps and few[-1] != steps[-1]:
        few.append(steps[-1])
    return few, [recorder.losses[step] for step in few]


# ## Choosing steps


def log_spaced(count: int, room: int) -> list[int]:
    """At most `room` of the numbers 0 … count − 1, the first and the last, dense at the beginning."""
    if room >= count:
        return list(range(count))
    chosen = np.array([0, count - 1])
    # the first numbers of a geometric series fall together, so a longer series may still fit
    for length in range(room, 20 * room):
        longer = np.unique(np.geomspace(1, count, length).round().astype(int)) - 1
        if len(longer) > room:
            break
        chosen = longer
    return chosen.tolist()


def choose_steps(recorder: Recorder, room: int, max_bytes: int) -> list[int]:
    """The kept steps that go into the page: those for which there is room. Raises ValueError where that is one."""
    size = 4 * sum(w.nbytes for w in recorder.weights(0)) // 3 + 40  # its number and α as well
    fit = int(room - SHARE * max_bytes) // max(size, 1)
    if fit < min(2, len(recorder)):
        raise ValueError(
            f"the page holds {max(fit, 0)} of {len(recorder)} steps in max_bytes={max_bytes:,}: the weights of one "
            f"take {size:,} bytes, everything else {max_bytes - room:,}; give a larger max_bytes, "
            "or the recorder fewer examples"
        )
    return log_spaced(len(recorder), fit)


def recorded(recorder: Recorder, kept: Sequence[int], max_bytes: int) -> dict[str, Any]:
    """Python's own L, z, a, δ of some of the kept steps, and of as many examples as there is room for."""
    checked = [int(i) for i in log_spaced(len(kept), CHECKED)]
    numbers, examples, dtype = [], 0, np.dtype(float)
    for i in checked:
        trace = recorder.trace(kept[i])
        dtype = trace[-1].a.dtype
        of_one = sum(layer[name][0].nbytes for layer in map(vars, trace.layers[1:]) for name in ("z", "a", "delta"))
        examples = max(1, min(len(trace.y), int(SHARE * max_bytes * 3 / 4 / CHECKED / of_one)))
        numbers.append(np.array([trace.loss]))
        numbers += [getattr(layer, name)[:examples] for layer in trace.layers[1:] for name in ("z", "a", "delta")]
    return {"checked": checked, "examples_checked": examples, "recorded": encode(numbers, dtype)}
