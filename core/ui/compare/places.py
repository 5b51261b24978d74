"""The sets of faces that models were tested on: one is chosen, and others offered where a peer has answers there."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from core.evaluation.external import saved_peers
from core.evaluation.test_sets import TEST, TestSet, hardest, sets_in
from core.settings import models_dir
from core.ui.saved_runs import forget_unless_in
from core.ui.wording import plain

_SET = "compare_set"


def places_in(predictions: Iterable[pd.DataFrame]) -> list[TestSet]:
    """All sets of some tables of predictions, in order."""
    return sets_in(pd.concat(list(predictions)))


def choose_place(predictions: Sequence[pd.DataFrame]) -> TestSet:
    """Let the user choose among the places of some models' predictions; at first the hardest of the first model."""
    places = places_in(predictions)
    names = [place.title for place in places]
    forget_unless_in(_SET, names)
    hard = hardest(predictions[0])
    index = 0 if hard is None else places.index(hard)
    name = st.selectbox("Faces", names, index=index, key=_SET, persist_state="session")
    return places[names.index(name)]


def saved_beside(place: TestSet) -> dict[str, Path]:
    """Files of peers' predictions on a place that are saved beside the models, by label."""
    return saved_peers(models_dir(), place.set, place.variant) if place.split == TEST else {}


def with_saved_peers(predictions: Sequence[pd.DataFrame]) -> list[TestSet]:
    """The places of some models' predictions that saved peers have answers on."""
    return [place for place in places_in(predictions) if saved_beside(place)]


def that_hold(files: Collection[str], predictions: Sequence[pd.DataFrame]) -> list[TestSet]:
    """The places of some models' predictions that hold all of some faces, by the names of their files."""
    wanted = set(files)
    return [
        place
        for place in places_in(predictions)
        if any(wanted <= set(place.rows(table)["file"]) for table in predictions)
    ]


def offer(places: Sequence[TestSet], why: str) -> None:
    """Say why other places would do, with a button that goes to each."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"offer_{why}"):
        st.markdown(plain(why), width="content")
        for place in places:
            st.button(
                f"Show {place.title}", key=f"offer_{why}_{place.title}", type="tertiary", on_click=_go_to, args=(place,)
            )


def _go_to(place: TestSet) -> None:
    st.session_state[_SET] = place.title
