"""`python -m tools turned`: how often faces are taken the right way up in pictures that were turned."""

import argparse
import math
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from core.cli.arguments import place, positive

if TYPE_CHECKING:
    from core.data.samples import Sample
    from core.types import Face, Pixels
    from core.vision.detection.faces import FaceDetector

QUARTERS = 4
_RIGHT = math.radians(45)


class Outcome(StrEnum):
    """What became of the largest face of a picture."""

    RIGHT = "right way up"
    TURNED = "uncertain: turned"
    WRONG = "wrong"
    NONE = "no face"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_set_arguments(parser)
    parser.add_argument("--masked", action="store_true", help="draw a mask on the largest face first")


def add_set_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which pictures are tried."""
    parser.add_argument("source", type=place, help="a data set of upright pictures, such as ../shared/data/wild.tar")
    parser.add_argument("--split", choices=("train", "val"), default="val", help="default: val; test is not looked at")
    parser.add_argument("--limit", type=positive, metavar="N", help="the first N pictures (default: all)")


def run(options: argparse.Namespace) -> int:
    """Turn every picture by quarters and print what became of its largest face."""
    from core.vision.detection.faces import FaceDetector

    detector, counts, tried = FaceDetector(), [Counter[Outcome]() for _ in range(QUARTERS)], 0
    for pixels in pictures(options):
        tried += 1
        if options.masked:
            pixels = masked(detector, pixels, tried)
        for quarters in range(QUARTERS):
            counts[quarters][outcome(detector, pixels, quarters)] += 1
    print(f"{options.source.stem}, {options.split}, {tried} pictures{', masks drawn' if options.masked else ''}")
    print(f"| turned by | {' | '.join(Outcome)} |\n|---|{'--:|' * len(Outcome)}")
    for quarters, count in enumerate(counts):
        print(f"| {90 * quarters} degrees | {' | '.join(str(count[each]) for each in Outcome)} |")
    return 0


def masked(detector: "FaceDetector", pixels: "Pixels", seed: int) -> "Pixels":
    """An upright picture (uint8 RGB) with a mask drawn on its largest face; as it is where none is found."""
    from core.types import face_size

    faces = detector.detect(pixels)
    return masked_face(pixels, max(faces, key=face_size), seed) if faces else pixels


def masked_face(pixels: "Pixels", face: "Face", seed: int) -> "Pixels":
    """A picture (uint8 RGB) with a random mask of a training family drawn on a face of it."""
    import numpy as np

    from core.vision.masks import TRAINING_FAMILIES, draw_mask, random_style

    return draw_mask(pixels, face, random_style(np.random.default_rng(seed), TRAINING_FAMILIES))


def outcome(detector: "FaceDetector", pixels: "Pixels", quarters: int) -> Outcome:
    """Look for faces in an upright picture (uint8 RGB) after it was turned by quarters of a circle, anticlockwise."""
    import numpy as np

    from core.types import face_size, roll_of

    faces = detector.detect(np.ascontiguousarray(np.rot90(pixels, quarters)))
    if not faces:
        return Outcome.NONE
    face = max(faces, key=face_size)
    if not face.way_up_known:
        return Outcome.TURNED
    astray = math.remainder(roll_of(face) + quarters * math.pi / 2, 2 * math.pi)
    return Outcome.RIGHT if abs(astray) < _RIGHT else Outcome.WRONG


def pictures(options: argparse.Namespace) -> Iterator["Pixels"]:
    """The pictures of the split in the set's order; what cannot be read is passed over."""
    return (pixels for _, pixels in labelled_pictures(options))


def labelled_pictures(options: argparse.Namespace) -> "Iterator[tuple[Sample, Pixels]]":
    """The same pictures, each with what its set says of it."""
    from core.data.readers.dataset import read_source
    from core.errors import DatasetError, PictureError
    from core.vision.pictures.decode import decode_picture

    source = read_source(options.source)
    samples = [sample for sample in source.samples if sample.split == options.split][: options.limit]
    if not samples:
        raise DatasetError("no_pictures", f"{source.name} has no pictures in its {options.split} split.")
    for sample in samples:
        try:
            yield sample, decode_picture(source.read(sample), sample.file).pixels
        except PictureError:
            continue
