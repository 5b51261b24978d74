"""Which faces of many a table shows; knows nothing of Streamlit."""

from collections.abc import Callable, Collection, Iterable

from core.results import FaceResult, Label, MaskState

Keeps = Callable[[FaceResult], bool]

# Name → kind, and whether it keeps a face. Of one kind any may apply, of different kinds all must.
FILTERS: dict[str, tuple[str, Keeps]] = {
    "Female": ("answer", lambda face: face.label is Label.FEMALE),
    "Male": ("answer", lambda face: face.label is Label.MALE),
    "Uncertain": ("answer", lambda face: face.label is Label.UNCERTAIN),
    "Mask worn": ("mask", lambda face: face.mask is MaskState.WORN),
    "No mask": ("mask", lambda face: face.mask is MaskState.NOT_WORN),
    "Mask unsure": ("mask", lambda face: face.mask is MaskState.UNSURE),
    "Low quality": ("quality", lambda face: bool(face.quality.reasons)),
}


def useful(faces: Iterable[FaceResult]) -> list[str]:
    """The filters that keep some of the faces and not all."""
    faces = list(faces)
    return [name for name, (_, keeps) in FILTERS.items() if 0 < sum(map(keeps, faces)) < len(faces)]


def keeps(face: FaceResult | None, chosen: Collection[str]) -> bool:
    """Whether the chosen filters keep a row: that of a face, or with None of a picture without one."""
    if face is None or not chosen:
        return not chosen
    kinds: dict[str, bool] = {}
    for name in chosen:
        kind, keep = FILTERS[name]
        kinds[kind] = kinds.get(kind, False) or keep(face)
    return all(kinds.values())
