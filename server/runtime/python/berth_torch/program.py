"""The user's module as a list of calls that can be run one by one, on whichever device each is placed."""
from __future__ import annotations

import inspect
import operator
import zlib
from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import torch
from torch import fx, nn
from torch.utils import _pytree as pytree

from .schedule import Step
from .user_module import ModuleFault, TrainingStep, call_of, describe

"""They say what tracing took for granted, of the device too; a placement changes just that."""
ASSERTIONS = ("aten._assert", "aten.sym_constrain", "aten._assert_tensor_metadata")
"""Ops that draw random numbers and bear no tag that says so, since they are made of others."""
RANDOM = ("aten.dropout", "aten.dropout_", "aten.feature_dropout", "aten.alpha_dropout", "aten.scaled_dot_product_attention", "aten.rrelu")


@dataclass(frozen=True)
class Call:
    """One op. `args` and `kwargs` hold fx nodes where values, inputs or state come in."""

    name: str
    index: int
    target: Callable[..., Any]
    args: Tuple[Any, ...]
    kwargs: Dict[str, Any]
    """The same without writing into its first argument; None where it does not."""
    functional: Optional[Callable[..., Any]]
    """Of the random numbers it draws, with the run's seed and the step; None where it draws none."""
    randomness: Optional[int]
    step: Step
    """Bytes of its value, by what tracing saw."""
    value_bytes: int
    """Of what it reads, what is of the batch."""
    batch_inputs: Tuple[str, ...]
    """Path of the module that it belongs to, with slashes."""
    layer: str
    """True where all that it does is to change a buffer, as batch normalisation counts its batches."""
    is_counter: bool


@dataclass(frozen=True)
class Program:
    calls: Sequence[Call]
    """Names of the placeholders of a batch's tensors, in the order of `pytree`."""
    inputs: Sequence[str]
    """The same as graph files call them."""
    input_names: Sequence[str]
    """Placeholder → name in the module; names that mean one tensor are one."""
    state_names: Mapping[str, str]
    """By name in the module: parameters with their gradient or without, buffers, constants."""
    state: Mapping[str, torch.Tensor]
    """Buffers that calls write into, and parameters: what a checkpoint keeps."""
    kept: Sequence[str]
    """The call whose value is the loss."""
    loss: str
    graph_module: fx.GraphModule
    """Calls of the trace that are not run, since they only say what tracing took for granted."""
    skipped: Sequence[str] = ()


def trace(
    model: nn.Module,
    loss: Optional[Callable[..., torch.Tensor]],
    batch: Any,
    look: Optional[Callable[["torch.export.ExportedProgram"], None]] = None,
) -> Program:
    """
    Exports one training step on a batch of the run's size.

    :param look: is shown what was exported, before it is changed.
    :raises ModuleFault: where the module cannot be exported, or gives no loss.
    """
    whole = model if loss is None else TrainingStep(model, loss)
    args, kwargs = _call_of_batch(loss, batch)
    try:
        exported = torch.export.export(whole.train(), args, kwargs, strict=False)
    except ModuleFault:
        raise
    except Exception as error:
        raise ModuleFault(f"it cannot be exported: {describe(error)[:2000]}") from error
    if look is not None:
        look(exported)
    program = program_of(exported, whole)
    if loss is None:
        return program
    return replace(program, input_names=_names_in_module(model, batch[0], program.inputs))


def program_of(exported: "torch.export.ExportedProgram", whole: nn.Module) -> Program:
    graph = exported.graph
    state_names, state = _state(exported, whole)
    loss = _loss_of(exported)
    _one_reader_after_writing(graph, set(state_names))
    calls: List[Call] = []
    written = set()
    for node in graph.nodes:
        if node.op != "call_function" or str(node.target).startswith(ASSERTIONS):
            continue
        writes = _writes_into(node)
        if writes is not None and writes.name in state_names:
            written.add(state_names[writes.name])
        calls.append(_call(node, len(calls), state_names, writes, isinstance(whole, TrainingStep)))
    parameters = [name for name, value in state.items() if isinstance(value, nn.Parameter)]
    inputs = [node.name for node in graph.nodes if node.op == "placeholder" and node.name not in state_names]
    return Program(
        calls=calls,
        inputs=inputs,
        input_names=inputs,
        state_names=state_names,
        state=state,
        kept=[*parameters, *sorted(written)],
        loss=loss,
        graph_module=exported.graph_module,
        skipped=[n.name for n in graph.nodes if n.op == "call_function" and str(n.target).startswith(ASSERTIONS)],
    )


def _call_of_batch(loss: Optional[Callable[..., torch.Tensor]], batch: Any) -> Tuple[Tuple[Any, ...], Dict[str, Any]]:
    if loss is None:
        return call_of(batch)
    if not isinstance(batch, (tuple, list)) or len(batch) != 2:
        raise ModuleFault("with a `loss(output, target)`, each batch is a pair: what the module is given, and the target")
    return (batch[0], batch[1]), {}


def _names_in_module(model: nn.Module, given: Any, exported: Sequence[str]) -> Sequence[str]:
    """The names that the inputs have where the module is traced without its loss; what follows them is the target's."""
    args, kwargs = call_of(given)
    names = [*list(inspect.signature(model.forward).parameters)[: len(args)], *kwargs]
    plain = all(isinstance(value, torch.Tensor) for value in (*args, *kwargs.values()))
    return [*names, *exported[len(names) :]] if plain and len(names) <= len(exported) else exported


def inputs_of(program: Program, loss: Optional[Callable[..., torch.Tensor]], batch: Any) -> Dict[str, Any]:
    """What a batch holds, by placeholder. :raises ModuleFault: where it is none of the kind that was traced."""
    args, kwargs = _call_of_batch(loss, batch)
    leaves = pytree.tree_leaves((args, kwargs))
    if len(leaves) != len(program.inputs):
        raise ModuleFault(f"a batch has {len(leaves)} parts, and the first had {len(program.inputs)}")
    named = dict(zip(program.inputs, leaves))
    named.update({key: value for key, value in kwargs.items() if key in named})  # tracing may order them as `forward` does
    return named


def arguments(value: Any, look_up: Callable[[fx.Node], Any]) -> Any:
    return fx.node.map_arg(value, look_up)


def _state(exported: "torch.export.ExportedProgram", step: nn.Module) -> Tuple[Dict[str, str], Dict[str, torch.Tensor]]:
    """Tied parameters come under several names; the first in the module's order is theirs."""
    prefix = "model." if isinstance(step, TrainingStep) else ""
    known: Dict[int, str] = {}
    for name, value in [*step.named_parameters(remove_duplicate=False), *step.named_buffers(remove_duplicate=False)]:
        known.setdefault(id(value), name.removeprefix(prefix))
    state_names: Dict[str, str] = {}
    state: Dict[str, torch.Tensor] = {}
    for spec in exported.graph_signature.input_specs:
        if spec.target is None or spec.kind.name == "USER_INPUT":
            continue
        value = _attribute(step, spec.target)
        if value is None:
            value = exported.state_dict.get(spec.target)
        if value is None:
            value = exported.constants[spec.target]
        name = known.get(id(value), spec.target.removeprefix(prefix))
        state_names[spec.arg.name] = name
        state[name] = value
    return state_names, state


def _attribute(module: Any, path: str) -> Any:
    for part in path.split("."):
        module = getattr(module, part, None)
    return module


def _loss_of(exported: "torch.export.ExportedProgram") -> str:
    """The one number among what the module returns: all of it, or its first part, as of those that return loss and logits."""
    output = next(node for node in exported.graph.nodes if node.op == "output")
    kept = {spec.arg.name for spec in exported.graph_signature.output_specs if spec.kind.name in ("USER_OUTPUT", "LOSS_OUTPUT") and hasattr(spec.arg, "name")}
    for node in pytree.tree_leaves(output.args):
        if isinstance(node, fx.Node) and node.name in kept:
            value = node.meta.get("val")
            if node.op == "call_function" and isinstance(value, torch.Tensor) and value.dim() == 0 and value.is_floating_point():
                return node.name
            break
    raise ModuleFault(
        "its forward returns no loss: return one number, or something whose first part is that, or add a function `loss(output, target)` to the file"
    )


def _writes_into(node: fx.Node) -> Optional[fx.Node]:
    """The argument that an op changes in place."""
    schema = getattr(node.target, "_schema", None)
    if schema is None:
        return None
    for position, argument in enumerate(schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            given = node.args[position] if position < len(node.args) else node.kwargs.get(argument.name)
            if isinstance(given, fx.Node) and position == 0:
                return given
    return None


def _is_view(node: fx.Node) -> bool:
    schema = getattr(node.target, "_schema", None)
    return schema is not None and any(r.alias_info is not None and not r.alias_info.is_write for r in schema.returns)


def _one_reader_after_writing(graph: fx.Graph, state: "set[str]") -> None:
    """
    Whoever reads a value after it was changed in place reads the changed one by its own name from here on, so that the change can be made
    on a copy wherever the value is also somewhere else.

    :raises ModuleFault: where a view is written into and what it views is read later: no copy could stand for that.
    """
    position = {node: i for i, node in enumerate(graph.nodes)}
    for node in list(graph.nodes):
        target = _writes_into(node) if node.op == "call_function" else None
        if target is None or target.name in state:
            continue
        base = target
        while base.op == "call_function" and _is_view(base) and isinstance(base.args[0], fx.Node):
            base = base.args[0]
            if any(position[user] > position[node] for user in base.users):
                raise ModuleFault(f"the op {node.name} writes into a part of {base.name}, which is read later: write it without", node.name)
        if base.op == "placeholder" and base.name not in state and base is not target:
            raise ModuleFault(f"the op {node.name} writes into the batch: write it without", node.name)
        target.replace_all_uses_with(node, delete_user_cb=lambda user: position[user] > position[node])


def _call(node: fx.Node, index: int, state_names: Mapping[str, str], writes: Optional[fx.Node], wrapped: bool) -> Call:
    into_value = writes is not None and writes.name not in state_names
    inputs = tuple(dict.fromkeys(n.name for n in node.all_input_nodes if n.op == "call_function" or _is_batch(n, state_names)))
    state = tuple(dict.fromkeys(state_names[n.name] for n in node.all_input_nodes if n.name in state_names))
    value = node.meta.get("val")
    tensors = [t for t in pytree.tree_leaves(value) if isinstance(t, torch.Tensor)]
    differentiable = any(t.is_floating_point() or t.is_complex() for t in tensors)
    drawing = str(node.target).startswith(RANDOM) or torch.Tag.nondeterministic_seeded in getattr(node.target, "tags", ())
    return Call(
        name=node.name,
        index=index,
        target=node.target,
        args=node.args,
        kwargs=node.kwargs,
        functional=_functional(node) if into_value else None,
        randomness=zlib.crc32(node.name.encode()) if drawing else None,
        step=Step(node.name, inputs, state, differentiable),
        value_bytes=sum(t.numel() * t.element_size() for t in tensors),
        batch_inputs=tuple(dict.fromkeys(n.name for n in node.all_input_nodes if _is_batch(n, state_names))),
        layer=_layer(node).removeprefix("model/" if wrapped else ""),
        is_counter=writes is not None and not into_value and not inputs and not node.users,
    )


def _layer(node: fx.Node) -> str:
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    # a module that is called a second time is called x@1
    return stack[-1][0].split("@")[0].replace(".", "/") if stack else ""


def _is_batch(node: fx.Node, state_names: Mapping[str, str]) -> bool:
    return node.op == "placeholder" and node.name not in state_names


def _functional(node: fx.Node) -> Callable[..., Any]:
    """The op that gives what this one writes. :raises ModuleFault: where there is none."""
    namespace, _, rest = str(node.target).partition(".")
    name, _, overload = rest.partition(".")
    packet = getattr(getattr(torch.ops, namespace), name.rstrip("_"), None)
    found = getattr(packet, overload, None) if packet is not None else None
    if found is None or not name.endswith("_"):
        raise ModuleFault(f"the op {node.name} ({node.target}) writes into its argument, and there is no other that does not", node.name)
    return found


def is_part_of(call: Call) -> bool:
    """Whether it takes one of several values that a call gave together: nothing to run, and never apart from it."""
    return call.target is operator.getitem
