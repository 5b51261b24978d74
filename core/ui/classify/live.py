"""Live video: the camera's moving picture with the answers drawn in, and the tally of who was seen."""

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

import av
import cv2
import numpy as np
import streamlit as st
from aiortc.mediastreams import VIDEO_TIME_BASE, MediaStreamError, MediaStreamTrack
from aiortc.rtcrtpreceiver import RemoteStreamTrack
from streamlit.runtime import Runtime
from streamlit_webrtc import VideoSinkTrack, WebRtcMode, webrtc_streamer
from streamlit_webrtc.relay import get_global_relay

from core.classify.exports import rows_to_csv
from core.heads import Thresholds
from core.types import Pixels
from core.ui.sidebar import AnswerSettings
from core.ui.wording import counted
from core.video.camera import LiveVideo
from core.video.people import PEOPLE_COLUMNS, Person, apply_thresholds, count_answers

CAMERA = "live_camera"
VIDEO = "live_video"
CONNECT_SECONDS, FIGURES_SECONDS = 10, 2.0
CONSTRAINTS = {"video": {"width": {"ideal": 640}, "height": {"ideal": 480}, "frameRate": {"ideal": 30}}, "audio": False}
PRIVACY = (
    "The camera is on from Start to Stop, and only while this tab is open. Frames are answered and discarded: none is "
    "stored or sent to anyone else."
)
NO_MORE = "If the camera was unplugged or is in use by another program, reconnect it, then press Stop and Start."
NO_CONNECTION = (
    "The camera's picture is not getting through. If the dashboard runs on another machine, a firewall may be in the "
    "way, and a TURN server is needed: see docs/dashboard.md. The **Webcam** tab takes single pictures and needs none."
)
HELP_TITLE = "No video?"
HELP = """
- *NotAllowedError*: **allow the camera** when the browser asks; if you denied it before, click the camera icon in the
  address bar.
- *NotReadableError*: **only one program** can use a camera at a time. Close video calls and other tabs that show it.
- *NotFoundError*: **plug in a camera**, then press Start; if it was unplugged in the meantime, press Stop, then Start.
- **Browsers allow cameras on secure addresses only**: `localhost`, or an address that begins with `https`.
"""
ANEW = "The tally follows the sidebar, which has changed since; the model was not run again."
_SINCE, _DECIDED, _ANSWERS = "live_since", "live_decided", "live_answers"
_NOTHING = "\N{EN DASH}"


class Answers(MediaStreamTrack):
    """The drawn pictures on their way to the browser: the newest one, as soon as it is drawn.

    Were one sent whenever a frame comes, as streamlit-webrtc's own track does it, two frames that come at nearly the
    same time would cost one picture: at the second the first one is not drawn yet. Pictures have the time at which
    they are drawn. With the camera's, browsers would wait for as long as the slowest frames take.
    """

    kind = "video"

    def __init__(self, live: LiveVideo) -> None:
        """Get ready; `mirror` says how the frames that come from then on are taken."""
        super().__init__()
        self.mirror = False
        self._live = live
        self._newest: av.VideoFrame | None = None
        self._change = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begin = time.monotonic()

    def answer(self, frame: av.VideoFrame) -> None:
        """Hand a frame of the camera over.

        This runs where all sessions' packets are handled, so it does no more than that.
        """
        self._live.offer(partial(taken, frame, mirror=self.mirror), self._give)

    def _give(self, drawn: Pixels) -> None:
        """Send a drawn picture; from the thread that draws."""
        picture = av.VideoFrame.from_ndarray(as_sent(drawn), format="yuv420p")
        picture.pts, picture.time_base = round((time.monotonic() - self._begin) / VIDEO_TIME_BASE), VIDEO_TIME_BASE
        self._newest = picture
        self._wake()

    async def recv(self) -> av.VideoFrame:
        """The newest picture that was not sent yet; waits for one.

        Raises:
            MediaStreamError: Once the video has ended.
        """
        self._loop = asyncio.get_running_loop()
        while self._newest is None and self.readyState == "live":
            await self._change.wait()
            self._change.clear()
        picture, self._newest = self._newest, None
        if picture is None:
            raise MediaStreamError
        return picture

    def stop(self) -> None:
        """End the video; from any thread."""
        super().stop()
        self._live.stop()
        self._wake()

    def _wake(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._change.set)


def camera(settings: AnswerSettings) -> None:
    """The moving picture, and beside it how it is doing and who was seen; the sidebar holds at once."""
    live = _live(settings)
    answers = _answers(live)
    answers.mirror = settings.mirror
    _never_a_queue()
    left, right = st.columns([3, 2], gap="medium")
    with left:
        context = webrtc_streamer(
            key=CAMERA,
            mode=WebRtcMode.SENDRECV,
            rtc_configuration={"iceServers": ice_servers()},
            media_stream_constraints=CONSTRAINTS,
            # Of all sources that it knows, streamlit-webrtc ends a player's track alone when the video ends.
            player_factory=lambda: SimpleNamespace(video=answers, audio=None),  # type: ignore[arg-type, return-value]
            sink_video_track=VideoSinkTrack(answers.answer),
        )
        active = context.state.playing or context.state.signalling
        if not active:
            live.stop()
            st.session_state.pop(_SINCE, None)
        _buttons(live, active, settings.thresholds)
        with st.expander(HELP_TITLE, icon=":material/videocam_off:"):
            st.markdown(HELP)
        st.caption(PRIVACY)
    with right:
        # Not while the connection is made: what is drawn anew then gets in the way of it.
        every = FIGURES_SECONDS if context.state.playing else CONNECT_SECONDS + 1.0 if active else None
        st.fragment(_figures, run_every=every)(live, active, settings.thresholds)


def _never_a_queue() -> None:
    """Let frames on their way to the browser replace each other.

    streamlit-webrtc has them wait in line: on a machine that is too slow to encode them, with two sessions for
    example, the picture would lag seconds behind. Those that come from the browser may wait: `LiveVideo` takes them at
    once and chooses among them, and of two that come together one would be lost.
    """
    if not _served():
        return
    relay = get_global_relay()
    if not isinstance(relay.subscribe, partial):
        relay.subscribe = partial(_subscribe, relay.subscribe)  # type: ignore[method-assign]


def _subscribe(to: Callable[..., MediaStreamTrack], track: MediaStreamTrack, buffered: bool = True) -> MediaStreamTrack:
    return to(track, buffered=buffered and isinstance(track, RemoteStreamTrack))


def _served() -> bool:
    """Whether there is a server, and not what stands for it where Streamlit tests a page."""
    return Runtime.exists() and type(Runtime.instance()) is Runtime


def _live(settings: AnswerSettings) -> LiveVideo:
    classifier = settings.model.classifier
    if VIDEO not in st.session_state:
        st.session_state[VIDEO] = LiveVideo(classifier, settings.thresholds)
    live: LiveVideo = st.session_state[VIDEO]
    live.use(classifier, settings.thresholds)
    return live


def _answers(live: LiveVideo) -> Answers:
    answers: Answers | None = st.session_state.get(_ANSWERS)
    if answers is None or answers.readyState != "live":
        answers = st.session_state[_ANSWERS] = Answers(live)
    return answers


def taken(frame: av.VideoFrame, *, mirror: bool) -> Pixels:
    """A frame's pixels, uint8 RGB (height, width, 3)."""
    pixels = frame.to_ndarray(format="rgb24")
    return np.ascontiguousarray(pixels[:, ::-1] if mirror else pixels, dtype=np.uint8)


def as_sent(pixels: Pixels) -> Pixels:
    """A picture, uint8 RGB (height, width, 3), in the form that video is sent in, which needs even sides."""
    height, width = (side // 2 * 2 for side in pixels.shape[:2])
    return np.asarray(cv2.cvtColor(pixels[:height, :width], cv2.COLOR_RGB2YUV_I420), dtype=np.uint8)


def ice_servers() -> list[dict[str, Any]]:
    """The TURN servers of the secrets; none, and so no request to any other machine, where they name none."""
    try:
        turn = st.secrets["turn"]
    except (KeyError, FileNotFoundError):
        return []
    servers = [turn] if isinstance(turn, Mapping) else turn
    return [{key: _plain(value) for key, value in server.items()} for server in servers]


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else list(value)


def _people(live: LiveVideo, active: bool, thresholds: Thresholds) -> tuple[list[Person], bool]:
    """Everybody who was seen, and whether they were decided anew, as the sidebar was changed after Stop."""
    people = live.people()
    if active:
        st.session_state[_DECIDED] = thresholds
    anew = bool(people) and st.session_state.get(_DECIDED, thresholds) != thresholds
    # Who left while it ran was decided as the sidebar was then.
    return apply_thresholds(people, thresholds), anew


def _figures(live: LiveVideo, active: bool, thresholds: Thresholds) -> None:
    statistics, (people, anew) = live.statistics(), _people(live, active, thresholds)
    runs = active and statistics.drawn > 0
    with st.container(horizontal=True, gap="medium", key="live_speed"):
        st.metric("Frames per second", f"{statistics.per_second:.0f}" if runs else _NOTHING, width="content")
        st.metric("Delay", f"{statistics.delay_ms:.0f} ms" if runs else _NOTHING, width="content")
    counts(people, "Faces seen")
    came, silent = _since_start(statistics.offered) if active else (False, False)
    if silent and came:
        st.warning(NO_MORE, title="No new picture", icon=":material/videocam_off:")
    elif silent:
        st.warning(NO_CONNECTION, title="No picture yet", icon=":material/cloud_off:")
    elif people:
        st.caption("A face that leaves the picture and comes back is counted again." + (f" {ANEW}" if anew else ""))
    elif not active:
        st.caption("Press Start: each face is followed, and its answer is the vote of many frames.")
    if statistics.failed:
        st.caption(f"{counted(statistics.failed, 'frame', 'frames')} could not be answered; see the program's log.")


def _buttons(live: LiveVideo, active: bool, thresholds: Thresholds) -> None:
    people = [] if active else _people(live, active, thresholds)[0]
    with st.container(horizontal=True, gap="small", key="live_buttons"):
        csv_button(people, "above-the-mask-live.csv", "live_csv", help="Available after Stop.")
        st.button("Reset count", icon=":material/restart_alt:", key="live_reset", type="tertiary", on_click=live.reset)


def _since_start(offered: int) -> tuple[bool, bool]:
    """Whether a frame has come since the start, and whether none has come for so long that none can be expected."""
    now = time.monotonic()
    first, last, at = st.session_state.get(_SINCE, (offered, offered, now))
    if offered != last:
        last, at = offered, now
    st.session_state[_SINCE] = first, last, at
    return last != first, now - at >= CONNECT_SECONDS


def counts(people: list[Person], name: str) -> None:
    """How many people were seen, and their answers."""
    seen = count_answers(people)
    shown = [(name, seen.faces), ("Female", seen.female), ("Male", seen.male), ("Uncertain", seen.uncertain)]
    if seen.masked is not None:
        shown.append(("Masked", seen.masked))
    with st.container(horizontal=True, gap="medium", key=f"counts_{name}"):
        for label, count in shown:
            st.metric(label, count, width="content")


def csv_button(people: list[Person], file_name: str, key: str, help: str | None = None) -> None:
    """The people as a CSV file; not to be pressed where there is nobody."""
    st.download_button(
        "People (CSV)",
        people_csv(people),
        file_name,
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=key,
        disabled=not people,
        help=help,
    )


def people_csv(people: list[Person]) -> str:
    """One row a person; spreadsheets need the byte order mark to take it for UTF-8."""
    return rows_to_csv((person.to_row() for person in people), PEOPLE_COLUMNS, byte_order_mark=True)
