"""Whether a module is what its graph was profiled of, and its optimizer what memory is planned for: asked before the first step."""
from __future__ import annotations

from typing import Any, Callable, Mapping, Optional

import torch
from torch import nn

from .failure import Failure, reason
from .trace import trace, trace_of_program
from .traced_graph import TracedGraph, text_of
from .user_module import ModuleFault, call_of

"""Tensors that an optimizer keeps for each parameter once it has stepped, where that is known beforehand."""
STATE_OF = {"Adam": 2, "AdamW": 2, "NAdam": 2, "RAdam": 2, "Adamax": 2, "Adadelta": 2, "Adagrad": 1, "RMSprop": 1, "Lion": 1}
"""The same of what `train.optimizer` of a spec can say."""
PLANNED = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}


class OtherVersion(Exception):
    """The module is not as it was when its graph was profiled."""


class OtherOptimizer(Exception):
    """The module makes another optimizer than the spec plans memory for."""


def check_version(
    known: Mapping[str, Any],
    model: nn.Module,
    loss: Optional[Callable[..., torch.Tensor]],
    batch: Any,
    exported: "torch.export.ExportedProgram",
) -> None:
    """
    :param known: of the graph file: `way`, `fingerprint`, and where it says so `torch` and `inputs`.
    :param exported: of the training step, as export gave it; where there is no loss beside the module, that is the module's.
    :raises OtherVersion:
    """
    graph = _traced(known["way"], model, loss, batch, exported)
    if graph.fingerprint == known["fingerprint"]:
        return
    inputs, were = [text_of(each) for each in graph.inputs], known.get("inputs")
    if were is not None and sorted(map(_shape, were)) != sorted(map(_shape, inputs)):
        raise OtherVersion(f"it was profiled with {', '.join(were)}, and a batch is {', '.join(inputs)}")
    if known.get("torch", torch.__version__) != torch.__version__:
        raise OtherVersion(f"it was profiled with PyTorch {known['torch']}, and trains with {torch.__version__}, which runs other steps")
    raise OtherVersion("its parts, weights or steps are not those that were profiled")


def _traced(way: str, model: nn.Module, loss: Any, batch: Any, exported: "torch.export.ExportedProgram") -> TracedGraph:
    if way == "export" and loss is None:
        return trace_of_program(exported, model)
    args, kwargs = call_of(batch if loss is None else batch[0])
    try:
        return trace(model, args, kwargs, (way,))
    except Failure as failure:
        ways = failure.params.get("ways") or [[way, reason(failure)]]
        raise ModuleFault(f"it cannot be traced as it was profiled, by {ways[0][0]}: {ways[0][1]}") from failure


def _shape(text: str) -> str:
    return text.partition("=")[2]


def check_optimizer(planned: str, made: Optional[torch.optim.Optimizer]) -> None:
    """
    What PyTorch has no name in specs for passes if it keeps as much, or if nobody knows what it keeps.

    :param planned: `train.optimizer` of the spec. :param made: None on a device without parameters.
    :raises OtherOptimizer:
    """
    if made is None:
        return
    name = _name_in_specs(made)
    kept = state_per_parameter(made)
    if name == planned or (name is None and kept in (None, PLANNED[planned])):
        return
    raise OtherOptimizer(f"the module makes {_title(made)}, and train.optimizer says {planned}")


def state_per_parameter(made: torch.optim.Optimizer) -> Optional[int]:
    """Tensors kept for each parameter; None where that is not known beforehand."""
    if isinstance(made, torch.optim.SGD):
        return 1 if any(group["momentum"] for group in made.param_groups) else 0
    return STATE_OF.get(type(made).__name__)


def _name_in_specs(made: torch.optim.Optimizer) -> Optional[str]:
    if isinstance(made, torch.optim.SGD):
        return "momentum" if state_per_parameter(made) else "sgd"
    if isinstance(made, torch.optim.AdamW):
        return "adamw"
    return "adam" if isinstance(made, torch.optim.Adam) else None


def _title(made: torch.optim.Optimizer) -> str:
    name = type(made).__name__
    return f"{name} with momentum" if isinstance(made, torch.optim.SGD) and state_per_parameter(made) else name
