"""The form of a traced module: what `trace` returns and whoever profiles or runs it reads."""

from dataclasses import dataclass, field
from typing import Any, Dict, Optional, Tuple


@dataclass(frozen=True)
class TensorShape:
    """One tensor: its sides, its type as torch names it ("float32"), and the bytes of its elements."""

    shape: Tuple[int, ...]
    dtype: str
    bytes: int


@dataclass(frozen=True)
class Input:
    """An argument of `forward` that is a tensor. `position` counts the tensors of args, then kwargs, in their order."""

    name: str
    position: int
    tensor: TensorShape


def text_of(each):
    """An input for people: `images=8x3x224x224:float32`."""
    sides = "x".join(str(side) for side in each.tensor.shape)
    return f"{each.name}={sides}:{each.tensor.dtype}"


@dataclass(frozen=True)
class Stored:
    """A parameter or buffer, by the name that `state_dict` gives it, or a constant of the program.

    storage: the same number where two share memory. trainable: has a gradient in training.
    """

    name: str
    kind: str  # "parameter", "buffer" or "constant"
    tensor: TensorShape
    trainable: bool
    storage: int


@dataclass(frozen=True)
class Node:
    """One step of the module: an operation or, traced by hooks, a module's call.

    name: unlike that of any other node or input of the graph; the same for the same module, shapes, way and version of torch.
    op: what is computed: "aten.conv2d.default", by fx the class of a module or a function's name, by hooks the same.
    layer: path of the module that it belongs to, with slashes; "" at the top.
    module_class: class of that module.
    inputs: names of nodes and inputs that it reads, each once, in the order of its arguments.
    parameters, buffers: names of what it reads of `stored` (constants stand among the buffers).
    outputs: its tensors in order; empty where it returns none (an assertion, a size).
    alias_of: the input, node or stored tensor whose memory its first output is, where it is a view or works in place.
    call: the `torch.fx.Node` to run; None by hooks.
    """

    name: str
    op: str
    layer: str
    module_class: str
    inputs: Tuple[str, ...]
    parameters: Tuple[str, ...]
    buffers: Tuple[str, ...]
    outputs: Tuple[TensorShape, ...]
    alias_of: Optional[str] = None
    call: Any = field(default=None, repr=False, compare=False)


@dataclass
class TracedGraph:
    """What a module runs, once through `forward`.

    way: "export", "fx" or "hooks": how it was traced; failures: why the ways before it were not, by way.
    inputs: in the order in which `forward` is given them. nodes: in the order in which they run.
    outputs: names of nodes or inputs that `forward` returns, in order.
    stored: every parameter and buffer of the module by name, and constants of the program; ties: names that share one memory, two or more each.
    keep_whole: class name to the layers (paths with slashes) of its instances: classes that the module says not to split.
    fingerprint: hexadecimal; equal for two modules of one structure, traced with one result for arguments of one shape, whatever their weights.
    graph_module: `torch.fx.GraphModule` whose nodes `call` names, by export and fx; None by hooks: such a graph cannot be run node by node.
    bindings: placeholder and get_attr names of graph_module to where their value comes from: ("input", position), ("parameter" | "buffer" | "constant",
        name of stored), ("value", a Python value that the program fixed), or ("attribute", a part of graph_module).
    constants: values of stored constants by name.
    module: the module itself, whose parameters the bindings mean.
    """

    way: str
    failures: Dict[str, str]
    inputs: Tuple[Input, ...]
    nodes: Tuple[Node, ...]
    outputs: Tuple[str, ...]
    stored: Dict[str, Stored]
    ties: Tuple[Tuple[str, ...], ...]
    keep_whole: Dict[str, Tuple[str, ...]]
    fingerprint: str = ""
    graph_module: Any = field(default=None, repr=False)
    bindings: Dict[str, Tuple[str, Any]] = field(default_factory=dict, repr=False)
    constants: Dict[str, Any] = field(default_factory=dict, repr=False)
    module: Any = field(default=None, repr=False)
