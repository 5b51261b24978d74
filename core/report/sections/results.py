"""The figures of a test set, and all test sets beside each other."""

from collections.abc import Iterable, Sequence

from core.errors import RunError
from core.evaluation.intervals import Estimate
from core.evaluation.metrics import MetricSet
from core.evaluation.registry import METRIC_BY_NAME, Metric, Shown, figure_text, interval_text, shown_in
from core.evaluation.runs import RunRecord
from core.evaluation.schema import SetMetrics
from core.evaluation.test_sets import meanings
from core.report import charts, tables
from core.report.blocks import Block, Chart, Figure, Figures, Section, Words, caption, glossary, info, notice
from core.report.facts import when
from core.wording import counted

COMPARED = METRIC_BY_NAME["balanced_accuracy"]
"""What sets are compared by unless one asks for another metric."""


def figure(metric: Metric, estimate: Estimate, n: int) -> Figure:
    """One figure with its interval and the number of faces behind it."""
    name = metric.short or metric.title
    below = _unbroken(f"{interval_text(estimate, metric)}, n = {n:,}")
    return Figure(f"{name[0].upper()}{name[1:]}", figure_text(estimate, metric), below, help=metric.help)


def what_they_are(metrics: Iterable[Metric]) -> Words:
    """What metrics mean, a line each."""
    return caption("\n".join(f"- **{metric.heading}**: {metric.help}" for metric in metrics))


def _unbroken(text: str) -> str:
    return text.replace(" to ", " to\u00a0").replace(" %", "\u00a0%").replace("n = ", "n\u00a0=\u00a0")


def headline(found: MetricSet, worst: Figure | None) -> Figures:
    """The most important figures of one set, the worst group among them."""
    counts = {
        "recall_female": found.n_female,
        "recall_male": found.n_male,
        "accuracy_answered": round((found.answered.value or 0.0) * found.n),
    }
    figures = [figure(metric, found[metric], counts.get(metric.name, found.n)) for metric in shown_in(Shown.HEADLINE)]
    # Of two rows of four the worst group is at the end of the first.
    return Figures((*figures[:3], *([worst] if worst else []), *figures[3:]))


def all_sets(sets: Sequence[SetMetrics], metric: Metric) -> Section:
    """All sets beside each other by one figure, the worst one named."""
    how = caption(
        "Each dot is the measured figure, its line the 95 % interval: two sets whose lines overlap widely may well be "
        "equally hard. Real masks tell most about use in practice; drawn masks alone can flatter a model."
    )
    ordered, title = sorted(sets, key=lambda entry: entry.test_set.rank), "All test sets"
    dots = tables.measure_by_set(ordered, metric)
    if dots.empty:
        return Section(title, (how, info("No set has this figure: it needs faces of both genders.")))
    table = tables.estimates_by_set(ordered, shown_in(Shown.SETS))
    chart = Chart(f"{title}, {metric.title}", charts.interval_dots, (dots, metric.title, not metric.is_number), table)
    what = glossary(meanings(entry.set for entry in ordered))
    return Section(title, (how, *_lowest(ordered, metric), chart, *what))


def _lowest(sets: Sequence[SetMetrics], metric: Metric) -> tuple[Words, ...]:
    worst = tables.worst_set(sets, metric.name)
    if worst is None:
        return ()
    estimate = worst.metrics[metric]
    words = f"{figure_text(estimate, metric)} ({interval_text(estimate, metric)}; {counted(worst.metrics.n, 'face')})"
    return (Words("Lowest: **{}**, {}.", (worst.test_set.title, words)),)


def all_results(run: RunRecord) -> Section:
    """The figures of every test set at once, for a report that cannot be asked for one."""
    title, metrics = "Test results", run.metrics
    if isinstance(metrics, RunError):
        return Section(title, (notice(metrics),))
    tests = metrics.tests
    if not tests:
        return Section(title, (info("The saved figures hold no test set."),))
    opening = Words(
        f"Evaluated {{}}. Every face is called female or male, at a threshold of 50 %; answered are those at "
        f"least {100 * metrics.threshold:.0f} % sure and clearly visible. In brackets, {{}}.",
        (when(metrics.created), metrics.interval),
    )
    measured = shown_in(Shown.SETS)
    blocks: list[Block] = [opening, tables.estimates_by_set(tests, measured), what_they_are(measured)]
    return Section(title, (*blocks, *all_sets(tests, COMPARED).blocks))
