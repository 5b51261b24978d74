"""The report's sections that follow one threshold: matrix, curves, calibration, groups, mistakes.

They are one fragment: when the slider moves or a cell is clicked, nothing else of the page runs.
"""

import streamlit as st

from core.ui.components import address
from core.ui.components.contents import Contents
from core.ui.report.answers import ask_threshold, at_threshold, ranking
from core.ui.report.calibration import calibration, coverage
from core.ui.report.choice import PAGE, Choice
from core.ui.report.groups import by_groups
from core.ui.report.mistakes import MISTAKES, mistakes


@st.fragment
def explorer(choice: Choice, contents: Contents) -> None:
    """All that can be seen in the predictions of the chosen faces, of which there is at least one."""
    contents.header("Confusion matrix and threshold")
    threshold = ask_threshold(choice)
    at_threshold(choice, threshold)
    contents.header("ROC and precision-recall")
    ranking(choice, threshold)
    left, right = st.columns(2, gap="medium")
    with left:
        contents.header("Calibration")
        calibration(choice)
    with right:
        contents.header("Risk and coverage")
        coverage(choice, threshold)
    contents.header("Groups")
    by_groups(choice, threshold)
    contents.header(MISTAKES)
    mistakes(choice, threshold)
    address.write(PAGE)
