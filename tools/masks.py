"""`python -m tools masks`: a contact sheet of drawn masks, for people to look at."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.arguments import place, positive
from core.errors import AppError, DatasetError
from core.files import check_replaceable, replacing

if TYPE_CHECKING:
    from numpy.random import Generator

    from core.types import Picture, Pixels
    from core.vision.masks import MaskFamily

SOFTWARE = "Above the Mask"  # what a sheet is known by as one of ours
SHEET_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("source", type=place, help="a folder of pictures, or a tar with its CSV, of bare faces")
    parser.add_argument("--output", type=_sheet_file, required=True, help="the sheet, such as sheet.png")
    parser.add_argument("--count", type=positive, default=100, help="faces on the sheet (default 100)")
    parser.add_argument(
        "--families",
        nargs="+",
        type=_family,
        metavar="FAMILY",
        help="only these, such as surgical cloth n95 (default: those of training)",
    )
    parser.add_argument("--seed", type=int, default=0, help="random seed of faces and masks (default 0)")
    parser.add_argument("--cell", type=positive, default=180, help="side of one picture, pixels (default 180)")
    parser.add_argument("--columns", type=positive, default=10, help="pictures per row (default 10)")


def _family(text: str) -> "MaskFamily":
    from core.vision.masks import MaskFamily

    if text not in (known := [family.value for family in MaskFamily]):
        raise argparse.ArgumentTypeError(f"there is no family {text!r}: choose from {', '.join(known)}")
    return MaskFamily(text)


def _sheet_file(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in SHEET_SUFFIXES:
        raise argparse.ArgumentTypeError(f"the name must end in {', '.join(SHEET_SUFFIXES)}, got {text!r}")
    return path


def run(options: argparse.Namespace) -> int:
    """Draw the sheet.

    Raises:
        DatasetError: If the source cannot be read or shows no face.
    """
    import numpy as np

    from core.vision.detection.faces import FaceDetector
    from core.vision.masks import TRAINING_FAMILIES, draw_mask, random_style

    check_replaceable(options.output, SOFTWARE.encode())
    families = options.families or TRAINING_FAMILIES
    rng = np.random.default_rng(options.seed)
    detector = FaceDetector()
    drawn: list[Pixels] = []
    for picture in _pictures(options.source, rng):
        faces = detector.detect(picture.pixels)
        if not faces:
            continue
        pixels = picture.pixels
        for face in faces:
            pixels = draw_mask(pixels, face, random_style(rng, families))
        drawn.append(pixels)
        if len(drawn) == options.count:
            break
    if not drawn:
        raise DatasetError("no_pictures", f"No face was found in the pictures of {options.source}.")
    _save(contact_sheet(drawn, options.cell, options.columns), options.output)
    print(f"{len(drawn)} pictures with masks on {options.output}")
    return 0


def contact_sheet(pictures: Sequence["Pixels"], cell: int, columns: int) -> "Pixels":
    """Pictures (uint8 RGB) in rows of `columns`, each fitted into a square of `cell` pixels."""
    import cv2
    import numpy as np

    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * cell, columns * cell, 3), 64, dtype=np.uint8)
    for index, picture in enumerate(pictures):
        height, width = picture.shape[:2]
        scale = cell / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        fitted = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        top, left = (index // columns) * cell, (index % columns) * cell
        sheet[top : top + size[1], left : left + size[0]] = fitted
    return sheet


def _pictures(source: Path, rng: "Generator") -> Iterator["Picture"]:
    """Bare pictures of a source in random order; what cannot be read is passed over."""
    from core.data.readers.dataset import read_source
    from core.data.samples import TEST
    from core.files import is_clutter
    from core.vision.pictures.decode import PICTURE_SUFFIXES, decode_picture, load_picture

    if source.is_dir():
        inside = sorted(path.relative_to(source) for path in source.rglob("*"))
        paths = [
            source / path for path in inside if path.suffix.lower() in PICTURE_SUFFIXES and not is_clutter(str(path))
        ]
        loaders = [lambda path=path: load_picture(path) for path in paths]
    else:
        data = read_source(source)
        # Test pictures are for testing: nobody looks at them while drawing is tuned.
        files = [sample.file for sample in data.samples if not sample.masked and sample.split != TEST]
        loaders = [lambda file=file: decode_picture(data.store.read(file), file) for file in files]
    for index in rng.permutation(len(loaders)):
        try:
            yield loaders[index]()
        except AppError:
            continue


def _save(pixels: "Pixels", output: Path) -> None:
    from PIL import Image
    from PIL.ExifTags import Base

    output.parent.mkdir(parents=True, exist_ok=True)
    facts = Image.Exif()
    facts[Base.Software] = SOFTWARE
    with replacing(output) as new:
        Image.fromarray(pixels).save(new, exif=facts)
