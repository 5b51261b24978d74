"""How the work on a picture goes on in another thread, and a way to end it before its time."""

from collections.abc import Callable
from dataclasses import dataclass

Meanwhile = Callable[[str, int], None]
"""Told a few times a second, while a picture takes long, its name and how many looks at faces there were."""


class Unwanted(Exception):
    """Nobody waits for this picture any more."""


@dataclass(slots=True)
class Pulse:
    """The work on one picture; written by the thread that works, but for `wanted`.

    Attributes:
        beats: Looks at faces so far: each find is looked at, and each face is cut out.
        wanted: False ends the work at the next beat.
    """

    beats: int = 0
    wanted: bool = True

    def beat(self) -> None:
        """Say that the work goes on.

        Raises:
            Unwanted: If it need not.
        """
        if not self.wanted:
            raise Unwanted
        self.beats += 1
