"""Turns a finished training into a folder under models/ that serving can load."""

import logging
import os
import platform
import shutil
import zipfile
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from core.data.prepared import BARE, Prepared
from core.data.samples import TRAIN, VAL
from core.export.factoring import smaller
from core.export.litert import PROOF_CROPS, Parity, Proof, proof_of, write_float, write_int8
from core.export.second_look import second_look
from core.export.target import check_model_place, check_whole, link_or_copy, model_folder
from core.export.temperature import fitted_heads
from core.export.thresholds import (
    ChildChoice,
    ConfidenceChoice,
    choose_child_threshold,
    choose_gender_threshold,
    choose_trait_threshold,
)
from core.files import write_bytes, write_text
from core.heads import GENDER, TRAITS, Thresholds
from core.model.architectures import Network
from core.model.calibration import probabilities
from core.model.engines import KerasEngine
from core.model.metadata import Head, ModelMetadata
from core.model.second_look import averaged
from core.model.store import INT8_FILE, KERAS_FILE, LITERT_FILE, WEIGHTS_FILE, ModelStore, sha256_of
from core.training.batches import Examples, recrop
from core.training.checkpoints import BEST_BY, HISTORY, Record, history_csv, read_history
from core.training.finishing import as_served, finished_model
from core.training.selection import TrainingSettings
from core.training.targets import targets_of
from core.training.trainer import CALIBRATION_CROPS, Training
from core.training.validation import Logits
from core.types import Pixels
from core.wording import counted

LIBRARIES = {
    "tensorflow": "tensorflow",
    "keras": "keras",
    "ai-edge-litert": "ai-edge-litert",
    "numpy": "numpy",
    "opencv": "opencv-python-headless",
}
Choice = ConfidenceChoice | ChildChoice
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of a network's LiteRT files.

    Attributes:
        float: Parity of `model.tflite`.
        int8: Parity of `model.int8.tflite`, which is there only where it holds.
        factors: Parity of the network in factors with the whole one, which it replaces where it holds; None where there
            is no such form, or where files are written again.
    """

    float: Parity
    int8: Parity
    factors: Parity | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values of what there is."""
        return {name: parity for name, parity in asdict(self).items() if parity}


def export_model(
    training: Training, prepared: Prepared, network: Network, settings: TrainingSettings, models_dir: Path, name: str
) -> Converted:
    """Write `models_dir/name` from the best epoch of a training.

    The folder is filled elsewhere and put in place when it is complete, in the stead of a former
    one (whose test figures would no longer be true).

    Returns:
        How far the LiteRT files' answers are from the network's, on validation crops.

    Raises:
        OutputError: `disk_full`, `not_writable` or `in_use`; a former model stays as it was.
    """
    check_model_place(models_dir / name)
    with model_folder(models_dir, name) as new:
        new.mkdir()
        return _fill(new, training, prepared, network, settings, name)


def export_again(models_dir: Path, name: str, prepared: Prepared) -> Converted:
    """Write the LiteRT files of a finished model anew, from its `model.keras`.

    Args:
        models_dir: Folder of the models.
        name: Which one.
        prepared: The crops that it was trained on, or wider ones.

    Raises:
        ModelError: As `ModelStore.metadata`; `not_loadable` if the Keras file is damaged.
        DatasetError: If there are no such crops, or they are too narrow.
        OutputError: `disk_full`, `not_writable` or `in_use`; the former files stay.
    """
    store, folder = ModelStore(models_dir), models_dir / name
    metadata = store.metadata(name)
    model = store.keras_model(name)
    heads = {head: answer.labels for head, answer in metadata.heads.items()}
    calibration, val = (
        recrop(Examples(some.load(), prepared.crop, targets_of(some.index, heads)), metadata.crop)
        for some in (
            prepared.select(splits=[TRAIN]).sample(CALIBRATION_CROPS),
            prepared.select(splits=[VAL]).sample(PROOF_CROPS),
        )
    )
    proof = proof_of(KerasEngine(model).predict(val.crops), val, heads, metadata.heads[GENDER])
    with model_folder(models_dir, name) as new:
        made_anew = shutil.ignore_patterns(LITERT_FILE, INT8_FILE, ".*")
        shutil.copytree(folder, new, copy_function=link_or_copy, ignore=made_anew)
        converted = convert(model, new, calibration.crops, proof)
        former = metadata.training.get("export")
        factors = {"factors": former["factors"]} if isinstance(former, dict) and "factors" in former else {}
        facts = {**metadata.training, "export": {**converted.to_json(), **factors}}
        kept = {file: digest for file, digest in metadata.files.items() if file not in (LITERT_FILE, INT8_FILE)}
        made = {file: digest for file, digest in digests(new).items() if file in (LITERT_FILE, INT8_FILE)}
        replace(metadata, files={**kept, **made}, training=facts).save(new)
        check_whole(new, (*kept, LITERT_FILE))
    return converted


def convert(model: Any, folder: Path, calibration: Pixels, proof: Proof) -> Converted:
    """Write a network's LiteRT files into its folder; the integer one stays only where it holds."""
    _log.info("writing %s, and comparing its answers on %s validation crops", LITERT_FILE, f"{len(proof.crops):,}")
    as_float = write_float(model, folder / LITERT_FILE, proof)
    _log.info("writing %s, and comparing its answers", INT8_FILE)
    as_int8 = write_int8(model, folder / INT8_FILE, calibration, proof)
    if not as_int8.holds:
        (folder / INT8_FILE).unlink()
    return Converted(as_float, as_int8)


def _fill(
    folder: Path, training: Training, prepared: Prepared, network: Network, settings: TrainingSettings, name: str
) -> Converted:
    training = as_served(training, prepared, network, settings)
    model, finish = finished_model(training, prepared, network, settings)
    network, model, factors = smaller(network, model, training, prepared, settings)
    model.save(folder / KERAS_FILE)
    # As `save_weights` writes them, but not by HDF5 itself, which ends the process where the disk is full.
    with zipfile.ZipFile(folder / KERAS_FILE) as whole:
        write_bytes(folder / WEIGHTS_FILE, whole.read(WEIGHTS_FILE))
    engine = KerasEngine(model)
    first = logits = engine.predict(training.val.crops)
    head = fitted_heads(first, training, network.heads)[GENDER]
    second = second_look(first[GENDER], head, training.val_index["variant"], settings.recipe.second_look)
    if second is not None:
        _log.info("looking again, mirrored, at the validation faces that the model is not sure of")
        logits = averaged(engine, training.val.crops, first, second.needed(first[GENDER]))
    heads = fitted_heads(logits, training, network.heads)
    proof = proof_of(first, training.val, network.heads, heads[GENDER])
    converted = replace(convert(model, folder, training.calibration, proof), factors=factors)
    choices = _thresholds(training, logits, heads)
    before = read_history(settings.parent / HISTORY) if settings.parent else []
    write_text(folder / HISTORY, history_csv(_numbered([*before, *training.run.records])))
    metadata = ModelMetadata(
        name=name,
        description=_describe(training, network),
        network=network.name,
        crop=training.crop,
        heads=heads,
        thresholds=Thresholds(**{name: choice.threshold for name, choice in choices.items()}),
        second_look=second,
        files=digests(folder),
        versions={"python": platform.python_version(), **{key: version(package) for key, package in LIBRARIES.items()}},
        training={
            **_training_facts(training, prepared, converted, model, len(before)),
            "finish": finish.to_json(),
            "thresholds": {name: asdict(choice) for name, choice in choices.items()},
        },
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    metadata.save(folder)
    check_whole(folder, (KERAS_FILE, WEIGHTS_FILE, LITERT_FILE, HISTORY))
    return converted


def digests(folder: Path) -> dict[str, str]:
    """sha256 of a model's own files by name."""
    own = (KERAS_FILE, WEIGHTS_FILE, LITERT_FILE, INT8_FILE, HISTORY)
    return {name: sha256_of(folder / name) for name in sorted(own) if (folder / name).exists()}


def _thresholds(training: Training, logits: Logits, heads: dict[str, Head]) -> dict[str, Choice]:
    """What a model answers from on, by the fields of `Thresholds`; on validation alone.

    Gender's is chosen on masked faces, which are what the model is for.
    """
    index, masked = training.val_index, (training.val_index["variant"] != BARE).to_numpy()
    shares = {head: probabilities(logits[head], answer) for head, answer in heads.items()}
    female = shares[GENDER][:, heads[GENDER].labels.index("female")]
    ages = index["age"].to_numpy()
    choices: dict[str, Choice] = {
        GENDER: choose_gender_threshold(
            female[masked],
            (index["gender"] == "female").to_numpy()[masked],
            ages[masked],
            index["set"].to_numpy(str)[masked],
        )
    }
    for spec in (spec for spec in TRAITS if spec.name in heads):
        p = shares[spec.name][:, heads[spec.name].labels.index(spec.case)]
        truth = np.array([spec.truth(value) for value in index[spec.source]])
        if spec.answers:
            choices[spec.name] = choose_trait_threshold(p[truth != ""], truth[truth != ""] == spec.case)
        else:
            choices["child"] = choose_child_threshold(p, ages)
    return choices


def _describe(training: Training, network: Network) -> str:
    learned = {name: sum(splits.get(TRAIN, {}).values()) for name, splits in training.data.items()}
    crops, sets = sum(learned.values()), ", ".join(name for name, count in learned.items() if count)
    return f"{network.description}; learned from {counted(crops, 'crop')} of {sets}."


def _numbered(records: list[Record]) -> list[Record]:
    """The epochs of a model from its beginning on: those of the model that its training went on from come first."""
    return [{**record, "epoch": number} for number, record in enumerate(records, start=1)]


def _training_facts(
    training: Training, prepared: Prepared, converted: Converted, model: Any, before: int
) -> dict[str, Any]:
    run = training.run
    return {
        "settings": run.settings,
        "data": training.data,
        "dropped": {name: prepared.sets[name].report["dropped_counts"] for name in training.data},
        "preparation": prepared.recipe,
        "parameters": int(model.count_params()),
        "epochs_before": before,
        "best_epoch": before + int(run.best["epoch"]),
        "best_by": BEST_BY,
        "seconds": round(sum(record["seconds"] for record in run.records), 1),
        "export": converted.to_json(),
        "machine": {"cores": os.cpu_count()},
    }
