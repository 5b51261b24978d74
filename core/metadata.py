"""`metadata.json`: all that serving must know of a model, stored beside it and nowhere else."""

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.settings import DEFAULT_THRESHOLD, CropRecipe

SCHEMA = 1
FILE_NAME = "metadata.json"
GENDER = "gender"
GENDER_LABELS = ("male", "female")
# What programs take for granted; `training` is read with care (`core.evaluation.training_record`).
_KINDS = {"name": str, "description": str, "network": str, "created": str, "files": dict, "versions": dict}


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
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise ValueError(f"a temperature is positive, got {self.temperature}")


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """What a model is, how it is fed and how its outputs are read.

    Attributes:
        name: Folder name under models/.
        description: One sentence for people.
        network: Name of the architecture in `core.training.networks`.
        crop: How faces are cut out; the model's input is uint8-valued RGB `(n, size, size, 3)`,
            0 to 255: scaling is inside the model.
        heads: Named outputs; every model has "gender".
        threshold: Default confidence in [0.5, 1) from which a face is answered.
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
    threshold: float = DEFAULT_THRESHOLD
    files: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    created: str = ""

    def __post_init__(self) -> None:
        for name, kind in _KINDS.items():
            if not isinstance(value := getattr(self, name), kind):
                raise ValueError(f"{name} must be a {kind.__name__}, got {value!r}")
        gender = self.heads.get(GENDER)
        if gender is None or set(gender.labels) != set(GENDER_LABELS):
            raise ValueError(f"a model needs a head {GENDER!r} with labels {GENDER_LABELS}, got {self.heads}")
        if not 0.5 <= self.threshold < 1:
            raise ValueError(f"a threshold lies in [0.5, 1), got {self.threshold}")

    def save(self, folder: Path) -> None:
        """Write `metadata.json` into `folder`, last of all artefacts and in one step."""
        text = json.dumps({"schema": SCHEMA, **asdict(self)}, indent=2, sort_keys=True, ensure_ascii=False)
        part = folder / f"{FILE_NAME}.part"
        part.write_text(text + "\n", encoding="utf-8")
        part.replace(folder / FILE_NAME)

    @classmethod
    def load(cls, folder: Path) -> "ModelMetadata":
        """Read and check `metadata.json` of a model folder.

        Raises:
            ModelError: `bad_metadata`, naming the file and what is wrong with it.
        """
        path = folder / FILE_NAME
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            schema = values.pop("schema")
            if schema != SCHEMA:
                raise ValueError(f"it has schema {schema}, this version of the program reads {SCHEMA}")
            values["crop"] = CropRecipe(**values["crop"])
            values["heads"] = {
                name: Head(tuple(head["labels"]), float(head["temperature"])) for name, head in values["heads"].items()
            }
            return cls(**values)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ModelError(
                "bad_metadata",
                f"The model '{folder.name}' cannot be used: its {FILE_NAME} is missing or damaged "
                f"({type(error).__name__}: {error}). Restore the folder or train the model again.",
            ) from error
