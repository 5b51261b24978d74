"""Nothing is overwritten that this program did not write, and nothing is written through a link."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.batch.outputs import AnnotatedFolder, mark_of, with_mark
from core.batch.workers import Outcome
from core.classify.exports import encode_picture
from core.cli import main
from core.report.html.render import GENERATOR
from core.settings import ASSETS_DIR
from core.vision.pictures.decode import load_picture
from tools.__main__ import main as tools_main

Draw = Callable[..., bytes]


@pytest.fixture
def folder(tmp_path: Path, drawn: Draw) -> Path:
    for name in ("one", "two"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        (tmp_path / "pictures" / name / "a.png").write_bytes(drawn(seed=len(name)))
    return tmp_path / "pictures"


def annotated(path: Path) -> dict[str, str]:
    with path.open(newline="", encoding="utf-8") as file:
        return {Path(row["file"]).parent.name: row["annotated"] for row in csv.DictReader(file)}


def test_annotated_pictures_leave_other_files_and_links_alone(folder: Path, tmp_path: Path, drawn: Draw) -> None:
    marked = tmp_path / "marked"
    marked.mkdir()
    (marked / "A.jpg").write_bytes(b"of somebody else")
    (marked / "a (2).jpg").symlink_to(folder / "one" / "a.png")
    (marked / ".writable").write_text("too")
    before = (folder / "one" / "a.png").read_bytes()
    command = ["classify", str(folder), "--annotated", str(marked), "--output", str(tmp_path / "r.csv")]
    for _ in range(2):  # the second time over its own
        assert main(command) == 0
        assert annotated(tmp_path / "r.csv") == {"one": "a (3).jpg", "two": "a (4).jpg"}
    assert (marked / "A.jpg").read_bytes() == b"of somebody else"
    assert (marked / ".writable").read_text() == "too"
    assert (folder / "one" / "a.png").read_bytes() == before
    assert sorted(path.name for path in marked.iterdir()) == [
        ".writable", "A.jpg", "a (2).jpg", "a (3).jpg", "a (4).jpg",
    ]  # fmt: skip


def test_each_picture_keeps_its_name_whatever_else_is_classified(folder: Path, tmp_path: Path) -> None:
    marked, output = tmp_path / "marked", tmp_path / "r.csv"
    options = ["--annotated", str(marked), "--output", str(output)]
    assert main(["classify", str(folder), *options]) == 0
    before = (marked / "a.jpg").read_bytes()
    assert main(["classify", str(folder / "two"), *options]) == 0
    assert annotated(output) == {"two": "a (2).jpg"}
    assert (marked / "a.jpg").read_bytes() == before


def test_a_name_that_is_taken_by_another_run_meanwhile_is_not_used(tmp_path: Path) -> None:
    picture = encode_picture(load_picture(ASSETS_DIR / "samples" / "obama-bare.jpg").pixels[:64, :64].copy())
    with AnnotatedFolder(tmp_path) as mine:
        (tmp_path / "a.jpg").write_bytes(b"of the other run")
        outcome = Outcome([{"file": "d/a.png", "status": "ok"}, {"file": "d/a.png", "status": "ok"}], picture)
        mine.take(outcome)
    assert [row["annotated"] for row in outcome.rows] == ["a (2).jpg"] * 2
    assert (tmp_path / "a.jpg").read_bytes() == b"of the other run"


def test_the_mark_leaves_the_picture_as_it_is(tmp_path: Path) -> None:
    pixels = load_picture(ASSETS_DIR / "samples" / "obama-bare.jpg").pixels
    plain = encode_picture(pixels)
    (tmp_path / "a.jpg").write_bytes(plain)
    (tmp_path / "b.jpg").write_bytes(with_mark(plain, mark_of("b")))
    one, other = (load_picture(tmp_path / name).pixels for name in ("a.jpg", "b.jpg"))
    assert (one == other).all()


def test_a_resumed_run_makes_pictures_that_are_gone_anew(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = AnnotatedFolder.take

    def stop(self: AnnotatedFolder, outcome: Outcome) -> None:
        if "two" in outcome.rows[0]["file"]:
            raise KeyboardInterrupt
        take(self, outcome)

    marked, output = tmp_path / "marked", tmp_path / "r.csv"
    command = ["classify", str(folder), "--annotated", str(marked), "--output", str(output)]
    monkeypatch.setattr(AnnotatedFolder, "take", stop)
    assert main(command) == 130
    monkeypatch.setattr(AnnotatedFolder, "take", take)
    (marked / "a.jpg").unlink()  # as by a power cut
    assert main([*command, "--resume"]) == 0
    assert annotated(output) == {"one": "a.jpg", "two": "a (2).jpg"}
    assert sorted(path.name for path in marked.iterdir()) == ["a (2).jpg", "a.jpg"]


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        ("csv", b"name;price\n1;2\n"), ("csv", b"\xff\xfe\0"), ("json", b"[1, 2]"), ("json", b'{"a": 1}'),
        ("jsonl", b"text"), ("parquet", b"PAR1"), ("csv", b"x" * 2**20),
    ],
)  # fmt: skip
def test_results_do_not_take_the_place_of_something_else(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str, content: bytes
) -> None:
    output = tmp_path / f"r.{suffix}"
    output.write_bytes(content)
    assert main(["classify", str(folder), "--output", str(output)]) == 1
    assert "error [not_writable]" in capsys.readouterr().err
    assert output.read_bytes() == content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pictures", output.name]


@pytest.mark.parametrize("suffix", ["csv", "json", "jsonl", "parquet"])
def test_earlier_results_are_replaced_also_empty_ones(folder: Path, tmp_path: Path, suffix: str) -> None:
    (tmp_path / "nothing").mkdir()
    output = tmp_path / f"r.{suffix}"
    for place in (tmp_path / "nothing", folder, folder, tmp_path / "nothing"):
        assert main(["classify", str(place), "--output", str(output)]) == 0


def test_results_are_not_written_through_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").write_text("")
    (tmp_path / "r.jsonl").symlink_to(tmp_path / "other.jsonl")
    assert main(["classify", str(folder), "--output", str(tmp_path / "r.jsonl")]) == 0
    assert (tmp_path / "other.jsonl").read_text() == ""
    assert len([json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]) == 2
    (tmp_path / ".r.jsonl.part").symlink_to(tmp_path / "other.jsonl")
    assert main(["classify", str(folder), "--output", str(tmp_path / "r.jsonl")]) == 1
    assert (tmp_path / "other.jsonl").read_text() == ""


def test_a_report_and_a_sheet_do_not_take_the_place_of_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f'<meta name="generator" content="{GENERATOR}">'
    monkeypatch.setattr("core.report.html.report.html_report", lambda run: page)
    for name, command in {
        "page.html": ["report", "baseline-cnn", "--html"],
        "sheet.png": ["masks", str(ASSETS_DIR / "samples" / "portraits"), "--count", "1", "--output"],
    }.items():
        output = tmp_path / name
        run = tools_main if command[0] == "masks" else main
        for _ in range(2):  # the second time over its own
            assert run([*command, str(output)]) == 0
        output.write_bytes(b"of somebody else")
        assert run([*command, str(output)]) == 1
        assert "error [not_writable]" in capsys.readouterr().err
        assert output.read_bytes() == b"of somebody else"
