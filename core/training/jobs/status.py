"""How far a training is: read from the files that it leaves, by any number of pages at once.

plan.json    what is to be done (`core.training.jobs.plan`)
status.json  what the supervisor does at this moment; it alone writes it
wish         what the user asks of it: "pause", "finish" or "stop"; the pages write it
log.txt      what the commands said
.alive       locked while the supervisor lives
"""

import contextlib
import json
import os
import re
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from core.data.duplicates import NAME
from core.data.prepared import read_report
from core.errors import DatasetError, OutputError, TrainingError
from core.files import open_alone, write_text
from core.strict_json import MAX_BYTES, array, integer, json_object, read_json, read_plain, string, strings
from core.training.jobs.plan import EVALUATE, PREPARE, STEPS, TRAIN, Plan
from core.wording import counted

STATUS_FILE, WISH_FILE, LOG_FILE, ALIVE_FILE = "status.json", "wish", "log.txt", ".alive"
WAITING, RUNNING, PAUSED, STOPPED, FAILED, DONE = STATES = ("waiting", "running", "paused", "stopped", "failed", "done")
PAUSE, FINISH, STOP = "pause", "finish", "stop"
LOST = (
    "The training ended unexpectedly: the machine was restarted or ran out of memory. What was finished is kept: press "
    "Continue to resume there."
)
_LINE = re.compile(r"^(.+) ([\d,]+) of ([\d,]+) pictures · ([\d.]+) per second · ([\d:]+) left$", re.MULTILINE)
_BATCHES = re.compile(r"^epoch +(\d+): ([\d,]+) of ([\d,]+) batches", re.MULTILINE)
_DRAWN = ("epoch", "loss", "val_loss", "accuracy", "val_accuracy", "learning_rate")
_FACES = "Finding faces and drawing masks"
_TAIL = 8_000
BEGUN = "> "
"""What stands before the step and its options in the log, where a command begins."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the supervisor does.

    Attributes:
        state: One of `STATES`.
        step: One of `STEPS`, at work or next.
        done: The finished steps.
        message: Why it failed, or whom it waits for; a sentence.
        code: The failure's stable code.
    """

    state: str = WAITING
    step: str = PREPARE
    done: tuple[str, ...] = ()
    message: str = ""
    code: str = ""

    def save(self, work: Path) -> None:
        """Write it down; whoever reads sees the former status or this one."""
        write_text(work / STATUS_FILE, json.dumps(asdict(self), ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, work: Path) -> "Status":
        """Read it; a training that has none has not begun."""
        try:
            read = json_object(read_json(work / STATUS_FILE), "the status")
            done = tuple(array(read.pop("done"), "done", string))
            status = cls(**strings(read, "the status"), done=done)
        except (OSError, ValueError, TypeError, KeyError):
            return cls(STOPPED)
        return status if status.state in STATES and {status.step, *done} <= {*STEPS} else cls(STOPPED)


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """A training as a page shows it.

    Attributes:
        work: Its folder.
        plan: What is to be done.
        status: Where it is.
        share: Of the present step, in [0, 1].
        words: The same in words, with rate and time left.
        history: One row a finished epoch, as history.csv has it, numbers alone; may be empty.
    """

    work: Path
    plan: Plan
    status: Status
    share: float
    words: str
    history: pd.DataFrame

    @property
    def is_under_way(self) -> bool:
        """Whether there is a process that works on it or waits to."""
        return self.status.state in (WAITING, RUNNING, PAUSED)


def read(work: Path) -> Progress:
    """How far a training is.

    Raises:
        TrainingError: `other_settings` where its plan cannot be read.
    """
    plan, status = Plan.load(work), Status.load(work)
    if status.state in (WAITING, RUNNING, PAUSED) and not is_alive(work):
        status = Status.load(work)  # it may have ended between the two looks
        if status.state in (WAITING, RUNNING, PAUSED):
            status = Status(FAILED, status.step, status.done, LOST, "lost")
    history = _history(work / "runs" / plan.name / "history.csv")
    share, words = _how_far(work, plan, status, history)
    return Progress(work, plan, status, share, words, history)


def is_alive(work: Path) -> bool:
    """Whether a supervisor works on this training, or waits to."""
    try:
        handle = open_alone(work / ALIVE_FILE, "this training")
    except OutputError as error:
        return error.code == "in_use"
    os.close(handle)
    return False


def read_all(root: Path) -> list[Progress]:
    """All trainings below a folder, the latest first; those that cannot be read are left out."""
    found = []
    for file in sorted(root.glob("[!.]*/plan.json"), key=_when, reverse=True):
        try:
            found.append(read(file.parent))
        except TrainingError:
            continue
    return found


def _when(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:  # removed at this moment
        return 0.0


def last_words(work: Path) -> str:
    """The end of what the commands said."""
    try:
        return (work / LOG_FILE).read_text(encoding="utf-8", errors="replace")[-_TAIL:]
    except OSError:
        return ""


def _history(file: Path) -> pd.DataFrame:
    """The finished epochs; rows that are no figures are left out."""
    try:
        history = pd.read_csv(BytesIO(read_plain(file, MAX_BYTES))).apply(pd.to_numeric, errors="coerce")
        drawn = history[list(_DRAWN)].astype(float)
    except (OSError, ValueError, KeyError):
        return pd.DataFrame()
    whole: pd.DataFrame = history[np.isfinite(drawn).all(axis="columns")].reset_index(drop=True)
    return whole.astype({"epoch": int})


def _how_far(work: Path, plan: Plan, status: Status, history: pd.DataFrame) -> tuple[float, str]:
    if status.state == DONE:
        return 1.0, ""
    if status.state == WAITING:
        return 0.0, "Waiting to start"
    if status.step == PREPARE:
        lines = _LINE.findall(last_words(work)) if status.state in (RUNNING, PAUSED) else []
        if not lines:
            return 0.0, "Reading the pictures"
        name, *counts, rate, left = lines[-1]
        done, total = (int(number.replace(",", "")) for number in counts)
        if name == NAME and done == total:  # the first of the two rounds
            return 0.0, _FACES
        what = "Looking for near-duplicates" if name == NAME else _FACES
        words = f"{what}: {done:,} of {counted(total, 'picture')}, {float(rate):.0f} per second"
        seconds = sum(int(part) * 60**place for place, part in enumerate(reversed(left.split(":"))))
        return done / max(total, 1), words + (f", {_span(seconds)} left" if done < total else "")
    if status.step == TRAIN:
        return _trained(work, plan, history)
    return 0.5 if status.step == EVALUATE else 0.0, "Testing the model on pictures it has not seen"


def _trained(work: Path, plan: Plan, history: pd.DataFrame) -> tuple[float, str]:
    epochs = len(history)
    begun, _, log = f"\n{last_words(work)}".rpartition(f"\n{BEGUN}")[2].partition("\n")
    words = f"Training: {epochs} of {counted(plan.epochs, 'epoch')}"
    if epochs >= plan.epochs or (epochs and begun.endswith("--finish")):
        return 1.0, f"{words}, {_finishing(log)}"
    noted = [counts for number, *counts in _BATCHES.findall(log) if int(number) == epochs + 1]
    done, total = (int(count.replace(",", "")) for count in noted[-1]) if noted else (0, 1)
    part = min(done / max(total, 1), 1.0)
    if noted:
        words += f", {100 * part:.0f} % of epoch {epochs + 1}"
    if epochs and "seconds" in history:
        each = float(np.nan_to_num(history["seconds"].mean(), posinf=0, neginf=0))
        words += f", {_span(each)} each{_rate(work, each)}, {_span(each * (plan.epochs - epochs - part))} left"
    return (epochs + part) / plan.epochs, words


def _finishing(log: str) -> str:
    """What a training does after its last epoch: the last thing that it said."""
    said = [line.strip() for line in log.splitlines() if line.strip()]
    return "finishing" if not said or said[-1].startswith("epoch") else f"finishing: {said[-1]}"


def _rate(work: Path, seconds: float) -> str:
    pictures = 0
    for file in (work / "prepared").glob("*/report.json"):
        with contextlib.suppress(DatasetError, ValueError, KeyError):
            counts = json_object(json_object(read_report(file.parent)["crops"], "crops")[TRAIN], TRAIN)
            pictures += max(integer(counts.get(kind, 0), kind) for kind in ("drawn", "real"))
    return f" ({pictures / seconds:,.0f} pictures per second)" if pictures and seconds > 0 else ""


def _span(seconds: float) -> str:
    """A time in words, such as "40 s" or "12 min"."""
    return f"{max(seconds, 0):.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
