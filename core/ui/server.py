"""Who the dashboard answers to: a guard before Streamlit's own server.

Streamlit checks hosts and origins for its websocket alone, and asks a public service for this machine's address before
it refuses a stranger. Here every request is checked by what it says itself, and nobody is asked.
"""

import secrets
import time
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

COOKIE = "above_the_mask"
GRACE_SECONDS = 20.0
"""How long pictures are still served to a browser whose connection was lost: it may come back."""

_CLOSED = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/script-health-check")
_MEDIA = "/media/"
_SAFE = ("GET", "HEAD")
_HEADERS = {
    # Components are frames of the dashboard's own pages.
    "Content-Security-Policy": "frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_UNKNOWN_HOST = (
    "This dashboard cannot be reached under this host name. Use one that server.allowedHosts in "
    ".streamlit/config.toml lists, or start the dashboard with --server.allowedHosts and this name."
)


class Guard:
    """ASGI middleware that lets pass what comes from the dashboard's own pages, under its own names.

    Refused are other names in `Host` than `server.allowedHosts` (a page that binds its name to this machine's
    address has its own), other origins than the page's and `server.corsAllowedOrigins`, what is for operators
    (metrics), and pictures to anyone but a browser with an open page, which a cookie tells.
    """

    def __init__(self, app: ASGIApp, clock: Callable[[], float] = time.monotonic) -> None:
        """Stand before an application; `clock` gives seconds."""
        self._app = app
        self._clock = clock
        self._open: Counter[str] = Counter()
        self._left: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        token = _token(headers)
        fresh = "" if token else secrets.token_urlsafe(24)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableHeaders(scope=message), path, fresh)
            await send(message)

        if not _is_allowed(headers.getlist("host")):
            refusal = PlainTextResponse(_UNKNOWN_HOST, 421)
        elif scope["method"] not in _SAFE and not _is_own(headers):
            refusal = PlainTextResponse("Only the dashboard's own pages may send anything.", 403)
        elif _base(path).startswith(_CLOSED) or (_base(path).startswith(_MEDIA) and not self._is_here(token)):
            refusal = PlainTextResponse("Not found", 404)
        else:
            await self._app(scope, receive, send_guarded)
            return
        await refusal(scope, receive, send_guarded)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if not _is_allowed(headers.getlist("host")) or not _is_own(headers):
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        token = _token(headers)
        self._open[token] += 1
        try:
            # As its own: Streamlit would look further afield for an origin that it does not know.
            await self._app(_with_own_origin(scope, headers), receive, send)
        finally:
            self._open[token] -= 1
            if not self._open[token]:
                del self._open[token]
                now = self._clock()
                self._left = {other: left for other, left in self._left.items() if now - left < GRACE_SECONDS}
                self._left[token] = now

    def _is_here(self, token: str) -> bool:
        """Whether a browser has a page open, or had one a moment ago."""
        if not token:
            return False
        return token in self._open or self._clock() - self._left.get(token, float("-inf")) < GRACE_SECONDS


def _base(path: str) -> str:
    """A path below the address that the dashboard is served at."""
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return path.removeprefix(f"/{base}") if base else path


def _is_allowed(hosts: list[str]) -> bool:
    """Whether the one `Host` names the dashboard, whatever its port."""
    if len(hosts) != 1:
        return False
    try:
        parts = urlsplit(f"//{hosts[0]}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not name or parts.netloc != hosts[0] or "@" in parts.netloc:
        return False
    name = name.rstrip(".")
    for allowed in config.get_option("server.allowedHosts"):
        wanted = str(allowed).strip().lower().strip("[]").rstrip(".")
        if wanted in ("*", name) or (wanted.startswith("*.") and name.endswith(wanted[1:])):
            return True
    return False


def _is_own(headers: Headers) -> bool:
    """Whether a request comes from a page of the dashboard, of an allowed origin, or of no page at all."""
    origins = headers.getlist("origin")
    if not origins:
        return headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    if len(origins) > 1:
        return False
    allowed = {str(origin).strip().rstrip("/") for origin in config.get_option("server.corsAllowedOrigins")}
    try:
        return origins[0] in allowed or urlsplit(origins[0]).netloc == headers.get("host")
    except ValueError:
        return False


def _with_own_origin(scope: Scope, headers: Headers) -> Scope:
    if "origin" not in headers:
        return scope
    own = f"http://{headers['host']}".encode("latin-1")
    return {**scope, "headers": [(name, own if name == b"origin" else value) for name, value in scope["headers"]]}


def _token(headers: Headers) -> str:
    """The browser's token, "" where it has none.

    Other programs on this machine leave cookies of their own with the same name of host, of every form: Python's
    reader gives all up for one that it does not know.
    """
    for cookie in "; ".join(headers.getlist("cookie")).split(";"):
        name, _, value = cookie.partition("=")
        if name.strip() == COOKIE:
            return value.strip()
    return ""


def _add_headers(headers: MutableHeaders, path: str, fresh: str) -> None:
    for name, value in _HEADERS.items():
        headers[name] = value
    if _base(path).startswith(_MEDIA):
        headers["Cache-Control"] = "no-store"
    elif fresh and headers.get("Content-Type", "").startswith("text/html"):  # the page, before what belongs to it
        headers.append("Set-Cookie", f"{COOKIE}={fresh}; Path=/; HttpOnly; SameSite=Strict")
