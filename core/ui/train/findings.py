"""What was found in the pictures, before anything is learned from them."""

import streamlit as st

from core.training.jobs.check import STOPS, WARNS, Finding
from core.types import Pixels
from core.ui.train.source import Checked
from core.ui.wording import plain

_SPLITS = {"train": "to learn from", "val": "to choose the best pass", "test": "to test the model"}
_THUMBNAIL = 80


def show(checked: Checked) -> None:
    """Counts, findings and contact sheets."""
    found = checked.found
    st.subheader("What is in them", anchor=False)
    st.markdown(f"**{found.pictures:,} pictures** of {plain(checked.given)} can be used.")
    if checked.held_out:
        st.caption(
            f"{checked.held_out:,} of them are put aside for the test, as the folder names none: the model's figures "
            "are of pictures that it has never seen. People in them may be seen in training, where a person has "
            "several pictures: then name the splits yourself."
        )
    counts = found.counts.assign(split=found.counts["split"].map(_SPLITS))
    st.dataframe(counts, hide_index=True, width="content", alt="Pictures by split and gender")
    for note in checked.notes[:5]:
        st.caption(plain(note))
    if len(checked.notes) > 5:
        st.caption(f"And {len(checked.notes) - 5} more files were left out.")
    for finding in found.findings:
        _finding(finding)
    if not found.findings:
        st.success("Nothing stands out.", icon=":material/check_circle:")
    bare, masked = st.columns(2, gap="medium")
    with bare:
        _sheet("Bare faces, as the network sees them", found.bare)
    with masked:
        title = "Faces in real masks" if checked.masked else "The same faces with drawn masks"
        _sheet(title, found.masked)


def _finding(finding: Finding) -> None:
    words = plain(finding.sentence)
    if finding.weight == STOPS:
        st.error(words, icon=":material/block:")
    elif finding.weight == WARNS:
        st.warning(words, icon=":material/warning:")
    else:
        st.info(words, icon=":material/info:")
    if finding.examples:
        with st.expander("For example"):
            st.markdown("\n".join(f"- {plain(example)}" for example in finding.examples))


def _sheet(title: str, crops: Pixels) -> None:
    if not len(crops):
        return
    st.markdown(f"**{title}**")
    alts = [f"{title}: face {number}" for number in range(1, len(crops) + 1)]
    st.image(list(crops), width=_THUMBNAIL, alt=alts)
