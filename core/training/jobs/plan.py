"""What a training from the dashboard is to do, as the commands that a terminal would take."""

import json
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from core.errors import TrainingError
from core.files import write_text
from core.model.metadata import check_name
from core.settings import trained_dir
from core.strict_json import is_integer, json_object, read_json

PREPARE, TRAIN, EVALUATE = STEPS = ("prepare", "train", "evaluate")
PLAN_FILE = "plan.json"
QUICK, STANDARD = RECIPES = ("quick", "standard")
SIZES = (32, 64, 96, 112, 128, 160, 176)
"""Sides of the crops to choose from, pixels; a model that goes on keeps its own."""
# Epochs, batch and learning rate: of a network that begins from nothing, and of a trained model that goes on.
_FROM_NOTHING = {QUICK: (8, 32, 0.001), STANDARD: (25, 32, 0.001)}
_GOING_ON = {QUICK: (2, 32, 0.0001), STANDARD: (6, 32, 0.0002)}


@dataclass(frozen=True, slots=True)
class Plan:
    """One training.

    Attributes:
        name: Name of the model to be.
        source: Folder of labelled pictures.
        network: One of `core.model.architectures.TRAINABLE`.
        parent: Folder of a trained model of that network, or of it in factors, to go on from; "" to begin from nothing.
        recipe: One of `RECIPES`.
        size: Side of the crops, pixels.
        margin: Their width in face sizes.
        masked: The people in the pictures wear real masks: none is drawn.
        workers: Processes that find faces.
    """

    name: str
    source: str
    network: str
    parent: str = ""
    recipe: str = QUICK
    size: int = 64
    margin: float = 1.5
    masked: bool = False
    workers: int = 2

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.recipe not in RECIPES or (self.size not in SIZES and not self.parent):
            raise ValueError(f"expected a recipe of {RECIPES} and a size of {SIZES}, got {self}")

    @property
    def epochs(self) -> int:
        """Passes over the pictures."""
        return self._numbers()[0]

    def _numbers(self) -> tuple[int, int, float]:
        return (_GOING_ON if self.parent else _FROM_NOTHING)[self.recipe]

    def command(self, step: str, work: Path, *, finish: bool = False) -> list[str]:
        """The command of a step.

        Args:
            step: One of `STEPS`.
            work: Folder of the training: its crops and checkpoints go there, the model to `trained_dir()`.
            finish: End the training with the epochs that it has.
        """
        prepared, models = str(work / "prepared"), str(trained_dir())
        epochs, batch, rate = self._numbers()
        if step == PREPARE:
            options = [self.source, "--output", prepared, "--size", str(self.size), "--margin", str(self.margin)]
            options += ["--workers", str(self.workers)] + ["--quick"] * (self.recipe == QUICK)
            options += ["--masks-worn"] * self.masked
        elif step == TRAIN:
            options = ["--prepared", prepared, "--network", self.network, "--name", self.name, "--models", models]
            options += ["--runs", str(work / "runs"), "--epochs", str(epochs), "--batch", str(batch)]
            options += ["--learning-rate", str(rate), "--change", f"margin={self.margin}"]
            options += [f"size={self.size}", f"served_size={self.size}"]  # that of the test crops
            options += ["--start-from", self.parent] if self.parent else []
            options += ["--finish"] * finish
        else:
            options = [self.name, "--prepared", prepared, "--models", models]
        return [sys.executable, "-m", "core", step, *options]

    def save(self, work: Path) -> None:
        """Write the plan into the training's folder.

        Raises:
            OutputError: `disk_full` or `not_writable`.
        """
        write_text(work / PLAN_FILE, json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, work: Path) -> "Plan":
        """Read the plan in a training's folder.

        Raises:
            TrainingError: `other_settings` where it is missing or damaged.
        """
        try:
            read = json_object(read_json(work / PLAN_FILE), "the plan")
            for field in fields(cls):
                value = read.get(field.name, field.default)
                if type(value) is not field.type and not (field.type is float and is_integer(value)):
                    raise ValueError(f"{field.name} cannot be {value!r}")
            return cls(**read)
        except (OSError, ValueError, TypeError) as error:
            raise TrainingError(
                "other_settings", f"The plan in {work} cannot be read ({error}). Remove this training and start again."
            ) from error
