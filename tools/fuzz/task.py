"""One input to be tried, from which all that is random about it follows."""

import random
from collections.abc import Mapping
from typing import NamedTuple

Files = Mapping[str, bytes]


class Task(NamedTuple):
    """An input.

    Attributes:
        seed: Of the whole run.
        kind: A name of `tools.fuzz.seeds.KINDS`.
        number: Its place in the run.
    """

    seed: int
    kind: str
    number: int

    def draw(self) -> random.Random:
        """A source of numbers of its own, the same every time."""
        return random.Random(f"{self.seed}:{self.kind}:{self.number}")
