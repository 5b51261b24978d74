"""What a process may take at most, said by itself. It imports only what Python brings: some programs stand alone."""

import contextlib
import math

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]


def limit_memory(more: int) -> None:
    """From now on `more` bytes than now can be had at most, and a crash writes no memory to the disk."""
    if resource is None:
        return
    with contextlib.suppress(OSError, ValueError, AttributeError):  # no /proc: the machine's own limit stays
        with open("/proc/self/statm") as file:
            more += int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (more, more))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_processor_time(more: int) -> None:
    """From now on `more` seconds of processor time can be had at most, until this is said again."""
    if resource is None:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    end, hard = math.ceil(used.ru_utime + used.ru_stime) + more, resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (end if hard == resource.RLIM_INFINITY else min(end, hard), hard))
