"""The card's sections on groups, the worst first, and on what the mistakes have in common."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from core.errors import RunError
from core.evaluation.answers import LABELS, Answers
from core.evaluation.groups import SMALL, UNKNOWN, by_group, gap, groupings
from core.evaluation.intervals import Estimate, share
from core.evaluation.registry import estimate_text
from core.evaluation.test_sets import TEST, TestSet
from core.labels import AGE_BANDS, CHILD_BAND, Variant, age_band
from core.model.metadata import ModelMetadata
from core.report.blocks import Section, Table, Words
from core.report.markdown import percent

_GROUPINGS = ("ethnicity", "age", "mask family")
# Every test face once, as it is meant to be used: with a mask. The held-out family shows the same faces again.
_MASKED = (Variant.REAL.value, Variant.DRAWN.value)
_WORST = 12
_WHO = dict(zip(LABELS, ("women", "men"), strict=True))
_SURE = 0.9


class _Grouped(NamedTuple):
    """The cells of one set by one grouping."""

    place: str
    by: str
    cells: pd.DataFrame


def groups_section(predictions: pd.DataFrame | RunError) -> Section:
    """The worst cells of at least `SMALL` faces over all sets, and how far apart best and worst are."""
    title = "Results by group, the worst first"
    if isinstance(predictions, RunError):
        unknown = Words("*{}* How it performs in groups of people is not known.", (predictions.message,))
        return Section(title, (unknown,))
    grouped = list(_all_groups(predictions))
    cells = [found.cells.assign(place=found.place) for found in grouped]
    every = pd.concat(cells) if cells else pd.DataFrame({"small": [], "recall": []})
    large = every[~every["small"].astype(bool)].sort_values("recall", kind="stable")
    if large.empty:
        few = f"No group of women or men has {SMALL} masked test faces: too few to tell."
        return Section(title, (Words(few),))
    left_out = len(every) - len(large)
    opening = (
        "Share of the women called female, and of the men called male, among masked test faces by ethnicity (as the "
        f"set words it), age and family of mask: the {min(_WORST, len(large))} worst of {len(large)} cells. "
        f"Cells of fewer than {SMALL} faces are left out: {left_out}."
    )
    apart = Words("How far apart the best and the worst cell of a set are:")
    return Section(title, (Words(opening), _worst_table(large.head(_WORST)), apart, _gap_table(grouped)))


def mistakes_section(metadata: ModelMetadata | RunError, predictions: pd.DataFrame | RunError) -> Section:
    """How often different kinds of faces are called wrong, and which way the mistakes lean."""
    title = "Limits seen in the mistakes"
    if isinstance(predictions, RunError) or isinstance(metadata, RunError):
        return Section(title, (Words("There are no saved predictions in which to look for mistakes."),))
    faces = predictions[(predictions["split"] == TEST) & predictions["variant"].isin(_MASKED)]
    if faces.empty:
        return Section(title, (Words("It was not tested on masked faces."),))
    answers = Answers.from_frame(faces, metadata.thresholds.gender, metadata.thresholds.child)
    wrong = ~answers.right
    if not wrong.any():
        return Section(title, (Words(f"All {len(faces):,} masked test faces are called right."),))
    women = float((wrong & answers.is_first).sum() / wrong.sum())
    sure = int((wrong & answers.answered).sum())
    rows: list[tuple[str, ...]] = []
    for name, kind in _kinds(faces, answers).items():
        found = share(int(wrong[kind].sum()), int(kind.sum()))
        if found.value is not None:
            rows.append((name, f"{int(kind.sum()):,}", estimate_text(found)))
    counted = (
        f"Of {len(faces):,} test faces with real or drawn masks {int(wrong.sum()):,} are called wrong; "
        f"{percent(women)} of these are women called male, the others men called female. Mistakes made with enough "
        f"confidence to be answered ({percent(metadata.thresholds.gender)}), on a clearly visible face: {sure:,}. "
        "Nothing flags these."
    )
    return Section(title, (Words(counted), _table(rows, ("Faces", "Number", "Called wrong"))))


def _all_groups(predictions: pd.DataFrame) -> Iterator[_Grouped]:
    faces = predictions[(predictions["split"] == TEST) & predictions["variant"].isin(_MASKED)]
    for place, rows in faces.groupby(["set", "variant"]):
        name, variant = (str(part) for part in place)
        usable = groupings(rows)
        for by in _GROUPINGS:
            if by in usable:
                cells = by_group(rows, by)
                yield _Grouped(TestSet(name, variant).title, by, cells[cells["group"] != UNKNOWN])


def _table(rows: list[tuple[str, ...]], headings: tuple[str, ...], names: int = 1) -> Table:
    """Texts, those after the first `names` columns aligned to the right."""
    return Table(headings[0], pd.DataFrame(rows, columns=list(headings)), right=headings[names:])


def _worst_table(cells: pd.DataFrame) -> Table:
    rows: list[tuple[str, ...]] = []
    for _, cell in cells.iterrows():
        estimate = Estimate(float(cell["recall"]), float(cell["low"]), float(cell["high"]))
        who = f"{_group(cell['gender'], cell['group'])} ({cell['place']})"
        rows.append((who, f"{int(cell['n']):,}", estimate_text(estimate)))
    return _table(rows, ("Who", "Faces", "Recall"))


def _gap_table(grouped: list[_Grouped]) -> Table:
    rows: list[tuple[str, ...]] = []
    for found in grouped:
        apart = gap(found.cells)
        if apart.difference.value is not None:
            low, high = apart.difference.low or 0.0, apart.difference.high or 0.0
            points = f"{100 * apart.difference.value:.1f} points ({100 * low:.1f} to {100 * high:.1f})"
            points = points.replace("-", "\u2212")
            rows.append((f"{found.place}, {found.by}", _cell(apart.best), _cell(apart.worst), points))
    return _table(rows, ("Set", "Best", "Worst", "Difference"), 3)


def _cell(name: str) -> str:
    """A cell of `groups.gap` in words: "women, Black" for "female, Black"."""
    gender, _, group = name.partition(", ")
    return _group(gender, group)


def _group(gender: str, group: str) -> str:
    return f"{_WHO[gender]}, {group.replace('_', ' ')}"


def _kinds(faces: pd.DataFrame, answers: Answers) -> dict[str, np.ndarray]:
    """Kinds of faces by name, as masks of rows."""
    known = {age: age_band(str(age)) for age in faces["age"].unique()}
    bands = faces["age"].map(known).to_numpy()
    confidence = answers.confidence
    return {
        "all": np.ones(len(faces), dtype=bool),
        "women": answers.is_first,
        "men": ~answers.is_first,
        "children under 10": bands == CHILD_BAND,
        "60 and older": bands == AGE_BANDS[-1],
        "too small, blurred, dark or turned away": (faces["quality"] != "").to_numpy(dtype=bool),
        "missed by the face detector": (faces["found"] == 0).to_numpy(dtype=bool),
        f"the model is less than {percent(_SURE)} sure": confidence < _SURE,
        f"the model is at least {percent(_SURE)} sure": confidence >= _SURE,
    }
