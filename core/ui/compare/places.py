"""The sets of faces that models were tested on: one is chosen, and others offered where a peer has answers there."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import streamlit as st

from core.evaluation.external import saved_peers
from core.evaluation.hardest import hardest
from core.evaluation.names import TEST, set_name, variant_rank
from core.settings import models_dir
from core.ui.saved_runs import forget_unless_in
from core.ui.wording import plain

_SET = "compare_set"


class Place(NamedTuple):
    """A set of faces that a model was tested on."""

    set: str
    variant: str
    split: str

    @property
    def name(self) -> str:
        """Its readable name."""
        return set_name(*self)


def places_in(predictions: Iterable[pd.DataFrame]) -> list[Place]:
    """All places of some tables of predictions, test sets and real masks first."""
    columns = list(Place._fields)
    rows = pd.concat([table[columns] for table in predictions]).drop_duplicates()
    return sorted(
        (Place(*row) for row in rows.itertuples(index=False)),
        key=lambda place: (place.split != TEST, variant_rank(place.variant), place.set),
    )


def choose_place(predictions: Sequence[pd.DataFrame]) -> Place:
    """Let the user choose among the places of some models' predictions; at first the hardest of the first model."""
    places = places_in(predictions)
    names = [place.name for place in places]
    forget_unless_in(_SET, names)
    hard = hardest(predictions[0])
    index = 0 if hard is None else places.index(Place(hard[0], hard[2], hard[1]))
    name = st.selectbox("Faces", names, index=index, key=_SET, persist_state="session")
    return places[names.index(name)]


def faces_of(predictions: pd.DataFrame, place: Place) -> pd.DataFrame:
    """The rows of a place."""
    chosen = (predictions["set"] == place.set) & (predictions["variant"] == place.variant)
    faces: pd.DataFrame = predictions[chosen & (predictions["split"] == place.split)]
    return faces


def saved_beside(place: Place) -> dict[str, Path]:
    """Files of peers' predictions on a place that are saved beside the models, by label."""
    return saved_peers(models_dir(), place.set, place.variant) if place.split == TEST else {}


def with_saved_peers(predictions: Sequence[pd.DataFrame]) -> list[Place]:
    """The places of some models' predictions that saved peers have answers on."""
    return [place for place in places_in(predictions) if saved_beside(place)]


def that_hold(files: Collection[str], predictions: Sequence[pd.DataFrame]) -> list[Place]:
    """The places of some models' predictions that hold all of some faces, by the names of their files."""
    wanted = set(files)
    return [
        place
        for place in places_in(predictions)
        if any(wanted <= set(faces_of(table, place)["file"]) for table in predictions)
    ]


def offer(places: Sequence[Place], why: str) -> None:
    """Say why other places would do, with a button that goes to each."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"offer_{why}"):
        st.markdown(plain(why), width="content")
        for place in places:
            st.button(
                f"Show {place.name}", key=f"offer_{why}_{place.name}", type="tertiary", on_click=_go_to, args=(place,)
            )


def _go_to(place: Place) -> None:
    st.session_state[_SET] = place.name
