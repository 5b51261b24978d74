"""All answers at a glance."""

from collections import Counter

import pandas as pd

from core.heads import HEADS, MASK
from core.report.charts.answers import answer_counts
from core.ui.classify.results import Answered
from core.ui.components import chart_frame
from core.ui.wording import label_of

_GROUPS = {answer: word.capitalize() for answer, word in HEADS[MASK].words.items()} | {None: "All"}


def counts(answered: Answered) -> None:
    """A small chart: faces by answer, and by mask where the model tells it; none where there is no face."""
    found = counted_answers(answered)
    if not found.empty:
        groups = tuple(name for name in _GROUPS.values() if name in set(found["group"]))
        chart_frame.draw(answer_counts, found, groups)


def counted_answers(answered: Answered) -> pd.DataFrame:
    """Number of faces by group of masks and by answer: `group`, `answer`, `faces`."""
    numbers = Counter((_GROUPS[face.mask], label_of(face)) for _, result in answered for face in result.faces)
    return pd.DataFrame(
        [(group, answer, number) for (group, answer), number in numbers.items()], columns=["group", "answer", "faces"]
    )
