"""What time and memory a node takes: gauges for `run_step`, one for each kind of measure and device."""

import time

import torch

from .tape import Unmeasured
from .tensors import storage_bytes, storage_of, tensors_in


class CpuTimes(Unmeasured):
    """Seconds of each run on the CPU. times: (name, phase) → seconds in the order of the steps."""

    def __init__(self):
        self.times = {}

    def around(self, name, phase, work):
        begin = time.perf_counter()
        result = work()
        self._note(name, phase, time.perf_counter() - begin)
        return result

    def _note(self, name, phase, seconds):
        self.times.setdefault((name, phase), []).append(seconds)

    def end_step(self):
        """After each step."""


class CudaTimes(CpuTimes):
    """Seconds of each run on a CUDA device, between events in its stream: the step is not held up to read a clock."""

    def __init__(self):
        super().__init__()
        self._events = []

    def around(self, name, phase, work):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        result = work()
        end.record()
        self._events.append((name, phase, begin, end))
        return result

    def end_step(self):
        torch.cuda.synchronize()
        for name, phase, begin, end in self._events:
            self._note(name, phase, begin.elapsed_time(end) / 1000)
        self._events = []


class Memory(Unmeasured):
    """Bytes of each node, over one step.

    held: name → bytes that stay after its forward run: outputs, and what its backward run will read.
    scratch: name → bytes beside those while it runs, forward or backward, whichever is more.
    """

    def __init__(self):
        self.held = {}
        self.scratch = {}

    def finish(self):
        """After the step."""

    def _forward(self, name, before, peak, after):
        self.held[name] = max(0, after - before)
        self._scratch(name, peak - max(before, after))

    def _scratch(self, name, nbytes):
        self.scratch[name] = max(0, nbytes, self.scratch.get(name, 0))


class CudaMemory(Memory):
    """By the counters of PyTorch's allocator, which counts in blocks of 512 bytes."""

    def around(self, name, phase, work):
        torch.cuda.synchronize()
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        result = work()
        torch.cuda.synchronize()
        after, peak = torch.cuda.memory_allocated(), torch.cuda.max_memory_allocated()
        if phase == "forward":
            self._forward(name, before, peak, after)
        else:
            self._backward = peak - before
        return result

    def backward_made(self, name, nbytes):
        self._scratch(name, self._backward - nbytes)


class CpuMemory(Memory):
    """By the profiler, which notes each block that PyTorch's allocator gives out and takes back on the CPU."""

    MARK = "berth "

    def __init__(self):
        super().__init__()
        self._made = {}
        self._phases = []
        self._profile = torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True)
        self._profile.__enter__()

    def around(self, name, phase, work):
        self._phases.append((name, phase))
        with torch.profiler.record_function(f"{self.MARK}{len(self._phases) - 1}"):
            return work()

    def backward_made(self, name, nbytes):
        self._made[name] = nbytes

    def finish(self):
        self._profile.__exit__(None, None, None)
        blocks, windows = [], {}
        for event in self._profile.profiler.kineto_results.events():
            name = event.name()
            if name == "[memory]":
                blocks.append((_start(event), event.nbytes()))
            elif name.startswith(self.MARK):
                windows[int(name[len(self.MARK) :])] = (_start(event), _end(event))
        blocks.sort(key=lambda block: block[0])
        at = 0
        for index in sorted(windows, key=lambda each: windows[each][0]):
            begin, end = windows[index]
            while at < len(blocks) and blocks[at][0] < begin:
                at += 1
            used = peak = 0
            while at < len(blocks) and blocks[at][0] <= end:
                used += blocks[at][1]
                peak = max(peak, used)
                at += 1
            name, phase = self._phases[index]
            if phase == "forward":
                self._forward(name, 0, peak, used)
            else:
                self._scratch(name, peak - self._made.get(name, 0))


def _start(event):
    return event.start_ns() if hasattr(event, "start_ns") else event.start_us()  # before 2.2


def _end(event):
    return _start(event) + (event.duration_ns() if hasattr(event, "duration_ns") else event.duration_us())


class ShapesOnly(Memory):
    """For the meta device, where nothing has memory: by the sizes of tensors; floating point operations where PyTorch can count them (2.1).

    runs: (name, phase) of every run. flops: (name, phase) → operations.
    """

    def __init__(self, module):
        super().__init__()
        self.runs = set()
        self.flops = {}
        self._seen = {storage_of(tensor) for tensor in [*module.parameters(), *module.buffers()]}
        self._alive = []  # so that no storage's number is given out twice
        try:
            from torch.utils.flop_counter import FlopCounterMode

            self._counter = lambda: FlopCounterMode(display=False)
        except ImportError:
            self._counter = None

    def around(self, name, phase, work):
        self.runs.add((name, phase))
        kept = {}

        def pack(tensor):
            kept[storage_of(tensor)] = storage_bytes(tensor)
            self._alive.append(tensor)
            return tensor

        def run():
            with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
                return work()

        if self._counter is None:
            result = run()
        else:
            with self._counter() as counter:
                result = run()
            self.flops[name, phase] = counter.get_total_flops()
        if phase == "forward":
            made = tensors_in(result)
            self._alive += made
            kept.update({storage_of(tensor): storage_bytes(tensor) for tensor in made})
            new = set(kept) - self._seen
            self._seen |= new
            self.held[name] = sum(kept[storage] for storage in new)
            self.scratch[name] = 0
        return result
