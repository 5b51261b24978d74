"""`metadata.json`: all that serving must know of a model, stored beside it and nowhere else."""

import json
import math
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.files import write_text
from core.heads import GENDER, HEADS, THRESHOLD_COLUMNS, Thresholds
from core.model.second_look import SecondLook
from core.settings import CropRecipe
from core.strict_json import array, integer, json_object, number, read_json, string, strings, writable

SCHEMA = 1
FILE_NAME = "metadata.json"
Heads = dict[str, tuple[str, ...]]
"""Labels of each head, in the order of its outputs."""
# What programs take for granted; `training` is read with care (`core.report.facts`).
_KINDS = {
    "name": str, "description": str, "network": str, "created": str, "files": dict, "versions": dict, "training": dict,
}  # fmt: skip
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")  # names a file beside metadata.json and no other place
_TEXTS = {"files", "versions"}
_HEAD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True, slots=True)
class Head:
    """One answer of the network.

    Attributes:
        labels: Order of the classes. A head has one logit a label; a two-label head may have a
            single logit instead, that of the second label.
        temperature: Logits are divided by it before softmax (Guo et al. 2017); positive.
    """

    labels: tuple[str, ...]
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if len(self.labels) < 2 or len(set(self.labels)) != len(self.labels):
            raise ValueError(f"a head needs two or more different labels, got {self.labels}")
        if not all(isinstance(label, str) for label in self.labels):
            raise ValueError(f"labels are texts, got {self.labels}")
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise ValueError(f"a temperature is positive, got {self.temperature}")


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """What a model is, how it is fed and how its outputs are read.

    Attributes:
        name: Folder name under models/.
        description: One sentence for people.
        network: Name of the architecture in `core.model.architectures`.
        crop: How faces are cut out; the model's input is uint8-valued RGB `(n, size, size, 3)`,
            0 to 255: scaling is inside the model.
        heads: Named outputs; every model has "gender", most have others of `core.heads.HEADS`.
        thresholds: From which probability on the model says something unless its users ask for another; that of a
            child is never None.
        second_look: When a face is looked at again; None for a model that looks once.
        files: sha256 of each artefact by file name.
        versions: Versions of the libraries that made the model.
        training: Settings, data and duration of the training, for the report.
        created: ISO 8601 time, UTC.
    """

    name: str
    description: str
    network: str
    crop: CropRecipe
    heads: dict[str, Head]
    thresholds: Thresholds = field(default_factory=Thresholds)
    second_look: SecondLook | None = None
    files: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    created: str = ""

    def __post_init__(self) -> None:
        for name, kind in _KINDS.items():
            if not isinstance(value := getattr(self, name), kind):
                raise ValueError(f"{name} must be a {kind.__name__}, got {value!r}")
        for name in self.files:
            if not _FILE.fullmatch(name):
                raise ValueError(f"files lie beside {FILE_NAME} and have plain names, got {name!r}")
        for name in self.heads:
            if not _HEAD.fullmatch(name):
                raise ValueError(f"a head has a short name of small letters, digits and _, got {name!r}")
        if GENDER not in self.heads:
            raise ValueError(f"a model needs a head {GENDER!r}, got {sorted(self.heads)}")
        for name, spec in HEADS.items():
            if name in self.heads and set(self.heads[name].labels) != set(spec.labels):
                raise ValueError(f"the head {name!r} needs the labels {spec.labels}, got {self.heads[name].labels}")
        _ = self.child_threshold  # raises where there is none

    @property
    def child_threshold(self) -> float:
        """The model's own threshold of a child, which it never is without."""
        if self.thresholds.child is None:
            raise ValueError("a model needs a child threshold, only its users may do without")
        return self.thresholds.child

    @property
    def looks(self) -> float:
        """How often a masked face is looked at, on average, from 1 to 2."""
        return 1 + self.second_look.share if self.second_look else 1.0

    def save(self, folder: Path) -> None:
        """Write `metadata.json` into `folder`, last of all artefacts and in one step."""
        values = writable({"schema": SCHEMA, **asdict(self), **self.thresholds.to_row()})
        del values["thresholds"]
        text = json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
        write_text(folder / FILE_NAME, text + "\n")

    @classmethod
    def load(cls, folder: Path) -> "ModelMetadata":
        """Read and check `metadata.json` of a model folder.

        Raises:
            ModelError: `bad_metadata`, naming the file and what is wrong with it.
        """
        path = folder / FILE_NAME
        try:
            values = json_object(read_json(path), "the document")
            schema = integer(values.pop("schema"), "schema")
            if schema != SCHEMA:
                raise ValueError(f"it has schema {schema}, this version of the program reads {SCHEMA}")
            values["crop"] = crop_recipe(values["crop"])
            values["heads"] = {name: _head(name, head) for name, head in json_object(values["heads"], "heads").items()}
            own = {column: values.pop(column) for column in THRESHOLD_COLUMNS if column in values}
            values["thresholds"] = Thresholds(**{THRESHOLD_COLUMNS[key]: number(own[key], key) for key in own})
            if (second := values.get("second_look")) is not None:
                values["second_look"] = _second_look(second)
            for name in _TEXTS & values.keys():
                values[name] = strings(values[name], name)
            return cls(**values)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ModelError(
                "bad_metadata",
                f"The model '{folder.name}' cannot be used: its {FILE_NAME} is missing or damaged "
                f"({type(error).__name__}: {error}). Restore the folder or train the model again.",
            ) from error


def check_name(name: str) -> None:
    """Raise `ValueError` unless a new model can be called so."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"a model's name is letters, digits, '-', '_' and '.', got {name!r}")


def folders_with(root: Path, *files: str) -> list[str]:
    """Names of the folders in `root` that hold one of these files, sorted.

    Hidden folders are left out, and those whose names no page can show: names that are no UTF-8.
    """
    names = {path.parent.name for file in files for path in root.glob(f"[!.]*/{file}")}
    return sorted(name for name in names if name.isprintable())


def crop_recipe(values: Any) -> CropRecipe:
    """Read a crop recipe out of a document, such as metadata.json or a prepared folder's recipe.json.

    Raises:
        ValueError: If a value is not what it should be.
        TypeError: If there are others than a recipe has.
    """
    known = dict(json_object(values, "crop"))
    kinds = {"size": integer, "margin": number, "padding": string}
    return CropRecipe(**known | {key: kind(known[key], f"crop {key}") for key, kind in kinds.items() if key in known})


def _second_look(values: Any) -> SecondLook:
    known = json_object(values, "second_look")
    return SecondLook(**{key: number(known[key], f"second_look {key}") for key in ("closer_than", "share")})


def _head(name: str, values: Any) -> Head:
    head = json_object(values, f"the head {name!r}")
    labels = array(head["labels"], f"labels of the head {name!r}", string)
    return Head(tuple(labels), number(head["temperature"], f"temperature of the head {name!r}"))
