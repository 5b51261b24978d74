"""Tables of the report: saved figures and metadata as rows for people."""

from dataclasses import replace

import pandas as pd
import pytest

from core.evaluation.intervals import Estimate
from core.evaluation.schema import SetMetrics
from core.ui import report_tables as tables
from tests.pages.run_folder import metadata
from tests.unit.test_charts import figures

NONE = Estimate(None, reason="no women")
SETS = [
    SetMetrics("worldwide", "test", "real", 3, figures(((30, 10), (5, 45)), accuracy=Estimate(0.8, 0.7, 0.9))),
    SetMetrics(
        "men", "test", "drawn", 0, figures(((0, 0), (4, 6)), accuracy=Estimate(0.6, 0.3, 0.8), recall_female=NONE)
    ),
    SetMetrics("faces", "val", "drawn", 0, figures(((1, 1), (1, 1)), accuracy=Estimate(0.5, 0.2, 0.8))),
]


def test_a_set_without_the_figure_is_left_out_of_its_chart_but_not_of_the_table() -> None:
    assert list(tables.measure_by_set(SETS, "recall_female")["name"]) == [
        "worldwide · real masks",
        "faces · drawn masks (val)",
    ]
    whole = tables.figures_by_set(SETS)
    assert list(whole["set"]) == ["worldwide · real masks", "men · drawn masks", "faces · drawn masks (val)"]
    assert pd.isna(whole.loc[1, "recall women"])
    assert whole.loc[1, "recall women: 95 % interval"] == "no interval: no women"
    assert whole.loc[0, ["faces", "women", "men", "not found"]].tolist() == [90, 40, 50, 3]
    assert whole.loc[0, "accuracy"] == pytest.approx(80)
    assert whole.loc[0, "ROC AUC"] == 0.9


def test_the_table_rounds_as_the_cards_do() -> None:
    halfway = SetMetrics("faces", "test", "real", 0, figures(((30, 10), (5, 45)), accuracy=Estimate(0.8625, 0.8, 0.9)))

    assert tables.measure_by_set([halfway], "accuracy")["label"].tolist() == ["86.2 %"]
    assert tables.figures_by_set([halfway])["accuracy"].tolist() == [86.2]


def test_no_set_with_the_figure_gives_an_empty_table() -> None:
    assert tables.measure_by_set(SETS[1:2], "recall_female").empty


def test_the_worst_set_is_a_test_set() -> None:
    worst = tables.worst_set(SETS, "accuracy")

    assert worst is not None
    assert worst.set == "men"
    assert tables.worst_set(SETS[2:], "accuracy") is None


def test_settings_data_and_versions_are_read_from_metadata() -> None:
    model = metadata("masked")
    facts = tables.model_facts(model)

    assert facts["duration"] == "1 h 23 min"
    assert facts["trained"] == "1 March 2026, 10:00 UTC"
    assert facts["head gender"] == "male, female; temperature 1.25"
    assert facts["augmentation: flip"] == "yes"
    assert facts["variants"] == "drawn, real"
    assert facts["data sha256"] == "0123456789ab …"
    assert facts["version of keras"] == "3.15.0"
    assert tables.data_counts(model).to_dict("records") == [
        {"set": "utkface", "split": "train", "faces": "drawn masks", "crops": 25},
        {"set": "utkface", "split": "val", "faces": "drawn masks", "crops": 5},
    ]
    assert tables.dropped_files(model).to_dict("records") == [{"set": "utkface", "reason": "duplicate", "files": 3}]


@pytest.mark.parametrize("training", [{}, [], None, {"data": 3, "dropped": {"utkface": None}, "seconds": "long"}])
def test_a_training_record_of_another_form_is_no_obstacle(training: object) -> None:
    model = replace(metadata("masked"), training=training)

    assert tables.model_facts(model)["network"] == "baseline-cnn"
    assert tables.data_counts(model).empty
    assert tables.dropped_files(model).empty


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "1 h 0 min"), (4980, "1 h 23 min")]
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert tables.duration(seconds) == words


@pytest.mark.parametrize(
    ("created", "words"),
    [
        ("2026-03-01T12:30:00+00:00", "1 March 2026, 12:30 UTC"),
        ("2026-03-01T12:30:00Z", "1 March 2026, 12:30 UTC"),
        ("2026-03-01T12:30:00", "1 March 2026, 12:30"),
        ("last week", "last week"),
    ],
)
def test_times_in_words(created: str, words: str) -> None:
    assert tables.when(created) == words
