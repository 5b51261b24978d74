"""The training report: empty, happy and with artefacts that are broken in many ways."""

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.run_folder import BEST_EPOCH, EPOCHS, history, metrics, predictions, write_run

APP = Path(__file__).parents[2] / "streamlit_app.py"
SECTIONS = ["Test results", "Learning curves", "Confusion matrix", "All test sets", "How it was trained"]
WITHOUT_FIGURES = ["Test results", "Learning curves", "How it was trained"]


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ABOVE_THE_MASK_MODELS", str(tmp_path))
    return tmp_path


def launch() -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=30).switch_page("pages/training_report.py").run()
    assert not page.exception
    return page


def headings(page: AppTest) -> list[str]:
    return [header.value for header in page.header]


def sentences(page: AppTest) -> str:
    elements = [*page.info, *page.warning, *page.caption, *page.markdown]
    return "\n".join(element.value for element in elements).replace("\\", "")


def charts(page: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.spec) for element in page.get("vega_lite_chart")]


def test_no_models_is_one_sentence(models: Path) -> None:
    page = launch()

    assert "There is no trained model" in page.info[0].value
    assert "python -m core train" in page.info[0].value
    assert headings(page) == []


def test_a_models_folder_that_does_not_exist_is_no_error(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABOVE_THE_MASK_MODELS", str(models / "nowhere"))

    assert "There is no trained model" in launch().info[0].value


def test_a_whole_run_shows_every_part(models: Path) -> None:
    write_run(models)
    page = launch()

    assert headings(page) == SECTIONS
    assert not page.error
    assert not page.warning
    assert not page.info
    words = [chart["description"].split(" ")[0] for chart in charts(page)]
    assert words == ["Accuracy", "Loss", "Confusion", "balanced"]
    assert page.selectbox(key="report_set").value == "worldwide · real masks"


def test_headline_figures_are_those_of_the_chosen_set_with_interval_and_n(models: Path) -> None:
    saved = json.loads((write_run(models) / "metrics.json").read_text())["sets"]
    page = launch()
    for name, variant in (("worldwide · real masks", "real"), ("utkface · held-out mask family", "held_out")):
        page.selectbox(key="report_set").set_value(name).run()
        entry = next(
            entry
            for entry in saved
            if name.startswith(entry["set"]) and (entry["variant"], entry["split"]) == (variant, "test")
        )

        shown = {metric.label: metric.value for metric in page.metric}

        assert shown["Balanced accuracy"] == f"{100 * entry['balanced_accuracy']['value']:.1f} %"
        assert shown["Recall women"] == f"{100 * entry['recall_female']['value']:.1f} %"
        assert shown["Recall men"] == f"{100 * entry['recall_male']['value']:.1f} %"
        assert shown["Answered"] == f"{100 * entry['answered']['value']:.1f} %"
        assert shown["ROC AUC"] == f"{entry['roc_auc']['value']:.3f}"
        women = entry["recall_female"]
        below = f"{100 * women['low']:.1f} to {100 * women['high']:.1f} %, n = {entry['n_female']}"
        assert below in [caption.value.replace("\u00a0", " ") for caption in page.caption]
        assert f"{entry['n']:,} faces" in sentences(page)
        assert "1 March 2026, 12:30 UTC" in sentences(page)


def test_the_matrix_follows_the_chosen_set(models: Path) -> None:
    saved = json.loads((write_run(models) / "metrics.json").read_text())["sets"]
    page = launch()
    page.selectbox(key="report_set").set_value("rmfrd · real masks").run()
    entry = next(entry for entry in saved if entry["set"] == "rmfrd")

    tables = [element.value for element in page.dataframe]
    matrix = next(table for table in tables if list(table) == ["labelled", "answered", "count", "share of the row"])

    assert matrix["count"].tolist() == [count for row in entry["confusion"]["counts"] for count in row]


def test_all_test_sets_can_be_compared_by_another_measure(models: Path) -> None:
    write_run(models)
    page = launch()
    assert "Lowest: **rmfrd · real masks**" in sentences(page)

    page.segmented_control(key="report_measure").set_value("roc_auc").run()

    assert not page.exception
    assert charts(page)[-1]["description"].startswith("ROC AUC by test set. rmfrd · real masks: 0.")


def test_best_epoch_and_training_record_are_told(models: Path) -> None:
    write_run(models)
    page = launch()

    assert f"as it was after epoch {BEST_EPOCH}" in sentences(page)
    facts = page.table[0].value
    assert "1 h 23 min" in facts.to_string()


def test_another_model_can_be_chosen(models: Path) -> None:
    write_run(models, "first")
    write_run(models, "second")
    page = launch()
    page.selectbox(key="report_model").set_value("second").run()

    assert not page.exception
    assert page.selectbox(key="report_model").value == "second"


def test_a_chosen_model_that_goes_away_is_forgotten(models: Path) -> None:
    write_run(models, "first")
    second = write_run(models, "second")
    page = launch()
    page.selectbox(key="report_model").set_value("second").run()
    second.rename(models / "third")
    page.run()

    assert not page.exception
    assert page.selectbox(key="report_model").value == "first"


def test_new_figures_are_seen_without_a_restart(models: Path) -> None:
    folder = write_run(models)
    page = launch()
    (folder / "metrics.json").unlink()
    page.run()

    assert headings(page) == WITHOUT_FIGURES


@pytest.mark.parametrize(
    ("file", "content", "sentence", "parts"),
    [
        ("history.csv", None, "history.csv of 'masked' is missing", SECTIONS),
        ("history.csv", "", "history.csv of 'masked' is damaged", SECTIONS),
        ("history.csv", "epoch,loss\n1,0.5\n", "has no column accuracy", SECTIONS),
        ("history.csv", "\x00\x01", "history.csv of 'masked'", SECTIONS),
        ("metrics.json", None, "metrics.json of 'masked' is missing", WITHOUT_FIGURES),
        ("metrics.json", "{", "metrics.json of 'masked' is damaged", WITHOUT_FIGURES),
        ("metrics.json", '{"schema": 0, "sets": []}', "it has schema 0", WITHOUT_FIGURES),
        ("metadata.json", None, "is missing or damaged", SECTIONS),
        ("metadata.json", "{}", "is missing or damaged", SECTIONS),
    ],
)
def test_a_broken_part_is_a_sentence_and_the_rest_stands(
    models: Path, file: str, content: str | None, sentence: str, parts: list[str]
) -> None:
    path = write_run(models) / file
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    page = launch()

    assert headings(page) == parts
    assert sentence in sentences(page)
    kind = page.info if content is None and file != "metadata.json" else [*page.info, *page.warning]
    assert len(kind) == 1
    curves = 2 if file != "history.csv" else 0
    others = 2 if file != "metrics.json" else 0
    assert len(charts(page)) == curves + others


def test_nan_in_the_history_leaves_out_the_epoch_and_says_so(models: Path) -> None:
    folder = write_run(models)
    table = history()
    table.loc[1, "val_loss"] = float("nan")
    table.to_csv(folder / "history.csv", index=False)
    page = launch()

    assert f"1 of {EPOCHS} epochs have invalid or missing values" in sentences(page)
    shown = next(element.value for element in page.dataframe if "val_loss" in element.value)
    assert shown["epoch"].tolist() == [1, 3, 4, 5, 6]


def test_nan_in_the_figures_is_damage(models: Path) -> None:
    path = write_run(models) / "metrics.json"
    values = json.loads(path.read_text())
    values["sets"][0]["roc_auc"]["value"] = float("nan")
    path.write_text(json.dumps(values))
    page = launch()

    assert headings(page) == WITHOUT_FIGURES
    assert "metrics.json of 'masked' is damaged" in sentences(page)


def test_one_epoch_is_a_point(models: Path) -> None:
    history(1).to_csv(write_run(models) / "history.csv", index=False)
    page = launch()

    assert len(charts(page)) == 4
    assert "only one epoch" in sentences(page)
    assert f"after epoch {BEST_EPOCH}, which the saved history does not hold" in sentences(page)


def test_without_a_record_the_smallest_validation_loss_tells_the_best_epoch(models: Path) -> None:
    path = write_run(models) / "metadata.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "training": {}}))
    page = launch()

    assert f"smallest after epoch {BEST_EPOCH}; which epoch was kept is not recorded" in sentences(page)
    assert "were not recorded" in sentences(page)


def test_figures_without_sets_are_said(models: Path) -> None:
    path = write_run(models) / "metrics.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "sets": []}))
    page = launch()

    assert "hold no test set" in sentences(page)
    assert headings(page) == WITHOUT_FIGURES


def test_a_set_of_three_men_has_no_balanced_accuracy_and_says_why(models: Path) -> None:
    folder = write_run(models)
    table = predictions()
    few = table[(table["set"] == "worldwide") & (table["gender"] == "male")].head(3)
    (folder / "metrics.json").write_text(json.dumps(metrics(few).to_json()))
    page = launch()

    shown = {metric.label: metric.value for metric in page.metric}
    assert shown["Balanced accuracy"] == "\u2013"
    assert "no interval: no women" in sentences(page)
    assert "No set has this figure" in sentences(page)
    assert len(charts(page)) == 3


def test_a_name_full_of_markdown_is_shown_as_it_is(models: Path) -> None:
    (write_run(models, "a*b*_[c](d)") / "history.csv").unlink()
    page = launch()

    assert r"a\*b\*\_\[c\]\(d\)" in page.info[0].value
