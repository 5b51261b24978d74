"""The report's charts (Altair), each from a tidy table and with its meaning in words as `description`."""

from core.ui.charts.closer import region_bars, what_if_dots
from core.ui.charts.confidence import (
    probability_histogram,
    reliability_diagram,
    risk_coverage_curve,
    threshold_curves,
)
from core.ui.charts.confusion import confusion_heatmap
from core.ui.charts.intervals import group_dots, interval_dots
from core.ui.charts.learning import further_curves, learning_curve, learning_rate
from core.ui.charts.many_dots import dots_by_kind
from core.ui.charts.ranking import precision_recall_curve, roc_curve
from core.ui.charts.timeline import vote_timeline

__all__ = [
    "confusion_heatmap", "dots_by_kind", "further_curves", "group_dots", "interval_dots", "learning_curve",
    "learning_rate", "precision_recall_curve", "probability_histogram", "region_bars", "reliability_diagram",
    "risk_coverage_curve", "roc_curve", "threshold_curves", "vote_timeline", "what_if_dots",
]  # fmt: skip
