"""ROC and precision-recall curves with the chosen points on them."""

import altair as alt
import pandas as pd

from core.report.charts import palette
from core.report.charts.base import diagonal, finish, share_tooltip, share_x, share_y, texts_beside

_HEIGHT = 300


def roc_curve(table: pd.DataFrame, points: pd.DataFrame) -> alt.LayerChart:
    """Women called female against men called female.

    Args:
        table: As `core.evaluation.curves.roc` makes it.
        points: As `core.evaluation.decisions.operating_points` makes it.
    """
    x, y = "false_positive_rate", "true_positive_rate"
    titles = "men called female", "women called female"
    words = "; ".join(
        f"{point['name']}: {point[y]:.1%} of the women and {point[x]:.1%} of the men" for _, point in points.iterrows()
    )
    return finish([diagonal(), *_curve(table, points, x, y, titles)], _HEIGHT, f"ROC curve. {words}.")


def precision_recall_curve(table: pd.DataFrame, points: pd.DataFrame, women: float) -> alt.LayerChart:
    """Share of women among those called female against the share of women called so.

    Args:
        table: As `core.evaluation.curves.precision_recall` makes it.
        points: As `core.evaluation.decisions.operating_points` makes it.
        women: Share of women among the faces, the precision of guessing.
    """
    titles = "women called female (recall)", "women among those called female"
    guess = alt.Chart(pd.DataFrame({"y": [women]}))
    rule = guess.mark_rule(strokeDash=[2, 4], color=palette.PAGE_TEXT, opacity=0.6, strokeWidth=1.5).encode(
        y=alt.Y("y:Q")
    )
    words = "; ".join(
        f"{point['name']}: precision {point['precision']:.1%}, recall {point['recall']:.1%}"
        for _, point in points.iterrows()
    )
    layers = [rule, *_curve(table, points, "recall", "precision", titles)]
    return finish(layers, _HEIGHT, f"Precision-recall curve. {words}.")


def _curve(table: pd.DataFrame, points: pd.DataFrame, x: str, y: str, titles: tuple[str, str]) -> list[alt.Chart]:
    tooltip = [
        share_tooltip(x, titles[0]),
        share_tooltip(y, titles[1]),
        alt.Tooltip("threshold:Q", title="from p", format=".3f"),
    ]
    line = alt.Chart(table).mark_line(strokeWidth=2, color=palette.BLUE, point={"size": 12, "color": palette.BLUE})
    line = line.encode(x=share_x(x, titles[0]), y=share_y(y, titles[1]), order=alt.Order("order:Q"), tooltip=tooltip)
    line.data = table.assign(order=range(len(table)))
    marks = alt.Chart(points).encode(
        x=alt.X(f"{x}:Q"), y=alt.Y(f"{y}:Q"), tooltip=[alt.Tooltip("name:N", title="point"), *tooltip]
    )
    dots = marks.mark_point(size=130, filled=True, opacity=1, shape="diamond", color=palette.VERMILION)
    # Nearer to the left edge the text goes to the right of the point, else to the left, below the curve.
    return [line, dots, *texts_beside(marks, "name", alt.datum[x] <= 0.5, 10, 14)]
