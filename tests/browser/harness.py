"""A real dashboard and a real Chromium with a fake camera, for the flows that only a browser can show."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import cast

import cv2
import psutil
from playwright.sync_api import Browser, Frame, Locator, LocatorAssertions, Page, Playwright
from playwright.sync_api import expect as expect_once

from core.settings import MODELS_DIR, MODELS_VARIABLE
from core.vision.pictures.decode import load_picture

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "assets" / "samples"
START_SECONDS = 60
SETTLE_MS = 1_500
TWICE = "strict mode violation"
CAMERA_SIZE = (640, 480)
CAMERA_RATE = 30
NUMBER_SIDE, NUMBER_BITS = 24, 8

REMEMBER_TRACKS = """
    window.cameraTracks = [];
    const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
    if (ask) navigator.mediaDevices.getUserMedia = async (...wanted) => {
        const stream = await ask(...wanted);
        window.cameraTracks.push(...stream.getTracks());
        return stream;
    };
"""
"""A page that begins with this keeps the tracks of its camera in `window.cameraTracks`."""


def servers() -> list[psutil.Process]:
    """The dashboards that this process serves."""
    return [one for one in psutil.Process().children(recursive=True) if "streamlit_app.py" in " ".join(one.cmdline())]


@contextlib.contextmanager
def dashboard(log: Path, environment: Mapping[str, str] | None = None, open_files: int | None = None) -> Iterator[str]:
    """Serve the dashboard on a free port of this machine; yields its address.

    `environment` is added to this process's; with `open_files` it may have no more files and connections open.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {"server.port": port, "server.address": "127.0.0.1", "server.headless": "true"}
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
    command += [f"--{name}={value}" for name, value in options.items()]
    if open_files is not None:
        command = ["sh", "-c", f'ulimit -n {open_files} && exec "$@"', "sh", *command]
    variables = {**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})}
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env=variables)
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):  # it waits for pages that are still open
                server.wait(timeout=10)
            server.kill()
            server.wait()


def models_beside(folder: Path) -> dict[str, str]:
    """The environment of a dashboard that has the shipped models and writes its own beside them, into `folder`."""
    folder.mkdir()
    for shipped in MODELS_DIR.iterdir():
        (folder / shipped.name).symlink_to(shipped)
    return {MODELS_VARIABLE: str(folder)}


def wait_until_healthy(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return once the server answers; raise with its log where it does not."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.2)
    raise RuntimeError(f"the dashboard did not start:\n{log.read_text(errors='replace')}")


def write_camera_film(picture: Path, film: Path, shifts: Iterable[int] = (0,), *, numbered: bool = False) -> Path:
    """Write `picture` as the YUV4MPEG2 film that Chromium's fake camera plays, again and again.

    Each of `shifts` is a frame, in which the picture is that many pixels further to the right. Frames that are
    `numbered` show their number, from 0 on, as black and white squares at their foot, the lowest bit first, each
    bit followed by its opposite, so that one can tell when compression has spoilt it.
    """
    pixels = load_picture(picture).pixels
    width, height = CAMERA_SIZE
    scale = min(width / pixels.shape[1], height / pixels.shape[0])
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    below, beside = height - small.shape[0], width - small.shape[1]
    with film.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{CAMERA_RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for number, shift in enumerate(shifts):
            left = min(max(beside // 2 + shift, 0), beside)
            edges = (below // 2, below - below // 2, left, beside - left)
            frame = cv2.copyMakeBorder(small, *edges, cv2.BORDER_REPLICATE)
            if numbered:
                bits = [number >> bit & 1 for bit in range(NUMBER_BITS)]
                for column, white in enumerate(either for bit in bits for either in (bit, 1 - bit)):
                    frame[height - NUMBER_SIDE :, column * NUMBER_SIDE : (column + 1) * NUMBER_SIDE] = 255 * white
            file.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420).tobytes())
    return film


def chromium(playwright: Playwright, film: Path | None = None, arguments: Iterable[str] = ()) -> Browser:
    """A headless Chromium: Debian's where it is installed, else Playwright's own.

    `film` is what the camera shows; with None there is no camera at all, unless further `arguments` give one.
    """
    options = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    if film is not None:
        options += [
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        ]
    return playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*options, *arguments])


class Expected:
    """Playwright's assertions about an element, which wait as well while there are several of it.

    Playwright gives up at once where a locator finds two elements. For a moment there are two while a script runs
    again: Streamlit leaves what it drew before until the run has ended.
    """

    patience_ms = 30_000.0

    def __init__(self, locator: Locator) -> None:
        self.assertions = expect_once(locator)

    def __getattr__(self, name: str) -> Callable[..., None]:
        assertion = getattr(self.assertions, name)

        def hold(*arguments: object, timeout: float | None = None, **settings: object) -> None:
            end = time.monotonic() + (timeout or self.patience_ms) / 1000
            while True:
                left = max(end - time.monotonic(), 0.001)
                try:
                    assertion(*arguments, timeout=1000 * left, **settings)
                    return
                except AssertionError as error:
                    if TWICE not in str(error) or time.monotonic() > end:
                        raise
                time.sleep(0.1)

        return hold


def expect(locator: Locator) -> LocatorAssertions:
    """What `locator` should come to within `Expected.patience_ms`, or within the `timeout` of the assertion."""
    return cast(LocatorAssertions, Expected(locator))


def settle(page: Page) -> None:
    """Wait until the script has ended, nothing is a placeholder any more, and charts have had time to draw."""
    page.wait_for_timeout(SETTLE_MS)
    page.wait_for_selector('[data-test-script-state="notRunning"]', state="attached")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.wait_for_timeout(SETTLE_MS)


def watch_for_errors(page: Page) -> list[str]:
    """The list that collects what goes wrong in the page's scripts from now on."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors


def watch_for_strangers(page: Page, address: str) -> list[str]:
    """The list that collects every request to another host than the dashboard's own."""
    strangers: list[str] = []
    own = (address, address.replace("http", "ws", 1), "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(own) else strangers.append(request.url))
    return strangers


def streamer(page: Page) -> Frame:
    """The frame of the live video."""
    frame = page.locator("iframe[title*='webrtc_streamer']").element_handle().content_frame()
    if frame is None:
        raise RuntimeError("the live video has no frame of its own")
    return frame


def take_photo(page: Page) -> None:
    """Take a photo with the webcam, once it shows something: the button can be clicked before."""
    page.wait_for_function("() => document.querySelector('video')?.currentTime > 0.5")
    page.get_by_role("button", name="Take photo").click()
