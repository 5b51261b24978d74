"""The sections of a long page: headings with names of their own, and a list of them at the side."""

import re

import streamlit as st

from core.ui.components import address

_SECTION = "section"
_TIMES = "times_brought_into_view"
_APART = re.compile(r"[^a-z0-9]+")
# Scrolls again while charts above the section still take their place, until the reader does something.
_SCROLL = """
const section = () => document.getElementById("ANCHOR")?.scrollIntoView({block: "start"});
const within = document.querySelector('[data-testid="stMainBlockContainer"]');
const watch = new ResizeObserver(section);
const done = () => { watch.disconnect(); of.forEach((name) => removeEventListener(name, done, true)); };
const of = ["wheel", "touchstart", "pointerdown", "keydown"];
of.forEach((name) => addEventListener(name, done, true));
section();
watch.observe(within);
setTimeout(done, 3000);
"""


class Contents:
    """What a page holds, in order; the list takes its place at the side before the page is drawn."""

    def __init__(self, page: str) -> None:
        """Begin; `page` is the one whose address names the section."""
        self._page, self._titles = page, dict[str, str]()
        self._place = st.sidebar.container()
        self._wanted = address.changed(page, _SECTION)
        address.keep(page, _SECTION, st.query_params.get(_SECTION, ""), "")

    def header(self, title: str) -> None:
        """A heading of the page."""
        self._titles[anchor_of(title)] = title
        st.header(title, anchor=anchor_of(title))

    def show(self) -> None:
        """List what has been drawn, and scroll to the section that the address has come to name; to be called last."""
        if self._wanted in self._titles:
            bring_into_view(self._wanted)
        with self._place:
            _list(self._page, dict(self._titles))


@st.fragment
def _list(page: str, titles: dict[str, str]) -> None:
    st.markdown("**On this page**")
    with st.container(gap=None, key="contents"):
        for anchor, title in titles.items():
            if st.button(title, key=f"section_{anchor}", type="tertiary"):
                address.keep(page, _SECTION, anchor, "")
                bring_into_view(anchor)
    address.write(page)


def anchor_of(title: str) -> str:
    """The name of a section in the address, such as "learning-curves"."""
    return _APART.sub("-", title.lower()).strip("-")


def bring_into_view(anchor: str) -> None:
    """Scroll to a section."""
    # Numbered, as a script that the page has run already is not run again.
    st.session_state[_TIMES] = number = st.session_state.get(_TIMES, 0) + 1
    script = _SCROLL.replace("ANCHOR", anchor)
    st.html(f"<script>/* {number} */ {{ {script} }}</script>", unsafe_allow_javascript=True)
