"""A closer look at one face: why it was answered so, and what the answer would be in other masks.

Both are worked out when they are opened, once for a picture, face and model.
"""

import pandas as pd
import streamlit as st

from core.classify.decision import is_sure
from core.classify.pipeline import Classifier
from core.errors import AppError
from core.explain.evidence import Explanation, grad_cam, heat_over, occlusion
from core.explain.regions import Region, area_shares
from core.explain.what_if import Variant, WhatIf, what_if
from core.model.engines import KerasEngine
from core.results import FaceResult, Label
from core.types import Pixels
from core.ui.classify.collection import Entry
from core.ui.loaders import Ready
from core.ui.wording import percent, plain, whole_percent, whole_percents
from core.vision.pictures.decode import decode_picture

WHY, WHAT_IF = "Why?", "What if?"
OCCLUSION, GRAD_CAM = "Covered in turn", "Grad-CAM"
_HEAT_PX, _CROP_PX = 200, 64
_KEPT = 64
_HOW = {
    OCCLUSION: "Parts of the face were blurred in turn: the brighter the yellow, the more the answer depends on it.",
    GRAD_CAM: "The brighter the yellow, the more the network's last feature maps support the answer there.",
}
# From how many points of probability on a part is worth telling its place, and from how many its heat is full.
_SMALL_EFFECT, _FULL_EFFECT = 0.05, 0.25
_SCALE = "Brightness is scaled to the effect of the strongest part: full at 25 percentage points or more."
_REGIONS = (
    "*Around the head* means background, clothes and long hair. The tick marks the share that a region would have if "
    "every part of the crop counted equally."
)
_PLACES = {
    Region.EYES: "on eyes and brow",
    Region.HAIR: "on hair and forehead",
    Region.MASK: "on the mask region",
    Region.BACKGROUND: "around the head",
}
_GUESS = "No face was detected here, so the position of the regions is a guess."
_MASKED = (
    "A mask seems to be worn already: the others are drawn on top of it, so the answer for the bare face cannot be "
    "known."
)


def choose_question(entry: Entry, number: int) -> str | None:
    """The buttons of one face, by its number from 1; returns what is open."""
    return st.segmented_control(
        f"A closer look at face {number}",
        (WHY, WHAT_IF),
        key=f"look_{entry.key}_{number}",
        label_visibility="collapsed",
    )


def open_look(chosen: str, entry: Entry, number: int, face: FaceResult, threshold: float, model: Ready) -> None:
    """Show what `choose` returned; a face that cannot be explained is a sentence."""
    try:
        if chosen == WHY:
            _why(entry, number, face, model)
        else:
            _what_if(_others(*_key(entry, number, model), model.classifier, entry, face), number, threshold)
    except AppError as error:
        st.warning(plain(error.message), icon=":material/info:")


def _key(entry: Entry, number: int, model: Ready) -> tuple[str, bool, int, str]:
    return entry.digest, entry.whole, number, model.fingerprint


def _why(entry: Entry, number: int, face: FaceResult, model: Ready) -> None:
    method = OCCLUSION
    if isinstance(model.classifier.model.engine, KerasEngine):
        key = f"method_{entry.key}_{number}"
        method = st.segmented_control("Method", (OCCLUSION, GRAD_CAM), default=OCCLUSION, required=True, key=key)
    found = _explained(*_key(entry, number, model), method, model.classifier, face.crop)
    words = _in_words(found)
    st.markdown(words)
    if found.shares is None:
        return
    strength = min(1.0, found.effect / _FULL_EFFECT)
    with st.container(horizontal=True, gap="small"):
        heat = heat_over(face.crop, found.evidence, 2 * _HEAT_PX, strength)
        st.image(heat, width=_HEAT_PX, alt=f"Heat map over face {number}. {words.replace('*', '')}")
        with st.container(width="stretch"):
            guess = () if face.face.detected else (_GUESS,)
            st.caption(" ".join((_HOW[method], _SCALE, *guess)))
    if found.effect < _SMALL_EFFECT:
        return
    from core.report import charts  # which needs much memory, as what shows them
    from core.report.blocks import Chart, Table
    from core.ui.components.chart_frame import show

    st.markdown(_where(found.answer, found.shares))
    st.caption(_REGIONS)
    areas = area_shares(model.classifier.model.metadata.crop)
    rounded = _rounded(found.shares)
    rows = [(region.words, share, areas[region], rounded[region]) for region, share in found.shares.items()]
    table = pd.DataFrame(rows, columns=["region", "share", "area", "label"])
    names = {"region": "region", "share": "share of the evidence", "area": "share of the area"}
    title = f"Share of the evidence by region, face {number}"
    show(Chart(title, charts.region_bars, (table,), Table(title, table[list(names)], names, ("share", "area"))))


def _in_words(found: Explanation) -> str:
    """What the strongest part is worth; where that is little, that no single part carries the answer."""
    if found.shares is None:
        return f"**No single part carries this answer**: it stays {found.answer.value} whichever is covered."
    part = f"the strongest part ({found.strongest.words})"
    change = f"{percent(found.before)} \N{RIGHTWARDS ARROW} {percent(found.after)} {found.answer.value}"
    if found.effect < _SMALL_EFFECT:
        return f"**No single part carries this answer**: covering {part}: {change}."
    return f"**Covering {part}: {change}.**"


def _where(answer: Label, shares: dict[Region, float]) -> str:
    rounded, (most, *others) = _rounded(shares), sorted(shares, key=lambda region: -shares[region])
    rest = [f"{rounded[region]} {_PLACES[region]}" for region in others]
    where = f"{_PLACES[most]}, {', '.join(rest[:-1])} and {rest[-1]}"
    return f"{rounded[most]} of the evidence for {answer.value} lies {where}."


def _rounded(shares: dict[Region, float]) -> dict[Region, str]:
    return {region: f"{share} %" for region, share in zip(shares, whole_percents(list(shares.values())), strict=True)}


def _as_on_the_card(p_female: float) -> str:
    """The probability of *female* in per cent, which with that of *male* on a card makes 100."""
    return percent(p_female) if p_female >= 0.5 else f"{100 - whole_percent(1 - p_female)} %"


def _what_if(found: WhatIf, number: int, threshold: float) -> None:
    from core.report import charts
    from core.report.blocks import Chart, Table
    from core.ui.components.chart_frame import show

    first = found.variants[0]
    changed = ", ".join(variant.name for variant in found.changed)
    other = (Label.MALE if first.called is Label.FEMALE else Label.FEMALE).value
    words = f"more likely {other} in: {changed}" if changed else f"more likely {first.called.value} in every mask"
    st.markdown(f"{words[0].upper()}{words[1:]}.")
    if found.masked:
        st.caption(_MASKED)
    names = [variant.name for variant in found.variants]
    alts = [f"Face {number}, {name}" for name in names]
    st.image([variant.crop for variant in found.variants], caption=names, width=_CROP_PX, alt=alts)
    rows = [
        (variant.name, variant.p_female, _answer(variant, threshold), _as_on_the_card(variant.p_female))
        for variant in found.variants
    ]
    table = pd.DataFrame(rows, columns=["mask", "p_female", "answer", "label"])
    shown = {"mask": "mask", "p_female": "probability of female", "answer": "answer"}
    title = f"Probability of female by mask, face {number}"
    numbers = Table(title, table[list(shown)], shown, ("p_female",))
    show(Chart(title, charts.what_if_dots, (table, threshold), numbers))


def _answer(variant: Variant, threshold: float) -> str:
    sure = bool(is_sure(variant.p_female, threshold))
    return (variant.called if sure else Label.UNCERTAIN).value


# For the session only, as all that is made of its pictures.
@st.cache_data(max_entries=_KEPT, show_spinner="Covering the face part by part …", scope="session")
def _explained(
    digest: str, whole: bool, number: int, model: str, method: str, _classifier: Classifier, _crop: Pixels
) -> Explanation:
    explain = grad_cam if method == GRAD_CAM else occlusion
    return explain(_classifier, _crop)


@st.cache_data(max_entries=_KEPT, show_spinner="Drawing masks …", scope="session")
def _others(
    digest: str, whole: bool, number: int, model: str, _classifier: Classifier, _entry: Entry, _face: FaceResult
) -> WhatIf:
    return what_if(_classifier, decode_picture(_entry.data, _entry.name).pixels, _face)
