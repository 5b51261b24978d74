"""What is thrown at which reader: whole files, made from what comes with the project, and how each is damaged."""

import io
import json
import random
import struct
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from core.settings import ASSETS_DIR, MODELS_DIR, PREFERRED_MODELS
from tools.fuzz.mutate import damaged, damaged_json, damaged_table
from tools.fuzz.task import Files, Task

_CASES = Path(__file__).resolve().parents[2] / "tests" / "cases"
_SIDE = 96
_MODEL = MODELS_DIR / PREFERRED_MODELS[0]
_ROWS = 60
_FILMS = (("mp4", "mpeg4"), ("avi", "mpeg4"), ("mkv", "mpeg4"), ("mov", "mjpeg"), ("mp4", "h264"), ("webm", "libvpx"))


@cache
def _pictures() -> list[bytes]:
    """The sample pictures, small, in every format and mode that can be written here."""
    from PIL import Image

    found = []
    for number, path in enumerate(sorted(ASSETS_DIR.glob("samples/*.jpg"))[:2]):
        with Image.open(path) as image:
            small = image.convert("RGB").resize((_SIDE, _SIDE))
        for mode in ("RGB", "L", "P", "RGBA", "CMYK", "I;16", "F", "1", "LA"):
            picture = small.convert("L").convert("I").convert(mode) if mode in ("I;16", "F") else small.convert(mode)
            for form in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF", "PPM", "TGA", "ICO", "JPEG2000"):
                for options in ({}, {"progressive": True}, {"compression": "tiff_lzw"}, {"save_all": True}):
                    file = io.BytesIO()
                    try:
                        picture.save(file, form, **options)
                    except (OSError, ValueError, KeyError):
                        continue
                    found.append(file.getvalue())
                    if number:
                        break
    found += [path.read_bytes() for path in sorted(_CASES.iterdir()) if path.suffix in (".heic", ".dng", ".webp")]
    return sorted(set(found))


@cache
def _films() -> list[bytes]:
    """Short films in the usual containers and codecs, and those that went wrong once."""
    import av
    import numpy as np

    found = [path.read_bytes() for path in sorted(_CASES.iterdir()) if path.suffix in (".mp4", ".mp3")]
    for container, codec in _FILMS:
        file = io.BytesIO()
        try:
            with av.open(file, "w", format={"mkv": "matroska"}.get(container, container)) as film:
                stream: Any = film.add_stream(codec, rate=10)
                stream.width = stream.height = 64
                stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
                for number in range(8):
                    pixels = np.full((64, 64, 3), 20 * number, np.uint8)
                    film.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
                film.mux(stream.encode(None))
        except (ValueError, OSError, LookupError):  # a codec that this build does not write
            continue
        found.append(file.getvalue())
    texts = (
        "#EXTM3U\n#EXTINF:1,\n/etc/hostname\n",
        "ffconcat version 1.0\nfile '/etc/hostname'\n",
        "v=0\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
        "<MPD><Period><BaseURL>file:///etc/hostname</BaseURL></Period></MPD>",
        "DirectShow\x00http://127.0.0.1/",
    )
    return [*found, *(text.encode() for text in texts)]


def _one_file(seeds: Callable[[], list[bytes]], task: Task) -> Files:
    draw = task.draw()
    data = draw.choice(seeds())
    return {"input": data if draw.random() < 0.03 else damaged(data, draw)}


def _archive(task: Task) -> Files:
    """A ZIP of small files packed in every way, its directory damaged more often than the rest."""
    draw = task.draw()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(draw.randrange(6)):
            method = draw.choice((0, 8, 12, 14))
            name = draw.choice(("a.jpg", "Müller.png", "写真.jpg", "../up.jpg", "__MACOSX/x", "d/", ".hidden"))
            archive.writestr(zipfile.ZipInfo(f"{number}{name}"), draw.randbytes(draw.randrange(300)), method)
    content = bytearray(file.getvalue())
    begin = max(0, content.find(b"PK\x01\x02"))
    for _ in range(draw.choice((0, 1, 2, 6))):
        place = draw.randrange(begin, len(content))
        content[place] = draw.choice((0, 1, 8, 14, 93, 99, 127, 255, draw.randrange(256)))
    if draw.random() < 0.2:
        end = content.rfind(b"PK\x05\x06")
        numbers = [draw.choice((0, 1, 65535, 2**32 - 1, len(content))) for _ in range(2)]
        content[end + 8 : end + 20] = struct.pack("<HHLL", draw.randrange(65536), draw.randrange(65536), *numbers)
    return {"input": damaged(bytes(content), draw) if draw.random() < 0.4 else bytes(content)}


@cache
def _saved(name: str) -> str:
    """A saved file of a model; of tables some rows, of which every variant and both genders have some."""
    text = (_MODEL / name).read_text(encoding="utf-8")
    if not name.endswith("predictions.csv"):
        return text
    header, *rows = text.splitlines()
    return "\n".join([header, *random.Random(0).sample(rows, _ROWS)]) + "\n"


def _run(task: Task) -> Files:
    """A model's folder with one or two of its records damaged."""
    draw = task.draw()
    names = ("metadata.json", "metrics.json", "history.csv", "predictions.csv", "explanations.json", "benchmark.json")
    files = {name: _saved(name).encode() for name in names}
    for name in draw.sample(names, draw.choice((1, 1, 2))):
        change = damaged_json if name.endswith(".json") else damaged_table
        files[name] = change(_saved(name), draw)
    if draw.random() < 0.05:
        del files[draw.choice(names)]
    return files


def _metadata(task: Task) -> Files:
    return {"metadata.json": damaged_json(_saved("metadata.json"), task.draw())}


def _prepared(task: Task) -> Files:
    """A prepared folder of four crops with one of its files damaged."""
    import numpy as np

    from core.data.prepared import COLUMNS, CROPS, INDEX, RECIPE, REPORT

    draw = task.draw()
    recipe = {"crop": {"size": 16, "margin": 1.4, "padding": "replicate"}}
    known = {"gender": "female", "masked": "1", "found": "1", "score": "0.9", "split": "train", "variant": "drawn"}
    row = ",".join(
        known.get(column, "1" if column in ("left", "top", "right", "bottom") else "a") for column in COLUMNS
    )
    crops = io.BytesIO()
    np.save(crops, np.zeros((4, 16, 16, 3), np.uint8))
    texts = {
        RECIPE: json.dumps(recipe),
        f"a/{REPORT}": json.dumps({"recipe": recipe, "crops": 4, "dropped": {"twice": 3}}),
        f"a/{INDEX}": "\n".join([",".join(COLUMNS), row, row, row, row]) + "\n",
    }
    files = {name: text.encode() for name, text in texts.items()} | {f"a/{CROPS}": crops.getvalue()}
    name = draw.choice(sorted(files))
    if name in texts:
        files[name] = (damaged_json if name.endswith(".json") else damaged_table)(texts[name], draw)
    else:
        files[name] = damaged(files[name], draw)
    return files


def _table(task: Task) -> Files:
    draw = task.draw()
    lines = ["file,p_female", *(f"faces/{number}.webp,{draw.random():.3f}" for number in range(8))]
    return {"peer.csv": damaged_table("\n".join(lines) + "\n", draw)}


KINDS: dict[str, Callable[[Task], Files]] = {
    "archive": _archive,
    "film": lambda task: _one_file(_films, task),
    "metadata": _metadata,
    "picture": lambda task: _one_file(_pictures, task),
    "prepared": _prepared,
    "run": _run,
    "table": _table,
}
