"""From a prediction to an answer: female, male, or an honest `uncertain` with its reasons; mask worn or not."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.heads import BINARY, GENDER, Decision, HeadSpec, Label, Prediction, Reason, Thresholds
from core.results import ImageResult, Quality


def decide(prediction: Prediction, quality: Quality, thresholds: Thresholds) -> Decision:
    """Answer for one face.

    A face of poor quality, and one that is judged to be a child's, is uncertain whatever the model
    says of its gender; else the likelier gender is answered from a confidence of `thresholds.gender`
    on. At 0.5 every other face is answered; an exact tie there is *female*, so that the answer is
    defined. Whether a mask is worn is decided likewise: unsure where the face is of poor quality or
    the model is not sure enough; an exact tie at 0.5 is *worn*.

    Args:
        prediction: What the model says.
        quality: How well the face can be seen.
        thresholds: From which probabilities on something is said.

    Returns:
        The label; for `uncertain` every reason: those of quality, then a child's face, then low
        confidence; and the mask's state where the model has an answer to that.
    """
    reasons = list(quality.reasons)
    if thresholds.child is not None and prediction.p_child is not None and prediction.p_child >= thresholds.child:
        reasons.append(Reason.CHILD)
    likelier = _likelier(prediction.p_female, thresholds.gender)
    if likelier is None:
        reasons.append(Reason.LOW_CONFIDENCE)
    label = Label.UNCERTAIN if reasons else Label.FEMALE if likelier else Label.MALE
    others = {spec.column: _said(spec, prediction, quality, thresholds) for spec in BINARY if spec.name != GENDER}
    return Decision(label, tuple(reasons), **others)


def apply_thresholds(result: ImageResult, thresholds: Thresholds) -> ImageResult:
    """The same result, decided again with other thresholds; the model is not asked again."""
    faces = (replace(face, decision=decide(face.prediction, face.quality, thresholds)) for face in result.faces)
    made = result.provenance and replace(result.provenance, thresholds=thresholds)
    return replace(result, faces=tuple(faces), provenance=made)


def is_clear(good: ArrayLike, p_child: ArrayLike, child_threshold: float | None) -> NDArray[np.bool_]:
    """Where a face may be answered: whether `decide` finds a reason other than low confidence, for arrays.

    Args:
        good: Whether each face was found and is well seen.
        p_child: Probabilities of the youngest age band, in [0, 1]; NaN where the model does not say.
        child_threshold: As in `Thresholds`.

    Returns:
        bool, of the shape of `good`.
    """
    good = np.asarray(good, dtype=np.bool_)
    # Not p_child < child_threshold: NaN is no child.
    return good if child_threshold is None else good & ~(np.asarray(p_child, np.float64) >= child_threshold)


def is_sure(p: ArrayLike, threshold: ArrayLike) -> NDArray[np.bool_]:
    """Where the likelier of two answers reaches a threshold: what `decide` asks of one face, for arrays.

    Args:
        p: Probabilities of one of the answers, in [0, 1].
        threshold: Confidences in [0.5, 1), of any shape that goes with that of `p`.

    Returns:
        bool, of their common shape; False where p is NaN.
    """
    p = np.asarray(p, dtype=np.float64)
    # Not p <= 1 - threshold, which differs by rounding.
    return np.asarray((p >= threshold) | (1 - p >= threshold))


def _likelier(p: float, threshold: float) -> bool | None:
    """Whether what has probability p is the case; None where neither answer reaches the threshold."""
    if p >= threshold:
        return True
    return False if 1 - p >= threshold else None


def _said(spec: HeadSpec, prediction: Prediction, quality: Quality, thresholds: Thresholds) -> Any:
    """What is said by a head other than gender; None where the model does not have it."""
    p = getattr(prediction, spec.p)
    if p is None:
        return None
    case, other, unsure = spec.answers
    is_case = None if quality.reasons else _likelier(p, getattr(thresholds, spec.name))
    return unsure if is_case is None else case if is_case else other
