"""The guard before Streamlit's server, asked without a server or a browser."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from starlette.types import Message, Receive, Scope, Send

from core.ui.server import COOKIE, GRACE_SECONDS, Guard

Answer = TypeVar("Answer")
HOST = ("host", "localhost:8501")


def scope(kind: str, path: str, *headers: tuple[str, str], method: str = "GET") -> Scope:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return {"type": kind, "path": path, "method": method, "headers": raw, "scheme": "http", "query_string": b""}


class Page:
    """A dashboard behind the guard: a page that is open until it is closed, and a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.guard = Guard(self._app, clock=lambda: self.now)
        self.close = asyncio.Event()

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.close.wait()
        else:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
            await send({"type": "http.response.body", "body": b""})

    async def status(self, *args: object, **options: str) -> int:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.guard(scope("http", *args, **options), receive, send)
        return int(sent[0]["status"])

    async def connect(self, *headers: tuple[str, str]) -> "asyncio.Task[None]":
        async def receive() -> Message:
            return {"type": "websocket.connect"}

        async def send(message: Message) -> None:
            raise AssertionError(message)

        task = asyncio.create_task(self.guard(scope("websocket", "/_stcore/stream", HOST, *headers), receive, send))
        await asyncio.sleep(0)
        return task


def run(asking: Coroutine[object, object, Answer]) -> Answer:
    """What a coroutine gives, in a thread of its own: browser tests before this one may leave a loop in theirs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asking).result()


async def asked(path: str, *headers: tuple[str, str], method: str = "GET") -> int:
    return await Page().status(path, *headers, method=method)


@pytest.mark.parametrize(
    "cookies",
    [
        [("cookie", f"{COOKIE}=mine")],
        [("cookie", f'settings={{"a": [1, "b"]}}; {COOKIE}=mine; _xsrf=2|ab|cd|17')],
        [("cookie", f"naïve=é; {COOKIE}=mine")],
        [("cookie", "a=b"), ("cookie", f" {COOKIE} = mine ")],
    ],
)
def test_pictures_are_for_the_browser_whose_page_is_open_whatever_other_cookies_it_has(
    cookies: list[tuple[str, str]],
) -> None:
    async def visit() -> None:
        page = Page()
        assert await page.status("/media/a.png", HOST, *cookies) == 404
        connection = await page.connect(*cookies)
        assert await page.status("/media/a.png", HOST, *cookies) == 200
        for other in ([], [("cookie", f"{COOKIE}=another")], [("cookie", f"x{COOKIE}=mine; mine={COOKIE}")]):
            assert await page.status("/media/a.png", HOST, *other) == 404
        page.close.set()
        await connection
        page.now += GRACE_SECONDS - 1
        assert await page.status("/media/a.png", HOST, *cookies) == 200
        page.now += 1
        assert await page.status("/media/a.png", HOST, *cookies) == 404

    run(visit())


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([HOST], 200),
        ([("host", "LOCALHOST.")], 200),
        ([("host", "[::1]:8501")], 200),
        ([], 421),
        ([HOST, ("host", "evil.example")], 421),
        ([("host", "evil.example"), ("x-forwarded-host", "localhost")], 421),
        ([("host", "localhost:8501@evil.example")], 421),
        ([("host", "localhost/evil.example")], 421),
        ([("host", "localhost:port")], 421),
        ([("host", "xlocalhost")], 421),
        ([("host", "0.0.0.0")], 421),
    ],
)
def test_a_name_is_taken_as_a_whole_and_once(headers: list[tuple[str, str]], expected: int) -> None:
    assert run(asked("/", *headers)) == expected


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "OPTIONS", "PATCH"])
def test_only_own_pages_send(method: str) -> None:
    def answer(*headers: tuple[str, str]) -> int:
        return run(asked("/_stcore/upload_file/a/b", HOST, *headers, method=method))

    assert answer(("origin", "http://localhost:8501")) == 200
    assert answer(("sec-fetch-site", "same-origin")) == 200
    for foreign in (
        [("origin", "http://localhost:8502")],
        [("origin", "null")],
        [("origin", "http://localhost:8501"), ("origin", "http://evil.example")],
        [("origin", "http://[")],
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
    ):
        assert answer(*foreign) == 403


@pytest.mark.parametrize(
    "path", ["/_stcore/metrics", "/_stcore/metrics/", "/_stcore/agent/x", "/media/", "/media/../x"]
)
def test_what_is_for_operators_and_pictures_without_a_page_are_not_found(path: str) -> None:
    assert run(asked(path, HOST)) == 404
