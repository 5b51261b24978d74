"""What axe-core finds on every page, in both themes: nothing serious, and nothing wider than a phone.

What fades while it is drawn anew is left out.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.harness import SAMPLES
from tests.browser.screenshots import settle

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RUN = """async () => (await axe.run({exclude: [["[data-stale=true]"]]}, {resultTypes: ["violations"]})).violations
    .filter(found => ["serious", "critical"].includes(found.impact) || found.id === "heading-order")
    .map(found => [found.id, ...found.nodes.slice(0, 5).map(node => node.html.slice(0, 200))])"""
FILES = sorted(SAMPLES.glob("*.jpg"))[:4]


def answered(page: Page) -> None:
    """Pictures, one of which cannot be read; one face checked, its explanation open."""
    good = [{"name": path.name, "mimeType": "image/jpeg", "buffer": path.read_bytes()} for path in FILES]
    bad = {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files([*good, bad])
    cells = page.get_by_role("listbox", name="Faces").get_by_role("option")
    expect(cells).to_have_count(len(FILES) + 1)
    cells.first.click()
    page.keyboard.press("1")
    expect(page.get_by_text("You checked 1 face")).to_be_visible()
    page.get_by_role("radio", name="Why?").click()
    expect(page.get_by_alt_text("Heat map")).to_be_visible()


def webcam(page: Page) -> None:
    page.get_by_role("tab", name="Webcam").click()
    page.get_by_role("button", name="Take photo").click()
    expect(page.get_by_alt_text("Face 1 as the model saw it")).to_be_visible()


SCENES = {
    "empty": ("", lambda page: expect(page.get_by_alt_text("Face 1 as the model saw it")).to_be_visible()),
    "answered": ("", answered),
    "webcam": ("", webcam),
    "live": ("?input=Live+video", lambda page: expect(page.get_by_text("Or a video file")).to_be_visible()),
    "report": ("training_report", lambda page: None),
    "compare": ("compare_models", lambda page: None),
    "card": ("model_card", lambda page: None),
}


@pytest.fixture(params=["light", "dark"])
def themed(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    size = {"width": 390, "height": 900}
    context = browser.new_context(viewport=size, color_scheme=request.param, permissions=["camera"])
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


@pytest.mark.parametrize("scene", SCENES)
def test_nothing_serious_is_found_and_nothing_is_wider_than_a_phone(scene: str, themed: Page, address: str) -> None:
    path, act = SCENES[scene]
    themed.goto(f"{address}/{path}")
    expect(themed.get_by_role("heading", level=1)).to_be_visible()
    act(themed)
    settle(themed)
    main = themed.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollWidth - element.clientWidth") == 0
    themed.evaluate(AXE)
    assert themed.evaluate(RUN) == []
    themed.set_viewport_size({"width": 1400, "height": 900})
    settle(themed)
    assert themed.evaluate(RUN) == []


def test_answers_are_announced_and_a_reload_asks_first(page: Page, address: str) -> None:
    page.goto(address)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    answered(page)
    expect(page.get_by_role("status").filter(has_text="pictures: 5, faces: 4")).to_have_count(1)
    page.reload()
    expect(page.get_by_text("Try a sample")).to_be_visible()
    assert asked == ["beforeunload"]
    page.reload()
    assert asked == ["beforeunload"], "there is nothing to lose any more"
