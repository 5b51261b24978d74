"""How women and men of different groups are recognised."""

import pandas as pd

from core.evaluation.decisions import UNCERTAIN
from core.evaluation.groups import SMALL, UNKNOWN, by_group, cell_name, gap, groupings
from core.evaluation.intervals import Estimate
from core.evaluation.registry import METRIC_BY_NAME
from core.report import charts, tables
from core.report.blocks import Block, Chart, Figure, Section, Table, Words, caption, info
from core.report.sections.faces import Faces, View
from core.report.sections.results import figure

_MOST = 30
_COLUMNS = {
    "group": "group",
    "gender": "gender",
    "n": "faces",
    "right": "called right",
    "recall": "recall",
    "low": "interval from",
    "high": "interval to",
    "small": "too few faces",
}


def groups(faces: Faces, view: View) -> Section:
    """Recall of every gender and group, the worst first, and how far apart they are."""
    title, by = "Groups", view.groupings or tuple(groupings(faces.predictions))
    if not by:
        unknown = "no ethnicity, age, mask family or face size is recorded for them."
        return Section(title, (info(f"These faces cannot be grouped: {unknown}"),))
    said = faces.decided(view.threshold)
    answered = said[said["answer"] != UNCERTAIN]
    if answered.empty:
        return Section(title, (info("No face is answered at this threshold."),))
    threshold = view.threshold
    who = "every face called" if threshold is None else f"faces answered at {100 * threshold:.0f} % only"
    how = caption(
        f"Recall of each group ({who}), worst first, with 95 % intervals and number of faces. The terms are those of "
        "the data set. With many groups, one comes last by chance alone: check whether the lines overlap."
    )
    return Section(title, (how, *(block for one in by for block in _grouped(by_group(answered, one), one))))


def _grouped(cells: pd.DataFrame, by: str) -> tuple[Block, Block]:
    title = f"Recall of women and men by {by}"
    table = Table(title, cells, _COLUMNS, ("recall", "low", "high"))
    return _apart(cells), Chart(title, charts.group_dots, (tables.group_cells(cells.head(_MOST)),), table)


def _apart(cells: pd.DataFrame) -> Words:
    found, names = gap(cells), tuple[str, ...]()
    apart = found.difference
    if apart.value is None:
        sentences = [f"The gap cannot be computed: {apart.reason}."]
    else:
        ends = "" if apart.low is None or apart.high is None else f" ({100 * apart.low:.1f} to {100 * apart.high:.1f})"
        ratio = "" if found.ratio is None else f", ratio {found.ratio:.2f}"
        names = (found.worst, found.best)
        sentences = [
            f"From the worst, **{{}}**, to the best, **{{}}**: **{100 * apart.value:.1f} points**{ends}{ratio}."
        ]
    if small := int(cells["small"].sum()):
        which = "1 group in grey has" if small == 1 else f"{small} groups in grey have"
        sentences.append(f"{which} fewer than {SMALL} faces: too few to judge, so they are left out of the gap.")
    if len(cells) > _MOST:
        sentences.append(f"The chart shows the worst {_MOST} of {len(cells)} groups, the table shows all.")
    return Words(" ".join(sentences), names)


def worst_group(faces: Faces) -> Figure | None:
    """The gender and group with the lowest recall over all groupings; small ones are passed over."""
    worst: tuple[str, pd.Series] | None = None
    for by in groupings(faces.predictions):
        table = by_group(faces.predictions, by)
        cells = table[~table["small"] & (table["group"] != UNKNOWN)]
        if len(cells) and (worst is None or cells.iloc[0]["recall"] < worst[1]["recall"]):
            worst = by, cells.iloc[0]
    if worst is None:
        return None
    by, cell = worst
    recall = Estimate(float(cell["recall"]), float(cell["low"]), float(cell["high"]))
    shown = figure(METRIC_BY_NAME["accuracy"], recall, int(cell["n"]))
    words = (
        "The lowest recall of either gender in any group (ethnicity, age, mask family or face size) with at least 50 "
        "faces. The lowest of many is low partly by chance: see its interval."
    )
    return Figure("Worst group", shown.value, shown.below, f"{cell_name(cell)} ({by})", words)
