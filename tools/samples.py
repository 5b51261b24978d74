"""`python -m tools samples`: the pictures of the sample gallery, made from bare portraits as its manifest says."""

import argparse
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli.arguments import place
from core.errors import PictureError
from core.files import write_bytes
from core.sample_pictures import SamplePicture, read_samples

if TYPE_CHECKING:
    from core.types import Face, Pixels
    from core.vision.masks import MaskStyle

MAX_BYTES, MAX_SMALL_BYTES = 150_000, 28_000
LONGEST_SIDE = 900
PORTRAITS = ("astronaut.png", "obama.jpg", "biden.jpg")
"""Portraits whose bare crops are kept beside the samples, for tests."""
# Side of a crop in face-box heights, and where the face's middle lies in it (from the top).
_CROP, _PLACE = 2.3, 0.47
_PANEL, _GAP, _GROUND = 288, 9, (38, 42, 48)
_COLUMNS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("portraits", type=place, help="folder with the portraits that the manifest names")
    parser.add_argument("--output", type=place, required=True, help="folder with the manifest, such as assets/samples")
    parser.add_argument("--only", nargs="+", default=[], metavar="FILE", help="make these pictures alone")
    parser.add_argument(
        "--pool",
        type=place,
        metavar="FOLDER",
        help="instead, every portrait in every mask of the manifest, to choose from",
    )


def run(options: argparse.Namespace) -> int:
    """Make all samples; the same portraits give the same files.

    Raises:
        PictureError: If a portrait is missing, unreadable or shows no face.
        ValueError: If the manifest is not one.
    """
    if options.pool:
        return _pool(options.portraits, read_samples(options.output), options.pool)
    samples = {sample.file.name: sample for sample in read_samples(options.output)}
    wanted = [sample for name, sample in samples.items() if name in options.only or not options.only]
    for sample in wanted:
        if panels := sample.made.get("panels"):
            pixels = _group([samples[name] for name in panels], options.portraits)
        else:
            pixels, _ = _made(sample, options.portraits)
        _save(pixels, sample.file, MAX_SMALL_BYTES if "side" in sample.made else MAX_BYTES)
    for file in () if options.only else PORTRAITS:
        _save(_crop(options.portraits / file)[0], options.output / "portraits" / Path(file).with_suffix(".jpg"))
    print(f"{len(wanted)} samples in {options.output}")
    return 0


def _pool(portraits: Path, samples: list[SamplePicture], folder: Path) -> int:
    """Candidates for what the shipped model leaves uncertain or gets wrong: `python -m core classify` names them."""
    sources = [*PORTRAITS, *(f"portraits/{path.name}" for path in sorted((portraits / "portraits").glob("*.jpg")))]
    masks = {sample.file.stem: sample.made["mask"] for sample in samples if "mask" in sample.made}
    for portrait in sources:
        for name, mask in masks.items():
            file = folder / f"{Path(portrait).stem}+{name}.jpg"
            candidate = SamplePicture(file, name, ("female",), made={"portrait": portrait, "mask": mask, "side": 448})
            _save(_made(candidate, portraits)[0], file, MAX_SMALL_BYTES)
    print(f"{len(sources) * len(masks)} candidates in {folder}")
    return 0


def _made(sample: SamplePicture, portraits: Path) -> tuple["Pixels", "Face"]:
    """A sample of one portrait, and where the face is in it."""
    import cv2
    import numpy as np

    from core.types import face_size
    from core.vision.masks import draw_mask

    made = sample.made
    pixels, face = _crop(portraits / made["portrait"], made.get("side", LONGEST_SIDE))
    if "mask" in made:
        pixels = draw_mask(pixels, face, _style(made["mask"]))
    if "blur" in made:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), made["blur"] * face_size(face)), dtype=np.uint8)
    if "light" in made:
        light = (np.arange(256) / 255) ** 2.2 * made["light"]
        pixels = np.asarray(cv2.LUT(pixels, np.round(light ** (1 / 2.2) * 255).astype(np.uint8)), dtype=np.uint8)
    return pixels, face


def _style(mask: dict[str, Any]) -> "MaskStyle":
    """A style from what the manifest says of it."""
    from core.vision.masks import MaskFamily, MaskPosition, MaskShape, MaskStyle, Pattern

    kinds = {"family": MaskFamily, "shape": MaskShape, "pattern": Pattern, "position": MaskPosition}
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in mask.items()}
    values |= {key: kind(values[key]) for key, kind in kinds.items() if key in values}
    return MaskStyle(**values)


def _crop(path: Path, longest: int = LONGEST_SIDE) -> tuple["Pixels", "Face"]:
    """Head and shoulders of the largest face in a portrait, square, at most `longest` pixels, with its face."""
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
    if side > longest:
        pixels = np.asarray(cv2.resize(pixels, (longest,) * 2, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    # The face is found again where masks are drawn: in the very pixels of the crop.
    return pixels.copy(), max(FaceDetector().detect(pixels), key=lambda face: face.box.height)


def _group(samples: list[SamplePicture], portraits: Path) -> "Pixels":
    """People in rows as in a video call, in the samples' masks; those of the second row are the first's, mirrored."""
    import cv2
    import numpy as np

    from core.vision.detection.faces import FaceDetector
    from core.vision.masks import draw_mask

    step = _PANEL + _GAP
    rows = -(-len(samples) // _COLUMNS)
    sheet = np.full((rows * step + _GAP, _COLUMNS * step + _GAP, 3), _GROUND, dtype=np.uint8)
    faces = [_crop(portraits / sample.made["portrait"])[0] for sample in samples]
    for index, sample in enumerate(samples):
        row, column = divmod(index, _COLUMNS)
        pixels = faces[(column + row) % _COLUMNS]
        panel: Pixels = np.asarray(cv2.resize(pixels, (_PANEL, _PANEL), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        if row:
            panel = np.ascontiguousarray(panel[:, ::-1])
        face = max(FaceDetector().detect(panel), key=lambda face: face.box.height)
        top, left = _GAP + row * step, _GAP + column * step
        sheet[top : top + _PANEL, left : left + _PANEL] = draw_mask(panel, face, _style(sample.made["mask"]))
    return sheet


def _save(pixels: "Pixels", path: Path, most: int = MAX_BYTES) -> None:
    """Write a JPEG of at most `most` bytes, in the best quality that fits."""
    from PIL import Image

    for quality in range(92, 30, -4):
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, optimize=True)
        if buffer.tell() <= most:
            break
    write_bytes(path, buffer.getvalue())
