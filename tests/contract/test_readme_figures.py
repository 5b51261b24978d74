"""The README states the default model's figures as they were measured, and docs/results.md those of all models."""

from pathlib import Path

import pytest

from core.cli import main
from core.evaluation.intervals import Estimate
from core.evaluation.runs import load_run
from core.evaluation.schema import MetricsReport, SetMetrics
from core.model.store import ModelStore
from core.settings import MODELS_DIR

ROOT = Path(__file__).resolve().parents[2]
SHOWN = ("balanced_accuracy", "recall_female", "recall_male")


def row(part: SetMetrics) -> str:
    """A line of the table: set, faces, and the figures in per cent with their intervals."""
    cells = [part.test_set.title, f"{part.metrics.n:,}"]
    for measure in SHOWN:
        estimate: Estimate = getattr(part.metrics, measure)
        assert estimate.value is not None
        assert estimate.low is not None
        assert estimate.high is not None
        cells.append(f"{100 * estimate.value:.1f} ({100 * estimate.low:.1f} to {100 * estimate.high:.1f})")
    return f"| {' | '.join(cells)} |"


def test_the_default_models_figures_stand_in_the_results_and_the_readme_repeats_some() -> None:
    run = load_run(MODELS_DIR / ModelStore(MODELS_DIR).default_name())
    assert isinstance(run.metrics, MetricsReport)
    rows = [row(part) for part in run.metrics.sets if part.split == "test" and part.variant != "bare"]
    assert len(rows) == 8
    results = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    assert [line for line in rows if line not in results] == []
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = tuple(line.split(" |")[0] for line in rows)
    repeated = [line for line in readme.splitlines() if line.startswith(names)]
    assert len(repeated) >= 3
    assert set(repeated) <= set(rows)
    assert f"`{run.name}`" in readme
    said = " ".join(readme.split())
    for part in run.metrics.sets:
        if (part.split, part.variant) == ("test", "real"):
            assert answers(part) in said


def answers(part: SetMetrics) -> str:
    """What the README says of a set's faces that are answered, and how many of these are right."""
    answered, right = part.metrics.answered, part.metrics.accuracy_answered
    assert answered.value is not None
    assert right.value is not None
    assert right.low is not None
    assert right.high is not None
    interval = f"({100 * right.low:.1f} to {100 * right.high:.1f})"
    return f"{part.set} {100 * answered.value:.0f} % answered, {100 * right.value:.1f} % {interval} of these right"


def test_the_results_hold_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    command = next(line for line in text.splitlines() if line.startswith("    python -m core benchmark --accuracy"))
    arguments = command.split()[3:]
    arguments = [str(ROOT / word) if word.startswith("models/") else word for word in arguments]
    arguments = [word.replace(":models/", f":{ROOT}/models/") for word in arguments]
    assert main(arguments) == 0
    printed = capsys.readouterr().out.strip()
    assert set(ModelStore(MODELS_DIR).names()) <= set(arguments)
    assert printed in text
