"""What a model looks at over test faces, and how its answers change with the mask: figures known beforehand."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.classify.pipeline import Classifier
from core.cli import main
from core.data.prepared import Prepared, open_prepared
from core.errors import DatasetError, RunError
from core.evaluation.decisions import CHANGE_COLUMNS, mask_changes
from core.evaluation.explaining import measure_explanations
from core.evaluation.explanations import EXPLANATIONS_FILE, read_explanations
from core.evaluation.runs import load_run
from core.explain.regions import REGIONS, Region, region_map
from core.model.loaded import LoadedModel
from core.model.store import ModelStore
from tests.unit.evaluation_case import CROP, bright_model, write_prepared

# One cell of the grid in each region.
EYES, MASK = (slice(6, 8), slice(8, 10)), (slice(8, 10), slice(8, 10))


class BrightSpots:
    """Takes a face for a woman's where both spots are bright together, for a man's where they are dark."""

    name = "test"

    def predict(self, crops: np.ndarray) -> dict[str, np.ndarray]:
        bright = sum(crops[:, *spot].mean(axis=(1, 2, 3)) for spot in (EYES, MASK))
        return {"gender": np.stack([np.zeros_like(bright), bright / 10 - 9], axis=1).astype(np.float32)}


@pytest.fixture
def classifier() -> Classifier:
    return Classifier(replace(bright_model(), engine=BrightSpots()))


@pytest.fixture
def prepared(tmp_path: Path) -> Prepared:
    """Twelve bare faces of whom nine shine at the eyes and three at the mouth, one grey one in a mask, one missed."""
    faces = [("faces", "test", "bare", "female", 0, 1, "")] * 12
    faces += [("faces", "test", "drawn", "male", 9, 1, ""), ("faces", "test", "drawn", "male", 9, 0, "")]
    faces += [("faces", "val", "bare", "male", 0, 1, ""), ("other", "test", "real", "male", 0, 1, "")]
    opened = write_prepared(tmp_path / "prepared", faces)
    path = opened.folder / "faces" / "crops.npy"
    crops = np.load(path)
    for number in range(12):
        crops[number][EYES if number < 9 else MASK] = 255
    np.save(path, crops)
    return open_prepared(opened.folder)


def test_the_spots_lie_in_their_regions() -> None:
    assert (region_map(CROP)[EYES] == REGIONS.index(Region.EYES)).all()
    assert (region_map(CROP)[MASK] == REGIONS.index(Region.MASK)).all()


def test_shares_are_means_over_the_faces_of_a_set(classifier: Classifier, prepared: Prepared) -> None:
    done: list[tuple[int, int]] = []
    report = measure_explanations(classifier, prepared, progress=lambda *at: done.append(at))

    (entry,) = report.sets
    assert (entry.set, entry.variant, entry.n, entry.silent) == ("faces", "bare", 12, 0)
    assert entry.shares[Region.EYES].value == pytest.approx(0.75, abs=1e-6)
    assert entry.shares[Region.MASK].value == pytest.approx(0.25, abs=1e-6)
    low, high = entry.shares[Region.EYES].low, entry.shares[Region.EYES].high
    assert low is not None
    assert high is not None
    assert 0.4 < low < 0.75 < high <= 1
    assert entry.shares[Region.HAIR].value == 0
    assert "every resample" in entry.shares[Region.HAIR].reason
    assert sum(report.areas.values()) == pytest.approx(1)
    assert done[-1] == (14, 14), "the face that was missed is left out, as is validation"


def test_a_limit_takes_the_same_faces_every_time_and_few_have_no_interval(
    classifier: Classifier, prepared: Prepared
) -> None:
    one, other = (measure_explanations(classifier, prepared, sets=["faces"], limit=4) for _ in range(2))

    assert one.sets == other.sets
    assert one.sets[0].n == 4
    assert "it rests on 4 faces" in one.sets[0].shares[Region.EYES].reason


def test_sets_that_are_not_there_are_said(classifier: Classifier, prepared: Prepared) -> None:
    with pytest.raises(DatasetError, match="nowhere is not in"):
        measure_explanations(classifier, prepared, sets=["nowhere"])


def test_what_is_saved_is_read(classifier: Classifier, prepared: Prepared, tmp_path: Path) -> None:
    report = measure_explanations(classifier, prepared)
    report.save(tmp_path)

    assert read_explanations(tmp_path) == report
    assert "NaN" not in (tmp_path / EXPLANATIONS_FILE).read_text()
    assert report.outdated(report.files) == []
    changed = replace(report, files={"model.tflite": "1"})
    assert "model.tflite has changed" in changed.outdated({"model.tflite": "2"})[0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda values: values.update(schema=7), "wrong_schema"),
        (lambda values: values.pop("areas"), "damaged"),
        (lambda values: values["sets"][0]["shares"].pop("mask"), "damaged"),
        (lambda values: values["sets"][0]["shares"]["mask"].update(value=0.9), "damaged"),
        (lambda values: values["sets"][0].update(n=0), "damaged"),
    ],
)
def test_a_damaged_file_says_how_to_make_it_again(
    classifier: Classifier, prepared: Prepared, tmp_path: Path, change: object, code: str
) -> None:
    measure_explanations(classifier, prepared).save(tmp_path)
    path = tmp_path / EXPLANATIONS_FILE
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))
    with pytest.raises(RunError, match="python -m core explain") as caught:
        read_explanations(tmp_path)
    assert caught.value.code == code


def rows(*faces: tuple[str, str, str, float], split: str = "test", name: str = "lfw") -> pd.DataFrame:
    table = pd.DataFrame(faces, columns=["file", "variant", "mask_family", "p_female"])
    return table.assign(set=name, split=split)


def test_changes_are_counted_on_the_same_faces_by_family_and_direction() -> None:
    table = pd.concat(
        [
            rows(("a", "bare", "", 0.9), ("a", "drawn", "cloth", 0.2), ("a", "held_out", "gaiter", 0.5)),
            rows(("b", "bare", "", 0.4), ("b", "drawn", "cloth", 0.3), ("b", "held_out", "gaiter", 0.6)),
            rows(("c", "bare", "", 0.8), ("c", "drawn", "n95", 0.7)),
            rows(("d", "drawn", "cloth", 0.1), ("e", "real", "real", 0.1)),
            rows(("a", "bare", "", 0.1), ("a", "drawn", "cloth", 0.2), name="scut"),
            rows(("v", "bare", "", 0.1), ("v", "drawn", "cloth", 0.9), split="val"),
        ]
    )
    changes = mask_changes(table)

    assert tuple(changes.columns) == CHANGE_COLUMNS
    counted = changes.set_index(["set", "family"])[["n", "changed", "to_female", "to_male"]]
    assert {place: tuple(counts) for place, counts in zip(counted.index, counted.to_numpy(), strict=True)} == {
        ("lfw", "cloth"): (2, 1, 0, 1),
        ("lfw", "gaiter"): (2, 1, 1, 0),
        ("lfw", "n95"): (1, 0, 0, 0),
        ("scut", "cloth"): (1, 0, 0, 0),
    }
    cloth = changes.iloc[0]
    assert cloth["value"] == 0.5
    # Wilson's interval of 1 in 2.
    assert (cloth["low"], cloth["high"]) == pytest.approx((0.0945, 0.9055), abs=1e-3)


def test_without_pairs_there_are_no_changes() -> None:
    assert mask_changes(rows(("e", "real", "real", 0.1))).empty


def test_the_command_writes_and_prints(
    classifier: Classifier,
    prepared: Prepared,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model: LoadedModel = classifier.model
    folder = tmp_path / "models" / "bright"
    folder.mkdir(parents=True)
    model.metadata.save(folder)
    monkeypatch.setattr(ModelStore, "load", lambda self, name, **_: model)
    command = ["explain", "bright", "--prepared", str(prepared.folder), "--models", str(folder.parent)]

    assert main([*command, "--set", "faces", "--limit", "12"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("faces, bare, 12 faces: eyes and brow 75.0 % (")
    assert "predictions.csv of 'bright' is missing" in err
    assert load_run(folder).explanations == read_explanations(folder)

    assert main([*command, "--set", "nowhere"]) == 1
