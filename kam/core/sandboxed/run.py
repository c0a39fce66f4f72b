"""The first program of a sandboxed process: gives up network, memory and time before it looks at anything foreign.

Programs here import nothing of KAM; each has `main(order) -> answer`, an exception with a `code` tells it to the caller.
"""

import ctypes
import importlib.util
import json
import os
import resource
import sys
from typing import Any

NEW_NETWORK, NEW_USER = 0x40000000, 0x10000000


def no_network() -> None:
    """Leave the network of the machine where the kernel lets us, and refuse sockets in any case."""
    leave = getattr(ctypes.CDLL(None, use_errno=True), "unshare", None)
    if leave is not None and leave(NEW_NETWORK) != 0:
        leave(NEW_NETWORK | NEW_USER)

    def refuse(event: str, _arguments: Any) -> None:
        if event.startswith(("socket.", "subprocess.", "os.exec", "os.fork", "os.system", "os.posix_spawn")):
            raise PermissionError(event)

    sys.addaudithook(refuse)


def limit(seconds: int, memory: int) -> None:
    """Bound computing time, memory, open files and the size of a written file."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (512 * 1024 * 1024, 512 * 1024 * 1024))


def start() -> None:
    """Read the order from the standard input, obey the limits, run the program, write its answer."""
    order = json.load(sys.stdin)
    out = os.dup(1)
    os.dup2(2, 1)
    limit(order["seconds"], order["memory"])
    no_network()
    specification = importlib.util.spec_from_file_location("program", order["program"])
    assert specification and specification.loader
    program = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(program)
        answer = program.main(order["order"])
    except MemoryError:
        answer = {"error": "memory"}
    except BrokenPipeError:
        os._exit(0)  # nobody reads any more
    except Exception as fault:
        answer = {"error": getattr(fault, "code", None) or "unreadable", "row": getattr(fault, "row", 0)}
    with os.fdopen(out, "w") as stream:
        json.dump(answer, stream)
    os._exit(0)


if __name__ == "__main__":
    start()
