"""What a PyTorch module runs: its steps in order, what each reads, and what tensors it makes.

    from berth_torch.load import load
    from berth_torch.trace import trace

    loaded = load("models/net.py:Net", batch=["8x3x224x224"])
    graph = trace(loaded.module, loaded.args, loaded.kwargs)
    for node in graph.nodes:          # in execution order
        node.name, node.op, node.layer, node.inputs, node.parameters, node.outputs
    graph.fingerprint                 # of the module's structure, the arguments' shapes and the steps

Returned is a `TracedGraph` (`traced_graph.py` says what each field means). Names of nodes are those of the exported program (`conv2d_3`), of fx (`layer1_0_conv1`)
or of modules (`layer1_0_conv1`, functions between them by their own names); `layer` is the module's path with slashes. A parameter that two names mean stands at nodes
under the first of them; `ties` has them all. With `way` "export" or "fx" a node can be run: `bound_values(graph, args)` gives the values of what is no node, and
`run_node(graph, node, values)` computes one node from the values of those before it.

Nothing is changed by tracing: weights and buffers are afterwards what they were. On the meta device no weights are needed.
"""

import hashlib

import torch

from .by_export import NotHere, read_program, trace_by_export
from .by_fx import trace_by_fx
from .by_hooks import trace_by_hooks
from .failure import Failure, reason
from .stored import keep_whole_of, structure_of, ties_of
from .traced_graph import TracedGraph

WAYS = {"export": trace_by_export, "fx": trace_by_fx, "hooks": trace_by_hooks}


def trace(module, args=(), kwargs=None, ways=tuple(WAYS)):
    """Traces a module by the first way that works.

    module: `torch.nn.Module`; its mode (training or not) is part of what is traced.
    args, kwargs: example arguments of `forward`; their shapes are part of what is traced.
    ways: names of WAYS, in the order in which they are tried.

    Raises Failure BERTH3145 where none works, with the reason of each.
    """
    kwargs = dict(kwargs or {})
    failures = {}
    for way in ways:
        try:
            parts = WAYS[way](module, tuple(args), kwargs)
        except NotHere as error:
            failures[way] = str(error)
        except Exception as error:  # noqa: BLE001: modules raise whatever they like
            failures[way] = reason(error)
        else:
            parts.pop("result", None)
            return _graph_of(module, way, parts, failures)
    raise Failure("BERTH3145", ways=[[way, why] for way, why in failures.items()])


def trace_of_program(program, module):
    """What `trace` returns, of an exported program that has not been changed: for whoever exported it anyway."""
    return _graph_of(module, "export", read_program(program, module), {})


def _graph_of(module, way, parts, failures):
    graph = TracedGraph(
        way=way,
        failures=failures,
        ties=ties_of(parts["stored"]),
        keep_whole=keep_whole_of(module),
        module=module,
        **parts,
    )
    graph.fingerprint = fingerprint(graph)
    return graph


def fingerprint(graph):
    """Hexadecimal digits that tell one version of a module from another: its parts, stored tensors, arguments and steps, whatever the weights."""
    digest = hashlib.sha256()

    def add(*words):
        digest.update(("\t".join(str(word) for word in words) + "\n").encode())

    add("training", graph.module.training)
    for line in structure_of(graph.module):
        add("module", line)
    for each in graph.stored.values():
        add("stored", each.name, each.kind, each.tensor.shape, each.tensor.dtype, each.trainable)
    for names in graph.ties:
        add("tie", *names)
    for each in graph.inputs:
        add("input", each.position, each.tensor.shape, each.tensor.dtype)
    for node in graph.nodes:
        add("node", node.name, node.op, node.layer, node.inputs, node.parameters, [(each.shape, each.dtype) for each in node.outputs])
    add("output", *graph.outputs)
    return digest.hexdigest()[:32]


def bound_values(graph, args, kwargs=None):
    """Values of what `graph.graph_module` reads and no node computes, by name: arguments, parameters, buffers, constants.

    They are the module's own tensors, not copies: an operation that works in place changes its buffers.
    """
    from .stored import stored_tensors
    from .tensors import tensors_in

    given = tensors_in((tuple(args), dict(kwargs or {})))
    _, values = stored_tensors(graph.module)

    def value(kind, target):
        if kind == "input":
            return given[target]
        if kind in ("parameter", "buffer"):
            return values[target]
        if kind == "constant":
            return graph.constants[target]
        if kind == "attribute":
            found = graph.graph_module
            for part in target.split("."):
                found = getattr(found, part)
            return found
        return target

    return {name: value(*binding) for name, binding in graph.bindings.items()}


def run_node(graph, node, values):
    """Computes one node from values by name (those before it, and `bound_values`), and returns what it computes. Not by hooks."""
    call = node.call
    args = torch.fx.node.map_arg(call.args, lambda each: values[each.name])
    kwargs = torch.fx.node.map_arg(call.kwargs, lambda each: values[each.name])
    if call.op == "call_function":
        return call.target(*args, **kwargs)
    if call.op == "call_method":
        return getattr(args[0], call.target)(*args[1:], **kwargs)
    return graph.graph_module.get_submodule(call.target)(*args, **kwargs)
