"""The contract with `train.module`: a Python file of the user that makes a module and its batches. `docs/training-modules.md` tells it to
users; the two must agree.
"""
from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
import traceback
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Callable, Dict, Iterable, Mapping, Optional, Tuple

import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))


class ModuleFault(Exception):
    """A module that cannot be used, in words for the person who wrote it."""

    def __init__(self, message: str, node: Optional[str] = None) -> None:
        super().__init__(message)
        self.node = node


@dataclass(frozen=True)
class UserModule:
    """What the file has, checked."""

    make: Callable[[], nn.Module]
    batches: Callable[..., Any]
    loss: Optional[Callable[..., torch.Tensor]]
    optimizer: Optional[Callable[..., torch.optim.Optimizer]]
    seed: int


def split_name(written: str) -> Tuple[str, Optional[str]]:
    """`model.py:Net` → file or dotted name, and the name in it; None where it has none. A drive letter's colon is none of ours."""
    place, colon, name = written.rpartition(":")
    return (place, name) if colon and name.isidentifier() else (written, None)


def load_user_module(written: str, folder: str) -> UserModule:
    """
    :param written: `model.py:Net` (absolute or from `folder`) or `package.module:name`.
    :raises ModuleFault: where it is not there, throws while it is loaded, or lacks something.
    """
    place, name = split_name(written)
    sys.path.insert(0, folder)
    loaded = guarded("it could not be loaded", _load, place, folder)
    make = getattr(loaded, name, None) if name is not None else _only_module_class(loaded)
    if make is None:
        raise ModuleFault(f"it has no {name}")
    if not callable(make):
        raise ModuleFault(f"{name} is neither a class nor a function")
    batches = getattr(loaded, "batches", None)
    if not callable(batches):
        raise ModuleFault("it has no function `batches(batch_size, seed)`")
    seed = getattr(loaded, "seed", 1)
    if not isinstance(seed, int):
        raise ModuleFault("its `seed` is no whole number")
    return UserModule(
        make=make,
        batches=batches,
        loss=_optional_function(loaded, "loss"),
        optimizer=_optional_function(loaded, "optimizer"),
        seed=seed,
    )


def make_module(user: UserModule) -> nn.Module:
    """The module with the initial weights that its seed makes. :raises ModuleFault:"""
    torch.manual_seed(user.seed)
    module = guarded("it could not be made", user.make)
    if not isinstance(module, nn.Module):
        raise ModuleFault(f"it makes a {type(module).__name__}, which is no torch.nn.Module")
    return module.train()


class Batches:
    """The batches of a run by step, whether the module gives a function of the step or something to go through."""

    def __init__(self, user: UserModule, batch_size: int) -> None:
        self._make = lambda: guarded("its batches failed", user.batches, batch_size, user.seed)
        self._source = self._make()
        self._next = 0
        if not callable(self._source) and not isinstance(self._source, Iterable):
            raise ModuleFault("`batches` returned neither a function of the step nor something to go through")
        self._iterator = None if callable(self._source) else iter(self._source)

    def at(self, step: int) -> Any:
        """:raises ModuleFault:"""
        if self._iterator is None:
            return guarded("its batches failed", self._source, step)
        if step < self._next:
            self._iterator, self._next = iter(self._make()), 0
        while True:
            batch = guarded("its batches failed", self._following)
            self._next += 1
            if self._next > step:
                return batch

    def _following(self) -> Any:
        for batch in self._iterator:
            return batch
        # Another epoch, from the beginning.
        self._iterator = iter(self._make())
        for batch in self._iterator:
            return batch
        raise ModuleFault("`batches` has no batch")


class TrainingStep(nn.Module):
    """Module and loss as one, since the loss too is computed on a device. Its batches are pairs of what the module is given and the target."""

    def __init__(self, model: nn.Module, loss: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.model = model
        self._loss = loss

    def forward(self, inputs: Any, target: Any) -> torch.Tensor:
        args, kwargs = call_of(inputs)
        return self._loss(self.model(*args, **kwargs), target)


def call_of(inputs: Any) -> Tuple[Tuple[Any, ...], Dict[str, Any]]:
    """What a module is called with: a mapping by name, a tuple or list by position, anything else as the one argument."""
    if isinstance(inputs, Mapping):
        return (), dict(inputs)
    return (tuple(inputs), {}) if isinstance(inputs, (tuple, list)) else ((inputs,), {})


def guarded(what: str, run: Callable[..., Any], *given: Any) -> Any:
    """Runs what the user wrote. :raises ModuleFault: with the place in the user's file."""
    try:
        return run(*given)
    except ModuleFault:
        raise
    except Exception as error:
        raise ModuleFault(f"{what}: {describe(error)}") from error


def describe(error: BaseException) -> str:
    """The message and the innermost line that is neither PyTorch's nor ours: what a person needs to find the fault in their file."""
    message = " ".join(str(error).split()) or type(error).__name__
    if not isinstance(error, (RuntimeError, ValueError)):
        message = f"{type(error).__name__}: {message}"
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [f for f in frames if not f.filename.startswith((HERE, "<")) and "site-packages" not in f.filename]
    theirs = [f for f in theirs if f"lib{os.sep}python" not in f.filename]
    if isinstance(error, SyntaxError) and error.filename:
        return f"{message} ({error.filename}:{error.lineno})"
    return f"{message} ({theirs[-1].filename}:{theirs[-1].lineno})" if theirs else message


def _load(place: str, folder: str) -> ModuleType:
    if not place.endswith(".py"):
        return importlib.import_module(place)
    path = os.path.join(folder, place)
    if not os.path.isfile(path):
        raise ModuleFault("there is no such file")
    sys.path.insert(0, os.path.dirname(path))
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded  # as classes of it are looked for there
    spec.loader.exec_module(loaded)
    return loaded


def _only_module_class(loaded: ModuleType) -> Callable[[], nn.Module]:
    classes = [
        value
        for value in vars(loaded).values()
        if inspect.isclass(value) and issubclass(value, nn.Module) and value.__module__ == loaded.__name__
    ]
    if len(classes) == 1:
        return classes[0]
    found = ", ".join(c.__name__ for c in classes) or "none"
    raise ModuleFault(f"say which of its modules is meant, as in `model.py:Net`; it has {found}")


def _optional_function(loaded: ModuleType, name: str) -> Any:
    value = getattr(loaded, name, None)
    if value is not None and not callable(value):
        raise ModuleFault(f"its `{name}` is no function")
    return value
