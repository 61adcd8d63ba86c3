"""One training step as one device sees it: its segments forward in the planned order, then backward in reverse, then the update of its parameters.

Values go out the moment they are produced, once to each device that reads them; a device waits only where it reads what has not come yet.
Where a value leaves a segment the autograd graph is cut: the readers' gradients are summed at the producer, and only then does its backward run
begin. So gradients are computed where the forward ran, and each crosses once per reading device.
"""
from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional, Protocol, Sequence, Tuple

import torch
from torch import fx

from .frame import ACTIVATION, GRADIENT, PARAMETER
from .memory import is_out_of_memory
from .program import Call, Program, arguments, inputs_of
from .schedule import Segment, Share
from .user_module import Batches, ModuleFault, describe


class Transport(Protocol):
    """How tensors come from and go to other devices."""

    bytes_sent: int

    def send(self, destination: int, kind: int, step: int, index: int, tensor: Optional[torch.Tensor], with_gradient: bool = False) -> None: ...

    def take(self, source: int, kind: int, step: int, index: int) -> Tuple[Optional[torch.Tensor], bool]: ...


@dataclass(frozen=True)
class StepReport:
    """Null on a device that does not compute the loss."""

    loss: Optional[float]
    """Microseconds of computing, without waiting for others."""
    busy_us: int
    """On the machine's monotonic clock, microseconds."""
    forward_end_us: int
    end_us: int


def monotonic_us() -> int:
    return time.monotonic_ns() // 1000


class Runner:
    """:param state: the tensors of `share.state`, on this device. :param index_of: value → its number in frames; all devices have the same.
    :param inputs: of the batch, those that this device has by itself.
    :param shared: parameters that other devices hold too → all their devices. :param alive: called between calls."""

    def __init__(
        self,
        program: Program,
        share: Share,
        state: Mapping[str, torch.Tensor],
        index_of: Mapping[str, int],
        shared: Mapping[str, Sequence[int]],
        optimizer: Optional[torch.optim.Optimizer],
        inputs: "set[str]",
        batches: Optional[Batches],
        loss: Optional[Callable[..., torch.Tensor]],
        transport: Transport,
        where: torch.device,
        seed: int,
        alive: Callable[[int], None],
    ) -> None:
        self._program = program
        self._share = share
        self._state = state
        self._index_of = index_of
        self._shared = shared
        self.optimizer = optimizer
        self._own_inputs = inputs
        self._batches = batches
        self._loss = loss
        self._transport = transport
        self._where = where
        self._seed = seed
        self._alive = alive
        self._calls: Dict[str, Call] = {call.name: call for call in program.calls}
        self._first_segment: Dict[str, Segment] = {}
        for segment in share.segments:
            for value in segment.inputs:
                self._first_segment.setdefault(value, segment)
        self._waited_us = 0

    def sharers(self, name: str) -> Sequence[int]:
        """The devices that hold a parameter, where they are several."""
        return self._shared.get(name, ())

    def run(self, step: int) -> StepReport:
        """:raises ModuleFault: where an op or the module's data fails. :raises Lost: where another device is gone."""
        begin = monotonic_us()
        self._waited_us = 0
        once = _OneStep(step, self._inputs(step))
        for segment in self._share.segments:
            self._forward(segment, once)
        self._finish()
        forward_end = monotonic_us()
        for segment in reversed(self._share.segments):
            self._backward(segment, once)
        self._sum_shared(step)
        if self.optimizer is not None:
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
        self._finish()
        end = monotonic_us()
        loss = None if once.loss is None else float(once.loss)
        return StepReport(loss, end - begin - self._waited_us, forward_end, end)

    def _inputs(self, step: int) -> Dict[str, Any]:
        if self._batches is None:
            return {}
        given = inputs_of(self._program, self._loss, self._batches.at(step))
        return {name: self._placed(value) for name, value in given.items() if name in self._own_inputs}

    def _placed(self, value: Any) -> Any:
        return value.to(self._where) if isinstance(value, torch.Tensor) else value

    def _forward(self, segment: Segment, once: "_OneStep") -> None:
        here = set(segment.calls)
        for name in segment.calls:
            value = self._value_of(name, segment, here, once)
            once.values[name] = value
            if name in segment.outputs or name == self._program.loss:
                self._give_out(name, value, once)
            for read in self._reads(name):
                if self._share.last_use.get(read) == name:
                    once.forget(read)
            if self._share.last_use.get(name) == name:
                once.forget(name)
            self._alive(once.step)
        once.values.clear()  # from here on they are read as leaves

    def _reads(self, name: str) -> Sequence[str]:
        call = self._calls.get(name)
        return call.step.inputs if call is not None else ()

    def _value_of(self, name: str, segment: Segment, here: "set[str]", once: "_OneStep") -> Any:
        call = self._calls.get(name)
        if call is None:
            return once.inputs[name]
        for read in call.step.inputs:
            if read not in here and read not in once.inputs and read not in once.leaves:
                self._receive(read, once)

        def look_up(node: fx.Node) -> Any:
            if node.op == "get_attr":
                return getattr(self._program.graph_module, str(node.target))
            if node.name in self._program.state_names:
                return self._state[self._program.state_names[node.name]]
            if node.name in here:
                return once.values[node.name]
            return once.leaves[node.name] if node.name in once.leaves else once.inputs[node.name]

        if call.randomness is not None:
            torch.manual_seed((self._seed * 1_000_003 + once.step) * 1_000_003 + call.randomness & 2**63 - 1)
        target = call.target
        written = call.args[0] if call.functional is not None else None
        if isinstance(written, fx.Node) and (written.name not in here or written.name in segment.outputs):
            target = call.functional
        try:
            return target(*arguments(call.args, look_up), **self._here(arguments(call.kwargs, look_up)))
        except Exception as error:
            if is_out_of_memory(error):
                raise
            raise ModuleFault(f"node {name} failed: {describe(error)}", name) from error

    def _here(self, kwargs: Dict[str, Any]) -> Dict[str, Any]:
        """Tracing wrote down on which device tensors were made; here it is this one."""
        return {key: self._where if isinstance(value, torch.device) else value for key, value in kwargs.items()}

    def _give_out(self, name: str, value: Any, once: "_OneStep") -> None:
        once.outputs[name] = value
        if name == self._program.loss:
            once.loss = value.detach()
        if not isinstance(value, torch.Tensor):
            once.leaves[name] = value
            return
        leaf = value.detach().requires_grad_(value.requires_grad)
        once.leaves[name] = leaf
        for destination in self._share.sends.get(name, ()):
            self._transport.send(destination, ACTIVATION, once.step, self._index_of[name], leaf, value.requires_grad)

    def _receive(self, name: str, once: "_OneStep") -> None:
        tensor, with_gradient = self._take(self._share.receives[name], ACTIVATION, once.step, self._index_of[name])
        once.leaves[name] = tensor.requires_grad_(with_gradient)

    def _take(self, source: int, kind: int, step: int, index: int) -> Tuple[Optional[torch.Tensor], bool]:
        begin = monotonic_us()
        found = self._transport.take(source, kind, step, index)
        self._waited_us += monotonic_us() - begin
        return found

    def _backward(self, segment: Segment, once: "_OneStep") -> None:
        roots: List[torch.Tensor] = []
        gradients: List[torch.Tensor] = []
        outputs = [*segment.outputs]
        if self._program.loss in segment.calls and self._program.loss not in outputs:
            outputs.append(self._program.loss)
        for name in outputs:
            value = once.outputs.pop(name)
            leaf = once.leaves.pop(name, None)
            if not isinstance(value, torch.Tensor) or not value.requires_grad:
                continue
            gradient = self._gradient_of(name, leaf, once)
            if gradient is not None:
                roots.append(value)
                gradients.append(gradient)
            del value, leaf, gradient
        self._alive(once.step)
        if roots:
            try:
                torch.autograd.backward(roots, gradients)
            except Exception as error:
                if is_out_of_memory(error):
                    raise
                raise ModuleFault(f"the backward run of {segment.calls[0]} to {segment.calls[-1]} failed: {describe(error)}", segment.calls[-1]) from error
        del roots, gradients
        for name in segment.inputs:
            source = self._share.receives.get(name)
            if source is None or self._first_segment[name] is not segment:
                continue
            leaf = once.leaves.pop(name, None)
            if leaf is not None and leaf.requires_grad:
                self._transport.send(source, GRADIENT, once.step, self._index_of[name], leaf.grad)

    def _gradient_of(self, name: str, leaf: torch.Tensor, once: "_OneStep") -> Optional[torch.Tensor]:
        """Of all readers: those of other devices in their order, then those of this one."""
        total: Optional[torch.Tensor] = None
        for reader in self._share.sends.get(name, ()):
            gradient, _ = self._take(reader, GRADIENT, once.step, self._index_of[name])
            if gradient is not None:
                total = gradient if total is None else total.add_(gradient)
        if leaf.grad is not None:
            total = leaf.grad if total is None else total.add_(leaf.grad)
        if name == self._program.loss:
            one = torch.ones_like(leaf)
            total = one if total is None else total.add_(one)
        return total

    def _sum_shared(self, step: int) -> None:
        """Every device that holds a parameter learns the gradients of the others, and sums them in the order of devices: all stay equal."""
        mine = self._share.device
        names = [name for name in self._share.state if name in self._shared and self._state[name].requires_grad]
        for name in names:
            for device in self._shared[name]:
                if device != mine:
                    self._transport.send(device, PARAMETER, step, self._index_of[name], self._state[name].grad)
        for name in names:
            own, total = self._state[name].grad, None
            for device in self._shared[name]:
                gradient = own if device == mine else self._take(device, PARAMETER, step, self._index_of[name])[0]
                if gradient is not None:
                    total = gradient.clone() if total is None else total.add_(gradient)
            self._state[name].grad = total

    def _finish(self) -> None:
        if self._where.type == "cuda":
            torch.cuda.synchronize(self._where)


class _OneStep:
    """What is in hand while one step runs."""

    def __init__(self, step: int, inputs: Dict[str, Any]) -> None:
        self.step = step
        self.inputs = inputs
        """Within the segment that runs, with their autograd graph."""
        self.values: Dict[str, Any] = {}
        """Between segments, cut off from it."""
        self.leaves: Dict[str, Any] = {}
        """What the backward runs of segments begin at."""
        self.outputs: Dict[str, Any] = {}
        self.loss: Optional[torch.Tensor] = None

    def forget(self, name: str) -> None:
        """Nobody here reads it again; what takes part in the backward run is in `outputs`, or waits in `leaves` for its gradient."""
        self.values.pop(name, None)
        leaf = self.leaves.get(name)
        if name not in self.outputs and leaf is not None and not (isinstance(leaf, torch.Tensor) and leaf.requires_grad):
            del self.leaves[name]
