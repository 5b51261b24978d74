"""Counts, shares and answers in words, for every sentence that holds one."""

from collections.abc import Sequence

from core.results import FaceResult, Label


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 face", "2,000 faces".

    Args:
        number: How many.
        one: The noun of one.
        many: That of any other number; "" for `one` with an "s".
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def whole_percent(share: float) -> int:
    """A share in whole per cent, rounded down: 79.9 % must not look like the 80 % that was asked for."""
    return int(100 * share + 1e-6)


def whole_percents(shares: Sequence[float]) -> list[int]:
    """Shares of one whole in whole per cent that add up to 100: the largest remainders are rounded up."""
    floors = [int(100 * share) for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda place: floors[place] - 100 * shares[place])
    for place in by_remainder[: 100 - sum(floors)]:
        floors[place] += 1
    return floors


def percent(share: float) -> str:
    """A share in whole per cent, in words."""
    return f"{whole_percent(share)} %"


def leaning(face: FaceResult) -> str:
    """The likelier gender and how likely it is, whatever the answer: "male 84 %"."""
    likelier = Label.FEMALE if face.p_female >= 0.5 else Label.MALE
    return f"{likelier.value} {percent(face.confidence)}"


def sureness(face: FaceResult) -> str:
    """How sure an answer is: "93 %", or of an uncertain one which way it leans: "leans male 84 %"."""
    return f"leans {leaning(face)}" if face.label is Label.UNCERTAIN else percent(face.confidence)
