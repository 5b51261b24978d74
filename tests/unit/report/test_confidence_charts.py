"""Charts of thresholds, ranking, calibration and groups: what is drawn where, and told in words."""

import numpy as np
import pandas as pd
import pytest

from core.evaluation import curves, decisions, groups
from core.evaluation.answers import Answers
from core.report import charts
from core.report.charts.base import GENDER_LOOKS
from core.report.charts.curves import AFTER, BEFORE
from core.report.tables import confusion_cells, group_cells
from tests.unit.report.test_charts import layer, rows


@pytest.fixture(scope="module")
def answers() -> Answers:
    random = np.random.default_rng(5)
    truth = np.arange(200) % 2 == 0
    p = np.clip(np.where(truth, 0.7, 0.3) + random.normal(0, 0.25, 200), 0, 1)
    return Answers(truth, p, np.ones(200, dtype=bool), 0.8)


def test_a_click_on_a_cell_names_truth_and_answer_and_the_chosen_one_is_framed() -> None:
    cells = confusion_cells(((6, 2, 2), (0, 5, 5)), ("female", "male", "uncertain"))
    spec = charts.confusion_heatmap(cells, ("male", "uncertain")).to_dict()
    drawn = rows(spec, layer(spec, "rect"))

    (param,) = spec["params"]
    assert param["name"] == "cell"
    assert param["select"]["fields"] == ["truth", "answer"]
    assert [(row["truth"], row["answer"]) for row in drawn if row["framed"]] == [("male", "uncertain")]
    assert layer(spec, "rect")["encoding"]["x"]["sort"] == ["female", "male", "uncertain"]


def test_no_cell_is_framed_unless_one_is_chosen() -> None:
    spec = charts.confusion_heatmap(confusion_cells(((6, 2), (0, 5)))).to_dict()

    assert {row["framed"] for row in rows(spec, layer(spec, "rect"))} == {0}


def test_the_sweep_marks_the_chosen_and_the_default_threshold(answers: Answers) -> None:
    sweep = curves.threshold_sweep(answers)
    spec = charts.threshold_curves(sweep, 0.9, 0.8).to_dict()

    labels = [rows(spec, part)[0]["label"] for part in spec["layer"] if part["mark"]["type"] == "text"]
    assert labels == ["default 80 %", "chosen 90 %"]
    drawn = rows(spec, layer(spec, "line"))
    assert {row["part"] for row in drawn} == {"recall women", "recall men", "right among answered", "answered"}
    at_half = next(row for row in drawn if row["threshold"] == 0.5 and row["part"] == "answered")
    assert at_half["share"] == 1


def test_thresholds_at_which_nobody_is_answered_draw_no_recall() -> None:
    unsure = Answers(np.array([True, False]), np.array([0.6, 0.4]), np.ones(2, dtype=bool), 0.8)
    spec = charts.threshold_curves(curves.threshold_sweep(unsure), None, None).to_dict()

    high = [row for row in rows(spec, layer(spec, "line")) if row["threshold"] > 0.7]
    assert {row["part"] for row in high} == {"answered"}


def test_roc_and_precision_recall_hold_curve_and_points(answers: Answers) -> None:
    points = decisions.operating_points(answers, 0.8)
    roc = charts.roc_curve(curves.roc(answers), points).to_dict()
    precision = charts.precision_recall_curve(curves.precision_recall(answers), points, 0.5).to_dict()

    for spec, (x, y) in ((roc, ("false_positive_rate", "true_positive_rate")), (precision, ("recall", "precision"))):
        assert [row["name"] for row in rows(spec, layer(spec, "point"))] == ["female from 0.80", "male to 0.20"]
        line = next(part for part in spec["layer"] if "order" in part["encoding"])
        assert (line["encoding"]["x"]["field"], line["encoding"]["y"]["field"]) == (x, y)
        drawn = rows(spec, line)
        assert [row["order"] for row in drawn] == list(range(len(drawn)))
    assert rows(precision, layer(precision, "rule")) == [{"y": 0.5}]
    assert "female from 0.80" in roc["description"]


def test_the_reliability_diagram_shows_both_stages_and_intervals_of_the_last(answers: Answers) -> None:
    after = curves.reliability(answers)
    raw = Answers(answers.is_first, curves.before_temperature(answers.p, 2.0), answers.clear, 0.8)
    spec = charts.reliability_diagram({AFTER: after, BEFORE: curves.reliability(raw)}).to_dict()

    drawn = rows(spec, layer(spec, "point"))
    assert [row["n"] for row in drawn if row["stage"] == AFTER] == after["n"].tolist()
    assert {row["stage"] for row in drawn} == {AFTER, BEFORE}
    whiskers = layer(spec, "rule")
    assert AFTER in str(whiskers["transform"])
    assert whiskers["encoding"]["y2"]["field"] == "high"


def test_risk_and_coverage_marks_the_threshold_and_tells_the_error_of_all(answers: Answers) -> None:
    table = curves.risk_coverage(answers)
    spec = charts.risk_coverage_curve(table, decisions.coverage_point(answers, 0.8)).to_dict()

    (point,) = rows(spec, layer(spec, "point"))
    assert point["name"] == "from 80 %"
    assert f"{(~answers.right).mean():.1%}" in spec["description"]
    assert layer(spec, "line")["encoding"]["y"]["scale"]["domain"][1] > table["risk"].max()


def test_groups_keep_their_order_and_small_ones_are_grey() -> None:
    faces = pd.DataFrame({"gender": ["female"] * 80 + ["male"] * 70, "p_female": [0.9] * 60 + [0.1] * 90})
    faces["ethnicity"] = ["Asian"] * 60 + ["White"] * 20 + ["Asian"] * 70
    cells = group_cells(groups.by_group(faces, "ethnicity"))
    spec = charts.group_dots(cells).to_dict()
    encoding = layer(spec, "point")["encoding"]

    assert encoding["y"]["sort"][0] == "female, White"
    kinds = {row["name"]: row["kind"] for row in rows(spec, layer(spec, "point"))}
    assert kinds == {"female, White": "too few faces", "female, Asian": "female", "male, Asian": "male"}
    assert encoding["color"]["scale"]["range"][-1] == "#808080"


def test_the_histogram_is_told_in_words(answers: Answers) -> None:
    spec = charts.probability_histogram(decisions.histogram(answers)).to_dict()

    assert spec["description"] == "Faces by probability of female: 100 labelled female, 100 labelled male."


def test_the_charts_of_one_face_fit_the_schema_and_say_their_figures() -> None:
    shares = [("eyes and brow", 0.7, 0.1, "70 %"), ("mask region", 0.3, 0.2, "30 %")]
    bars = charts.region_bars(pd.DataFrame(shares, columns=["region", "share", "area", "label"])).to_dict()
    answers = [("bare", 0.9, "female", "90 %"), ("n95", 0.4, "uncertain", "40 %")]
    dots = charts.what_if_dots(pd.DataFrame(answers, columns=["mask", "p_female", "answer", "label"]), 0.8).to_dict()

    assert bars["description"] == "Share of the evidence by region. eyes and brow: 70 %; mask region: 30 %."
    genders = {colour for colour, _ in GENDER_LOOKS.values()}
    assert bars["layer"][0]["mark"]["color"] not in genders
    assert dots["description"] == "Probability of female by mask. bare: 90 %, female; n95: 40 %, uncertain."
    lines = [rows[0]["p_female"] for rows in dots["datasets"].values() if len(rows) == 1 and "mask" not in rows[0]]
    assert sorted(set(lines)) == pytest.approx([0.2, 0.8])


def test_the_votes_over_a_film_fit_the_schema_and_say_how_many_people() -> None:
    votes = pd.DataFrame({"second": [0.0, 0.5], "p_female": [0.7, 0.2], "person": ["1", "2"]})
    spec = charts.vote_timeline(votes.assign(answer=["female", "male"]), 1.4).to_dict()
    assert spec["description"] == "The vote of 2 people over 1 second, from male (0 %) to female (100 %)."
