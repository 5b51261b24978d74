"""Answers: what inference hands on; frozen and validated at birth.

The probability is always that of *female*, in [0, 1].
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.heads import (
    ANSWER_COLUMNS,
    BINARY,
    THRESHOLD_COLUMNS,
    Decision,
    Label,
    Prediction,
    Reason,
    Thresholds,
    Worn,
    answer_row,
)
from core.types import Face, Picture, Pixels

__all__ = [
    "PROVENANCE_COLUMNS",
    "ROW_COLUMNS",
    "Decision",
    "FaceResult",
    "ImageResult",
    "Label",
    "Prediction",
    "Provenance",
    "Quality",
    "Reason",
    "Status",
    "Worn",
]

PROVENANCE_COLUMNS = (*THRESHOLD_COLUMNS, "engine", "model_version", "program")
ROW_COLUMNS = (
    "file", "status", "code", "message", "face", "left", "top", "right", "bottom", "score", *ANSWER_COLUMNS,
    "model", "annotated", *PROVENANCE_COLUMNS,
)  # fmt: skip


class Status(StrEnum):
    """What became of one input file."""

    OK = "ok"
    NO_FACE = "no_face"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a face can be seen; `core.vision.quality` defines the measures.

    Attributes:
        face_px: Shorter side of the face box, pixels.
        sharpness: Larger is sharper.
        brightness: Mean luminance of forehead and eyes, 0 to 255.
        turn: 0 (frontal) to 1 (profile).
        reasons: What makes the face too poor to judge; empty for a good one.
        clipped: Share of forehead and eyes that is white, 0 to 1.
        mosaic: How far it is made of a few large squares, 0 to 1.
    """

    face_px: float
    sharpness: float
    brightness: float
    turn: float
    reasons: tuple[Reason, ...] = ()
    clipped: float = 0.0
    mosaic: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class FaceResult:
    """One face and its answer.

    Attributes:
        face: Where it is.
        quality: How well it can be seen.
        prediction: What the model says.
        decision: The answer.
        crop: What the model saw, uint8 RGB (size, size, 3).
    """

    face: Face
    quality: Quality
    prediction: Prediction
    decision: Decision
    crop: Pixels = field(repr=False)

    def __post_init__(self) -> None:
        for spec in BINARY:
            if (getattr(self.decision, spec.column) is None) != (getattr(self.prediction, spec.p) is None):
                raise ValueError(
                    f"a {spec.name} is judged by its probability, got {self.prediction} with {self.decision}"
                )

    @property
    def p_female(self) -> float:
        """Calibrated probability of *female*, in [0, 1]."""
        return self.prediction.p_female

    @property
    def label(self) -> Label:
        """The answer."""
        return self.decision.label

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why the answer is `uncertain`; empty otherwise."""
        return self.decision.reasons

    @property
    def p_mask(self) -> float | None:
        """Calibrated probability that a mask is worn, in [0, 1]; None where the model does not say."""
        return self.prediction.p_mask

    @property
    def mask(self) -> Worn | None:
        """Whether a mask is worn; None where the model does not say."""
        return self.decision.mask

    @property
    def age_band(self) -> str | None:
        """The likeliest age band; None where the model does not say."""
        return self.prediction.age_band

    @property
    def confidence(self) -> float:
        """Probability of the likelier gender, in [0.5, 1]."""
        return max(self.p_female, 1 - self.p_female)

    def to_row(self) -> dict[str, Any]:
        """The face's own columns, as plain Python values."""
        box = self.face.box
        return {
            "left": round(box.left), "top": round(box.top), "right": round(box.right), "bottom": round(box.bottom),
            "score": round(self.face.score, 4), **answer_row(self.prediction, self.decision),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Provenance:
    """What an answer was made with, beside the picture: who has it can make the answer again.

    Attributes:
        thresholds: From which on something is said.
        engine: What ran the model.
        model_version: Digest of the model's files.
        program: Version of this program.
    """

    thresholds: Thresholds
    engine: str
    model_version: str
    program: str

    def to_row(self) -> dict[str, Any]:
        """Its columns, as plain Python values."""
        made = {"engine": self.engine, "model_version": self.model_version, "program": self.program}
        return self.thresholds.to_row() | made


@dataclass(frozen=True, slots=True, eq=False)
class ImageResult:
    """The outcome of one input file; there is exactly one for every input.

    Attributes:
        name: The file's name or path as the user gave it.
        status: `ok` with at least one face, `no_face`, or `refused`.
        code: Stable code of the refusal, `no_face`, or "".
        message: A sentence for the user, or "".
        faces: In reading order; empty unless `status` is `ok`.
        model: Name of the model that answered.
        notes: Sentences worth telling, such as "first frame of an animation".
        picture: The decoded picture where the caller asked to keep it.
        provenance: What it was made with.
    """

    name: str
    status: Status
    model: str
    code: str = ""
    message: str = ""
    faces: tuple[FaceResult, ...] = ()
    notes: tuple[str, ...] = ()
    picture: Picture | None = field(default=None, repr=False)
    provenance: Provenance | None = None

    def __post_init__(self) -> None:
        if bool(self.faces) != (self.status is Status.OK):
            raise ValueError(f"faces belong to status 'ok' and to it alone, got {self.status} with {len(self.faces)}")
        if bool(self.code) != (self.status is not Status.OK):
            raise ValueError(f"a code belongs to every status but 'ok', got {self.status} with {self.code!r}")

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a face, at least one; keys are `ROW_COLUMNS`, values plain Python (None: no value).

        The notes stand in the message's column, after the message.
        """
        message = " ".join(filter(None, (self.message, *self.notes)))
        common = {"file": self.name, "status": self.status.value, "code": self.code, "message": message}
        made = {"model": self.model} | ({} if self.provenance is None else self.provenance.to_row())
        empty = dict.fromkeys(ROW_COLUMNS)
        if not self.faces:
            return [{**empty, **common, **made}]
        return [
            {**empty, **common, "face": number, **face.to_row(), **made}
            for number, face in enumerate(self.faces, start=1)
        ]
