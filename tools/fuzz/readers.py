"""What becomes of an input: it is read as the product reads it, and what comes out is used as the product does."""

import io
import tempfile
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

from tools.fuzz.task import Files

_FRAMES = 12


def read(kind: str, files: Files) -> str:
    """Read an input of a kind; returns "ok", or the code of its first odd part.

    Raises:
        AppError: Where it is refused.
        Exception: Any other is a finding.
    """
    return _READERS[kind](files)


def _picture(files: Files) -> str:
    from core.vision.pictures.decode import decode_picture

    picture = decode_picture(files["input"], "a.jpg")
    assert picture.pixels.ndim == 3
    assert picture.pixels.dtype == "uint8"
    return "ok"


def _archive(files: Files) -> str:
    from core.classify.archives import read_archive
    from core.errors import ArchiveError

    odd = [member.code for member in read_archive(files["input"], "a.zip") if isinstance(member, ArchiveError)]
    return odd[0] if odd else "ok"


def _film(files: Files) -> str:
    from core.settings import VideoLimits
    from core.video.reader import VideoFile

    film = VideoFile(files["input"], "a.mp4", replace(VideoLimits(), max_seconds=20.0))
    try:
        for _ in islice(film.frames(), _FRAMES):
            pass
    finally:
        film.close()
    return "ok"


def _metadata(files: Files) -> str:
    from core.model.store import ModelStore
    from core.report.card.data import training_section
    from core.report.facts import data_counts, dropped_files, model_facts

    with _folder(files, "odd") as root:
        metadata = ModelStore(root).metadata("odd")
    model_facts(metadata)
    data_counts(metadata)
    dropped_files(metadata)
    training_section(metadata)
    return "ok"


def _run(files: Files) -> str:
    from core.errors import RunError
    from core.evaluation.runs import load_run
    from core.evaluation.speed import read_speed
    from core.report.card.document import model_card
    from core.report.html.report import html_report

    with _folder(files, "odd") as root:
        run = load_run(root / "odd")
        model_card(run).encode()
        if sum(map(len, files.values())) % 40 == 0:  # it takes longer than all the rest
            html_report(run).encode()
        read_speed(root / "odd")
    parts = (run.metadata, run.history, run.metrics, run.predictions, run.explanations)
    return next((part.code for part in parts if isinstance(part, RunError)), "ok")


def _prepared(files: Files) -> str:
    from core.data.prepared import open_prepared

    with _folder(files, "odd") as root:
        open_prepared(root / "odd").select().load().sum()
    return "ok"


def _table(files: Files) -> str:
    from core.evaluation.external import read_peer

    file = io.BytesIO(files["peer.csv"])
    file.name = "peer.csv"
    read_peer(file)
    return "ok"


class _folder(tempfile.TemporaryDirectory[str]):
    """A temporary folder that holds a folder of these files."""

    def __init__(self, files: Files, name: str) -> None:
        super().__init__()
        for file, data in files.items():
            path = Path(self.name) / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def __enter__(self) -> Path:  # type: ignore[override]
        return Path(super().__enter__())


_READERS: dict[str, Callable[[Files], str]] = {
    "archive": _archive,
    "film": _film,
    "metadata": _metadata,
    "picture": _picture,
    "prepared": _prepared,
    "run": _run,
    "table": _table,
}
