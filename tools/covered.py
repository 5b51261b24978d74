"""`python -m tools covered`: how a model's answers change where parts of faces are covered, or padding is another.

Most of all, whether what real masks look like is what misleads it: a drawn mask over a real one hides that, and leaves
the person and the photograph as they are.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from core.cli.arguments import add_models
from core.cli.tables import markdown_rows
from core.settings import PADDINGS
from tools.turned import add_set_arguments, labelled_pictures, masked_face

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.model.loaded import LoadedModel
    from core.settings import CropRecipe
    from core.types import Face, Pixels

Cover = Callable[["Pixels", "Face", "CropRecipe", int], "Pixels"]
"""A picture, a face, how it is cut out and a seed → its crop."""
_HEADINGS = ("covered", "men right, % [95 %]", "women right, % [95 %]", "men: log-odds", "women: log-odds")
_HAIR, _MASK = 0.14, 0.48  # of the face's height: what lies above the one and below the other
_BATCH, _LEAST = 64, 1e-9
_AROUND = 0.5  # of the face's height, above and below it


def _changed(change: Callable[["Pixels", "Face", int], "Pixels"]) -> Cover:
    """The crop of a changed picture."""

    def cover(pixels: "Pixels", face: "Face", recipe: "CropRecipe", seed: int) -> "Pixels":
        from core.vision.warping import crop_face

        return crop_face(change(pixels, face, seed), face, recipe)

    return cover


def _padded(padding: str) -> Cover:
    """The crop of a picture beyond whose edges there is something else."""

    def cover(pixels: "Pixels", face: "Face", recipe: "CropRecipe", seed: int) -> "Pixels":
        from core.vision.warping import crop_face

        del seed
        return crop_face(pixels, face, replace(recipe, padding=padding))

    return cover


def _plain(first: float, last: float) -> Cover:
    """Covers the rows from one share of the face's height to another with the mean of their colours."""

    def change(pixels: "Pixels", face: "Face", seed: int) -> "Pixels":
        del seed
        top, bottom = (max(0, round(face.box.top + face.box.height * share)) for share in (first, last))
        covered, rows = pixels.copy(), pixels[top:bottom]
        if rows.size:
            covered[top:bottom] = rows.mean(axis=(0, 1)).round()
        return covered

    return _changed(change)


COVERS: dict[str, Cover] = {
    "nothing": _changed(lambda pixels, face, seed: pixels),
    "the mask, by a drawn one": _changed(masked_face),
    "all below the eyes, by one colour": _plain(_MASK, 1 + _AROUND),
    "hair and forehead, by one colour": _plain(-_AROUND, _HAIR),
    **{f"beyond the picture: padding '{padding}'": _padded(padding) for padding in PADDINGS},
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_set_arguments(parser)
    add_models(parser)
    parser.add_argument("--model", metavar="NAME", help="a model in the models folder (default: the recommended one)")


def run(options: argparse.Namespace) -> int:
    """Ask a model about the face of each upright picture, covered in every way, and print what it says."""
    import numpy as np

    from core.data.variants import target_face
    from core.labels import Gender
    from core.model.store import ModelStore
    from core.vision.detection.faces import FaceDetector

    model = ModelStore(options.models).load(options.model)
    crops: dict[str, list[Pixels]] = {name: [] for name in COVERS}
    detector, women = FaceDetector(), list[bool]()
    for sample, pixels in labelled_pictures(options):
        face = target_face(detector.detect(pixels), pixels)
        if face is None:
            continue
        women.append(sample.gender == Gender.FEMALE)
        for name, cover in COVERS.items():
            crops[name].append(cover(pixels, face, model.metadata.crop, len(women)))
    female = np.array(women, bool)
    who = f"{model.metadata.name} ({model.engine.name})"
    print(f"{options.source.stem}, {options.split}, {len(women)} faces, {who}; log-odds of *female*")
    rows = [_HEADINGS, *((name, *_row(_log_odds(model, some), female)) for name, some in crops.items())]
    print("\n".join(markdown_rows(rows, range(1, len(_HEADINGS)))))
    return 0


def _log_odds(model: "LoadedModel", crops: "list[Pixels]") -> "NDArray[np.float64]":
    """Calibrated log-odds of *female*, (n,)."""
    import numpy as np

    from core.heads import GENDER
    from core.model.calibration import log_odds, p_female

    head = model.metadata.heads[GENDER]
    parts = [model.answer(np.stack(crops[at : at + _BATCH])) for at in range(0, len(crops), _BATCH)]
    return np.array([log_odds(p, _LEAST) for part in parts for p in p_female(part[GENDER], head)])


def _row(odds: "NDArray[np.float64]", female: "NDArray[np.bool_]") -> tuple[str, ...]:
    from core.evaluation.intervals import share

    right, spread = list[str](), list[str]()
    for wanted in (False, True):
        some = odds[female == wanted]
        estimate = share(int(((some > 0) == wanted).sum()), len(some))
        if estimate.value is None or estimate.low is None or estimate.high is None:
            right.append("-")
            spread.append("-")
            continue
        right.append(f"{100 * estimate.value:.1f} [{100 * estimate.low:.1f} to {100 * estimate.high:.1f}]")
        spread.append(f"{some.mean():+.2f} ± {some.std():.2f}")
    return *right, *spread
