r"""
# Saving a model

A model file is one `.npz`: the arrays of the weights under their names (`dense_1.W`), those that the
optimizer remembers, and a description in JSON, `model.json`, of the layers, the loss, the optimizer and the
metrics. It contains no code and is read with `allow_pickle=False`, so a stranger's file can run nothing. It is
written under another name first and then renamed, so where saving fails the old file is still there, whole.

Read next: [places](places.py).
"""

import json
import os
import secrets
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

from .checks import find, name_of
from .functions import ACTIVATIONS
from .layers import LAYERS, Dropout
from .losses import LOSSES
from .metrics import METRICS
from .model import Sequential
from .optimizers import OPTIMIZERS, Optimizer
from .schedules import SCHEDULES

FORMAT = "tinynet model 1"
KNOWN = {*LAYERS.values(), *OPTIMIZERS.values(), *SCHEDULES.values()}


def describe(thing: Any) -> dict[str, Any]:
    """A layer, optimizer or schedule as {"kind": ..., and the arguments that make another like it}.

    Raises ValueError for a class or function of one's own.
    """
    if type(thing) not in KNOWN:
        raise ValueError(f"{type(thing).__name__} is a class of your own, which a file cannot hold")
    arguments = {name: getattr(thing, name) for name in signature(type(thing)).parameters if hasattr(thing, name)}
    return {"kind": type(thing).__name__} | {name: _plain(name, value) for name, value in arguments.items()}


def _plain(name: str, value: Any) -> Any:
    if type(value) in SCHEDULES.values():
        return describe(value)
    if isinstance(value, np.dtype):
        return value.name
    if isinstance(value, np.generic):
        return value.item()
    if value in ACTIVATIONS.values():
        return _name_of(name, value, ACTIVATIONS)
    if callable(value):
        raise ValueError(
            f"{name} is a function of your own, which a file cannot hold; only those with a name can be saved"
        )
    return value


def describe_model(model: Sequential) -> dict[str, Any]:
    """All of a model but its arrays, as JSON takes it. Raises ValueError where it has functions of one's own."""
    description = {"format": FORMAT, "seed": model.seed, "input_shape": list(model.layers[0].input_shape or ())}
    description["layers"] = [describe(layer) | {"input_shape": None, "input_dim": None} for layer in model.layers]
    description["generators"] = [generator.bit_generator.state for generator in _generators(model)]
    if model.loss is not None and model.optimizer is not None:
        description["compiled"] = {
            "loss": _name_of("loss", model.loss, LOSSES),
            "metrics": [_name_of("metric", metric, METRICS) for metric in model.metrics.values()],
            "optimizer": describe(model.optimizer),
            "steps": model.optimizer.steps,
            "remembers": [p.name for p in model.parameters() if p in model.optimizer.memory],
        }
    return description


def _generators(model: Sequential) -> list[np.random.Generator]:
    """The random streams that training draws from; with their states saved it goes on where it was."""
    return [model.shuffler, *(layer.rng for layer in model.layers if isinstance(layer, Dropout))]


def _name_of(what: str, function: Any, known: dict[str, Any]) -> str:
    name = name_of(function, known)
    if name is None:
        raise ValueError(
            f"the {what} is a function of your own, which a file cannot hold; only those with a name can be saved"
        )
    return name


def save_model(model: Sequential, path: str | os.PathLike) -> None:
    """Write the model to the file `path`, which is replaced if it exists.

    Raises ValueError where the model is not built or has functions of one's own, OSError where the file
    cannot be written; then an old file stays as it was.
    """
    arrays: dict[str, Any] = {p.name: p.data for p in model.parameters()}
    arrays["model.json"] = np.array(json.dumps(describe_model(model)))
    if model.optimizer is not None:
        for p in model.parameters():
            memory = model.optimizer.memory.get(p, {})
            arrays |= {f"optimizer/{p.name}/{name}": array for name, array in memory.items()}
    write_arrays(arrays, path)


def write_arrays(arrays: dict[str, Any], path: str | os.PathLike) -> None:
    """Write the arrays to one `.npz`, whole or not at all. Raises OSError where the file cannot be written."""
    with whole_file(path) as unfinished, open(unfinished, "xb") as file:
        np.savez(file, **arrays)


@contextmanager
def whole_file(path: str | os.PathLike) -> Iterator[Path]:
    """Another name to write a file under, which gets its own at the end: `with whole_file(path) as unfinished`.

    Where writing fails, an old file stays as it was. Raises OSError where there is no such folder.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise FileNotFoundError(f"cannot save to {target}: there is no folder {target.parent}; make it first")
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        yield unfinished
        os.replace(unfinished, target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def load_model(path: str | os.PathLike) -> Sequential:
    """The model that `model.save(path)` wrote; a compiled one comes with its loss, metrics and optimizer.

    Raises FileNotFoundError, or ValueError where the file is damaged or is no model.
    """
    try:
        arrays = read_arrays(path)
        description = json.loads(str(arrays.pop("model.json")))
        if description["format"] != FORMAT:
            raise ValueError(f"its format is {description['format']!r}, this version reads {FORMAT!r}")
        return rebuild_model(description, arrays)
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no model file {path}") from None
    except Exception as error:  # whatever zip, NumPy, JSON or the layers say of damaged bytes
        raise ValueError(f"{path} is not a whole model file written by model.save(): {error}") from error


def read_arrays(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """The arrays of an `.npz`; nothing in it can run. Raises OSError, or what zip and NumPy say of damaged bytes."""
    if not zipfile.is_zipfile(path) and os.path.exists(path):
        raise ValueError("it is no zip archive, as every .npz is")
    with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def rebuild_model(description: dict[str, Any], arrays: dict[str, np.ndarray]) -> Sequential:
    """The model that describe_model() described; its weights and its optimizer's memory are in `arrays`."""
    layers = []
    for layer in description["layers"]:
        kind = find("layer", layer["kind"], LAYERS)
        layers.append(kind(**{name: value for name, value in layer.items() if name in signature(kind).parameters}))
    model = Sequential(layers, seed=description["seed"])
    model.build(tuple(description["input_shape"]))
    model.set_weights([arrays[p.name] for p in model.parameters()])
    for generator, state in zip(_generators(model), description["generators"], strict=True):
        generator.bit_generator.state = state
    if "compiled" in description:
        compiled = description["compiled"]
        model.compile(rebuild_optimizer(compiled["optimizer"]), compiled["loss"], compiled["metrics"])
        assert model.optimizer is not None
        model.optimizer.steps = compiled["steps"]
        for p in model.parameters():
            if p.name in compiled["remembers"]:
                memory = {name: arrays[f"optimizer/{p.name}/{name}"] for name in model.optimizer.remembers}
                for name, array in memory.items():
                    if array.shape != model.optimizer.shape_of(name, p):
                        raise ValueError(f"{p.name} has shape {p.shape}; the optimizer's {name} has {array.shape}")
                model.optimizer.memory[p] = {name: np.array(array, p.dtype) for name, array in memory.items()}
    return model


def rebuild_optimizer(description: dict[str, Any]) -> Optimizer:
    """The optimizer that `describe` has described, fresh."""
    arguments = dict(description)
    kind = find("optimizer", arguments.pop("kind").lower(), OPTIMIZERS)
    if isinstance(arguments["learning_rate"], dict):
        schedule = dict(arguments["learning_rate"])
        arguments["learning_rate"] = find("schedule", schedule.pop("kind"), SCHEDULES)(**schedule)
    return kind(**arguments)
