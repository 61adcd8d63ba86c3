"""Traces by running the module: each call of a module that has no parts is a node, and each function that is called between them.

Works for whatever runs, also where values decide what that is; what it gives cannot be run node by node.
"""

import torch
from torch.overrides import TorchFunctionMode

from .stored import stored_tensors
from .tensors import shape_of, storage_of, tensors_in
from .traced_graph import Input, Node


def trace_by_hooks(module, args, kwargs, tape=None):
    """Returns keyword arguments of TracedGraph, and `result`: what `forward` returned. Raises whatever the module raises.

    tape: where given, it calls what is a node: `tape.call(name, function, args, kwargs, in_place)`; gradients are on then.
    """
    return _Run(module, tape).run(args, kwargs)


class _Run(TorchFunctionMode):
    def __init__(self, module, tape):
        super().__init__()
        self._module = module
        self._tape = tape
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
        undo = [self._watch(path, part) for path, part in self._module.named_modules() if path or _is_leaf(part)]
        try:
            with torch.set_grad_enabled(self._tape is not None and torch.is_grad_enabled()), self:
                result = self._module(*args, **kwargs)
        finally:
            for each in undo:
                each()
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

    def _watch(self, path, part):
        """Puts itself in the place of a module's `forward`; returns what puts that back."""
        leaf = _is_leaf(part)
        forward = part.forward
        place = (path.replace(".", "/"), type(part).__name__)
        own = "forward" in vars(part)

        def watched(*args, **kwargs):
            self._stack.append(place)
            try:
                if not leaf or self._inside > 0:
                    return forward(*args, **kwargs)
                name = self._name(path.replace(".", "_") or place[1])
                self._inside += 1
                try:
                    output = self._call(name, forward, args, kwargs, getattr(part, "inplace", False) is True)
                finally:
                    self._inside -= 1
                self._note(name, place[1], tensors_in((args, kwargs)), tensors_in(output), [*part.parameters(), *part.buffers()])
                return output
            finally:
                self._stack.pop()

        def restore():
            if own:
                part.forward = forward
            else:
                del part.forward

        part.forward = watched
        return restore

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        title = getattr(func, "__name__", "call").strip("_")
        if self._inside > 0 or title in _NO_STEPS:
            return func(*args, **kwargs)
        name = self._name(title)
        output = self._call(name, func, args, kwargs, is_in_place(func, kwargs))
        tensors = tensors_in(output)
        if tensors:
            self._note(name, title, tensors_in((args, kwargs)), tensors, [])
        else:
            self._taken.discard(name)
        return output

    def _call(self, name, function, args, kwargs, in_place):
        if self._tape is None:
            return function(*args, **kwargs)
        return self._tape.call(name, function, args, kwargs, in_place)

    def _note(self, name, op, reads, tensors, held):
        inputs = dict.fromkeys(self._producer[id(tensor)][1] for tensor in reads if id(tensor) in self._producer)
        names = dict.fromkeys(self._names[id(tensor)] for tensor in [*held, *reads] if id(tensor) in self._names)
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


# What is asked of a tensor, and computes none.
_NO_STEPS = {"get", "set", "delete", "size", "dim", "numel", "stride", "requires_grad", "register_hook", "repr", "len", "format", "hash", "is_floating_point"}


def is_in_place(function, kwargs):
    """Whether a function of torch works in the memory of its first argument: `relu_`, `operator.iadd`, `relu(…, inplace=True)`."""
    schema = getattr(function, "_schema", None)
    if schema is not None:
        return bool(getattr(schema, "is_mutable", False))
    name = function if isinstance(function, str) else getattr(function, "__name__", "")
    return (name.endswith("_") and not name.endswith("__")) or name in _IN_PLACE or kwargs.get("inplace") is True


_IN_PLACE = {f"{prefix}{name}{suffix}" for name in ("iadd", "isub", "imul", "itruediv", "ipow", "setitem") for prefix, suffix in (("", ""), ("__", "__"))}


def _is_leaf(part):
    """As `torch.fx` sees it: what torch brings is one step, and so is what has no parts."""
    own = type(part).__module__.startswith("torch.nn.") and not isinstance(part, (torch.nn.Sequential, torch.nn.ModuleList, torch.nn.ModuleDict))
    return own or next(part.children(), None) is None
