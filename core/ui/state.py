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
TAB = "input"
TABS = UPLOAD, WEBCAM, LIVE = "Upload", "Webcam", "Live video"
HELD_VIDEO = "held_video"
HELD_PEERS = "held_peers"
HELD_CHECK = "held_check"
_CHOSEN, _REVEALED, _FOCUSED, _ALL = "chosen_face", "revealed", "focused", "draw_all"
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


def choose_face(key: int, number: int = 1, *, reveal: bool = False, focus: bool = False) -> None:
    """Make a face, by the key of its picture and its number, the one that is shown.

    Args:
        key: The picture's key.
        number: The face's number.
        reveal: Bring it into view.
        focus: Give its cell in the gallery the focus, as where what had it is gone.
    """
    st.session_state[_CHOSEN] = key, number
    if reveal:
        st.session_state[_REVEALED] = revealed() + 1
    if focus:
        st.session_state[_FOCUSED] = focused() + 1


def chosen() -> tuple[int, int]:
    """Key and number of the face that is shown; (0, 0) before one was chosen."""
    place: tuple[int, int] = st.session_state.get(_CHOSEN, (0, 0))
    return place


def revealed() -> int:
    """How often something was to be brought into view."""
    return int(st.session_state.get(_REVEALED, 0))


def focused() -> int:
    """How often the chosen cell was to get the focus."""
    return int(st.session_state.get(_FOCUSED, 0))


def holds_something() -> bool:
    """Whether the session holds what a reload would lose: pictures, a video, peers' predictions, a data check."""
    held = (HELD_VIDEO in st.session_state, st.session_state.get(HELD_PEERS), HELD_CHECK in st.session_state)
    return bool(len(uploaded())) or any(held)


def ask_to_draw_all() -> None:
    """Ask, from a part of the page that is drawn alone, for the whole page to be drawn anew."""
    st.session_state[_ALL] = True


def draw_all_where_asked() -> None:
    """Draw the whole page anew if something in it was changed from one of its parts; each part calls this first."""
    if st.session_state.pop(_ALL, False):
        st.rerun()


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
