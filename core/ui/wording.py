"""Answers in words, for the cards, the table and the alternative texts of pictures."""

import re

from core.heads import GENDER, HEADS, TRAITS, HeadSpec
from core.results import FaceResult, ImageResult, Reason, Status
from core.settings import PREFERRED_MODELS
from core.wording import counted as counted
from core.wording import leaning as leaning
from core.wording import percent as percent
from core.wording import sureness as sureness
from core.wording import whole_percent as whole_percent
from core.wording import whole_percents as whole_percents

LABEL_WORDS = HEADS[GENDER].words
REASON_WORDS = {
    Reason.TOO_SMALL: "too small",
    Reason.TOO_BLURRED: "too blurred",
    Reason.TOO_DARK: "too dark",
    Reason.TOO_BRIGHT: "over-exposed",
    Reason.TURNED_AWAY: "turned too far away",
    Reason.CHILD: "looks like a child",
}
SURE_HELP = "Probability of the likelier gender, also where the answer is uncertain"
STATUS_WORDS = {Status.OK: "", Status.NO_FACE: "No face found", Status.REFUSED: "Not read"}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:&^=])")
# What Streamlit turns into icons, links and arrows even when it is escaped, as it does so after reading the Markdown:
# ":material_home:", ":streamlit:", "www.…", "a@b.c" and lone "->", "--", ">=". A word joiner parts them unseen.
_TRANSFORMED = re.compile(
    r"(?<=:)(?=material[_/]|streamlit:)|(?<=www)(?=\.)|(?=@)|(?<!\S)(?=(?:<->|->|<-|--|>=|<=|~=)(?!\S))", re.IGNORECASE
)
_WORD_JOINER = "\u2060"


def listed(model: str) -> str:
    """A model's name as lists of models show it: the recommended one is marked."""
    return f"{model} (recommended)" if model == PREFERRED_MODELS[0] else model


def plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line: file names may hold anything."""
    return _MARKDOWN.sub(r"\\\1", _TRANSFORMED.sub(_WORD_JOINER, " ".join(text.split())))


def label_of(face: FaceResult) -> str:
    """The answer: Female, Male or Uncertain."""
    return LABEL_WORDS[face.label]


def explanation(face: FaceResult, threshold: float) -> str:
    """Why a face is uncertain and which way it leans: "Too blurred · leans male 84 %"; "" for an answered one."""
    if not face.reasons:
        return ""
    others = ", ".join(REASON_WORDS[reason] for reason in face.reasons if reason is not Reason.LOW_CONFIDENCE)
    if others:
        return f"{others[0].upper()}{others[1:]} · leans {leaning(face)}"
    return f"Leans {leaning(face)}, below your {percent(threshold)} threshold"


def trait(face: FaceResult, head: HeadSpec) -> str:
    """What a head says of a face, such as "not worn" or "20\u201139"; "" where the model does not say."""
    return head.word(head.answer(face.prediction, face.decision))


def traits(face: FaceResult) -> str:
    """All but gender in one line, such as "mask worn · 60+ years"; "" where the model says nothing."""
    words = ((head, trait(face, head)) for head in TRAITS)
    return " · ".join(f"{head.name} {word}" if head.answers else f"{word} years" for head, word in words if word)


def description(face: FaceResult) -> str:
    """What was looked at: how large the face is, and whether it was found at all."""
    if not face.face.detected:
        return "the whole picture was taken as a face, as you asked"
    return f"{round(face.quality.face_px)} px face"


def alternative(result: ImageResult) -> str:
    """A picture in words, for those who cannot see it."""
    if result.status is not Status.OK:
        return f"{result.name}: {STATUS_WORDS[result.status].lower()}"
    faces = [
        f"{number}: {label_of(face).lower()}, {sureness(face)}" for number, face in enumerate(result.faces, start=1)
    ]
    return f"{result.name} with {counted(len(faces), 'numbered face', 'numbered faces')}. {'; '.join(faces)}"
