"""The same face with other masks: what would the model say then?

Masks are drawn where the face was found, and the crop is cut there too, so that nothing differs but the mask.
"""

from dataclasses import dataclass, field

import numpy as np

from core.classify.pipeline import Classifier
from core.errors import ExplanationError
from core.explain.evidence import ask, likelier
from core.labels import family_words
from core.results import FaceResult, Label, Prediction, Worn
from core.types import Pixels
from core.vision.masks import FAMILIES, MaskStyle, draw_mask
from core.vision.warping import crop_face

BARE, AS_IT_IS = "bare", "unchanged"
# One of each family, as it is often seen, worn as it should be.
ORDINARY = {family: MaskStyle(family, **spec.ordinary) for family, spec in FAMILIES.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """The face in one mask.

    Attributes:
        name: `BARE`, `AS_IT_IS`, or the family of the mask in words.
        prediction: What the model says of it.
        crop: What the model saw, uint8 RGB (size, size, 3).
    """

    name: str
    prediction: Prediction
    crop: Pixels = field(repr=False)

    @property
    def p_female(self) -> float:
        """Calibrated probability of *female*, in [0, 1]."""
        return self.prediction.p_female

    @property
    def called(self) -> Label:
        """Female or male, whichever is likelier."""
        return likelier(self.prediction)


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """The answers for one face in every mask.

    Attributes:
        masked: Whether a mask is worn in the picture already: the others are drawn over it.
        variants: The face as it is in the picture, named `BARE` only where it was judged bare, and then one of
            each family.
    """

    masked: bool
    variants: tuple[Variant, ...]

    @property
    def changed(self) -> tuple[Variant, ...]:
        """The variants that are called otherwise than the face as it is."""
        first, *others = self.variants
        return tuple(variant for variant in others if variant.called is not first.called)


def what_if(classifier: Classifier, pixels: Pixels, result: FaceResult) -> WhatIf:
    """Draw a mask of every family on a face and ask the model about all of them at once.

    Args:
        classifier: The model at work.
        pixels: The picture, uint8 RGB (height, width, 3).
        result: The face in it and its answer.

    Raises:
        ExplanationError: `no_landmarks` if the whole picture was taken as a face, `not_drawn` if a mask
            would lie outside the picture, `no_answer` if the model fails.
    """
    if not result.face.detected:
        raise ExplanationError(
            "no_landmarks",
            "No mask can be drawn here: no face was detected, so the positions of eyes, nose and mouth are unknown.",
        )
    recipe = classifier.model.metadata.crop
    as_it_is = crop_face(pixels, result.face, recipe)
    crops = {BARE if result.mask is Worn.NOT_WORN else AS_IT_IS: as_it_is}
    for family, mask in ORDINARY.items():
        drawn = crops[family_words(family)] = crop_face(draw_mask(pixels, result.face, mask), result.face, recipe)
        if np.array_equal(drawn, as_it_is):
            raise ExplanationError(
                "not_drawn",
                "No mask can be drawn here: the lower half of the face lies outside the picture.",
            )
    predictions = ask(classifier, np.stack(list(crops.values())))
    variants = (Variant(name, said, crop) for (name, crop), said in zip(crops.items(), predictions, strict=True))
    return WhatIf(result.mask is Worn.WORN, tuple(variants))
