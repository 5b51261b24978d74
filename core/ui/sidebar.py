"""The settings at the side: model, threshold, webcam; and what they mean."""

from dataclasses import dataclass

import streamlit as st

from core.errors import ModelError
from core.ui import loaders, measured
from core.ui.saved_runs import saved_run
from core.ui.wording import plain

LOWEST, HIGHEST = 50, 99
PRIVACY = (
    "**Private.** Your pictures stay in this machine's memory for this session. Nothing is stored or sent anywhere."
)
PERCEIVED = (
    "**Perceived gender** is how a face looks to the model. It is not identity: it can be wrong about anyone, "
    "and nothing should be decided about a person because of it."
)
MODEL_HELP = "The trained model that answers. The training report shows how each one did on test pictures."
THRESHOLD_HELP = (
    "A face is called female or male only when the model is at least this sure; otherwise it is *uncertain*. "
    "Higher: fewer answers, more of them right. 50 %: every face that can be seen well is answered. "
    "Pictures are not read again when you move it."
)
MIRROR_HELP = "Turns the webcam's picture left to right before it is looked at. The answer should hardly change."


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user has chosen.

    Attributes:
        model: The model that answers.
        threshold: Smallest confidence that is answered, in [0.5, 1).
        mirror: Turn webcam pictures left to right.
    """

    model: loaders.Ready
    threshold: float
    mirror: bool


def settings() -> Settings:
    """Draw the sidebar; ends the page's run with a sentence where no model can answer."""
    with st.sidebar:
        choices = st.container()
        for sentence in (PRIVACY, PERCEIVED):
            st.caption(sentence)
    try:
        name = _choose_model(choices)
        model = loaders.load(name)
    except ModelError as error:
        st.error(plain(error.message), title="No model can answer", icon=":material/error:")
        st.stop()
    with choices:
        threshold = _choose_threshold(name, model)
        mirror = st.toggle("Mirror the webcam", key="mirror", help=MIRROR_HELP, persist_state="session")
        for note in model.classifier.notes:
            st.warning(plain(note), icon=":material/info:")
    return Settings(model, threshold, mirror)


def _choose_model(place: "st.delta_generator.DeltaGenerator") -> str:
    store = loaders.store()
    default = store.default_name()
    names = store.names()
    if st.session_state.get("model", default) not in names:
        del st.session_state["model"]  # its folder has gone
    return str(
        place.selectbox(
            "Model", names, index=names.index(default), key="model", help=MODEL_HELP, persist_state="session"
        )
    )


def _choose_threshold(name: str, model: loaders.Ready) -> float:
    """The slider; each model has its own, which starts at the model's own threshold."""
    percent = st.slider(
        "Answer when at least",
        LOWEST,
        HIGHEST,
        min(HIGHEST, round(100 * model.classifier.model.metadata.threshold)),
        format="%d %% sure",
        key=f"threshold_{name}",
        help=THRESHOLD_HELP,
        persist_state="session",
    )
    threshold = int(percent) / 100
    table = measured.predictions(saved_run(loaders.store().root / name))
    counts = None if table is None else measured.measure(table, threshold)
    if counts is not None:
        st.caption(measured.sentence(counts))
    return threshold
