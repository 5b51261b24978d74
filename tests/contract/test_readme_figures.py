"""The README states the shipped model's figures as they were measured."""

from pathlib import Path

from core.evaluation.intervals import Estimate
from core.evaluation.names import set_name
from core.evaluation.runs import load_run
from core.evaluation.schema import MetricsReport, SetMetrics
from core.settings import MODELS_DIR

README = Path(__file__).resolve().parents[2] / "README.md"
SHOWN = ("balanced_accuracy", "recall_female", "recall_male")


def row(part: SetMetrics) -> str:
    """A line of the README's table: set, faces, and the figures in per cent with their intervals."""
    cells = [set_name(part.set, part.variant, part.split), f"{part.metrics.n:,}"]
    for measure in SHOWN:
        estimate: Estimate = getattr(part.metrics, measure)
        assert estimate.value is not None
        assert estimate.low is not None
        assert estimate.high is not None
        cells.append(f"{100 * estimate.value:.1f} ({100 * estimate.low:.1f} to {100 * estimate.high:.1f})")
    return f"| {' | '.join(cells)} |"


def test_every_test_figure_stands_in_the_readme() -> None:
    run = load_run(MODELS_DIR / "baseline-cnn")
    assert isinstance(run.metrics, MetricsReport)
    rows = [row(part) for part in run.metrics.sets if part.split == "test" and part.variant != "bare"]
    assert len(rows) == 8
    text = README.read_text(encoding="utf-8")
    assert [line for line in rows if line not in text] == []
