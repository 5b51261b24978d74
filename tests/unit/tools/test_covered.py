"""What of faces is covered, and the table of what a model then says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.settings import MODELS_DIR, PADDINGS, CropRecipe
from tests.unit.labelled_folder import write_labelled
from tests.unit.portraits import portrait, portrait_face
from tools.__main__ import main
from tools.covered import COVERS

WIDE = CropRecipe(200, 2.2)


def changed_rows(cover: str) -> np.ndarray:
    """Which rows of a crop a cover changes, as shares of its face's height."""
    pixels, face = portrait("obama"), portrait_face("obama")
    before = pixels.copy()
    bare, covered = (COVERS[name](pixels, face, WIDE, 1).astype(int) for name in ("nothing", cover))
    assert np.array_equal(pixels, before), "the picture is left as it is"
    rows = np.flatnonzero((np.abs(covered - bare) > 8).any(axis=(1, 2)))
    return 0.5 + (rows - 100) * 2.2 / 200


def test_a_drawn_mask_leaves_eyes_and_hair() -> None:
    rows = changed_rows("the mask, by a drawn one")
    assert rows.min() > 0.3
    assert rows.size


def test_what_a_mask_hides_and_what_lies_above_it_are_covered_apart() -> None:
    below = changed_rows("all below the eyes, by one colour")
    above = changed_rows("hair and forehead, by one colour")
    assert 0.4 <= below.min() < below.max() <= 1.6
    assert above.min() < 0 < above.max() <= 0.2


def test_a_face_at_the_edge_is_covered_as_far_as_there_is_a_picture() -> None:
    pixels, face = portrait("obama"), portrait_face("obama")
    top = round(face.box.top + 0.3 * face.box.height)
    moved = replace(face, box=replace(face.box, top=face.box.top - top, bottom=face.box.bottom - top))
    bare, covered = (
        COVERS[name](pixels[top:], moved, WIDE, 1) for name in ("nothing", "hair and forehead, by one colour")
    )
    assert np.array_equal(bare, covered)


def test_padding_is_told_from_the_picture() -> None:
    pixels, face = portrait("obama"), portrait_face("obama")
    box = face.box
    tight = pixels[int(box.top) : int(box.bottom), int(box.left) : int(box.right)]
    moved = replace(face, box=replace(box, left=0, top=0, right=box.width, bottom=box.height))
    crops = [COVERS[f"beyond the picture: padding '{name}'"](tight, moved, WIDE, 1) for name in PADDINGS]
    inside = crops[0][70:130, 70:130]
    assert all(np.array_equal(crop[70:130, 70:130], inside) for crop in crops)
    assert len({crop.tobytes() for crop in crops}) == len(PADDINGS)


def test_the_table_has_a_row_for_each_cover(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_labelled(tmp_path / "set" / "Validation", 2)
    told = ["covered", str(tmp_path / "set"), "--models", str(MODELS_DIR), "--model", "baseline-cnn"]
    assert main(told) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "set, val, 4 faces, baseline-cnn (LiteRT); log-odds of *female*"
    assert [line.split(" | ")[0] for line in lines[3:]] == [f"| {name}" for name in COVERS]
    assert all(line.count("±") == 2 for line in lines[3:])
    answers = [line.split(" | ", 1)[1] for line in lines[3:]]
    assert len(set(answers[:4])) == 4, "each cover changes the answers"
    assert answers[0] == answers[4], "the model's own padding"
