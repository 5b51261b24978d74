"""What a session remembers across reruns and changes of page; gone with the session.

Nothing of it lives under a widget's key: Streamlit forgets those when the page changes.
"""

import streamlit as st

from core.settings import SessionLimits
from core.ui.classify.collection import Collection
from core.ui.wording import plain

UPLOADED = "uploaded_pictures"
SHOT = "webcam_picture"
MESSAGES = "messages"
_SHOWN = 4


def uploaded() -> Collection:
    """The uploaded and sample pictures of this session."""
    return _collection(UPLOADED)


def shot() -> Collection:
    """The webcam's last picture: a collection of one or none."""
    return _collection(SHOT)


def _collection(key: str) -> Collection:
    if key not in st.session_state:
        st.session_state[key] = Collection(SessionLimits())
    collection: Collection = st.session_state[key]
    return collection


def tell(message: str) -> None:
    """Keep a sentence that the page shows once, on its next run."""
    st.session_state.setdefault(MESSAGES, []).append(message)


def show_messages() -> None:
    """Show the waiting sentences, the first few of many."""
    waiting: list[str] = st.session_state.pop(MESSAGES, [])
    if waiting:
        shown = [plain(message) for message in waiting[:_SHOWN]]
        more = [f"And {len(waiting) - _SHOWN} more."] if len(waiting) > _SHOWN else []
        st.toast("\n\n".join([*shown, *more]), icon=":material/info:", duration="long")
