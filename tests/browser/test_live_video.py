"""The Live video tab with a camera whose picture moves, judged by what the video shows."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from core.results import Label
from core.ui.classify.live import HELP_TITLE, NO_MORE
from core.vision.annotate.draw import STYLES
from tests.browser.harness import (
    REMEMBER_TRACKS,
    SAMPLES,
    chromium,
    expect,
    streamer,
    watch_for_errors,
    watch_for_strangers,
    write_camera_film,
)
from tests.browser.scenes import video

SLOW_MS = 120_000
SHIFTS = [*range(-80, 80, 4), *range(80, -80, -4)]
# Number and mean column of the pixels of the shown video that have nearly the colour of a man's tag.
BLUE = """colour => {
    const video = document.querySelector("video");
    if (!video || !video.videoWidth) return {count: 0, column: 0};
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    const context = canvas.getContext("2d");
    context.drawImage(video, 0, 0);
    const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
    let count = 0, sum = 0;
    for (let i = 0; i < data.length; i += 4)
        if (colour.every((value, c) => Math.abs(value - data[i + c]) < 40)) {
            count += 1; sum += (i / 4) % canvas.width;
        }
    return {count, column: sum / Math.max(1, count)};
}"""


@pytest.fixture
def live_page(playwright: Playwright, address: str, tmp_path: Path) -> Iterator[Page]:
    film = write_camera_film(SAMPLES / "obama-cloth.jpg", tmp_path / "moving.y4m", SHIFTS)
    running = chromium(playwright, film)
    context = running.new_context(accept_downloads=True, permissions=["camera"])
    context.add_init_script(REMEMBER_TRACKS)
    page = context.new_page()
    page.set_default_timeout(SLOW_MS)
    errors, strangers = watch_for_errors(page), watch_for_strangers(page, address)
    yield page
    running.close()
    assert errors == []
    assert strangers == []


def test_boxes_move_with_the_face_and_stop_releases_the_camera(live_page: Page, address: str) -> None:
    page, fill = live_page, list(STYLES[Label.MALE].fill)
    page.goto(f"{address}/?input=Live+video")
    frame = streamer(page)
    frame.get_by_role("button", name="Start").click()
    frame.wait_for_function(f"colour => ({BLUE})(colour).count > 300", arg=fill, timeout=SLOW_MS, polling=1000)
    first = frame.evaluate(BLUE, fill)["column"]
    moved = f"([colour, first]) => Math.abs(({BLUE})(colour).column - first) > 20"
    frame.wait_for_function(moved, arg=[fill, first], timeout=SLOW_MS, polling=300)
    delay = page.get_by_test_id("stMetric").filter(has_text="Delay")
    expect(delay).to_contain_text(" ms", timeout=SLOW_MS)
    frame.get_by_role("button", name="Stop").click()
    frame.wait_for_function("window.cameraTracks.length && window.cameraTracks.every(t => t.readyState === 'ended')")
    expect(delay).not_to_contain_text(" ms", timeout=SLOW_MS)
    with page.expect_download() as download:
        page.get_by_role("button", name="People (CSV)").click()
    rows = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert rows[0].startswith("person,first_second,last_second,frames,p_female")
    assert len(rows) >= 2
    elsewhere_and_back(page)
    expect(page.get_by_role("button", name="People (CSV)")).to_be_enabled(timeout=SLOW_MS)
    expect(page.get_by_test_id("stMetric").filter(has_text="Faces seen")).not_to_contain_text("0")


def elsewhere_and_back(page: Page) -> None:
    """To another page and to the Live video tab again."""
    page.get_by_test_id("stSidebarNav").get_by_text("Model card").click()
    expect(page.get_by_role("heading", name="Model card")).to_be_visible(timeout=SLOW_MS)
    page.get_by_test_id("stSidebarNav").get_by_text("Classify").click()
    page.get_by_role("tab", name="Live video").click()


def test_a_video_among_the_pictures_is_read_in_view_and_kept_when_the_page_changes(page: Page, address: str) -> None:
    page.set_default_timeout(SLOW_MS)
    page.goto(address)
    video(page)
    expect(page.get_by_role("heading", name="In this video")).to_be_in_viewport()
    people = page.get_by_test_id("stMetric").filter(has_text="People")
    expect(people).to_contain_text("1")
    expect(people).to_be_in_viewport()
    elsewhere_and_back(page)
    expect(page.get_by_text("walk.mp4", exact=True)).to_be_visible(timeout=SLOW_MS)
    expect(people).to_contain_text("1")
    expect(page.get_by_role("button", name="Annotated video")).to_be_visible()


def test_the_camera_is_off_before_start_and_in_another_tab(live_page: Page, address: str) -> None:
    page = live_page
    page.goto(f"{address}/?input=Live+video")
    expect(streamer(page).get_by_role("button", name="Start")).to_be_visible(timeout=SLOW_MS)
    assert streamer(page).evaluate("window.cameraTracks.length") == 0
    page.get_by_role("tab", name="Upload").click()
    expect(page.locator("iframe[title*='webrtc_streamer']")).to_have_count(0, timeout=SLOW_MS)


@pytest.mark.parametrize("error", ["NotAllowedError", "NotReadableError", "NotFoundError"])
def test_a_camera_that_cannot_be_had_is_said_with_its_cure(live_page: Page, address: str, error: str) -> None:
    page = live_page
    page.add_init_script(
        f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('no camera', '{error}'); }}"
    )
    page.goto(f"{address}/?input=Live+video")
    start = streamer(page).get_by_role("button", name="Start")
    start.click()
    expect(streamer(page).get_by_text(f"{error}: no camera")).to_be_visible(timeout=SLOW_MS)
    expect(start).to_be_enabled()
    page.get_by_text(HELP_TITLE).click()
    expect(page.get_by_role("listitem").filter(has_text=error)).to_be_visible(timeout=SLOW_MS)


def test_a_camera_that_is_unplugged_is_said_and_can_be_started_again(live_page: Page, address: str) -> None:
    page = live_page
    page.goto(f"{address}/?input=Live+video")
    frame = streamer(page)
    frame.get_by_role("button", name="Start").click()
    metrics = page.get_by_test_id("stMetric")
    expect(metrics.filter(has_text="Delay")).to_contain_text(" ms", timeout=SLOW_MS)
    frame.evaluate("window.cameraTracks.forEach(track => track.stop())")
    warning = page.get_by_text(NO_MORE)
    expect(warning).to_be_visible(timeout=SLOW_MS)
    frame.get_by_role("button", name="Stop").click()
    expect(warning).to_have_count(0, timeout=SLOW_MS)
    frame.get_by_role("button", name="Start").click()
    expect(metrics.filter(has_text="Frames per second")).to_contain_text(re.compile("[1-9]"), timeout=SLOW_MS)
