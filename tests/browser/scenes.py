"""Every page in the states that a user meets, for what looks at all of them: photographs and axe-core."""

import atexit
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from core.vision.pictures.decode import load_picture
from tests.browser.harness import SAMPLES, expect, settle, streamer, take_photo
from tests.unit.labelled_folder import write_labelled
from tests.unit.portraits import resized
from tests.unit.video.test_video import film_of

SLOW_MS = 240_000
CROP = "Face 1 as the model saw it"
EACH = 20  # pictures of either gender to train on
PLAYS = "() => (document.querySelector('video')?.videoWidth ?? 0) > 0"
Act = Callable[[Page], None]


def heading(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def empty(page: Page) -> None:
    expect(page.get_by_alt_text(CROP)).to_be_visible()


def sample(page: Page) -> None:
    page.get_by_role("listbox", name="Samples").get_by_role("option", name="Six at once (sample)").click()
    expect(page.get_by_alt_text("Face 3 as the model saw it")).to_be_visible()


def bring(page: Page, files: list[Path]) -> None:
    """Drop pictures, and a file that is none."""
    good = [{"name": file.name, "mimeType": "image/jpeg", "buffer": file.read_bytes()} for file in files]
    bad = {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"not a picture"}
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files([*good, bad])
    expect(page.get_by_role("listbox", name="Faces")).to_be_visible()
    expect(page.locator(".st-key-shown_picture").get_by_alt_text(CROP)).to_be_visible()


def many(page: Page) -> None:
    bring(page, sorted(SAMPLES.glob("*.jpg")))


def checked(page: Page) -> None:
    """A few pictures of which some faces were checked, one not as it was answered; the first one's card is open."""
    bring(page, sorted(SAMPLES.glob("*.jpg"))[:4])
    cells = page.get_by_role("listbox", name="Faces").get_by_role("option")
    cells.first.click()
    for key in "13":
        page.keyboard.press(key)
    expect(page.get_by_text("You checked 2 faces")).to_be_visible()
    cells.first.click()
    expect(page.get_by_text("1 of 5")).to_be_visible()  # until then the buttons are the card's before


def why(page: Page) -> None:
    checked(page)
    page.get_by_role("radio", name="Why?").click()
    expect(page.get_by_alt_text("Heat map")).to_be_visible()


def what_if(page: Page) -> None:
    checked(page)
    page.get_by_role("radio", name="What if?").click()
    expect(page.get_by_alt_text("Face 1, surgical")).to_be_visible()


def photo(page: Page) -> None:
    take_photo(page)
    expect(page.get_by_alt_text(CROP)).to_be_visible()


def no_camera(page: Page) -> None:
    expect(page.get_by_text("Or a video file")).to_be_visible()


def live(page: Page) -> None:
    no_camera(page)
    frame = streamer(page)
    frame.get_by_role("button", name="Start").click()
    frame.wait_for_function(PLAYS, timeout=SLOW_MS)
    delay = page.get_by_test_id("stMetric").filter(has_text="Delay")
    expect(delay).to_contain_text(" ms", timeout=SLOW_MS)


def stopped(page: Page) -> None:
    live(page)
    streamer(page).get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="People (CSV)").first).to_be_enabled(timeout=SLOW_MS)


def video(page: Page) -> None:
    """A short film, dropped among the pictures."""
    file = {"name": "walk.mp4", "mimeType": "video/mp4", "buffer": film()}
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files([file])
    expect(page.get_by_role("button", name="Annotated video")).to_be_visible(timeout=SLOW_MS)


def film() -> bytes:
    """A short MP4 of a portrait that moves to one side."""
    pixels = load_picture(SAMPLES / "obama-cloth.jpg").pixels
    small = resized(pixels, 360 / max(pixels.shape[:2]))
    height, width = (side // 2 * 2 - 40 for side in small.shape[:2])
    return film_of([np.ascontiguousarray(small[:height, shift : shift + width]) for shift in range(0, 40, 2)])


def own_pictures(page: Page) -> None:
    """All models asked about a few pictures, one of which was labelled."""
    checked(page)
    if folded := (sidebar := page.get_by_role("button", name="Expand sidebar")).is_visible():  # as on a phone
        sidebar.click()
    page.get_by_role("link", name="Compare models").click()
    if folded:
        page.get_by_role("button", name="Collapse sidebar").click()
    page.get_by_role("button", name="Run them on my pictures").click()
    expect(page.get_by_text("all agree on")).to_be_visible(timeout=SLOW_MS)


def section(name: str) -> Act:
    """The report, walked to a section."""

    def act(page: Page) -> None:
        expect(page.get_by_role("heading", name=name)).to_be_attached()

    return act


def looked_at(page: Page) -> None:
    """Pictures of which it is known what is in them, before a training."""
    page.get_by_label("Folder on this machine").fill(str(labelled()))
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Check the pictures").click()
    expect(page.get_by_role("button", name="Start training")).to_be_visible(timeout=SLOW_MS)


def begin_training(page: Page, name: str) -> None:
    """Train the small network on small crops: it takes a minute."""
    page.get_by_role("combobox", name="Start from").click()
    page.get_by_role("option", name="baseline-cnn, from scratch").click()
    settle(page)  # the sizes are this network's now
    page.get_by_role("combobox", name="Crop size, pixels").click()
    page.get_by_role("option", name="32", exact=True).click()
    looked_at(page)
    page.get_by_role("textbox", name="Name of the model").fill(name)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Start training").click()


@cache
def labelled() -> Path:
    """A folder of pictures to train on, which is there until the program ends."""
    scratch = tempfile.TemporaryDirectory()
    atexit.register(scratch.cleanup)
    return write_labelled(Path(scratch.name) / "pictures", EACH)


SCENES: dict[str, tuple[str, Act]] = {
    "classify-empty": ("", empty),
    "classify": ("", sample),
    "classify-many": ("", many),
    "classify-why": ("", why),
    "classify-what-if": ("", what_if),
    "webcam-before": ("?input=Webcam", lambda page: expect(page.get_by_text("Take photo")).to_be_visible()),
    "webcam": ("?input=Webcam", photo),
    "live-before": ("?input=Live+video", no_camera),
    "live": ("?input=Live+video", live),
    "live-stopped": ("?input=Live+video", stopped),
    "video": ("", video),
    "report": ("training_report", section("How it was trained")),
    "compare": ("compare_models", lambda page: expect(page.get_by_text("On your pictures")).to_be_visible()),
    "compare-own": ("", own_pictures),
    "train": ("train", heading),
    "train-checked": ("train", looked_at),
    "card": ("model_card", heading),
}
