"""Answers: what inference hands on; frozen and validated at birth.

The probability is always that of *female*, in [0, 1].
"""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from core.types import Face, Picture, Pixels

ROW_COLUMNS = (
    "file", "status", "code", "message", "face", "left", "top", "right", "bottom", "score",
    "p_female", "label", "reason", "p_mask", "mask", "age_band", "model", "annotated",
    "threshold", "mask_threshold", "child_threshold", "engine", "model_version", "program",
)  # fmt: skip


class Label(StrEnum):
    """The answer for one face: perceived gender, or an honest `uncertain`."""

    FEMALE = "female"
    MALE = "male"
    UNCERTAIN = "uncertain"


class MaskState(StrEnum):
    """Whether a mask is worn, where the model says it."""

    WORN = "worn"
    NOT_WORN = "not_worn"
    UNSURE = "unsure"


class Status(StrEnum):
    """What became of one input file."""

    OK = "ok"
    NO_FACE = "no_face"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why a face is `uncertain`."""

    LOW_CONFIDENCE = "low_confidence"
    TOO_SMALL = "too_small"
    TOO_BLURRED = "too_blurred"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    TURNED_AWAY = "turned_away"
    TURNED = "turned"
    CHILD = "child"

    @property
    def sentence(self) -> str:
        """The reason in words for a person."""
        return _REASON_SENTENCES[self]


_REASON_SENTENCES = {
    Reason.LOW_CONFIDENCE: "the model is not sure enough",
    Reason.TOO_SMALL: "the face is too small to tell",
    Reason.TOO_BLURRED: "the face is too blurred to tell",
    Reason.TOO_DARK: "the face is too dark to tell",
    Reason.TOO_BRIGHT: "the face is over-exposed",
    Reason.TURNED_AWAY: "the face is turned too far away",
    Reason.TURNED: "it cannot be told which way up the face is",
    Reason.CHILD: "a child's face: not classified",
}


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


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of a face, before anything is decided; None where it has no such answer.

    Attributes:
        p_female: Calibrated probability of *female*, in [0, 1].
        p_mask: Calibrated probability that a mask is worn, in [0, 1].
        age_band: The likeliest band of `core.labels.AGE_BANDS`.
        p_child: Calibrated probability of the youngest band, in [0, 1].
    """

    p_female: float
    p_mask: float | None = None
    age_band: str | None = None
    p_child: float | None = None

    def __post_init__(self) -> None:
        for name in ("p_female", "p_mask", "p_child"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ValueError(f"{name} lies in [0, 1], got {value}")
        if (self.age_band is None) != (self.p_child is None):
            raise ValueError(f"an age band and the probability of a child go together, got {self}")


@dataclass(frozen=True, slots=True)
class Decision:
    """What is made of a prediction by thresholds.

    Attributes:
        label: The answer.
        reasons: Why the answer is `uncertain`; empty otherwise.
        mask: Whether a mask is worn; None where the model does not say.
    """

    label: Label
    reasons: tuple[Reason, ...] = ()
    mask: MaskState | None = None

    def __post_init__(self) -> None:
        if bool(self.reasons) != (self.label is Label.UNCERTAIN):
            raise ValueError(f"reasons belong to 'uncertain' and to it alone, got {self.label} with {self.reasons}")


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
        if (self.decision.mask is None) != (self.prediction.p_mask is None):
            raise ValueError(f"a mask is judged by its probability, got {self.prediction} with {self.decision}")

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
    def mask(self) -> MaskState | None:
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
            "score": round(self.face.score, 4), "p_female": round(self.p_female, 4), "label": self.label.value,
            "reason": ";".join(self.reasons), "p_mask": None if self.p_mask is None else round(self.p_mask, 4),
            "mask": None if self.mask is None else self.mask.value, "age_band": self.age_band,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Provenance:
    """What an answer was made with, beside the picture: who has it can make the answer again.

    Attributes:
        threshold: Confidence from which on a gender is answered.
        mask_threshold: Confidence from which on a mask is called worn or not.
        child_threshold: Probability from which on a face counts as a child's; None: children are answered.
        engine: What ran the model.
        model_version: Digest of the model's files.
        program: Version of this program.
    """

    threshold: float
    mask_threshold: float
    child_threshold: float | None
    engine: str
    model_version: str
    program: str


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
        made = {"model": self.model} | ({} if self.provenance is None else asdict(self.provenance))
        empty = dict.fromkeys(ROW_COLUMNS)
        if not self.faces:
            return [{**empty, **common, **made}]
        return [
            {**empty, **common, "face": number, **face.to_row(), **made}
            for number, face in enumerate(self.faces, start=1)
        ]
