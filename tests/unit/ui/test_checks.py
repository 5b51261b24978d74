"""What the user says of answers: the score, the matrix, and the data set that `prepare` reads."""

import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from core.data.readers.dataset import read_source
from core.results import ImageResult, Label, Status
from core.ui.classify import checks
from core.ui.classify.collection import NOT_A_FACE, Entry
from core.ui.classify.filters import Row, rows_of
from core.vision.detection.faces import FaceDetector
from core.vision.pictures.decode import decode_picture, load_picture
from tests.unit.ui.test_filters import BARE_MAN, UNSURE, WOMAN

SAMPLES = Path(__file__).resolve().parents[3] / "assets" / "samples"


def checked(*said: str | None) -> list[Row]:
    """A woman's, a man's and an uncertain face, and what is said of them."""
    entry = Entry(1, "a.jpg", "a.jpg", b"", "")
    rows = rows_of([(entry, ImageResult("a.jpg", Status.OK, "m", faces=(WOMAN, BARE_MAN, UNSURE)))])
    for row, value in zip(rows, said, strict=True):
        entry.correct(row.number, value)
    return rows


@pytest.mark.parametrize(
    ("said", "expected", "wrong"),
    [
        ((None, None, None), checks.Score(0, 0, 0, 0), 0),
        (("female", None, None), checks.Score(1, 1, 0, 0), 0),
        (("male", "male", "male"), checks.Score(3, 1, 1, 0), 1),
        (("uncertain", NOT_A_FACE, "uncertain"), checks.Score(3, 1, 0, 1), 1),
    ],
)
def test_the_score_counts_what_was_said_against_the_answers(
    said: tuple[str | None, ...], expected: checks.Score, wrong: int
) -> None:
    found = checks.score(checked(*said))
    assert found == expected
    assert found.wrong == wrong


def test_the_score_in_words_has_its_interval() -> None:
    assert checks.sentence(checks.Score(36, 31, 2, 1)) == (
        "You checked 36 faces: **31 right** (86 %, 95 % interval 71 to 94 %), 2 wrong, "
        "2 left uncertain where you could tell, 1 is not a face."
    )


def test_the_matrix_has_a_row_for_what_was_said_and_a_column_for_every_answer() -> None:
    table = checks.confusion(checked("male", "male", NOT_A_FACE))
    assert list(table.columns) == ["Answered female", "Answered male", "Answered uncertain"]
    assert table.loc["Male"].tolist() == [1, 1, 0]
    assert table.loc["Not a face"].tolist() == [0, 0, 1]
    assert list(table.index) == ["Male", "Not a face"]


def real_row(key: int, name: str, said: str) -> Row:
    """A sample with the face that the detector finds in it."""
    data = (SAMPLES / name).read_bytes()
    found = FaceDetector().detect(decode_picture(data, name).pixels)[0]
    entry = Entry(key, name, name, data, "")
    entry.correct(1, said)
    result = ImageResult(name, Status.OK, "m", faces=(replace(WOMAN, face=found),))
    return Row(entry, result, 1)


def test_the_data_set_is_read_as_one_and_its_faces_are_found_again(tmp_path: Path) -> None:
    rows = [
        real_row(1, "obama-cloth.jpg", "male"),
        real_row(2, "astronaut-surgical.jpg", "female"),
        real_row(3, "biden-black.jpg", "uncertain"),
    ]
    with zipfile.ZipFile(BytesIO(checks.data_set(rows))) as archive:
        archive.extractall(tmp_path / "mine")

    source = read_source(tmp_path / "mine", masked=True)
    assert {(sample.file, sample.gender) for sample in source.samples} == {
        ("Male/obama-cloth-1.jpg", "male"),
        ("Female/astronaut-surgical-1.jpg", "female"),
    }
    for sample in source.samples:
        assert len(FaceDetector().detect(load_picture(tmp_path / "mine" / sample.file).pixels)) == 1
    assert "1 face labelled as neither" in (tmp_path / "mine" / "README.txt").read_text()


def test_a_face_that_is_a_whole_picture_stays_whole() -> None:
    row = real_row(1, "obama-cloth.jpg", "male")
    whole = replace(WOMAN, face=replace(WOMAN.face, detected=False, score=0.0))
    packed = checks.data_set([replace(row, result=replace(row.result, faces=(whole,)))])
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        pixels = decode_picture(archive.read("Male/obama-cloth-1.jpg"), "x").pixels
    assert pixels.shape == decode_picture(row.entry.data, "x").pixels.shape
    assert row.said == Label.MALE.value
