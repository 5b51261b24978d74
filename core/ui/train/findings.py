"""What was found in the pictures, before anything is learned from them."""

import streamlit as st

from core.training.jobs.check import STOPS, WARNS, Finding
from core.types import Pixels
from core.ui.train.source import Checked
from core.ui.wording import counted, plain

_SPLITS = {"train": "training", "val": "validation (chooses the best epoch)", "test": "test"}
_THUMBNAIL = 80


def show(checked: Checked) -> None:
    """Counts, findings and contact sheets."""
    found = checked.found
    st.subheader("Data check", anchor=False)
    st.markdown(f"**{found.pictures:,} pictures** in {plain(checked.given)} can be used.")
    if checked.held_out:
        who = counted(checked.held_out, "of them is", "of them are")
        st.caption(
            f"{who} set aside for testing, as the folder has no test pictures of its own. "
            "If some people appear in several pictures, make the split yourself: otherwise the same person may be in "
            "training and in the test."
        )
    counts = found.counts.assign(split=found.counts["split"].map(_SPLITS))
    st.dataframe(counts, hide_index=True, width="content", alt="Pictures by split and gender")
    for note in checked.notes[:5]:
        st.caption(plain(note))
    if len(checked.notes) > 5:
        st.caption(f"{counted(len(checked.notes) - 5, 'more file was', 'more files were')} skipped.")
    for finding in found.findings:
        _finding(finding)
    if not found.findings:
        st.success("No problems found.", icon=":material/check_circle:")
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
        with st.expander("Examples"):
            st.markdown("\n".join(f"- {plain(example)}" for example in finding.examples))


def _sheet(title: str, crops: Pixels) -> None:
    if not len(crops):
        return
    st.markdown(f"**{title}**")
    alts = [f"{title}: face {number}" for number in range(1, len(crops) + 1)]
    st.image(list(crops), width=_THUMBNAIL, alt=alts)
