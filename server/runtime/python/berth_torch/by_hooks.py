"""Traces by running the module: each call of a module that has no parts is a node, and each function that is called between them.

Works for whatever runs, also where values decide what that is; what it gives cannot be run node by node.
"""

import torch
from torch.overrides import TorchFunctionMode

from .stored import stored_tensors
from .tensors import shape_of, storage_of, tensors_in
from .traced_graph import Input, Node


def trace_by_hooks(module, args, kwargs, watch=None):
    """Returns keyword arguments of TracedGraph. Raises whatever the module raises.

    watch: told of each call as it begins and ends: watch.begin(name) before, watch.end(name, inputs, outputs) after, for whoever measures.
    """
    return _Run(module, watch).run(args, kwargs)


class _Run(TorchFunctionMode):
    def __init__(self, module, watch):
        super().__init__()
        self._module = module
        self._watch = watch
        self._stored, self._values = stored_tensors(module)
        self._names = {id(tensor): name for name, tensor in reversed(list(self._values.items()))}
        self._stack = [("", type(module).__name__)]
        self._inside = 0  # of a module that is one node
        self._producer = {}  # id of a tensor → (the tensor, so that its id stays its own; the name of its node)
        self._home = {storage_of(tensor): self._names[id(tensor)] for tensor in self._values.values()}
        self._taken = set()
        self._inputs, self._nodes = [], []

    def run(self, args, kwargs):
        kept = {name: self._values[name].clone() for name, each in self._stored.items() if each.kind == "buffer"}
        for position, tensor in enumerate(tensors_in((args, kwargs))):
            name = self._name(f"input_{position}" if position else "input")
            self._inputs.append(Input(name, position, shape_of(tensor)))
            self._hold(tensor, name)
        hooks = []
        for path, part in self._module.named_modules():
            if part is not self._module or _is_leaf(part):
                hooks += self._watch_module(path, part)
        try:
            with torch.set_grad_enabled(self._watch is not None), self:
                result = self._module(*args, **kwargs)
        finally:
            for hook in hooks:
                hook.remove()
            with torch.no_grad():
                for name, value in kept.items():
                    self._values[name].copy_(value)
        outputs = [self._producer[id(tensor)][1] for tensor in tensors_in(result) if id(tensor) in self._producer]
        return {
            "inputs": tuple(self._inputs),
            "nodes": tuple(self._nodes),
            "outputs": tuple(dict.fromkeys(outputs)),
            "stored": self._stored,
            "result": result,
        }

    def _watch_module(self, path, part):
        leaf = _is_leaf(part)
        begun = []

        def before(_, args):
            self._stack.append((path.replace(".", "/"), type(part).__name__))
            if leaf:
                if self._inside == 0:
                    begun.append(self._begin(path.replace(".", "_") or type(part).__name__))
                self._inside += 1

        def after(_, args, output):
            if leaf:
                self._inside -= 1
                if self._inside == 0:
                    held = [self._names[id(tensor)] for tensor in [*part.parameters(), *part.buffers()] if id(tensor) in self._names]
                    self._end(begun.pop(), type(part).__name__, tensors_in(args), tensors_in(output), held)
            self._stack.pop()

        return [part.register_forward_pre_hook(before), part.register_forward_hook(after)]

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if self._inside > 0:
            return func(*args, **kwargs)
        title = getattr(func, "__name__", "call").strip("_")
        name = self._begin(title)
        output = func(*args, **kwargs)
        tensors = tensors_in(output)
        if tensors:
            self._end(name, title, tensors_in((args, kwargs)), tensors, [])
        else:
            self._taken.discard(name)
        return output

    def _begin(self, title):
        name = self._name(title)
        if self._watch is not None:
            self._watch.begin(name)
        return name

    def _end(self, name, op, reads, tensors, held):
        if self._watch is not None:
            self._watch.end(name, reads, tensors)
        inputs = dict.fromkeys(self._producer[id(tensor)][1] for tensor in reads if id(tensor) in self._producer)
        own = [self._names[id(tensor)] for tensor in reads if id(tensor) in self._names]
        names = dict.fromkeys([*held, *own])
        alias = None
        for tensor in tensors:
            first = self._home.setdefault(storage_of(tensor), name)
            if tensor is tensors[0] and first != name:
                alias = first
            self._hold(tensor, name)
        layer, module_class = self._stack[-1]
        self._nodes.append(
            Node(
                name=name,
                op=op,
                layer=layer,
                module_class=module_class,
                inputs=tuple(inputs),
                parameters=tuple(each for each in names if self._stored[each].kind == "parameter"),
                buffers=tuple(each for each in names if self._stored[each].kind == "buffer"),
                outputs=tuple(shape_of(tensor) for tensor in tensors),
                alias_of=alias,
            )
        )

    def _hold(self, tensor, name):
        self._producer[id(tensor)] = (tensor, name)
        self._home.setdefault(storage_of(tensor), name)

    def _name(self, title):
        name, count = title, 0
        while name in self._taken:
            count += 1
            name = f"{title}_{count}"
        self._taken.add(name)
        return name


def _is_leaf(part):
    """As `torch.fx` sees it: what torch brings is one step, and so is what has no parts."""
    own = type(part).__module__.startswith("torch.nn.") and not isinstance(part, (torch.nn.Sequential, torch.nn.ModuleList, torch.nn.ModuleDict))
    return own or next(part.children(), None) is None
