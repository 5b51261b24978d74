"""How a model was trained and how it does on test pictures, with intervals."""

import streamlit as st

from core.errors import RunError
from core.report.tables import confusion_cells
from core.ui.navigation import require_router
from core.ui.report import summary as report
from core.ui.report.answers import confusion_matrix
from core.ui.report.attention import attention
from core.ui.report.choice import choose_faces, places, saved_entry
from core.ui.report.data import faces_of
from core.ui.report.explorer import explorer
from core.ui.report.learning import learning_curves
from core.ui.report.record import training_record
from core.ui.saved_runs import choose_run, say
from core.ui.wording import plain

require_router()
st.title("Training report")
chooser, set_chooser = st.columns(2)
with chooser:
    run = choose_run("report_model")
found = places(run)
choice = None
if found:
    with set_chooser:
        choice = choose_faces(run, found)
for note in run.notes:
    st.warning(plain(note), icon=":material/warning:")

st.header("Test results")
if isinstance(run.metrics, RunError):
    say(run.metrics)
if choice is not None:
    report.test_results(run, choice)
elif not isinstance(run.metrics, RunError):
    st.info("The saved figures hold no test set.", icon=":material/info:")

if not isinstance(run.metrics, RunError) and run.metrics.sets:
    st.header("All test sets")
    report.comparison(list(run.metrics.sets), "report_measure")

st.header("Learning curves")
learning_curves(run.history, run.metadata)

if choice is not None and faces_of(choice) is not None:
    explorer(choice)
elif choice is not None and (entry := saved_entry(run, choice)) is not None:
    st.header("Confusion matrix")
    if isinstance(run.predictions, RunError):
        say(run.predictions)
    confusion_matrix(confusion_cells(entry.metrics.confusion), None)

attention(run)

st.header("How it was trained")
training_record(run.metadata)
