"""Tables of what a model looks at and of how its answers change with the mask; knows nothing of Streamlit."""

import pandas as pd

from core.evaluation.explanations import ExplanationReport
from core.evaluation.names import set_name, variant_rank

EVEN = "evenly spread"
LOOKS_TITLE, CHANGES_TITLE = "What it looks at", "When the mask changes"
LOOKS_HOW = (
    "Parts of each face were blurred in turn; where the answer fades, there was evidence for it. The shares of the "
    "regions are means over faces and sum to 100 %; the last row is what they would be if all of the crop counted "
    "alike. Around the head are background, clothes and long hair."
)
CHANGES_HOW = (
    "The same test faces, bare and with a mask of each family drawn on them: the share that is called female one time "
    "and male the other, every face called. A model that looks at what a mask leaves free changes few."
)
NO_PAIRS = "No test face was tested both bare and with a drawn mask, so it cannot be told."
NO_PREDICTIONS = "This is worked out from the saved predictions, which cannot be read."
_COLUMNS = ["row", "kind", "value", "low", "high", "n", "label"]


def looked_at(report: ExplanationReport) -> pd.DataFrame:
    """Mean share of each region by test set, real masks first, and as a last row what even evidence would give.

    Columns as `core.report.charts.dots_by_kind` takes them; `n` is missing in the last row.
    """
    entries = sorted(report.sets, key=lambda entry: (variant_rank(entry.variant), entry.set))
    rows: list[tuple[object, ...]] = [
        (set_name(entry.set, entry.variant), region.words, share.value, share.low, share.high, entry.n)
        for entry in entries
        for region, share in entry.shares.items()
    ]
    rows += [(EVEN, region.words, area, None, None, None) for region, area in report.areas.items()]
    return _labelled(rows)


def changed_by_mask(changes: pd.DataFrame) -> pd.DataFrame:
    """The rows of `core.evaluation.mask_changes` by family, those whose answers change most first."""
    worst = changes.groupby("family")["value"].max().sort_values(ascending=False)
    ordered = changes.assign(rank=changes["family"].map({family: place for place, family in enumerate(worst.index)}))
    ordered = ordered.sort_values(["rank", "set"])
    return _labelled(list(ordered[["family", "set", "value", "low", "high", "n"]].itertuples(index=False, name=None)))


def in_words(table: pd.DataFrame, row: str, kind: str) -> pd.DataFrame:
    """Such a table for people: shares in per cent."""
    shares = {name: 100 * table[name].astype(float).round(6) for name in ("value", "low", "high")}
    return table.assign(**shares)[_COLUMNS[:-1]].rename(
        columns={"row": row, "kind": kind, "value": "share", "low": "interval from", "high": "to", "n": "faces"}
    )


def _labelled(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=_COLUMNS[:-1]).astype(dict.fromkeys(("value", "low", "high", "n"), float))
    return table.assign(label=[f"{100 * value:.1f} %" for value in table["value"]])
