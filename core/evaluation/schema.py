"""The published form of a run's artefacts; docs/artefacts.md says the same in words.

A reader refuses another schema number; further columns and keys may appear without a new one.
"""

from dataclasses import dataclass, field
from typing import Any

from core.evaluation.goals import Outcome
from core.evaluation.metrics import MetricSet
from core.evaluation.test_sets import TEST, TestSet
from core.settings import DEFAULT_CHILD_THRESHOLD
from core.strict_json import array, integer, json_object, number, number_or_none, string, strings
from core.training import checkpoints

METRICS_SCHEMA = 2
METRICS_FILE, PREDICTIONS_FILE = "metrics.json", "predictions.csv"
HISTORY_FILE, HISTORY_COLUMNS = checkpoints.HISTORY, checkpoints.HISTORY_COLUMNS
PREDICTION_COLUMNS = (
    "file", "set", "split", "gender", "age", "ethnicity", "masked", "mask_family", "variant", "found", "quality",
    "p_female",
)  # fmt: skip
FACE_PX = "face_px"  # older files do not have it


class OtherSchema(ValueError):
    """A metrics.json of a schema that this version does not read."""

    def __init__(self, found: Any) -> None:
        """Keep the schema that was found."""
        super().__init__(f"it has schema {found!r}, this version of the program reads {METRICS_SCHEMA}")
        self.found = found


@dataclass(frozen=True, slots=True)
class SetMetrics:
    """The figures of one test set in one variant.

    Attributes:
        set: Name of the data set.
        split: "test" or "val".
        variant: "bare", "drawn", "held_out" or "real": what the faces wear.
        not_found: Faces that the detector missed; there the whole picture stood for the face.
        metrics: The figures.
    """

    set: str
    split: str
    variant: str
    not_found: int
    metrics: MetricSet

    def __post_init__(self) -> None:
        if not 0 <= self.not_found <= self.metrics.n:
            raise ValueError(f"not_found lies in 0 to {self.metrics.n}, got {self.not_found}")

    @property
    def test_set(self) -> TestSet:
        """Which set it is."""
        return TestSet(self.set, self.variant, self.split)

    def to_json(self) -> dict[str, Any]:
        """One entry of `sets`."""
        place = {"set": self.set, "split": self.split, "variant": self.variant}
        return {**place, **self.metrics.counts, "not_found": self.not_found, **self.metrics.to_json()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "SetMetrics":
        """Read one entry; raises KeyError, TypeError or ValueError."""
        entry = json_object(values, "an entry of sets")
        name, split, variant = (string(entry[key], key) for key in ("set", "split", "variant"))
        return cls(name, split, variant, integer(entry["not_found"], "not_found"), MetricSet.from_json(entry))


@dataclass(frozen=True, slots=True)
class MetricsReport:
    """All of metrics.json.

    Attributes:
        model: Name of the model.
        created: ISO 8601 time of the evaluation, UTC.
        threshold: Confidence from which a face counts as answered.
        interval: How the intervals were made, in words.
        sets: Test sets first, then validation.
        files: sha256 of the model's files that were evaluated, by name.
        goals: What was reached of the goals that predictions can answer.
        child_threshold: Probability from which on a face counts as a child's, which is not answered;
            None where none does.
    """

    model: str
    created: str
    threshold: float
    interval: str
    sets: tuple[SetMetrics, ...]
    files: dict[str, str] = field(default_factory=dict)
    goals: tuple[Outcome, ...] = ()
    child_threshold: float | None = DEFAULT_CHILD_THRESHOLD

    @property
    def tests(self) -> list[SetMetrics]:
        """The test sets, in order."""
        return sorted((entry for entry in self.sets if entry.split == TEST), key=lambda entry: entry.test_set.rank)

    def find(self, name: str, variant: str, split: str = TEST) -> SetMetrics | None:
        """The figures of one set in one variant, or None."""
        return next((entry for entry in self.sets if entry.test_set == TestSet(name, variant, split)), None)

    def to_json(self) -> dict[str, Any]:
        """The document, with its schema; plain values, no NaN."""
        return {
            "schema": METRICS_SCHEMA,
            "model": self.model,
            "created": self.created,
            "threshold": self.threshold,
            "child_threshold": self.child_threshold,
            "interval": self.interval,
            "files": self.files,
            "sets": [entry.to_json() for entry in self.sets],
            "goals": [outcome.to_json() for outcome in self.goals],
        }

    @classmethod
    def from_json(cls, values: Any) -> "MetricsReport":
        """Read a document.

        Raises:
            OtherSchema: If it has another schema, or none.
            KeyError, TypeError, ValueError: If it is not what the schema says.
        """
        document = json_object(values, "the document")
        if document.get("schema") != METRICS_SCHEMA:
            raise OtherSchema(document.get("schema"))
        return cls(
            model=string(document["model"], "model"),
            created=string(document["created"], "created"),
            threshold=number(document["threshold"], "threshold"),
            child_threshold=number_or_none(document["child_threshold"], "child_threshold"),
            interval=string(document["interval"], "interval"),
            sets=tuple(array(document["sets"], "sets", lambda entry, _: SetMetrics.from_json(entry))),
            files=strings(document.get("files", {}), "files"),
            goals=tuple(array(document.get("goals", []), "goals", lambda outcome, _: Outcome.from_json(outcome))),
        )
