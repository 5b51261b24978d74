"""From a folder of pictures to a model of one's own and its report."""

import streamlit as st

from core.ui.navigation import require_router
from core.ui.report.pictures import on_this_machine
from core.ui.train import runs, settings, source

require_router()
st.title("Train a model", anchor=False)
st.markdown(
    "Turn your own pictures into your own model. It is trained on this machine, tested on pictures it has not seen, "
    "and then listed beside the other models. Crops of the faces stay on this machine until you remove the training."
)
if not on_this_machine():
    st.info(
        "Training is available only in a browser on the machine that runs the dashboard: open this page there.",
        icon=":material/info:",
    )
    st.stop()

st.header("Trainings", anchor=runs.ANCHOR)
runs.trainings()
runs.show_what_was_begun()

st.header("New training", anchor=False)
beginning, recipe, size = settings.choose_size()
checked = source.choose_pictures(size)
if checked is not None:
    source.show_findings(checked)
    settings.start(checked, beginning, recipe, size)
