"""What a user does with trainings: begin one, have it pause, finish or stop, go on with it, remove it."""

import shutil
from pathlib import Path

from core.errors import TrainingError, told_as_output_error
from core.files import write_text
from core.settings import model_dirs, trainings_dir
from core.training.jobs.plan import Plan
from core.training.jobs.status import FINISH, PAUSE, STOP, WISH_FILE, is_alive
from core.training.jobs.supervisor import launch

UNPACKED = ".unpacked"
"""Folder within that of the trainings, for pictures out of ZIPs."""


def begin(plan: Plan) -> Path:
    """Start a training; it waits where another one is under way.

    Returns:
        Its folder.

    Raises:
        TrainingError: `name_taken`.
        OutputError: `disk_full` or `not_writable`.
    """
    work = trainings_dir() / plan.name
    if work.exists() or any((root / plan.name).exists() for root in model_dirs()):
        raise TrainingError(
            "name_taken", f"A model or training called {plan.name} already exists. Choose another name."
        )
    plan.save(work)
    launch(work)
    return work


def pause(work: Path) -> None:
    """Let it rest at once; it keeps its memory, and goes on with `go_on` where it was."""
    write_text(work / WISH_FILE, PAUSE)


def finish(work: Path) -> None:
    """End the learning with the passes that it has, of which there must be one, and test the model."""
    write_text(work / WISH_FILE, FINISH)


def stop(work: Path) -> None:
    """End it; what was finished is kept, and `go_on` continues there."""
    write_text(work / WISH_FILE, STOP)


def go_on(work: Path) -> None:
    """Continue one that rests, was stopped, or failed."""
    if is_alive(work):
        (work / WISH_FILE).unlink(missing_ok=True)
    else:
        launch(work)


def remove(work: Path) -> None:
    """Forget a training that has ended: its crops, checkpoints, log, and pictures unpacked for it alone.

    Its model stays.

    Raises:
        TrainingError: `other_settings` while it is under way.
        OutputError: `not_writable`.
    """
    if is_alive(work):
        raise TrainingError("other_settings", "The training is running: stop it first.")
    mine = _room(work)
    with told_as_output_error(work):
        shutil.rmtree(work)
    others = {_room(file.parent) for file in work.parent.glob("[!.]*/plan.json")}
    if mine is not None and mine not in others:
        shutil.rmtree(mine, ignore_errors=True)


def _room(work: Path) -> Path | None:
    """The folder that was made for a training's pictures; None where they are the user's own."""
    try:
        source = Path(Plan.load(work).source)
    except TrainingError:  # what cannot be read is removed all the same
        return None
    made = work.parent / UNPACKED
    return next((folder for folder in (source, *source.parents) if folder.parent == made), None)
