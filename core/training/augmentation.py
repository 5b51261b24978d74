"""Random changes of training crops, in the input pipeline and never in the model.

What a webcam, a phone or an old album does to a face: another place, size and roll, another light,
blur, few pixels, JPEG, noise, grey, and things in front of it. One affine map does the geometry, so
that a crop is interpolated once. All chance comes from a generator that the caller seeds.
"""

import math
from dataclasses import dataclass, fields

import cv2
import numpy as np
from numpy.typing import NDArray

from core.settings import CONSTANT, PADDINGS, CropRecipe
from core.training.edges import BLACK, Colour, Outside, filled, outside_of
from core.training.lighting import expose, shade, tint
from core.training.occluders import occlude
from core.types import Pixels
from core.vision.warping import similarity

_SHARES = ("blur", "shrink", "jpeg", "noise", "grey", "occlude")


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How crops are changed; the defaults are the baseline's.

    Attributes:
        flip: Whether every second crop, by chance, is mirrored left to right.
        rotation: Share of a full turn at most, either way.
        zoom: Share of the size at most, in or out.
        shift: Share of the crop's side at most, either way.
        squash: Share of the width at most that a face is made narrower or wider, its height kept.
        light: Strength of changes of brightness, contrast and gamma, 0 for none to 1.
        colour: Strength of changes of each channel and of the saturation, 0 for none to 1.
        cut: Share of the crops that seem to come from a picture that ends close to the face.
        edges: Share of the crops whose part outside the picture, if there is one, is not padded as serving pads but
            in one of the other `core.settings.PADDINGS`, plain padding in any colour.
        blur, shrink, jpeg, noise, grey, occlude: Share of the crops that are blurred, scaled down and
            up again, compressed, made noisy, without colour, or partly hidden (by glasses, headwear, hair
            or a hand); each in [0, 1].
        shade, tint, expose: Share of the crops that are lit from one side or in hard shadow, in coloured
            light, or over-exposed; each in [0, 1].
    """

    flip: bool = True
    rotation: float = 0.1
    zoom: float = 0.1
    shift: float = 0.0
    squash: float = 0.0
    light: float = 0.0
    colour: float = 0.0
    cut: float = 0.0
    edges: float = 0.0
    blur: float = 0.0
    shrink: float = 0.0
    jpeg: float = 0.0
    noise: float = 0.0
    grey: float = 0.0
    occlude: float = 0.0
    shade: float = 0.0
    tint: float = 0.0
    expose: float = 0.0

    def __post_init__(self) -> None:
        outside = [item.name for item in fields(self) if not 0 <= getattr(self, item.name) <= 1]
        if outside or 1 in (self.zoom, self.squash):
            raise ValueError(f"every part lies in [0, 1], zoom and squash below 1, got {self}")


NONE = Augmentation(flip=False, rotation=0.0, zoom=0.0)


def augment(
    crop: Pixels, own: CropRecipe, settings: Augmentation, rng: np.random.Generator, wanted: CropRecipe
) -> Pixels:
    """One random version of a crop.

    Args:
        crop: uint8 RGB (s, s, 3), the face's middle in its middle.
        own: How it was cut. Versions that show more than it holds are mirrored there; where its padding is plain, it
            is padded anew.
        settings: How much it is changed.
        rng: Where all chance comes from.
        wanted: Size, margin and padding of the version, as serving cuts it.

    Returns:
        uint8 RGB (size, size, 3).
    """
    size, face = wanted.size, crop.shape[0] / own.margin
    outside = outside_of(crop) if own.padding == CONSTANT else np.zeros(crop.shape[:2], np.bool_)
    if settings.cut and rng.random() < settings.cut:
        outside |= _cut(crop.shape[0], face, rng)
    crop = filled(crop, outside, *_padding(settings, wanted.padding, rng))
    matrix = _matrix(crop.shape[0], settings, rng, size, size / (wanted.margin * face))
    centred = matrix.copy()
    centred[:, 2] += centred[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV's origin is the middle of the first pixel.
    changed = _pixels(
        cv2.warpAffine(crop, centred, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    )
    happens = {name: rng.random() < getattr(settings, name) for name in _SHARES}
    if happens["occlude"]:
        changed = occlude(changed, matrix, crop.shape[0] / 2, face, rng)
    changed = _relight(changed, settings, rng)
    for share, light in ((settings.shade, shade), (settings.tint, tint), (settings.expose, expose)):
        if share and rng.random() < share:  # no chance is drawn for what a recipe does without
            changed = light(changed, rng)
    if happens["grey"]:
        changed = _pixels(cv2.cvtColor(cv2.cvtColor(changed, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB))
    if happens["blur"]:
        changed = _pixels(cv2.GaussianBlur(changed, (0, 0), float(rng.uniform(0.4, 1.6)) * size / 112))
    if happens["shrink"]:
        changed = _shrink(changed, rng)
    if happens["noise"]:
        grain = rng.standard_normal(changed.shape, dtype=np.float32) * np.float32(rng.uniform(2, 14))
        changed = np.clip(changed + grain, 0, 255).astype(np.uint8)
    if happens["jpeg"]:
        encoded = cv2.imencode(".jpg", changed, (cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 85))))[1]
        changed = _pixels(cv2.imdecode(encoded, cv2.IMREAD_COLOR))
    return changed


def _pixels(values: object) -> Pixels:
    """What OpenCV returns, whose type its stubs leave open."""
    return np.asarray(values, dtype=np.uint8)


def _cut(side: int, face: float, rng: np.random.Generator) -> Outside:
    """As if the picture ended between a little within the face's box and a third of a face beyond it, on all sides."""
    middle = side / 2
    left, top, right, bottom = (max(0, int(middle - reach * face)) for reach in rng.uniform(0.4, 0.85, 4))
    outside = np.ones((side, side), np.bool_)
    outside[top : side - bottom, left : side - right] = False
    return outside


def _padding(settings: Augmentation, served: str, rng: np.random.Generator) -> tuple[str, Colour]:
    """A way of padding, that of serving or another; and the colour of plain padding: black as often as any other."""
    if not settings.edges or rng.random() >= settings.edges:
        return served, BLACK
    others = [padding for padding in PADDINGS if padding != served]
    chosen = others[rng.integers(len(others))]
    red, green, blue = (int(value) for value in rng.integers(0, 256, 3))
    return chosen, BLACK if chosen != CONSTANT or rng.random() < 0.5 else (red, green, blue)


def _matrix(
    side: int, settings: Augmentation, rng: np.random.Generator, size: int, scale: float
) -> NDArray[np.float64]:
    """Affine (2, 3) from the crop to its version; origins at the corner of the first pixel."""
    angle = float(rng.uniform(-1, 1)) * settings.rotation * 2 * math.pi
    zoomed = scale * (1 + float(rng.uniform(-1, 1)) * settings.zoom)
    x, y = side / 2 + rng.uniform(-1, 1, 2) * settings.shift * size / scale
    matrix = similarity((float(x), float(y)), angle, zoomed, (size, size))
    if settings.squash:
        width = 1 + float(rng.uniform(-1, 1)) * settings.squash
        matrix[0] *= width
        matrix[0, 2] += (1 - width) * size / 2  # round the middle
    if settings.flip and rng.random() < 0.5:
        matrix[0] = -matrix[0]
        matrix[0, 2] += size
    return matrix


def _relight(crop: Pixels, settings: Augmentation, rng: np.random.Generator) -> Pixels:
    """Other light and colours, by one table a channel."""
    if not (settings.light or settings.colour):
        return crop
    levels = np.linspace(0, 1, 256)
    light, colour = settings.light, settings.colour
    gamma = math.exp(rng.uniform(-0.6, 0.6) * light)
    contrast, brightness = 1 + rng.uniform(-0.45, 0.45) * light, rng.uniform(-0.25, 0.25) * light
    curve = (levels**gamma - 0.5) * contrast + 0.5 + brightness
    channels = 1 + rng.uniform(-0.2, 0.2, 3) * colour
    table = np.clip(curve[:, np.newaxis] * channels * 255, 0, 255).astype(np.uint8)
    lit = cv2.LUT(crop, table[np.newaxis])
    saturation = 1 + float(rng.uniform(-0.6, 0.4)) * colour
    grey = cv2.cvtColor(cv2.cvtColor(lit, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return _pixels(cv2.addWeighted(lit, saturation, grey, 1 - saturation, 0))


def _shrink(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """As if the face had been small in its picture: 24 pixels at the least."""
    size = crop.shape[0]
    small = int(rng.integers(min(24, size), max(25, int(size * 0.7))))
    few = cv2.resize(crop, (small, small), interpolation=cv2.INTER_AREA)
    return _pixels(cv2.resize(few, (size, size), interpolation=cv2.INTER_LINEAR))
