"""What the user says of the answers: a score on the user's own pictures, and a data set of them.

Knows nothing of Streamlit.
"""

import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

import pandas as pd

from core.classify.exports import encode_picture
from core.classify.file_names import safe_name
from core.errors import PictureError
from core.evaluation.intervals import Estimate, share
from core.results import Label
from core.settings import CropRecipe
from core.types import face_size
from core.ui.classify.collection import NOT_A_FACE
from core.ui.classify.filters import Row
from core.ui.wording import LABEL_WORDS, counted, whole_percent
from core.vision.pictures.decode import decode_picture
from core.vision.warping import crop_face

SAID_WORDS = {label.value: LABEL_WORDS[label] for label in Label} | {NOT_A_FACE: "Not a face"}
RIGHT = "Right"
# Beside a face in its box there is room for a detector to find it again.
_MARGIN, _SIDES = 2.0, (96, 512)
_FOLDERS = {Label.FEMALE.value: "Female", Label.MALE.value: "Male"}
_README = """Faces that were checked by hand, sorted into folders by their label: Female, Male.

{left_out}To use them as a data set:

    python -m core prepare FOLDER --output PREPARED

where FOLDER is this archive, unpacked; add --masked if the masks in the pictures are real ones.
A label says how a face looks to whoever checked it: perceived gender, not identity.
"""


@dataclass(frozen=True, slots=True)
class Score:
    """How the answers did on the faces that the user checked.

    Attributes:
        checked: Faces that something was said of.
        right: Those whose answer is what was said.
        uncertain: Those left uncertain of which female or male was said.
        not_faces: Those that are no face.
    """

    checked: int
    right: int
    uncertain: int
    not_faces: int

    @property
    def wrong(self) -> int:
        """The rest: another answer than what was said."""
        return self.checked - self.right - self.uncertain - self.not_faces

    @property
    def estimate(self) -> Estimate:
        """Share of right answers with its 95 % interval."""
        return share(self.right, self.checked)


def score(rows: Iterable[Row]) -> Score:
    """Compare the answers with what the user said."""
    pairs = [(row.face.label.value, row.said) for row in rows if row.face is not None and row.said is not None]
    return Score(
        checked=len(pairs),
        right=sum(answer == said for answer, said in pairs),
        uncertain=sum(answer == Label.UNCERTAIN and said in _FOLDERS for answer, said in pairs),
        not_faces=sum(said == NOT_A_FACE for _, said in pairs),
    )


def sentence(found: Score) -> str:
    """A score in words, with its interval."""
    estimate = found.estimate
    assert estimate.value is not None
    assert estimate.low is not None
    assert estimate.high is not None
    interval = f"95 % interval {round(100 * estimate.low)} to {round(100 * estimate.high)} %"
    others = [
        (found.wrong, f"{found.wrong} wrong"),
        (found.uncertain, f"{found.uncertain} left uncertain where you could tell"),
        (found.not_faces, counted(found.not_faces, "is not a face", "are not faces")),
    ]
    rest = "".join(f", {words}" for number, words in others if number)
    return (
        f"You checked {counted(found.checked, 'face', 'faces')}: **{found.right} right** "
        f"({whole_percent(estimate.value)} %, {interval}){rest}."
    )


def confusion(rows: Iterable[Row]) -> pd.DataFrame:
    """Faces by what the user says (rows) and by the answer (columns), in words; all answers, and what was said."""
    counts = Counter((row.said, row.face.label.value) for row in rows if row.face is not None and row.said is not None)
    answers = [label.value for label in Label]
    said = [value for value in SAID_WORDS if any(counts[value, answer] for answer in answers)]
    return pd.DataFrame(
        [[counts[value, answer] for answer in answers] for value in said],
        index=pd.Index([SAID_WORDS[value] for value in said], name="You say"),
        columns=[f"Answered {LABEL_WORDS[Label(answer)].lower()}" for answer in answers],
    )


def data_set(rows: Sequence[Row]) -> bytes:
    """A ZIP of the checked faces that `prepare` reads, unpacked, as a data set: one folder a gender.

    Faces that were called uncertain, or no face, are left out; each picture is decoded once, one at a time.
    """
    wanted: dict[int, list[Row]] = {}
    for row in rows:
        if row.said in _FOLDERS:
            wanted.setdefault(row.entry.key, []).append(row)
    left_out = sum(row.said is not None and row.said not in _FOLDERS for row in rows)
    packed, taken = BytesIO(), set[str]()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for group in wanted.values():
            try:
                pixels = decode_picture(group[0].entry.data, group[0].entry.name).pixels
            except PictureError:  # it was read before; without it the others are still worth having
                left_out += len(group)
                continue
            for row in group:
                assert row.face is not None
                found = row.face.face
                side = min(max(round(_MARGIN * face_size(found)), _SIDES[0]), _SIDES[1])
                crop = crop_face(pixels, found, CropRecipe(side, _MARGIN)) if found.detected else pixels
                name = safe_name(f"{row.entry.name.rpartition('.')[0] or row.entry.name}-{row.number}.jpg", taken)
                archive.writestr(f"{_FOLDERS[str(row.said)]}/{name}", encode_picture(crop))
        note = f"Left out: {counted(left_out, 'face', 'faces')} labelled as neither.\n\n" if left_out else ""
        archive.writestr("README.txt", _README.format(left_out=note))
    return packed.getvalue()
