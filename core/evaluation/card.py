"""The model card: what a model is for, how good it is and where it ends, as Markdown.

Follows Mitchell et al., "Model Cards for Model Reporting" (2019). Every figure comes from the
saved metadata.json and metrics.json; a part that is missing is said to be missing.
"""

from collections import Counter
from collections.abc import Collection, Iterable

from core.errors import RunError
from core.evaluation import card_text
from core.evaluation.data_terms import DATA_TERMS, UNKNOWN
from core.evaluation.names import TEST, figure_text, interval_text, set_name, variant_rank
from core.evaluation.runs import RunRecord
from core.evaluation.schema import MetricsReport, SetMetrics
from core.evaluation.training_record import crop_counts
from core.metadata import AGE, MASK, ModelMetadata

# Two tables of few columns each can be read on a phone; one of eight cannot.
_OF_ALL = {
    "Balanced accuracy": "balanced_accuracy",
    "Recall women": "recall_female",
    "Recall men": "recall_male",
}
_OF_ANSWERED = {"ROC AUC": "roc_auc", "Answered": "answered", "Right among answered": "accuracy_answered"}
_SPECIAL = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|#~$"})


def model_card(run: RunRecord) -> str:
    """The card of a saved model, in Markdown; it is whole even where artefacts are missing."""
    parts = [
        f"# Model card: {_plain(run.name)}",
        _introduction(run.metadata),
        *(f"> **Note.** {_plain(note)}" for note in run.notes),
        card_text.PURPOSE,
        _training(run.metadata),
        _results(run.metrics),
        card_text.LIMITS,
        card_text.CAVEATS,
        card_text.PRIVACY,
        card_text.NOTICE,
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _introduction(metadata: ModelMetadata | RunError) -> str:
    if isinstance(metadata, RunError):
        return f"*{_plain(metadata.message)}*"
    made = f" Trained {_plain(str(metadata.created)[:10])}." if metadata.created else ""
    versions = ", ".join(f"{_plain(name)} {_plain(version)}" for name, version in metadata.versions.items())
    return (
        f"{_plain(metadata.description.rstrip('.'))}.{made}\n\n"
        f"It looks at a face cut out of a picture ({metadata.crop.size} by {metadata.crop.size} pixels), with or "
        "without a mask, and gives the probability that the person would be *perceived* as female. Below "
        f"{100 * metadata.threshold:.0f} % confidence (adjustable), or where the face cannot be seen well, the answer "
        f"is *uncertain*.{_further_answers(metadata)}"
        + (f"\n\nNetwork: {_plain(metadata.network)}. Made with {versions}." if versions else "")
    )


def _further_answers(metadata: ModelMetadata) -> str:
    mask = f" It also says whether a mask is worn, from {100 * metadata.mask_threshold:.0f} % confidence on."
    age = (
        " It names the age band that a face looks like; one that seems to be a child's, under ten, is *uncertain* "
        "unless the user asks otherwise."
    )
    return mask * (MASK in metadata.heads) + age * (AGE in metadata.heads)


def _training(metadata: ModelMetadata | RunError) -> str:
    heading = "## What it was trained on\n\n"
    if isinstance(metadata, RunError) or not (counts := _train_counts(metadata)):
        return f"{heading}The data of this training were not recorded: take its figures, and its terms, with care."
    rows = []
    for name, number in counts.items():
        known = DATA_TERMS.get(name, UNKNOWN)
        rows.append((_plain(name), f"{number:,}", known.source, known.terms))
    table = _table(("Set", "Crops learned from", "What it is", "Terms"), rows, right=(1,))
    worn = any(count.split == "train" and count.variant == "real" for count in crop_counts(metadata))
    masks = card_text.MASKS_WORN if worn else card_text.MASKS_DRAWN
    return f"{heading}{table}\n\n{card_text.TERMS.strip()} {masks}\n"


def _train_counts(metadata: ModelMetadata) -> dict[str, int]:
    """Training crops by set; empty where they were not recorded."""
    counts: Counter[str] = Counter()
    for entry in crop_counts(metadata):
        counts[entry.set] += entry.crops if entry.split == "train" else 0
    return {name: number for name, number in counts.items() if number}


def _results(metrics: MetricsReport | RunError) -> str:
    heading = "## Results"
    if isinstance(metrics, RunError):
        return f"{heading}\n\n*{_plain(metrics.message)}* Without figures, do not rely on this model."
    tests = sorted((entry for entry in metrics.sets if entry.split == TEST), key=_reading_order)
    if not tests:
        return f"{heading}\n\nThe saved figures hold no test set. Without figures, do not rely on this model."
    sentences = [_drawn_against_real(tests), _worst(tests), _gap(tests)]
    return "\n\n".join(
        (
            heading,
            " ".join(sentence for sentence in sentences if sentence),
            f"Every face counts, from a probability of 50 % on. In brackets: {_plain(metrics.interval)}.",
            _figures_table(tests, _OF_ALL),
            "ROC AUC is the chance that a woman gets a higher probability of *female* than a man. *Answered* are faces "
            f"at least {100 * metrics.threshold:.0f} % sure and well seen.",
            _figures_table(tests, _OF_ANSWERED),
            f"Evaluated {_plain(metrics.created[:10])}. No test face was trained on, or used to choose anything.",
        )
    )


def _reading_order(entry: SetMetrics) -> tuple[int, str]:
    return variant_rank(entry.variant), entry.set


def _figures_table(tests: list[SetMetrics], measures: dict[str, str]) -> str:
    rows = [
        (
            f"{_plain(set_name(entry.set, entry.variant))}, {entry.metrics.n:,} faces",
            *(_figure(entry, measure) for measure in measures.values()),
        )
        for entry in tests
    ]
    return _table(("Test set", *measures), rows, right=range(1, len(measures) + 1))


def _figure(entry: SetMetrics, measure: str) -> str:
    estimate = getattr(entry.metrics, measure)
    text = figure_text(measure, estimate)
    return text if estimate.value is None else f"{text} ({interval_text(measure, estimate)})"


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
        f"It does worst on **{_plain(set_name(worst.set, worst.variant))}**: "
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
    place = _plain(set_name(entry.set, entry.variant))
    return (
        f"Women and men are recognised most unequally on **{place}**: {figure_text('recall_female', women)} of the "
        f"women, {figure_text('recall_male', men)} of the men."
    )


def _table(headings: Iterable[str], rows: Iterable[tuple[str, ...]], right: Collection[int]) -> str:
    """A Markdown table whose columns `right` are aligned to the right."""
    names = tuple(headings)
    rule = tuple("---:" if place in right else "---" for place in range(len(names)))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (names, rule, *rows))


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line: names may hold anything."""
    return " ".join(str(text).split()).translate(_SPECIAL)
