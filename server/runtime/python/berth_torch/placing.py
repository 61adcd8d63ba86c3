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
    calls = {call.name: call for call in program.calls}
    planned = _planned(program, calls, nodes)
    inputs = set(program.inputs) & set(planned)
    lacking = [call.name for call in program.calls if call.step.state and call.name not in planned and not call.is_counter]
    if lacking:
        raise WrongGraph(f"the graph has no {_some(lacking)}, which hold parameters")

    device_of: Dict[str, int] = {}
    key_of: Dict[str, Tuple[int, int]] = {}
    node_of: Dict[str, int] = {}

    def join(name: str, node: int, index: int) -> None:
        device_of[name] = int(nodes[node]["device"])
        key_of[name] = (node, index)
        node_of[name] = node

    for name in inputs:
        join(name, planned[name], -1)
    pending: List[str] = []
    for call in program.calls:
        read = [v for v in call.step.inputs if v in key_of]
        if call.name in planned and not is_part_of(call):
            join(call.name, planned[call.name], call.index)
        elif read:
            # What the plan does not name goes where the latest of what it reads is, right after it.
            last = max(read, key=lambda v: key_of[v])
            join(call.name, node_of[last], call.index)
        else:
            pending.append(call.name)
    _place_sources(program, pending, device_of, key_of, node_of, nodes)
    steps = {call.name: _step(call, inputs) for call in program.calls}
    steps.update({name: Step(name, (), (), False) for name in inputs})
    order = [steps[name] for name in sorted(key_of, key=lambda n: key_of[n])]
    return Placing(order, device_of, inputs, node_of)


def _planned(program: Program, calls: Mapping[str, Call], nodes: Sequence[Mapping[str, Any]]) -> Dict[str, int]:
    """
    Calls and inputs → index of the node that they belong to. A node is the call of its name, or, as a graph file of `berth profile` says, the
    `steps` of its op; by module it may be the one call of a layer.

    :raises WrongGraph: where the program has no such call, or another one by its name.
    """
    placeholder = dict(zip(program.input_names, program.inputs))
    skipped = program.skipped
    planned: Dict[str, int] = {}
    unknown: List[str] = []
    for i, node in enumerate(nodes):
        name, op = str(node["name"]), node.get("op") or {}
        steps = [placeholder.get(step, step) for step in op.get("steps") or [name]]
        if "steps" not in op and steps[0] not in calls and steps[0] not in program.inputs:
            steps = [call.name for call in calls.values() if _is_alone_in(call, name, op) and call.name not in planned][:1] or steps
        missing = [step for step in steps if step not in calls and step not in program.inputs and step not in skipped]
        unknown += missing
        kinds = {str(calls[step].target) for step in steps if step in calls}
        kind = op.get("type")
        if not missing and isinstance(kind, str) and kind.startswith("aten.") and kinds and kind not in kinds:
            raise WrongGraph(f"{name} is {kind} in the graph, and {', '.join(sorted(kinds))} in the module")
        planned.update({step: i for step in steps if step not in skipped})
    if unknown:
        raise WrongGraph(f"the module has no {_some(unknown)}")
    return planned


def _is_alone_in(call: Call, name: str, op: Mapping[str, Any]) -> bool:
    return call.layer == name.partition("#")[0] and str(call.target) == op.get("type")


def _place_sources(
    program: Program,
    pending: Sequence[str],
    device_of: Dict[str, int],
    key_of: Dict[str, Tuple[int, int]],
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
        key_of[name] = (-1, call.index)


def _step(call: Call, inputs: Set[str]) -> Step:
    """Inputs of the batch that are not planned are no values that cross."""
    kept = tuple(v for v in call.step.inputs if v in inputs or v not in call.batch_inputs)
    return replace(call.step, inputs=kept, is_part=is_part_of(call))


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return f"node {shown}" if len(names) == 1 else f"nodes {shown}" + (f" and {len(names) - 3} more" if len(names) > 3 else "")
