"""What a user does with trainings: begin one, have it pause, finish or stop, go on with it, remove it."""

import shutil
from pathlib import Path

from core.errors import AppError, OutputError, TrainingError, told_as_output_error
from core.files import write_text
from core.settings import model_dirs, trainings_dir
from core.training.jobs.plan import PLAN_FILE, Plan
from core.training.jobs.status import FINISH, PAUSE, STOP, WISH_FILE, is_alive
from core.training.jobs.supervisor import claim, launch

UNPACKED = ".unpacked"
"""Folder within that of the trainings, for pictures out of ZIPs."""


def begin(plan: Plan) -> Path:
    """Start a training; it waits where another one is under way.

    Returns:
        Its folder.

    Raises:
        TrainingError: `name_taken`.
        OutputError: `disk_full` or `not_writable`; nothing is left of it.
    """
    work = trainings_dir() / plan.name
    taken = TrainingError("name_taken", f"A model or training called {plan.name} already exists. Choose another name.")
    if any((root / plan.name).exists() for root in model_dirs()):
        raise taken
    with told_as_output_error(work):
        work.mkdir(parents=True, exist_ok=True)
    try:
        with claim(work) as handle:
            if (work / PLAN_FILE).exists():
                raise taken
            try:
                launch(work, handle, plan)
            except AppError:
                shutil.rmtree(work, ignore_errors=True)
                raise
    except OutputError as error:
        raise taken if error.code == "in_use" else error from error
    return work


def pause(work: Path) -> None:
    """Let it rest at once; it keeps its memory, and goes on with `go_on` where it was."""
    _wish(work, PAUSE)


def finish(work: Path) -> None:
    """End the learning with the passes that it has, of which there must be one, and test the model."""
    _wish(work, FINISH)


def stop(work: Path) -> None:
    """End it; what was finished is kept, and `go_on` continues there."""
    _wish(work, STOP)


def _wish(work: Path, wish: str) -> None:
    _check_there(work)
    write_text(work / WISH_FILE, wish)


def _check_there(work: Path) -> None:
    """Make sure that a training was not removed meanwhile, as from another page.

    Raises:
        TrainingError: `removed`.
    """
    if not (work / PLAN_FILE).is_file():
        raise TrainingError("removed", f"The training {work.name} was removed in another window.")


def go_on(work: Path) -> None:
    """Continue one that rests, was stopped, or failed.

    Raises:
        TrainingError: `removed`.
        OutputError: `disk_full` or `not_writable`.
    """
    _check_there(work)
    if is_alive(work):
        (work / WISH_FILE).unlink(missing_ok=True)
        return
    with claim(work) as handle:
        launch(work, handle)


def remove(work: Path) -> None:
    """Forget a training that has ended: its crops, checkpoints, log, and pictures unpacked for it alone.

    Its model stays.

    Raises:
        TrainingError: `other_settings` while it is under way, or `removed`.
        OutputError: `not_writable`.
    """
    _check_there(work)
    if is_alive(work):
        raise TrainingError("other_settings", "The training is running: stop it first.")
    mine = _room(work)
    with told_as_output_error(work):
        shutil.rmtree(work)
    if mine is not None:
        forget_room(mine)


def forget_room(room: Path) -> None:
    """Remove a folder within `UNPACKED` unless a training is to read from it."""
    if room not in {_room(file.parent) for file in room.parent.parent.glob("[!.]*/plan.json")}:
        shutil.rmtree(room, ignore_errors=True)


def _room(work: Path) -> Path | None:
    """The folder that was made for a training's pictures; None where they are the user's own."""
    try:
        source = Path(Plan.load(work).source)
    except TrainingError:  # what cannot be read is removed all the same
        return None
    made = work.parent / UNPACKED
    return next((folder for folder in (source, *source.parents) if folder.parent == made), None)
