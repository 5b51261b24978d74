"""The epochs of a model that went on from another one."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from core.data.prepared import Prepared
from core.export.model_folder import export_model
from core.model.store import ModelStore
from core.training.checkpoints import read_history
from core.training.selection import TrainingSettings
from core.training.trainer import Training, train
from tests.unit.training_case import BASELINE, RECIPE, write_prepared

SETTINGS = TrainingSettings(replace(RECIPE, epochs=2))
HEADER = "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared")


@pytest.fixture(scope="module")
def training(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Training:
    return train(prepared, BASELINE, SETTINGS, tmp_path_factory.mktemp("runs") / "run")


def test_a_models_history_begins_with_that_of_the_model_it_went_on_from(
    training: Training, prepared: Prepared, tmp_path: Path
) -> None:
    parent = tmp_path / "parent"
    parent.mkdir()
    rows = "1,0.9,0.5,0.8,0.6,0.001,3,0.7\n2,0.7,0.6,0.6,0.7,0.001,3,0.8\n"
    (parent / "history.csv").write_text(f"{HEADER},val_bare\n{rows}")
    export_model(training, prepared, BASELINE, replace(SETTINGS, parent=parent), tmp_path / "models", "child")
    history = pd.read_csv(tmp_path / "models" / "child" / "history.csv")
    assert history["epoch"].tolist() == [1, 2, 3, 4]
    assert history["loss"].tolist()[:2] == [0.9, 0.7]
    assert history["val_bare"].tolist()[:2] == [0.7, 0.8]
    own = [record["loss"] for record in training.run.records]
    assert history["loss"].tolist()[2:] == pytest.approx(own)
    facts = ModelStore(tmp_path / "models").metadata("child").training
    assert facts["epochs_before"] == 2
    assert facts["best_epoch"] == 2 + training.run.best["epoch"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEADER,
        f"{HEADER}\n1,a,0,0,0,0,0\n",
        f"{HEADER}\n1,0,0\n",
        f"{HEADER}\n1,0,0,0,0,0,0,9\n",
        "\0",
        "epoch\n1\n",
    ],
)
def test_without_a_usable_history_a_model_has_its_own_alone(tmp_path: Path, text: str) -> None:
    assert read_history(tmp_path / "history.csv") == []
    (tmp_path / "history.csv").write_text(text)
    assert read_history(tmp_path / "history.csv") == []
