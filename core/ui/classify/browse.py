"""The answers to walk through: a gallery with filters, the chosen picture beside its cards, the score, the table."""

from collections.abc import Sequence

import streamlit as st

from core.ui import state
from core.ui.classify import checks, downloads, filters, results, table, uploads
from core.ui.classify.cards import one_picture
from core.ui.classify.checks import RIGHT, SAID_WORDS
from core.ui.classify.collection import NOT_A_FACE, Collection
from core.ui.classify.filters import Row
from core.ui.components import announcer, gallery
from core.ui.sidebar import AnswerSettings
from core.ui.wording import STATUS_WORDS, label_of, plain, sureness

# What the keys say of a face in the gallery, in the order of the buttons on its card; "" is the answer itself.
KEYS = {"1": "", "2": "female", "3": "male", "4": "uncertain", "5": NOT_A_FACE}
_SHOWN, _GALLERY, _FILTER, _ORDER = "shown_picture", "gallery", "faces_filter", "faces_order"
_GALLERY_HEIGHT = 344
_KEYS_HELP = (
    "Keys in the gallery: arrows to move; 1 right, 2 female, 3 male, 4 uncertain, 5 not a face. Each of these goes on "
    "to the next face."
)


def answers(settings: AnswerSettings) -> None:
    """Everything about the answered pictures."""
    # Outside of what a click draws anew: megabytes, which change with the pictures alone.
    gallery.pictures(_thumbnails(state.uploaded()))
    _answers(settings)


@st.fragment
def _answers(settings: AnswerSettings) -> None:
    """All but the small pictures; a click in it draws only this part of the page anew."""
    state.draw_all_where_asked()
    pictures = state.uploaded()
    answered = pictures.decided(settings.thresholds)
    if not pictures.stopped and pictures.pending(settings.model.fingerprint):
        st.rerun()  # something is to be answered again
    rows = filters.rows_of(answered)
    announcer.say(results.in_words(answered), "answers_said")
    if len(answered) > 1:
        results.summary(answered)
        results.problems(answered)
        results.offer_whole_pictures(answered)
        seen = _filtered(rows)
        row = _chosen(seen or rows)
        _gallery(seen, row)
    else:
        seen, row = rows, _chosen(rows)
    with st.container(key=_SHOWN):
        _walk(seen, row)
        one_picture(
            row.entry,
            row.result,
            settings.thresholds.gender,
            settings.model,
            remove=uploads.remove,
            first=row.number or 1,
        )
    checked = _score(rows)
    if len(answered) > 1:
        results.chart(answered)
        table.faces_table(seen, settings.thresholds.gender)
    downloads.buttons(answered, row.entry, row.result, hidden=len(rows) - len(seen))
    downloads.report(answered, settings, checked)


def _filtered(rows: Sequence[Row]) -> list[Row]:
    offered = filters.useful(rows)
    with st.container(horizontal=True, vertical_alignment="top", key="gallery_head"):
        chosen = (
            st.pills("Show only", offered, selection_mode="multi", key=_FILTER, wrap=True, persist_state="session")
            if offered
            else []
        )
        order = st.selectbox("Sort", list(filters.ORDERS), key=_ORDER, width=190, persist_state="session")
    return filters.shown(rows, chosen, order or next(iter(filters.ORDERS)))


def _chosen(rows: Sequence[Row]) -> Row:
    """The row that is shown: the chosen one, else one of its picture, else the first."""
    wanted = state.chosen()
    exact = next((row for row in rows if row.place == wanted), None)
    return exact or next((row for row in rows if row.entry.key == wanted[0]), rows[0])


def _gallery(seen: Sequence[Row], row: Row) -> None:
    if not seen:
        st.info("No face passes these filters.", icon=":material/filter_alt_off:")
        return
    places = {_id(*one.place): one for one in seen}

    def take(event: gallery.Event) -> None:
        for id, key in event.marks:
            if (marked := places.get(id)) and marked.face is not None:
                said = KEYS[key] or marked.face.label.value
                marked.entry.correct(marked.number, None if marked.said == said else said)
        if chosen := places.get(event.chosen):
            state.choose_face(*chosen.place, reveal=not event.marks)

    cells = [one.kept(_cell) for one in seen]
    label = "Faces: arrows to move, 1 to 5 to check the answer"
    gallery.show(
        _GALLERY,
        label,
        cells,
        _id(*row.place),
        take,
        shows=_SHOWN,
        reveal=state.revealed(),
        focus=state.focused(),
        height=_GALLERY_HEIGHT,
        keys=list(KEYS),
    )
    with st.container(key="gallery_keys"):
        st.caption(_KEYS_HELP)


def _id(key: int, number: int) -> str:
    return f"{key}.{number}"


def _thumbnails(pictures: Collection) -> dict[str, str]:
    """The faces of all answered pictures by the ids of their cells, as data URIs."""
    found = dict[str, str]()
    for entry in pictures:
        if entry.result is None:
            continue
        if entry.thumbnails is None:
            entry.thumbnails = tuple(gallery.thumbnail(face.crop) for face in entry.result.faces)
        found |= {_id(entry.key, number): picture for number, picture in enumerate(entry.thumbnails, start=1)}
    return found


def _cell(row: Row) -> gallery.Cell:
    face, id, name = row.face, _id(*row.place), row.entry.name
    if face is None:
        state_words = STATUS_WORDS[row.result.status]
        return gallery.Cell(id, state_words, name, f"{state_words} {name}")
    said = "" if row.said is None else RIGHT if row.said == face.label.value else SAID_WORDS[row.said]
    mark = "" if not said else "\N{CHECK MARK}" if said == RIGHT else said
    # It begins with what is seen, so that who says what they see is understood.
    alt = f"{label_of(face)} {sureness(face)}, face {row.number} of {name}"
    alt += f"; you say: {said}" if said else ""
    return gallery.Cell(id, label_of(face), sureness(face), alt, face.label.value, mark)


def _walk(seen: Sequence[Row], row: Row) -> None:
    """Where in the list one is, with a step to either side, and what can be done to all."""
    places = [one.place for one in seen]
    index = places.index(row.place) if row.place in places else 0
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="pager"):
        if len(places) > 1:
            _step("Previous", ":material/chevron_left:", places, index - 1)
            st.markdown(f"**{index + 1}** of **{len(places)}**", width="content")
            _step("Next", ":material/chevron_right:", places, index + 1)
        st.markdown(plain(row.entry.name), width="stretch")
        if len(state.uploaded()) > 1:
            st.button("Clear all", icon=":material/delete_sweep:", key="clear", type="tertiary", on_click=uploads.clear)


def _step(word: str, icon: str, places: Sequence[tuple[int, int]], to: int) -> None:
    there = 0 <= to < len(places)
    st.button(
        word,
        icon=icon,
        icon_position="right" if word == "Next" else "left",
        key=f"turn_{word}",
        disabled=not there,
        on_click=state.choose_face,
        args=places[to] if there else (0, 0),
    )


def _score(rows: Sequence[Row]) -> str:
    """Show how the answers did on the faces that were checked; returns that sentence, "" where none was."""
    found = checks.score(rows)
    if not found.checked:
        return ""
    words = checks.sentence(found)
    with st.container(border=True, key="score"):
        st.markdown(words)
        st.caption("The faces you checked may not be typical of the rest: for a fair figure, check a random sample.")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            with st.popover("As a matrix", type="tertiary", icon=":material/grid_on:"):
                st.table(checks.confusion(rows))
            st.download_button(
                "Checked faces as a data set (ZIP)",
                lambda: checks.data_set(rows),
                "above-the-mask-checked.zip",
                "application/zip",
                icon=":material/download:",
                on_click="ignore",
                key="checked_zip",
                help="A folder of women and one of men, as the Train page and `prepare` read them.",
            )
    return words
