"""`python -m tools samples`: the sample pictures, made from bare public-domain portraits."""

import argparse
import io
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.arguments import place
from core.errors import PictureError
from core.files import write_bytes

if TYPE_CHECKING:
    from core.types import Face, Pixels
    from core.vision.masks import MaskStyle

MAX_BYTES = 150_000
LONGEST_SIDE = 900
PORTRAITS = {"astronaut": "astronaut.png", "obama": "obama.jpg", "biden": "biden.jpg"}
# Side of a crop in face-box heights, and where the face's middle lies in it (from the top).
_CROP, _PLACE = 2.3, 0.47
_PANEL, _GAP, _GROUND = 288, 9, (38, 42, 48)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    names = ", ".join(PORTRAITS.values())
    parser.add_argument("portraits", type=place, help=f"folder with {names}")
    parser.add_argument("--output", type=place, required=True, help="folder for the samples, such as assets/samples")


def run(options: argparse.Namespace) -> int:
    """Make all samples; the same portraits give the same files.

    Raises:
        PictureError: If a portrait is missing, unreadable or shows no face.
    """
    from core.vision.masks import draw_mask

    portraits = {name: _crop(options.portraits / file) for name, file in PORTRAITS.items()}
    for name, (pixels, _) in portraits.items():
        _save(pixels, options.output / "portraits" / f"{name}.jpg")
    _save(portraits["obama"][0], options.output / "obama-bare.jpg")
    styles = _styles()
    for title, style in styles.items():
        pixels, face = portraits[title.split("-")[0]]
        _save(draw_mask(pixels, face, style), options.output / f"{title}.jpg")
    _save(_group(portraits, list(styles.values())), options.output / "group.jpg")
    print(f"{len(styles) + 2} samples and {len(portraits)} bare portraits in {options.output}")
    return 0


def _styles() -> dict[str, "MaskStyle"]:
    """The masks of the gallery by file name, portrait first."""
    from core.vision.masks import MaskFamily, MaskShape, MaskStyle, Pattern

    black = (28, 28, 31)
    return {
        "astronaut-surgical": MaskStyle(MaskFamily.SURGICAL, MaskShape.PLEATED, (176, 208, 228), seed=3),
        "obama-n95": MaskStyle(MaskFamily.N95, MaskShape.FOLDED, (238, 238, 234), creases=0.4, seed=5),
        "biden-black": MaskStyle(MaskFamily.BLACK, MaskShape.FITTED, black, strap=black, creases=0.4, seed=7),
        "astronaut-patterned": MaskStyle(
            MaskFamily.PATTERNED, MaskShape.FITTED, (238, 236, 230), (170, 40, 60), pattern=Pattern.FLORAL, seed=12
        ),
        "obama-cloth": MaskStyle(
            MaskFamily.CLOTH, MaskShape.FITTED, (44, 58, 96), strap=(44, 58, 96), creases=0.5, seed=4
        ),
        "biden-gaiter": MaskStyle(MaskFamily.GAITER, MaskShape.GAITER, (74, 84, 60), creases=0.7, seed=2),
    }


def _crop(path: Path) -> tuple["Pixels", "Face"]:
    """Head and shoulders of the largest face in a portrait, square, at most `LONGEST_SIDE`, with its face."""
    import cv2
    import numpy as np

    from core.vision.detection.faces import FaceDetector
    from core.vision.pictures.decode import load_picture

    picture = load_picture(path)
    faces = FaceDetector().detect(picture.pixels)
    if not faces:
        raise PictureError("not_a_picture", f"No face was found in {path}. Use a portrait that shows one.")
    box = max(faces, key=lambda face: face.box.height).box
    side = round(min(_CROP * box.height, picture.width, picture.height))
    left = round(min(max(box.center[0] - side / 2, 0), picture.width - side))
    top = round(min(max(box.center[1] - _PLACE * side, 0), picture.height - side))
    pixels: Pixels = picture.pixels[top : top + side, left : left + side]
    if side > LONGEST_SIDE:
        pixels = np.asarray(cv2.resize(pixels, (LONGEST_SIDE,) * 2, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    # The face is found again where masks are drawn: in the very pixels of the crop.
    return pixels.copy(), max(FaceDetector().detect(pixels), key=lambda face: face.box.height)


def _group(portraits: dict[str, tuple["Pixels", "Face"]], styles: list["MaskStyle"]) -> "Pixels":
    """Six people in two rows as in a video call: each portrait twice, once mirrored, each in another mask."""
    import cv2
    import numpy as np

    from core.vision.detection.faces import FaceDetector
    from core.vision.masks import draw_mask

    step = _PANEL + _GAP
    sheet = np.full((2 * step + _GAP, 3 * step + _GAP, 3), _GROUND, dtype=np.uint8)
    for index, style in enumerate(styles):
        row, column = divmod(index, 3)
        pixels, _ = list(portraits.values())[(column + row) % 3]
        panel: Pixels = np.asarray(cv2.resize(pixels, (_PANEL, _PANEL), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        if row:
            panel = np.ascontiguousarray(panel[:, ::-1])
        face = max(FaceDetector().detect(panel), key=lambda face: face.box.height)
        top, left = _GAP + row * step, _GAP + column * step
        sheet[top : top + _PANEL, left : left + _PANEL] = draw_mask(panel, face, style)
    return sheet


def _save(pixels: "Pixels", path: Path) -> None:
    """Write a JPEG of at most `MAX_BYTES`, in the best quality that fits."""
    from PIL import Image

    for quality in range(92, 30, -4):
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, optimize=True)
        if buffer.tell() <= MAX_BYTES:
            break
    write_bytes(path, buffer.getvalue())
