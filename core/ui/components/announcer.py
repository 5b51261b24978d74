"""What the page says besides what it shows: answers to those who listen, and a question before it is left."""

from pathlib import Path

import streamlit as st

_HTML = '<div role="status" aria-live="polite"></div>'
_CSS = """[role="status"] {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
"""
_announcer = st.components.v2.component(
    "above_the_mask_announcer",
    html=_HTML,
    css=_CSS,
    js=Path(__file__).with_name("announcer.js").read_text(encoding="utf-8"),
)


def say(text: str, key: str) -> None:
    """Let a screen reader say `text` whenever it changes; nothing is seen of it.

    Args:
        text: In one sentence, without markup.
        key: Of this place on the page.
    """
    _announcer(data={"text": text, "asks": None}, key=key)


def ask_before_leaving(asks: bool) -> None:
    """Let the browser ask before the page is closed or loaded anew, as what the session holds would be lost."""
    _announcer(data={"text": "", "asks": asks}, key="before_leaving")
