"""One device of a training run, wherever its process runs: it executes the nodes placed on it and exchanges tensors with the other devices.
Whoever started the process brings it orders and takes its reports.
"""
from __future__ import annotations

import ctypes
import gc
import os
import sys
from dataclasses import replace
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Set, Tuple

import torch

from . import checkpoint, memory
from .exchange import Exchange
from .frame import ACTIVATION, GRADIENT, PARAMETER
from .known_module import check_optimizer, check_version, state_per_parameter
from .placing import Placing, placing
from .program import Program, trace
from .schedule import Share, shared_state, shares
from .step import Runner
from .user_module import Batches, ModuleFault, UserModule, guarded, load_user_module, make_module

"""The first, and the one after: what an optimizer keeps is there from the second on."""
MEASURED_STEPS = 2

Report = Callable[[Mapping[str, Any]], None]


class TooSmall(Exception):
    """The device cannot hold its nodes."""

    def __init__(self, need: int, limit: int, message: str) -> None:
        super().__init__(f"they need {_bytes(need)}, and it has {_bytes(limit)} ({message})")


class Device:
    """:param report: takes reports, also from other threads. :param breach: told what another device sent that the plan does not have."""

    def __init__(self, setup: Mapping[str, Any], report: Report, breach: Callable[[str], None], alive: Callable[[int], None]) -> None:
        self._setup = setup
        self._report = report
        self._mine = int(setup["device"])
        self._where = device_for(self._mine, len(setup["plan"]["devices"]))
        user = load_user_module(setup["module"], os.getcwd())
        batches = Batches(user, int(setup["batchSize"]))
        model, first = make_module(user), batches.at(0)
        profile = setup.get("profile")
        program = trace(model, user.loss, first, profile and (lambda exported: check_version(profile, model, user.loss, first, exported)))
        del model, first
        self._placing = placing(program, setup["plan"]["nodes"])
        found = shares(self._placing.order, self._placing.device_of, len(setup["plan"]["devices"]))
        self._share = found[self._mine]
        shared = shared_state(found)
        self._kept = _kept_once(program, self._share, shared, self._mine)
        state = {name: _moved(program.state[name], self._where) for name in self._share.state}
        program = replace(program, state=state)
        _give_back()
        self._state = state
        optimizer = self._optimizer(user)
        if setup.get("optimizer") is not None:
            check_optimizer(setup["optimizer"], optimizer)
        self._check_room(program, optimizer)
        self._loss_node = self._placing.node_of[program.loss]
        names = [*(call.name for call in program.calls), *program.inputs, *sorted(shared)]
        index_of = {name: i for i, name in enumerate(names)}
        self._exchange = Exchange(
            self._mine,
            setup["token"],
            _expected(self._share, shared, index_of, self._mine),
            breach,
            (lambda tensor: tensor) if self._where.type == "cpu" else (lambda tensor: tensor.to(self._where)),
        )
        inputs = _own_inputs(program, self._placing, self._share)
        self._runner = Runner(
            program=program,
            share=self._share,
            state=state,
            index_of=index_of,
            shared=shared,
            optimizer=optimizer,
            inputs=inputs,
            batches=batches if inputs else None,
            loss=user.loss,
            transport=self._exchange,
            where=self._where,
            seed=user.seed,
            alive=alive,
        )
        if setup.get("resume") is not None:
            self._restore(setup["resume"])
        self._measured = 0
        report({"type": "listening", "port": self._exchange.listen(setup["host"])})

    def connect(self, addresses: Sequence[Mapping[str, Any]]) -> None:
        others = {*self._share.receives.values(), *(d for to in self._share.sends.values() for d in to)}
        others |= {d for name in self._share.state for d in self._runner.sharers(name)} - {self._mine}
        self._exchange.dial(addresses, sorted(others))
        if self._setup.get("memory") is not None:
            memory.keep_within(int(self._setup["memory"]), memory.bytes_of(self._state.values()), self._where)
        self._report({"type": "connected"})

    def step(self, step: int) -> None:
        sent = self._exchange.bytes_sent
        peak: Optional[int] = None
        if self._measured == MEASURED_STEPS:
            done = self._runner.run(step)
        else:
            held = memory.bytes_of([*self._state.values(), *_tensors_of(self._runner.optimizer)])
            with memory.peak_memory(self._where) as beyond:
                done = self._runner.run(step)
            peak = held + beyond()
            self._measured += 1
            self._check_peak(peak, step)
        losses = [] if done.loss is None else [{"node": self._loss_node, "loss": _written(done.loss), "correct": 0, "count": 0}]
        self._report(
            {
                "type": "done",
                "step": step,
                "losses": losses,
                "busyUs": done.busy_us,
                "forwardEndUs": done.forward_end_us,
                "endUs": done.end_us,
                "bytesSent": self._exchange.bytes_sent - sent,
                **({} if peak is None else {"peakBytes": peak}),
            }
        )

    def checkpoint(self, step: int, path: str) -> None:
        tensors: Dict[str, torch.Tensor] = {name: self._state[name] for name in self._kept}
        for name in self._kept:
            for key, value in _optimizer_state(self._runner.optimizer, self._state[name]).items():
                tensors[f"optimizer/{name}/{key}"] = value
        checkpoint.write(path, tensors)
        self._report({"type": "checkpointed", "step": step})

    def _optimizer(self, user: UserModule) -> Optional[torch.optim.Optimizer]:
        trained = [p for p in self._state.values() if p.requires_grad]
        if not trained:
            return None
        rate = float(self._setup["learningRate"])
        if user.optimizer is None:
            return torch.optim.SGD(trained, lr=rate)
        made = guarded("its optimizer could not be made", user.optimizer, trained, rate)
        if not isinstance(made, torch.optim.Optimizer):
            raise ModuleFault("`optimizer` returned no torch.optim.Optimizer")
        return made

    def _check_room(self, program: Program, optimizer: Optional[torch.optim.Optimizer]) -> None:
        """Before anything runs: what this device certainly holds at the end of its forward run. :raises TooSmall:"""
        if self._setup.get("memory") is None:
            return
        limit = int(self._setup["memory"])
        trained = [p for p in self._state.values() if p.requires_grad]
        parameters = memory.bytes_of(self._state.values())
        kept = memory.bytes_of(trained) * (1 + _state_per_parameter(optimizer))
        size = {call.name: call.value_bytes for call in program.calls if call.step.differentiable}
        crossing = {*self._share.receives, *(v for segment in self._share.segments for v in segment.outputs)}
        values = sum(size.get(name, 0) for name in crossing)
        need = parameters + kept + values
        if need > limit:
            raise TooSmall(need, limit, f"before the first step: {_bytes(parameters)} of parameters, {_bytes(kept)} of gradients and optimizer, {_bytes(values)} of values that cross")

    def _check_peak(self, peak: int, step: int) -> None:
        limit = self._setup.get("memory")
        if limit is not None and peak > int(limit):
            raise TooSmall(peak, int(limit), f"that is what step {step + 1} took")

    def _restore(self, folder: str) -> None:
        saved = checkpoint.Checkpoint(folder)
        for name in self._share.state:
            if not saved.has(name):
                continue
            value, mine = saved.read(name), self._state[name]
            if value.shape != mine.shape or value.dtype != mine.dtype:
                raise ModuleFault(f"the checkpoint has {name} as {list(value.shape)}, and the module makes it {list(mine.shape)}")
            with torch.no_grad():
                mine.copy_(value)
            prefix = f"optimizer/{name}/"
            kept = {key[len(prefix) :]: saved.read(key) for key in saved.names() if key.startswith(prefix)}
            if kept and self._runner.optimizer is not None:
                self._runner.optimizer.state[mine].update({key: value.to(_place_of(key, self._where)) for key, value in kept.items()})
        missing = [name for name in self._kept if not saved.has(name)]
        if missing:
            raise ModuleFault(f"the checkpoint has no {missing[0]}")


def device_for(index: int, devices: int) -> torch.device:
    """A GPU each where there are enough of them; else this process stands for one."""
    if torch.cuda.is_available() and torch.cuda.device_count() >= devices:
        return torch.device("cuda", index)
    return torch.device("cpu")


def threads_for(devices: int) -> int:
    """Processes that stand for devices share the machine's cores evenly, so that each computes as fast beside the others as alone."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // devices)


def _own_inputs(program: Program, placed: Placing, share: Share) -> Set[str]:
    held = {name for segment in share.segments for name in segment.calls}
    planned = placed.planned_inputs & held
    read = {name for call in program.calls if call.name in held for name in call.batch_inputs}
    return planned | (read - placed.planned_inputs)


def _kept_once(program: Program, share: Share, shared: Mapping[str, Sequence[int]], mine: int) -> List[str]:
    """What this device writes to checkpoints: of parameters that several hold, the first. :raises ModuleFault:"""
    held = set(share.state)
    for name in program.kept:
        if name in held and name in shared and not isinstance(program.state[name], torch.nn.Parameter):
            raise ModuleFault(f"the buffer {name} is changed on one device and read on another: pin what uses it to one device")
    return [name for name in program.kept if name in held and shared.get(name, [mine])[0] == mine]


def _expected(share: Share, shared: Mapping[str, Sequence[int]], index_of: Mapping[str, int], mine: int) -> Dict[int, Set[Tuple[int, int]]]:
    expected: Dict[int, Set[Tuple[int, int]]] = {}
    for value, source in share.receives.items():
        expected.setdefault(source, set()).add((ACTIVATION, index_of[value]))
    for value, readers in share.sends.items():
        for reader in readers:
            expected.setdefault(reader, set()).add((GRADIENT, index_of[value]))
    for name, devices in shared.items():
        for device in devices:
            if mine in devices and device != mine:
                expected.setdefault(device, set()).add((PARAMETER, index_of[name]))
    return expected


def _moved(tensor: torch.Tensor, where: torch.device) -> torch.Tensor:
    if tensor.device == where:
        return tensor
    moved = tensor.detach().to(where)
    return torch.nn.Parameter(moved, tensor.requires_grad) if isinstance(tensor, torch.nn.Parameter) else moved


def _optimizer_state(optimizer: Optional[torch.optim.Optimizer], parameter: torch.Tensor) -> Dict[str, torch.Tensor]:
    state = {} if optimizer is None else optimizer.state.get(parameter, {})
    return {key: value for key, value in state.items() if isinstance(value, torch.Tensor)}


def _tensors_of(optimizer: Optional[torch.optim.Optimizer]) -> List[torch.Tensor]:
    return [] if optimizer is None else [t for state in optimizer.state.values() for t in state.values() if isinstance(t, torch.Tensor)]


def _state_per_parameter(optimizer: Optional[torch.optim.Optimizer]) -> int:
    return 0 if optimizer is None else state_per_parameter(optimizer) or 0


def _place_of(key: str, where: torch.device) -> torch.device:
    """Optimizers count their steps on the CPU."""
    return torch.device("cpu") if key == "step" else where


def _give_back() -> None:
    """What other devices' nodes hold goes back to the system: a device has its own parameters alone."""
    gc.collect()
    if sys.platform.startswith("linux"):
        try:
            ctypes.CDLL("libc.so.6").malloc_trim(0)
        except OSError:
            pass  # another libc, which gives back by itself


def _written(loss: float) -> str:
    return "NaN" if loss != loss else ("Infinity" if loss > 0 else "-Infinity") if loss in (float("inf"), float("-inf")) else repr(loss)


def _bytes(count: int) -> str:
    return f"{count / 2**20:.1f} MiB" if count >= 2**20 else f"{count / 2**10:.1f} KiB"
