"""What the model looks at, and how its answers change with the mask."""

import pandas as pd

from core.errors import RunError
from core.evaluation.decisions import mask_changes
from core.evaluation.explanations import ExplanationReport
from core.evaluation.runs import RunRecord
from core.labels import family_words
from core.report import charts
from core.report.blocks import Chart, Section, Table, Words, caption, info, notice
from core.wording import counted

_EVEN = "evenly spread"
_COLUMNS = ["row", "kind", "value", "low", "high", "n", "label"]
_CHANGES_END = 0.2


def looks(run: RunRecord) -> Section:
    """The shares of the evidence by region."""
    title = "What it looks at"
    if isinstance(run.explanations, RunError):
        return Section(title, (notice(run.explanations),))
    how = caption(
        "Parts of each face were blurred in turn; where the answer fades, there was evidence for it. The shares of the "
        "regions are means over faces and sum to 100 %; the last row is what they would be if every part of the crop "
        "counted equally. Around the head are background, clothes and long hair."
    )
    rows = looked_at(run.explanations)
    return Section(title, (how, _dots(title, rows, "share of the evidence", 1.0, ("test set", "region"))))


def changes(run: RunRecord) -> Section:
    """The share of faces that are called otherwise in another mask."""
    title = "When the mask changes"
    if isinstance(run.predictions, RunError):  # what is wrong with them stands where they are shown
        return Section(title, (Words("This is worked out from the saved predictions, which cannot be read."),))
    found = mask_changes(run.predictions)
    if found.empty:
        none = "No test face was tested both bare and with a drawn mask, so this cannot be measured."
        return Section(title, (info(none),))
    how = caption(
        "The same test faces, bare and with a mask of each family drawn on them: the share called female in one case "
        "and male in the other, with every face called. A model that looks at what a mask leaves visible changes few."
    )
    worst = max(found.to_dict("records"), key=lambda row: float(row["value"]))
    most = Words(
        f"Most: **{{}}** on {{}}, {100 * worst['value']:.1f} % "
        f"({100 * worst['low']:.1f} to {100 * worst['high']:.1f} %; {counted(worst['n'], 'face')}, of which "
        f"{worst['to_female']:,} to female and {worst['to_male']:,} to male).",
        (family_words(worst["family"]), worst["set"]),
    )
    drawn = _dots(title, changed_by_mask(found), "share called differently", _CHANGES_END, ("mask", "test set"))
    return Section(title, (how, most, drawn))


def looked_at(report: ExplanationReport) -> pd.DataFrame:
    """Mean share of each region by test set, real masks first, and as a last row what even evidence would give.

    Columns as `core.report.charts.dots_by_kind` takes them; `n` is missing in the last row.
    """
    entries = sorted(report.sets, key=lambda entry: entry.test_set.rank)
    rows: list[tuple[object, ...]] = [
        (entry.test_set.title, region.words, share.value, share.low, share.high, entry.n)
        for entry in entries
        for region, share in entry.shares.items()
    ]
    rows += [(_EVEN, region.words, area, None, None, None) for region, area in report.areas.items()]
    return _labelled(rows)


def changed_by_mask(changes: pd.DataFrame) -> pd.DataFrame:
    """The rows of `core.evaluation.decisions` by family, those whose answers change most first."""
    worst = changes.groupby("family")["value"].max().sort_values(ascending=False)
    ordered = changes.assign(rank=changes["family"].map({family: place for place, family in enumerate(worst.index)}))
    ordered = ordered.sort_values(["rank", "set"]).assign(family=ordered["family"].map(family_words))
    return _labelled(list(ordered[["family", "set", "value", "low", "high", "n"]].itertuples(index=False, name=None)))


def _labelled(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=_COLUMNS[:-1]).astype(dict.fromkeys(("value", "low", "high", "n"), float))
    return table.assign(label=[f"{100 * value:.1f} %" for value in table["value"]])


def _dots(title: str, rows: pd.DataFrame, axis: str, limit: float, names: tuple[str, str]) -> Chart:
    row, kind = names
    headings = {"row": row, "kind": kind, "value": "share", "low": "interval from", "high": "to", "n": "faces"}
    table = Table(title, rows[_COLUMNS[:-1]], headings, ("value", "low", "high"), {"n": "%.0f"})
    return Chart(title, charts.dots_by_kind, (rows, axis, limit), table)
