"""Turns a finished training into a folder under models/ that serving can load."""

import math
import os
import platform
import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from core.inference.engines import KerasEngine
from core.inference.model_store import KERAS_FILE, LITERT_FILE, WEIGHTS_FILE, sha256_of
from core.metadata import GENDER, Head, ModelMetadata
from core.training.batches import Examples
from core.training.checkpoints import BEST_BY, HISTORY, history_csv
from core.training.networks import Network
from core.training.prepared import Prepared
from core.training.storage import room_on_disk
from core.training.temperature import fit_temperature
from core.training.tflite import Parity, write_tflite
from core.training.trainer import Training

LIBRARIES = {
    "tensorflow": "tensorflow",
    "keras": "keras",
    "ai-edge-litert": "ai-edge-litert",
    "numpy": "numpy",
    "opencv": "opencv-python-headless",
}
PARITY_CROPS = 512


def export_model(training: Training, prepared: Prepared, network: Network, models_dir: Path, name: str) -> Parity:
    """Write `models_dir/name` from the best epoch of a training.

    The folder is filled elsewhere and put in place when it is complete, in the stead of a former
    one (whose test figures would no longer be true).

    Returns:
        How far the LiteRT file's answers are from the network's, on validation crops.

    Raises:
        TrainingError: `disk_full`; a former model stays as it was.
    """
    part, target = models_dir / f".{name}.part", models_dir / name
    with room_on_disk(models_dir):
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        parity = _fill(part, training, prepared, network, name)
        former = models_dir / f".{name}.former"
        shutil.rmtree(former, ignore_errors=True)
        if target.exists():
            target.rename(former)
        part.rename(target)
        shutil.rmtree(former, ignore_errors=True)
    return parity


def _fill(folder: Path, training: Training, prepared: Prepared, network: Network, name: str) -> Parity:
    model = training.run.load_best()
    model.save(folder / KERAS_FILE)
    model.save_weights(folder / WEIGHTS_FILE)
    engine = KerasEngine(model)
    heads = {
        head: Head(labels, _temperature(engine, training.val, head, labels)) for head, labels in network.heads.items()
    }
    crops = training.val.crops[:: math.ceil(len(training.val) / PARITY_CROPS)]
    parity = write_tflite(model, folder / LITERT_FILE, engine, crops, heads[GENDER])
    (folder / HISTORY).write_text(history_csv(training.run.records), encoding="utf-8")
    metadata = ModelMetadata(
        name=name,
        description=_describe(training, network),
        network=network.name,
        crop=prepared.crop,
        heads=heads,
        files={path.name: sha256_of(path) for path in sorted(folder.iterdir())},
        versions={"python": platform.python_version(), **{key: version(package) for key, package in LIBRARIES.items()}},
        training=_training_facts(training, prepared, parity, model),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    metadata.save(folder)
    return parity


def _temperature(engine: KerasEngine, val: Examples, head: str, labels: tuple[str, ...]) -> float:
    return round(fit_temperature(engine.predict(val.crops)[head], val.targets[head], labels), 4)


def _describe(training: Training, network: Network) -> str:
    sets = ", ".join(training.data)
    crops = sum(sum(splits.get("train", {}).values()) for splits in training.data.values())
    return f"{network.description}; learned from {crops:,} crops of {sets}."


def _training_facts(training: Training, prepared: Prepared, parity: Parity, model: Any) -> dict[str, Any]:
    run = training.run
    return {
        "settings": run.settings,
        "data": training.data,
        "dropped": {name: prepared.sets[name].report["dropped_counts"] for name in training.data},
        "preparation": prepared.recipe,
        "parameters": int(model.count_params()),
        "best_epoch": int(run.best["epoch"]),
        "best_by": BEST_BY,
        "seconds": round(sum(record["seconds"] for record in run.records), 1),
        "export": asdict(parity),
        "machine": {"cores": os.cpu_count()},
    }
