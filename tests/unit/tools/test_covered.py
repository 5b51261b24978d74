"""What of faces is covered, and the table of what a model then says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.settings import MODELS_DIR
from tests.unit.labelled_folder import write_labelled
from tests.unit.portraits import portrait, portrait_face
from tools.__main__ import main
from tools.covered import COVERS


def changed_rows(name: str, cover: str) -> np.ndarray:
    """Which rows of a portrait a cover changes, as shares of its face's height."""
    pixels, face = portrait(name), portrait_face(name)
    before = pixels.copy()
    covered = COVERS[cover](pixels, face, 1)
    assert np.array_equal(pixels, before), "the picture is left as it is"
    rows = np.flatnonzero((covered != pixels).any(axis=(1, 2)))
    return (rows - face.box.top) / face.box.height


def test_a_drawn_mask_leaves_eyes_and_hair() -> None:
    rows = changed_rows("obama", "the mask, by a drawn one")
    assert rows.min() > 0.3
    assert rows.size


def test_what_a_mask_hides_and_what_lies_above_it_are_covered_apart() -> None:
    below = changed_rows("obama", "all below the eyes, by one colour")
    above = changed_rows("obama", "hair and forehead, by one colour")
    assert 0.47 <= below.min() < below.max() <= 1.51
    assert -0.51 <= above.min() < above.max() <= 0.15


def test_a_face_at_the_edge_is_covered_as_far_as_there_is_a_picture() -> None:
    pixels, face = portrait("obama"), portrait_face("obama")
    top = round(face.box.top + 0.3 * face.box.height)
    cut = pixels[top:].copy()
    box = replace(face.box, top=face.box.top - top, bottom=face.box.bottom - top)
    hair = COVERS["hair and forehead, by one colour"]
    assert np.array_equal(hair(cut, replace(face, box=box), 1), cut)


def test_the_table_has_a_row_for_each_cover(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_labelled(tmp_path / "set" / "Validation", 2)
    told = ["covered", str(tmp_path / "set"), "--models", str(MODELS_DIR), "--model", "baseline-cnn"]
    assert main(told) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "set, val, 4 faces, baseline-cnn (LiteRT); log-odds of *female*"
    assert [line.split(" | ")[0] for line in lines[3:]] == [f"| {name}" for name in COVERS]
    assert all(line.count("±") == 2 for line in lines[3:])
    assert len({line.split(" | ", 1)[1] for line in lines[3:]}) == len(COVERS), "each cover changes the answers"
