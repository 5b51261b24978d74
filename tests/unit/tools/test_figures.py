"""Whether two checkouts show the same figures: what is lost is named."""

from tools.figures import lost, numbers

CHART = {"ROC curve": ['{"x": 0.5}', '{"x": 1.0}']}


def shown(text: str, charts: dict[str, list[str]]) -> dict[str, object]:
    return {"numbers": numbers(text), "charts": charts}


def test_numbers_are_read_with_signs_thousands_and_decimals() -> None:
    assert numbers("94.3 % of 1,200, \u22120.5 and 94.3") == {"94.3": 2, "1,200": 1, "\u22120.5": 1}


def test_a_figure_or_a_chart_that_is_gone_is_named_and_new_ones_are_no_loss() -> None:
    before = shown("95.6 % of 757", CHART)

    assert lost("page", before, shown("757 faces, 95.6 %, 12 more", CHART | {"new": []})) == []
    (number,) = lost("page", before, shown("757 faces", CHART))
    assert "95.6" in number
    (chart,) = lost("page", before, shown("95.6 % of 757", {"ROC curve": CHART["ROC curve"][:1]}))
    assert "ROC curve" in chart
