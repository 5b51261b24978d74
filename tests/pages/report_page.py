"""The training report, launched as a user launches it, and what can be read on it."""

import json
import re
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[2] / "streamlit_app.py"
EXPLORER = ["Confusion matrix and threshold", "ROC and precision-recall", "Calibration", "Risk and coverage"]
EXPLORER += ["Groups", "Mistakes"]
ATTENTION = ["What it looks at", "When the mask changes"]
SECTIONS = ["Test results", "All test sets", "Learning curves", *EXPLORER, *ATTENTION, "How it was trained"]
WITHOUT_METRICS = [section for section in SECTIONS if section != "All test sets"]
WITHOUT_PREDICTIONS = ["Test results", "All test sets", "Learning curves", "Confusion matrix", "What it looks at"]
WITHOUT_PREDICTIONS += ["How it was trained"]
CURVES = ["Accuracy", "Loss", "Learning"]
OF_PREDICTIONS = ["Confusion", "As", "ROC", "Precision-recall", "Reliability", "Faces", "Risk", "Recall"]
OF_ATTENTION = ["Share", "Share"]


def launch(**asked: str) -> AppTest:
    """The page as it opens; `asked` is what its address says."""
    page = AppTest.from_file(str(APP), default_timeout=60).switch_page("pages/training_report.py")
    for name, value in asked.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def headings(page: AppTest) -> list[str]:
    return [header.value for header in page.header]


def sentences(page: AppTest) -> str:
    elements = [*page.info, *page.warning, *page.caption, *page.markdown]
    return "\n".join(element.value for element in elements).replace("\\", "")


def charts(page: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.spec) for element in page.get("vega_lite_chart")]


def first_words(page: AppTest) -> list[str]:
    """How the description of each chart begins, in the order of the page."""
    return [chart["description"].split(" ")[0] for chart in charts(page)]


def matrix(page: AppTest) -> dict[tuple[str, str], int]:
    """The faces in each cell of the confusion matrix."""
    words = next(chart["description"] for chart in charts(page) if chart["description"].startswith("Confusion"))
    cells = re.findall(r"(\d+) labelled (\w+), answered (\w+)", words)
    return {(truth, answer): int(count) for count, truth, answer in cells}
