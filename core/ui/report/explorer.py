"""The report's sections that follow one threshold: matrix, curves, calibration, groups, mistakes.

They are one fragment: when the slider moves or a cell is clicked, nothing else of the page runs.
"""

import streamlit as st

from core.ui.report.answers import ask_threshold, at_threshold, ranking
from core.ui.report.calibration import calibration, coverage
from core.ui.report.choice import Choice
from core.ui.report.groups import by_groups
from core.ui.report.mistakes import mistakes


@st.fragment
def explorer(choice: Choice) -> None:
    """All that can be seen in the predictions of the chosen faces, of which there is at least one."""
    st.header("Confusion matrix and threshold")
    threshold = ask_threshold(choice)
    at_threshold(choice, threshold)
    st.header("ROC and precision-recall")
    ranking(choice, threshold)
    left, right = st.columns(2, gap="medium")
    with left:
        st.header("Calibration")
        calibration(choice)
    with right:
        st.header("Risk and coverage")
        coverage(choice, threshold)
    st.header("Groups")
    by_groups(choice, threshold)
    st.header("Mistakes")
    mistakes(choice, threshold)
