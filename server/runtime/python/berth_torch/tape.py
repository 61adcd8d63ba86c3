"""Runs a traced module node by node, forward and backward, and tells whoever measures when each begins and ends.

Each node is given copies of its inputs that lead back to nobody, so that its backward run is its own: what autograd would do in one sweep is done
node by node, in the reverse order, and gradients of several consumers are added in between.
"""

import torch

from .by_hooks import is_in_place, trace_by_hooks
from .stored import stored_tensors
from .tensors import map_tensors, tensors_in
from .trace import bound_values


class Unmeasured:
    """A gauge that measures nothing: what others are made like."""

    def around(self, name, phase, work):
        """Runs `work()` for a node in a phase, "forward" or "backward", and returns what it returns."""
        return work()

    def backward_made(self, name, nbytes):
        """Told after a backward run: bytes of gradients that it made and others hold."""


class Tape:
    """One step of a module. gauge: as `Unmeasured`. training: whether gradients are on."""

    def __init__(self, module, gauge, training):
        _, values = stored_tensors(module)
        self._own = {id(tensor) for tensor in values.values()}
        self._parameters = list({id(each): each for each in module.parameters()}.values())
        self._gauge = gauge
        self._training = training
        self._steps = []

    def call(self, name, function, args, kwargs, in_place=False):
        """Runs one node on inputs of its own."""
        leaves = {}

        def leaf(tensor):
            if id(tensor) in self._own:
                return tensor
            if id(tensor) not in leaves:
                copy = tensor.detach()
                copy.requires_grad_(tensor.requires_grad and self._training)
                leaves[id(tensor)] = (tensor, copy)
            return leaves[id(tensor)][1]

        args, kwargs = map_tensors(tuple(args), leaf), map_tensors(dict(kwargs), leaf)
        if in_place and args and isinstance(args[0], torch.Tensor) and args[0].requires_grad and id(args[0]) not in self._own:
            args = (args[0].clone(), *args[1:])  # autograd lets nobody write into a leaf
        output = self._gauge.around(name, "forward", lambda: function(*args, **kwargs))
        if self._training:
            made = [tensor for tensor in tensors_in(output) if tensor.requires_grad]
            self._steps.append((name, list(leaves.values()), made))
        return output

    def backward(self, outputs):
        """Runs all nodes backward, from a scalar among the module's outputs (a loss) or else from all of them with gradients of ones."""
        for parameter in self._parameters:
            parameter.grad = None
        roots = [tensor for tensor in outputs if tensor.requires_grad]
        losses = [tensor for tensor in roots if tensor.numel() == 1]
        gradients = {id(tensor): torch.ones_like(tensor) for tensor in losses[:1] or roots}
        while self._steps:
            name, leaves, made = self._steps.pop()
            reached = [tensor for tensor in made if id(tensor) in gradients]
            if not reached:
                continue
            given = [gradients[id(tensor)] for tensor in reached]
            had = [parameter.grad is not None for parameter in self._parameters]
            self._gauge.around(name, "backward", lambda: torch.autograd.backward(reached, given))
            made_bytes = 0
            for tensor, leaf in leaves:
                if leaf.grad is None:
                    continue
                made_bytes += leaf.grad.numel() * leaf.grad.element_size()
                before = gradients.get(id(tensor))
                gradients[id(tensor)] = leaf.grad if before is None else before + leaf.grad
                leaf.grad = None
            for parameter, before in zip(self._parameters, had):
                if parameter.grad is not None and not before:
                    made_bytes += parameter.grad.numel() * parameter.grad.element_size()
            self._gauge.backward_made(name, made_bytes)
            for tensor in reached:
                if all(tensor is not other for other, _ in leaves):
                    del gradients[id(tensor)]  # nobody before it made this one


def run_step(graph, args, kwargs, gauge, training):
    """One step of a traced module: all nodes forward and, in training, backward. Buffers and gradients are changed."""
    tape = Tape(graph.module, gauge, training)
    with torch.set_grad_enabled(training):
        if graph.graph_module is None:
            outputs = tensors_in(trace_by_hooks(graph.module, args, kwargs, tape)["result"])
        else:
            outputs = _run_nodes(graph, args, kwargs, tape)
    if training:
        tape.backward(outputs)


def _run_nodes(graph, args, kwargs, tape):
    values = bound_values(graph, args, kwargs)
    for node in graph.nodes:
        function, given, named, in_place = _call_of(graph, node, values)
        values[node.name] = tape.call(node.name, function, given, named, in_place)
    return [tensor for name in graph.outputs for tensor in tensors_in(values[name])]


def _call_of(graph, node, values):
    call = node.call
    args = torch.fx.node.map_arg(call.args, lambda each: values[each.name])
    kwargs = torch.fx.node.map_arg(call.kwargs, lambda each: values[each.name])
    if call.op == "call_module":
        part = graph.graph_module.get_submodule(call.target)
        return part, args, kwargs, getattr(part, "inplace", False) is True
    in_place = is_in_place(call.target, kwargs)
    if call.op == "call_function":
        return call.target, args, kwargs, in_place
    return (lambda itself, *rest, **named: getattr(itself, call.target)(*rest, **named)), args, kwargs, in_place
