"""What a model's probabilities are worth: thresholds, calibration, risk against coverage, ROC, precision-recall."""

from collections.abc import Mapping
from typing import cast

import altair as alt
import pandas as pd

from core.report.charts import palette
from core.report.charts.base import (
    GENDER_LOOKS,
    TOP_LEGEND,
    diagonal,
    either,
    finish,
    interval_tooltips,
    legend_of,
    looks_of,
    marked_line,
    nearest_on,
    scale,
    share_tooltip,
    share_x,
    share_y,
    texts_beside,
    whole_axis,
)

_SWEEP = {
    "recall_female": ("recall women", palette.VERMILION, [5, 3]),
    "recall_male": ("recall men", palette.BLUE, [1, 0]),
    "accuracy_answered": ("right among answered", palette.GREEN, [8, 3, 2, 3]),
    "answered": ("answered", palette.PURPLE, [2, 2]),
}
AFTER, BEFORE = "as the app has them", "before temperature"
_STAGE_LOOKS = {AFTER: (palette.BLUE, "circle", [1, 0]), BEFORE: (palette.VERMILION, "diamond", [5, 3])}
_HEIGHT = 300


def threshold_curves(sweep: pd.DataFrame, chosen: float | None, default: float | None) -> alt.LayerChart:
    """Recalls of the answered and the share answered, by the confidence that an answer needs.

    Args:
        sweep: As `core.evaluation.curves.threshold_sweep` makes it.
        chosen: Threshold to mark as chosen, or None.
        default: The model's own threshold, marked as such, or None.
    """
    names = {column: look[0] for column, look in _SWEEP.items()}
    long = sweep.rename(columns=names).melt("threshold", list(names.values()), var_name="part", value_name="share")
    looks = {name: (colour, dash) for name, colour, dash in _SWEEP.values()}
    colour, dash = looks_of("part", looks, legend_of(len(names)), alt.StrokeDash)
    base = alt.Chart(long.dropna()).mark_line(strokeWidth=2)
    lowest = min(0.5, float(long["share"].min())) if long["share"].notna().any() else 0.0
    line = base.encode(
        x=share_x("threshold", "answers from a confidence of", (0.5, float(sweep["threshold"].max()))),
        y=share_y("share", None, (max(0.0, lowest), 1.0)),
        color=colour,
        strokeDash=dash,
    )
    layers = [line]
    if default is not None and default != chosen:
        layers += marked_line(
            "threshold", default, f"default {100 * default:.0f} %", right_half=default > 0.75, from_foot=4
        )
    if chosen is not None:
        layers += marked_line(
            "threshold", chosen, f"chosen {100 * chosen:.0f} %", right_half=chosen > 0.75, from_foot=20
        )
    nearest = nearest_on("threshold")
    values = [share_tooltip(column, name) for column, name in names.items()]
    hover = alt.Chart(sweep).mark_rule(color=palette.PAGE_TEXT, strokeWidth=8)
    hover = hover.encode(
        x=alt.X("threshold:Q"),
        opacity=either(alt.OpacityValue, nearest, 0.15, 0),
        tooltip=[alt.Tooltip("threshold:Q", title="threshold", format=".0%"), *values],
    )
    first, last = sweep.iloc[0], sweep.iloc[-1]
    words = "; ".join(f"{name} from {first[column]:.1%} to {last[column]:.1%}" for column, name in names.items())
    ends = f"{first['threshold']:.0%} to {last['threshold']:.0%}"
    description = f"As the threshold rises from {ends}: {words}."
    return finish([*layers, hover.add_params(nearest)], 300, description)


def reliability_diagram(stages: Mapping[str, pd.DataFrame]) -> alt.LayerChart:
    """How often a face of probability p is a woman's; the diagonal is perfect.

    Args:
        stages: Tables as `core.evaluation.curves.reliability` makes them, by `AFTER` and perhaps
            `BEFORE`; intervals are drawn for `AFTER`.
    """
    table = pd.concat([rows.assign(stage=stage) for stage, rows in stages.items()], ignore_index=True)
    looks = {stage: look for stage, look in _STAGE_LOOKS.items() if stage in stages}
    legend = TOP_LEGEND.copy() if len(stages) > 1 else None
    if legend is not None:
        legend.symbolStrokeWidth = 0  # else the shapes have the dashes of their lines
    colour, shapes = looks_of("stage", looks, legend)
    base = alt.Chart(table).encode(
        x=share_x("p_female", "mean probability of female"),
        color=colour,
        tooltip=[
            alt.Tooltip("stage:N", title="probabilities"),
            share_tooltip("p_female", "mean probability"),
            share_tooltip("share", "share of women"),
            *interval_tooltips(),
        ],
    )
    y = share_y("share", "share of women")
    dashed, solid = (_STAGE_LOOKS[stage][2] for stage in (BEFORE, AFTER))
    dashes = either(alt.StrokeDashValue, alt.datum.stage == BEFORE, dashed, solid)
    lines = base.mark_line(strokeWidth=1.5).encode(y=y, strokeDash=dashes)
    whiskers = base.transform_filter(alt.datum.stage == AFTER).mark_rule(strokeWidth=1.5)
    whiskers = whiskers.encode(y=alt.Y("low:Q", title="share of women"), y2=alt.Y2("high:Q"))
    points = base.mark_point(filled=True, size=60, opacity=1).encode(y=y, shape=shapes)
    after = stages[AFTER]
    words = "; ".join(
        f"p {p:.0%}: {share:.0%} women of {n}"
        for p, share, n in zip(after["p_female"], after["share"], after["n"], strict=True)
    )
    layers = [diagonal(), whiskers, lines, points]
    return finish(layers, 320, f"Reliability diagram, {AFTER}. {words}.")


def probability_histogram(table: pd.DataFrame) -> alt.LayerChart:
    """How many women and men have which probability.

    Args:
        table: As `core.evaluation.decisions.histogram` makes it.
    """
    most = int(table.groupby("low")["n"].sum().max())
    looks = {name: look[0] for name, look in GENDER_LOOKS.items()}
    bars = (
        alt.Chart(table)
        .mark_bar(stroke=None)
        .encode(
            # Binned already: without saying so, bars with two ends across would have no foot.
            x=alt.X(
                "low:Q",
                bin="binned",
                title="probability of female",
                scale=alt.Scale(domain=[0.0, 1.0]),
                axis=alt.Axis(format=".0%", values=[0, 0.2, 0.4, 0.6, 0.8, 1], grid=False),
            ),
            x2=alt.X2("high:Q"),
            y=alt.Y("n:Q", title="faces", stack="zero", axis=whole_axis(0, most, tickCount=3, format="~s")),
            color=alt.Color("gender:N", sort=list(looks), legend=TOP_LEGEND, scale=scale(looks)),
            tooltip=[
                alt.Tooltip("gender:N", title="labelled"),
                share_tooltip("low", "probability from"),
                share_tooltip("high", "to"),
                alt.Tooltip("n:Q", title="faces", format=","),
            ],
        )
    )
    sums = table.groupby("gender")["n"].sum()
    words = ", ".join(f"{count} labelled {gender}" for gender, count in sums.items())
    return finish([bars], 220, f"Faces by probability of female: {words}.")


def risk_coverage_curve(table: pd.DataFrame, point: pd.DataFrame) -> alt.LayerChart:
    """How many are called wrong when only the surest faces are called.

    Args:
        table: As `core.evaluation.curves.risk_coverage` makes it.
        point: Rows `coverage`, `risk`, `confidence`, `name` to mark; may be empty.
    """
    highest = max(0.02, 1.1 * float(table["risk"].max()))
    tooltip = [
        share_tooltip("coverage", "faces called"),
        share_tooltip("risk", "wrong among them"),
        share_tooltip("confidence", "confidence at least"),
    ]
    line = alt.Chart(table).mark_line(strokeWidth=2, color=palette.BLUE, point={"size": 12, "color": palette.BLUE})
    line = line.encode(
        x=share_x("coverage", "faces called, the surest first"),
        y=share_y("risk", "wrong among them", (0.0, highest)),
        tooltip=tooltip,
    )
    marks = alt.Chart(point).encode(x=alt.X("coverage:Q"), y=alt.Y("risk:Q"), tooltip=tooltip)
    dots = marks.mark_point(size=130, filled=True, opacity=1, shape="diamond", color=palette.VERMILION)
    names = marks.mark_text(align="right", dx=-10, dy=-10, fontSize=12, fontWeight=600, color=palette.PAGE_TEXT)
    last = table.iloc[-1]
    description = f"Risk against coverage. Of all faces {last['risk']:.1%} are called wrong."
    return finish([line, dots, cast(alt.Chart, names.encode(text=alt.Text("name:N")))], 320, description)


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
