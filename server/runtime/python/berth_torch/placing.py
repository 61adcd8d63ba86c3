"""From a plan, which names nodes of the graph file, to an order and a device for every call of the program that the module gives."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Dict, List, Mapping, Sequence, Set, Tuple

from .program import Call, Program, is_part_of
from .schedule import Step


class WrongGraph(Exception):
    """The graph file is not of this module."""


@dataclass(frozen=True)
class Placing:
    order: Sequence[Step]
    device_of: Mapping[str, int]
    """Placeholders of the batch that the plan has as nodes: they are placed and sent. Any other is read wherever it is needed."""
    planned_inputs: Set[str]
    """Call → index in the plan of the node that it belongs to."""
    node_of: Mapping[str, int]


def placing(program: Program, nodes: Sequence[Mapping[str, Any]]) -> Placing:
    """
    :param nodes: of the plan, in the order in which they are to run: `name` and `device`.
    :raises WrongGraph: where the plan has what the module lacks, or lacks what has parameters.
    """
    placeholder = dict(zip(program.input_names, program.inputs))
    planned = {placeholder.get(str(node["name"]), str(node["name"])): i for i, node in enumerate(nodes)}
    calls = {call.name: call for call in program.calls}
    inputs = set(program.inputs) & set(planned)
    unknown = [name for name in planned if name not in calls and name not in inputs]
    if unknown:
        raise WrongGraph(f"the module has no {_some(unknown)}")
    lacking = [call.name for call in program.calls if call.step.state and call.name not in planned and not call.is_counter]
    if lacking:
        raise WrongGraph(f"the graph has no {_some(lacking)}, which hold parameters")

    device_of: Dict[str, int] = {}
    key_of: Dict[str, Tuple[int, int, int]] = {}
    node_of: Dict[str, int] = {}

    def join(name: str, node: int, rank: int, index: int) -> None:
        device_of[name] = int(nodes[node]["device"])
        key_of[name] = (node, rank, index)
        node_of[name] = node

    for name in inputs:
        join(name, planned[name], 1, -1)
    pending: List[str] = []
    for call in program.calls:
        read = [v for v in call.step.inputs if v in key_of]
        if call.name in planned and not is_part_of(call):
            join(call.name, planned[call.name], 1, call.index)
        elif read:
            # What the plan does not name goes where the latest of what it reads is, right after it.
            last = max(read, key=lambda v: key_of[v])
            join(call.name, node_of[last], 0 if key_of[last][1] == 0 else 2, call.index)
            key_of[call.name] = max(key_of[call.name], (*key_of[last][:2], call.index))
        else:
            pending.append(call.name)
    _place_sources(program, pending, device_of, key_of, node_of, nodes)
    steps = {call.name: _step(call, inputs) for call in program.calls}
    steps.update({name: Step(name, (), (), False) for name in inputs})
    order = [steps[name] for name in sorted(key_of, key=lambda n: key_of[n])]
    return Placing(order, device_of, inputs, node_of)


def _place_sources(
    program: Program,
    pending: Sequence[str],
    device_of: Dict[str, int],
    key_of: Dict[str, Tuple[int, int, int]],
    node_of: Dict[str, int],
    nodes: Sequence[Mapping[str, Any]],
) -> None:
    """What reads nothing that is placed runs before all else, where it is first read; a counter, which nobody reads, beside the op of its layer."""
    readers: Dict[str, str] = {}
    for call in program.calls:
        for value in call.step.inputs:
            readers.setdefault(value, call.name)
    layers = {name.rpartition(".")[0]: call.name for call in program.calls if call.name in device_of for name in call.step.state}
    calls = {call.name: call for call in program.calls}
    for name in reversed(pending):
        call = calls[name]
        beside = readers.get(name) or next((layers[s.rpartition(".")[0]] for s in call.step.state if s.rpartition(".")[0] in layers), None)
        node = node_of[beside] if beside in node_of else 0
        device_of[name] = int(nodes[node]["device"])
        node_of[name] = node
        key_of[name] = (-1, 0, call.index)


def _step(call: Call, inputs: Set[str]) -> Step:
    """Inputs of the batch that are not planned are no values that cross."""
    kept = tuple(v for v in call.step.inputs if v in inputs or v not in call.batch_inputs)
    return replace(call.step, inputs=kept, is_part=is_part_of(call))


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return f"node {shown}" if len(names) == 1 else f"nodes {shown}" + (f" and {len(names) - 3} more" if len(names) > 3 else "")
