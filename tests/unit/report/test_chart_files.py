"""Charts as picture files."""

from io import BytesIO
from xml.etree import ElementTree

import pandas as pd
from PIL import Image

from core.report import chart_files, charts

ABOUT = ("my model", "rmfrd · real masks")
CELLS = pd.DataFrame(
    {
        "name": ["female, 64 to 127 px", "male, 128 px and more"],
        "gender": ["female", "male"],
        "recall": [0.2, 1.0],
        "low": [0.1, 0.9],
        "high": [0.3, 1.0],
        "n": [78, 1479],
        "small": [False, False],
        "label": ["20.0 % of 78", "100.0 % of 1,479"],
    }
)


def spec() -> dict[str, object]:
    made: dict[str, object] = charts.group_dots(CELLS).to_dict()
    return made


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_files_are_named_after_model_set_and_chart() -> None:
    assert chart_files.file_name("ROC curve", ABOUT, ".png") == "my-model-rmfrd-real-masks-roc-curve.png"
    assert chart_files.file_name("../x y/", ("..",), ".svg") == "x-y.svg"


def test_a_picture_has_title_what_it_shows_and_axes() -> None:
    words = texts(chart_files.svg(spec(), "Recall", ABOUT))

    assert "Recall" in words
    assert "my model · rmfrd · real masks" in words
    assert "recall" in words  # the axis

    picture = Image.open(BytesIO(chart_files.png(spec(), "Recall", ABOUT)))
    assert picture.width > 1000
    assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_counts_of_groups_stay_within_a_phone() -> None:
    narrow = {**spec(), "width": 300, "autosize": {"type": "fit-x", "contains": "padding"}}
    made = chart_files.vl_convert.vegalite_to_svg(narrow, vl_version="6.1")
    root = ElementTree.fromstring(made)
    marks = [e for e in root.iter("{http://www.w3.org/2000/svg}text") if " % of " in (e.text or "")]

    # The one at the right end of the axis ends there, the one at its beginning starts there.
    assert {mark.text: mark.get("text-anchor") for mark in marks} == {
        "20.0 % of 78": "start",
        "100.0 % of 1,479": "end",
    }
