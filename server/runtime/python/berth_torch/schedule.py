"""What each device does in a step, decided from the placement alone: its calls in order, the segments its backward runs are cut into,
and which values cross to which devices. Pure: nothing here knows PyTorch.

A segment is a run of consecutive calls of one device into which a value with a gradient comes from elsewhere at the first call only, and
from which one leaves after the last call only. So no path leads out of a segment and back into it, and its backward run can be one:
it begins when the gradients of what left have come, and ends with the gradients of what came.
"""
from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Dict, List, Mapping, Sequence, Set, Tuple


@dataclass(frozen=True)
class Step:
    """One call of the program, as the schedule sees it."""

    name: str
    """Names of the calls whose values it reads, each once."""
    inputs: Tuple[str, ...]
    """Parameters, buffers and constants that it reads."""
    state: Tuple[str, ...]
    """False where its value can have no gradient, as of whole numbers."""
    differentiable: bool
    """True where it only takes one of several values that its input gave together, which no cut may part it from."""
    is_part: bool = False


@dataclass
class Segment:
    calls: List[str] = field(default_factory=list)
    """Values of it that other segments or devices read."""
    outputs: List[str] = field(default_factory=list)
    """Values of other segments that it reads."""
    inputs: List[str] = field(default_factory=list)


@dataclass
class Share:
    """What one device does."""

    device: int
    segments: List[Segment]
    """Value → device that sends it, in the order of first use."""
    receives: Dict[str, int]
    """Value → devices that it is sent to once, ascending."""
    sends: Dict[str, List[int]]
    """Value → the call after which nobody on this device reads it any more."""
    last_use: Dict[str, str]
    """State read here, in the order of first use."""
    state: List[str]


class WrongOrder(Exception):
    """The plan runs a call before one whose value it reads."""


def shares(order: Sequence[Step], device_of: Mapping[str, int], devices: int) -> List[Share]:
    """
    :param order: all calls, in the order in which they are planned; each device runs its own in this order.
    :param device_of: call → device.
    :raises WrongOrder: where that order is none.
    """
    seen: Set[str] = set()
    by_name = {step.name: step for step in order}
    consumers: Dict[str, List[int]] = defaultdict(list)
    for step in order:
        for value in step.inputs:
            if value not in seen:
                raise WrongOrder(f"the plan runs {step.name} before its input {value}")
            consumers[value].append(device_of[step.name])
        seen.add(step.name)
    sends = {
        step.name: sorted({d for d in consumers[step.name] if d != device_of[step.name]})
        for step in order
        if any(d != device_of[step.name] for d in consumers[step.name])
    }
    found = []
    for device in range(devices):
        held = [step for step in order if device_of[step.name] == device]
        found.append(_share(device, held, by_name, device_of, sends))
    return found


def _share(
    device: int,
    held: Sequence[Step],
    by_name: Mapping[str, Step],
    device_of: Mapping[str, int],
    sends: Mapping[str, List[int]],
) -> Share:
    receives: Dict[str, int] = {}
    segments: List[Segment] = []
    segment_of: Dict[str, int] = {}
    last_use: Dict[str, str] = {}
    state: Dict[str, None] = {}
    cut = True  # before the first
    for step in held:
        fresh = [v for v in step.inputs if device_of[v] != device and v not in receives]
        for value in fresh:
            receives[value] = device_of[value]
        if (cut and not step.is_part) or any(by_name[v].differentiable for v in fresh):
            segments.append(Segment())
            cut = False
        here = len(segments) - 1
        segments[here].calls.append(step.name)
        segment_of[step.name] = here
        last_use[step.name] = step.name
        for value in step.inputs:
            last_use[value] = step.name
            if segment_of.get(value) != here and value not in segments[here].inputs:
                segments[here].inputs.append(value)
                if value in segment_of:
                    producer = segments[segment_of[value]]
                    if value not in producer.outputs:
                        producer.outputs.append(value)
        for name in step.state:
            state.setdefault(name)
        if step.name in sends and step.name not in segments[here].outputs:
            segments[here].outputs.append(step.name)
        cut = cut or (step.name in sends and step.differentiable)
    return Share(
        device=device,
        segments=segments,
        receives=receives,
        sends={v: to for v, to in sends.items() if device_of[v] == device},
        last_use=last_use,
        state=list(state),
    )


def shared_state(found: Sequence[Share]) -> Dict[str, List[int]]:
    """State that more than one device reads → those devices, ascending."""
    readers: Dict[str, List[int]] = defaultdict(list)
    for share in found:
        for name in share.state:
            readers[name].append(share.device)
    return {name: devices for name, devices in readers.items() if len(devices) > 1}
