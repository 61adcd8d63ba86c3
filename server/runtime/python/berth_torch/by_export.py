"""Traces by `torch.export`: the operations that PyTorch runs, with shapes, without running anything."""

import torch

from .stored import stored_tensors
from .tensors import shape_of, storage_of, tensors_in
from .traced_graph import Input, Node, Stored


class NotHere(Exception):
    """This PyTorch has no such way."""


def trace_by_export(module, args, kwargs):
    """Returns keyword arguments of TracedGraph. Raises whatever `torch.export` raises, or NotHere."""
    try:
        from torch.export import export
    except ImportError as error:
        raise NotHere(f"PyTorch {torch.__version__} has no torch.export") from error
    program = export(module, args, kwargs, strict=False)
    return read_program(program, module)


def read_program(program, module):
    """The same of what `torch.export.export` gave of a module."""
    signature = program.graph_signature
    specs = {spec.arg.name: spec for spec in signature.input_specs}
    stored, values = stored_tensors(module)
    by_storage = {id(tensor): name for name, tensor in reversed(list(values.items()))}
    inputs, nodes, bindings, constants = [], [], {}, {}
    known = set()
    home = {}  # storage → the name of what was there first
    position = 0
    for node in program.graph.nodes:
        if node.op == "placeholder":
            spec = specs[node.name]
            kind = spec.kind.name
            value = node.meta.get("val")
            if kind == "USER_INPUT":
                if not isinstance(value, torch.Tensor):
                    bindings[node.name] = ("value", getattr(spec.arg, "value", None))
                    continue
                bindings[node.name] = ("input", position)
                inputs.append(Input(node.name, position, shape_of(value)))
                position += 1
                known.add(node.name)
                home[storage_of(value)] = node.name
                continue
            target = spec.target
            if kind in ("PARAMETER", "BUFFER") and target in values:
                target = by_storage[id(values[target])]  # the first name of a tied one
                bindings[node.name] = (stored[target].kind, target)
            else:
                held = program.constants.get(target, program.state_dict.get(target))
                constants[target] = held
                bindings[node.name] = ("constant", target)
                if isinstance(held, torch.Tensor):
                    stored[target] = Stored(target, "constant", shape_of(held), False, storage_of(held))
            if isinstance(value, torch.Tensor):
                home[storage_of(value)] = target
        elif node.op == "get_attr":
            bindings[node.name] = ("attribute", node.target)
        elif node.op != "output":
            nodes.append(_node(node, bindings, known, home))
            known.add(node.name)
    outputs = tuple(
        spec.arg.name for spec in signature.output_specs if spec.kind.name in ("USER_OUTPUT", "LOSS_OUTPUT") and getattr(spec.arg, "name", None) in known
    )
    return {
        "inputs": tuple(inputs),
        "nodes": tuple(nodes),
        "outputs": outputs,
        "stored": stored,
        "graph_module": program.graph_module,
        "bindings": bindings,
        "constants": constants,
    }


def _node(node, bindings, known, home):
    tensors = tensors_in(node.meta.get("val"))
    layer, module_class = _layer(node)
    alias = None
    for tensor in tensors:
        first = home.setdefault(storage_of(tensor), node.name)
        if tensor is tensors[0] and first != node.name:
            alias = first
    read = [name for name in _read_names(node) if name in known]
    held = [bindings[name] for name in _read_names(node) if name in bindings]
    return Node(
        name=node.name,
        op=str(node.target).replace("torch.ops.", ""),
        layer=layer,
        module_class=module_class,
        inputs=tuple(read),
        parameters=_once(name for kind, name in held if kind == "parameter"),
        buffers=_once(name for kind, name in held if kind in ("buffer", "constant")),
        outputs=tuple(shape_of(tensor) for tensor in tensors),
        alias_of=alias,
        call=node,
    )


def _read_names(node):
    return [each.name for each in node.all_input_nodes]


def _once(names):
    return tuple(dict.fromkeys(names))


def _layer(node):
    """Path and class of the innermost module in which the operation was called."""
    stack = node.meta.get("nn_module_stack") or {}
    if not stack:
        return "", ""
    path, kind = list(stack.values())[-1]
    name = kind if isinstance(kind, str) else kind.__qualname__
    # a module that is called a second time is called x@1
    return path.split("@")[0].replace(".", "/"), name.rsplit(".", 1)[-1]
