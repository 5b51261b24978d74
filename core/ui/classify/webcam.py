"""The webcam's pictures: one at a time, looked at as soon as it is taken."""

from io import BytesIO

import streamlit as st
from PIL import Image, ImageOps

from core.errors import PictureError
from core.ui import state
from core.vision.pictures.decode import decode_picture

NAME = "webcam.jpg"
HELP_TITLE = "No picture from the camera?"
HELP = """
- **Allow the camera** when the browser asks; if you denied it before, click the camera icon in the address bar.
- **Only one program** can use a camera at a time: close video calls and other tabs that show it.
- **Browsers allow cameras on secure addresses only**: `localhost`, or an address that begins with `https`.
- **No camera?** Take the picture elsewhere and use the Upload tab.
"""
PRIVACY = "The camera is on only while this tab is open. The picture stays in this session's memory and is not stored."
_ROUND = "camera_round"
_RAW = "webcam_bytes"


def camera(*, mirror: bool) -> None:
    """The camera, whose last picture becomes the session's webcam picture, mirrored as chosen."""
    number = st.session_state.setdefault(_ROUND, 0)
    key = f"camera_{number}"
    st.camera_input("Take a picture of a face", key=key, on_change=_take, args=(key,), resolution="720p")
    raw = st.session_state.get(_RAW)
    with st.expander(HELP_TITLE, icon=":material/videocam_off:", expanded=raw is None):
        st.markdown(HELP)
    st.caption(PRIVACY)
    shot = state.shot()
    if raw is None:
        shot.clear()
        return
    data = mirrored(raw) if mirror else raw
    if [entry.data for entry in shot] != [data]:
        shot.clear()
        shot.add(NAME, data)


def _take(key: str) -> None:
    """Keep what the camera gave; it gives None when its picture was cleared."""
    picture = st.session_state[key]
    st.session_state[_RAW] = None if picture is None else picture.getvalue()


def forget(key: int) -> None:
    """Forget the picture with this key, and show the moving picture again, which a new key of the widget does."""
    state.shot().remove(key)
    st.session_state[_RAW] = None
    st.session_state[_ROUND] += 1


def mirrored(data: bytes) -> bytes:
    """A JPEG turned left to right; bytes that are no picture come back as they are, to be refused later."""
    try:
        pixels = decode_picture(data, NAME).pixels
    except PictureError:
        return data
    turned = BytesIO()
    ImageOps.mirror(Image.fromarray(pixels)).save(turned, "JPEG", quality=95)
    return turned.getvalue()
