"""`explanations.json`: on which parts of a face a model's answers rest, averaged over test faces."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import RunError
from core.evaluation.intervals import Estimate
from core.evaluation.test_sets import TestSet
from core.explain.regions import REGIONS, Region
from core.files import write_text
from core.strict_json import array, integer, json_object, number, read_json, string, strings

EXPLANATIONS_FILE = "explanations.json"
EXPLANATIONS_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class SetShares:
    """The mean shares of the evidence on the faces of one test set in one variant.

    Attributes:
        set: Name of the data set.
        variant: "bare", "drawn", "held_out" or "real".
        n: Faces behind the means.
        silent: Further faces that no part alone speaks for the answer of, so that there is nothing to share.
        shares: The mean share of each region with its bootstrap interval.
    """

    set: str
    variant: str
    n: int
    silent: int
    shares: dict[Region, Estimate]

    def __post_init__(self) -> None:
        total = sum(estimate.value or 0.0 for estimate in self.shares.values())
        if self.n < 1 or self.silent < 0 or tuple(self.shares) != REGIONS or abs(total - 1) > 1e-3:
            raise ValueError(f"shares of all regions with the sum 1 over at least one face, got {self}")

    @property
    def test_set(self) -> TestSet:
        """Which set it is."""
        return TestSet(self.set, self.variant)

    def to_json(self) -> dict[str, Any]:
        """One entry of `sets`."""
        shares = {region.value: estimate.to_json() for region, estimate in self.shares.items()}
        return {"set": self.set, "variant": self.variant, "n": self.n, "silent": self.silent, "shares": shares}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "SetShares":
        """Read one entry; raises KeyError, TypeError or ValueError."""
        entry = json_object(values, "an entry of sets")
        found = json_object(entry["shares"], "shares")
        shares = {region: Estimate.from_json(found[region.value]) for region in REGIONS}
        name, variant = (string(entry[key], key) for key in ("set", "variant"))
        return cls(name, variant, integer(entry["n"], "n"), integer(entry["silent"], "silent"), shares)


@dataclass(frozen=True, slots=True)
class ExplanationReport:
    """All of explanations.json.

    Attributes:
        model: Name of the model.
        created: ISO 8601 time, UTC.
        files: The model's `files` at the time.
        areas: The share of a crop's area that each region takes.
        sets: One entry a test set and variant.
    """

    model: str
    created: str
    files: dict[str, str]
    areas: dict[Region, float]
    sets: tuple[SetShares, ...]

    def outdated(self, files: Mapping[str, str]) -> list[str]:
        """A sentence where the model's `files` are others by now; else none."""
        changed = changed_files(self.files, files)
        again = f"Measure it again: python -m core explain {self.model} --prepared FOLDER."
        words = f"What the model looks at was measured on an earlier state of it: {changed} has changed. {again}"
        return [words] if changed else []

    def save(self, folder: Path) -> None:
        """Write explanations.json into a model's folder, whole or not at all.

        Raises:
            OutputError: `disk_full` or `not_writable`.
        """
        values = {
            "schema": EXPLANATIONS_SCHEMA,
            "model": self.model,
            "created": self.created,
            "files": self.files,
            "areas": {region.value: area for region, area in self.areas.items()},
            "sets": [entry.to_json() for entry in self.sets],
        }
        write_text(folder / EXPLANATIONS_FILE, json.dumps(values, indent=1) + "\n")


def changed_files(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Names of the files whose digests are others by now."""
    return ", ".join(name for name, digest in sorted(then.items()) if now.get(name) != digest)


def read_explanations(folder: Path) -> ExplanationReport:
    """Read explanations.json of a model folder.

    Raises:
        RunError: `missing`, `wrong_schema` or `damaged`, each with the command that makes the file.
    """
    cure = f"Make it with: python -m core explain {folder.name} --prepared FOLDER."
    named = f"{EXPLANATIONS_FILE} of '{folder.name}'"
    try:
        values = json_object(read_json(folder / EXPLANATIONS_FILE), "the document")
        if integer(values["schema"], "schema") != EXPLANATIONS_SCHEMA:
            raise RunError(
                "wrong_schema", f"{named} has schema {values['schema']!r}, which this version does not read. {cure}"
            )
        areas = json_object(values["areas"], "areas")
        return ExplanationReport(
            model=string(values["model"], "model"),
            created=string(values["created"], "created"),
            files=strings(values["files"], "files"),
            areas={region: _area(areas[region.value], region.value) for region in REGIONS},
            sets=tuple(array(values["sets"], "sets", lambda entry, _: SetShares.from_json(entry))),
        )
    except FileNotFoundError as error:
        raise RunError("missing", f"{named} is missing. {cure}") from error
    except (OSError, ValueError, KeyError) as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise RunError("damaged", f"{named} is damaged ({what}). {cure}") from error


def _area(value: Any, region: str) -> float:
    if not 0 <= (share := number(value, f"the area of {region}")) <= 1:
        raise ValueError(f"the area of {region} is a share, got {share:g}")
    return share
