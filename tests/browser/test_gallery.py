"""The gallery in a real browser: a click, the keys, filters, what is said and the score."""

import io
import re
import zipfile
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

from tests.browser.harness import SAMPLES, expect, watch_for_errors
from tests.browser.scenes import SLOW_MS
from tests.browser.test_dashboard import download, pictures, shown, upload

FILES = sorted(SAMPLES.glob("*.jpg"))
FEW = [SAMPLES / name for name in ("woman-cloth.jpg", "biden-black.jpg", "obama-n95.jpg")]


def gallery(page: Page, files: list[Path]) -> Locator:
    upload(page, list(files))
    pictures(page, len(files))
    return page.get_by_role("listbox", name="Faces")


def in_view(page: Page, element: Locator) -> None:
    """What it shows begins, at the least, inside the window."""
    page.wait_for_function(
        "element => { const box = element.getBoundingClientRect();"
        " return box.top >= 0 && box.top < innerHeight / 2 || box.top >= 0 && box.bottom <= innerHeight; }",
        arg=element.element_handle(),
    )


def test_a_click_shows_the_picture_beside_its_card_in_view(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1400, "height": 700})
    page.goto(address)
    cells = gallery(page, FILES).get_by_role("option")
    expect(cells.nth(len(FILES))).to_be_attached()  # a picture of several faces has a cell for each
    cells.nth(3).click()
    shown(page, FILES[3].name)
    in_view(page, page.locator(".st-key-shown_picture"))
    expect(cells.nth(3)).to_be_focused()
    expect(cells.nth(3)).to_have_attribute("aria-selected", "true")


def test_a_click_on_a_row_of_the_table_brings_its_picture_into_view(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1400, "height": 700})
    page.goto(address)
    gallery(page, FEW)
    page.get_by_test_id("stDataFrame").locator(".dvn-scroller").click(position={"x": 60, "y": 2.5 * 35})
    shown(page, FEW[1].name)
    in_view(page, page.locator(".st-key-shown_picture"))


def test_faces_are_checked_by_keyboard_and_scored(page: Page, address: str) -> None:
    page.goto(address)
    cells = gallery(page, FEW).get_by_role("option")
    cells.first.click()
    page.keyboard.press("1")
    expect(cells.nth(1)).to_be_focused()
    page.keyboard.press("2")
    expect(cells.nth(2)).to_be_focused()
    expect(page.get_by_text("You checked 2 faces: 1 right")).to_be_visible()
    expect(cells.nth(1)).to_have_accessible_name("Male 99 %, face 1 of biden-black.jpg; you say: Female")

    page.keyboard.press("ArrowLeft")
    shown(page, FEW[1].name)
    page.get_by_role("radio", name="Right", exact=True).click()
    expect(page.get_by_text("You checked 2 faces: 2 right")).to_be_visible()
    with zipfile.ZipFile(io.BytesIO(download(page, "Checked faces"))) as archive:
        assert sorted(archive.namelist()) == ["Female/woman-cloth-1.jpg", "Male/biden-black-1.jpg", "README.txt"]


def test_why_leads_with_what_the_strongest_part_is_worth(page: Page, address: str) -> None:
    page.goto(address)
    gallery(page, FEW)
    page.locator(".st-key-shown_picture").get_by_role("radio", name="Why?").click()
    worth = re.compile(
        "^(Covering the strongest part|No single part carries this answer).* % \N{RIGHTWARDS ARROW} .* %"
    )
    expect(page.get_by_text(worth)).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_alt_text("Heat map")).to_be_visible()


def test_two_tabs_at_once_do_not_mix(page: Page, address: str) -> None:
    page.goto(address)
    first = gallery(page, FEW).get_by_role("option")
    other = page.context.new_page()
    errors = watch_for_errors(other)
    other.goto(address)
    second = gallery(other, FEW[:2]).get_by_role("option")
    second.first.click()
    other.keyboard.press("5")
    expect(other.get_by_text("You checked 1 face: 0 right")).to_be_visible()
    first.nth(1).click()
    shown(page, FEW[1].name)
    expect(first).to_have_count(3)
    expect(page.get_by_text("You checked")).to_have_count(0)
    expect(second).to_have_count(2)
    assert errors == []


def test_the_report_of_ones_own_pictures_holds_them_and_what_was_said(
    page: Page, address: str, browser: Browser, tmp_path: Path
) -> None:
    page.goto(address)
    cells = gallery(page, FEW).get_by_role("option")
    cells.first.click()
    page.keyboard.press("3")
    expect(page.get_by_text("You checked 1 face: 0 right")).to_be_visible()
    file = tmp_path / "report.html"
    file.write_bytes(download(page, "Report of these pictures"))
    read = browser.new_context(offline=True, viewport={"width": 390, "height": 900}, color_scheme="dark").new_page()
    errors = watch_for_errors(read)
    read.goto(file.as_uri())
    expect(read.get_by_text("3 pictures, 3 faces.")).to_be_visible()
    expect(read.get_by_text("You checked 1 face: 0 right")).to_be_visible()
    expect(read.locator(".chart svg.marks")).to_have_count(1)
    expect(read.locator(".pictures img")).to_have_count(3)
    expect(read.get_by_role("cell", name="male", exact=True).first).to_be_visible()
    assert read.evaluate("document.documentElement.scrollWidth") <= 390
    assert errors == []
    read.context.close()


def test_filters_and_what_is_said_outlive_a_change_of_page(page: Page, address: str) -> None:
    page.goto(address)
    cells = gallery(page, FEW).get_by_role("option")
    cells.first.click()
    page.keyboard.press("3")
    expect(page.get_by_text("You checked 1 face: 0 right")).to_be_visible()
    page.locator(".st-key-gallery_head").get_by_text("Corrected").click()
    expect(cells).to_have_count(1)
    page.get_by_test_id("stSidebarNav").get_by_text("Model card").click()
    expect(page.get_by_role("heading", name="Model card")).to_be_visible()
    page.get_by_test_id("stSidebarNav").get_by_text("Classify").click()
    expect(page.get_by_text("You checked 1 face: 0 right")).to_be_visible()
    expect(cells).to_have_count(1)


def test_clear_all_can_be_undone(page: Page, address: str) -> None:
    page.goto(address)
    gallery(page, FEW)
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_text("3 pictures were removed.")).to_be_visible()
    expect(page.get_by_test_id("stFileChip")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    pictures(page, 3)
