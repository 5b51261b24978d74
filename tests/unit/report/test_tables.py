"""Tables of the report: saved figures and metadata as rows for people."""

import pandas as pd

from core.evaluation.intervals import Estimate
from core.evaluation.registry import METRIC_BY_NAME, METRICS
from core.evaluation.schema import SetMetrics
from core.report import tables
from tests.unit.report.test_charts import figures

NONE = Estimate(None, reason="no women")
SETS = [
    SetMetrics("worldwide", "test", "real", 3, figures(((30, 10), (5, 45)), accuracy=Estimate(0.8, 0.7, 0.9))),
    SetMetrics(
        "men", "test", "drawn", 0, figures(((0, 0), (4, 6)), accuracy=Estimate(0.6, 0.3, 0.8), recall_female=NONE)
    ),
    SetMetrics("faces", "val", "drawn", 0, figures(((1, 1), (1, 1)), accuracy=Estimate(0.5, 0.2, 0.8))),
]


def test_a_set_without_the_figure_is_left_out_of_its_chart_but_not_of_the_table() -> None:
    assert list(tables.measure_by_set(SETS, METRIC_BY_NAME["recall_female"])["name"]) == [
        "worldwide · real masks",
        "faces · drawn masks (val)",
    ]
    whole = tables.estimates_by_set(SETS, METRICS).rows
    assert list(whole["set"]) == ["worldwide · real masks", "men · drawn masks", "faces · drawn masks (val)"]
    texts = whole.map(lambda cell: str(cell).replace("\u00a0", " "))
    assert texts.loc[1, "recall women"] == "\u2013 (no interval: no women)"
    assert whole.loc[0, ["faces", "women", "men", "not found"]].tolist() == [90, 40, 50, 3]
    assert texts.loc[0, "accuracy"] == "80.0 % (70.0 to 90.0 %)"
    assert texts.loc[0, "ROC AUC"] == "0.900 (0.850 to 0.950)"


def test_labels_are_rounded_as_the_cards_are() -> None:
    halfway = SetMetrics("faces", "test", "real", 0, figures(((30, 10), (5, 45)), accuracy=Estimate(0.8625, 0.8, 0.9)))

    assert tables.measure_by_set([halfway], METRIC_BY_NAME["accuracy"])["label"].tolist() == ["86.2 %"]


def test_no_set_with_the_figure_gives_an_empty_table() -> None:
    assert tables.measure_by_set(SETS[1:2], METRIC_BY_NAME["recall_female"]).empty


def test_the_worst_set_is_a_test_set() -> None:
    worst = tables.worst_set(SETS, "accuracy")

    assert worst is not None
    assert worst.set == "men"
    assert tables.worst_set(SETS[2:], "accuracy") is None


def test_cells_with_uncertain_faces_are_shares_of_all_of_a_label() -> None:
    cells = tables.confusion_cells(((6, 2, 2), (0, 5, 5)), ("female", "male", "uncertain")).set_index(
        ["truth", "answer"]
    )

    assert cells.loc[("female", "uncertain"), "share"] == 0.2
    assert cells.loc[("female", "female"), "text"] == "60.0 %"
    assert cells["count"].sum() == 20


def test_further_shares_of_a_history_are_found_and_other_columns_are_not() -> None:
    history = pd.DataFrame(
        {
            "epoch": [1, 2],
            "val_loss": [1.0, 0.5],
            "val_accuracy": [0.5, 0.6],
            "val_balanced": ["0.7", ""],
            "val_women": ["0.5", "0.6"],
            "val_steps": ["12", "13"],
            "val_gap": ["0.1", "0.2"],
            "val_real_auc": ["0.9", "0.95"],
            "val_notes": ["", "good"],
        }
    )
    numbers, names = tables.further_figures(history)

    assert dict(names) == {"balanced accuracy": "val_balanced", "women": "val_women"}
    table, meanings = tables.every_epoch(numbers, names)
    assert table.headings == [
        "epoch",
        "validation loss",
        "validation accuracy",
        "balanced accuracy",
        "women",
        "steps",
        "women minus men",
        "ROC AUC, real masks",
        "notes",
    ]
    assert meanings.keys() <= set(table.headings)
    assert "ROC AUC, real masks" in meanings
    assert numbers["val_balanced"].tolist()[0] == 0.7
    assert pd.isna(numbers["val_balanced"].tolist()[1])


def test_group_cells_have_names_and_figures_for_people() -> None:
    cells = pd.DataFrame({"group": ["Asian"], "gender": ["female"], "n": [1200], "recall": [0.8625]})

    shown = tables.group_cells(cells)

    assert shown.loc[0, "name"] == "female, Asian"
    assert shown.loc[0, "label"] == "86.2 % of 1,200"
