"""Whether a LiteRT file can be loaded without ending the process, found out in a process that may end.

LiteRT checks little of what a file says: a damaged or malicious one can read where nothing is, and the whole
program with every session in it is gone. So a file is tried by a child first, once for its content. The project's own
models are known by their digests, and cost nothing.
"""

import hashlib
import signal
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path

from core.settings import MODELS_DIR

KNOWN_FILE = MODELS_DIR / "SHA256SUMS"
SECONDS = 30.0
_CHILD = Path(__file__).with_name("try_litert.py")
_lock = threading.Lock()
_verdicts: dict[str, str] = {}


class UnsafeModelError(ValueError):
    """A model that ended, or held up, the process that tried it."""


def check_survivable(content: bytes) -> None:
    """Return if a LiteRT file leaves the process alive; whether it is any good shows when it is loaded.

    Args:
        content: The file.

    Raises:
        UnsafeModelError: If it does not. The verdict is remembered as long as this process lives.
    """
    digest = hashlib.sha256(content).hexdigest()
    if digest in known_digests():
        return
    with _lock:  # two sessions that choose the same model ask one child
        if digest not in _verdicts:
            _verdicts[digest] = _try(content)
    if verdict := _verdicts[digest]:
        raise UnsafeModelError(verdict)


@cache
def known_digests() -> frozenset[str]:
    """The sha256 digests of the models that come with the project; none where their list is missing."""
    try:
        lines = KNOWN_FILE.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return frozenset()
    return frozenset(line.split()[0] for line in lines if line.strip())


def _try(content: bytes) -> str:
    """Let a child load the file; "" if it lives, or ends as a program does that says what is wrong."""
    try:
        # Isolated: neither the current folder nor the user's settings decide what is imported.
        done = subprocess.run(
            [sys.executable, "-I", str(_CHILD)],
            input=content,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"the file does not answer within {SECONDS:g} seconds, so it is not loaded"
    if done.returncode >= 0:
        return ""
    return f"the file ends the program that loads it ({_name(-done.returncode)}), so it is not loaded"


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
