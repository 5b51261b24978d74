"""The sample gallery: made from portraits, the same every time, small enough to commit, with provenance."""

import tarfile
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import DatasetError, PictureError
from core.settings import ASSETS_DIR
from core.vision.detection.faces import FaceDetector
from core.vision.pictures.decode import load_picture
from tools import masks as masks_command
from tools import samples as samples_command

SAMPLES = ASSETS_DIR / "samples"
PORTRAITS = SAMPLES / "portraits"
PICTURES = sorted(SAMPLES.rglob("*.jpg"))


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The committed bare portraits under the names of their sources."""
    folder = tmp_path_factory.mktemp("portraits")
    for name, file in samples_command.PORTRAITS.items():
        Image.fromarray(load_picture(PORTRAITS / f"{name}.jpg").pixels).save(folder / file)
    return folder


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_every_committed_sample_is_small_and_named_in_the_readme(path: Path) -> None:
    assert path.stat().st_size <= samples_command.MAX_BYTES
    assert max(load_picture(path).pixels.shape) <= samples_command.LONGEST_SIDE
    assert path.relative_to(SAMPLES).as_posix() in (SAMPLES / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_the_faces_of_every_sample_are_found(path: Path) -> None:
    assert len(FaceDetector().detect(load_picture(path).pixels)) == (6 if path.name == "group.jpg" else 1)


def test_the_same_portraits_give_the_same_samples(portraits: Path, tmp_path: Path) -> None:
    for run in ("a", "b"):
        samples_command.run(Namespace(portraits=portraits, output=tmp_path / run))
    made = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.jpg"))
    assert made == sorted(path.relative_to(SAMPLES) for path in PICTURES)
    assert all((tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes() for path in made)


def test_a_missing_portrait_and_one_without_a_face_are_told(portraits: Path, tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="astronaut"):
        samples_command.run(Namespace(portraits=tmp_path, output=tmp_path / "out"))
    for file in samples_command.PORTRAITS.values():
        Image.new("RGB", (200, 200), (90, 120, 90)).save(tmp_path / file)
    with pytest.raises(PictureError, match="No face"):
        samples_command.run(Namespace(portraits=tmp_path, output=tmp_path / "out"))


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
