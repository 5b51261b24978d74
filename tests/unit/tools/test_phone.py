"""Pictures of 12 megapixels before two checkouts: that they show what is said, and what is printed of them."""

from pathlib import Path

import pytest

from core.errors import ModelError
from core.types import face_size
from core.vision.pictures.decode import load_picture
from tests.unit.portraits import detector
from tools import phone
from tools.__main__ import main
from tools.checkouts import Checkout

ROOT = Path(__file__).resolve().parents[3]
OLD = """
class Result:
    def to_rows(self):
        return [{}, {}, {}]

class Classifier:
    @classmethod
    def load(cls, name, threads):
        if name == "none":
            raise SystemExit(3)
        return cls()

    def classify_many(self, sources):
        return [Result() for _ in sources]
"""


@pytest.fixture
def older(tmp_path: Path) -> Path:
    place = tmp_path / "older" / "core" / "inference"
    place.mkdir(parents=True)
    (place / "pipeline.py").write_text(OLD)
    return tmp_path / "older"


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone, "WIDTH", 1200)
    monkeypatch.setattr(phone, "HEIGHT", 900)
    monkeypatch.setattr(phone, "KINDS", {"six faces": (6, 60, 110), "one face": (1, 300, 300)})


def test_the_pictures_show_as_many_faces_of_such_sizes(tmp_path: Path) -> None:
    found = {}
    for kind, file in phone.write_pictures(tmp_path, seed=0):
        pixels = load_picture(file).pixels
        assert pixels.size == pytest.approx(900 * 1200 * 3, rel=0.01)
        found[kind] = sorted(face_size(face) for face in detector().detect(pixels))
    assert [len(sizes) for sizes in found.values()] == [6, 1, 6]
    assert found["six faces"][0] == pytest.approx(60, rel=0.2)
    assert found["six faces"][-1] == pytest.approx(110, rel=0.2)
    assert found["one face"] == pytest.approx([300], rel=0.2)


def test_rows_of_both_are_counted_and_their_times_compared(older: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["phone", str(older), "--model", "baseline-cnn", "--rounds", "2", "--markdown"]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    lines = [line for line in printed.splitlines() if line.startswith("|")]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    assert [cells[:3] for cells in found] == [["six faces", "3", "6"], ["one face", "3", "1"], [phone.GROUP, "3", "6"]]
    assert all(float(cells[4]) > float(cells[3]) and float(cells[6]) > 1 for cells in found)
    assert "Pictures of 1200 x 900 pixels" in printed


def test_a_checkout_whose_program_does_not_start_is_said(older: Path) -> None:
    with pytest.raises(ModelError, match=r"The program of .* does not run; .* rows none' says why"):
        Checkout(older, "rows", "none")
