"""The HTML report: whole with and without artefacts, and nothing in it that asks a network."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import altair as alt
import pytest

from core.cli import main
from core.evaluation.runs import load_run
from core.report.html import render
from core.report.html.report import html_report
from core.settings import MODELS_DIR, PREFERRED_MODELS
from tests.pages.run_folder import history, metrics, predictions, write_run

SECTIONS = ["Test results", "Learning curves", "Every set of test faces", "What it looks at"]
SECTIONS += ["When the mask changes", "How it was trained", "Model card"]


class Reader(HTMLParser):
    """What a browser would see: headings, charts, and what would be fetched."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sections: list[str] = []
        self.fetched: list[str] = []
        self.charts: list[dict[str, Any]] = []
        self.labels: list[str] = []
        self.notes = 0
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.fetched += [values[name] for name in ("src", "srcset", "data", "action") if name in values]
        self.fetched += [values["href"]] if tag in ("link", "base") else []
        self.labels += [values["aria-label"]] if "chart" in values.get("class", "") else []
        self.notes += values.get("class") == "note"
        self._open = "chart" if values.get("type") == "application/json" else tag

    def handle_data(self, data: str) -> None:
        if self._open == "h2" and data.strip():
            self.sections.append(data)
        elif self._open == "chart":
            self.charts.append(json.loads(data))

    def handle_endtag(self, tag: str) -> None:
        self._open = ""


@pytest.fixture(autouse=True)
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chart library takes seconds to bundle; the browser test has the real one."""
    monkeypatch.setattr(render.vl_convert, "javascript_bundle", lambda **_: "/* </script><b> */")


def write_small_run(models: Path, name: str = "masked") -> Path:
    """A run with one test set: charts take their time."""
    folder = write_run(models, name)
    table = predictions()
    table = table[table["set"] == "worldwide"]
    table.to_csv(folder / "predictions.csv", index=False)
    (folder / "metrics.json").write_text(json.dumps(metrics(table).to_json()))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_small_run(tmp_path)


def report(folder: Path) -> Reader:
    return Reader(html_report(load_run(folder)))


def test_the_report_has_its_sections_and_a_chart_of_everything(folder: Path) -> None:
    read = report(folder)
    assert read.sections == SECTIONS
    assert read.notes == 1  # no face was tested bare and masked
    # Three curves of the training and the sets; of the set confusion, thresholds, ROC, precision, calibration, faces
    # by probability and coverage, and the groups by ethnicity and by age; what it looks at.
    assert len(read.charts) == len(read.labels) == 4 + 7 + 2 + 1
    assert [spec["description"] for spec in read.charts] == read.labels
    assert len({label.partition(":")[0].partition(".")[0] for label in read.labels}) >= 7


def test_every_chart_of_the_default_model_fits_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    def spec_of(build: Callable[..., alt.LayerChart], *arguments: Any) -> dict[str, Any]:
        checked.append(build.__name__)
        spec: dict[str, Any] = build(*arguments).to_dict(validate=True)
        return spec

    monkeypatch.setattr(render, "spec_of", spec_of)
    html_report(load_run(MODELS_DIR / PREFERRED_MODELS[0]))
    assert {"learning_rate", "further_curves", "dots_by_kind", "confusion_heatmap"} <= set(checked)


def test_nothing_is_fetched_and_charts_hold_their_own_data(folder: Path) -> None:
    read = report(folder)
    assert read.fetched == []
    assert "url" not in json.dumps([spec.get("data", {}) for spec in read.charts])
    text = html_report(load_run(folder))
    assert "default-src 'none'" in text
    assert "@import" not in text
    assert "url(" not in text


def test_the_figures_and_the_card_are_those_of_the_run(folder: Path) -> None:
    run = load_run(folder)
    text = html_report(run)
    entry = run.metrics.find("worldwide", "real")
    assert f"{100 * entry.metrics.balanced_accuracy.value:.1f}\u00a0% (" in text
    assert "What it is not for" in text
    assert "duplicate" in text


def test_what_names_hold_is_text(tmp_path: Path) -> None:
    folder = write_small_run(tmp_path, "<img src=x>")
    path = folder / "predictions.csv"
    path.write_text(path.read_text().replace("/female0.webp", "<script>alert(1)</script>").replace("Asian", "<b>"))
    metadata = json.loads((folder / "metadata.json").read_text())
    (folder / "metadata.json").write_text(json.dumps({**metadata, "description": "</script><img src=x>"}))
    read = report(folder)
    assert read.fetched == []
    assert read.sections == SECTIONS
    assert not re.search(r"<script>alert", html_report(load_run(folder)))


@pytest.mark.parametrize(
    "file", ["metadata.json", "metrics.json", "history.csv", "predictions.csv", "explanations.json"]
)
@pytest.mark.parametrize("content", [None, "", "{"])
def test_a_missing_or_damaged_part_is_said_and_the_rest_stands(folder: Path, file: str, content: str | None) -> None:
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(content)
    read = report(folder)
    assert read.sections == SECTIONS
    assert read.notes == (1 if file == "predictions.csv" else 2)
    whole, lost = 14, {"history.csv": 3, "metrics.json": 1, "predictions.csv": 9, "explanations.json": 1}
    assert len(read.charts) == whole - lost.get(file, 0)


def test_a_long_training_with_many_figures_is_drawn(folder: Path) -> None:
    """More rows in one chart than the chart library takes by itself."""
    figures = {f"val_figure_{number}": 0.5 for number in range(5)}
    history(2_000).assign(**figures).to_csv(folder / "history.csv", index=False)
    (folder / "predictions.csv").unlink()
    read = report(folder)
    assert max(len(rows) for spec in read.charts for rows in spec["datasets"].values()) > 5_000
    assert any("Further validation figures over 2,000 epochs" in label for label in read.labels)


def test_a_set_of_one_gender_has_no_ranking_and_says_so(folder: Path) -> None:
    path = folder / "predictions.csv"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("worldwide/male")]
    path.write_text("\n".join(lines) + "\n")
    (folder / "metrics.json").unlink()
    read = report(folder)
    assert read.notes == 3
    assert len(read.charts) == 13 - 2


def test_the_command_writes_the_file_or_says_which_models_there_are(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out" / "report.html"
    assert main(["report", "masked", "--html", str(target), "--models", str(tmp_path)]) == 0
    assert Reader(target.read_text(encoding="utf-8")).sections == SECTIONS
    assert main(["report", "nobody", "--html", str(target), "--models", str(tmp_path)]) == 1
    assert "There is no model 'nobody'. Available: masked." in capsys.readouterr().err
