"""What is to be known of a data set before a training on it: counts, faults, and faces to look at."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.data.duplicates import without_near_duplicates
from core.data.prepared import BARE, DRAWN, REAL
from core.data.samples import GENDERS, REASONS, SPLITS, TEST, TRAIN, VAL, DataSource, Dropped, Sample, some_of
from core.data.variants import FaceCropper, Variants
from core.settings import CropRecipe
from core.training.selection import MIN_TRAIN, MIN_VAL
from core.types import Pixels
from core.wording import counted

STOPS, WARNS, TELLS = "stops", "warns", "tells"
MOST_PICTURES, MOST_FACES = 3_000, 200
_CROP = CropRecipe(size=96, margin=1.5)
_UNEVEN = 0.35
_OFTEN = 0.1
_SHEET = 24
_EXAMPLES, _PAIRS = 5, 50
# What becomes of the pictures that cannot be used, by the code of `Dropped`.
_LEFT_OUT = {
    "no_label": "They are skipped",
    "unreadable": "They are skipped; check their permissions",
    "empty_file": "They are skipped",
    "not_a_picture": "They are skipped",
    "duplicate": "One of each is kept",
    "contradiction": "They are skipped: check which label is right",
    "near_duplicate": "They are left out of training: otherwise the test would reward memorised pictures",
}
Report = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know of the pictures.

    Attributes:
        weight: `STOPS` where no training is possible, `WARNS`, or `TELLS`.
        sentence: What it is, and what becomes of it.
        examples: Names of some of the pictures, or sentences on them.
    """

    weight: str
    sentence: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class DataCheck:
    """What was found.

    Attributes:
        counts: Usable pictures: a row for each of `SPLITS` that has any, columns split, female, male.
        looked_at: Pictures in which a face was looked for.
        pictures: Usable pictures in all.
        findings: The grave ones first.
        bare: Some faces as the network will see them, uint8 RGB (n, size, size, 3).
        masked: The same with masks, drawn or real.
    """

    counts: pd.DataFrame
    looked_at: int
    pictures: int
    findings: tuple[Finding, ...]
    bare: Pixels = field(repr=False)
    masked: Pixels = field(repr=False)

    @property
    def can_train(self) -> bool:
        """Whether nothing stands against a training."""
        return all(finding.weight != STOPS for finding in self.findings)


def check(source: DataSource, size: int, report: Report = lambda *_: None) -> DataCheck:
    """Look at a data set.

    Of large ones, near-duplicates are looked for among `MOST_PICTURES` and faces in `MOST_FACES` of the pictures.

    Args:
        source: As it was read, with the splits that the training is to have.
        size: Side of the network's crops, pixels: smaller faces are said.
        report: Called with what is done, pictures done, pictures in all.
    """
    some = some_of(source.samples, MOST_PICTURES)
    part = DataSource(source.name, some, (), source.store)
    compared = without_near_duplicates([part], lambda _, done, total: report("Comparing pictures", done, total))[0]
    dropped = [*source.dropped, *compared.dropped]
    gone = {item.file for item in compared.dropped}
    kept = tuple(sample for sample in source.samples if sample.file not in gone)
    faces, candidates = _Faces(size), len(kept)
    looked_at = some_of(kept, MOST_FACES)
    for done, sample in enumerate(looked_at, start=1):
        try:
            faces.look(sample, source.read(sample))
        except OSError as error:
            faces.dropped.append(Dropped(sample.file, "unreadable", str(error.strerror or error)))
        report("Looking for faces", done, len(looked_at))
    useless = {item.file for item in faces.dropped}
    kept = tuple(sample for sample in kept if sample.file not in useless)
    counts = _counts(kept)
    findings = [*_too_few(counts), *_left_out([*dropped, *faces.dropped], compared.repeated)]
    findings += [*_uneven(counts), *faces.findings(len(looked_at)), *_partly(len(source.samples), candidates)]
    order = (STOPS, WARNS, TELLS)
    return DataCheck(
        counts,
        len(looked_at),
        len(kept),
        tuple(sorted(findings, key=lambda finding: order.index(finding.weight))),
        faces.sheet((BARE,)),
        faces.sheet((DRAWN, REAL)),
    )


class _Faces:
    """The faces in some pictures."""

    def __init__(self, size: int) -> None:
        self._cropper, self._size = FaceCropper(Variants(_CROP)), size
        self._crops: dict[str, list[Pixels]] = {BARE: [], DRAWN: [], REAL: []}
        self._lost, self._small = list[str](), list[str]()
        self.dropped = list[Dropped]()

    def look(self, sample: Sample, data: bytes) -> None:
        outcome = self._cropper.crop(sample, data)
        if isinstance(outcome, Dropped):
            if outcome.code == "no_face":
                self._lost.append(sample.file)
            else:
                self.dropped.append(outcome)
            return
        first = outcome[0].row
        if not first["found"]:
            self._lost.append(sample.file)
        elif min(first["right"] - first["left"], first["bottom"] - first["top"]) < self._size / 2:
            self._small.append(sample.file)
        for face in outcome:
            if face.row["variant"] in self._crops:
                self._crops[face.row["variant"]].append(face.crop)

    def findings(self, of: int) -> list[Finding]:
        found = []
        if self._lost:
            weight = WARNS if len(self._lost) > _OFTEN * of else TELLS
            what = f"No face was found in {_of(self._lost, of)}. They are not used for training; in the test the whole"
            found.append(Finding(weight, f"{what} picture is taken as the face.", _some(self._lost)))
        if self._small:
            weight = WARNS if len(self._small) > _OFTEN * of else TELLS
            what = f"In {_of(self._small, of)} the face is smaller than {self._size // 2} pixels, half the network's"
            found.append(
                Finding(weight, f"{what} input size: it is enlarged and shows little detail.", _some(self._small))
            )
        return found

    def sheet(self, variants: tuple[str, ...]) -> Pixels:
        crops = [crop for variant in variants for crop in self._crops[variant]]
        chosen = crops[:: max(1, len(crops) // _SHEET)][:_SHEET]
        return np.stack(chosen) if chosen else np.empty((0, _CROP.size, _CROP.size, 3), np.uint8)


def _counts(samples: tuple[Sample, ...]) -> pd.DataFrame:
    numbers = Counter((sample.split, sample.gender) for sample in samples)
    rows = [(split, *(numbers[split, gender] for gender in GENDERS)) for split in SPLITS]
    return pd.DataFrame([row for row in rows if any(row[1:])], columns=["split", *GENDERS])


def _too_few(counts: pd.DataFrame) -> list[Finding]:
    table = counts.set_index("split")
    found = []
    for split, least in ((TRAIN, MIN_TRAIN), (VAL, MIN_VAL), (TEST, 1)):
        have = {gender: int(table[gender].get(split, 0)) for gender in GENDERS}
        if min(have.values()) < least:
            words = " and ".join(f"{count} {gender}" for gender, count in have.items())
            weight = WARNS if split == TEST else STOPS
            found.append(Finding(weight, f"The {split} split has {words} pictures; {least} of each are needed."))
    return found


def _left_out(dropped: list[Dropped], repeated: tuple[str, ...]) -> list[Finding]:
    found = []
    for code, then in _LEFT_OUT.items():
        mine = [item for item in dropped if item.code == code]
        if mine:
            weight = WARNS if code in ("contradiction", "near_duplicate", "not_a_picture", "unreadable") else TELLS
            most = _PAIRS if code == "near_duplicate" else _EXAMPLES
            examples = tuple(f"{item.file}: {item.detail}" for item in mine[:most])
            found.append(Finding(weight, f"{REASONS[code]}: {len(mine):,}. {then}.", examples))
    if repeated:
        pairs = counted(len(repeated), "pair")
        what = f"Test pictures that are near-duplicates of each other, which count twice: {pairs}."
        found.append(Finding(TELLS, what, repeated[:_EXAMPLES]))
    return found


def _uneven(counts: pd.DataFrame) -> list[Finding]:
    found = []
    for split, female, male in counts.itertuples(index=False):
        share = female / (female + male)
        if not _UNEVEN <= share <= 1 - _UNEVEN and split != VAL:
            what = f"The {split} split is uneven: {100 * share:.0f} % female. The rarer gender is learned less well."
            found.append(Finding(WARNS, what))
    return found


def _partly(total: int, candidates: int) -> list[Finding]:
    if total <= MOST_PICTURES and candidates <= MOST_FACES:
        return []
    compared, looked_at = min(total, MOST_PICTURES), min(candidates, MOST_FACES)
    what = f"Of {total:,} pictures, {compared:,} were compared with each other and {looked_at:,} searched for faces."
    return [Finding(TELLS, f"{what} The training uses all of them.")]


def _of(files: list[str], of: int) -> str:
    return f"{len(files):,} of {counted(of, 'picture')}"


def _some(files: list[str]) -> tuple[str, ...]:
    return tuple(files[:_EXAMPLES])
