"""Whether two checkouts show the same figures: what is lost is named."""

import pytest

from tools.figures import lost, numbers

CHART = {"ROC curve": ['{"x": 0.5}', '{"x": 1.0}']}


def shown(text: str, charts: dict[str, list[str]]) -> dict[str, object]:
    return {"numbers": numbers(text), "charts": charts}


def test_numbers_are_read_with_signs_thousands_and_decimals() -> None:
    assert numbers("94.3 % of 1,200, \u22120.5 and 94.3") == {"94.3": 2, "1200": 1, "-0.5": 1}


@pytest.mark.parametrize(("one", "other"), [("1,234,567 faces", "1234567 faces"), ("\u22120.5 points", "-0.5 points")])
def test_a_number_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert numbers(one) == numbers(other)
    assert lost("page", shown(one, {}), shown(other, {})) == []


def test_numbers_in_a_list_are_not_taken_for_one_with_thousands() -> None:
    assert numbers("in 2021,2022") == {"2021": 1, "2022": 1}
    assert numbers("12,3456") == {"12": 1, "3456": 1}


def test_a_figure_or_a_chart_that_is_gone_is_named_and_new_ones_are_no_loss() -> None:
    before = shown("95.6 % of 757", CHART)

    assert lost("page", before, shown("757 faces, 95.6 %, 12 more", CHART | {"new": []})) == []
    (number,) = lost("page", before, shown("757 faces", CHART))
    assert "95.6" in number
    (chart,) = lost("page", before, shown("95.6 % of 757", {"ROC curve": CHART["ROC curve"][:1]}))
    assert "ROC curve" in chart
