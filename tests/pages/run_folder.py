"""A made-up, consistent saved run: history, metadata, predictions, and metrics computed from them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from core.evaluation.explanations import ExplanationReport, SetShares
from core.evaluation.intervals import Estimate
from core.evaluation.metrics import measure_frame
from core.evaluation.schema import PREDICTION_COLUMNS, MetricsReport, SetMetrics
from core.explain.regions import REGIONS, area_shares
from core.heads import Thresholds
from core.model.metadata import Head, ModelMetadata
from core.settings import CropRecipe

BEST_EPOCH = 4
EPOCHS = 6
THRESHOLD = 0.8
ETHNICITIES = ("Asian", "White")
FAMILIES = ("surgical", "cloth")
# set, split, variant, faces of each gender, how far apart the two genders' scores lie
SETS = (
    ("worldwide", "test", "real", 90, 2.0),
    ("rmfrd", "test", "real", 120, 1.4),
    ("utkface", "test", "drawn", 200, 2.4),
    ("utkface", "test", "held_out", 200, 2.0),
    ("utkface", "test", "bare", 200, 3.2),
    ("utkface", "val", "drawn", 60, 2.6),
)


def history(epochs: int = EPOCHS) -> pd.DataFrame:
    steps = np.arange(1, epochs + 1)
    return pd.DataFrame(
        {
            "epoch": steps,
            "loss": 0.7 / steps,
            "accuracy": 1 - 0.4 / steps,
            "val_loss": 0.3 + 0.02 * (steps - BEST_EPOCH) ** 2,
            "val_accuracy": 0.92 - 0.01 * (steps - BEST_EPOCH) ** 2,
            "learning_rate": 0.001,
            "seconds": 30.0,
        }
    )


def predictions() -> pd.DataFrame:
    random, rows = np.random.default_rng(7), []
    for name, split, variant, count, apart in SETS:
        for gender, side in (("female", 1), ("male", -1)):
            for number, logit in enumerate(random.normal(side * apart / 2, 1, count)):
                p = round(float(1 / (1 + np.exp(-2 * logit))), 6)
                found = int(number > 0)
                family = {"real": "real", "bare": ""}.get(variant, FAMILIES[number % 2])
                age, ethnicity = "31" if number % 3 else "64", ETHNICITIES[number % 2]
                file, masked = f"{name}/{gender}{number}.webp", int(variant == "real")
                row = (file, name, split, gender, age, ethnicity, masked, family, variant)
                rows.append((*row, found, "", p))
    return pd.DataFrame(rows, columns=list(PREDICTION_COLUMNS))


def metrics(table: pd.DataFrame) -> MetricsReport:
    groups = table.groupby(["set", "split", "variant"], sort=False)
    sets = tuple(
        SetMetrics(*place, int((faces["found"] == 0).sum()), measure_frame(faces, THRESHOLD)) for place, faces in groups
    )
    return MetricsReport("masked", "2026-03-01T12:30:00+00:00", THRESHOLD, "95 %: Wilson, bootstrap", sets)


def metadata(name: str) -> ModelMetadata:
    return ModelMetadata(
        name=name,
        description="A network made up for a test; learned from 30 crops of utkface.",
        network="baseline-cnn",
        crop=CropRecipe(),
        heads={"gender": Head(("male", "female"), 1.25)},
        thresholds=Thresholds(THRESHOLD),
        versions={"keras": "3.15.0"},
        training={
            "settings": {
                "epochs": EPOCHS,
                "sets": None,
                "variants": ["drawn", "real"],
                "augmentation": {"flip": True, "zoom": 0.1},
                "data_sha256": "0123456789abcdef" * 4,
            },
            "data": {"utkface": {"train": {"drawn": 25}, "val": {"drawn": 5}}},
            "dropped": {"utkface": {"duplicate": 3}},
            "best_epoch": BEST_EPOCH,
            "seconds": 4980.0,
        },
        created="2026-03-01T10:00:00+00:00",
    )


def explanations(name: str) -> ExplanationReport:
    shares = dict(zip(REGIONS, (0.6, 0.25, 0.05, 0.1), strict=True))
    estimates = {region: Estimate(share, share - 0.02, share + 0.02) for region, share in shares.items()}
    sets = (SetShares("utkface", "drawn", 40, 1, estimates), SetShares("worldwide", "real", 30, 0, estimates))
    created = "2026-03-01T13:00:00+00:00"
    return ExplanationReport(name, created, {}, area_shares(CropRecipe()), sets)


def write_run(models: Path, name: str = "masked") -> Path:
    folder = models / name
    folder.mkdir(parents=True)
    table = predictions()
    table.to_csv(folder / "predictions.csv", index=False)
    (folder / "metrics.json").write_text(json.dumps(metrics(table).to_json()))
    history().to_csv(folder / "history.csv", index=False)
    metadata(name).save(folder)
    explanations(name).save(folder)
    return folder
