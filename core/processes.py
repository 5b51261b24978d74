"""What every worker process of ours does: it leaves Ctrl-C to its parent, and ends when that ends."""

import os
import signal
import threading
from multiprocessing import parent_process


def become_worker() -> None:
    """Make this process, which was started by another one of ours, a worker of that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it too, but its parent says when to stop
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that is killed cannot tell its workers, and they would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
