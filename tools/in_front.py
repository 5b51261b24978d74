"""`python -m tools in_front`: how often small faces are found that stand within the box of a larger one."""

import argparse
import itertools
from typing import TYPE_CHECKING, NamedTuple

from tools.turned import add_set_arguments, pictures

if TYPE_CHECKING:
    from core.types import Box, Face, Pixels
    from core.vision.detection.faces import FaceDetector

SIZES = (0.2, 0.25, 0.3, 0.4, 0.5)
"""Of the small face, in sizes of the large one."""
_ACROSS, _DOWN = (0.25, 0.5, 0.75), 0.72  # Where its middle stands in the large one's box: before the mask.
_MARGIN, _GREY = 0.15, 150
_SMALLEST, _CLEAR = 14, 0.85  # Pixels of a small face, and score of a large one, that are tried.
_WITHIN, _SAME = 0.5, 0.35  # Shares of a box in another, and of an overlap.


class Found(NamedTuple):
    """What was found of two faces, and how many boxes more."""

    small: bool
    large: bool
    others: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_set_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Put the face of each picture before that of another one, and the same on grey; print what is found."""
    import numpy as np

    from core.types import face_size
    from core.vision.detection.faces import FaceDetector
    from core.vision.detection.retries import shared

    people: list[tuple[Pixels, Face]] = []
    detector, nested, count = FaceDetector(), 0, 0
    for pixels in pictures(options):
        faces, count = detector.detect(pixels), count + 1
        nested += any(shared(one, other) > _WITHIN for one, other in itertools.combinations(faces, 2))
        if len(faces) == 1 and faces[0].score >= _CLEAR:
            people.append((pixels, faces[0]))
    print(f"{options.source.stem}, {options.split}, {count} pictures, {nested} with a face within another's")
    print("| size | pictures | small face | it on grey | large face | others |\n|--:|--:|--:|--:|--:|--:|")
    for size in SIZES:
        results, on_grey = list[Found](), 0
        for number, (large, face) in enumerate(people):
            if size * face_size(face) < _SMALLEST:
                continue
            small, place = people[(number + 1) % len(people)], _ACROSS[number % len(_ACROSS)]
            both, box = put_before(large, face, *small, size, place)
            alone, _ = put_before(np.full_like(large, _GREY), face, *small, size, place)
            results.append(found(detector, both, box, face.box))
            on_grey += found(detector, alone, box, face.box).small
        sums = [sum(result[column] for result in results) for column in range(3)]
        print(f"| {size} | {len(results)} | {sums[0]} | {on_grey} | {sums[1]} | {sums[2]} |")
    return 0


def put_before(
    large: "Pixels", face: "Face", small: "Pixels", its_face: "Face", size: float, across: float
) -> "tuple[Pixels, Box]":
    """A picture with another one's face before its own; and the box of that.

    Args:
        large: The picture, uint8 RGB (height, width, 3).
        face: Its face.
        small: The other picture.
        its_face: The face of that.
        size: That its face gets, in sizes of the large one.
        across: Where its middle stands in the large one's box, from left to right.
    """
    import cv2
    import numpy as np

    from core.types import Box, face_size

    box, scale = its_face.box, size * face_size(face) / face_size(its_face)
    left, top = (round(max(0, side - _MARGIN * box.height)) for side in (box.left, box.top))
    cut = small[top : round(box.bottom + _MARGIN * box.height), left : round(box.right + _MARGIN * box.height)]
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    cut = np.asarray(cv2.resize(cut, None, fx=scale, fy=scale, interpolation=way), np.uint8)
    x = round(face.box.left + across * face.box.width - scale * (box.center[0] - left))
    y = round(face.box.top + _DOWN * face.box.height - scale * (box.center[1] - top))
    picture = large.copy()
    there = picture[max(0, y) : max(0, y + len(cut)), max(0, x) : max(0, x + cut.shape[1])]
    there[...] = cut[max(0, -y) :, max(0, -x) :][: len(there), : there.shape[1]]
    right, down = x - scale * left, y - scale * top
    sides = scale * box.left + right, scale * box.top + down, scale * box.right + right, scale * box.bottom + down
    return picture, Box(*sides)


def found(detector: "FaceDetector", pixels: "Pixels", small: "Box", large: "Box") -> Found:
    """Whether the faces in the two boxes are found in a picture, and how many others."""
    there = [[face.box.overlap(box) > _SAME for box in (small, large)] for face in detector.detect(pixels)]
    return Found(any(one for one, _ in there), any(two for _, two in there), there.count([False, False]))
