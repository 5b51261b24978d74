"""Pictures with their answers drawn in, for the screen and for downloads."""

from io import BytesIO

import cv2
import numpy as np
import streamlit as st
from PIL import Image

from core.classify.exports import encode_picture
from core.results import ImageResult
from core.ui.classify.collection import Entry
from core.vision.annotate.draw import annotate
from core.vision.pictures.decode import decode_picture

SCREEN_SIDE = 1400
SCREEN_HEIGHT = 620  # a picture and its answers fit on one screen
_MAX_CACHED = 24


def annotated_jpeg(data: bytes, result: ImageResult, longest_side: int | None = None) -> bytes:
    """A picture file with boxes and labels as JPEG bytes.

    Args:
        data: The encoded picture that `result` is about.
        result: What to draw.
        longest_side: Pixels to which a larger picture is shrunk after drawing; None keeps its size.

    Raises:
        PictureError: If `data` is no picture.
    """
    pixels = annotate(decode_picture(data, result.name).pixels, result.faces)
    height, width = pixels.shape[:2]
    if longest_side is not None and max(height, width) > longest_side:
        scale = longest_side / max(height, width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return encode_picture(pixels)


def on_screen(entry: Entry, result: ImageResult, height: int = SCREEN_HEIGHT) -> tuple[bytes, int]:
    """The annotated picture, drawn once for each set of answers, and its width on the page at `height` pixels."""
    encoded, (across, down) = _on_screen(entry.digest, repr(result.to_rows()), entry.data, result)
    return encoded, max(1, round(across * height / down))


# For the session only: a picture must not outlive it.
@st.cache_data(max_entries=_MAX_CACHED, show_spinner=False, scope="session")
def _on_screen(digest: str, answers: str, _data: bytes, _result: ImageResult) -> tuple[bytes, tuple[int, int]]:
    encoded = annotated_jpeg(_data, _result, SCREEN_SIDE)
    return encoded, Image.open(BytesIO(encoded)).size
