"""How soon the front page answers, measured in a real browser: `python -m tests.browser.page_figures`.

First page: from the call of the address by a browser that has nothing of it yet to the answered sample, on a server
that has been visited before. Gallery: from the click on a cell to the page that shows its picture and its first card,
with a session full of pictures. On a machine that is busy, processor time says more than the clock: the server's, and
that of the page's own thread in the browser.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from core.benchmark.throughput import make_pictures
from core.settings import SessionLimits
from tests.browser.harness import chromium, dashboard, servers, settle
from tests.browser.scenes import CROP

SIZE = {"width": 1400, "height": 900}
PATIENCE_MS = 1_200_000
# Whether the page shows a picture, and the cards beside it, that have arrived; of one with this name, or of any.
SHOWN = """name => {
    const there = [...document.querySelectorAll(".st-key-shown_picture img, .st-key-shown_sample img")];
    return there.some(image => image.alt.startsWith("Face ")) && there.some(image => image.alt.startsWith(name))
        && there.every(image => image.complete && image.naturalWidth);
}"""
# Milliseconds from the next click on a cell until the picture named is shown.
CLICK = f"""name => {{
    const shown = {SHOWN};
    window.took = null;
    document.addEventListener("pointerdown", () => {{
        const began = performance.now();
        const look = () => {{
            if (shown(name)) window.took = performance.now() - began;
            else requestAnimationFrame(look);
        }};
        requestAnimationFrame(look);
    }}, {{once: true, capture: true}});
}}"""


class Took(NamedTuple):
    """Milliseconds that something took.

    Attributes:
        clock: As a user waits.
        server: Of the server's processor time.
        page: Of that of the page's own thread in the browser.
    """

    clock: float
    server: float
    page: float


def measure(pictures: int, visits: int, clicks: int) -> list[str]:
    """Serve the dashboard, look at it and browse in it; returns what to print."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch) / "pictures"
        folder.mkdir()
        make_pictures(folder, pictures)
        browser = chromium(playwright)
        with dashboard(Path(scratch) / "server.log") as address:
            first_pages = [_visit(browser, address) for _ in range(1 + visits)][1:]
            gallery = _browse(browser, address, sorted(folder.iterdir()), clicks)
        browser.close()
    return [
        told("first page with an answered sample", first_pages),
        told(f"a click in the gallery, {pictures} pictures", gallery),
    ]


def told(what: str, took: list[Took]) -> str:
    """Times in words."""
    clock, server, page = zip(*took, strict=True)
    return (
        f"{what}: {median(clock):.0f} ms in the middle, {max(clock):.0f} ms at the most of {len(clock)}; "
        f"processor time: server {median(server):.0f} ms, page {median(page):.0f} ms"
    )


def _visit(browser: Browser, address: str) -> Took:
    """Open the front page in a browser that has nothing of it."""
    context = browser.new_context(viewport=SIZE)
    page = context.new_page()

    def open_page() -> float:
        began = time.perf_counter()
        page.goto(address)
        page.wait_for_function(SHOWN, arg="", polling="raf", timeout=PATIENCE_MS)
        return 1000 * (time.perf_counter() - began)

    try:
        return _with_work(page, open_page)
    finally:
        context.close()


def _browse(browser: Browser, address: str, files: list[Path], clicks: int) -> list[Took]:
    """Bring pictures and click through their gallery, from one end to the other."""
    page = browser.new_context(viewport=SIZE).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(address)
    page.get_by_alt_text(CROP).wait_for()
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(files)
    cells = page.get_by_role("listbox", name="Faces").get_by_role("option")
    cells.first.wait_for()
    page.get_by_text(f"of {cells.count()}", exact=False).first.wait_for()
    settle(page)
    took = []
    for number in range(1, clicks + 1):
        cell = cells.nth(number * (cells.count() - 1) // clicks)
        cell.scroll_into_view_if_needed()
        page.evaluate(CLICK, str(cell.get_attribute("aria-label")).rpartition(" of ")[2])
        box = cell.bounding_box()
        assert box is not None
        # By its place: to look for it among hundreds once more would be work of the page too.
        took.append(_with_work(page, partial(_click, page, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)))
    return took


def _click(page: Page, x: float, y: float) -> float:
    page.mouse.click(x, y)
    page.wait_for_function("window.took !== null", polling="raf")
    return float(page.evaluate("window.took"))


def _with_work(page: Page, act: Callable[[], float]) -> Took:
    """What `act` measures, and the work that was done for it until the page had settled."""
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def of_page() -> float:
        figures = {each["name"]: each["value"] for each in tools.send("Performance.getMetrics")["metrics"]}
        return 1000 * float(figures["TaskDuration"])

    server, shown = _worked(), of_page()
    clock = act()
    settle(page)
    return Took(clock, _worked() - server, of_page() - shown)


def _worked() -> float:
    """Milliseconds of processor time that the dashboard which this process serves has used."""
    return 1000 * sum(sum(process.cpu_times()[:2]) for process in servers())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=SessionLimits().max_pictures)
    parser.add_argument("--visits", type=int, default=5)
    parser.add_argument("--clicks", type=int, default=20)
    options = parser.parse_args()
    print(*measure(options.pictures, options.visits, options.clicks), sep="\n")
