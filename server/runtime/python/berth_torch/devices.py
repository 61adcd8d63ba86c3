"""Which devices there are, and what it costs to move a tensor between them. `berth profile --devices` starts it, as `answering.py` says.

Request: {}. Answer: {"devices": [{"name", "kind", "title", "memory", "reserved"}], "links": [{"from", "to", "bandwidth" bytes a second, "latency" seconds,
"residual", "samples"}]}; residual: root mean square of (measured - fitted) / measured.
"""

import os
import statistics
import time

import torch
import torch.distributed

from .answering import answer

SIZES = [1 << exponent for exponent in range(12, 27, 2)]
WARMUP, REPEAT = 3, 9


def devices(_request, progress):
    """Answers a request."""
    found = [_cpu()]
    cards = range(torch.cuda.device_count()) if torch.cuda.is_available() else ()
    found += [_card(index) for index in cards]
    pairs = [("cpu", f"cuda:{index}") for index in cards] + [(f"cuda:{index}", "cpu") for index in cards]
    pairs += [(f"cuda:{one}", f"cuda:{other}") for one in cards for other in cards if one != other]
    links = []
    for place, (one, other) in enumerate(pairs):
        progress(place, len(pairs), f"measuring {one} to {other}")
        links.append({"from": one, "to": other, **_fitted(lambda size: _copy_seconds(one, other, size))})
    if not pairs:
        progress(0, 1, "measuring between two processes")
        links.append({"from": "cpu", "to": "cpu", "between": "two processes of this machine", **_fitted_processes()})
    return {"devices": found, "links": links, "torch": torch.__version__}


def _cpu():
    memory = available = None
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        memory, available = page * os.sysconf("SC_PHYS_PAGES"), page * os.sysconf("SC_AVPHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        pass  # not told on this system
    used = None if memory is None else memory - available
    return {"name": "cpu", "kind": "cpu", "title": f"{os.cpu_count()} cores, {torch.get_num_threads()} threads", "memory": memory, "reserved": used}


def _card(index):
    torch.cuda.init()
    properties = torch.cuda.get_device_properties(index)
    free, total = torch.cuda.mem_get_info(index)
    return {"name": f"cuda:{index}", "kind": "cuda", "title": properties.name, "memory": total, "reserved": total - free}


def _copy_seconds(one, other, size):
    source = torch.empty(size, dtype=torch.uint8, device=one)
    target = torch.empty(size, dtype=torch.uint8, device=other)
    cards = [torch.device(name) for name in (one, other) if name != "cpu"]

    def copy():
        target.copy_(source)
        for card in cards:
            torch.cuda.synchronize(card)

    return _median(copy)


def _median(work):
    times = []
    for step in range(WARMUP + REPEAT):
        begin = time.perf_counter()
        work()
        if step >= WARMUP:
            times.append(time.perf_counter() - begin)
    return statistics.median(times)


def _fitted(seconds_of):
    return fit([(size, seconds_of(size)) for size in SIZES])


def fit(samples):
    """Bandwidth, latency and residual of (bytes, seconds): the line whose relative errors are least in square, so that small transfers count as large ones do."""
    weights = [1 / seconds**2 for _, seconds in samples]
    total = sum(weights)
    mean_size = sum(weight * size for weight, (size, _) in zip(weights, samples)) / total
    mean_time = sum(weight * seconds for weight, (_, seconds) in zip(weights, samples)) / total
    spread = sum(weight * (size - mean_size) ** 2 for weight, (size, _) in zip(weights, samples))
    slope = sum(weight * (size - mean_size) * (seconds - mean_time) for weight, (size, seconds) in zip(weights, samples)) / spread
    slope = max(slope, 1e-15)
    latency = max(0.0, mean_time - slope * mean_size)
    errors = [((latency + slope * size - seconds) / seconds) ** 2 for size, seconds in samples]
    return {"bandwidth": 1 / slope, "latency": latency, "residual": (sum(errors) / len(errors)) ** 0.5, "samples": [[size, seconds] for size, seconds in samples]}


def _fitted_processes():
    """Between two processes on this machine, by gloo over the loopback interface: half of the time there and back."""
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    store = torch.distributed.TCPStore("127.0.0.1", 0, 2, True, wait_for_workers=False)
    other = context.Process(target=_echo, args=(store.port, theirs), daemon=True)
    other.start()
    try:
        torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=2)
        samples = []
        for size in SIZES:
            tensor = torch.empty(size, dtype=torch.uint8)

            def there_and_back():
                torch.distributed.send(tensor, 1)
                torch.distributed.recv(tensor, 1)

            samples.append((size, _median(there_and_back) / 2))
        mine.recv()
        torch.distributed.destroy_process_group()
    finally:
        other.join(timeout=10)
        if other.is_alive():
            other.terminate()
    return fit(samples)


def _echo(port, done):
    store = torch.distributed.TCPStore("127.0.0.1", port, 2, False)
    torch.distributed.init_process_group("gloo", store=store, rank=1, world_size=2)
    for size in SIZES:
        tensor = torch.empty(size, dtype=torch.uint8)
        for _ in range(WARMUP + REPEAT):
            torch.distributed.recv(tensor, 0)
            torch.distributed.send(tensor, 0)
    done.send(None)


if __name__ == "__main__":
    answer(devices)
