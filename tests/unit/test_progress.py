import io
import logging
import re
import sys

import pytest

from core import progress
from core.progress import Bar, Bars, told


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_a_line_now_and_then(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LOG_SECONDS", 0.0)
    bar = Bar(2_000, "files", done=1_000)
    for _ in range(3):
        bar.update()
    bar.close()
    lines = capsys.readouterr().err.splitlines()
    assert 1 <= len(lines) <= 3
    assert re.fullmatch(r"1,003 of 2,000 files · [\d.]+ per second · [\d:]+ left", lines[-1])


def test_a_short_work_says_nothing_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar(3, "files")
    bar.update(3)
    bar.close()
    assert capsys.readouterr().err == ""


def test_the_end_of_each_thing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    tell = Bars("pictures")
    for name in ("faces", "more faces"):
        for done in (1, 2):
            tell(name, done, 2)
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(" ·")[0] for line in lines] == ["faces 2 of 2 pictures", "more faces 2 of 2 pictures"]


def test_a_terminal_gets_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    bar = Bar(3, "files", "faces")
    bar.update(2)
    bar.refresh()
    assert "2/3" in sys.stderr.getvalue()
    bar.close()
    assert sys.stderr.getvalue().endswith("\r")
    assert "\n" not in sys.stderr.getvalue()


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.notes.append(record.getMessage())


def test_what_rooms_note_is_printed_while_it_is_asked_for_and_nowhere_else(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def note(words: str) -> None:
        for room in ("core.training.one", "core.export.two", "core.video.three"):
            logging.getLogger(room).info("%s %s", room, words)

    elsewhere, room = Kept(), logging.getLogger("core.training")
    monkeypatch.setattr(logging.getLogger(), "handlers", [elsewhere])
    monkeypatch.setattr(room, "level", logging.ERROR)
    handlers = list(room.handlers)
    broken = pytest.raises(KeyError)
    with broken, told("core.training", "core.export"):
        note("during")
        {}["nothing"]
    note("after")
    assert capsys.readouterr() == ("core.training.one during\ncore.export.two during\n", "")
    assert elsewhere.notes == []
    assert (room.level, room.propagate, room.handlers) == (logging.ERROR, True, handlers)
