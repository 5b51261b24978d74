"""The charts' Vega-Lite specifications: what is drawn where, in which colours, with which words."""

import re
import tomllib
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import pytest

from core.evaluation.intervals import Estimate
from core.evaluation.metrics import MetricSet
from core.evaluation.registry import METRIC_BY_NAME
from core.evaluation.schema import SetMetrics
from core.report import charts
from core.report.charts import palette
from core.report.charts.answers import answer_counts
from core.report.tables import confusion_cells, measure_by_set

THEME = tomllib.loads((Path(__file__).parents[3] / ".streamlit" / "config.toml").read_text())["theme"]
PAGES = [THEME["light"]["backgroundColor"], THEME["dark"]["backgroundColor"]]


def figures(confusion: tuple, **estimates: Estimate) -> MetricSet:
    same = Estimate(0.9, 0.85, 0.95)
    return MetricSet(confusion, dict.fromkeys(METRIC_BY_NAME, same) | estimates)


def dots(sets: list[SetMetrics], name: str) -> alt.LayerChart:
    metric = METRIC_BY_NAME[name]
    return charts.interval_dots(measure_by_set(sets, metric), metric.title, not metric.is_number)


def history(*rows: tuple) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["epoch", "loss", "accuracy", "val_loss", "val_accuracy"])
    return table.assign(learning_rate=0.001)


THREE = history((1, 0.9, 0.5, 0.8, 0.6), (2, 0.5, 0.7, 0.4, 0.8), (3, 0.3, 0.9, 0.6, 0.7))


def layer(spec: dict[str, Any], mark: str, number: int = 0) -> dict[str, Any]:
    return [part for part in spec["layer"] if part["mark"]["type"] == mark][number]


def rows(spec: dict[str, Any], part: dict[str, Any]) -> list[dict[str, Any]]:
    return spec["datasets"][(part.get("data") or spec["data"])["name"]]


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_curve_holds_both_parts_of_every_epoch() -> None:
    spec = charts.learning_curve(THREE, "loss", 2).to_dict()

    drawn = rows(spec, layer(spec, "line"))

    assert {(row["epoch"], row["part"]): row["value"] for row in drawn} == {
        (1, "training"): 0.9,
        (2, "training"): 0.5,
        (3, "training"): 0.3,
        (1, "validation"): 0.8,
        (2, "validation"): 0.4,
        (3, "validation"): 0.6,
    }


@pytest.mark.parametrize(("best", "side"), [(1, "left"), (3, "right")])
def test_best_epoch_is_marked_where_it_is_with_its_label_on_the_side_that_has_room(best: int, side: str) -> None:
    spec = charts.learning_curve(THREE, "accuracy", best).to_dict()
    rule, text = layer(spec, "rule"), layer(spec, "text")

    assert rows(spec, rule) == [{"epoch": best, "label": f"best epoch {best}"}]
    assert rule["encoding"]["x"]["field"] == text["encoding"]["x"]["field"] == "epoch"
    assert text["mark"]["align"] == side
    assert text["mark"]["color"] == rule["mark"]["color"] == palette.PAGE_TEXT.to_dict()


def test_without_a_best_epoch_nothing_is_marked() -> None:
    spec = charts.learning_curve(THREE, "loss", None).to_dict()

    assert [part["mark"]["type"] for part in spec["layer"]] == ["line", "point", "rule"]
    assert "Best epoch" not in spec["description"]


def test_pointing_at_an_epoch_tells_both_values() -> None:
    spec = charts.learning_curve(THREE, "accuracy", 2).to_dict()
    hover = layer(spec, "rule", -1)

    assert [item["field"] for item in hover["encoding"]["tooltip"]] == [
        "epoch",
        "accuracy",
        "val_accuracy",
        "learning_rate",
    ]
    assert rows(spec, hover)[1] == {"epoch": 2, "accuracy": 0.7, "val_accuracy": 0.8, "learning_rate": 0.001}
    assert any(item["select"].get("nearest") for item in spec["params"])


def test_one_epoch_stands_in_the_middle_of_its_axis() -> None:
    spec = charts.learning_curve(history((1, 0.7, 0.6, 0.7, 0.6)), "loss", 1).to_dict()
    point = layer(spec, "point")

    assert point["encoding"]["x"]["scale"]["domain"] == [0.5, 1.5]
    low, high = point["encoding"]["y"]["scale"]["domain"]
    assert low < 0.7 < high


def test_a_training_of_thousands_of_epochs_is_drawn_as_a_screen_can_show_it() -> None:
    long = history(*((epoch, 1 / epoch, 0.5, 1 / epoch, 0.5) for epoch in range(1, 3002)))
    spec = charts.learning_curve(long, "loss", 1234).to_dict()
    drawn = {row["epoch"] for rows in spec["datasets"].values() for row in rows}
    assert {1, 1234, 3001} <= drawn
    assert len(drawn) <= 1002


def test_axes_hold_all_values_and_accuracy_ends_at_one() -> None:
    whole = history((1, 0.5, 0.2, 0.4, 0.3), (2, 0.0, 1.0, 0.1, 0.9))

    accuracy = layer(charts.learning_curve(whole, "accuracy", None).to_dict(), "line")["encoding"]["y"]["scale"]
    loss = layer(charts.learning_curve(whole, "loss", None).to_dict(), "line")["encoding"]["y"]["scale"]

    assert 0 <= accuracy["domain"][0] < 0.2
    assert accuracy["domain"][1] == 1
    assert loss["domain"][0] == 0
    assert loss["domain"][1] > 0.5


@pytest.mark.parametrize(("epochs", "ticks"), [(1, [1]), (2, [1, 2]), (3, [1, 2, 3])])
def test_few_epochs_have_a_tick_each(epochs: int, ticks: list[int]) -> None:
    """Halves between them would be written as whole numbers, one of them twice."""
    spec = charts.learning_curve(THREE.head(epochs), "loss", None).to_dict()
    assert layer(spec, "line")["encoding"]["x"]["axis"]["values"] == ticks


def test_few_faces_have_a_tick_each() -> None:
    answers = pd.DataFrame([("All", "Female", 1), ("All", "Male", 1)], columns=["group", "answer", "faces"])
    bars = layer(answer_counts(answers, ["All"]).to_dict(), "bar")
    assert bars["encoding"]["x"]["axis"]["values"] == [0, 1, 2]
    bins = pd.DataFrame({"low": [0.0, 0.0], "high": [0.1, 0.1], "gender": ["female", "male"], "n": [1, 1]})
    bars = layer(charts.probability_histogram(bins).to_dict(), "bar")
    assert bars["encoding"]["y"]["axis"]["values"] == [0, 1, 2]


def test_a_risk_of_almost_nothing_is_told_in_tenths() -> None:
    """Whole per cent would read 0, 1, 1, 2, 2."""
    table = pd.DataFrame({"coverage": [0.5, 1.0], "risk": [0.0, 0.0], "confidence": [0.9, 0.6]})
    spec = charts.risk_coverage_curve(table, table.assign(name="every face").tail(1)).to_dict()
    assert layer(spec, "line")["encoding"]["y"]["axis"]["format"] == ".1%"


def test_curve_is_told_in_words() -> None:
    description = charts.learning_curve(THREE, "loss", 2).to_dict()["description"]

    assert description == (
        "Loss over 3 epochs. Training: 0.9 at first, 0.3 at the end. Validation: 0.8 at first, 0.6 at the end. "
        "Best epoch: 2."
    )


def test_confusion_matrix_has_counts_shares_of_the_row_and_recalls() -> None:
    spec = charts.confusion_heatmap(confusion_cells(((30, 10), (5, 45)))).to_dict()
    drawn = {(row["truth"], row["answer"]): row for row in rows(spec, layer(spec, "rect"))}

    assert {place: row["count"] for place, row in drawn.items()} == {
        ("female", "female"): 30,
        ("female", "male"): 10,
        ("male", "female"): 5,
        ("male", "male"): 45,
    }
    assert drawn["female", "female"]["text"] == "recall 75.0 %"
    assert drawn["male", "male"]["text"] == "recall 90.0 %"
    assert drawn["female", "male"]["share"] == 0.25
    encoding = layer(spec, "rect")["encoding"]
    assert encoding["y"]["field"] == "truth"
    assert encoding["x"]["field"] == "answer"
    assert encoding["x"]["sort"] == encoding["y"]["sort"] == ["female", "male"]
    assert "10 labelled female, answered male" in spec["description"]


def test_confusion_matrix_without_women_shows_dashes_and_no_share() -> None:
    spec = charts.confusion_heatmap(confusion_cells(((0, 0), (4, 6)))).to_dict()
    drawn = {(row["truth"], row["answer"]): row for row in rows(spec, layer(spec, "rect"))}

    assert drawn["female", "female"]["text"] == "recall \u2013"
    assert drawn["female", "female"]["share"] is None
    assert drawn["female", "female"]["shade"] == 0


@pytest.mark.parametrize("place", range(len(palette.SHARE_FILLS)))
def test_text_can_be_read_on_every_cell_in_any_theme(place: int) -> None:
    lower = (0.0, *palette.SHARE_LIMITS)[place]
    ink = palette.WHITE_TEXT if lower >= palette.WHITE_TEXT_FROM else palette.DARK_TEXT

    assert contrast(ink, palette.SHARE_FILLS[place]) >= 4.5


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("colour", [palette.BLUE, palette.VERMILION, palette.GREEN, palette.PURPLE, palette.GREY])
def test_marks_can_be_seen_on_both_pages(colour: str, page: str) -> None:
    assert contrast(colour, page) >= 3


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("part", ["axis", "legend"])
def test_words_of_axes_and_legends_can_be_read_on_both_pages(part: str, page: str) -> None:
    looks = charts.learning_curve(THREE, "loss", 2).to_dict()["config"][part]
    for words in ("label", "title"):
        on_light, on_dark = re.findall(r"#\w{6}", looks[f"{words}Color"]["expr"])
        ink, opacity = on_light if luminance(page) > 0.2 else on_dark, looks[f"{words}Opacity"]
        assert contrast(mixed(ink, page, opacity), page) >= 4.5


def test_numbers_can_be_read_on_the_bars_of_the_answers() -> None:
    table = pd.DataFrame([("All", answer, 1) for answer in ("Female", "Male", "Uncertain")])
    spec = answer_counts(table.set_axis(["group", "answer", "faces"], axis=1), ["All"]).to_dict()
    inks, bars = layer(spec, "text")["encoding"]["color"], layer(spec, "bar")["encoding"]["color"]["scale"]
    for answer, colour in zip(bars["domain"], bars["range"], strict=True):
        ink = inks["condition"][0]["value"] if answer == "Male" else inks["value"]
        assert contrast(ink, colour) >= 4.5


def mixed(ink: str, page: str, opacity: float) -> str:
    pairs = [(int(ink[place : place + 2], 16), int(page[place : place + 2], 16)) for place in (1, 3, 5)]
    return "#" + "".join(f"{round(opacity * over + (1 - opacity) * under):02x}" for over, under in pairs)


def test_test_sets_keep_their_order_with_value_interval_and_n() -> None:
    sure, unsure = Estimate(0.91, 0.88, 0.94), Estimate(0.45, 0.4, 0.5)
    sets = [
        SetMetrics("worldwide", "test", "real", 0, figures(((30, 10), (5, 45)), balanced_accuracy=unsure)),
        SetMetrics("utkface", "test", "drawn", 0, figures(((300, 100), (50, 450)), balanced_accuracy=sure)),
    ]
    spec = dots(sets, "balanced_accuracy").to_dict()
    drawn = rows(spec, layer(spec, "point"))

    assert layer(spec, "point")["encoding"]["y"]["sort"] == ["worldwide · real masks", "utkface · drawn masks"]
    assert [(row["value"], row["low"], row["high"], row["n"]) for row in drawn] == [
        (0.45, 0.4, 0.5, 90),
        (0.91, 0.88, 0.94, 900),
    ]
    assert [row["label"] for row in drawn] == ["45.0 %", "91.0 %"]
    assert layer(spec, "rule")["encoding"]["x2"]["field"] == "high"
    assert layer(spec, "point")["encoding"]["x"]["scale"]["domain"] == [0.4, 1.0]
    assert "worldwide · real masks: 45.0 %" in spec["description"]


def test_each_kind_of_mask_has_its_own_colour_and_shape() -> None:
    variants = ("real", "drawn", "held_out", "bare", "somebody_elses")
    sets = [SetMetrics("faces", "test", variant, 0, figures(((30, 10), (5, 45)))) for variant in variants]
    encoding = layer(
        dots(sets, "accuracy").to_dict(),
        "point",
    )["encoding"]

    for channel in ("color", "shape"):
        assert encoding[channel]["scale"]["domain"][-1] == "somebody elses"
        assert len(set(encoding[channel]["scale"]["range"])) == len(variants)


def test_auc_is_no_percentage_and_a_missing_interval_draws_no_line() -> None:
    alone = Estimate(0.75, reason="fewer than 10 women")
    sets = [SetMetrics("tiny", "test", "real", 0, figures(((2, 1), (1, 1)), roc_auc=alone))]
    spec = dots(sets, "roc_auc").to_dict()
    (row,) = rows(spec, layer(spec, "point"))

    assert (row["label"], row["low"], row["high"]) == ("0.750", None, None)
    assert row["interval"] == "no interval: fewer than 10 women"
    assert "%" not in layer(spec, "point")["encoding"]["x"]["axis"]["format"]
