"""The trainings that there are: how far each is, and what can be done with it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from core.errors import AppError
from core.report import charts
from core.settings import model_folder, trainings_dir
from core.training.jobs import control
from core.training.jobs.plan import TRAIN
from core.training.jobs.status import DONE, FAILED, PAUSED, RUNNING, STOPPED, WAITING, Progress, last_words, read_all
from core.ui.components.chart_frame import spec_of
from core.ui.components.contents import bring_into_view
from core.ui.train.source import in_words
from core.ui.wording import plain

_LOOK_SECONDS = 2
_WORDS = {
    WAITING: "waiting",
    RUNNING: "running",
    PAUSED: "paused",
    STOPPED: "stopped",
    FAILED: "failed",
    DONE: "finished",
}
_COLOURS = {WAITING: "gray", RUNNING: "blue", PAUSED: "orange", STOPPED: "gray", FAILED: "red", DONE: "green"}
_SAID = "train_said"
_BEGUN = "train_begun"
ANCHOR = "trainings"
"""Of the section of trainings on the page."""


def trainings() -> None:
    """All trainings, the latest first; every two seconds those under way are looked at again, and for others."""
    found = read_all(trainings_dir())
    _watch(_states(found))
    name, _, words = _said()
    if words and name not in [progress.plan.name for progress in found]:
        st.error(plain(words), icon=":material/error:")
    if not found:
        st.caption("None yet. A training carries on when you leave this page, reload it or close the browser.")
        return
    for progress in found:
        if progress.is_under_way:
            _live(progress.work.name)
        else:
            _one(progress)


def has_begun(name: str) -> None:
    """Let the page, which is drawn anew, show the training that has just been begun."""
    st.session_state[_BEGUN] = name
    st.rerun()


def show_what_was_begun() -> None:
    """Say that a training was taken on, and bring it into view: the button was far below."""
    if (name := st.session_state.pop(_BEGUN, None)) is not None:
        # Whether it runs at once or waits for another is said by its own entry, which goes on to follow it.
        st.success(f"Training {plain(name)} has been added: follow it above.", icon=":material/model_training:")
        bring_into_view(ANCHOR)


def _states(found: Sequence[Progress]) -> list[tuple[str, str]]:
    return [(progress.work.name, progress.status.state) for progress in found]


@st.fragment(run_every=_LOOK_SECONDS)
def _watch(drawn: list[tuple[str, str]]) -> None:
    """Draw the page anew when a training begins, ends or goes, here or in another tab."""
    if _states(read_all(trainings_dir())) != drawn:
        st.rerun()


@st.fragment(run_every=_LOOK_SECONDS)
def _live(name: str) -> None:
    for progress in read_all(trainings_dir()):
        if progress.work.name == name:
            _one(progress)


def _one(progress: Progress) -> None:
    name, state = progress.plan.name, progress.status.state
    with st.container(border=True, key=f"training_{name}"):
        st.markdown(f"**{plain(name)}** &ensp; :{_COLOURS[state]}-badge[{_WORDS[state]}]")
        parent = plain(progress.plan.parent.rsplit("/", 1)[-1])
        begun = f"fine-tuned from {parent}" if parent else f"{plain(progress.plan.network)} from scratch"
        st.caption(f"{begun} · {progress.plan.recipe} · {progress.plan.size} px crops")
        if progress.is_under_way:
            st.progress(progress.share, text=plain(progress.words))
        if progress.status.message:
            show = st.error if state == FAILED else st.info
            show(plain(progress.status.message), icon=":material/error:" if state == FAILED else ":material/info:")
        if len(progress.history):
            _curves(progress)
        _buttons(progress)
        if said := last_words(progress.work):
            with st.expander("Log"):
                st.code(said, language=None, height=240, wrap_lines=True)
        if _said()[:2] == (name, state):
            st.error(plain(_said()[2]), icon=":material/error:")


def _curves(progress: Progress) -> None:
    left, right = st.columns(2, gap="medium")
    best = int(progress.history["epoch"].iloc[int(progress.history["val_loss"].to_numpy().argmin())])
    for place, measure in ((left, "accuracy"), (right, "loss")):
        with place:
            st.markdown(f"**{measure.capitalize()}**")
            spec = spec_of(charts.learning_curve, progress.history, measure, best)
            st.vega_lite_chart(spec, key=f"{measure}_{progress.plan.name}")


def _buttons(progress: Progress) -> None:
    status, name = progress.status, progress.plan.name
    learning = status.step == TRAIN
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if status.state == RUNNING:
            _button("Pause", ":material/pause_circle:", control.pause, progress)
        if status.state in (RUNNING, PAUSED) and learning:
            help_text = "End now, keep the best epoch so far, and test it."
            _button("Finish now", ":material/flag:", control.finish, progress, help_text, off=not len(progress.history))
        if progress.is_under_way:
            _button(
                "Stop",
                ":material/stop_circle:",
                control.stop,
                progress,
                "What is finished is kept.",
            )
        if status.state in (PAUSED, STOPPED, FAILED):
            _button("Continue", ":material/play_circle:", control.go_on, progress)
        if status.state == DONE and model_folder(name).is_dir():
            st.page_link(
                "pages/training_report.py",
                label="Open its report",
                icon=":material/query_stats:",
                query_params={"model": name},
            )
        if not progress.is_under_way:
            _button(
                "Remove",
                ":material/delete:",
                control.remove,
                progress,
                "Its face crops and log; a model stays.",
            )


def _button(
    word: str, icon: str, act: Callable[[Path], None], progress: Progress, help_text: str = "", *, off: bool = False
) -> None:
    st.button(
        word,
        icon=icon,
        key=f"{word}_{progress.plan.name}",
        help=help_text or None,
        disabled=off,
        on_click=_do,
        args=(act, progress),
    )


def _do(act: Callable[[Path], None], progress: Progress) -> None:
    st.session_state.pop(_SAID, None)
    try:
        act(progress.work)
    except AppError as error:
        st.session_state[_SAID] = progress.plan.name, progress.status.state, in_words(error)


def _said() -> tuple[str, str, str]:
    """Why the last thing that was wished could not be done: of which training, in which state, in words."""
    said: tuple[str, str, str] = st.session_state.get(_SAID, ("", "", ""))
    return said
