"""All answers at a glance: counts, what could not be read, what may be looked at otherwise."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.heads import HEADS, MASK
from core.results import ImageResult, Label, Status, Worn
from core.ui.classify.collection import Entry
from core.ui.wording import counted, label_of, plain

Answered = Sequence[tuple[Entry, ImageResult]]

_FEW = 5


def summary(answered: Answered) -> None:
    """Counts of pictures, faces and answers; what did not happen is left out."""
    with st.container(horizontal=True, gap="medium", key="summary"):
        for name, count in counts(answered):
            st.metric(name, count, width="content")


def counts(answered: Answered) -> list[tuple[str, int]]:
    """The counts with their names."""
    faces = Counter(face.label for _, result in answered for face in result.faces)
    masks = Counter(face.mask for _, result in answered for face in result.faces if face.mask is not None)
    states = Counter(result.status for _, result in answered)
    rest = [("Without a face", states[Status.NO_FACE]), ("Not read", states[Status.REFUSED])]
    return [
        ("Pictures", len(answered)),
        ("Faces", faces.total()),
        ("Female", faces[Label.FEMALE]),
        ("Male", faces[Label.MALE]),
        ("Uncertain", faces[Label.UNCERTAIN]),
        *([("Masked", masks[Worn.WORN])] if masks else []),
        *((name, count) for name, count in rest if count),
    ]


def in_words(answered: Answered) -> str:
    """The counts as one sentence: "Pictures: 3, faces: 4, female: 1, male: 3"."""
    words = ", ".join(f"{name.lower()}: {count}" for name, count in counts(answered))
    return f"Answered. {words[0].upper()}{words[1:]}."


def offer_whole_pictures(answered: Answered) -> None:
    """Offer to take all pictures without a face as faces at once, where there are several."""
    faceless = [entry for entry, result in answered if result.status is Status.NO_FACE]
    if len(faceless) > 1:
        st.button(
            f"Treat the {len(faceless)} pictures without a face as face crops",
            icon=":material/crop_free:",
            key="whole_all",
            on_click=_take_all_whole,
            args=(faceless,),
        )


def _take_all_whole(entries: Sequence[Entry]) -> None:
    for entry in entries:
        entry.ask_again(whole=True)


def problems(answered: Answered) -> None:
    """Every file that could not be read, each with its sentence."""
    refused = [result for _, result in answered if result.status is Status.REFUSED]
    if not refused:
        return
    title = f"{counted(len(refused), 'file was', 'files were')} not read"
    with st.expander(title, icon=":material/broken_image:", expanded=len(refused) <= _FEW):
        for result in refused:
            name = "" if result.name in result.message else f"**{plain(result.name)}**: "
            st.markdown(f"- {name}{plain(result.message)}")


_GROUPS = {answer: word.capitalize() for answer, word in HEADS[MASK].words.items()} | {None: "All"}


def chart(answered: Answered) -> None:
    """A small chart: faces by answer, and by mask where the model tells it; none where there is no face."""
    found = counted_answers(answered)
    if not found.empty:
        groups = tuple(name for name in _GROUPS.values() if name in set(found["group"]))
        from core.report.charts.answers import answer_counts  # which needs much memory, as what shows it
        from core.ui.components import chart_frame

        chart_frame.draw(answer_counts, found, groups)


def counted_answers(answered: Answered) -> pd.DataFrame:
    """Number of faces by group of masks and by answer: `group`, `answer`, `faces`."""
    numbers = Counter((_GROUPS[face.mask], label_of(face)) for _, result in answered for face in result.faces)
    return pd.DataFrame(
        [(group, answer, number) for (group, answer), number in numbers.items()], columns=["group", "answer", "faces"]
    )
