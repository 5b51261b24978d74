"""The contact sheet of masks, and what the command line says where the system refuses."""

from pathlib import Path

import pytest
from PIL import Image

from core.settings import ASSETS_DIR
from tools.__main__ import main

PORTRAITS = str(ASSETS_DIR / "samples" / "portraits")


def test_the_sheet_has_a_cell_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "new" / "sheet.png"
    command = ["masks", PORTRAITS, "--count", "2", "--cell", "60", "--families", "black", "--output", str(sheet)]
    assert main(command) == 0
    with Image.open(sheet) as drawn:
        assert drawn.size == (120, 60)
    assert "2 pictures with masks" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong",
    ["--output sheet.xyz", "--output s.png --count 0", "--output s.png --families tin"],
)
def test_wrong_usage_is_two(wrong: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["masks", PORTRAITS, *wrong.split()])
    assert caught.value.code == 2


def test_what_the_system_refuses_is_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("here first")
    assert main(["masks", PORTRAITS, "--count", "1", "--output", str(tmp_path / "file" / "sheet.png")]) == 1
    told = capsys.readouterr().err
    assert told.startswith("error [system]: ")
    assert str(tmp_path / "file") in told
    assert "Traceback" not in told
