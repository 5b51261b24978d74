"""What a stranger does with the dashboard, in a real browser."""

import base64
import contextlib
import csv
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Download, Locator, Page, Playwright

from core.results import ROW_COLUMNS
from tests.browser.harness import SAMPLES, chromium, dashboard, expect, settle, take_photo, watch_for_errors

CROP = "Face 1 as the model saw it"
ROW_PX = 35
MASKED = [SAMPLES / name for name in ("woman-cloth.jpg", "biden-black.jpg", "obama-n95.jpg")]


def upload(page: Page, files: list[Path | dict[str, object]]) -> None:
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(files)


def pictures(page: Page, count: int) -> None:
    metric = page.get_by_test_id("stMetric").filter(has_text="Pictures")
    expect(metric.get_by_test_id("stMetricValue")).to_have_text(str(count))


def download(page: Page, name: str) -> bytes:
    return clicked_download(page, page.get_by_test_id("stDownloadButton").filter(has_text=name))


def clicked_download(page: Page, button: Locator) -> bytes:
    with page.expect_download() as waiting:
        button.click()
    got: Download = waiting.value
    return Path(got.path()).read_bytes()


def shown(page: Page, name: str) -> None:
    expect(page.locator(".st-key-pager")).to_contain_text(name)


def test_three_samples_are_answered_and_can_be_taken_away(page: Page, address: str) -> None:
    page.goto(address)
    upload(page, list(MASKED))
    pictures(page, 3)
    expect(page.get_by_alt_text(CROP)).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    rows = list(csv.DictReader(io.StringIO(download(page, "CSV").decode("utf-8-sig"))))
    assert tuple(rows[0])[: len(ROW_COLUMNS)] == ROW_COLUMNS
    assert [(row["file"], row["status"]) for row in rows] == [(path.name, "ok") for path in MASKED]
    assert len(json.loads(download(page, "JSON"))) == 3
    with zipfile.ZipFile(io.BytesIO(download(page, "ZIP"))) as archive:
        assert len([name for name in archive.namelist() if name.endswith(".jpg")]) == 3


def test_a_batch_goes_on_past_bad_files(page: Page, address: str) -> None:
    page.goto(address)
    text = {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"not a picture"}
    cut = {"name": "cut.jpg", "mimeType": "image/jpeg", "buffer": MASKED[1].read_bytes()[:20_000]}
    upload(page, [{"name": path.name, "mimeType": "image/jpeg", "buffer": path.read_bytes()} for path in MASKED])
    pictures(page, 3)
    upload(page, [text, cut])
    pictures(page, 5)
    expect(page.get_by_text("2 files were not read")).to_be_visible()
    for name in ("notes.jpg", "cut.jpg"):
        expect(page.get_by_test_id("stExpander").get_by_text(name).first).to_be_visible()


def test_a_click_on_a_row_shows_its_picture(page: Page, address: str) -> None:
    page.goto(address)
    upload(page, list(MASKED))
    pictures(page, 3)
    shown(page, MASKED[0].name)
    rows = page.get_by_test_id("stDataFrame").locator(".dvn-scroller")
    for number in (2, 1):
        rows.click(position={"x": 60, "y": (number + 1.5) * ROW_PX})
        shown(page, MASKED[number].name)


def test_a_pasted_picture_is_answered(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_test_id("stFileUploader")).to_be_visible()
    page.evaluate(
        """async picture => {
            const blob = await (await fetch("data:image/jpeg;base64," + picture)).blob();
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File([blob], "image.jpg", {type: blob.type}));
            document.body.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
        }""",
        base64.b64encode(MASKED[0].read_bytes()).decode(),
    )
    expect(page.get_by_alt_text(CROP)).to_be_visible()
    expect(page.get_by_alt_text("image.jpg with 1 numbered face")).to_be_visible()


def test_names_of_files_are_text_and_the_table_is_safe_in_a_spreadsheet(page: Page, address: str) -> None:
    names = ["=cmd().jpg", "www.example.org", "me@example.org", 'a -> "b".jpg', ":streamlit:.jpg", f"{'long' * 49}.jpg"]
    page.add_init_script("delete window.showSaveFilePicker")  # the table's download, without asking where to
    page.goto(address)
    upload(page, [{"name": name, "mimeType": "image/jpeg", "buffer": name.encode()} for name in names])
    pictures(page, len(names))
    problems = page.get_by_test_id("stExpander").filter(has_text="6 files were not read")
    problems.locator("summary").click()
    listed = problems.get_by_role("listitem")
    expect(listed).to_have_count(len(names))
    for name in names[:-1]:
        expect(listed.filter(has_text=re.compile("\u2060?".join(map(re.escape, name))))).to_have_count(1)
    expect(problems.locator("a, img")).to_have_count(0)
    page.get_by_test_id("stDataFrame").hover(position={"x": 60, "y": 60})
    table = clicked_download(page, page.get_by_role("button", name="Download as CSV")).decode("utf-8-sig")
    assert [row["Picture"] for row in csv.DictReader(io.StringIO(table))] == ["'=cmd().jpg", *names[1:]]


def test_a_picture_that_is_listed_twice_stays_until_both_are_removed(page: Page, address: str) -> None:
    page.goto(address)
    upload(page, [MASKED[0], MASKED[1]])
    pictures(page, 2)
    upload(page, [MASKED[0]])
    chips = page.get_by_test_id("stFileChip").filter(has_text="cloth")
    expect(chips).to_have_count(2)
    chips.first.get_by_test_id("stFileChipDeleteBtn").click()
    expect(chips).to_have_count(1)
    pictures(page, 2)
    chips.first.get_by_test_id("stFileChipDeleteBtn").click()
    expect(page.get_by_test_id("stMetric")).to_have_count(0)
    expect(page.get_by_alt_text(CROP)).to_be_visible()


def test_a_sample_is_answered_already_and_another_is_one_click_away(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_alt_text(CROP)).to_be_visible()
    page.get_by_role("listbox", name="Samples").get_by_role("option", name="Six at once (sample)").click()
    expect(page.get_by_alt_text("Face 3 as the model saw it")).to_be_visible()
    page.get_by_test_id("stSidebarNav").get_by_text("Model card").click()
    expect(page.get_by_role("heading", name="Model card")).to_be_visible()
    page.get_by_test_id("stSidebarNav").get_by_text("Classify").click()
    expect(page.get_by_alt_text("Face 3 as the model saw it")).to_be_visible()


def test_a_webcam_shot_is_answered(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_test_id("stFileUploader")).to_be_visible()
    assert page.locator("video").count() == 0
    page.get_by_role("tab", name="Webcam").click()
    expect(page.locator("video")).to_be_visible()
    take_photo(page)
    expect(page.get_by_alt_text(CROP)).to_be_visible()
    page.get_by_role("tab", name="Upload").click()
    expect(page.get_by_test_id("stFileUploader")).to_be_visible()
    expect(page.locator("video")).to_have_count(0)


def test_the_report_draws_its_charts(page: Page, address: str) -> None:
    page.goto(f"{address}/training_report")
    charts = page.get_by_test_id("stVegaLiteChart")
    expect(charts.nth(2)).to_be_visible()
    settle(page)
    for chart in charts.all():
        chart.scroll_into_view_if_needed()
        drawn = chart.locator("canvas, svg").first
        expect(drawn).to_be_visible()
        box = drawn.bounding_box()
        assert box is not None
        assert box["width"] > 100
        assert box["height"] > 60
    assert page.get_by_test_id("stException").count() == 0


def test_models_are_compared(page: Page, address: str) -> None:
    page.goto(f"{address}/compare_models")
    expect(page.get_by_role("heading", name="Where they disagree")).to_be_visible()
    charts = page.get_by_test_id("stVegaLiteChart")
    expect(charts.nth(1).locator("canvas, svg").first).to_be_visible()
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(
        {"name": "other.csv", "mimeType": "text/csv", "buffer": b"name\nx\n"}
    )
    expect(page.get_by_text("no column file, p_female")).to_be_visible()
    assert page.get_by_test_id("stException").count() == 0


def test_the_card_can_be_read_and_taken_away(page: Page, address: str) -> None:
    page.goto(f"{address}/model_card")
    expect(page.get_by_text("What it is not for").first).to_be_visible()
    assert "perceived" in download(page, "Download").decode("utf-8").lower()


@pytest.mark.parametrize("page_name", ["training_report", "compare_models", "model_card"])
def test_a_deep_link_works_on_a_cold_server(page_name: str, page_without_camera: Page, tmp_path: Path) -> None:
    page = page_without_camera
    errors = watch_for_errors(page)
    with dashboard(tmp_path / "server.log") as cold:
        page.goto(f"{cold}/{page_name}")
        navigation = page.get_by_test_id("stSidebarNav")
        expect(navigation.get_by_text("Classify")).to_be_visible()
        expect(navigation.get_by_text("Training report")).to_be_visible()
        expect(navigation.get_by_text("streamlit app")).to_have_count(0)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.goto("about:blank")
    assert errors == []


@pytest.mark.parametrize("arguments", [(), ("--use-fake-device-for-media-stream",)], ids=["no camera", "denied"])
def test_without_a_picture_from_the_camera_the_tab_says_what_to_do(
    arguments: tuple[str, ...], playwright: Playwright, address: str
) -> None:
    with contextlib.closing(chromium(playwright, arguments=arguments)) as running:
        page = running.new_page()
        page.goto(f"{address}/?input=Webcam")
        expect(page.get_by_text("would like to use your camera")).to_be_visible()
        expect(page.get_by_role("button", name="Take photo")).to_be_disabled()
        expect(page.get_by_text("Allow the camera")).to_be_visible()
        expect(page.get_by_text("use the Upload tab")).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)
