"""The server as strangers meet it: other names, other origins, closed pages, a crowd; and whom it asks itself."""

import json
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.browser.harness import SAMPLES, dashboard, expect, settle

# Python runs a module of this name before the program: it writes down whom the server asks and where it writes.
WATCH = """
import os, sys, tempfile
said = open(os.environ["WATCH_LOG"], "a", buffering=1)
folder = tempfile.gettempdir()

def watch(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        print("asked", arguments[1][0], file=said)
    elif event == "socket.getaddrinfo":
        print("asked", arguments[0], file=said)
    elif event == "open" and isinstance(arguments[0], str) and isinstance(arguments[2], int):
        if arguments[0].startswith(folder) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            print("wrote", arguments[0], file=said)

sys.addaudithook(watch)
"""
MINE = {"localhost", "127.0.0.1", "::1", "0.0.0.0", "None", ""}
FORGOTTEN_MS = 60_000


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A dashboard of its own, and the file in which it is written down whom it asks."""
    folder = tmp_path_factory.mktemp("watched")
    (folder / "sitecustomize.py").write_text(WATCH)
    said, temporary = folder / "said.txt", folder / "temporary"
    temporary.mkdir()
    environment = {"PYTHONPATH": str(folder), "WATCH_LOG": str(said), "TMPDIR": str(temporary)}
    with dashboard(folder / "server.log", environment) as url:
        yield url, said


def status(url: str, method: str = "GET", **headers: str) -> int:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, headers=names), timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def refused(url: str, **headers: str) -> bool:
    """Whether the websocket is refused to somebody with these headers."""
    host = headers.pop("Host", None)
    address = urlsplit(url)
    try:
        with (
            socket.create_connection((address.hostname, address.port), timeout=20) as own,
            connect(f"ws://{host or address.netloc}/_stcore/stream", sock=own, additional_headers=headers),
        ):
            return False
    except InvalidStatus as error:
        return error.response.status_code == 403


def upload(page: Page, url: str, file: Path) -> str:
    """Open the dashboard and drop a picture of a face; returns the address of what is shown of it."""
    page.set_default_timeout(60_000)
    page.goto(url)
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)
    picture = page.get_by_alt_text(re.compile("numbered face"))
    expect(picture).to_be_visible(timeout=60_000)
    settle(page)
    return str(picture.evaluate("image => image.src"))


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:8501", "localhost.evil.example", "127.0.0.1@evil.example"]
)
@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/host-config", "/training_report"])
def test_a_page_under_another_name_gets_nothing(watched: tuple[str, Path], name: str, path: str) -> None:
    url, _ = watched
    assert status(f"{url}{path}", Host=name) == 421
    assert status(f"{url}{path}") == 200


def test_no_other_page_may_talk_to_the_dashboard(watched: tuple[str, Path]) -> None:
    url, _ = watched
    port = urlsplit(url).port
    assert not refused(url)
    assert not refused(url, Origin=url)
    for origin in ("http://evil.example", f"http://evil.example:{port}", "null", f"http://127.0.0.1:{port + 1}"):
        assert refused(url, Origin=origin), origin
    assert refused(url, Host=f"evil.example:{port}", Origin=f"http://evil.example:{port}")
    assert status(f"{url}/_stcore/upload_file/a/b", "PUT", Origin="http://evil.example") == 403


def test_what_is_for_operators_is_closed_and_no_stranger_may_frame_a_page(watched: tuple[str, Path]) -> None:
    url, _ = watched
    for path in ("metrics", "metrics?families=cache_memory_bytes", "agent/openapi.json", "script-health-check"):
        assert status(f"{url}/_stcore/{path}") == 404
    with urllib.request.urlopen(url, timeout=20) as answer:
        assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'self'"
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert answer.headers["Access-Control-Allow-Origin"] is None


def test_nobody_outside_is_asked_and_no_upload_touches_the_disk(
    watched: tuple[str, Path], browser: Browser, tmp_path: Path
) -> None:
    url, said = watched
    with Image.open(SAMPLES / "obama-cloth.jpg") as picture:
        picture.resize((1200, 1500)).save(tmp_path / "large.bmp")
    assert (tmp_path / "large.bmp").stat().st_size > 5_000_000
    page = browser.new_page()
    upload(page, url, tmp_path / "large.bmp")
    page.close()
    assert refused(url, Origin="http://evil.example")
    lines = said.read_text().splitlines()
    assert {line.partition(" ")[2] for line in lines if line.startswith("asked")} <= MINE
    assert [line for line in lines if line.startswith("wrote") and "matplotlib" not in line] == []


def test_a_picture_is_served_to_its_own_browser_and_forgotten_when_the_page_is_closed(
    watched: tuple[str, Path], browser: Browser
) -> None:
    url, _ = watched
    context = browser.new_context()
    other = context.new_page()
    other.goto(f"{url}/model_card")
    settle(other)
    page = context.new_page()
    picture = upload(page, url, SAMPLES / "obama-cloth.jpg")
    assert context.request.get(picture).status == 200
    assert context.request.get(picture).headers["cache-control"] == "no-store"
    assert status(picture) == 404, "without the browser's cookie it is nobody's"
    assert status(picture, Cookie="above_the_mask=guessed") == 404
    page.close()
    ends = time.monotonic() + FORGOTTEN_MS / 1000
    while context.request.get(picture).status == 200:
        assert time.monotonic() < ends, "it is still in memory"
        other.wait_for_timeout(1000)
    context.close()


def test_a_crowd_is_said_and_survived(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    with dashboard(log, open_files=160) as url:
        address = urlsplit(url)
        crowd = []
        for _ in range(400):
            one = socket.socket()
            one.settimeout(5)
            try:
                one.connect((address.hostname, address.port))
            except OSError:
                one.close()
                continue
            crowd.append(one)
        ends = time.monotonic() + 30
        while "Too many connections" not in log.read_text() and time.monotonic() < ends:
            time.sleep(0.2)
        time.sleep(3)  # in which a log used to grow by megabytes
        text = log.read_text()
        for one in crowd:
            one.close()
        assert len(re.findall("Too many connections", text)) == 1
        assert "ulimit -n" in text
        assert len(text) < 20_000
        answers = (_answer(f"{url}/_stcore/health") for _ in range(60))
        assert 200 in answers


def _answer(url: str) -> int:
    try:
        return status(url)
    except (OSError, json.JSONDecodeError):
        time.sleep(0.5)
        return 0
