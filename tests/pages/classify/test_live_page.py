"""The Live video tab of the front page, as far as it goes without a camera."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

import av
import numpy as np
import pytest
import streamlit as st
from aiortc import MediaStreamTrack
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpreceiver import RemoteStreamTrack
from streamlit.testing.v1 import AppTest
from streamlit_webrtc import VideoSinkTrack

from core.heads import Thresholds
from core.results import Decision, Label, Prediction, Provenance, Reason
from core.types import Pixels
from core.ui.classify import live
from core.ui.classify.live import CAMERA, NO_CONNECTION, VIDEO, Answers, ice_servers, people_csv
from core.video.camera import LiveStatistics, LiveVideo
from core.video.people import Person
from tests.pages.front_page import metrics, texts

TAB = "Live video"
T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: a browser test before this one may have left a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def test_nothing_runs_while_the_tab_is_closed(app: AppTest) -> None:
    app.run()
    assert CAMERA not in app.session_state
    assert VIDEO not in app.session_state


@pytest.mark.usefixtures("without_server")
def test_an_open_tab_waits_for_start(app: AppTest) -> None:
    app.query_params["input"] = TAB
    app.run()
    assert not app.exception
    assert not app.file_uploader or "Drop pictures here" not in app.file_uploader[0].label
    assert "Press Start" in texts(app)
    assert metrics(app)["Faces seen"] == "0"
    assert NO_CONNECTION not in texts(app)


def test_the_picture_is_mirrored_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:, :32] = 200
    offered = []
    monkeypatch.setattr(LiveVideo, "offer", lambda self, take, give: offered.append(take()))
    answers, frame = Answers(LiveVideo.__new__(LiveVideo)), av.VideoFrame.from_ndarray(pixels, format="rgb24")
    for answers.mirror in (False, True):
        answers.answer(frame)
    assert [int(pixels[20, 10, 0]) > 150 for pixels in offered] == [True, False]


def relay_of_the_page(monkeypatch: pytest.MonkeyPatch) -> MediaRelay:
    relay = MediaRelay()
    monkeypatch.setattr(live, "_served", lambda: True)
    monkeypatch.setattr(live, "get_global_relay", lambda: relay)
    live._never_a_queue()
    live._never_a_queue()  # as at every run of the page
    return relay


def numbered(number: int) -> av.VideoFrame:
    frame = av.VideoFrame(16, 16, "yuv420p")
    frame.pts = number
    return frame


def test_a_slow_browser_gets_the_newest_frame_and_never_a_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    class Camera(MediaStreamTrack):
        kind = "video"
        taken = 0

        async def recv(self) -> av.VideoFrame:
            await asyncio.sleep(0.001)
            self.taken += 1
            return numbered(self.taken)

    async def lags() -> list[int]:
        relay, camera = relay_of_the_page(monkeypatch), Camera()
        browser, behind = relay.subscribe(camera), []
        for _ in range(4):
            frame = await browser.recv()
            behind.append(camera.taken - frame.pts)
            await asyncio.sleep(0.05)
        browser.stop()
        return behind

    assert max(run(lags())) <= 1


def test_of_two_frames_that_come_together_none_is_lost_on_the_way_in(monkeypatch: pytest.MonkeyPatch) -> None:
    async def come() -> list[int]:
        camera, taken = RemoteStreamTrack("video"), list[int]()
        sink = VideoSinkTrack(lambda frame: taken.append(frame.pts))
        sink.addTrack(relay_of_the_page(monkeypatch).subscribe(camera))
        sink.start()
        for number in range(6):
            camera._queue.put_nowait(numbered(number))
            if number % 2:
                await asyncio.sleep(0.01)
        for _ in range(200):  # a busy machine may be at the last pair yet
            if len(taken) < 6:
                await asyncio.sleep(0.01)
        sink.stop()
        return taken

    assert run(come()) == [0, 1, 2, 3, 4, 5]


def test_a_camera_that_falls_silent_is_said_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, state = [100.0], {}
    monkeypatch.setattr(live.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(live.st, "session_state", state)
    assert live._since_start(7) == (False, False)
    clock[0] += live.CONNECT_SECONDS
    assert live._since_start(7) == (False, True), "nothing came since the start"
    assert live._since_start(8) == (True, False)
    clock[0] += live.CONNECT_SECONDS - 1
    assert live._since_start(8) == (True, False)
    clock[0] += 1
    assert live._since_start(8) == (True, True), "it came and comes no more"


def test_the_page_says_what_is_wrong_and_nothing_too_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, told = [100.0], []
    video = LiveVideo.__new__(LiveVideo)
    monkeypatch.setattr(live.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(live.st, "session_state", {})
    monkeypatch.setattr(live.st, "warning", lambda text, **_: told.append(text))
    monkeypatch.setattr(live.st, "caption", told.append)
    monkeypatch.setattr(LiveVideo, "people", lambda self: [])

    def figures(offered: int, failed: int = 0, *, active: bool) -> list[str]:
        monkeypatch.setattr(LiveVideo, "statistics", lambda self: LiveStatistics(offered, 0, 0.0, 0.0, 0.0, failed))
        told.clear()
        live._figures(video, active, Thresholds())
        return list(told)

    assert "Press Start" in figures(5, active=False)[0]
    clock[0] += 60
    assert figures(5, active=True) == [], "it has only just begun"
    clock[0] += live.CONNECT_SECONDS
    assert figures(5, active=True) == [NO_CONNECTION]
    assert figures(6, active=True) == []
    clock[0] += live.CONNECT_SECONDS
    assert figures(6, active=True) == [live.NO_MORE]
    assert "2 frames could not be answered" in figures(7, 2, active=True)[0]


@pytest.mark.parametrize("size", [(48, 64), (47, 63)])
def test_a_drawn_picture_is_sent_with_its_colours(monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    pixels = np.zeros((*size, 3), np.uint8)
    pixels[:, :32] = (200, 40, 90)

    monkeypatch.setattr(LiveVideo, "offer", lambda self, take, give: give(pixels))

    async def received() -> av.VideoFrame:
        answers = Answers(LiveVideo.__new__(LiveVideo))
        answers.answer(av.VideoFrame(64, 48, "yuv420p"))
        return await answers.recv()

    sent = run(received())
    assert (sent.height, sent.width) == (size[0] // 2 * 2, size[1] // 2 * 2)
    shown = sent.to_ndarray(format="rgb24").astype(int)
    assert np.abs(shown[10, 10] - (200, 40, 90)).max() < 6
    assert shown[10, 50].max() < 6


def test_a_picture_is_sent_as_soon_as_it_is_drawn_and_the_newest_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing, drawn, stopped = ThreadPoolExecutor(1), list[Future[None]](), list[LiveVideo]()

    def offer(self: LiveVideo, take: Callable[[], Pixels], give: Callable[[Pixels], None]) -> None:
        drawn.append(drawing.submit(lambda: give(take())))

    monkeypatch.setattr(LiveVideo, "offer", offer)
    monkeypatch.setattr(LiveVideo, "stop", lambda self: stopped.append(self))

    def frame(shade: int) -> av.VideoFrame:
        return av.VideoFrame.from_ndarray(np.full((16, 16, 3), shade, np.uint8), format="rgb24")

    async def received() -> list[av.VideoFrame]:
        answers = Answers(LiveVideo.__new__(LiveVideo))
        waits = asyncio.ensure_future(answers.recv())
        await asyncio.sleep(0)
        answers.answer(frame(50))
        found = [await waits]
        for shade in (100, 150, 200):
            answers.answer(frame(shade))
        wait(drawn)
        found.append(await answers.recv())
        waits = asyncio.ensure_future(answers.recv())
        await asyncio.sleep(0)
        drawing.submit(answers.stop)
        with pytest.raises(MediaStreamError):
            await waits
        return found

    with drawing:
        first, second = run(received())
    assert [sent.to_ndarray(format="rgb24").mean() for sent in (first, second)] == pytest.approx([50, 200], abs=2)
    assert first.pts < second.pts
    assert len(stopped) == 1, "nothing is answered that nobody sees"


@pytest.mark.parametrize("many", [False, True])
def test_turn_servers_come_from_the_secrets_and_from_nowhere_else(monkeypatch: pytest.MonkeyPatch, many: bool) -> None:
    assert ice_servers() == []
    server = {"urls": ["turn:turn.example.org:3478"], "username": "me", "credential": "word"}
    monkeypatch.setattr(st, "secrets", {"turn": [server] if many else server})
    assert ice_servers() == [server]


MADE = Provenance(Thresholds(0.8, 0.9, None), "LiteRT", "1f", "1.0")


def test_people_as_csv() -> None:
    person = Person(3, 0.5, 2.25, 20, Prediction(0.9), Decision(Label.FEMALE), "steady", MADE)
    head, row = people_csv([person]).splitlines()
    assert head.startswith("\ufeffperson,first_second,last_second,frames,p_female,label")
    assert head.endswith("model,threshold,mask_threshold,child_threshold,engine,model_version,program")
    assert row == "3,0.5,2.25,20,0.9,female,,,,,steady,0.8,0.9,,LiteRT,1f,1.0"


def test_after_stop_the_tally_follows_the_threshold_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    blurred = Decision(Label.UNCERTAIN, (Reason.TOO_BLURRED,))
    seen = [
        Person(1, 0, 1, 5, Prediction(0.9), Decision(Label.FEMALE), "steady", MADE),
        Person(2, 0, 1, 5, Prediction(0.01), blurred, "steady", MADE),
    ]
    video = LiveVideo.__new__(LiveVideo)
    monkeypatch.setattr(live.st, "session_state", {})
    monkeypatch.setattr(LiveVideo, "people", lambda self: seen)

    assert live._people(video, True, MADE.thresholds) == (seen, False)
    assert live._people(video, False, MADE.thresholds) == (seen, False)
    people, anew = live._people(video, False, Thresholds(0.95))
    assert anew
    assert [person.decision.label for person in people] == [Label.UNCERTAIN, Label.UNCERTAIN]
    assert people[1].decision == blurred, "what cannot be seen well stays so"
    assert [person.provenance.thresholds.gender for person in people] == [0.95, 0.95]
