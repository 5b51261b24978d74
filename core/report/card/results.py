"""The card's sections on the figures of each test set, on calibration, and on when the model abstains."""

import numpy as np
import pandas as pd

from core.errors import RunError
from core.evaluation.figures import Answers
from core.evaluation.names import MISSING, TEST, figure_text, interval_text, set_name, variant_rank
from core.evaluation.schema import MetricsReport, SetMetrics
from core.heads import AGE, GENDER, MASK
from core.model.metadata import ModelMetadata
from core.report.markdown import percent, plain, section, table
from core.report.training_record import training_facts
from core.strict_json import is_whole

# Two tables of few columns each can be read on a phone; one of eight cannot.
_OF_ALL = {
    "Balanced accuracy": "balanced_accuracy",
    "Recall women": "recall_female",
    "Recall men": "recall_male",
}
_OF_ANSWERED = {"ROC AUC": "roc_auc", "Answered": "answered", "Right among answered": "accuracy_answered"}
_OF_CALIBRATION = {"Calibration error": "ece", "Brier score": "brier"}
_WITHOUT = "Without figures, do not rely on this model."


def results_section(metrics: MetricsReport | RunError) -> str:
    """Figures of every test set with n and intervals, and in words which set is the worst."""
    if isinstance(metrics, RunError):
        return section("Results", f"*{plain(metrics.message)}* {_WITHOUT}")
    tests = _tests(metrics)
    if not tests:
        return section("Results", f"The saved figures hold no test set. {_WITHOUT}")
    sentences = [_drawn_against_real(tests), _worst(tests), _gap(tests)]
    return section(
        "Results",
        " ".join(sentence for sentence in sentences if sentence),
        f"Every face counts, from a probability of 50 % on. In brackets: {plain(metrics.interval)}.",
        _figures_table(tests, _OF_ALL),
        "ROC AUC is the chance that a woman gets a higher probability of *female* than a man. *Answered* are faces "
        f"at least {100 * metrics.threshold:.0f} % sure and well seen.",
        _figures_table(tests, _OF_ANSWERED),
        f"Evaluated {plain(metrics.created[:10])}. No test face was trained on, or used to choose anything.",
    )


def calibration_section(
    metadata: ModelMetadata | RunError, metrics: MetricsReport | RunError, predictions: pd.DataFrame | RunError
) -> str:
    """Whether probabilities can be taken at their word, on each test set."""
    title, tests = "Calibration", [] if isinstance(metrics, RunError) else _tests(metrics)
    if not tests:
        return section(title, "It was not measured whether its probabilities can be taken at their word.")
    rows = []
    for entry in tests:
        figures = (_figure(entry, measure) for measure in _OF_CALIBRATION.values())
        rows.append((_faces(entry), *figures, _overconfidence(entry, metadata, predictions)))
    fitted = ""
    if isinstance(metadata, ModelMetadata):
        fitted = (
            f"Logits are divided by a temperature of {metadata.heads[GENDER].temperature:g} before they become "
            "probabilities; it was fitted on validation faces, never on test faces."
        )
    return section(
        title,
        "Of faces with a probability of 80 % about 80 in 100 should be women. The calibration error is how far off "
        "that is on average, in 15 bins of equally many faces; the Brier score is the mean squared distance of "
        "probability and label. 0 is perfect for both. *Too sure by* is the mean confidence minus the share that is "
        f"right: where it is above 0, the model promises more than it holds. {fitted}",
        table(("Test set", *_OF_CALIBRATION, "Too sure by"), rows, right=(1, 2, 3)),
    )


def thresholds_section(metadata: ModelMetadata | RunError, metrics: MetricsReport | RunError) -> str:
    """From which probabilities on something is said, and how that was chosen."""
    title = "When it abstains"
    if isinstance(metadata, RunError):
        return section(title, f"*{plain(metadata.message)}*")
    record = training_facts(metadata).get("thresholds")
    chosen = record if isinstance(record, dict) else {}
    gender, mask, child = (chosen.get(key) for key in ("gender", "mask", "child"))
    lines = [f"- **Gender** is answered from {percent(metadata.thresholds.gender)} confidence on. {_choice(gender)}"]
    if MASK in metadata.heads:
        lines.append(
            f"- **Mask worn or not** is answered from {percent(metadata.thresholds.mask)} confidence on. "
            f"{_choice(mask)}"
        )
    if AGE in metadata.heads:
        lines.append(
            "- **A child's face**, under ten by its look, is *uncertain* unless the user asks otherwise: from a "
            f"probability of {percent(metadata.child_threshold)} on. {_child_choice(child)}"
        )
    lines.append(
        "- **A face that is too small, too blurred or pixelated, too dark, over-exposed or turned away** "
        "is *uncertain*."
    )
    tests = [] if isinstance(metrics, RunError) else [entry for entry in _tests(metrics) if entry.variant == "real"]
    shares = "; ".join(
        f"{plain(entry.set)}: {figure_text('answered', entry.metrics.answered)} answered, "
        f"{figure_text('accuracy_answered', entry.metrics.accuracy_answered)} of these right"
        for entry in tests
    )
    return section(title, "\n".join(lines), f"On real masks that makes, {shares}." if shares else "")


def _choice(choice: object) -> str:
    """How a confidence was chosen, as `core.export.thresholds.ConfidenceChoice` records it."""
    if not isinstance(choice, dict) or not is_whole(choice.get("faces")):
        return "That is the program's default; it was not chosen on data."
    answered, accuracy = choice.get("answered"), choice.get("accuracy")
    if not isinstance(answered, float) or not isinstance(accuracy, float):
        return f"Chosen on {choice['faces']:,} validation faces, none of which it would answer."
    missed = "" if choice.get("reached") else " The accuracy that was asked for is not reached."
    return (
        f"Chosen on {choice['faces']:,} validation faces: {percent(answered, 1)} answered, "
        f"{percent(accuracy, 1)} of these right{_worst_set(choice)}.{missed}"
    )


def _worst_set(choice: dict[str, object]) -> str:
    worst, name = choice.get("worst"), choice.get("worst_set")
    return f", {percent(worst, 1)} in the worst set ({plain(str(name))})" if isinstance(worst, float) and name else ""


def _child_choice(choice: object) -> str:
    if not isinstance(choice, dict) or not is_whole(choice.get("children")):
        return "That is the program's default; it was not chosen on data."
    caught, passed = choice.get("children_caught"), choice.get("adults_passed")
    parts = [f"Chosen on validation faces, {choice['children']:,} of them children's"]
    if isinstance(caught, float):
        parts.append(f"it catches {percent(caught, 1)} of the children")
    if isinstance(passed, float):
        parts.append(f"lets {percent(passed, 1)} of the adults pass")
    return f"{', '.join(parts)}."


def _tests(metrics: MetricsReport) -> list[SetMetrics]:
    tests = [entry for entry in metrics.sets if entry.split == TEST]
    return sorted(tests, key=lambda entry: (variant_rank(entry.variant), entry.set))


def _faces(entry: SetMetrics) -> str:
    return f"{plain(set_name(entry.set, entry.variant))}, {entry.metrics.n:,} faces"


def _figures_table(tests: list[SetMetrics], measures: dict[str, str]) -> str:
    rows = [(_faces(entry), *(_figure(entry, measure) for measure in measures.values())) for entry in tests]
    return table(("Test set", *measures), rows, right=range(1, len(measures) + 1))


def _figure(entry: SetMetrics, measure: str) -> str:
    estimate = getattr(entry.metrics, measure)
    text = figure_text(measure, estimate)
    return text if estimate.value is None else f"{text} ({interval_text(measure, estimate)})"


def _overconfidence(entry: SetMetrics, metadata: ModelMetadata | RunError, predictions: pd.DataFrame | RunError) -> str:
    if isinstance(predictions, RunError) or isinstance(metadata, RunError):
        return MISSING
    own = (predictions["set"] == entry.set) & (predictions["variant"] == entry.variant)
    answers = Answers.from_frame(predictions[own & (predictions["split"] == TEST)], metadata.thresholds.gender)
    if not len(answers.p_female):
        return MISSING
    confidence = np.maximum(answers.p_female, 1 - answers.p_female)
    return f"{100 * float(confidence.mean() - answers.right.mean()):+.1f} points".replace("-", "\u2212")


def _drawn_against_real(tests: list[SetMetrics]) -> str:
    """How drawn and real masks compare, as a range over the sets of each."""
    drawn, real = _range(tests, "drawn"), _range(tests, "real")
    if real and drawn:
        return f"Balanced accuracy is {drawn} on drawn masks, and {real} on real ones: judge by the real ones."
    if real:
        return f"Balanced accuracy is {real} on real masks."
    return "It was not tested on real masks: how it does on people who wear one is not known."


def _range(tests: list[SetMetrics], variant: str) -> str:
    chosen = [entry.metrics.balanced_accuracy for entry in tests if entry.variant == variant]
    having = sorted((estimate for estimate in chosen if estimate.value is not None), key=lambda item: item.value or 0)
    if not having:
        return ""
    ends = dict.fromkeys(figure_text("balanced_accuracy", estimate) for estimate in (having[0], having[-1]))
    return " to ".join(ends) + (f" ({len(having)} sets)" if len(having) > 1 else "")


def _worst(tests: list[SetMetrics]) -> str:
    having = [entry for entry in tests if entry.metrics.balanced_accuracy.value is not None]
    if len(having) < 2:
        return ""
    worst = min(having, key=lambda entry: entry.metrics.balanced_accuracy.value or 0)
    return (
        f"It does worst on **{plain(set_name(worst.set, worst.variant))}**: "
        f"{_figure(worst, 'balanced_accuracy')}, {worst.metrics.n:,} faces."
    )


def _gap(tests: list[SetMetrics]) -> str:
    """The set on which the recalls of women and men differ most."""
    gaps = []
    for entry in tests:
        women, men = entry.metrics.recall_female, entry.metrics.recall_male
        if women.value is not None and men.value is not None:
            gaps.append((abs(women.value - men.value), entry, women, men))
    if not gaps:
        return ""
    _, entry, women, men = max(gaps, key=lambda gap: gap[0])
    place = plain(set_name(entry.set, entry.variant))
    return (
        f"Women and men are recognised most unequally on **{place}**: {figure_text('recall_female', women)} of the "
        f"women, {figure_text('recall_male', men)} of the men."
    )
