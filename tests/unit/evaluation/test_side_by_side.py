"""Several contenders on the same faces, and the tables and charts that show them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.evaluation.comparison import Agreement, Contender, SideBySide, compare, side_by_side
from core.evaluation.registry import METRICS
from core.evaluation.speed import Speed
from core.heads import Thresholds
from core.report import charts, tables
from tests.unit.faces_case import faces, random_faces


def contender(name: str, table: pd.DataFrame, **more: bool) -> Contender:
    return Contender(name, table, Thresholds(), **more)


def surer(table: pd.DataFrame) -> pd.DataFrame:
    """A better model: every probability is moved half way to the label."""
    return table.assign(p_female=0.5 * table["p_female"] + np.where(table["gender"] == "female", 0.5, 0.0))


@pytest.fixture(scope="module")
def three() -> SideBySide:
    weak = random_faces(300, 3, apart=1.2)
    return side_by_side(
        [contender("weak", weak), contender("strong", surer(weak).iloc[:-7]), contender("copy", weak.iloc[5:])]
    )


def test_all_are_measured_on_the_faces_that_all_answered_and_each_is_compared_with_the_first(three: SideBySide) -> None:
    assert [figures.n for figures in three.figures] == [three.n] * 3
    assert three.left_out[0] == three.left_out[1] + 7 == three.left_out[2] + 5
    assert [(found.first, found.other) for found in three.comparisons] == [("weak", "strong"), ("weak", "copy")]
    assert {comparison.n for comparison in three.comparisons} == {three.n}
    for comparison, figures in zip(three.comparisons, three.figures[1:], strict=True):
        assert comparison.figure("accuracy").other == pytest.approx(figures.accuracy.value)


def test_agreement_counts_every_face_once() -> None:
    ps = [(0.9, 0.9)] * 4 + [(0.9, 0.1)] * 3 + [(0.1, 0.9)] * 2 + [(0.1, 0.1)]
    first, other = (contender(name, faces("female", np.array(ps)[:, place])) for place, name in enumerate("ab"))
    agreement = compare(first, other).agreement
    assert agreement == Agreement(both=4, only_first=3, only_other=2, neither=1)
    cells = tables.agreement_cells(agreement)
    assert cells["count"].tolist() == [4, 3, 2, 1]
    assert cells["text"].tolist() == ["40.0 % of all", "30.0 % of all", "20.0 % of all", "10.0 % of all"]
    words = charts.agreement(cells, "a", "b").to_dict()["description"]
    assert "a right, b wrong: 3; a wrong, b right: 2" in words


def test_of_a_peer_that_gives_labels_alone_nothing_is_told_that_needs_probabilities() -> None:
    table = random_faces(60, 1)
    labels = table.assign(p_female=(table["p_female"] >= 0.5).astype(float))
    side = side_by_side([contender("ours", table), contender("theirs", labels, labels_only=True)])
    shown = tables.figures_table(side).set_index("figure")
    assert shown.loc["ROC AUC", "theirs"] == shown.loc["Answered", "theirs"] == "\u2013"
    assert shown.loc["Accuracy", "theirs"] == shown.loc["Accuracy", "ours"]
    assert "ROC AUC" not in set(tables.differences_table(side.comparisons[0])["figure"])


def test_the_tables_say_who_is_better_by_how_much_and_what_is_a_tie(three: SideBySide) -> None:
    strong, copy = (tables.differences_table(comparison).set_index("figure") for comparison in three.comparisons)
    assert len(strong) == len(copy) == len(METRICS)
    assert strong.loc["Balanced accuracy", "verdict"] == strong.loc["Brier score", "verdict"] == "better"
    assert strong.loc["Balanced accuracy", "difference"].startswith("+")
    assert strong.loc["Brier score", "difference"].startswith("\u22120.")
    assert copy.loc["Balanced accuracy", "verdict"] == "a tie"
    assert copy.loc["Balanced accuracy", "difference"] == "+0.0 points"


def test_differences_are_drawn_in_points_with_their_intervals_and_told_in_words(three: SideBySide) -> None:
    drawn = tables.drawn_differences(three.comparisons)
    figure = three.comparisons[0].figure("recall_female").difference
    row = drawn[(drawn["name"] == "strong") & (drawn["figure"] == "recall women")].iloc[0]
    assert (row["value"], row["low"], row["high"]) == pytest.approx(
        (100 * figure.value, 100 * figure.low, 100 * figure.high)
    )
    spec = charts.differences(drawn, "weak").to_dict()
    assert "Differences to weak." in spec["description"]
    assert f"strong, recall women: {row['label']}" in spec["description"]
    domains = [part["encoding"]["color"]["scale"] for part in spec["layer"] if "color" in part["encoding"]]
    assert all(scale["domain"] == ["strong", "copy"] and len(set(scale["range"])) == 2 for scale in domains)


def test_nothing_in_common_gives_no_figure_and_no_error() -> None:
    one, other = faces("female", [0.9] * 3), faces("female", [0.9] * 3).assign(set="elsewhere")
    side = side_by_side([contender("one", one), contender("other", other)])
    assert (side.n, side.left_out) == (0, (3, 3))
    assert set(tables.figures_table(side)["other"]) == {"\u2013"}
    assert tables.drawn_differences(side.comparisons).empty
    assert tables.agreement_cells(side.comparisons[0].agreement)["text"].tolist() == ["\u2013"] * 4


def test_speed_and_size_stand_beside_accuracy_where_they_are_known(three: SideBySide, tmp_path: Path) -> None:
    for name in ("weak", "strong"):
        (tmp_path / name).mkdir()
    (tmp_path / "weak" / "model.tflite").write_bytes(bytes(2_500_000))
    folders = {name: tmp_path / name for name in ("weak", "strong")}
    speeds = {"weak": Speed(1.25, None, "a machine", "2026-01-01"), "strong": None}
    table = tables.speed_and_size(three, folders, speeds).set_index("name")
    assert list(table.index) == ["weak", "strong"]
    assert table.loc["weak", ["litert_ms", "litert_mb"]].tolist() == [1.25, 2.5]
    assert table.loc["weak", "balanced"] == pytest.approx(100 * three.figures[0].balanced_accuracy.value)
    assert table.loc["strong", ["litert_ms", "int8_ms", "litert_mb", "int8_mb"]].isna().all()
    speeds["weak"] = Speed(1.25, 0.5, "a machine", "2026-01-01")
    assert tables.speed_and_size(three, folders, speeds)["served_ms"].tolist()[0] == 0.5, "of the file that answers"
    words = charts.accuracy_against_time(table.loc[["weak"]].reset_index()).to_dict()["description"]
    assert f"weak: {table.loc['weak', 'balanced']:.1f} % in 1.25 ms" in words
