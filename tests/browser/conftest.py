"""One dashboard and one browser for all browser tests; a page each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.browser.harness import (
    SAMPLES,
    Expected,
    chromium,
    dashboard,
    watch_for_errors,
    watch_for_strangers,
    write_camera_film,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with dashboard(tmp_path_factory.mktemp("dashboard") / "server.log") as url:
        yield url


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    film = write_camera_film(SAMPLES / "obama-cloth.jpg", tmp_path_factory.mktemp("camera") / "face.y4m")
    running = chromium(playwright, film)
    yield running
    running.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A fresh session; it fails the test when a script fails or anything but the dashboard is asked."""
    fresh = browser.new_context(accept_downloads=True, permissions=["camera"]).new_page()
    fresh.set_default_timeout(Expected.patience_ms)
    errors, strangers = watch_for_errors(fresh), watch_for_strangers(fresh, address)
    yield fresh
    fresh.context.close()
    assert errors == []
    assert strangers == []


@pytest.fixture
def page_without_camera(playwright: Playwright) -> Iterator[Page]:
    """A page of a browser on a machine that has no camera."""
    running = chromium(playwright)
    fresh = running.new_page()
    fresh.set_default_timeout(Expected.patience_ms)
    yield fresh
    running.close()
