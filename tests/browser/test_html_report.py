"""The HTML report in a real browser that has no network."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from core.evaluation.runs import load_run
from core.report.html.report import html_report
from tests.browser.harness import expect, watch_for_errors
from tests.pages.run_folder import write_run


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_run(tmp_path_factory.mktemp("models"))
    path = folder / "report.html"
    path.write_text(html_report(load_run(folder)), encoding="utf-8")
    return path


@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 390)])
def test_the_file_draws_every_chart_without_asking_anybody(
    browser: Browser, file: Path, scheme: str, width: int
) -> None:
    context = browser.new_context(offline=True, color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    asked: list[str] = []
    errors = watch_for_errors(page)
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    page.route(re.compile("^(?!file:|data:|blob:)"), refuse)
    page.goto(file.as_uri())
    expect(page.get_by_role("heading", name="Training report: masked")).to_be_visible()
    folded = page.locator("section > details:not([open]) > summary")
    while folded.count():
        folded.first.click()
    charts = page.locator(".chart")
    expect(page.locator(".chart svg.marks")).to_have_count(charts.count())
    for chart in charts.all():
        box = chart.locator("svg.marks").bounding_box()
        assert box is not None
        assert 200 < box["width"] <= width
        assert box["height"] > 100
    # Nothing is wider than the page: a phone scrolls in one direction.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (asked, errors) == ([], [])
    context.close()


def test_a_chart_can_be_taken_away_as_a_picture(browser: Browser, file: Path) -> None:
    context = browser.new_context(offline=True, accept_downloads=True)
    page = context.new_page()
    page.goto(file.as_uri())
    menu = page.locator(".chart details").first
    menu.locator("summary").click()
    with page.expect_download() as waiting:
        menu.get_by_text("SVG").click()
    assert "<svg" in Path(waiting.value.path()).read_text(encoding="utf-8")
    context.close()
