"""One picture → its crops: bare, with drawn masks, or with the real mask that is worn.

    bare        the face as it is
    drawn       a mask of a training family on it; several, differently drawn, where asked for
    held_out    a mask of the family that no training sees; val and test only
    real        a picture in which a real mask is worn

The detector looks at each masked picture anew, as it will in the app: what it then finds, or
fails to find, is what the model must cope with. Training pictures may be spared that (`Variants.look_again`):
random crops (`core.training.augmentation`) then stand for the detector's small differences.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.data.prepared import BARE, DRAWN, HELD_OUT, REAL
from core.data.samples import FACTS, TRAIN, Dropped, Sample, stable_number
from core.errors import PictureError
from core.settings import CropRecipe
from core.types import Face, Pixels
from core.vision.detection.faces import FaceDetector, whole_picture_face
from core.vision.masks import HELD_OUT_FAMILY, TRAINING_FAMILIES, draw_mask, random_style
from core.vision.pictures.decode import decode_picture
from core.vision.quality import assess
from core.vision.warping import crop_face

SAME_FACE = 0.3
"""Overlap (IoU) from which a face found under a mask is the face that the mask was drawn on."""


@dataclass(frozen=True, slots=True)
class Variants:
    """What to make of each picture.

    Attributes:
        crop: How faces are cut out.
        also: Other ways of cutting the same faces out, at hardly any further cost: finding them is what takes long.
        masked: Drawn variants a training picture; val and test pictures have one, unless 0.
        seed: Of the masks.
        assume_crop: Take the whole picture as the face in training pictures where none is found.
        look_again: Find the face under the drawn mask in training pictures too, for two thirds more time;
            else their masked crops are cut where the bare face was. Val and test always look again.
    """

    crop: CropRecipe
    masked: int = 1
    seed: int = 0
    assume_crop: bool = False
    look_again: bool = True
    also: tuple[CropRecipe, ...] = ()

    def __post_init__(self) -> None:
        if self.masked < 0:
            raise ValueError(f"the number of masked copies cannot be negative, got {self.masked}")


@dataclass(frozen=True, slots=True, eq=False)
class FaceCrop:
    """A crop of one face and its row of the index (columns `core.data.prepared.COLUMNS`).

    Attributes:
        crop: Cut by `Variants.crop`.
        row: What is known of it.
        also: Cut by each of `Variants.also`.
    """

    crop: Pixels
    row: dict[str, Any]
    also: tuple[Pixels, ...] = ()

    @property
    def crops(self) -> tuple[Pixels, ...]:
        """Cut in every way, `crop` first."""
        return self.crop, *self.also


class FaceCropper:
    """Makes the variants of pictures."""

    def __init__(self, variants: Variants) -> None:
        """Prepare the detector."""
        self._variants = variants
        self._detector = FaceDetector()

    def crop(self, sample: Sample, data: bytes) -> list[FaceCrop] | Dropped:
        """All variants of one picture.

        Args:
            sample: Its labels.
            data: The encoded picture.

        Returns:
            The crops, or why there are none: it is no picture, or it is a training picture in which
            no face is found.
        """
        try:
            pixels = decode_picture(data, sample.file).pixels
        except PictureError as error:
            return Dropped(sample.file, "not_a_picture", error.message)
        face = target_face(self._detector.detect(pixels), pixels)
        if face is None:
            if sample.split == TRAIN and not self._variants.assume_crop:
                return Dropped(sample.file, "no_face", "no face was found in it")
            face = whole_picture_face(pixels)
        if sample.masked:
            return [self._crop(sample, pixels, face, REAL, REAL, found=face.detected)]
        return [self._crop(sample, pixels, face, BARE, "", found=face.detected), *self._masked(sample, pixels, face)]

    def _masked(self, sample: Sample, pixels: Pixels, bare: Face) -> Iterator[FaceCrop]:
        count = self._variants.masked if sample.split == TRAIN else min(1, self._variants.masked)
        kinds = [(DRAWN, TRAINING_FAMILIES, number) for number in range(count)]
        if sample.split != TRAIN and count:
            kinds.append((HELD_OUT, (HELD_OUT_FAMILY,), 0))
        for variant, families, number in kinds:
            rng = np.random.default_rng(stable_number(self._variants.seed, sample.set, sample.file, variant, number))
            style = random_style(rng, families)
            masked = draw_mask(pixels, bare, style)
            again = self._variants.look_again or sample.split != TRAIN
            face = self._find_again(masked, bare) if again else bare
            found = face is not None and face.detected
            if face is None:
                face = bare if sample.split == TRAIN else whole_picture_face(masked)
            yield self._crop(sample, masked, face, variant, style.family.value, found=found)

    def _find_again(self, masked: Pixels, bare: Face) -> Face | None:
        found = self._detector.detect(masked)
        best = max(found, key=lambda face: face.box.overlap(bare.box), default=None)
        return best if best is not None and best.box.overlap(bare.box) >= SAME_FACE else None

    def _crop(self, sample: Sample, pixels: Pixels, face: Face, variant: str, family: str, *, found: bool) -> FaceCrop:
        box = face.box
        row = {
            "file": sample.file, "set": sample.set, "split": sample.split, "gender": sample.gender,
            **{fact: getattr(sample, fact) for fact in FACTS},
            "masked": int(variant != BARE), "mask_family": family, "variant": variant,
            "found": int(found), "score": round(face.score if found else 0.0, 4),
            "quality": ";".join(assess(pixels, face).reasons),
            "left": round(box.left, 1), "top": round(box.top, 1),
            "right": round(box.right, 1), "bottom": round(box.bottom, 1),
        }  # fmt: skip
        also = tuple(crop_face(pixels, face, recipe) for recipe in self._variants.also)
        return FaceCrop(crop_face(pixels, face, self._variants.crop), row, also)


def target_face(faces: list[Face], pixels: Pixels) -> Face | None:
    """The face that the label means: large and near the middle; None where there is no face.

    Pictures of the sets are cut round one person, with others at times beside or behind.
    """
    height, width = pixels.shape[:2]

    def weight(face: Face) -> float:
        x, y = face.box.center
        away = np.hypot(x / width - 0.5, y / height - 0.5)
        return float(np.sqrt(face.box.width * face.box.height) * max(0.0, 1 - away))

    return max(faces, key=weight, default=None)
