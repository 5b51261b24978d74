"""How a model was trained and how it does on test pictures, with intervals."""

import streamlit as st

from core.errors import RunError
from core.report.tables import confusion_cells
from core.ui.components.contents import Contents
from core.ui.navigation import require_router
from core.ui.report import summary as report
from core.ui.report.answers import confusion_matrix
from core.ui.report.attention import attention
from core.ui.report.choice import PAGE, choose_faces, places, saved_entry
from core.ui.report.data import faces_of
from core.ui.report.explorer import explorer
from core.ui.report.file import offer_report
from core.ui.report.learning import learning_curves
from core.ui.report.record import training_record
from core.ui.saved_runs import choose_run, say
from core.ui.wording import plain

require_router()
contents = Contents(PAGE)
st.title("Training report")
chooser, set_chooser, download = st.columns([3, 3, 2], vertical_alignment="bottom")
with chooser:
    run = choose_run(PAGE)
found = places(run)
choice = None
if found:
    with set_chooser:
        choice = choose_faces(run, found)
with download:
    offer_report(run)
for note in run.notes:
    st.warning(plain(note), icon=":material/warning:")

contents.header("Test results")
if isinstance(run.metrics, RunError):
    say(run.metrics)
if choice is not None:
    report.test_results(run, choice)
elif not isinstance(run.metrics, RunError):
    st.info("The saved figures hold no test set.", icon=":material/info:")

if not isinstance(run.metrics, RunError) and run.metrics.sets:
    contents.header("All test sets")
    report.comparison(list(run.metrics.sets), "report_measure", run.name)

contents.header("Learning curves")
learning_curves(run.history, run.metadata, run.name)

if choice is not None and faces_of(choice) is not None:
    explorer(choice, contents)
elif choice is not None and (entry := saved_entry(run, choice)) is not None:
    contents.header("Confusion matrix")
    if isinstance(run.predictions, RunError):
        say(run.predictions)
    confusion_matrix(confusion_cells(entry.metrics.confusion), choice.about, clickable=False)

attention(run, contents)

contents.header("How it was trained")
training_record(run.metadata)
contents.show()
