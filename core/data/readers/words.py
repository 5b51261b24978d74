"""What folder names and table entries say of a picture: its gender, and which split it belongs to."""

import re

from core.data.samples import TEST, TRAIN, VAL

GENDER_WORDS = {
    **dict.fromkeys(("male", "males", "man", "men"), "male"),
    **dict.fromkeys(("female", "females", "woman", "women"), "female"),
}
_SPLIT_WORDS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("val", "valid", "validate", "validation", "dev", "devel", "development", "tuning"), VAL),
    # What is held back under another name is never trained on or tuned on.
    **dict.fromkeys(("test", "tests", "testing", "holdout", "heldout", "eval", "evaluate", "evaluation"), TEST),
}
_BESIDE = frozenset(("set", "sets", "data", "dataset", "split", "part", "images", "pictures", "photos", "faces"))
_STEMS = ("train", "test", "valid", "eval", "holdout", "heldout", "unseen")
_DOUBTFUL = frozenset((*_SPLIT_WORDS, "tst", "trn", "query", "probe", "hold", "held"))


def gender_of(word: str) -> str | None:
    """The gender that a folder or an entry names, in any case."""
    return GENDER_WORDS.get(word.strip().lower())


def split_of(word: str) -> str | None:
    """The split that a folder or an entry names, in any case: "Validation", "test-set", "Hold Out 2"."""
    own = [part for part in _words(word) if part not in _BESIDE]
    joined = "".join(own)
    for ending in ("", "set", "data"):  # "testset"
        if joined.endswith(ending) and (split := _SPLIT_WORDS.get(joined.removesuffix(ending))):
            return split
    return None


def looks_like_split(word: str, *, strict: bool) -> bool:
    """Whether a name that `split_of` does not know may mean a split: "train+val", "PublicTest", "unseen".

    Args:
        word: The name.
        strict: Whether all its words must sound like it. People have names: "Val_Kilmer", "Dev".
    """
    words = [part for part in _words(word) if part not in _BESIDE]
    if strict:
        return bool(words) and all(part in _SPLIT_WORDS for part in words)
    return any(part in _DOUBTFUL or part.startswith(_STEMS) for part in words)


def _words(word: str) -> list[str]:
    """The words of a name, lower case; digits and signs only part them, as a capital after a small letter does."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", word)
    return re.findall(r"[^\W\d_]+", parted.lower())
