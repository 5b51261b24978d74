"""Readable names and figures, shared by the report, the model card and the charts."""

from core.evaluation.intervals import Estimate

TEST = "test"
# In the order in which a reader should meet them: the hardest evidence first.
VARIANT_NAMES = {
    "real": "real masks",
    "drawn": "drawn masks",
    "held_out": "held-out mask family",
    "bare": "bare faces",
}
VARIANT_ORDER = tuple(VARIANT_NAMES)
VARIANT_SENTENCES = {
    "real": "Photographs of people who really wear masks: the closest to use in practice.",
    "drawn": "Bare faces onto which masks were drawn, of the same families as in training.",
    "held_out": "Bare faces with drawn masks of a family (gaiter, scarf) that training never showed.",
    "bare": "Test faces without any mask, for comparison.",
}
# What the sets are, for those who do not know them by name.
SET_WORDS = {
    "rmfrd": "rmfrd (masked East Asian celebrities, small pictures)",
    "worldwide": "worldwide (masked people of many countries, public photographs)",
    "wild": "wild (people in real masks, kept for validation)",
    "utkface": "utkface (faces from the web, all ages)",
    "fairface": "fairface (faces from the web, seven ethnicities)",
    "lfw": "lfw (celebrities in press pictures)",
    "scut": "scut (frontal portraits)",
}
MEASURE_NAMES = {
    "balanced_accuracy": "balanced accuracy",
    "recall_female": "recall women",
    "recall_male": "recall men",
    "answered": "answered",
    "accuracy_answered": "right among answered",
    "roc_auc": "ROC AUC",
    "accuracy": "accuracy",
}
FIGURE_NAMES = MEASURE_NAMES | {
    "recall_difference": "recall women minus men",
    "precision_female": "precision women",
    "precision_male": "precision men",
    "f1_female": "F1 women",
    "f1_male": "F1 men",
    "average_precision": "average precision",
    "brier": "Brier score",
    "ece": "expected calibration error",
}
# Figures that are no shares are written as the numbers they are.
NUMBERS = frozenset({"roc_auc", "average_precision", "brier", "ece"})
LESS_IS_BETTER = frozenset({"recall_difference", "brier", "ece"})
MISSING = "\u2013"


def variant_name(variant: str) -> str:
    """What the faces of a test set wear, in words; an unknown variant is shown as it is written."""
    return VARIANT_NAMES.get(variant, variant.replace("_", " "))


def set_words(name: str) -> str:
    """A set's name with what it is; an unknown set's name as it is written."""
    return SET_WORDS.get(name, name)


def set_name(name: str, variant: str, split: str = TEST) -> str:
    """The readable name of a set, such as "worldwide · real masks"; other splits than test are named."""
    return f"{name} · {variant_name(variant)}" + ("" if split == TEST else f" ({split})")


def variant_rank(variant: str) -> int:
    """Position of a variant in `VARIANT_ORDER`; unknown ones come last."""
    return VARIANT_ORDER.index(variant) if variant in VARIANT_ORDER else len(VARIANT_ORDER)


def figure_text(measure: str, estimate: Estimate) -> str:
    """A figure for people: shares in per cent, `NUMBERS` as they are; a dash where there is none."""
    if estimate.value is None:
        return MISSING
    return f"{estimate.value:.3f}" if measure in NUMBERS else f"{100 * estimate.value:.1f} %"


def interval_text(measure: str, estimate: Estimate) -> str:
    """The 95 % interval, such as "92.1 to 94.0 %", or why there is none."""
    if estimate.low is None or estimate.high is None:
        return f"no interval: {estimate.reason}"
    if measure in NUMBERS:
        return f"{estimate.low:.3f} to {estimate.high:.3f}"
    return f"{100 * estimate.low:.1f} to {100 * estimate.high:.1f} %"
