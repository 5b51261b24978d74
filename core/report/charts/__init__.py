"""The report's charts (Altair), each from a tidy table and with its meaning in words as `description`."""

from core.report.charts.answers import region_bars, vote_timeline, what_if_dots
from core.report.charts.comparison import accuracy_against_time, differences
from core.report.charts.confusion import agreement, confusion_heatmap
from core.report.charts.curves import (
    precision_recall_curve,
    probability_histogram,
    reliability_diagram,
    risk_coverage_curve,
    roc_curve,
    threshold_curves,
)
from core.report.charts.intervals import dots_by_kind, group_dots, interval_dots
from core.report.charts.learning import further_curves, learning_curve, learning_rate

__all__ = [
    "accuracy_against_time", "agreement", "confusion_heatmap", "differences", "dots_by_kind", "further_curves",
    "group_dots", "interval_dots", "learning_curve", "learning_rate", "precision_recall_curve", "probability_histogram",
    "region_bars", "reliability_diagram", "risk_coverage_curve", "roc_curve", "threshold_curves", "vote_timeline",
    "what_if_dots",
]  # fmt: skip
