"""All models on the user's own pictures: those of the front page, face by face, where they differ first."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.classify.decision import apply_thresholds
from core.classify.panel import PanelFace, panel
from core.errors import ModelError
from core.report.blocks import data_uri
from core.results import ImageResult
from core.settings import PREFERRED_MODELS
from core.ui import loaders, state
from core.ui.classify.collection import Entry
from core.ui.sidebar import MODEL_HELP
from core.ui.wording import counted, label_of, listed, plain, sureness

_ANSWERS = "compare_own_answers"
_AT_FIRST, _ROW_PX, _CROP_PX = 4, 60, 96
_SAID = "you say"


def own_pictures() -> None:
    """The section; a sentence where there are no pictures, or no two models that load."""
    entries = list(state.uploaded())
    if not entries:
        st.info(
            "No pictures yet: add some on the page *Classify* to see here what each model answers.",
            icon=":material/info:",
        )
        return
    names = sorted(loaders.store().names(), key=lambda name: (name not in PREFERRED_MODELS[:1], name))
    chosen = st.multiselect(
        "Models",
        names,
        names[:_AT_FIRST],
        key="compare_own_models",
        format_func=listed,
        help=MODEL_HELP,
        persist_state="session",
    )
    if len(chosen) < 2:
        st.info("Choose at least two models to compare.", icon=":material/info:")
        return
    if st.button("Run them on my pictures", key="compare_own_ask", type="primary"):
        st.session_state[_ANSWERS] = _ask(chosen, entries)
    answers: dict[str, dict[str, ImageResult]] = st.session_state.get(_ANSWERS, {})
    known = {name: answers[name] for name in chosen if name in answers}
    # Pictures that came since, or models that were chosen since, wait for the button.
    asked = [entry for entry in entries if all(_key(entry) in of_model for of_model in known.values())]
    if known:
        _say_what_waits([name for name in chosen if name not in known], len(entries) - len(asked))
    if len(known) > 1 and asked:
        _show({name: [of_model[_key(entry)] for entry in asked] for name, of_model in known.items()}, asked)


def _say_what_waits(models: Sequence[str], pictures: int) -> None:
    parts = [*map(plain, models)] + ([counted(pictures, "picture")] if pictures else [])
    if parts:
        st.info(f"No answers yet: {', '.join(parts)}.", icon=":material/info:")


def _ask(names: Sequence[str], entries: Sequence[Entry]) -> dict[str, dict[str, ImageResult]]:
    """What each model says, by model and picture; a model that does not load is said and left out."""
    bar, answers, total = st.progress(0.0), dict[str, dict[str, ImageResult]](), len(names) * len(entries)
    for number, name in enumerate(names):
        try:
            classifier = loaders.load(name).classifier
        except ModelError as error:
            st.warning(plain(error.message), icon=":material/warning:")
            continue
        thresholds, mine = classifier.model.metadata.thresholds, dict[str, ImageResult]()
        for whole in (False, True):
            group = [entry for entry in entries if entry.whole is whole]
            results = classifier.classify_many([entry.source() for entry in group], assume_crop=whole)
            for entry, result in zip(group, results, strict=True):
                mine[_key(entry)] = apply_thresholds(result, thresholds)
                done = number * len(entries) + len(mine)
                bar.progress(
                    done / total, text=f"{name}: {len(mine)} of {counted(len(entries), 'picture', 'pictures')}"
                )
        answers[name] = mine
    bar.empty()
    return answers


def _key(entry: Entry) -> str:
    return f"{entry.digest} {entry.name} {entry.whole}"


def _show(results: dict[str, list[ImageResult]], entries: Sequence[Entry]) -> None:
    faces = panel(results)
    if not faces:
        st.info("There is no face in these pictures.", icon=":material/info:")
        return
    contested = sum(face.is_contested for face in faces)
    partly = sum(not face.is_alike for face in faces) - contested
    alike = len(faces) - contested - partly
    st.markdown(
        f"**{counted(len(faces), 'face', 'faces')}**: the models contradict each other on {contested}, "
        f"some answer and some are uncertain on {partly}, and all agree on {alike}. Each uses its own threshold."
    )
    corrections = {(entry.name, number): said for entry in entries for number, said in entry.corrections.items()}
    checked = [face for face in faces if corrections.get((face.file, face.number)) in ("female", "male")]
    if checked:
        right = {
            name: sum(face.answers[name].label.value == corrections[face.file, face.number] for face in checked)
            for name in results
        }
        words = ", ".join(f"{plain(name)} {number}" for name, number in right.items())
        st.markdown(f"Right on the {counted(len(checked), 'face', 'faces')} you labelled: {words}.")
    _table(faces, list(results), corrections)


def _table(faces: Sequence[PanelFace], names: Sequence[str], corrections: dict[tuple[str, int], str]) -> None:
    columns: dict[str, list[Any]] = {
        "face": [data_uri(face.crop, _CROP_PX) for face in faces],
        **{name: [_said(face, name) for face in faces] for name in names},
    }
    if corrections:
        said = (corrections.get((face.file, face.number), "") for face in faces)
        columns[_SAID] = [word.replace("_", " ") for word in said]
    # Last, as a phone shows the first few columns alone.
    columns |= {"picture": [face.file for face in faces], "number": [face.number for face in faces]}
    config: dict[str, Any] = {"face": st.column_config.ImageColumn("face", width="small", pinned=True)}
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        column_config=config,
        row_height=_ROW_PX,
        key="compare_own_table",
        alt="Each face with every model's answer, disagreements first",
    )


def _said(face: PanelFace, name: str) -> str:
    answer = face.answers[name]
    return f"{label_of(answer)}, {sureness(answer)}"
