"""A picture and its answers → a new picture with a box and a tag for every face.

The answer stands in words on the tag; colour (Okabe and Ito's, distinct in lightness too) and the
dashed line of an uncertain face only repeat it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.heads import BINARY, GENDER, HEADS
from core.results import FaceResult, Label
from core.types import Pixels, check_pixels
from core.vision.annotate.layout import Canvas, Places, Rectangle, canvas_for, place_tag
from core.wording import sureness

Colour = tuple[int, int, int]
_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_MIN_SHRUNK_FONT_PX = 6
_BLACK: Colour = (0, 0, 0)
_WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class LabelStyle:
    """How one label looks.

    Attributes:
        fill: Colour of line and tag, RGB.
        ink: Colour of the tag's letters, RGB; contrast to `fill` at least 4.5 (WCAG 2.2, 1.4.3).
        dashed: Whether the box's line is broken.
    """

    fill: Colour
    ink: Colour
    dashed: bool = False


# Orange, blue and white: CIE lightness about 71, 46 and 100.
STYLES = {
    Label.FEMALE: LabelStyle((230, 159, 0), _BLACK),
    Label.MALE: LabelStyle((0, 114, 178), _WHITE),
    Label.UNCERTAIN: LabelStyle(_WHITE, _BLACK, dashed=True),
}


def tag_text(number: int, result: FaceResult) -> tuple[str, str]:
    """The two parts of a tag, such as ("1 Female", "93 %") or ("2 Uncertain", "leans male 84 %").

    The probability is that of the likelier gender.
    """
    return f"{number} {HEADS[GENDER].words[result.label]}", sureness(result)


def live_tag(number: int, result: FaceResult) -> tuple[str, str]:
    """The tag of a face in a moving picture, beside which no card says the rest: ("3 Male", "93 %, mask worn")."""
    answer, probability = tag_text(number, result)
    said = (head.words.get(getattr(result.decision, head.column)) for head in BINARY if head.name != GENDER)
    return answer, ", ".join(filter(None, (probability, *said)))


def annotate(
    pixels: Pixels,
    faces: Sequence[FaceResult],
    tags: Sequence[tuple[str, str]] | None = None,
    *,
    same_size: bool = False,
) -> Pixels:
    """Draw box, number, label and probability of every face.

    Args:
        pixels: uint8 RGB (height, width, 3); left as it is.
        faces: Numbered from 1 in the order given.
        tags: What stands on each face's tag, in two parts; None for `tag_text`.
        same_size: Never enlarge the picture: the frames of a film are all of one size.

    Returns:
        A new array: as large as `pixels`, or a whole number of times larger where the letters could
        not be read otherwise (see `annotate_layout.canvas_for`); without faces always as large.

    Raises:
        ValueError: If `pixels` is no picture.
    """
    check_pixels(pixels)
    if not faces:
        return pixels.copy()
    height, width = pixels.shape[:2]
    canvas = Canvas(width, height, 1) if same_size else canvas_for(width, height, [face.face.box for face in faces])
    image = Image.fromarray(pixels)
    if canvas.factor > 1:
        image = image.resize((canvas.width, canvas.height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    boxes = [canvas.rectangle(result.face.box) for result in faces]
    for result, box in zip(faces, boxes, strict=True):
        _draw_box(draw, box, STYLES[result.label], canvas.line_width(box))
    parts = [tag_text(number, result) for number, result in enumerate(faces, start=1)] if tags is None else tags
    all_boxes, places = Places(canvas, boxes), Places(canvas)
    for part, result, box in zip(parts, faces, boxes, strict=True):
        text, font, padding = _fitted(part, box, canvas)
        x0, y0, x1, y1 = draw.multiline_textbbox((0, 0), text, font)
        size = math.ceil(x1 - x0) + 2 * padding, math.ceil(y1 - y0) + 2 * padding
        place = place_tag(size, box, all_boxes, places, canvas)
        places.add(place)
        _draw_tag(draw, place, text, font, padding, STYLES[result.label])
    return np.array(image)


def _fitted(parts: tuple[str, str], box: Rectangle, canvas: Canvas) -> tuple[str, _Font, int]:
    """Text (on one line if it is not much wider than its box, else on two), letters that fit, padding."""
    size = canvas.font_size(box)
    while True:
        font = _letters(size)
        padding = max(3, round(0.3 * size))
        line = " \N{MIDDLE DOT} ".join(parts)
        room = min(1.4 * (box[2] - box[0]), canvas.width) - 2 * padding
        text = line if font.getlength(line) <= room else "\n".join(parts)
        if size <= _MIN_SHRUNK_FONT_PX or max(map(font.getlength, parts)) + 2 * padding <= canvas.width:
            return text, font, padding
        size -= 1


@lru_cache(maxsize=64)
def _letters(size: int) -> _Font:
    """Letters of a size; to load them takes longer than to draw a tag."""
    return ImageFont.load_default(size)


def _draw_tag(
    draw: ImageDraw.ImageDraw, place: Rectangle, text: str, font: _Font, padding: int, style: LabelStyle
) -> None:
    left, top, right, bottom = place
    draw.rectangle((left, top, right - 1, bottom - 1), fill=style.fill, outline=_BLACK)
    x, y, _, _ = draw.multiline_textbbox((0, 0), text, font)
    draw.multiline_text((left + padding - x, top + padding - y), text, style.ink, font)


def _draw_box(draw: ImageDraw.ImageDraw, box: Rectangle, style: LabelStyle, width: int) -> None:
    """A line just inside the box, with a black rim on both sides that sets it off from any background."""
    left, top, right, bottom = box
    rim = max(1, width // 3)
    _draw_frame(draw, box, width + 2 * rim, _BLACK)
    inner = (left + rim, top + rim, right - rim, bottom - rim)
    if style.dashed:
        _draw_dashes(draw, inner, width, style.fill)
    else:
        _draw_frame(draw, inner, width, style.fill)


def _draw_frame(draw: ImageDraw.ImageDraw, box: Rectangle, width: int, fill: Colour) -> None:
    left, top, right, bottom = box
    if right > left and bottom > top:
        draw.rectangle((left, top, right - 1, bottom - 1), outline=fill, width=width)


def _draw_dashes(draw: ImageDraw.ImageDraw, box: Rectangle, width: int, fill: Colour) -> None:
    """Dashes about four widths long along the frame; every side begins and ends with one."""
    left, top, right, bottom = box
    for near, far in _dashes(left, right, width):
        for y in (top, bottom - width):
            draw.rectangle((near, y, far - 1, y + width - 1), fill=fill)
    for near, far in _dashes(top, bottom, width):
        for x in (left, right - width):
            draw.rectangle((x, near, x + width - 1, far - 1), fill=fill)


def _dashes(start: int, end: int, width: int) -> list[tuple[int, int]]:
    """Dashes as (first, one behind the last) pixels, with gaps of the same length between them."""
    count = max(1, (end - start) // (8 * width)) * 2 + 1
    edges = [start + (end - start) * i // count for i in range(count + 1)]
    return [(near, far) for near, far in zip(edges[::2], edges[1::2], strict=True) if far > near]
