"""Pictures that may cost much are decoded in a process of its own: it ends in time, and nothing else waits for it."""

import queue
import signal
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.classify.pipeline import Classifier
from core.classify.sources import Source, Upload
from core.errors import PictureError
from core.vision.pictures import decode, formats, lean, reading
from core.vision.pictures.apart import process
from core.vision.pictures.canvas import WholeCanvas
from core.vision.pictures.decode import decode_picture
from tests.unit.picture_files import chunk, encoded, heic, quarters, rotated_by_exif

AVIF = encoded(quarters(), "AVIF", quality=95)
LOSSLESS = encoded(quarters(), "WEBP", lossless=True)
FADING = Image.fromarray(quarters()).convert("RGBA")
FADING.putalpha(Image.radial_gradient("L").resize(FADING.size))
PROGRESSIVE = encoded(quarters(), "JPEG", progressive=True)
# A decoder that hangs, busy or waiting, one that ends its process, one that says half of a picture, and two that
# ask for more memory than there is.
BUSY = "while True: pass"
WAITING = "import time; time.sleep(600)"
ENDING = "import os; os.abort()"
HALF = 'import os; os.write(1, b\'{"left": 0, "top": 0, "shape": [9, 9, 3]}\\n\' + bytes(100)); os._exit(0)'
GREEDY = "import numpy; numpy.ones(2**30, numpy.uint8)"
FAILING = "import core.vision.pictures.decode as used; used.decode = lambda *_: [bytearray(260 * 2**20), {}['no']]"
SAYING_SO = "import core.vision.pictures.decode as used; used.decode = lambda *_: bytearray(2**30)"


@pytest.fixture(autouse=True)
def costly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take small pictures for large ones."""
    monkeypatch.setattr(reading, "PIXELS_IN_PLANES", {formats.AVIF: 100, formats.HEIC: 100})
    monkeypatch.setattr(reading, "MANY", 100)
    monkeypatch.setattr(reading, "_COSTLY_PASSED", 1000)
    monkeypatch.setattr(reading, "_COSTLY_LOSSLESS", 30)
    for module in (lean, reading):
        monkeypatch.setattr(module, "LARGE", 100)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What processes said last."""
    found: list[object] = []

    def told(*how: Any, answer: Callable[..., object] = process._answer) -> object:
        found.append(answer(*how))
        return found[-1]

    monkeypatch.setattr(process, "_answer", told)
    return found


def instead(program: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process decode a picture like this; time and memory are bounded as ever."""
    worker = folder / "worker.py"
    own = Path(process.__file__).with_name("worker.py").read_text(encoding="utf-8")
    place = str(Path(__file__).resolve().parents[3])
    own = own.replace("str(Path(__file__).resolve().parents[4])", repr(place))
    worker.write_text(own.replace("        limits = ", f"        {program}\n        limits = "), encoding="utf-8")
    monkeypatch.setattr(process, "_WORKER", worker)


@pytest.mark.parametrize(
    "data",
    [
        AVIF,
        PROGRESSIVE,
        heic(quarters()),
        encoded(quarters(), "TIFF", compression="jpeg"),
        LOSSLESS,
        encoded(FADING, "WEBP", quality=80),
        encoded(quarters(), "WEBP", save_all=True, append_images=[Image.fromarray(quarters()).rotate(90)]),
        encoded(FADING, "PNG"),
        encoded(quarters(), "GIF"),
        rotated_by_exif(quarters(), 6, "TIFF"),
        encoded(Image.fromarray(quarters()).convert("CMYK"), "JPEG"),
    ],
    ids=[
        "AVIF",
        "JPEG",
        "HEIC",
        "JPEG in TIFF",
        "WebP without loss",
        "WebP with alpha",
        "animated WebP",
        "PNG",
        "GIF",
        "TIFF",
        "JPEG in CMYK",
    ],
)
def test_the_process_gives_the_very_picture(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    began = []
    monkeypatch.setattr(process, "_answer", lambda *told, answer=process._answer: began.append(told) or answer(*told))
    apart, here = decode_picture(data, "a"), decode_picture(data, "a", apart=False)
    assert np.array_equal(apart.pixels, here.pixels)
    assert began
    assert (apart.sha256, apart.notes) == (here.sha256, here.notes)


def test_notes_and_refusals_come_out_of_it_as_they_are() -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    moving = decode_picture(encoded(frames[0], "AVIF", save_all=True, append_images=frames[1:]), "a")
    assert moving.notes == ("This is an animation; only its first frame is used.",)
    with pytest.raises(PictureError) as caught:
        decode_picture(PROGRESSIVE[: len(PROGRESSIVE) // 2], "holiday\n.jpg")
    assert caught.value.code == "truncated"
    assert "'holiday\ufffd.jpg'" in caught.value.message


@pytest.mark.parametrize("program", [BUSY, WAITING, ENDING, HALF, GREEDY, SAYING_SO])
def test_a_decoder_that_never_ends_or_fails_is_a_refusal(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "SECONDS", 1)
    monkeypatch.setattr(process, "_PATIENCE", 10.0 if program == WAITING else 100.0)
    instead(program, tmp_path, monkeypatch)
    with pytest.raises(PictureError) as caught:
        decode_picture(AVIF, "a.avif")
    assert caught.value.code == "too_complex"
    assert "a.avif" in caught.value.message


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="what a process holds is read as Linux tells it")
@pytest.mark.parametrize(("usual", "code"), [(0, "too_complex"), (10**5, "damaged")])
def test_a_decoder_that_fails_was_short_of_memory_only_where_a_sound_picture_needs_less(
    usual: int, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_USUAL", usual)
    instead(FAILING, tmp_path, monkeypatch)
    with pytest.raises(PictureError) as caught:
        decode_picture(encoded(quarters(), "BMP"), "a.bmp")
    assert caught.value.code == code


@pytest.mark.skipif(not hasattr(signal, "alarm"), reason="signals of POSIX")
def test_a_decoder_that_hangs_ends_also_where_nobody_is_left_to_end_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_PATIENCE", 1.0)
    monkeypatch.setattr(threading, "Timer", lambda seconds, end, timer=threading.Timer: timer(60, end))
    instead(WAITING, tmp_path, monkeypatch)
    with pytest.raises(PictureError) as caught:
        decode_picture(AVIF, "a.avif")
    assert caught.value.code == "too_complex"


def test_many_cores_do_not_take_the_memory_of_the_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_MEMORY", 100 * 2**20)
    cores = "import os; os.cpu_count = lambda: 256; os.sched_getaffinity = lambda _: range(256)"
    instead(cores, tmp_path, monkeypatch)
    assert decode_picture(AVIF, "a.avif").width == 64


def test_the_other_pictures_of_a_batch_are_answered(
    tmp_path: Path, sample_paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "SECONDS", 1)
    instead(BUSY, tmp_path, monkeypatch)
    sources: list[Source] = [Upload("bad.avif", AVIF), sample_paths[0], Upload("bad2.avif", AVIF), sample_paths[1]]
    results = list(Classifier.load().classify_many(sources))
    assert [result.code for result in results] == ["too_complex", "", "too_complex", ""]


def test_no_process_is_left_and_no_more_than_four_work_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = [], []
    begin = subprocess.Popen.__init__

    def counted(self: "subprocess.Popen[bytes]", *args: object, **options: object) -> None:
        begin(self, *args, **options)  # type: ignore[call-overload]
        running.append(self)
        most.append(sum(each.poll() is None for each in running))

    monkeypatch.setattr(subprocess.Popen, "__init__", counted)
    threads = [threading.Thread(target=decode_picture, args=(AVIF, "a")) for _ in range(7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(running) == 7
    assert max(most) <= 4
    assert all(each.returncode is not None for each in running)


def test_pictures_of_one_session_that_hang_leave_another_its_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: queue.Queue[subprocess.Popen[bytes]] = queue.Queue()
    begin = process._begin

    def counted() -> "subprocess.Popen[bytes] | None":
        child = begin()
        assert child is not None
        begun.put(child)
        return child

    monkeypatch.setattr(process, "_begin", counted)
    instead(f'if request["name"] == "slow": {WAITING}', tmp_path, monkeypatch)
    with ThreadPoolExecutor(1) as pool:
        answers = pool.submit(list, Classifier.load().classify_many([Upload("slow", AVIF)] * 4))
        hanging = [begun.get(), begun.get()]
        assert decode_picture(AVIF, "other").width == 64
        assert [child.poll() for child in hanging] == [None, None], "the other did not wait for them"
        monkeypatch.setattr(process, "_begin", lambda: None)
        for child in hanging:
            child.kill()
        assert [result.code for result in answers.result()] == ["too_complex", "too_complex", "no_face", "no_face"]


def test_where_no_process_can_be_started_the_picture_is_decoded_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert decode_picture(AVIF, "a").width == 64


def test_where_no_thread_can_watch_it_the_picture_is_decoded_here(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[subprocess.Popen[bytes]] = []

    def begin(began: Callable[[], "subprocess.Popen[bytes] | None"] = process._begin) -> "subprocess.Popen[bytes]":
        child = began()
        assert child is not None
        begun.append(child)
        return child

    def start(_timer: threading.Timer) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(process, "_begin", begin)
    monkeypatch.setattr(threading.Timer, "start", start)
    assert decode_picture(AVIF, "a").width == 64
    assert [child.returncode is None for child in begun] == [False], "it has ended"


def test_a_picture_for_which_there_is_no_room_here_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def begin(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(WholeCanvas, "begin", begin)
    with pytest.raises(PictureError, match=r"'a\.png' is too large to be decoded on this machine\.") as caught:
        decode_picture(encoded(quarters(), "PNG"), "a.png")
    assert caught.value.code == "too_many_pixels"


def bad_remark(name: bytes, content: bytes) -> bytes:
    remark = bytearray(chunk(name, content))
    remark[-1] ^= 1
    return bytes(remark)


@pytest.mark.parametrize(
    "remark",
    [chunk(b"pHYs", b"1"), chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**21))), bad_remark(b"tEXt", b"a\0b")],
    ids=["short", "unpacks to too much", "wrong checksum"],
)
def test_a_png_that_is_read_without_its_remarks_is_not_read_here(remark: bytes, answers: list[object]) -> None:
    data = encoded(quarters(), "PNG")
    start = data.index(b"IDAT") - 4
    assert np.array_equal(decode_picture(data[:start] + remark + data[start:], "a").pixels, quarters())
    assert answers == [{"notes": []}]


def test_ordinary_pictures_need_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(decode, "decode_apart", None)
    ordinary = Image.new("RGB", (6000, 4000))
    large = [encoded(ordinary, form) for form in ("JPEG", "PNG", "GIF")]
    for data in (AVIF, PROGRESSIVE, heic(quarters()), *large):
        assert decode_picture(data, "a").width


def test_a_large_jpeg_of_one_pass_needs_none_unless_it_has_a_fault(
    answers: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encoded(quarters(), "JPEG")
    faulty = data[:-2] + bytes(40) + data[-2:]
    with monkeypatch.context() as without:
        without.setattr(decode, "decode_apart", None)
        here = decode_picture(data, "a").pixels
    assert np.array_equal(decode_picture(faulty, "a").pixels, here)
    assert answers == [{"notes": []}]
