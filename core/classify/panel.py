"""What several models say of the same faces, those that they call differently first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.results import FaceResult, ImageResult, Label
from core.types import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class PanelFace:
    """One face and each model's answer.

    Attributes:
        file: Name of its picture.
        number: Its number in the picture, from 1.
        crop: What the first model saw, uint8 RGB (size, size, 3).
        answers: By name of the model.
    """

    file: str
    number: int
    crop: Pixels = field(repr=False)
    answers: Mapping[str, FaceResult]

    @property
    def is_contested(self) -> bool:
        """Whether one model says female and another male."""
        return {Label.FEMALE, Label.MALE} <= {answer.label for answer in self.answers.values()}

    @property
    def is_alike(self) -> bool:
        """Whether all say the same, be it uncertain."""
        return len({answer.label for answer in self.answers.values()}) == 1

    @property
    def spread(self) -> float:
        """How far apart their probabilities of *female* lie, in [0, 1]."""
        values = [answer.p_female for answer in self.answers.values()]
        return max(values) - min(values)


def panel(results: Mapping[str, Sequence[ImageResult]]) -> list[PanelFace]:
    """Bring together what models say of the same pictures.

    Args:
        results: By name of the model, each with the same pictures in the same order. All models look at the faces
            that the one detector found; a picture in which the numbers of faces differ is left out.

    Returns:
        First the faces that are female to one model and male to another, then those that one calls and another
        leaves uncertain, then the others; the furthest apart first.
    """
    faces = []
    for outcomes in zip(*results.values(), strict=True):
        if len({len(outcome.faces) for outcome in outcomes}) == 1:
            for number, answers in enumerate(zip(*(outcome.faces for outcome in outcomes), strict=True), start=1):
                named = dict(zip(results, answers, strict=True))
                faces.append(PanelFace(outcomes[0].name, number, answers[0].crop, named))
    return sorted(faces, key=lambda face: (not face.is_contested, face.is_alike, -face.spread))
