"""A video file on the page: read with progress, then its people, when they were seen, and an annotated copy."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from core.classify.file_names import safe_name
from core.errors import VideoError
from core.heads import TRAITS, Thresholds
from core.report import charts
from core.settings import VideoLimits
from core.ui import state
from core.ui.classify.live import counts, csv_button
from core.ui.components import chart_frame
from core.ui.components.contents import bring_into_view
from core.ui.given import own_name
from core.ui.sidebar import AnswerSettings
from core.ui.task import Task, Telling
from core.ui.wording import LABEL_WORDS, SURE_HELP, counted, percent, plain, whole_percent
from core.video.film.formats import NAMES
from core.video.reader import VideoFile, VideoResult, read_video

UPLOAD = "video_upload"
_FILM, _ANSWERED = state.HELD_VIDEO, "video_answered"
_READING, _JUST_HELD = "video_reading_now", "video_just_held"
_ANCHOR, _FOUND = "video-file", "in-this-video"
_MAX_POINTS = 2000
_LOOK_SECONDS = 0.3
_Asked = tuple[str, str, Thresholds]
_SURE = "Sure"
_COLUMNS = {_SURE: st.column_config.NumberColumn(format="%d %%", help=SURE_HELP)}
HELP = (
    f"{NAMES}, up to 100 MB and five minutes; up to 15 frames per second are analysed. "
    "The file stays in this session's memory."
)


@dataclass(frozen=True, slots=True)
class _Film:
    """A video of this session.

    Attributes:
        name: Its name.
        data: The file.
        digest: sha256 of it.
    """

    name: str
    data: bytes = field(repr=False)
    digest: str


@dataclass(frozen=True, slots=True, eq=False)
class _Answered:
    """A video that was read, and with what."""

    digest: str
    fingerprint: str
    thresholds: Thresholds
    outcome: VideoResult | VideoError


def from_file(settings: AnswerSettings) -> None:
    """The uploader of a video, and what was found in it."""
    st.header("Or a video file", anchor=_ANCHOR)
    if st.session_state.pop(_JUST_HELD, False):
        bring_into_view(_ANCHOR)
    file = st.file_uploader(
        "Drop a video here, or browse",
        key=UPLOAD,
        help=HELP,
        max_upload_size=VideoLimits().max_bytes // 2**20,
        on_change=_take,
    )
    film: _Film | None = st.session_state.get(_FILM)
    if film is None:
        return
    if file is None:
        with st.container(horizontal=True, vertical_alignment="center", key="video_held"):
            st.markdown(f"**{plain(film.name)}**", width="content")
            st.button(
                "Remove this video", icon=":material/delete:", key="video_remove", type="tertiary", on_click=forget
            )
    answered = before = st.session_state.get(_ANSWERED)
    asked = film.digest, settings.model.fingerprint, settings.thresholds
    if answered is None or answered.digest != film.digest or _READING in st.session_state:
        answered = _read(film, asked, settings)
    elif (answered.fingerprint, answered.thresholds) != asked[1:]:
        st.info("The settings in the sidebar have changed since this video was read.", icon=":material/tune:")
        if st.button("Read it again", icon=":material/refresh:", key="video_again"):
            answered = _read(film, asked, settings)
    if isinstance(answered.outcome, VideoError):
        st.warning(plain(answered.outcome.message), title="This video was not read", icon=":material/videocam_off:")
    else:
        st.subheader("In this video", anchor=_FOUND)
        if answered is not before:  # the page was too short to scroll as far when the video came
            bring_into_view(_FOUND)
        _result(film.name, answered.outcome)


def _take() -> None:
    """Follow the uploader; what it gave outlives it, as when the page changes."""
    file = st.session_state[UPLOAD]
    if file is None:
        forget()
    else:
        hold(own_name(file.name), file.getvalue())


def hold(name: str, data: bytes) -> None:
    """Make a video the one of this session, which the page brings into view when it shows it."""
    st.session_state[_FILM] = _Film(name, data, hashlib.sha256(data).hexdigest())
    st.session_state[_JUST_HELD] = True


def forget() -> None:
    """Forget the video, and what was found in it."""
    if (reading := st.session_state.pop(_READING, None)) is not None:
        reading[1].stop()
    st.session_state.pop(_FILM, None)
    st.session_state.pop(_ANSWERED, None)


def _reading_of(film: _Film, settings: AnswerSettings) -> Callable[[Telling], VideoResult]:
    def read(telling: Telling) -> VideoResult:
        def tell(share: float) -> None:
            telling.share = share

        model, thresholds = settings.model.classifier, settings.thresholds
        return read_video(VideoFile(film.data, film.name), model, thresholds, tell, telling.stopped.is_set)

    return read


def _read(film: _Film, asked: _Asked, settings: AnswerSettings) -> _Answered:
    """Read a video, or go on waiting for it; a click on Stop ends this run of the page, not the reading."""
    reading: tuple[_Asked, Task[VideoResult]] | None = st.session_state.get(_READING)
    if reading is None or reading[0][0] != film.digest:
        if reading is not None:
            reading[1].stop()
        reading = st.session_state[_READING] = asked, Task(_reading_of(film, settings), "Reading the video")
    asked, task = reading
    place = st.empty()
    with place.container(key="video_reading"):
        bar = st.progress(0.0, text=_words(task))
        st.button("Stop", icon=":material/stop_circle:", key="video_stop", on_click=task.stop)
        while task.wait(_LOOK_SECONDS):
            bar.progress(task.telling.share, text=_words(task))
    place.empty()
    del st.session_state[_READING]
    outcome: VideoResult | VideoError
    try:
        outcome = task.outcome()
    except VideoError as error:
        outcome = error
    answered = _Answered(*asked, outcome)
    st.session_state[_ANSWERED] = answered
    return answered


def _words(task: Task[VideoResult]) -> str:
    """How far it is, and how long it will take."""
    return f"{task.telling.words}: {percent(task.telling.share)}{task.time_left}"


def _result(name: str, result: VideoResult) -> None:
    counts(list(result.people), "People")
    st.caption(f"{counted(result.frames, 'frame', 'frames')} from {result.seconds:.1f} seconds of video were analysed.")
    for note in result.notes:
        st.warning(plain(note), icon=":material/info:")
    left, right = st.columns(2, gap="medium")
    with left:
        st.video(result.film)
    with right:
        if result.people:
            chart_frame.draw(charts.vote_timeline, _votes(result), result.seconds)
            st.dataframe(people_table(result), hide_index=True, column_config=_COLUMNS)
        else:
            st.info("No face was found in this video.", icon=":material/search_off:")
    with st.container(horizontal=True, gap="small"):
        csv_button(list(result.people), "above-the-mask-video.csv", "video_csv")
        st.download_button(
            "Annotated video",
            result.film,
            safe_name(name, set(), ".mp4"),
            "video/mp4",
            icon=":material/download:",
            on_click="ignore",
            key="video_film",
        )


def people_table(result: VideoResult) -> pd.DataFrame:
    """The people, in words."""
    return pd.DataFrame(
        {
            "Person": [person.number for person in result.people],
            "From (s)": [round(person.first, 1) for person in result.people],
            "To (s)": [round(person.last, 1) for person in result.people],
            "Answer": [LABEL_WORDS[person.decision.label] for person in result.people],
            _SURE: [whole_percent(max(p := person.prediction.p_female, 1 - p)) for person in result.people],
            **{
                head.name.capitalize(): [
                    head.word(head.answer(person.prediction, person.decision)) for person in result.people
                ]
                for head in TRAITS
            },
        }
    )


def _votes(result: VideoResult) -> pd.DataFrame:
    """The votes over time, of not more moments than a chart can show."""
    times = sorted({moment.second for moment in result.moments})
    shown = set(times[:: 1 + len(result.moments) // _MAX_POINTS])
    rows = [
        (moment.second, round(moment.p_female, 3), str(moment.person), moment.decision.label.value)
        for moment in result.moments
        if moment.second in shown
    ]
    return pd.DataFrame(rows, columns=["second", "p_female", "person", "answer"])
