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


def test_sets_in(predictions: Iterable[pd.DataFrame]) -> list[TestSet]:
    """All sets of some tables of predictions, in order."""
    return sets_in(pd.concat(list(predictions)))


def choose_test_set(predictions: Sequence[pd.DataFrame]) -> TestSet:
    """Let the user choose among the test sets of some models' predictions; at first the hardest of the first model."""
    test_sets = test_sets_in(predictions)
    names = [test_set.title for test_set in test_sets]
    forget_unless_in(_SET, names)
    hard = hardest(predictions[0])
    index = 0 if hard is None else test_sets.index(hard)
    name = st.selectbox("Faces", names, index=index, key=_SET, persist_state="session")
    return test_sets[names.index(name)]


def saved_beside(test_set: TestSet) -> dict[str, Path]:
    """Files of peers' predictions on a test set that are saved beside the models, by label."""
    return saved_peers(models_dir(), test_set.set, test_set.variant) if test_set.split == TEST else {}


def with_saved_peers(predictions: Sequence[pd.DataFrame]) -> list[TestSet]:
    """The test sets of some models' predictions that saved peers have answers on."""
    return [test_set for test_set in test_sets_in(predictions) if saved_beside(test_set)]


def that_hold(files: Collection[str], predictions: Sequence[pd.DataFrame]) -> list[TestSet]:
    """The test sets of some models' predictions that hold all of some faces, by the names of their files."""
    wanted = set(files)
    return [
        test_set
        for test_set in test_sets_in(predictions)
        if any(wanted <= set(test_set.rows(table)["file"]) for table in predictions)
    ]


def offer(test_sets: Sequence[TestSet], why: str) -> None:
    """Say why other test sets would do, with a button that goes to each."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"offer_{why}"):
        st.markdown(plain(why), width="content")
        for test_set in test_sets:
            st.button(
                f"Show {test_set.title}",
                key=f"offer_{why}_{test_set.title}",
                type="tertiary",
                on_click=_go_to,
                args=(test_set,),
            )


def _go_to(test_set: TestSet) -> None:
    st.session_state[_SET] = test_set.title
