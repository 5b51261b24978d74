"""From a folder of pictures to a model of one's own and its report."""

import streamlit as st

from core.ui.navigation import require_router
from core.ui.report.pictures import on_this_machine
from core.ui.train import findings, runs, settings, source

require_router()
st.title("Train a model", anchor=False)
st.markdown(
    "From pictures of your own to a model of your own: it learns on this machine, is tested on pictures that it has "
    "not seen, and then stands beside the others. Crops of the faces are kept on this machine until you remove the "
    "training."
)
if not on_this_machine():
    st.info("Models are trained on the machine that runs the dashboard only: open it there.", icon=":material/info:")
    st.stop()

st.header("Trainings", anchor=False)
runs.trainings()

st.header("A new one", anchor=False)
beginning, recipe, size = settings.choose_size()
checked = source.choose(size)
if checked is not None:
    findings.show(checked)
    settings.start(checked, beginning, recipe, size)
