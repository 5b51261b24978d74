"""Live video in a real browser, measured on what the video shows: `python -m tests.browser.live_figures`.

A fake camera plays numbered frames. Whenever the answered video shows a new frame, the number on it is compared
with the one that the camera shows at that moment: the difference is the delay from the camera to the eye.

The rates along the way tell where frames are lost. Chromium's fake camera itself gives some less than its 30 frames a
second, as it skips those that it is late with; a film of more does not help, as the page asks for 30.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Any

from playwright.sync_api import Page, sync_playwright

from core.results import Label
from core.vision.annotate.draw import STYLES
from tests.browser.harness import (
    CAMERA_RATE,
    CAMERA_SIZE,
    NUMBER_BITS,
    NUMBER_SIDE,
    REMEMBER_TRACKS,
    SAMPLES,
    chromium,
    dashboard,
    servers,
    streamer,
    write_camera_film,
)

COUNT = 2**NUMBER_BITS
SHIFTS = [*range(-COUNT // 4, COUNT // 4), *range(COUNT // 4, -COUNT // 4, -1)]
MIN_READ = 20  # frames with a number that can be read
TAG_PIXELS = 300  # of a label's colour, from which on a face counts as marked
START_MS, POLL_SECONDS, SETTLE_SECONDS = 180_000, 5, 5
# Keeps (time in ms, number shown, number before the camera, pixels of a label's colour, frames shown so far) of every
# frame that the page is told of, which are not all: a page that is at something else is told of the next one. A number
# that cannot be read is null. A browser on a busy machine sends a smaller picture than the camera's.
WATCH = """([side, bits, width, colour]) => {
    const shown = document.querySelector("video"), before = document.createElement("video");
    before.srcObject = new MediaStream(window.cameraTracks.filter(track => track.kind === "video"));
    before.muted = true;
    before.play();
    const canvas = new OffscreenCanvas(width, width * shown.videoHeight / shown.videoWidth);
    const context = canvas.getContext("2d", {willReadFrequently: true});
    const number = async video => {
        const frame = new VideoFrame(video);  // its raw rows: a canvas would change the colours of all of it
        const unit = side * frame.visibleRect.width / width, even = value => 2 * Math.floor(value / 2);
        const y = even(frame.visibleRect.height - unit / 2), rect = {x: 0, y, width: even(2 * bits * unit), height: 2};
        const bytes = new Uint8Array(frame.allocationSize({rect}));
        const [luma] = await frame.copyTo(bytes, {rect});
        const step = frame.format.includes("A") || frame.format.includes("X") ? 4 : 1;
        frame.close();
        const white = square => bytes[luma.offset + step * Math.floor((square + 0.5) * unit)] > 127;
        let value = 0;
        for (let bit = 0; bit < bits; bit++) {
            if (white(2 * bit) === white(2 * bit + 1)) return null;
            value |= white(2 * bit) << bit;
        }
        return value;
    };
    const marked = () => {
        context.drawImage(shown, 0, 0, canvas.width, canvas.height);
        const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
        let count = 0;
        for (let i = 0; i < data.length; i += 4)
            if (colour.every((value, c) => Math.abs(value - data[i + c]) < 40)) count += 1;
        return count;
    };
    window.seen = [];
    const look = async (_, {presentedFrames}) => {
        shown.requestVideoFrameCallback(look);
        const at = performance.now(), [now, then] = await Promise.all([number(before), number(shown)]);
        window.seen.push([at, then, now, window.seen.length % 60 ? null : marked(), presentedFrames]);
    };
    shown.requestVideoFrameCallback(look);
}"""
# The frames so far at each station, and the time in ms, from the browser's own counts.
REMEMBER_CONNECTIONS = """
    window.connections = [];
    const Connection = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Connection {
        constructor(...wanted) { super(...wanted); window.connections.push(this); }
    };
"""
STATIONS = ("from the camera", "sent", "came back", "decoded")
COUNTS = """async () => {
    const found = [performance.now(), 0, 0, 0, 0];
    for (const connection of window.connections)
        for (const told of (await connection.getStats()).values()) {
            if (told.kind !== "video") continue;
            if (told.type === "media-source") found[1] += told.frames ?? 0;
            if (told.type === "outbound-rtp") found[2] += told.framesSent ?? 0;
            if (told.type === "inbound-rtp") { found[3] += told.framesReceived; found[4] += told.framesDecoded; }
        }
    return found;
}"""
PLAYS = "() => (document.querySelector('video')?.videoWidth ?? 0) > 0"


def start(page: Page, address: str) -> None:
    """Open the tab, press Start, and wait until the picture moves."""
    page.set_default_timeout(START_MS)
    page.goto(f"{address}/?input=Live+video")
    frame = streamer(page)
    frame.get_by_role("button", name="Start").click()
    frame.wait_for_function(PLAYS)
    page.wait_for_timeout(1000 * SETTLE_SECONDS)


def watch(page: Page) -> None:
    """Keep what the running video shows from now on."""
    streamer(page).evaluate(WATCH, [NUMBER_SIDE, NUMBER_BITS, CAMERA_SIZE[0], list(STYLES[Label.MALE].fill)])


def rates(first: list[float], last: list[float]) -> str:
    """Frames a second at each station, from two of its counts."""
    seconds = (last[0] - first[0]) / 1000
    counts = zip(STATIONS, first[1:], last[1:], strict=True)
    return ", ".join(f"{(after - before) / seconds:.1f} {station}" for station, before, after in counts)


def report(name: str, seen: list[Any]) -> str:
    """Frames a second, delay and how often the face was marked, of what one session saw."""
    read = [row for row in seen if row[1] is not None and row[2] is not None]
    if len(read) < MIN_READ:
        return f"{name}: the picture is too poor to read the numbers on it; the machine is too busy to measure"
    fresh = [row for row, last in zip(read[1:], read, strict=False) if row[1] != last[1]]
    delays = [((now - then) % COUNT) * 1000 / CAMERA_RATE for _, then, now, *_ in fresh]
    marked = mean(count >= TAG_PIXELS for *_, count, _ in seen if count is not None)
    seconds = (seen[-1][0] - seen[0][0]) / 1000
    shown = (seen[-1][-1] - seen[0][-1]) / seconds
    return (
        f"{name}: {shown:.1f} frames/s shown, {len(fresh) / seconds:.1f} of them read, "
        f"delay {median(delays):.0f} ms in the middle and "
        f"{quantiles(delays, n=20)[-1]:.0f} ms at the 95th percentile, face marked in {100 * marked:.0f} % of frames, "
        f"numbers of {100 * len(read) / len(seen):.0f} % read, {seconds:.0f} s"
    )


def measure(seconds: int, sessions: int) -> list[str]:
    """Run so many sessions at once; returns what to print."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        film = write_camera_film(SAMPLES / "obama-cloth.jpg", Path(scratch) / "film.y4m", SHIFTS, numbered=True)
        with dashboard(Path(scratch) / "server.log") as address:
            browsers = [chromium(playwright, film) for _ in range(sessions)]
            pages = []
            for browser in browsers:
                context = browser.new_context(permissions=["camera"])
                context.add_init_script(REMEMBER_TRACKS + REMEMBER_CONNECTIONS)
                pages.append(context.new_page())
                start(pages[-1], address)
            for page in pages:
                watch(page)
            begun = [streamer(page).evaluate(COUNTS) for page in pages]
            memory, end = [], time.monotonic() + seconds
            while time.monotonic() < end:
                memory.append(server_megabytes())
                pages[0].wait_for_timeout(1000 * POLL_SECONDS)
            told = []
            for number, (page, first) in enumerate(zip(pages, begun, strict=True), start=1):
                frame = streamer(page)
                told.append(f"session {number}, frames/s: {rates(first, frame.evaluate(COUNTS))}")
                told.append(report(f"session {number}", frame.evaluate("window.seen")))
            for browser in browsers:
                browser.close()
    third = max(1, len(memory) // 3)
    parts = [f"{mean(memory[at : at + third]):.0f}" for at in (0, third, len(memory) - third)]
    return [*told, f"server's memory in the first, second and last third: {', '.join(parts)} MB"]


def server_megabytes() -> float:
    """Resident memory of the dashboard that this process serves."""
    return sum(process.memory_info().rss for process in servers()) / 2**20


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--sessions", type=int, default=1)
    options = parser.parse_args()
    print(*measure(options.seconds, options.sessions), sep="\n")
