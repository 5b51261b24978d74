"""A report that is shared and walked through, and a model that is trained on the page, in a real browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from core.settings import MODELS_VARIABLE, PREFERRED_MODELS
from tests.browser.harness import dashboard, expect, watch_for_errors
from tests.unit.labelled_folder import write_labelled

TRAINING_MS = 300_000


def report(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_role("heading", name="How it was trained")).to_be_attached(timeout=60_000)


def test_what_one_sees_can_be_shared(page: Page, address: str, browser: Browser) -> None:
    report(page, f"{address}/training_report?model=baseline-cnn&threshold=90")
    page.get_by_role("button", name="Groups", exact=True).click()
    expect(page.get_by_role("heading", name="Groups")).to_be_in_viewport()
    for part in ("model=baseline-cnn", "threshold=90", "section=groups", "set="):
        page.wait_for_url(f"**{part}**")

    friend = browser.new_context().new_page()
    try:
        report(friend, page.url)
        expect(friend.get_by_role("combobox", name="Model")).to_have_value("baseline-cnn")
        expect(friend.get_by_text("faces answered at 90 % only")).to_be_attached()
        expect(friend.get_by_role("heading", name="Groups")).to_be_in_viewport()
    finally:
        friend.context.close()


def test_back_undoes_a_choice(page: Page, address: str) -> None:
    report(page, f"{address}/training_report?model=baseline-cnn")
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name=PREFERRED_MODELS[0]).click()
    page.wait_for_url(f"**model={PREFERRED_MODELS[0]}**")
    page.go_back()
    expect(page.get_by_role("combobox", name="Model")).to_have_value("baseline-cnn")


def test_a_click_on_the_matrix_brings_its_faces_into_view(page: Page, address: str) -> None:
    report(page, f"{address}/training_report")
    chart = page.locator("[class*='st-key-report_matrix_']").get_by_test_id("stVegaLiteChart").last
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + 0.4 * box["height"])
    expect(page.get_by_role("heading", name="Mistakes")).to_be_in_viewport()
    expect(page.get_by_role("combobox", name="Show")).to_have_value("labelled female, answered male")


def test_a_chart_is_saved_under_its_own_name(page: Page, address: str) -> None:
    report(page, f"{address}/training_report?model=baseline-cnn")
    tools = page.locator("[class*='st-key-tools_baseline-cnn'][class*='roc-curve']")
    with page.expect_download() as waiting:
        tools.get_by_role("button", name="PNG").click()
    assert waiting.value.suggested_filename.startswith("baseline-cnn-")
    assert waiting.value.suggested_filename.endswith("roc-curve.png")
    assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")
    tools.get_by_role("button", name="As a table").click()
    expect(page.get_by_role("dialog").get_by_test_id("stDataFrame")).to_be_visible()


@contextmanager
def train_page(browser: Browser, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """The page Train of a dashboard of its own, whose models go below `folder`; nothing may fail on it."""
    monkeypatch.setenv(MODELS_VARIABLE, str(folder / "models"))
    page = browser.new_context().new_page()
    page.set_default_timeout(TRAINING_MS)
    errors = watch_for_errors(page)
    with dashboard(folder / "server.log") as url:
        page.goto(f"{url}/train")
        yield page
        page.context.close()
    assert errors == []


def look_at(page: Page, folder: str) -> None:
    page.get_by_label("Folder on this machine").fill(folder)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Check the pictures").click()


def test_from_a_folder_to_a_model_and_its_report(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_labelled(tmp_path / "faces", 30)
    with train_page(browser, tmp_path, monkeypatch) as page:
        page.get_by_role("combobox", name="Crop size, pixels").click()
        page.get_by_role("option", name="32", exact=True).click()
        look_at(page, str(folder))
        page.get_by_role("textbox", name="Name of the model").fill("tiny", timeout=TRAINING_MS)
        page.keyboard.press("Enter")
        other = page.context.new_page()
        other.goto(page.url)
        expect(other.get_by_text("None yet.")).to_be_visible(timeout=TRAINING_MS)
        page.get_by_role("button", name="Start training").click()
        expect(page.locator(".st-key-training_tiny")).to_contain_text("running", timeout=TRAINING_MS)
        expect(other.locator(".st-key-training_tiny")).to_contain_text("running", timeout=TRAINING_MS)
        page.reload()  # it goes on by itself
        page.get_by_role("link", name="Compare models").click()
        page.get_by_role("link", name="Train", exact=True).click()
        expect(page.locator(".st-key-training_tiny")).to_contain_text("finished", timeout=TRAINING_MS)

        page.get_by_role("link", name="Open its report").click()
        expect(page.get_by_role("combobox", name="Model")).to_have_value("tiny")
        expect(page.get_by_text("tested on")).to_be_visible()
    assert (tmp_path / "models" / "tiny" / "model.tflite").is_file()


def test_a_data_check_goes_on_behind_other_pages(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_labelled(tmp_path / "faces with blanks", 16)
    with train_page(browser, tmp_path, monkeypatch) as page:
        look_at(page, f'"{folder}"')
        page.get_by_role("link", name="Compare models").click()
        expect(page.get_by_role("heading", level=1, name="Compare models")).to_be_visible(timeout=TRAINING_MS)
        page.go_back()
        expect(page.get_by_text("can be used")).to_be_visible(timeout=TRAINING_MS)
