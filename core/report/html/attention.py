"""The HTML report's sections on what the model looks at and on how its answers change with the mask."""

import pandas as pd

from core.errors import RunError
from core.evaluation.explanations import ExplanationReport
from core.evaluation.mask_changes import mask_changes
from core.report import attention as tables
from core.report import charts
from core.report.html import parts


def looks_part(explanations: ExplanationReport | RunError) -> str:
    """The shares of the evidence by region, or a sentence."""
    if isinstance(explanations, RunError):
        return parts.section(tables.LOOKS_TITLE, parts.note(explanations.message))
    table = tables.looked_at(explanations)
    return parts.section(
        tables.LOOKS_TITLE,
        parts.figure(
            "Share of the evidence by region.",
            charts.dots_by_kind(table, "share of the evidence"),
            tables.LOOKS_HOW,
            tables.in_words(table, "test set", "region").round(1),
        ),
    )


def changes_part(predictions: pd.DataFrame | RunError) -> str:
    """The share of faces that are called otherwise by mask, or a sentence."""
    if isinstance(predictions, RunError):  # what is wrong with them stands where they are shown
        return parts.section(tables.CHANGES_TITLE, parts.text(tables.NO_PREDICTIONS))
    changes = mask_changes(predictions)
    if changes.empty:
        return parts.section(tables.CHANGES_TITLE, parts.text(tables.NO_PAIRS))
    table = tables.changed_by_mask(changes)
    return parts.section(
        tables.CHANGES_TITLE,
        parts.figure(
            "Share of faces that are called otherwise.",
            charts.dots_by_kind(table, "share called otherwise", 0.2),
            tables.CHANGES_HOW,
            tables.in_words(table, "mask", "test set").round(1),
        ),
    )
