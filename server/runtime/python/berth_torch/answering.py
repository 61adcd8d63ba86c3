"""How a program of this package talks with `berth`, which starts it: a request on standard input, messages on standard output, one JSON value a line.

    {"progress": [done, all, "what is being done"]}
    {"failure": {"code": "BERTH3141", "params": {…}}}
    {"answer": …}

The last line is a failure or an answer. What a module prints goes to standard error.
"""

import json
import os
import sys

from .failure import Failure


def answer(work):
    """Runs `work(request, progress)` and sends what it returns. Ends the process."""
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr

    def send(message):
        lines.write(json.dumps(message) + "\n")
        lines.flush()

    request = json.loads(sys.stdin.readline())
    try:
        result = work(request, lambda done, total, what: send({"progress": [done, total, what]}))
    except Failure as failure:
        send({"failure": {"code": failure.code, "params": failure.params}})
    except MemoryError:
        send({"failure": {"code": "BERTH3148", "params": {"detail": "it ran out of memory"}}})
    else:
        send({"answer": result})
    lines.flush()
    os._exit(0)  # what a module started, such as threads that never end, holds nobody up
