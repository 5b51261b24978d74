"""Pictures of every page, light and dark, wide and narrow: `python -m tests.browser.screenshots FOLDER`.

With `--documents` those of docs/images are taken anew, as after a change of a page or of the recommended model.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.harness import ROOT, SAMPLES, Expected, chromium, dashboard, models_beside, settle, write_camera_film
from tests.browser.scenes import SCENES

SCHEMES = ("light", "dark")
WIDTHS = {"wide": 1400, "narrow": 390}
HEIGHT = 900
DOCUMENTS = {"classify": (1400, 1500), "compare": (900, 3000), "report": (900, 3000)}
"""Scenes of docs/images, and how wide and at most how tall each is there, pixels."""
PATIENCE_MS = 240_000
Expected.patience_ms = PATIENCE_MS


def take(
    browser: Browser,
    address: str,
    folder: Path,
    scenes: Sequence[str],
    schemes: Sequence[str] = SCHEMES,
    widths: Sequence[str] = tuple(WIDTHS),
) -> None:
    """Save one picture of the whole page for each scene, theme and width."""
    for scheme in schemes:
        for width_name in widths:
            for scene in scenes:
                path, act = SCENES[scene]
                size = {"width": WIDTHS[width_name], "height": HEIGHT}
                context = browser.new_context(viewport=size, color_scheme=scheme, permissions=["camera"])
                context.set_default_timeout(PATIENCE_MS)
                page = context.new_page()
                page.goto(f"{address}/{path}")
                act(page)
                settle(page)
                # Streamlit scrolls inside the page: the window must be as tall as what it shows.
                tall = page.get_by_test_id("stMain").evaluate("element => element.scrollHeight")
                page.set_viewport_size({"width": size["width"], "height": max(HEIGHT, int(tall))})
                settle(page)
                page.screenshot(path=folder / f"{scene}-{scheme}-{width_name}.png")
                context.close()


def write_documents(browser: Browser, address: str, scratch: Path, folder: Path) -> None:
    """Save the pictures of the documents, small enough for a repository."""
    take(browser, address, scratch, list(DOCUMENTS), ["light"], ["wide"])
    for scene, (width, height) in DOCUMENTS.items():
        with Image.open(scratch / f"{scene}-light-wide.png") as picture:
            small = picture.convert("RGB").resize((width, round(picture.height * width / picture.width)))
            few = small.crop((0, 0, width, min(height, small.height))).quantize(dither=Image.Dither.NONE)
        few.save(folder / f"{scene}.png", optimize=True)


def main(folder: Path, scenes: Sequence[str], *, documents: bool) -> None:
    """Serve the dashboard, take the pictures, stop."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        scratch = Path(temporary)
        film = write_camera_film(SAMPLES / "obama-cloth.jpg", scratch / "face.y4m")
        browser = chromium(playwright, film)
        with dashboard(scratch / "server.log", models_beside(scratch / "models")) as address:
            if documents:
                write_documents(browser, address, scratch, folder)
            else:
                take(browser, address, folder, scenes)
        browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("folder", type=Path, nargs="?")
    where.add_argument("--documents", action="store_true", help="docs/images anew")
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help=f"all unless named: {', '.join(SCENES)}")
    options = parser.parse_args()
    if unknown := set(options.scenes) - set(SCENES):
        parser.error(f"no such scene: {', '.join(sorted(unknown))}")
    target = ROOT / "docs" / "images" if options.documents else options.folder
    main(target, options.scenes or list(SCENES), documents=options.documents)
