"""How a model was trained and how it does on test pictures, with intervals."""

import streamlit as st

from core.errors import RunError
from core.ui import report
from core.ui.navigation import require_router
from core.ui.report_record import training_record
from core.ui.saved_runs import choose_run, say
from core.ui.wording import plain

require_router()
st.title("Training report")
chooser, set_chooser = st.columns(2)
with chooser:
    run = choose_run("report_model")
for note in run.notes:
    st.warning(plain(note), icon=":material/warning:")

metrics = run.metrics
sets = [] if isinstance(metrics, RunError) else report.sorted_sets(metrics)
entry = None
if sets:
    with set_chooser:
        entry = report.choose_set(sets, "report_set")

st.header("Test results")
if isinstance(metrics, RunError):
    say(metrics)
elif entry is None:
    st.info("The saved figures hold no test set.", icon=":material/info:")
else:
    report.headline(metrics, entry)

st.header("Learning curves")
report.learning_curves(run.history, run.metadata)

if entry is not None:
    matrix, others = st.columns(2, gap="medium")
    with matrix:
        st.header("Confusion matrix")
        report.confusion(entry)
    with others:
        st.header("All test sets")
        report.comparison(sets, "report_measure")
    report.all_figures(sets)

st.header("How it was trained")
training_record(run.metadata)
