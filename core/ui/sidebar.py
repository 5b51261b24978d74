"""The settings at the side: model, thresholds, webcam; and what they mean."""

from dataclasses import dataclass, replace

import streamlit as st

from core.errors import ModelError
from core.heads import AGE, Thresholds
from core.settings import PREFERRED_MODELS
from core.ui import loaders, real_masks
from core.ui.saved_runs import forget_unless_in, saved_run
from core.ui.wording import listed, plain

LOWEST, HIGHEST = 50, 99
MODEL_HELP = (
    f"The trained model that gives the answers. *{PREFERRED_MODELS[0]}* and the like are the program's own, numbered "
    "in the order they were made; the recommended one was chosen on validation pictures. *baseline-cnn*, a small "
    "network trained from scratch, and *mobilenetv2-frozen*, of which only the last layers were trained, are for "
    "comparison. The training report shows how each one did."
)
ENGINE_HELP = (
    "What runs the model. LiteRT is TensorFlow's small runtime; its *int8* form computes with integers in "
    "two fifths of the time; a model has it only where it answers as many faces correctly. Keras runs the network as "
    "it was trained, needs TensorFlow and is there for comparison. Their answers hardly differ; the training report "
    "says by how much."
)
THRESHOLD_HELP = (
    "A face is called female or male only when the model is at least this sure; otherwise it is *uncertain*. "
    "Higher: fewer answers, more of them right. At 50 %, every clearly visible face is answered. "
    "Moving it does not run the model again."
)
CHILDREN_HELP = (
    "A face that looks like a child under ten is *uncertain*, however sure the model is of its gender: young faces "
    "show little of it. Off: children are answered like everyone else, with more mistakes."
)
MIRROR_HELP = "Flips the webcam's picture left to right before it is analysed. The answer should hardly change."


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """What the user has chosen.

    Attributes:
        model: The model that answers.
        thresholds: From which probabilities on something is said of a face.
        mirror: Turn webcam pictures left to right.
    """

    model: loaders.Ready
    thresholds: Thresholds
    mirror: bool


def settings() -> AnswerSettings:
    """Draw the sidebar; ends the page's run with a sentence where no model can answer."""
    with st.sidebar:
        choices = st.container()
    try:
        name = _choose_model(choices)
        model = loaders.load(name, _choose_engine(choices, name))
    except ModelError as error:
        st.error(plain(error.message), title="No model can answer", icon=":material/error:")
        st.stop()
    with choices:
        spent = loaders.milliseconds(model.fingerprint, model.classifier)
        st.caption(f"{spent:.{0 if spent >= 10 else 1}f} ms per face on this machine")
        thresholds = _choose_thresholds(name, model)
        mirror = st.toggle("Mirror the webcam", key="mirror", help=MIRROR_HELP, persist_state="session")
        for note in model.classifier.notes:
            st.warning(plain(note), icon=":material/info:")
    return AnswerSettings(model, thresholds, mirror)


def _choose_model(place: "st.delta_generator.DeltaGenerator") -> str:
    store = loaders.store()
    default = store.default_name()
    names = store.names()
    if (chosen := st.session_state.get("model", default)) not in names:
        del st.session_state["model"]  # its folder has gone
        chosen = default
    return str(
        place.selectbox(
            "Model",
            names,
            index=names.index(default),
            format_func=listed,
            key="model",
            help=f"{MODEL_HELP}\n\n**{plain(chosen)}**: {plain(store.metadata(chosen).description)}",
            persist_state="session",
        )
    )


def _choose_engine(place: "st.delta_generator.DeltaGenerator", name: str) -> str | None:
    """Which engine is to answer; None, for the first that works, where there is no choice."""
    engines = loaders.store().engines(name)
    if len(engines) < 2:
        return None
    key = f"engine_{name}"  # of each model its own: the usual engine of one may not be that of another
    forget_unless_in(key, engines)
    chosen = str(place.selectbox("Engine", engines, key=key, help=ENGINE_HELP, persist_state="session"))
    # The usual one may fall back on another, with a note; any other was asked for.
    return None if chosen == engines[0] else chosen


def _choose_thresholds(name: str, model: loaders.Ready) -> Thresholds:
    """The slider, which each model has its own of, and what becomes of children where the model can tell them."""
    metadata = model.classifier.model.metadata
    percent = st.slider(
        "Answer when at least",
        LOWEST,
        HIGHEST,
        min(HIGHEST, round(100 * metadata.thresholds.gender)),
        format="%d %% sure",
        key=f"threshold_{name}",
        help=THRESHOLD_HELP,
        persist_state="session",
    )
    tested = st.empty()
    thresholds = replace(metadata.thresholds, gender=int(percent) / 100)
    if AGE in metadata.heads and not st.toggle(
        "Leave children uncertain", value=True, key="children", help=CHILDREN_HELP, persist_state="session"
    ):
        thresholds = replace(thresholds, child=None)
    table = real_masks.predictions(saved_run(loaders.store().folder(name)))
    counts = None if table is None else real_masks.measure(table, thresholds)
    if counts:
        # In so narrow a column, a line would begin with the sign of per cent.
        tested.caption(real_masks.sentence(counts).replace(" %", "\u00a0%"))
    return thresholds
