"""The report's sections on what a probability is worth."""

import pandas as pd
import streamlit as st

from core.evaluation import decisions
from core.report import charts, tables
from core.report.charts.confidence import AFTER, BEFORE
from core.ui.components.chart_frame import columns, show, spec_of
from core.ui.report.choice import Choice
from core.ui.report.data import Curves, curves_of, faces_of

_BIN_COLUMNS = {
    "stage": "probabilities",
    "bin": "bin",
    "n": "faces",
    "p_low": "p from",
    "p_high": "p to",
    "p_female": "mean p",
    "share": "share of women",
    "low": "interval from",
    "high": "interval to",
}
_BIN_SHARES = ("p_low", "p_high", "p_female", "share", "low", "high")
_RISK_COLUMNS = {"coverage": "faces called", "risk": "wrong among them", "confidence": "confidence at least"}


def calibration(choice: Choice) -> None:
    """The reliability diagram before and after the temperature, and how many faces lie where."""
    curves = curves_of(choice)
    most = int(curves.reliability["n"].max())
    st.caption(
        "Of the faces given 80 % *female*, 80 % should be women: those points lie on the dotted line. Below it the "
        f"probability is too high, above it too low. Bins of up to {most:,} faces each, with 95 % intervals. "
        f"{_temperature(curves)}"
    )
    stages = {AFTER: curves.reliability}
    if curves.uncalibrated is not None:
        stages[BEFORE] = curves.uncalibrated
    bins = pd.concat([table.assign(stage=stage) for stage, table in stages.items()])
    table = tables.in_percent(bins[list(_BIN_COLUMNS)], _BIN_SHARES)
    config = columns(_BIN_COLUMNS, _BIN_SHARES)
    chart = spec_of(charts.reliability_diagram, stages)
    show(chart, table, "Reliability", config, "report_reliability", choice.about)
    names = {"low": "p from", "high": "p to", "gender": "labelled", "n": "faces"}
    shown = tables.in_percent(curves.histogram, ["low", "high"])
    chart = spec_of(charts.probability_histogram, curves.histogram)
    config = columns(names, ("low", "high"))
    show(chart, shown, "Faces by probability", config, "report_histogram", choice.about)


def _temperature(curves: Curves) -> str:
    after = f"The expected calibration error is {curves.ece:.3f}"
    if curves.ece_uncalibrated is None:
        return f"{after}; no temperature is recorded."
    return (
        f"{after}; before temperature scaling ({curves.temperature:g}) it was {curves.ece_uncalibrated:.3f}. The "
        "temperature was fitted on validation faces: on others it may help less, or even harm."
    )


def coverage(choice: Choice, threshold: float | None) -> None:
    """How many are called wrong when only the surest are called."""
    curves, faces = curves_of(choice), faces_of(choice)
    st.caption(
        "If only the surest faces were called, how many of those would be wrong? A curve that falls to the left means "
        "that confidence is informative. The diamond marks the chosen threshold. Picture quality is ignored here."
    )
    if faces is not None:
        point = decisions.coverage_point(faces.answers, threshold)
        if point.empty:
            st.caption("No face is as sure as the chosen threshold.")
        chart = spec_of(charts.risk_coverage_curve, curves.risk_coverage, point)
        table = tables.in_percent(curves.risk_coverage, list(_RISK_COLUMNS))
        config = columns(_RISK_COLUMNS, tuple(_RISK_COLUMNS))
        show(chart, table, "Risk and coverage", config, "report_risk", choice.about)
