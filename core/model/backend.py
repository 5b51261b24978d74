"""The one place that imports TensorFlow for training: late, and without its chatter."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any


@contextmanager
def silence() -> Iterator[None]:
    """Send what native code writes to standard error to nowhere, meanwhile.

    TensorFlow's start-up lines and its converter's bypass Python's logging and warnings, and
    `TF_CPP_MIN_LOG_LEVEL` does not reach those written before its logging is set up (2.21).
    """
    try:
        saved = os.dup(2)
    except OSError:  # closed: it goes nowhere as it is
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def load_tensorflow() -> Any:
    """The `tensorflow` module, its devices found."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with silence():
        tensorflow = import_module("tensorflow")
        tensorflow.config.list_physical_devices()
    return tensorflow


def load_keras() -> Any:
    """The `keras` module, on TensorFlow."""
    load_tensorflow()
    return import_module("keras")
