"""The training report, launched as a user launches it, and what can be read on it."""

import json
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[2] / "streamlit_app.py"
SECTIONS = ["Test results", "Learning curves", "Confusion matrix", "All test sets", "How it was trained"]
WITHOUT_FIGURES = ["Test results", "Learning curves", "How it was trained"]


def launch() -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=30).switch_page("pages/training_report.py").run()
    assert not page.exception
    return page


def headings(page: AppTest) -> list[str]:
    return [header.value for header in page.header]


def sentences(page: AppTest) -> str:
    elements = [*page.info, *page.warning, *page.caption, *page.markdown]
    return "\n".join(element.value for element in elements).replace("\\", "")


def charts(page: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.spec) for element in page.get("vega_lite_chart")]
