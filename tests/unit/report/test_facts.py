"""A model's metadata as facts for people."""

from dataclasses import replace

import pytest

from core.heads import AGE_LABELS, Thresholds
from core.model.metadata import Head
from core.model.second_look import SecondLook
from core.report import facts as facts_of
from tests.pages.run_folder import metadata


def test_facts_stand_under_their_headings() -> None:
    facts = facts_of.model_facts(metadata("masked"))

    assert facts["Training"] == {"trained": "1 March 2026, 10:00 UTC", "duration": "1 h 23 min", "best epoch": "4"}
    assert facts["Model"]["head gender"] == "male, female; temperature 1.25"
    assert facts["Model"]["answers from"] == "80 % confidence (default)"
    assert facts["Settings"]["augmentation: flip"] == "yes"
    assert facts["Settings"]["variants"] == "drawn, real"
    assert facts["Settings"]["data sha256"] == "0123456789ab …"
    assert facts["Machine and versions"] == {"keras": "3.15.0"}


def test_thresholds_machine_and_the_check_of_the_export_are_told_where_they_are_recorded() -> None:
    model = metadata("masked")
    training = {
        **model.training,
        "thresholds": {"gender": {"threshold": 0.83, "reached": True, "faces": 1200}},
        "export": {"litert": {"equal_labels": 1.0, "largest_difference": 0.0004}},
        "machine": {"cores": 2},
    }
    heads = {**model.heads, "age": Head(AGE_LABELS)}
    facts = facts_of.model_facts(
        replace(
            model,
            training=training,
            heads=heads,
            thresholds=Thresholds(child=0.4),
            second_look=SecondLook(1.2, 0.163),
        )
    )

    assert facts["Thresholds, as chosen on validation faces"]["gender: threshold"] == "0.83"
    assert facts["Model"]["looks again, mirrored"].endswith("closer than 1.2: 16 % of masked validation faces")
    assert facts["Export, checked against the network"] == {
        "litert: equal labels": "1",
        "litert: largest difference": "0.0004",
    }
    assert facts["Machine and versions"]["cores"] == "2"
    assert facts["Model"]["taken for a child from"] == "40 % probability"
    assert "mask answered from" not in facts["Model"]


def test_data_and_what_was_left_out_are_counted() -> None:
    model = metadata("masked")
    assert facts_of.data_counts(model).to_dict("records") == [
        {"set": "utkface", "split": "train", "faces": "drawn masks", "crops": 25},
        {"set": "utkface", "split": "val", "faces": "drawn masks", "crops": 5},
    ]
    assert facts_of.dropped_files(model).to_dict("records") == [
        {"set": "utkface", "reason": "Exact copies of other files", "files": 3}
    ]


@pytest.mark.parametrize("training", [{}, {"data": 3, "dropped": {"utkface": None}, "seconds": "long"}])
def test_a_training_record_of_another_form_is_no_obstacle(training: dict[str, object]) -> None:
    model = replace(metadata("masked"), training=training)

    assert facts_of.model_facts(model)["Model"]["network"] == "baseline-cnn"
    assert facts_of.data_counts(model).empty
    assert facts_of.dropped_files(model).empty


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "1 h 0 min"), (4980, "1 h 23 min")]
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert facts_of.duration(seconds) == words


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
    assert facts_of.when(created) == words


def test_what_happened_after_the_last_epoch_is_told_in_words() -> None:
    tried = [{"share": 0.0, "loss": 0.2, "accuracy": {"drawn": 0.9}}, {"share": 0.3, "loss": 0.15, "accuracy": {}}, "?"]
    model = replace(metadata("masked"), training={"finish": {"share": 0.3, "bias": -0.064, "candidates": tried}})
    assert facts_of.model_facts(model)["After the last epoch"] == {
        "share of the weights at the beginning": "0.3",
        "bias of gender": "-0.064",
        "loss by share": "0.2 at 0, 0.15 at 0.3",
    }
    tried = [{"share": 0.0, "parent_share": 0.0, "loss": 0.2}, {"share": 0.1, "parent_share": 0.25, "loss": 0.15}]
    finish = {"share": 0.1, "parent_share": 0.25, "bias": 0.01, "mask_slope": -0.03, "candidates": tried}
    assert facts_of.model_facts(replace(model, training={"finish": finish}))["After the last epoch"] == {
        "share of the weights at the beginning": "0.1",
        "share of the model continued from, in the rest": "0.25",
        "bias of gender": "0.01",
        "of the mask's logit, added to gender's": "-0.03",
        "loss by share": "0.2 at 0",
        "loss by share, with 0.25 of the model": "0.15 at 0.1",
    }
    for strange in (3, None, {"candidates": 4}):
        assert "loss by share" not in str(facts_of.model_facts(replace(model, training={"finish": strange})))
