"""The training report on whole runs."""

import json
from pathlib import Path

import pytest

from tests.pages.report_page import (
    CURVES,
    OF_ATTENTION,
    OF_PREDICTIONS,
    SECTIONS,
    WITHOUT_METRICS,
    charts,
    first_words,
    headings,
    launch,
    matrix,
    sentences,
)
from tests.pages.run_folder import BEST_EPOCH, history, write_run


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
    assert first_words(page) == ["balanced", *CURVES, *OF_PREDICTIONS, *OF_ATTENTION]
    assert page.selectbox(key="report_set").value == "rmfrd · real masks"  # the hardest


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

        shown = {metric.label: metric.value for metric in page.metric[:8]}

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
    page.selectbox(key="report_set").set_value("worldwide · real masks").run()
    entry = next(entry for entry in saved if entry["set"] == "worldwide")

    (ff, fm), (mf, mm) = entry["confusion"]["counts"]
    assert matrix(page) == {
        ("female", "female"): ff,
        ("female", "male"): fm,
        ("male", "female"): mf,
        ("male", "male"): mm,
    }


def test_all_test_sets_can_be_compared_by_another_measure(models: Path) -> None:
    write_run(models)
    page = launch()
    assert "Lowest: **rmfrd · real masks**" in sentences(page)

    page.segmented_control(key="report_measure").set_value("roc_auc").run()

    assert not page.exception
    assert charts(page)[0]["description"].startswith("ROC AUC by test set. rmfrd · real masks: 0.")


def test_best_epoch_and_training_record_are_told(models: Path) -> None:
    write_run(models)
    page = launch()

    assert f"The model is the network after epoch {BEST_EPOCH}." in sentences(page)
    assert any("1 h 23 min" in table.value.to_string() for table in page.table)


def test_epochs_of_the_model_before_are_told(models: Path) -> None:
    folder = write_run(models)
    assert "went on from" not in sentences(launch())
    values = json.loads((folder / "metadata.json").read_text())
    values["training"]["epochs_before"] = 2
    (folder / "metadata.json").write_text(json.dumps(values))
    page = launch()
    assert not page.exception
    assert "The first 2 epochs are of the model that this training went on from." in sentences(page)


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

    assert headings(page) == WITHOUT_METRICS


def test_further_figures_of_the_training_are_curves_too(models: Path) -> None:
    folder = write_run(models)
    history().assign(val_balanced=0.9, val_mask=[0.9, 0.95, 0.97, 0.98, 0.98, 0.98]).to_csv(
        folder / "history.csv", index=False
    )
    page = launch()

    assert first_words(page)[1:5] == ["Accuracy", "Loss", "Further", "Learning"]
    assert "Mask worn or not: 0.9 at first, 0.98 at the end" in charts(page)[3]["description"]
