"""From a probability to an answer: female, male, or an honest `uncertain` with its reasons."""

import math
from collections.abc import Sequence
from dataclasses import replace

from core.results import FaceResult, ImageResult, Label, Quality, Reason


def check_threshold(threshold: float) -> None:
    """Raise `ValueError` unless a threshold is a confidence in [0.5, 1)."""
    if not 0.5 <= threshold < 1:
        raise ValueError(f"a threshold lies in [0.5, 1), got {threshold}")


def decide(p_female: float, quality: Quality, threshold: float) -> tuple[Label, tuple[Reason, ...]]:
    """Answer for one face.

    A face of poor quality is uncertain whatever the model says, and then says so first; else the
    likelier gender is answered from a confidence of `threshold` on. At 0.5 every good face is
    answered; an exact tie there is *female*, so that the answer is defined.

    Args:
        p_female: Calibrated probability of *female*, in [0, 1].
        quality: How well the face can be seen.
        threshold: Smallest confidence that is answered, in [0.5, 1).

    Returns:
        The label and, for `uncertain`, every reason: those of quality, then low confidence.

    Raises:
        ValueError: If a number is outside its range.
    """
    check_threshold(threshold)
    if not (math.isfinite(p_female) and 0 <= p_female <= 1):
        raise ValueError(f"p_female lies in [0, 1], got {p_female}")
    if p_female >= threshold:
        answer = Label.FEMALE
    elif 1 - p_female >= threshold:
        answer = Label.MALE
    else:
        return Label.UNCERTAIN, (*quality.reasons, Reason.LOW_CONFIDENCE)
    return (Label.UNCERTAIN, quality.reasons) if quality.reasons else (answer, ())


def apply_threshold(result: ImageResult, threshold: float) -> ImageResult:
    """The same result, decided again with another threshold; the model is not asked again.

    Raises:
        ValueError: If the threshold is outside [0.5, 1).
    """
    check_threshold(threshold)
    return replace(result, faces=tuple(_decide_again(result.faces, threshold)))


def _decide_again(faces: Sequence[FaceResult], threshold: float) -> list[FaceResult]:
    decided = []
    for face in faces:
        label, reasons = decide(face.p_female, face.quality, threshold)
        decided.append(replace(face, label=label, reasons=reasons))
    return decided
