"""The report's charts (Altair), each from a plain table and with its meaning in words as `description`.

Colours come from `core.ui.palette`; fonts, axes and grid follow Streamlit's theme.
Sort orders are explicit lists: a sort by field leaves layered charts empty without a message.
"""

import math
from typing import Any, Literal, cast

import altair as alt
import pandas as pd

from core.evaluation.names import MEASURE_NAMES, VARIANT_NAMES
from core.ui import palette

TRAINING, VALIDATION = "training", "validation"
_PART_COLOURS = {TRAINING: palette.VERMILION, VALIDATION: palette.BLUE}
_PART_DASHES = {TRAINING: [5, 3], VALIDATION: [1, 0]}
_LOOKS = (
    (palette.VERMILION, "diamond"),
    (palette.BLUE, "circle"),
    (palette.GREEN, "triangle-up"),
    (palette.PURPLE, "square"),
)
_VARIANT_LOOKS = dict(zip(VARIANT_NAMES.values(), _LOOKS, strict=True))
_OTHER_LOOK = (palette.GREY, "cross")
_TOP_LEGEND = alt.Legend(title=None, orient="top", labelFontSize=13, symbolSize=500, symbolStrokeWidth=2.5)
# Per cent with a thin gap, as in the text around the charts.
_LOCALE = alt.Locale(
    number=alt.NumberLocale(decimal=".", thousands=",", grouping=[3], currency=["", ""], percent="\u202f%")
)


def learning_curve(history: pd.DataFrame, measure: str, best_epoch: int | None) -> alt.LayerChart:
    """Training and validation by epoch, with the values of both under the pointer.

    Args:
        history: One row an epoch, finite: columns epoch, `measure`, val_`measure`, learning_rate.
        measure: "accuracy" (a share, shown in per cent) or "loss".
        best_epoch: The epoch to mark, or None.
    """
    share = measure == "accuracy"
    names = {measure: TRAINING, f"val_{measure}": VALIDATION}
    long = history.rename(columns=names).melt("epoch", list(names.values()), var_name="part", value_name="value")
    first, last = int(history["epoch"].min()), int(history["epoch"].max())
    lone = 0.5 if first == last else 0.0
    span = _value_range(long["value"], 1.0 if share else math.inf)
    base = alt.Chart(long).encode(
        x=alt.X(
            "epoch:Q",
            title="epoch",
            scale=alt.Scale(domain=[first - lone, last + lone], nice=False),
            axis=alt.Axis(format="d", tickMinStep=1, grid=False),
        ),
        y=alt.Y(
            "value:Q",
            title=None,
            scale=alt.Scale(domain=span, nice=False),
            axis=alt.Axis(format=".0%" if share else "", tickCount=5),
        ),
    )
    colour = alt.Color("part:N", sort=list(_PART_COLOURS), legend=_TOP_LEGEND, scale=_scale(_PART_COLOURS))
    dash = alt.StrokeDash("part:N", sort=list(_PART_DASHES), legend=_TOP_LEGEND, scale=_scale(_PART_DASHES))
    layers = [
        base.mark_line(strokeWidth=2).encode(color=colour, strokeDash=dash),
        base.mark_point(size=28, filled=True, opacity=1).encode(color=_point_colour()),
    ]
    if best_epoch is not None:
        layers += _best_epoch_layers(best_epoch, right_half=best_epoch > (first + last) / 2)
    layers.append(_hover_layer(history, measure, ".1%" if share else ".3f"))
    return _finish(layers, 280, _describe_curve(history, measure, best_epoch))


def _point_colour() -> Any:
    """Points take their colours without a scale, so that the legend shows the lines alone, dashes and all."""
    training, validation = alt.value(_PART_COLOURS[TRAINING]), alt.value(_PART_COLOURS[VALIDATION])
    return alt.when(alt.datum.part == TRAINING).then(training).otherwise(validation)


def _best_epoch_layers(best_epoch: int, *, right_half: bool) -> list[alt.Chart]:
    """A dashed line at the best epoch and its label, which stays inside the plot."""
    base = alt.Chart(pd.DataFrame({"epoch": [best_epoch], "label": [f"best epoch {best_epoch}"]})).encode(x="epoch:Q")
    rule = base.mark_rule(strokeDash=[4, 4], color=palette.PAGE_TEXT, opacity=0.7)
    side: Literal["left", "right"] = "right" if right_half else "left"
    gap = -6 if right_half else 6
    text = base.mark_text(align=side, baseline="top", dx=gap, fontSize=12, color=palette.PAGE_TEXT)
    return [rule, text.encode(y=alt.value(2), text="label:N")]


def _hover_layer(history: pd.DataFrame, measure: str, number: str) -> alt.Chart:
    """A line that snaps to the nearest epoch and tells the values of both curves."""
    nearest = alt.selection_point(nearest=True, on="pointerover", clear="pointerout", fields=["epoch"], empty=False)
    chart = (
        alt.Chart(history[["epoch", measure, f"val_{measure}", "learning_rate"]])
        .mark_rule(color=palette.PAGE_TEXT, strokeWidth=1)
        .encode(
            x="epoch:Q",
            opacity=alt.when(nearest).then(alt.value(0.4)).otherwise(alt.value(0)),
            tooltip=[
                alt.Tooltip("epoch:Q", title="epoch", format="d"),
                alt.Tooltip(f"{measure}:Q", title=TRAINING, format=number),
                alt.Tooltip(f"val_{measure}:Q", title=VALIDATION, format=number),
                alt.Tooltip("learning_rate:Q", title="learning rate", format=".2g"),
            ],
        )
    )
    return cast(alt.Chart, chart.add_params(nearest))


def _describe_curve(history: pd.DataFrame, measure: str, best_epoch: int | None) -> str:
    first, last = history.iloc[0], history.iloc[-1]
    parts = [f"{measure.capitalize()} over {len(history)} epochs."]
    for column, part in ((measure, TRAINING), (f"val_{measure}", VALIDATION)):
        parts.append(f"{part.capitalize()}: {first[column]:.3g} at first, {last[column]:.3g} at the end.")
    if best_epoch is not None:
        parts.append(f"Best epoch: {best_epoch}.")
    return " ".join(parts)


def _value_range(values: "pd.Series[float]", ceiling: float) -> list[float]:
    """Lower and upper end of a value axis: room round the curves, and for the label at the top."""
    low, high = float(values.min()), float(values.max())
    room = (high - low) or 0.1 * abs(high) or 0.1
    return [max(0.0, low - 0.08 * room), min(ceiling, high + 0.12 * room)]


def confusion_heatmap(table: pd.DataFrame) -> alt.LayerChart:
    """Counts and shares of the row: truth downwards, answers across.

    Args:
        table: One row a cell, as `core.ui.report_tables.confusion_cells` makes it.
    """
    order = list(dict.fromkeys(table["truth"]))
    base = alt.Chart(table.assign(shade=table["share"].fillna(0))).encode(
        x=alt.X("answer:N", sort=order, title="the model's answer", axis=_matrix_axis("top", 0)),
        y=alt.Y("truth:N", sort=order, title="labelled", axis=_matrix_axis("left", -90)),
        tooltip=[
            alt.Tooltip("truth:N", title="labelled"),
            alt.Tooltip("answer:N", title="answered"),
            alt.Tooltip("count:Q", title="faces", format=","),
            alt.Tooltip("text:N", title="share of the row"),
        ],
    )
    fills = alt.Scale(type="threshold", domain=list(palette.SHARE_LIMITS), range=list(palette.SHARE_FILLS))
    on_dark, on_light = alt.value(palette.WHITE_TEXT), alt.value(palette.DARK_TEXT)
    ink = alt.when(alt.datum.shade >= palette.WHITE_TEXT_FROM).then(on_dark).otherwise(on_light)
    cells = base.mark_rect(cornerRadius=4, stroke=palette.PAGE_TEXT, strokeOpacity=0.15).encode(
        color=alt.Color("shade:Q", scale=fills, legend=None)
    )
    counts = base.mark_text(fontSize=22, fontWeight=600, dy=-9).encode(text=alt.Text("count:Q", format=","), color=ink)
    shares = base.mark_text(fontSize=13, dy=15).encode(text="text:N", color=ink)
    columns = zip(table["count"], table["truth"], table["answer"], strict=True)
    words = "; ".join(f"{count} labelled {truth}, answered {answer}" for count, truth, answer in columns)
    return _finish([cells, counts, shares], 280, f"Confusion matrix: {words}.")


def _matrix_axis(orient: Literal["top", "left"], angle: int) -> alt.Axis:
    return alt.Axis(orient=orient, labelAngle=angle, labelFontSize=14, titlePadding=8, labelPadding=6)


def interval_dots(table: pd.DataFrame, measure: str) -> alt.LayerChart:
    """One dot a test set with its 95 % interval, in the order of the table.

    Args:
        table: As `core.ui.report_tables.measure_by_set` makes it; at least one row, and no value missing.
        measure: A key of `MEASURE_NAMES`.
    """
    order, title = list(table["name"]), MEASURE_NAMES[measure]
    variants = list(dict.fromkeys(table["variant"]))
    looks = {name: _VARIANT_LOOKS.get(name, _OTHER_LOOK) for name in variants}
    base = alt.Chart(table).encode(
        y=alt.Y(
            "name:N",
            sort=order,
            title=None,
            axis=alt.Axis(labelExpr="split(datum.label, ' · ')", labelLimit=0, labelFontSize=12, labelOffset=-9),
        ),
        color=alt.Color("variant:N", legend=None, scale=_scale({name: look[0] for name, look in looks.items()})),
        tooltip=[
            alt.Tooltip("name:N", title="test set"),
            alt.Tooltip("label:N", title=title),
            alt.Tooltip("interval:N", title="95 % interval"),
            alt.Tooltip("n:Q", title="faces", format=","),
        ],
    )
    lowest = min(0.5, *table["value"], *table["low"].dropna())
    scale = alt.Scale(domain=[lowest, 1.0], nice=False)
    x = alt.X(
        "value:Q",
        title=title,
        scale=scale,
        axis=alt.Axis(format=".1f" if measure == "roc_auc" else ".0%", tickCount=5),
    )
    shapes = _scale({name: look[1] for name, look in looks.items()})
    whiskers = base.mark_rule(strokeWidth=2.5).encode(x=alt.X("low:Q", scale=scale, title=title), x2="high:Q")
    dots = base.mark_point(filled=True, size=100, opacity=1)
    dots = dots.encode(x=x, shape=alt.Shape("variant:N", legend=None, scale=shapes))
    numbers = base.mark_text(dy=-13, fontSize=12, fontWeight=600)
    numbers = numbers.encode(x=x, text="label:N", color=alt.value(palette.PAGE_TEXT))
    words = "; ".join(f"{name}: {label}" for name, label in zip(table["name"], table["label"], strict=True))
    # A height in pixels: Streamlit fits charts to their frame, which a height by steps would undo.
    return _finish([whiskers, dots, numbers], 46 * len(order) + 60, f"{title} by test set. {words}.")


def _scale(looks: dict[str, Any]) -> alt.Scale:
    return alt.Scale(domain=list(looks), range=list(looks.values()))


def _finish(layers: list[alt.Chart], height: int, description: str) -> alt.LayerChart:
    chart = alt.layer(*layers).properties(height=height, description=description)
    return cast(alt.LayerChart, chart.configure(locale=_LOCALE))
