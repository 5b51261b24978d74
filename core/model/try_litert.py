"""The process that tries a LiteRT file, which may end it: reads the file from its standard input and lets it answer.

Run by `core.model.trial` as a program of its own, isolated, so it imports nothing of ours.
"""

import resource
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter

_MEMORY = 4 * 2**30  # bytes of address space: what asks for more is refused rather than served
_BRIGHTNESSES = (0, 127, 255)


def main() -> None:
    """Load the model and let it answer black, grey, white and noise; an ordinary exception is an ordinary end."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = _MEMORY if hard == resource.RLIM_INFINITY else min(_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    interpreter = Interpreter(model_content=sys.stdin.buffer.read(), num_threads=1)
    for signature in interpreter.get_signature_list():
        runner = interpreter.get_signature_runner(signature)
        ((name, details),) = runner.get_input_details().items()
        shape, kind = tuple(details["shape"]), np.dtype(details["dtype"])
        noise = np.random.default_rng(0).integers(0, 256, shape)
        for values in (*(np.full(shape, brightness) for brightness in _BRIGHTNESSES), noise):
            runner(**{name: values.astype(kind)})


if __name__ == "__main__":
    main()
