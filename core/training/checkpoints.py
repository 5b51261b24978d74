"""A run's folder: what was asked, what each epoch gave, and the models to go on from.

    run.json         the settings and one record an epoch; the one file that decides what is finished
    history.csv      the same records, for people and the report
    epoch-007.keras  model and optimiser after the last epoch and after the best one

The model is saved first and `run.json` replaced last, so a training may be killed at any moment.
"""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

from core.errors import TrainingError
from core.files import replacing, write_text
from core.model.backend import load_keras
from core.strict_json import MAX_BYTES, array, integer, json_object, number, read_json, read_plain
from core.training.compiling import set_precision

HISTORY = "history.csv"
HISTORY_COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
BEST_BY = "val_loss"
_RUN = "run.json"

Record = dict[str, float]


class RunFolder:
    """The records and checkpoints of one training."""

    def __init__(self, folder: Path | str, settings: dict[str, Any]) -> None:
        """Open a run, or begin one.

        Args:
            folder: Where it is kept.
            settings: All that the result depends on, as plain JSON values.

        Raises:
            TrainingError: `other_settings` if a run with other settings is in the folder.
        """
        self.folder = Path(folder)
        self.settings: dict[str, Any] = json.loads(json.dumps(settings))
        self.records: list[Record] = self._read()

    def _read(self) -> list[Record]:
        path = self.folder / _RUN
        if not path.exists():
            return []
        try:
            run = json_object(read_json(path), "the document")
            saved, records = json_object(run["settings"], "settings"), array(run["epochs"], "epochs", _record)
        except (ValueError, KeyError) as error:
            raise TrainingError(
                "other_settings",
                f"{path} is damaged ({error}). Remove {self.folder} to start over, or choose another --name.",
            ) from error
        changed = [
            key for key in sorted(saved.keys() | self.settings.keys()) if saved.get(key) != self.settings.get(key)
        ]
        if changed:
            differences = "; ".join(f"{key} was {saved.get(key)}, is {self.settings.get(key)}" for key in changed)
            raise TrainingError(
                "other_settings",
                f"{self.folder} holds a training with other settings ({differences}). Use those settings to "
                f"continue it, choose another --name, or remove the folder to start over.",
            )
        return records

    @property
    def best(self) -> Record:
        """The record of the epoch with the smallest `BEST_BY`, the earliest of equals."""
        return min(self.records, key=lambda record: record[BEST_BY])

    def save(self, model: Any, record: Record) -> None:
        """Add an epoch; when this returns, it will never have to be trained again.

        Raises:
            OutputError: `disk_full` or `not_writable`; the epochs before stay as they were.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with replacing(self._checkpoint(record)) as new:
            model.save(new)
        records = [*self.records, record]
        write_text(self.folder / _RUN, json.dumps({"settings": self.settings, "epochs": records}, indent=1) + "\n")
        self.records = records
        write_text(self.folder / HISTORY, history_csv(records))
        needed = {self._checkpoint(self.records[-1]), self._checkpoint(self.best)}
        for path in self.folder.glob("epoch-*.keras"):
            if path not in needed:
                path.unlink()

    def load_last(self) -> Any:
        """The model after the last epoch, with its optimiser."""
        return self._load(self.records[-1], with_optimiser=True)

    def load_best(self) -> Any:
        """The model after the best epoch, to be used or exported; with its averaged weights if there are any."""
        model = self._load(self.best, with_optimiser=False)  # which would be saved with the model
        set_precision(model.layers)
        if self.settings.get("averaging"):
            averaged = self._load(self.best, with_optimiser=True)
            use_average(averaged)
            model.set_weights(averaged.get_weights())
        return model

    def _load(self, record: Record, *, with_optimiser: bool) -> Any:
        path = self._checkpoint(record)
        try:
            return load_keras().saving.load_model(path, compile=with_optimiser)
        except (OSError, ValueError, TypeError, KeyError) as error:
            reason = re.sub(r"\s+", " ", str(error))[:200]
            raise TrainingError(
                "other_settings",
                f"The checkpoint {path} cannot be loaded ({reason}). Remove {self.folder} to start over.",
            ) from error

    def _checkpoint(self, record: Record) -> Path:
        return self.folder / f"epoch-{int(record['epoch']):03d}.keras"


def _record(values: Any, name: str) -> Record:
    record: Record = json_object(values, name)
    for key, value in record.items():
        number(value, key)
    if missing := [column for column in HISTORY_COLUMNS if column not in record]:
        raise ValueError(f"{name} lack {', '.join(missing)}")
    integer(record["epoch"], "epoch")
    return record


def use_average(model: Any) -> None:
    """Put the optimiser's moving average of the weights, if it keeps one, in their place."""
    model.optimizer.finalize_variable_values(model.trainable_variables)


def history_csv(records: list[Record]) -> str:
    """The records as a CSV: the columns `HISTORY_COLUMNS`, then what else was recorded."""
    text = io.StringIO()
    columns = dict.fromkeys([*HISTORY_COLUMNS, *(key for record in records for key in record)])
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def read_history(path: Path) -> list[Record]:
    """The epochs in a history.csv; none where it is missing, or is no such table."""
    try:
        rows = list(csv.DictReader(io.StringIO(read_plain(path, MAX_BYTES).decode("utf-8"))))
        values = [{key: float(value) for key, value in row.items() if value} for row in rows]
        return [_record({**row, "epoch": int(row["epoch"])}, "an epoch") for row in values]
    except (OSError, ValueError, TypeError, KeyError, OverflowError, csv.Error):
        return []
