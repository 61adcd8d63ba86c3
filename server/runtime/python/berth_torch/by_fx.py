"""Traces by `torch.fx`: modules of torch and functions between them, from a symbolic run; shapes from a real one."""

import inspect

import torch
import torch.fx

from .stored import stored_tensors
from .tensors import shape_of, storage_of, tensors_in
from .traced_graph import Input, Node


def trace_by_fx(module, args, kwargs):
    """Returns keyword arguments of TracedGraph. Raises whatever `torch.fx` raises, above all where values decide what is run."""
    bound = inspect.signature(module.forward).bind(*args, **kwargs)
    given = dict(bound.arguments)
    bound.apply_defaults()
    fixed = {name: value for name, value in bound.arguments.items() if name not in given or not tensors_in(given[name])}
    # *args and **kwargs that nobody gave anything for are not there
    fixed = {name: value for name, value in fixed.items() if value not in ((), {})}
    tracer = _Tracer()
    graph = tracer.trace(module, concrete_args=fixed or None)
    _forget_checks(graph)
    graph_module = torch.fx.GraphModule(tracer.root, graph)
    return _Reading(module, graph_module, given).run()


class _Tracer(torch.fx.Tracer):
    """Notes at each node in which module it was called."""

    def __init__(self):
        super().__init__()
        self._stack = [("", "")]

    def trace(self, root, concrete_args=None):
        self._stack = [("", type(root).__name__)]
        return super().trace(root, concrete_args)

    def call_module(self, m, forward, args, kwargs):
        self._stack.append((self.path_of_module(m), type(m).__name__))
        try:
            return super().call_module(m, forward, args, kwargs)
        finally:
            self._stack.pop()

    def create_node(self, *args, **kwargs):
        node = super().create_node(*args, **kwargs)
        node.meta["berth_layer"] = self._stack[-1]
        return node


def _forget_checks(graph):
    """fx checks that arguments which it took for fixed still are: these are no steps of the module."""
    for node in reversed(list(graph.nodes)):
        name = getattr(node.target, "__name__", "")
        if node.op == "call_function" and name in ("_assert", "_assert_is_none") and not node.users:
            reads = list(node.all_input_nodes)
            graph.erase_node(node)
            for read in reads:
                if not read.users and read.op == "call_function":
                    graph.erase_node(read)


class _Reading(torch.fx.Interpreter):
    """Runs the graph once without gradients, to see shapes and which tensors share memory; buffers are as before afterwards."""

    def __init__(self, module, graph_module, given):
        super().__init__(graph_module)
        self._owner = module
        self._given = given
        self._stored, self._values = stored_tensors(module)
        self._names = {id(tensor): name for name, tensor in reversed(list(self._values.items()))}
        self._inputs, self._nodes, self._bindings = [], [], {}
        self._known = set()
        self._home = {storage_of(tensor): self._names[id(tensor)] for tensor in self._values.values()}
        self._outputs = ()

    def run(self):
        kept = {name: self._values[name].clone() for name, each in self._stored.items() if each.kind == "buffer"}
        places = [node for node in self.module.graph.nodes if node.op == "placeholder"]
        arguments = [self._given.get(node.target, inspect.Parameter.empty) for node in places]
        defaults = [node.args[0] if node.args else None for node in places]
        try:
            with torch.no_grad():
                super().run(*[default if value is inspect.Parameter.empty else value for value, default in zip(arguments, defaults)])
        finally:
            with torch.no_grad():
                for name, value in kept.items():
                    self._values[name].copy_(value)
        return {
            "inputs": tuple(self._inputs),
            "nodes": tuple(self._nodes),
            "outputs": self._outputs,
            "stored": self._stored,
            "graph_module": self.module,
            "bindings": self._bindings,
        }

    def run_node(self, n):
        value = super().run_node(n)
        if n.op == "placeholder":
            self._place(n, value)
        elif n.op == "get_attr":
            name = self._names.get(id(value))
            self._bindings[n.name] = ("attribute", n.target) if name is None else (self._stored[name].kind, name)
        elif n.op == "output":
            self._outputs = tuple(each.name for each in n.all_input_nodes if each.name in self._known)
        else:
            self._note(n, value)
        return value

    def _place(self, n, value):
        if not isinstance(value, torch.Tensor):
            self._bindings[n.name] = ("value", value)
            return
        position = len(self._inputs)
        self._bindings[n.name] = ("input", position)
        self._inputs.append(Input(n.name, position, shape_of(value)))
        self._known.add(n.name)
        self._home[storage_of(value)] = n.name

    def _note(self, n, value):
        tensors = tensors_in(value)
        layer, module_class = n.meta.get("berth_layer", ("", ""))
        alias = None
        for tensor in tensors:
            # memory that was given back may be given out again: only what is read can be shared
            first = self._home.get(storage_of(tensor))
            if first is not None and first in self._shared(n):
                alias = first if tensor is tensors[0] else alias
            else:
                self._home[storage_of(tensor)] = n.name
        held = list(self._held(n))
        self._nodes.append(
            Node(
                name=n.name,
                op=module_class if n.op == "call_module" else _function_name(n.target),
                layer=layer.replace(".", "/"),
                module_class=module_class,
                inputs=tuple(each.name for each in n.all_input_nodes if each.name in self._known),
                parameters=tuple(name for name in held if self._stored[name].kind == "parameter"),
                buffers=tuple(name for name in held if self._stored[name].kind == "buffer"),
                outputs=tuple(shape_of(tensor) for tensor in tensors),
                alias_of=alias,
                call=n,
            )
        )
        self._known.add(n.name)

    def _held(self, n):
        """Names of what a node reads of the module's own, each once."""
        tensors = []
        if n.op == "call_module":
            part = self.fetch_attr(n.target)
            tensors = [*part.parameters(), *part.buffers()]
        names = [self._names[id(tensor)] for tensor in tensors if id(tensor) in self._names]
        names += [self._bindings[each.name][1] for each in n.all_input_nodes if self._bindings.get(each.name, ("",))[0] in ("parameter", "buffer")]
        return dict.fromkeys(names)

    def _shared(self, n):
        """Names of all whose memory a node may hand on: what it reads, and what that is a view of."""
        reads = {each.name for each in n.all_input_nodes}
        homes = {node.alias_of for node in self._nodes if node.name in reads and node.alias_of}
        return reads | homes | set(self._held(n))


def _function_name(target):
    return target if isinstance(target, str) else getattr(target, "__name__", str(target))
