"""What a device holds, and the limit that it keeps. On a GPU both are the driver's; for a process that stands for one, what counts is what tensors take,
and the system refuses what goes beyond.
"""
from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import Callable, Iterable, Iterator, Optional

import torch

"""What a process takes beyond its tensors while it computes: stacks of threads, buffers of libraries, gaps of the allocator. On a GPU, the context."""
OVERHEAD_BYTES = 256 * 2**20


def bytes_of(tensors: Iterable[Optional[torch.Tensor]]) -> int:
    """Each storage once."""
    storages = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors if t is not None}
    return sum(storages.values())


@contextmanager
def peak_memory(where: torch.device) -> Iterator[Callable[[], int]]:
    """:returns: within it, a function for afterwards: bytes beyond those held at its beginning at the worst moment."""
    if where.type == "cuda":
        torch.cuda.reset_peak_memory_stats(where)
        before = torch.cuda.memory_allocated(where)
        yield lambda: torch.cuda.max_memory_allocated(where) - before
        return
    profile = torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True, acc_events=True)
    with profile:
        yield lambda: _peak_of(profile)


def _peak_of(profile: "torch.profiler.profile") -> int:
    now = peak = 0
    events = [e for e in profile.profiler.kineto_results.events() if e.name() == "[memory]"]
    for event in sorted(events, key=lambda e: e.start_ns()):
        now += event.nbytes()
        peak = max(peak, now)
    return peak


def keep_within(limit: int, held: int, where: torch.device) -> None:
    """
    Has the system refuse what would take this process beyond its device's memory.

    :param limit: bytes of the device. :param held: bytes of tensors that it holds already, which count.
    """
    if where.type == "cuda":
        total = torch.cuda.get_device_properties(where).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, limit / total), where)
        return
    if not sys.platform.startswith("linux"):
        return
    import resource

    most = _data_bytes() - held + limit + OVERHEAD_BYTES
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in str(error)


def _data_bytes() -> int:
    """What counts for RLIMIT_DATA: private memory that can be written."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmData:")) * 1024
