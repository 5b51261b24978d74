"""Every head is declared whole, and what is declared is what tables, thresholds and predictions are made of."""

from dataclasses import fields

import pytest

from core.data.prepared import COLUMNS
from core.heads import ANSWER_COLUMNS, BINARY, HEADS, THRESHOLD_COLUMNS, Decision, HeadSpec, Prediction, Thresholds
from core.results import ROW_COLUMNS


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_head_has_its_place_in_every_table(head: HeadSpec) -> None:
    said = fields(Decision if head.answers else Prediction)
    assert head.case in head.labels
    assert head.column in {part.name for part in said}
    assert head.p in {part.name for part in fields(Prediction)}
    assert head.source in COLUMNS
    assert set(head.columns) <= set(ANSWER_COLUMNS) <= set(ROW_COLUMNS)


@pytest.mark.parametrize("head", BINARY, ids=[head.name for head in BINARY])
def test_a_head_of_two_labels_has_three_answers_in_words_and_a_threshold(head: HeadSpec) -> None:
    assert len(head.labels) == 2
    assert len(head.answers) == len(set(head.words.values())) == 3
    assert head.name in THRESHOLD_COLUMNS.values()
    with pytest.raises(ValueError, match="threshold lies in"):
        Thresholds(**{head.name: 0.4})


@pytest.mark.parametrize(
    ("name", "value", "label"),
    [
        ("gender", "female", "female"),
        ("mask", 1, "masked"),
        ("mask", 0, "bare"),
        ("age", "27", "20-39"),
        ("age", "", ""),
    ],
)
def test_the_true_label_is_read_from_the_prepared_data(name: str, value: object, label: str) -> None:
    assert HEADS[name].truth(value) == label
