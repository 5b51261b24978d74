import subprocess
import sys

import pytest

HOLES = """
import sys
import psutil
from core.processes import become_worker

if sys.argv[1] == "worker":
    become_worker()
size = 3 * 2**20
bytearray(size)  # given back, it raises the size from which memory is taken from the system
held = [(bytearray(size), bytearray(1000)) for _ in range(40)]
small = [pair[1] for pair in held]
del held
print(psutil.Process().memory_info().rss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's settings")
def test_a_worker_gives_back_what_pictures_took() -> None:
    """Small things that stay between large ones would keep the memory of these."""

    def left(kind: str) -> int:
        run = subprocess.run([sys.executable, "-c", HOLES, kind], capture_output=True, text=True, check=True)
        return int(run.stdout)

    assert left("usual") - left("worker") > 50 * 2**20
