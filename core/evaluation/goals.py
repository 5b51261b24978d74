"""What a model for masked faces should reach, as data: figure, floor, goal, and what to reach for."""

from dataclasses import dataclass
from typing import Any, Literal

from core.strict_json import integer, json_object, number_or_none, string

Level = Literal["floor", "goal", "reach"]
LEVELS: tuple[Level, ...] = ("floor", "goal", "reach")


@dataclass(frozen=True, slots=True)
class Goal:
    """One row of the goals.

    Attributes:
        key: Stable name.
        figure: What is measured, in words.
        unit: "%", "points" (of per cent), "" (a number), "ms" or "MB"; values are in it.
        floor: What must be met.
        goal: What should be met.
        reach: What to reach for.
        less: Whether smaller is better.
        above: Whether the goal itself must be passed: it is what somebody else has reached.
    """

    key: str
    figure: str
    unit: str
    floor: float
    goal: float
    reach: float
    less: bool = False
    above: bool = False

    @property
    def scale(self) -> float:
        """What a share in [0, 1] is multiplied by to be in the goal's unit."""
        return 100.0 if self.unit in ("%", "points") else 1.0

    def met(self, value: float, level: Level) -> bool:
        """Whether a value, in the goal's unit and unrounded, meets a level."""
        target: float = getattr(self, level)
        if self.above and level == "goal":
            return value > target
        return value <= target if self.less else value >= target


GOALS = (
    Goal("utkface_drawn", "utkface, drawn masks, all ages: accuracy", "%", 93, 94.8, 96, above=True),
    Goal("utkface_adults", "utkface, drawn masks, 18 and over: balanced accuracy", "%", 95.5, 96.97, 97.5, above=True),
    Goal("fairface_drawn", "fairface, drawn masks: balanced accuracy", "%", 90.5, 93, 96),
    Goal("lfw_drawn", "lfw, drawn masks: balanced accuracy", "%", 96.5, 97.5, 98.5),
    Goal("rmfrd_real", "rmfrd, real masks: balanced accuracy", "%", 86, 90, 93),
    Goal("rmfrd_recall", "rmfrd, real masks: smaller recall", "%", 83, 88, 91),
    Goal("worldwide_real", "worldwide, real masks: balanced accuracy", "%", 94.5, 96, 98),
    Goal("worldwide_recall", "worldwide, real masks: smaller recall", "%", 92, 94, 97),
    Goal("wild_real", "wild (validation), real masks: balanced accuracy", "%", 97, 98, 98.8),
    Goal("wild_auc", "wild (validation), real masks: area under the ROC curve", "", 0.995, 0.998, 0.999),
    Goal("recall_gap", "women minus men, recall, absolute: largest of sets", "points", 5, 3, 1.5, less=True),
    Goal("worst_cell", "utkface, drawn masks, adults: worst ethnicity and gender", "%", 86.5, 90, 93),
    Goal("held_out_loss", "loss of balanced accuracy on the held-out mask family", "points", 1.5, 1, 0.5, less=True),
    Goal("utkface_bare", "utkface, bare faces: accuracy", "%", 95, 96.5, 97.7),
    Goal("fairface_bare", "fairface, bare faces: accuracy", "%", 93.5, 95, 95.8),
    Goal("ece_drawn", "expected calibration error, drawn masks: largest of the sets", "", 0.03, 0.02, 0.015, less=True),
    Goal("ece_real", "expected calibration error, real masks: largest of the sets", "", 0.05, 0.04, 0.03, less=True),
    Goal("answered_right", "right among answered, adults: least of real-mask sets", "%", 96, 98, 99),
    Goal("mask_worn", "mask worn: balanced accuracy, real masks and bare faces", "%", 97, 99, 99.5),
    Goal("litert_ms", "time a face on one core, LiteRT", "ms", 12, 8, 2, less=True),
    Goal("int8_ms", "time a face on one core, LiteRT int8", "ms", 5, 3, 2, less=True),
    Goal("int8_mb", "size of model.int8.tflite", "MB", 3, 2.7, 1, less=True),
)
GOAL_BY_KEY = {goal.key: goal for goal in GOALS}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one model reached of one goal.

    Attributes:
        key: Key of the goal.
        value: The figure in the goal's unit; None where it was not measured.
        low: Lower end of the 95 % interval; None where there is none.
        high: Upper end.
        n: Number of faces behind the figure; 0 where it does not rest on faces.
        note: Which set or cell it is, where the goal leaves that open; "" otherwise.
        reason: Why value or interval is missing; "" otherwise.
    """

    key: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    note: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if self.key not in GOAL_BY_KEY:
            raise ValueError(f"there is no goal {self.key!r}")
        if (self.low is None) != (self.high is None) or (self.value is None and self.low is not None):
            raise ValueError(f"an interval has two ends and belongs to a value, got {self}")
        ends = [end for end in (self.low, self.value, self.high) if end is not None]
        # NaN is not equal to itself, so that it fails as well.
        if ends != sorted(ends) or any(end != end for end in ends):
            raise ValueError(f"an outcome needs low <= value <= high, got {self}")

    @property
    def goal(self) -> Goal:
        """The goal it belongs to."""
        return GOAL_BY_KEY[self.key]

    def met(self, level: Level) -> bool | None:
        """Whether a level is met; None where nothing was measured."""
        return None if self.value is None else self.goal.met(self.value, level)

    def to_json(self) -> dict[str, Any]:
        """One entry of `goals` in metrics.json; no NaN."""
        values: dict[str, Any] = {"key": self.key, "value": self.value, "low": self.low, "high": self.high, "n": self.n}
        return values | {key: text for key in ("note", "reason") if (text := getattr(self, key))}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Outcome":
        """Read what `to_json` wrote; raises KeyError, TypeError or ValueError."""
        outcome = json_object(values, "an outcome")
        value, low, high = (number_or_none(outcome[key], key) for key in ("value", "low", "high"))
        texts = (string(outcome.get(key, ""), key) for key in ("note", "reason"))
        return cls(string(outcome["key"], "key"), value, low, high, integer(outcome["n"], "n"), *texts)
