"""Results go in; tables, names and archives that are safe to open come out."""

import csv
import json
import re
import zipfile
from io import BytesIO, StringIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.classify.exports import (
    annotated_zip,
    encode_annotated,
    encode_picture,
    json_line,
    rows_to_csv,
    rows_to_json,
)
from core.results import ROW_COLUMNS, Decision, FaceResult, ImageResult, Label, Prediction, Quality, Status
from core.types import Box, Face, Picture
from core.vision.pictures.decode import decode_picture

TEXT = st.text() | st.text("=+-@'\t\r\n ,\"\0\udcff😷", max_size=6)


def row(**values: Any) -> dict[str, Any]:
    return {**dict.fromkeys(ROW_COLUMNS), "file": "a.jpg", "status": "ok", **values}


def cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text, newline="")))


def test_the_table_has_the_stable_columns_first_and_further_ones_as_they_come() -> None:
    text = rows_to_csv([row(age="20-39"), row(age=None, masked=True)])
    assert text.split("\r\n")[0] == ",".join([*ROW_COLUMNS, "age", "masked"])
    assert [cell["masked"] for cell in cells(text)] == ["", "True"]
    assert rows_to_csv([]) == ",".join(ROW_COLUMNS) + "\r\n"


@pytest.mark.parametrize(
    "name",
    [
        "=cmd|' /C calc'!A0",
        "+1.jpg",
        "-1.jpg",
        "@SUM(A1)",
        "\t=1+1",
        "\r=1",
        "\n=1",
        " =1+1",
        "'=1",
        "\uff1d1+1",
        "''@x",
    ],
)
def test_no_cell_begins_like_a_formula(name: str) -> None:
    cell = cells(rows_to_csv([row(file=name, message=name)]))[0]
    assert cell["file"] == cell["message"] == f"'{name}"


@pytest.mark.parametrize(
    "name", ["'tis.jpg", "a=b.jpg", "1-2.jpg", "", "über 😷.jpg", 'say "hi", twice.jpg', "two\nlines"]
)
def test_harmless_names_stay_as_they_are(name: str) -> None:
    assert cells(rows_to_csv([row(file=name)]))[0]["file"] == name


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    text = rows_to_csv([row(face=1, left=-5, top=-0.25, p_female=0.5, label=None)])
    cell = cells(text)[0]
    assert (cell["left"], cell["top"], cell["p_female"], cell["label"]) == ("-5", "-0.25", "0.5", "")
    table = pd.read_csv(StringIO(text))
    assert table["left"].to_list() == [-5]


def test_a_mark_for_excel_comes_first_and_pandas_reads_past_it() -> None:
    text = rows_to_csv([row(file="über.jpg")], byte_order_mark=True)
    assert text.encode().startswith(b"\xef\xbb\xbffile,")
    assert pd.read_csv(BytesIO(text.encode()))["file"].to_list() == ["über.jpg"]


@given(st.lists(st.fixed_dictionaries({"file": TEXT, "message": TEXT, "left": st.integers() | st.none()}), max_size=5))
def test_a_csv_comes_back_as_it_went_in(values: list[dict[str, Any]]) -> None:
    text = rows_to_csv([row(**value) for value in values]).encode().decode()
    read = cells(text)
    assert len(read) == len(values)
    for cell, value in zip(read, values, strict=True):
        for column in ("file", "message"):
            marked = re.match(r"'+(\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])", cell[column])
            back = cell[column][1:] if marked else cell[column]
            assert back == value[column].encode("utf-8", "backslashreplace").decode()
            assert not re.match(r"\s*[=+\-@]|[\t\r\n]", cell[column])
        assert cell["left"] == ("" if value["left"] is None else str(value["left"]))


@given(st.lists(st.fixed_dictionaries({"file": TEXT, "p_female": st.floats(), "tags": st.lists(TEXT)}), max_size=4))
def test_json_comes_back_as_it_went_in(values: list[dict[str, Any]]) -> None:
    as_array = json.loads(rows_to_json(values).encode(), parse_constant=pytest.fail)
    assert as_array == [json.loads(json_line(row).encode()) for row in values]
    assert len(as_array) == len(values)
    for read, value in zip(as_array, values, strict=True):
        number = value["p_female"]
        assert read["p_female"] == (number if np.isfinite(number) else None)
        if value["file"].isprintable():
            assert read["file"] == value["file"]


def test_json_keeps_types_order_and_letters() -> None:
    text = rows_to_json([row(file="ü😷", left=-5, p_female=0.25, notes=["x", "y"])])
    assert "ü😷" in text
    assert json.loads(text)[0] == row(file="ü😷", left=-5, p_female=0.25, notes=["x", "y"])
    assert list(json.loads(text)[0])[: len(ROW_COLUMNS)] == list(ROW_COLUMNS)
    assert json.loads(rows_to_json([])) == []


def result(picture: Picture | None) -> ImageResult:
    points = ((30.0, 40.0), (50.0, 40.0), (40.0, 50.0), (32.0, 60.0), (48.0, 60.0))
    face = Face(Box(20, 60, 220, 300), points, 0.9)
    crop = np.zeros((8, 8, 3), np.uint8)
    answer = FaceResult(face, Quality(200, 1, 99, 0), Prediction(0.9), Decision(Label.FEMALE), crop)
    return ImageResult("a.jpg", Status.OK, "model", faces=(answer,), picture=picture)


def test_encoded_pictures_are_what_they_were() -> None:
    pixels = np.zeros((480, 640, 3), np.uint8)
    pixels[:, :320] = (255, 0, 0)
    png, jpeg = encode_picture(pixels, "PNG"), encode_picture(pixels)
    assert np.array_equal(decode_picture(png, "a").pixels, pixels)
    assert jpeg.startswith(b"\xff\xd8")
    assert np.abs(decode_picture(jpeg, "a").pixels.astype(int) - pixels).mean() < 1
    drawn = decode_picture(encode_annotated(result(Picture(pixels, "a.jpg", "00"))), "b").pixels
    assert drawn.shape == pixels.shape
    assert np.abs(drawn.astype(int) - pixels).max() > 100
    with pytest.raises(ValueError, match="keep_pictures"):
        encode_annotated(result(None))


def test_a_picture_that_is_too_long_for_a_jpeg_is_shrunk() -> None:
    shrunk = decode_picture(encode_picture(np.full((20, 70_000, 3), 200, np.uint8)), "a")
    assert (shrunk.width, shrunk.height) == (65_500, 19)


def test_a_zip_holds_tables_and_pictures_under_safe_names() -> None:
    jpeg = encode_picture(np.zeros((8, 8, 3), np.uint8))
    png = encode_picture(np.zeros((8, 8, 3), np.uint8), "PNG")
    names = ["../../etc/passwd.png", "Photo.JPG", "photo.webp", "con.jpg", "results.csv", "😷.heic", "C:\\x\\y.bmp"]
    rows = [row(file=name) for name in names]
    packed = annotated_zip(iter([*((name, jpeg) for name in names), ("a.tif", png)]), iter(rows))
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "passwd.jpg", "Photo.jpg", "photo (2).jpg", "_con.jpg", "results.jpg", "😷.jpg", "y.jpg", "a.png",
            "results.csv", "results.json",
        ]  # fmt: skip
        assert archive.read("y.jpg") == jpeg
        assert [cell["file"] for cell in json.loads(archive.read("results.json"))] == names
        table = pd.read_csv(BytesIO(archive.read("results.csv")))
        assert table["file"].to_list() == names
        assert table["annotated"].to_list() == archive.namelist()[: len(names)]
