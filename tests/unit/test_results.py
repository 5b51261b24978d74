import numpy as np
import pytest

from core.results import Decision, FaceResult, Label, Prediction, Quality, Reason, Worn
from core.types import Box, Face

FACE = Face(Box(0, 0, 9, 9), ((1.0, 1.0),) * 5, 0.9)


def face(prediction: Prediction, decision: Decision) -> FaceResult:
    return FaceResult(FACE, Quality(100, 1, 128, 0), prediction, decision, np.zeros((8, 8, 3), np.uint8))


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
@pytest.mark.parametrize("name", ["p_female", "p_mask", "p_child"])
def test_a_probability_outside_its_range_is_an_error(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} lies in"):
        Prediction(**{"p_female": 0.5, "age_band": "0-9", "p_child": 0.5, name: value})


@pytest.mark.parametrize("half", [{"age_band": "0-9"}, {"p_child": 0.5}])
def test_half_an_answer_about_age_is_an_error(half: dict) -> None:
    with pytest.raises(ValueError, match="go together"):
        Prediction(0.5, **half)


@pytest.mark.parametrize(
    ("label", "reasons"), [(Label.UNCERTAIN, ()), (Label.FEMALE, (Reason.CHILD,)), (Label.MALE, (Reason.TOO_DARK,))]
)
def test_reasons_belong_to_uncertain_alone(label: Label, reasons: tuple[Reason, ...]) -> None:
    with pytest.raises(ValueError, match="to it alone"):
        Decision(label, reasons)


@pytest.mark.parametrize(("p_mask", "state"), [(None, Worn.UNSURE), (0.99, None)])
def test_a_mask_is_judged_exactly_where_the_model_speaks_of_it(p_mask: float | None, state: Worn | None) -> None:
    with pytest.raises(ValueError, match="judged by its probability"):
        face(Prediction(0.9, p_mask), Decision(Label.FEMALE, mask=state))


def test_a_row_holds_plain_rounded_values() -> None:
    prediction = Prediction(0.123456, 0.987654, "10-19", 0.2)
    row = face(prediction, Decision(Label.UNCERTAIN, (Reason.TOO_DARK, Reason.CHILD), Worn.WORN)).to_row()
    assert row == {
        "left": 0, "top": 0, "right": 9, "bottom": 9, "score": 0.9, "p_female": 0.1235, "label": "uncertain",
        "reason": "too_dark;child", "p_mask": 0.9877, "mask": "worn", "age_band": "10-19",
    }  # fmt: skip
    assert type(row["mask"]) is str
