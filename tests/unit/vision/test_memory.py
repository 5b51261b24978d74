"""What the process for costly pictures holds at its highest, beside what it has before it decodes."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pillow_heif
import pytest
from PIL import Image, TiffImagePlugin

from core.errors import PictureError
from core.vision.pictures.apart import process
from core.vision.pictures.decode import decode_picture
from tests.unit.picture_files import encoded, heic, png
from tests.unit.vision.heif_case import GRID, HEVC, Item, coded_in, grid_of, heif, size_of

SIDE, TILE = 7000, 500
PIXELS = 3 * SIDE**2  # bytes of the picture as it is answered
STATUS = Path("/proc/self/status")

pytestmark = pytest.mark.skipif(not STATUS.exists(), reason="what a process holds is read as Linux tells it")


def drawn(mode: str = "RGB") -> Image.Image:
    """49 megapixels of two colours."""
    image = Image.new("RGB", (SIDE, SIDE), (90, 120, 30))
    image.paste((200, 20, 20), (0, 0, SIDE // 2, SIDE // 3))
    if mode == "RGBA":
        image.putalpha(128)
    return image.convert(mode)


def whole_heic(chroma: int) -> bytes:
    file = BytesIO()
    pillow_heif.from_pillow(drawn()).save(file, quality=50, chroma=chroma, enc_params={"preset": "ultrafast"})
    return file.getvalue()


def deep_tile() -> bytes:
    """Ten bits, and all colours in full."""
    file = BytesIO()
    values = np.full((TILE, TILE, 3), 20_000, np.uint16)
    pillow_heif.from_bytes("RGB;16", (TILE, TILE), values.tobytes()).save(file, quality=50, chroma=444)
    return file.getvalue()


def tiled(tile: bytes) -> bytes:
    """As phones and cameras write them."""
    content, properties = coded_in(tile)
    count = SIDE // TILE
    item = Item(HEVC, content, (size_of(TILE, TILE), *properties))
    targets = range(2, count**2 + 2)
    sides = [size_of(SIDE, SIDE)]
    return heif([Item(GRID, grid_of(count, count, SIDE, SIDE), sides, {b"dimg": targets}), *[item] * count**2])


def jpeg(mode: str = "RGB", **options: object) -> bytes:
    return encoded(drawn(mode), "JPEG", quality=80, progressive=True, **options)


FILES: dict[str, tuple[Callable[[], bytes], float]] = {
    "AVIF": (lambda: encoded(drawn(), "AVIF", speed=10), 0.9),
    "AVIF, 4:4:4": (lambda: encoded(drawn(), "AVIF", speed=10, subsampling="4:4:4"), 1.4),
    "AVIF with alpha": (lambda: encoded(drawn("RGBA"), "AVIF", speed=10), 1.4),
    "HEIC": (lambda: whole_heic(420), 1.4),
    "HEIC, 4:4:4": (lambda: whole_heic(444), 2.0),
    "HEIC of tiles": (lambda: tiled(heic(np.full((TILE, TILE, 3), 90, np.uint8))), 1.0),
    "HEIC of tiles, ten bits, 4:4:4": (lambda: tiled(deep_tile()), 2.2),
    "progressive JPEG": (lambda: jpeg(subsampling=2), 1.8),
    "progressive JPEG, 4:4:4": (lambda: jpeg(subsampling=0), 2.6),
    "progressive JPEG, grey": (lambda: jpeg("L"), 1.9),
    "JPEG in a TIFF": (lambda: encoded(drawn(), "TIFF", compression="jpeg"), 1.6),
    "JPEG in CMYK": (lambda: encoded(drawn("CMYK"), "JPEG", quality=80), 1.5),
    "WebP without loss": (lambda: webp("RGB", lossless=True, quality=0), 1.5),
    "WebP without loss, with alpha": (lambda: webp("RGBA", lossless=True, quality=0), 1.5),
    "WebP": (lambda: webp("RGB", quality=60), 1.2),
    "WebP with alpha": (lambda: webp("RGBA", quality=60), 1.9),
    "PNG": (lambda: encoded(drawn(), "PNG", compress_level=1), 1.5),
    "PNG with alpha": (lambda: encoded(drawn("RGBA"), "PNG", compress_level=1), 1.5),
    "PNG of 16 bits": (lambda: png(SIDE, SIDE, 16, 2, bytes((1 + 6 * SIDE) * SIDE)), 1.5),
    "TIFF in CMYK": (lambda: tiff("CMYK"), 1.5),
    "TIFF of floats": (lambda: tiff("F"), 1.7),
    "TIFF of floats, of one strip": (lambda: tiff("F", strip=2**30), 1.7),
    "TIFF of one strip": (lambda: tiff("RGB", strip=2**30), 1.5),
    "TIFF of one strip, LZW": (lambda: tiff("RGB", "tiff_lzw", strip=2**30), 2.5),
}


def webp(mode: str, **options: object) -> bytes:
    return encoded(noisy(mode), "WEBP", method=0, **options)


def tiff(mode: str, packing: str = "tiff_adobe_deflate", *, strip: int = 2**16) -> bytes:
    image = drawn("L").convert("F") if mode == "F" else drawn(mode)
    with patch.object(TiffImagePlugin, "STRIP_SIZE", strip):
        return encoded(image, "TIFF", compression=packing)


def noisy(mode: str) -> Image.Image:
    """With as much noise as sends it to the process."""
    image = drawn(mode)
    image.paste(Image.effect_noise((400, 400), 80).convert(mode), (0, 0))
    return image


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes by which each process grew, at the highest."""
    own = Path(process.__file__).with_name("worker.py").read_text(encoding="utf-8")
    own = own.replace("str(Path(__file__).resolve().parents[4])", repr(str(Path(__file__).resolve().parents[3])))
    read = "1024 * int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    for before, after in (
        ("    limit_memory(", f"    start = {read}\n    limit_memory("),
        ('{"notes": notes', f'{{"held": {read} - start, "notes": notes'),
    ):
        assert own.count(before) == 1
        own = own.replace(before, after)
    worker = tmp_path / "worker.py"
    worker.write_text(own, encoding="utf-8")
    found: list[int] = []

    def answered(*told: Any, answer: Callable[..., Any] = process._answer) -> dict[str, Any] | None:
        said: dict[str, Any] | None = answer(*told)
        found.append(said.get("held", 0) if said else 0)
        return said

    monkeypatch.setattr(process, "_WORKER", worker)
    monkeypatch.setattr(process, "_answer", answered)
    return found


@pytest.mark.parametrize("name", FILES)
def test_a_large_picture_takes_about_twice_its_pixels(name: str, held: list[int]) -> None:
    write, times = FILES[name]
    data = write()
    picture = decode_picture(data, name)
    assert (picture.width, picture.height) == (SIDE, SIDE)
    assert len(held) == 1, "it was decoded in the process"
    print(f"{name}: {held[0] / 2**20:.0f} MB, {held[0] / PIXELS:.2f} times its pixels")
    assert 0 < held[0] <= times * PIXELS + len(data)


def test_passes_of_four_full_colours_are_refused_with_what_helps(held: list[int]) -> None:
    with pytest.raises(PictureError) as caught:
        decode_picture(jpeg("CMYK"), "print.jpg")
    assert caught.value.code == "too_complex"
    assert "a JPEG that is not progressive" in caught.value.message
    assert len(held) == 1


@pytest.mark.parametrize(
    "write",
    [lambda: tiff("RGB", "tiff_lzw", strip=2**30), lambda: encoded(drawn("RGBA"), "WEBP", quality=60, method=0)],
    ids=["TIFF of one strip, LZW", "WebP with alpha"],
)
def test_a_large_damaged_picture_is_not_called_too_costly(write: Callable[[], bytes]) -> None:
    data = bytearray(write())
    data[len(data) // 2 : len(data) // 2 + 64] = b"\xff" * 64
    with pytest.raises(PictureError) as caught:
        decode_picture(bytes(data), "holiday")
    assert caught.value.code == "damaged"
