"""Pictures of every page, light and dark, wide and narrow: `python -m tests.browser.screenshots FOLDER`."""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.harness import SAMPLES, chromium, dashboard, models_beside, write_camera_film
from tests.browser.scenes import SCENES, settle

WIDTHS = {"wide": 1400, "narrow": 390}
HEIGHT = 900
expect.set_options(timeout=30_000)


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
        with dashboard(Path(scratch) / "server.log", models_beside(Path(scratch) / "models")) as address:
            take(browser, address, folder, scenes)
        browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help=f"all unless named: {', '.join(SCENES)}")
    options = parser.parse_args()
    if unknown := set(options.scenes) - set(SCENES):
        parser.error(f"no such scene: {', '.join(sorted(unknown))}")
    main(options.folder, options.scenes or list(SCENES))
