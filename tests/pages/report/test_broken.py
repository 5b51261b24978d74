"""The training report on runs with missing or damaged parts: a sentence each, and the rest stands."""

import json
from pathlib import Path

import pytest

from tests.pages.report_page import (
    CURVES,
    OF_ATTENTION,
    OF_PREDICTIONS,
    SECTIONS,
    WITHOUT_METRICS,
    WITHOUT_PREDICTIONS,
    first_words,
    headings,
    launch,
    sentences,
)
from tests.pages.run_folder import BEST_EPOCH, EPOCHS, history, metrics, predictions, write_run


@pytest.mark.parametrize(
    ("file", "content", "sentence", "parts"),
    [
        ("history.csv", None, "history.csv of 'masked' is missing", SECTIONS),
        ("history.csv", "", "history.csv of 'masked' is damaged", SECTIONS),
        ("history.csv", "epoch,loss\n1,0.5\n", "has no column accuracy", SECTIONS),
        ("history.csv", "\x00\x01", "history.csv of 'masked'", SECTIONS),
        ("metrics.json", None, "metrics.json of 'masked' is missing", WITHOUT_METRICS),
        ("metrics.json", "{", "metrics.json of 'masked' is damaged", WITHOUT_METRICS),
        ("metrics.json", '{"schema": 0, "sets": []}', "it has schema 0", WITHOUT_METRICS),
        ("predictions.csv", None, "predictions.csv of 'masked' is missing", WITHOUT_PREDICTIONS),
        ("predictions.csv", "file,set\na,b\n", "has no column split", WITHOUT_PREDICTIONS),
        ("explanations.json", None, "python -m core explain masked --prepared", SECTIONS),
        ("explanations.json", "[]", "explanations.json of 'masked' is damaged", SECTIONS),
        ("explanations.json", '{"schema": 9}', "has schema 9", SECTIONS),
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
    sets = ["balanced"] if file != "metrics.json" else []
    curves = CURVES if file != "history.csv" else []
    others = [*OF_PREDICTIONS, *OF_ATTENTION] if file != "predictions.csv" else ["Confusion", OF_ATTENTION[0]]
    others = others[:-1] if file == "explanations.json" else others
    assert first_words(page) == [*sets, *curves, *others]


def test_nan_in_the_history_leaves_out_the_epoch_and_says_so(models: Path) -> None:
    folder = write_run(models)
    table = history()
    table.loc[1, "val_loss"] = float("nan")
    table.to_csv(folder / "history.csv", index=False)
    page = launch()

    assert f"1 of {EPOCHS} epochs have invalid or missing values" in sentences(page)
    page.button(key="table_masked-every-epoch").click().run()
    shown = next(element.value for element in page.dataframe if "val_loss" in element.value)
    assert shown["epoch"].tolist() == [1, 3, 4, 5, 6]


def test_nan_in_the_figures_is_damage(models: Path) -> None:
    path = write_run(models) / "metrics.json"
    values = json.loads(path.read_text())
    values["sets"][0]["roc_auc"]["value"] = float("nan")
    path.write_text(json.dumps(values))
    page = launch()

    assert headings(page) == WITHOUT_METRICS
    assert "metrics.json of 'masked' is damaged" in sentences(page)


def test_one_epoch_is_a_point(models: Path) -> None:
    history(1).to_csv(write_run(models) / "history.csv", index=False)
    page = launch()

    assert first_words(page)[1:4] == CURVES
    assert "Only one epoch" in sentences(page)
    assert f"after epoch {BEST_EPOCH}, which the saved history does not include" in sentences(page)


def test_without_a_record_the_smallest_validation_loss_tells_the_best_epoch(models: Path) -> None:
    path = write_run(models) / "metadata.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "training": {}}))
    page = launch()

    assert f"smallest after epoch {BEST_EPOCH}; which epoch was kept is not recorded" in sentences(page)
    assert "were not recorded" in sentences(page)


def test_figures_without_sets_are_said(models: Path) -> None:
    folder = write_run(models)
    path = folder / "metrics.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "sets": []}))
    (folder / "predictions.csv").unlink()
    page = launch()

    assert "hold no test set" in sentences(page)
    assert headings(page) == ["Test results", "Learning curves", "What it looks at", "How it was trained"]


def test_without_metrics_the_figures_come_from_the_predictions(models: Path) -> None:
    folder = write_run(models)
    whole = {metric.label: metric.value for metric in launch().metric[:8]}
    (folder / "metrics.json").write_text('{"schema": 1, "sets": []}')
    page = launch()

    assert {metric.label: metric.value for metric in page.metric[:8]} == whole
    assert "it has schema 1" in sentences(page)


def test_a_training_that_stopped_in_the_middle_is_said(models: Path) -> None:
    history(5).to_csv(write_run(models) / "history.csv", index=False)

    assert f"ends after epoch 5 of the {EPOCHS} that were planned" in sentences(launch())


def test_a_set_of_three_men_says_what_cannot_be_had(models: Path) -> None:
    folder = write_run(models)
    table = predictions()
    few = table[(table["set"] == "worldwide") & (table["gender"] == "male")].head(3)
    few.to_csv(folder / "predictions.csv", index=False)
    (folder / "metrics.json").write_text(json.dumps(metrics(few).to_json()))
    page = launch()

    shown = {metric.label: metric.value for metric in page.metric[:8]}
    assert shown["Balanced accuracy"] == "\u2013"
    assert "no interval: no women" in sentences(page)
    assert "No set has this figure" in sentences(page)
    assert "need faces of both genders" in sentences(page)
    assert "The gap cannot be computed" in sentences(page)
    assert headings(page) == SECTIONS


def test_predictions_that_are_no_numbers_are_left_out_and_said(models: Path) -> None:
    folder = write_run(models)
    table = predictions()
    table.loc[3, "p_female"] = float("nan")
    table.to_csv(folder / "predictions.csv", index=False)
    page = launch()

    assert f"1 of {len(table)} faces have invalid or missing values" in sentences(page)
    assert "do not come from the saved predictions" in sentences(page)
    assert headings(page) == SECTIONS


def test_a_name_full_of_markdown_is_shown_as_it_is(models: Path) -> None:
    (write_run(models, "a*b*_[c](d)") / "history.csv").unlink()
    page = launch()

    assert r"a\*b\*\_\[c\]\(d\)" in page.info[0].value
