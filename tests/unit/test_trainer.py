import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.cli import main
from core.errors import DatasetError, TrainingError
from core.training.augmentation import Augmentation
from core.training.batches import Examples, TrainingBatches, plain_batches, targets_of
from core.training.checkpoints import HISTORY_COLUMNS, Record, history_csv
from core.training.networks import find_network
from core.training.prepared import Prepared
from core.training.trainer import Settings, Training, train
from tests.unit.training_case import write_prepared

SETTINGS = Settings(epochs=3, batch=20, learning_rate=0.003, variants=("drawn",))
BASELINE = find_network("baseline-cnn")


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared")


@pytest.fixture(scope="module")
def finished(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Training:
    return train(prepared, BASELINE, SETTINGS, tmp_path_factory.mktemp("runs") / "whole")


def without_seconds(records: list[Record]) -> list[list[float]]:
    return [[record[name] for name in HISTORY_COLUMNS if name != "seconds"] for record in records]


def test_a_network_learns_what_can_be_learnt(finished: Training) -> None:
    assert finished.run.best["val_accuracy"] >= 0.95
    assert finished.run.best["val_loss"] < 0.4
    assert finished.data == {"faces": {"train": {"drawn": 60}, "val": {"drawn": 20}}}


def test_history_has_one_row_an_epoch_with_the_agreed_columns(finished: Training) -> None:
    lines = (finished.run.folder / "history.csv").read_text().splitlines()
    assert lines[0] == "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds"
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2", "3"]
    assert {line.split(",")[5] for line in lines[1:]} == {"0.003"}


def test_only_the_last_and_the_best_checkpoint_are_kept(finished: Training) -> None:
    kept = {path.name for path in finished.run.folder.glob("*.keras")}
    assert kept == {"epoch-003.keras", f"epoch-{int(finished.run.best['epoch']):03d}.keras"}


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_training_killed_after_an_epoch_goes_on_to_the_same_history(
    prepared: Prepared, finished: Training, tmp_path: Path, epoch: int
) -> None:
    def kill(record: Record, epochs: int) -> None:
        if record["epoch"] == epoch:
            raise Killed

    with pytest.raises(Killed):
        train(prepared, BASELINE, SETTINGS, tmp_path, kill)
    (tmp_path / "part.keras").write_bytes(b"half a checkpoint of the epoch that was running")
    trained: list[float] = []
    training = train(prepared, BASELINE, SETTINGS, tmp_path, lambda record, _: trained.append(record["epoch"]))
    assert trained == list(range(epoch + 1, 4))
    np.testing.assert_allclose(
        without_seconds(training.run.records), without_seconds(finished.run.records), rtol=1e-3, atol=1e-4
    )


def test_a_finished_training_is_not_repeated(prepared: Prepared, finished: Training) -> None:
    def fail(record: Record, epochs: int) -> None:
        raise AssertionError(f"epoch {record['epoch']} was trained again")

    again = train(prepared, BASELINE, SETTINGS, finished.run.folder, fail)
    assert again.run.records == finished.run.records


def test_other_settings_in_the_same_folder_are_refused_by_name(prepared: Prepared, finished: Training) -> None:
    with pytest.raises(TrainingError, match=r"batch was 20, is 10.*another --name") as caught:
        train(prepared, BASELINE, replace(SETTINGS, batch=10), finished.run.folder)
    assert caught.value.code == "other_settings"


def test_other_data_in_the_same_folder_is_refused(finished: Training, tmp_path: Path) -> None:
    other = write_prepared(tmp_path / "prepared", counts={"train": 62, "val": 20})
    with pytest.raises(TrainingError, match="data_sha256"):
        train(other, BASELINE, SETTINGS, finished.run.folder)


def test_a_damaged_run_file_is_said(prepared: Prepared, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"settings": {')
    with pytest.raises(TrainingError, match=r"run\.json is damaged"):
        train(prepared, BASELINE, SETTINGS, tmp_path)


def test_a_full_disk_is_said_and_keeps_what_was_finished(prepared: Prepared, tmp_path: Path) -> None:
    def fill_disk(record: Record, epochs: int) -> None:
        (tmp_path / "run.json.part").symlink_to("/dev/full")

    with pytest.raises(TrainingError, match=r"disk that holds .* is full") as caught:
        train(prepared, BASELINE, SETTINGS, tmp_path, fill_disk)
    assert caught.value.code == "disk_full"
    assert [record["epoch"] for record in json.loads((tmp_path / "run.json").read_text())["epochs"]] == [1]


def test_a_training_that_diverges_is_said_and_gives_no_model(prepared: Prepared, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"epoch 1 .*--learning-rate") as caught:
        train(prepared, BASELINE, replace(SETTINGS, learning_rate=1e30), tmp_path)
    assert caught.value.code == "diverged"
    assert not list(tmp_path.glob("*.keras"))


@pytest.mark.parametrize(
    ("counts", "code"), [({"train": 8, "val": 4}, "too_few"), ({"train": 40, "val": 1}, "one_class")]
)
def test_a_training_without_meaning_is_refused(counts: dict[str, int], code: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        train(write_prepared(tmp_path / "prepared", counts=counts), BASELINE, SETTINGS, tmp_path / "run")
    assert caught.value.code == code


def test_sets_that_are_not_prepared_and_variants_without_crops_are_refused(prepared: Prepared, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="lfw is not in") as caught:
        train(prepared, BASELINE, replace(SETTINGS, sets=("faces", "lfw")), tmp_path)
    assert caught.value.code == "not_prepared"
    with pytest.raises(DatasetError, match="no crops for sets all, splits train, variants real") as caught:
        train(prepared, BASELINE, replace(SETTINGS, variants=("real",)), tmp_path)
    assert caught.value.code == "no_pictures"


def test_limit_takes_some_crops_and_a_second_time_the_same(tmp_path: Path) -> None:
    prepared = write_prepared(tmp_path / "prepared", sets=("one", "two"))
    whole = prepared.select(splits=["train"])
    some, again = whole.sample(50, seed=3), whole.sample(50, seed=3)
    assert len(some) == 50
    assert some.index.equals(again.index)
    assert set(some.index["set"]) == {"one", "two"}
    assert some.load().shape == (50, 32, 32, 3)
    everything = dict(zip(_keys(whole.index), whole.load(), strict=True))
    for key, crop in zip(_keys(some.index), some.load(), strict=True):
        assert (everything[key] == crop).all()
    np.testing.assert_array_equal(np.concatenate(list(some.batches(7))), some.load())


def _keys(index) -> list[tuple[str, ...]]:  # noqa: ANN001
    return list(index[["set", "file", "variant"]].itertuples(index=False, name=None))


def test_an_epoch_is_a_shuffle_that_depends_on_seed_and_epoch_alone() -> None:
    crops = np.repeat(np.arange(50, dtype=np.uint8), 16 * 16 * 3).reshape(50, 16, 16, 3)
    examples = Examples(crops, {"gender": np.arange(50)})

    def epoch(seed: int, number: int) -> list[int]:
        batches = TrainingBatches(examples, Augmentation(), batch=8, seed=seed).epoch(number)
        pairs = [
            (float(crop.mean()), int(target))
            for x, y in batches
            for crop, target in zip(x.numpy(), y["gender"].numpy(), strict=True)
        ]
        assert all(abs(value - target) < 1e-2 for value, target in pairs), "a crop lost its label"
        return [target for _, target in pairs]

    first = epoch(0, 1)
    assert sorted(first) == list(range(50))
    assert first == epoch(0, 1)
    assert first != epoch(0, 2)
    assert first != epoch(1, 1)


def test_validation_crops_are_in_order_and_unchanged(prepared: Prepared) -> None:
    val = prepared.select(splits=["val"], variants=["drawn"])
    examples = Examples(val.load(), targets_of(val.index, BASELINE.heads))
    (x, y), *rest = list(plain_batches(examples))
    assert not rest
    np.testing.assert_array_equal(x.numpy(), examples.crops)
    np.testing.assert_array_equal(y["gender"], (val.index["gender"] == "female").astype(int))


def test_a_label_that_the_network_does_not_know_is_refused(prepared: Prepared) -> None:
    index = prepared.select().index.assign(gender="unknown")
    with pytest.raises(DatasetError, match="gender \\['unknown'\\]"):
        targets_of(index, BASELINE.heads)


def test_the_command_trains_exports_and_prints_a_line_an_epoch(
    prepared: Prepared, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = ["--runs", str(tmp_path / "runs"), "--models", str(tmp_path / "models")]
    command = ["train", "--prepared", str(prepared.folder), "--name", "first", "--epochs", "1", *folders]
    assert main(command) == 0
    output = capsys.readouterr().out
    assert "epoch   1 of 1  loss" in output
    assert "largest difference in p" in output
    assert (tmp_path / "models" / "first" / "history.csv").read_text() == history_csv(
        json.loads((tmp_path / "runs" / "first" / "run.json").read_text())["epochs"]
    )


@pytest.mark.parametrize("wrong", [["--epochs", "0"], ["--learning-rate", "-1"], ["--name", "../elsewhere"]])
def test_wrong_usage_is_two(wrong: list[str], prepared: Prepared, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--prepared", str(prepared.folder), *wrong]) == 2
    assert "error [usage]" in capsys.readouterr().err
