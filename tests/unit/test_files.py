"""What is written is whole or not there, nothing is written through a link, and two writers do not mix."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import OutputError
from core.files import claimed, put_folder, replacing, write_bytes, write_text
from tests.unit.disk_case import room_for

ROOT = Path(__file__).resolve().parents[2]


def test_a_file_comes_with_its_folder_and_nothing_beside_it(tmp_path: Path) -> None:
    write_text(tmp_path / "new" / "a.txt", "ü\n")
    assert (tmp_path / "new" / "a.txt").read_bytes() == "ü\n".encode()
    assert os.listdir(tmp_path / "new") == ["a.txt"]


def test_on_a_full_disk_the_former_file_stays(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"former")
    with room_for(100), pytest.raises(OutputError, match="disk is full") as caught:
        write_bytes(tmp_path / "a", b"new" * 1000)
    assert caught.value.code == "disk_full"
    assert (tmp_path / "a").read_bytes() == b"former"
    assert os.listdir(tmp_path) == ["a"]


def test_what_stops_a_writer_leaves_the_former_file(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"former")

    def stopped() -> None:
        with replacing(tmp_path / "a") as new:
            new.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert (tmp_path / "a").read_bytes() == b"former"
    assert os.listdir(tmp_path) == ["a"]


def test_what_a_killed_writer_left_is_used_anew(tmp_path: Path) -> None:
    (tmp_path / ".new.a").write_bytes(b"half of a much longer file")
    write_bytes(tmp_path / "a", b"whole")
    assert (tmp_path / "a").read_bytes() == b"whole"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("place", ["a", ".new.a"])
def test_nothing_is_written_through_a_link(tmp_path: Path, place: str) -> None:
    (tmp_path / "elsewhere").write_bytes(b"of somebody else")
    (tmp_path / place).symlink_to(tmp_path / "elsewhere")
    if place == "a":
        write_bytes(tmp_path / "a", b"whole")
        assert not (tmp_path / "a").is_symlink()
    else:
        with pytest.raises(OutputError, match="it is a link"):
            write_bytes(tmp_path / "a", b"whole")
    assert (tmp_path / "elsewhere").read_bytes() == b"of somebody else"


def test_a_pipe_in_the_way_is_said(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".new.a")
    with pytest.raises(OutputError, match="a device or a pipe"):
        write_bytes(tmp_path / "a", b"whole")


def test_several_processes_that_write_one_file_leave_one_of_their_contents(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from core.files import write_bytes\n"
        "for _ in range(20): write_bytes(Path(sys.argv[1]), sys.argv[2].encode() * 100_000)"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "a"), word], cwd=ROOT) for word in "xyz"]
    assert [writer.wait(100) for writer in writers] == [0, 0, 0]
    assert (tmp_path / "a").read_bytes() in [word * 100_000 for word in (b"x", b"y", b"z")]
    assert os.listdir(tmp_path) == ["a"]


def test_a_claim_keeps_others_out_until_it_ends(tmp_path: Path) -> None:
    place = tmp_path / "folder" / ".lock"
    with claimed(place, "the folder"):
        with (
            pytest.raises(OutputError, match="writing the folder at the moment") as caught,
            claimed(place, "the folder"),
        ):
            pass
        assert caught.value.code == "in_use"
    with claimed(place, "the folder"):
        pass
    assert os.listdir(tmp_path / "folder") == []


@pytest.mark.parametrize("exchange", [True, False])
@pytest.mark.parametrize("former", [True, False])
def test_a_folder_takes_the_place_of_a_former_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, former: bool, exchange: bool
) -> None:
    if not exchange:
        monkeypatch.setattr("core.files._exchange", lambda one, other: False)
    (tmp_path / ".part" / "deep").mkdir(parents=True)
    (tmp_path / ".part" / "deep" / "new").write_text("new")
    if former:
        (tmp_path / "model").mkdir()
        (tmp_path / "model" / "old").write_text("old")
    put_folder(tmp_path / ".part", tmp_path / "model")
    assert [path.name for path in (tmp_path / "model").rglob("*")] == ["deep", "new"]
    assert os.listdir(tmp_path) == ["model"]
