"""The sample gallery: made from portraits, the same every time, small enough to commit, with provenance."""

import shutil
import tarfile
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import DatasetError, PictureError
from core.sample_pictures import MANIFEST
from core.settings import ASSETS_DIR
from core.vision.detection.faces import FaceDetector
from core.vision.pictures.decode import load_picture
from tools import masks as masks_command
from tools import samples as samples_command

SAMPLES = ASSETS_DIR / "samples"
PORTRAITS = SAMPLES / "portraits"
PICTURES = sorted(SAMPLES.rglob("*.jpg"))


MANIFEST_TEXT = """
[[sample]]
file = "bare.jpg"
title = "Bare"
people = ["male"]
made = { portrait = "obama.jpg", side = 200 }

[[sample]]
file = "dark.jpg"
title = "Dark"
people = ["male"]

[sample.made]
portrait = "obama.jpg"
side = 200
light = 0.1
blur = 0.02
mask = { family = "black", shape = "fitted", colour = [30, 30, 33] }
"""


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The committed bare portraits under the names of their sources."""
    folder = tmp_path_factory.mktemp("portraits")
    for file in samples_command.PORTRAITS:
        Image.fromarray(load_picture(PORTRAITS / f"{Path(file).stem}.jpg").pixels).save(folder / file)
    return folder


def options(portraits: Path, output: Path, *only: str, pool: Path | None = None) -> Namespace:
    return Namespace(portraits=portraits, output=output, only=only, pool=pool)


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_every_committed_sample_is_small(path: Path) -> None:
    assert path.stat().st_size <= samples_command.MAX_BYTES
    assert max(load_picture(path).pixels.shape) <= samples_command.LONGEST_SIDE


@pytest.mark.parametrize("path", sorted(PORTRAITS.glob("*.jpg")), ids=lambda path: path.name)
def test_every_bare_portrait_has_a_face_and_its_source(path: Path) -> None:
    assert len(FaceDetector().detect(load_picture(path).pixels)) == 1
    assert path.relative_to(SAMPLES).as_posix() in (SAMPLES / "README.md").read_text(encoding="utf-8")


def test_samples_are_made_as_the_manifest_says_and_the_same_every_time(portraits: Path, tmp_path: Path) -> None:
    made = []
    for run in ("a", "b"):
        folder = tmp_path / run
        folder.mkdir()
        (folder / MANIFEST).write_text(MANIFEST_TEXT)
        assert samples_command.run(options(portraits, folder)) == 0
        made.append({path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.jpg")})
    assert made[0] == made[1]
    assert set(made[0]) == {
        "bare.jpg",
        "dark.jpg",
        *(f"portraits/{Path(file).stem}.jpg" for file in samples_command.PORTRAITS),
    }
    bare, dark = (load_picture(tmp_path / "a" / name).pixels for name in ("bare.jpg", "dark.jpg"))
    assert bare.shape == dark.shape == (200, 200, 3)
    assert dark.mean() < 0.5 * bare.mean()


def test_a_group_shows_all_its_people(portraits: Path, tmp_path: Path) -> None:
    shutil.copy(SAMPLES / MANIFEST, tmp_path / MANIFEST)
    assert samples_command.run(options(portraits, tmp_path, "group.jpg")) == 0
    assert [path.name for path in tmp_path.rglob("*.jpg")] == ["group.jpg"]
    assert len(FaceDetector().detect(load_picture(tmp_path / "group.jpg").pixels)) == 6


def test_a_pool_has_every_portrait_in_every_mask(portraits: Path, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(MANIFEST_TEXT)
    assert samples_command.run(options(portraits, tmp_path, pool=tmp_path / "pool")) == 0
    names = {f"{Path(file).stem}+dark.jpg" for file in samples_command.PORTRAITS}
    assert {path.name for path in (tmp_path / "pool").iterdir()} == names


def test_a_missing_portrait_and_one_without_a_face_are_told(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(MANIFEST_TEXT)
    with pytest.raises(PictureError, match="obama"):
        samples_command.run(options(tmp_path, tmp_path))
    Image.new("RGB", (200, 200), (90, 120, 90)).save(tmp_path / "obama.jpg")
    with pytest.raises(PictureError, match="No face"):
        samples_command.run(options(tmp_path, tmp_path))


def sheet_options(source: Path, output: Path, **changes: object) -> Namespace:
    options = {"count": 3, "families": None, "seed": 0, "cell": 60, "columns": 2}
    return Namespace(source=source, output=output, **(options | changes))


def test_a_contact_sheet_repeats_with_its_seed(portraits: Path, tmp_path: Path) -> None:
    (portraits / "broken.jpg").write_bytes(b"no picture")
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        assert masks_command.run(sheet_options(portraits, tmp_path / f"{name}.png", seed=seed)) == 0
    first, second, third = (load_picture(tmp_path / f"{name}.png").pixels for name in "abc")
    assert first.shape == (120, 120, 3)
    assert np.array_equal(first, second)
    assert not np.array_equal(first, third)


def test_a_sheet_of_a_data_set_leaves_its_test_pictures_alone(tmp_path: Path) -> None:
    rows = [("astronaut", "train", "female"), ("obama", "train", "male"), ("biden", "test", "male")]
    with tarfile.open(tmp_path / "set.tar", "w") as archive:
        for name, _, _ in rows:
            archive.add(PORTRAITS / f"{name}.jpg", f"{name}.jpg")
    table = "file,split,gender\n" + "".join(f"{name}.jpg,{split},{gender}\n" for name, split, gender in rows)
    (tmp_path / "set.csv").write_text(table, encoding="utf-8")
    masks_command.run(sheet_options(tmp_path / "set.tar", tmp_path / "sheet.png", families=["n95"], columns=9))
    assert load_picture(tmp_path / "sheet.png").pixels.shape == (60, 120, 3)


def test_a_folder_without_faces_is_told(tmp_path: Path) -> None:
    Image.new("RGB", (80, 80)).save(tmp_path / "black.png")
    with pytest.raises(DatasetError, match="No face"):
        masks_command.run(sheet_options(tmp_path, tmp_path / "sheet.png"))
