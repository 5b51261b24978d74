"""How a model was trained and how it does on test pictures, with intervals."""

import streamlit as st

from core.errors import RunError
from core.report.sections import AFTER_FACES, BEFORE_FACES, changes
from core.report.sections.faces import confusion_matrix
from core.ui.components.contents import Contents
from core.ui.navigation import require_router
from core.ui.report import summary as report
from core.ui.report.choice import PAGE, choose_faces, saved_entry, test_sets_of
from core.ui.report.data import faces_of, run_section
from core.ui.report.explorer import explorer
from core.ui.report.render import draw, draw_blocks
from core.ui.saved_runs import choose_run, say
from core.ui.wording import plain

require_router()
contents = Contents(PAGE)
st.title("Training report")
chooser, set_chooser, download = st.columns([3, 3, 2], vertical_alignment="bottom")
with chooser:
    run = choose_run(PAGE)
found = test_sets_of(run)
choice = None
if found:
    with set_chooser:
        choice = choose_faces(run, found)
with download:
    report.offer_report(run)
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

for build in BEFORE_FACES:
    draw(run_section(run, build), contents, (run.name,))

if choice is not None and faces_of(choice) is not None:
    explorer(choice, contents)
elif choice is not None and (entry := saved_entry(run, choice)) is not None:
    contents.header("Confusion matrix")
    if isinstance(run.predictions, RunError):
        say(run.predictions)
    draw_blocks((confusion_matrix(entry.metrics.confusion),), choice.about)

for build in AFTER_FACES:
    if build is not changes or not isinstance(run.predictions, RunError):  # the page has said so above
        draw(run_section(run, build), contents, (run.name,))
contents.show()
