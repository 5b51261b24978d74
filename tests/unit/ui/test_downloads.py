from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from core.results import ImageResult, Status
from core.settings import SessionLimits
from core.ui.classify.collection import Collection, Entry
from core.ui.classify.downloads import all_pictures, all_rows, csv_table, picture_name
from core.ui.classify.rendering import annotated_jpeg
from core.ui.classify.webcam import mirrored

SAMPLE = Path(__file__).resolve().parents[3] / "assets" / "samples" / "obama-cloth.jpg"


def size_of(data: bytes) -> tuple[int, int]:
    return Image.open(BytesIO(data)).size


@pytest.fixture
def answered() -> list[tuple[Entry, ImageResult]]:
    """A picture without a face and a file that was refused."""
    collection = Collection(SessionLimits())
    outcomes = []
    for name, data, status in (("=a.png", SAMPLE.read_bytes(), Status.NO_FACE), ("b.jpg", b"x", Status.REFUSED)):
        entry = collection.add(name, data)
        assert isinstance(entry, Entry)
        outcomes.append((entry, ImageResult(name, status, "model", status.value, "Why.")))
    return outcomes


def test_every_file_has_a_row(answered: list[tuple[Entry, ImageResult]]) -> None:
    assert [(row["file"], row["status"]) for row in all_rows(answered)] == [("=a.png", "no_face"), ("b.jpg", "refused")]
    assert csv_table(answered).splitlines()[1].startswith("'=a.png,no_face")


def test_zip_holds_the_table_and_what_could_be_drawn(answered: list[tuple[Entry, ImageResult]]) -> None:
    with ZipFile(BytesIO(all_pictures(answered))) as archive:
        names = archive.namelist()
        assert {"results.csv", "results.json"} < set(names)
        pictures = [name for name in names if name.endswith(".jpg")]
        assert len(pictures) == 1
        assert size_of(archive.read(pictures[0])) == size_of(SAMPLE.read_bytes())


def test_download_is_named_after_the_picture(answered: list[tuple[Entry, ImageResult]]) -> None:
    name = picture_name(answered[0][0])
    assert name.endswith("a.jpg")


def test_screen_size_shrinks_large_pictures_only(answered: list[tuple[Entry, ImageResult]]) -> None:
    result = answered[0][1]
    data = SAMPLE.read_bytes()
    assert max(size_of(annotated_jpeg(data, result, 100))) == 100
    assert size_of(annotated_jpeg(data, result, 5000)) == size_of(data)


def test_mirrored_picture_is_turned_left_to_right() -> None:
    half = Image.new("RGB", (64, 32), "black")
    half.paste("white", (0, 0, 32, 32))
    half.save(file := BytesIO(), "PNG")

    turned = Image.open(BytesIO(mirrored(file.getvalue())))
    assert turned.getpixel((4, 16)) < (20, 20, 20)
    assert turned.getpixel((60, 16)) > (235, 235, 235)
    assert mirrored(b"no picture") == b"no picture"
