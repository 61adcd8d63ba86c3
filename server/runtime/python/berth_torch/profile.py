"""Baechi's profiler: times and memory of every step of a module. `berth profile` starts it: `python -m berth_torch.profile`, as `answering.py` says.

Request: module, batch, inputs, device ("cpu", "cuda", "cuda:1", "meta"), by ("op" or "module"), training, ways, keepWhole, warmup, repeat, seed, assume
({"flops": operations a second, "bandwidth": bytes a second} of a device that nothing was measured on), check (do not measure).
Answer: {"graph": as `graph_file.py` makes it, "totals": {…}}; with check {"profile": what identifies the module}.
"""

import statistics

import torch

from .answering import answer
from .failure import Failure, reason
from .gauges import CpuMemory, CpuTimes, CudaMemory, CudaTimes, ShapesOnly
from .graph_file import Costs, graph_document
from .load import load
from .stored import stored_tensors
from .tape import run_step
from .tensors import map_tensors
from .trace import WAYS, trace
from .traced_graph import text_of


def profile(request, progress):
    """Answers a request; raises Failure for what a person can mend."""
    device = _device(request["device"])
    progress(0, 0, "making the module")
    loaded = load(request["module"], request["batch"], request["inputs"], "meta" if device.type == "meta" else "cpu", request["seed"])
    module = loaded.module.to(device) if device.type != "meta" else loaded.module
    training = request["training"]
    module.train(training)
    args, kwargs = (map_tensors(each, lambda tensor: tensor.to(device)) for each in (loaded.args, loaded.kwargs))
    progress(0, 0, "tracing it")
    graph = trace(module, args, kwargs, tuple(request["ways"]) or tuple(WAYS))
    made = {
        "module": request["module"],
        "torch": torch.__version__,
        "device": _device_name(device),
        "mode": "training" if training else "inference",
        "inputs": [text_of(each) for each in graph.inputs],
    }
    if request["check"]:
        return {"profile": {**made, "way": graph.way, "fingerprint": graph.fingerprint, "steps": [each.name for each in (*graph.inputs, *graph.nodes)]}}
    try:
        costs, how = _costs(graph, args, kwargs, device, request, progress)
    except Failure:
        raise
    except torch.cuda.OutOfMemoryError if hasattr(torch.cuda, "OutOfMemoryError") else MemoryError as error:
        raise Failure("BERTH3148", detail=f"{made['device']} ran out of memory") from error
    except Exception as error:  # noqa: BLE001: modules raise whatever they like
        raise Failure("BERTH3142", module=request["module"], when="is run", detail=reason(error), at=None) from error
    document = graph_document(loaded.name, graph, costs, request["by"], training, request["keepWhole"], {**made, "by": request["by"], **how})
    return {"graph": document, "totals": _totals(graph, costs)}


def _costs(graph, args, kwargs, device, request, progress):
    training = request["training"]
    if device.type == "meta":
        gauge = ShapesOnly(graph.module)
        progress(0, 1, "counting")
        run_step(graph, args, kwargs, gauge, training)
        assume = request["assume"]
        return Costs(_estimated(graph, gauge, assume), gauge.held, gauge.scratch), {"estimated": assume}
    stored, values = stored_tensors(graph.module)
    kept = {name: values[name].clone() for name, each in stored.items() if each.kind == "buffer"}
    warmup, repeat = request["warmup"], request["repeat"]
    clock = CudaTimes() if device.type == "cuda" else CpuTimes()
    steps = warmup + repeat + 1
    for step in range(warmup + repeat):
        progress(step, steps, "measuring times")
        if step == warmup:
            clock.times.clear()
        run_step(graph, args, kwargs, clock, training)
        clock.end_step()
    progress(steps - 1, steps, "measuring memory")
    memory = CudaMemory() if device.type == "cuda" else CpuMemory()
    run_step(graph, args, kwargs, memory, training)
    memory.finish()
    with torch.no_grad():
        for name, value in kept.items():
            values[name].copy_(value)
    seconds = {key: statistics.median(times) for key, times in clock.times.items()}
    how = {"warmup": warmup, "repeat": repeat}
    if device.type == "cpu":
        how["threads"] = torch.get_num_threads()
    return Costs(seconds, memory.held, memory.scratch), how


def _estimated(graph, gauge, assume):
    """Seconds by a roofline: as long as the operations or the bytes take, whichever is more; backward bytes are counted twice."""
    seconds = {}
    sizes = {each.name: each.tensor.bytes for each in graph.inputs}
    sizes.update({node.name: sum(tensor.bytes for tensor in node.outputs) for node in graph.nodes})
    for node in graph.nodes:
        held = sum(graph.stored[name].tensor.bytes for name in (*node.parameters, *node.buffers) if name in graph.stored)
        moved = 0 if node.alias_of is not None else sum(sizes[name] for name in node.inputs) + held + sizes[node.name]
        for phase, factor in (("forward", 1), ("backward", 2)):
            if (node.name, phase) not in gauge.runs:
                continue
            operations = gauge.flops.get((node.name, phase), 0)
            seconds[node.name, phase] = max(operations / assume["flops"], factor * moved / assume["bandwidth"])
    return seconds


def _totals(graph, costs):
    seen = {}
    for each in graph.stored.values():
        if each.kind == "parameter":
            seen[each.storage] = each.tensor.bytes
    return {
        "steps": len(graph.nodes),
        "forwardUs": 1e6 * sum(value for (_, phase), value in costs.seconds.items() if phase == "forward"),
        "backwardUs": 1e6 * sum(value for (_, phase), value in costs.seconds.items() if phase == "backward"),
        "parameterBytes": sum(seen.values()),
        "heldBytes": sum(costs.held.values()),
    }


def _device(text):
    try:
        device = torch.device(text)
    except RuntimeError as error:
        raise Failure("BERTH3146", device=text, detail="PyTorch knows no such device") from error
    if device.type == "cuda":
        if not torch.cuda.is_available():
            raise Failure("BERTH3146", device=text, detail="PyTorch sees no CUDA device here")
        if device.index is not None and device.index >= torch.cuda.device_count():
            raise Failure("BERTH3146", device=text, detail=f"PyTorch sees {torch.cuda.device_count()} CUDA devices here, counted from 0")
        torch.cuda.set_device(device)
    elif device.type not in ("cpu", "meta"):
        raise Failure("BERTH3146", device=text, detail="times are measured on cpu and cuda, and estimated on meta")
    return device


def _device_name(device):
    return f"{device.type} ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else device.type


if __name__ == "__main__":
    answer(profile)
