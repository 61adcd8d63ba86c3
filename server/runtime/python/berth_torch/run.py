"""The process of one device of a training run: `python -m berth_torch.run`. Whoever started it orders steps by lines of JSON on standard
input; it ends when standard input does.
"""
from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from typing import Any, Mapping, Optional

"""Of the orders; goes up when a process of another version would misread one."""
VERSION = 1
"""The first that exports training steps as this runner runs them."""
OLDEST_PYTORCH = (2, 6)
SIGN_OF_LIFE_S = 1.0
"""For so long loading and tracing may go on before silence is taken for what it is."""
LONGEST_SETUP_S = 900.0


class Voice:
    """Reports on what was standard output; what the user's module prints goes to standard error, and so to the log."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        self._lock = threading.Lock()
        self._last = time.monotonic()

    def report(self, message: Mapping[str, Any]) -> None:
        line = json.dumps({"type": message["type"], **message}, separators=(",", ":"))
        with self._lock:
            try:
                self._out.write(line + "\n")
                self._out.flush()
            except BrokenPipeError:
                os._exit(0)  # whoever wanted to know is gone

    def alive(self, step: int) -> None:
        now = time.monotonic()
        if now - self._last >= SIGN_OF_LIFE_S:
            self._last = now
            self.report({"type": "alive", "step": step})

    def failed(self, blame: str, message: str, node: Optional[str] = None) -> None:
        self.report({"type": "failed", "blame": blame, "message": message, "node": node})


def main() -> None:
    if sys.byteorder != "little":
        raise SystemExit("tensors are exchanged in little-endian order, which this machine does not have")
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # the first step is measured, which else is told to the log at length
    voice = Voice()
    orders: "queue.Queue[Mapping[str, Any]]" = queue.Queue()
    threading.Thread(target=_read_orders, args=(orders,), daemon=True).start()
    setup = orders.get()
    try:
        _serve(setup, orders, voice)
    except BaseException as error:  # whatever it is, it is told before the process ends
        _tell(error, voice)
        _end(1)


def _read_orders(orders: "queue.Queue[Mapping[str, Any]]") -> None:
    for line in sys.stdin:
        orders.put(json.loads(line))
    _end(0)


def _serve(setup: Mapping[str, Any], orders: "queue.Queue[Mapping[str, Any]]", voice: Voice) -> None:
    if setup.get("version", 1) != VERSION:
        voice.failed("machine", f"the agent gives orders of version {setup.get('version')}, and this process takes version {VERSION}")
        _end(1)
    ready = threading.Event()
    threading.Thread(target=_breathe, args=(ready, voice), daemon=True).start()
    if not _has_pytorch(voice):
        _end(1)
    import torch

    from .device import Device, threads_for

    torch.set_num_threads(int(setup.get("threads") or threads_for(len(setup["plan"]["devices"]))))

    def breach(message: str) -> None:
        voice.failed("machine", message)
        _end(1)

    device = Device(setup, voice.report, breach, voice.alive)
    ready.set()
    while True:
        order = orders.get()
        if order["type"] == "connect":
            device.connect(order["addresses"])
        elif order["type"] == "step":
            device.step(int(order["step"]))
        elif order["type"] == "checkpoint":
            device.checkpoint(int(order["step"]), str(order["path"]))


def _has_pytorch(voice: Voice) -> bool:
    try:
        import torch
    except ImportError as error:
        voice.failed("python", f"{sys.executable} (Python {sys.version.split()[0]}) has no PyTorch: {error}")
        return False
    found = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])
    if found < OLDEST_PYTORCH:
        voice.failed("python", f"{sys.executable} has PyTorch {torch.__version__}, and runs need {'.'.join(map(str, OLDEST_PYTORCH))} or later")
        return False
    return True


def _breathe(ready: threading.Event, voice: Voice) -> None:
    """Importing PyTorch and tracing a large module take long and cannot be looked into."""
    begin = time.monotonic()
    while not ready.wait(SIGN_OF_LIFE_S) and time.monotonic() - begin < LONGEST_SETUP_S:
        voice.alive(0)


def _tell(error: BaseException, voice: Voice) -> None:
    from .device import TooSmall
    from .exchange import Lost
    from .known_module import OtherOptimizer, OtherVersion
    from .memory import is_out_of_memory
    from .placing import WrongGraph
    from .schedule import WrongOrder
    from .user_module import ModuleFault, describe

    if isinstance(error, ModuleFault):
        voice.failed("module", str(error), error.node)
    elif isinstance(error, (WrongGraph, WrongOrder)):
        voice.failed("graph", str(error))
    elif isinstance(error, OtherVersion):
        voice.failed("version", str(error))
    elif isinstance(error, OtherOptimizer):
        voice.failed("optimizer", str(error))
    elif isinstance(error, TooSmall):
        voice.failed("memory", str(error))
    elif isinstance(error, Lost):
        voice.failed("lost", str(error))
    elif is_out_of_memory(error):
        voice.failed("memory", "the system gave no more during a step")
    else:
        import traceback

        traceback.print_exc()
        voice.failed("machine", describe(error))


def _end(code: int) -> None:
    sys.stderr.flush()
    os._exit(code)  # other threads wait for sockets, which nobody ends


if __name__ == "__main__":
    main()
