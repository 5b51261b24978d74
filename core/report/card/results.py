"""The card's sections on the figures of each test set, on calibration, and on when the model abstains."""

import pandas as pd

from core.errors import RunError
from core.evaluation.answers import Answers
from core.evaluation.registry import METRICS, MISSING, estimate_text, figure_text
from core.evaluation.schema import MetricsReport, SetMetrics
from core.evaluation.test_sets import meanings
from core.heads import AGE, GENDER, MASK
from core.model.metadata import ModelMetadata
from core.report.blocks import Block, Section, Table, Words, glossary
from core.report.facts import training_facts
from core.report.markdown import percent
from core.report.sections.results import what_they_are
from core.report.tables import estimates_by_set
from core.strict_json import is_integer
from core.wording import counted

_WITHOUT = "Without figures, do not rely on this model."


def results_section(metrics: MetricsReport | RunError) -> Section:
    """Figures of every test set with n and intervals, and in words which set is the worst."""
    if isinstance(metrics, RunError):
        return Section("Results", (Words(f"*{{}}* {_WITHOUT}", (metrics.message,)),))
    tests = metrics.tests
    if not tests:
        return Section("Results", (Words(f"The saved figures hold no test set. {_WITHOUT}"),))
    sentences = [sentence for sentence in (_drawn_against_real(tests), _worst(tests), _gap(tests)) if sentence.text]
    blocks: tuple[Block, ...] = (
        Words(" ".join(one.text for one in sentences), tuple(name for one in sentences for name in one.names)),
        Words("Every face counts, at a threshold of 50 %. In brackets: {}.", (metrics.interval,)),
        what_they_are(metric for metric in METRICS if metric.card == "every face"),
        _table(tests, "every face"),
        Words(
            "ROC AUC is the chance that a woman gets a higher probability of *female* than a man. *Answered* are faces "
            f"at least {100 * metrics.threshold:.0f} % sure and clearly visible."
        ),
        _table(tests, "answered"),
        *glossary(meanings(entry.set for entry in tests)),
        Words("Evaluated {}. No test face was trained on, or used to choose anything.", (metrics.created[:10],)),
    )
    return Section("Results", blocks)


def calibration_section(
    metadata: ModelMetadata | RunError, metrics: MetricsReport | RunError, predictions: pd.DataFrame | RunError
) -> Section:
    """Whether probabilities can be taken at their word, on each test set."""
    title, tests = "Calibration", [] if isinstance(metrics, RunError) else metrics.tests
    if not tests:
        unknown = "Whether its probabilities can be trusted was not measured."
        return Section(title, (Words(unknown),))
    measured = _table(tests, "calibration")
    too_sure = [_overconfidence(entry, metadata, predictions) for entry in tests]
    rows = measured.rows.assign(**{"Too sure by": too_sure})
    fitted = ""
    if isinstance(metadata, ModelMetadata):
        fitted = (
            f"Logits are divided by a temperature of {metadata.heads[GENDER].temperature:g} before they become "
            "probabilities; it was fitted on validation faces, never on test faces."
        )
    how = Words(
        "Of faces with a probability of 80 % about 80 in 100 should be women. The calibration error is how far off "
        "that is on average, in 15 bins of equally many faces; the Brier score is the mean squared distance of "
        "probability and label. 0 is perfect for both. *Too sure by* is the mean confidence minus the share that is "
        f"right: where it is above 0, the model is overconfident. {fitted}"
    )
    return Section(title, (how, Table(title, rows, right=list(rows.columns[1:]))))


def thresholds_section(metadata: ModelMetadata | RunError, metrics: MetricsReport | RunError) -> Section:
    """From which probabilities on something is said, and how that was chosen."""
    title = "When it abstains"
    if isinstance(metadata, RunError):
        return Section(title, (Words("*{}*", (metadata.message,)),))
    record = training_facts(metadata).get("thresholds")
    chosen = record if isinstance(record, dict) else {}
    gender, mask, child = (chosen.get(key) for key in ("gender", "mask", "child"))
    on_gender, on_mask = _choice(gender), _choice(mask)
    names = on_gender.names
    lines = [f"- **Gender** is answered at {percent(metadata.thresholds.gender)} confidence or more. {on_gender.text}"]
    if second := metadata.second_look:
        lines.append(
            "- **A face that it is not sure of** is looked at again, mirrored, and the mean of both answers counts: "
            f"{percent(second.share)} of masked validation faces are."
        )
    if MASK in metadata.heads:
        names += on_mask.names
        share = percent(metadata.thresholds.mask)
        lines.append(f"- **Mask worn or not** is answered at {share} confidence or more. {on_mask.text}")
    if AGE in metadata.heads:
        lines.append(
            "- **A child's face**, under ten by its looks, is *uncertain* unless the user asks otherwise: at a "
            f"probability of {percent(metadata.child_threshold)} or more. {_child_choice(child)}"
        )
    lines.append(
        "- **A face that is too small, too blurred or pixelated, too dark, over-exposed or turned away** "
        "is *uncertain*."
    )
    tests = [] if isinstance(metrics, RunError) else [entry for entry in metrics.tests if entry.variant == "real"]
    shares = "; ".join(
        f"{{}} {figure_text(entry.metrics.answered)} answered, "
        f"{figure_text(entry.metrics.accuracy_answered)} of these right"
        for entry in tests
    )
    words = Words(f"On real masks: {shares}." if shares else "", tuple(entry.set for entry in tests))
    return Section(title, (Words("\n".join(lines), names), words))


def _choice(choice: object) -> Words:
    """How a confidence was chosen, as `core.export.thresholds.ConfidenceChoice` records it."""
    if not isinstance(choice, dict) or not is_integer(choice.get("faces")):
        return Words("That is the program's default; it was not chosen on data.")
    answered, accuracy = choice.get("answered"), choice.get("accuracy")
    chosen = f"Chosen on {choice['faces']:,} validation faces"
    if not isinstance(answered, float) or not isinstance(accuracy, float):
        return Words(f"{chosen}, none of which it would answer.")
    missed = "" if choice.get("reached") else " The requested accuracy was not reached."
    worst, name, least, names = choice.get("worst"), choice.get("worst_set"), "", tuple[str, ...]()
    if isinstance(worst, float) and name:
        least, names = f", {percent(worst, 1)} in the worst set ({{}})", (str(name),)
    return Words(
        f"{chosen}: {percent(answered, 1)} answered, {percent(accuracy, 1)} of these right{least}.{missed}", names
    )


def _child_choice(choice: object) -> str:
    if not isinstance(choice, dict) or not is_integer(choice.get("children")):
        return "That is the program's default; it was not chosen on data."
    caught, passed = choice.get("children_caught"), choice.get("adults_passed")
    parts = [f"Chosen on validation faces, {choice['children']:,} of them children's"]
    if isinstance(caught, float):
        parts.append(f"it catches {percent(caught, 1)} of the children")
    if isinstance(passed, float):
        parts.append(f"lets {percent(passed, 1)} of the adults pass")
    return f"{', '.join(parts)}."


def _table(tests: list[SetMetrics], name: str) -> Table:
    """One of the card's tables; several of few columns each can be read on a phone, one of eight cannot."""
    return estimates_by_set(tests, [metric for metric in METRICS if metric.card == name], counted=False)


def _overconfidence(entry: SetMetrics, metadata: ModelMetadata | RunError, predictions: pd.DataFrame | RunError) -> str:
    if isinstance(predictions, RunError) or isinstance(metadata, RunError):
        return MISSING
    answers = Answers.from_frame(entry.test_set.rows(predictions), metadata.thresholds.gender)
    if not len(answers.p):
        return MISSING
    return f"{100 * float(answers.confidence.mean() - answers.right.mean()):+.1f} points".replace("-", "\u2212")


def _drawn_against_real(tests: list[SetMetrics]) -> Words:
    """How drawn and real masks compare, as a range over the sets of each."""
    drawn, real = _range(tests, "drawn"), _range(tests, "real")
    if real and drawn:
        return Words(f"Balanced accuracy is {drawn} on drawn masks, and {real} on real ones: judge by the real ones.")
    if real:
        return Words(f"Balanced accuracy is {real} on real masks.")
    return Words("It was not tested on real masks: how it does on people who wear one is not known.")


def _range(tests: list[SetMetrics], variant: str) -> str:
    chosen = [entry.metrics.balanced_accuracy for entry in tests if entry.variant == variant]
    having = sorted((estimate for estimate in chosen if estimate.value is not None), key=lambda item: item.value or 0)
    if not having:
        return ""
    ends = dict.fromkeys(figure_text(estimate) for estimate in (having[0], having[-1]))
    return " to ".join(ends) + (f" ({len(having)} sets)" if len(having) > 1 else "")


def _worst(tests: list[SetMetrics]) -> Words:
    having = [entry for entry in tests if entry.metrics.balanced_accuracy.value is not None]
    if len(having) < 2:
        return Words("")
    worst = min(having, key=lambda entry: entry.metrics.balanced_accuracy.value or 0)
    figure = estimate_text(worst.metrics.balanced_accuracy)
    names = worst.test_set.title, figure
    return Words(f"It does worst on **{{}}**: {{}}, {counted(worst.metrics.n, 'face')}.", names)


def _gap(tests: list[SetMetrics]) -> Words:
    """The set on which the recalls of women and men differ most."""
    gaps = []
    for entry in tests:
        women, men = entry.metrics.recall_female, entry.metrics.recall_male
        if women.value is not None and men.value is not None:
            gaps.append((abs(women.value - men.value), entry, women, men))
    if not gaps:
        return Words("")
    _, entry, women, men = max(gaps, key=lambda gap: gap[0])
    return Words(
        f"Women and men are recognised most unequally on **{{}}**: {figure_text(women)} of the "
        f"women, {figure_text(men)} of the men.",
        (entry.test_set.title,),
    )
