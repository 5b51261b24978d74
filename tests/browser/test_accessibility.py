"""What axe-core finds on every page and its states, in both themes: nothing serious, and nothing wider than a phone.

What fades while it is drawn anew is left out, and Streamlit's toasts, which are dialogs without a name.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.harness import dashboard, expect, models_beside, settle
from tests.browser.scenes import SCENES, SLOW_MS, begin_training, checked

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RUN = """async () => (await axe.run({exclude: [["[data-stale=true]"], ["[data-testid=stToast]"]]},
                                     {resultTypes: ["violations"]})).violations
    .filter(found => ["serious", "critical"].includes(found.impact) || found.id === "heading-order")
    .map(found => [found.id, ...found.nodes.slice(0, 5).map(node => node.html.slice(0, 200))])"""
WIDER = "element => element.scrollWidth - element.clientWidth"
GROUND = "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
IN_OTHERS = {"classify", "classify-many", "live-before", "live-stopped", "train"}  # no part that others lack


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard that trains beside the shipped models, not among them."""
    folder = tmp_path_factory.mktemp("accessibility")
    with dashboard(folder / "server.log", models_beside(folder / "models")) as url:
        yield url


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    page = browser.new_context(viewport={"width": 390, "height": 900}, permissions=["camera"]).new_page()
    page.set_default_timeout(60_000)
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    page.context.close()


def faults(page: Page) -> list[object]:
    """What is wrong in either theme and width; each theme has its own ground, else it was looked at twice."""
    found, grounds = list[object](), set[str]()
    page.evaluate(AXE)
    page.mouse.move(0, 0)  # what is clicked here would be pointed at, or something else in a wider window
    for width in (390, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            settle(page)
            grounds.add(page.evaluate(GROUND))
            found += [(width, scheme, *each) for each in page.evaluate(RUN)]
            if wider := page.get_by_test_id("stMain").evaluate(WIDER):
                found.append((width, scheme, f"{wider} pixels wider than the window"))
    assert len(grounds) == 2
    return found


@pytest.mark.parametrize("scene", [scene for scene in SCENES if scene not in IN_OTHERS])
def test_nothing_serious_is_found_and_nothing_is_wider_than_a_phone(scene: str, visitor: Page, served: str) -> None:
    path, act = SCENES[scene]
    visitor.goto(f"{served}/{path}")
    expect(visitor.get_by_role("heading", level=1)).to_be_visible()
    act(visitor)
    assert faults(visitor) == []


def test_a_training_is_as_good_while_it_runs_and_when_it_has_ended(visitor: Page, served: str) -> None:
    visitor.goto(f"{served}/train")
    begin_training(visitor, "seen")
    card = visitor.locator(".st-key-training_seen")
    expect(card).to_contain_text("running", timeout=SLOW_MS)
    assert faults(visitor) == []
    expect(card).to_contain_text("finished", timeout=SLOW_MS)
    assert faults(visitor) == []


def test_answers_are_announced_and_a_reload_asks_first(page: Page, address: str) -> None:
    page.goto(address)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    checked(page)
    expect(page.get_by_role("status").filter(has_text="pictures: 5, faces: 4")).to_have_count(1)
    page.reload()
    expect(page.get_by_text("Try a sample")).to_be_visible()
    assert asked == ["beforeunload"]
    page.reload()
    assert asked == ["beforeunload"], "there is nothing to lose any more"
