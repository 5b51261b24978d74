"""Pictures of every page, light and dark, wide and narrow: `python -m tests.browser.screenshots DIR [SCENE ...]`."""

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.harness import SAMPLES, chromium, dashboard, write_camera_film

WIDTHS = {"wide": 1400, "narrow": 390}
HEIGHT = 900
SETTLE_MS = 1_500
expect.set_options(timeout=30_000)
CROP = "Face 1 as the model saw it"


def empty(page: Page) -> None:
    expect(page.get_by_test_id("stFileUploader")).to_be_visible()


def one(page: Page) -> None:
    page.get_by_role("listbox", name="Samples").get_by_role("option", name="Six at once (sample)").click()
    expect(page.get_by_alt_text(CROP)).to_be_visible()


def many(page: Page) -> None:
    bad = {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"not a picture"}
    good = [
        {"name": file.name, "mimeType": "image/jpeg", "buffer": file.read_bytes()}
        for file in sorted(SAMPLES.glob("*.jpg"))
    ]
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files([*good, bad])
    expect(page.get_by_alt_text(CROP)).to_be_visible()


def webcam(page: Page) -> None:
    page.get_by_role("tab", name="Webcam").click()
    page.get_by_role("button", name="Take photo").click()
    expect(page.get_by_alt_text(CROP)).to_be_visible()


def heading(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()


SCENES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "classify-empty": ("", empty),
    "classify": ("", one),
    "classify-many": ("", many),
    "webcam": ("", webcam),
    "report": ("training_report", heading),
    "compare": ("compare_models", heading),
    "card": ("model_card", heading),
}


def settle(page: Page) -> None:
    """Wait until the script has ended, nothing is a placeholder any more, and charts have had time to draw."""
    page.wait_for_timeout(SETTLE_MS)
    page.wait_for_selector('[data-test-script-state="notRunning"]', state="attached")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.wait_for_timeout(SETTLE_MS)


def take(browser: Browser, address: str, folder: Path, scenes: Sequence[str]) -> None:
    """Save one picture of the whole page for each scene, theme and width."""
    for scheme in ("light", "dark"):
        for width_name, width in WIDTHS.items():
            for scene in scenes:
                path, act = SCENES[scene]
                size = {"width": width, "height": HEIGHT}
                context = browser.new_context(viewport=size, color_scheme=scheme, permissions=["camera"])
                page = context.new_page()
                page.goto(f"{address}/{path}")
                act(page)
                settle(page)
                # Streamlit scrolls inside the page: the window must be as tall as what it shows.
                tall = page.get_by_test_id("stMain").evaluate("element => element.scrollHeight")
                page.set_viewport_size({"width": width, "height": max(HEIGHT, int(tall))})
                settle(page)
                page.screenshot(path=folder / f"{scene}-{scheme}-{width_name}.png")
                context.close()


def main(folder: Path, scenes: Sequence[str]) -> None:
    """Serve the dashboard, take the pictures, stop."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        film = write_camera_film(SAMPLES / "obama-cloth.jpg", Path(scratch) / "face.y4m")
        browser = chromium(playwright, film)
        with dashboard(Path(scratch) / "server.log") as address:
            take(browser, address, folder, scenes)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or list(SCENES))
