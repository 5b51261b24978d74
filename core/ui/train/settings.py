"""What is to be trained, and how: network, recipe, size, name."""

from dataclasses import dataclass

import streamlit as st

from core.errors import AppError
from core.model.architectures import NETWORKS, trained_as
from core.model.store import WEIGHTS_FILE, ModelStore
from core.settings import PREFERRED_MODELS, model_dirs, model_folder
from core.training.jobs.control import begin
from core.training.jobs.plan import QUICK, RECIPES, SIZES, STANDARD, Plan
from core.ui import state
from core.ui.train import runs
from core.ui.train.looking import Checked
from core.ui.train.source import in_words
from core.ui.wording import listed, plain

_REFUSED = "train_start_refused"
_FROM_NOTHING = "baseline-cnn"
_RECIPE_HELP = (
    "Quick: few epochs, and masked faces are cropped where the bare ones were found; takes minutes for a few hundred "
    "pictures. Standard: takes several times as long and gives a better model."
)
_RECIPE_NAMES = {QUICK: "Quick", STANDARD: "Standard"}
_SIZE_HELP = "Larger crops show more detail and take longer: twice the side is four times the work."


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a training begins with.

    Attributes:
        words: What it is, for people.
        network: One of `TRAINABLE`.
        parent: Name of the model to go on from; "" to begin from nothing.
        size: Side of the crops, pixels, that suits it.
        margin: Their width in face sizes.
    """

    words: str
    network: str
    parent: str
    size: int
    margin: float


def beginnings() -> list[Beginning]:
    """Trained models whose network is known here, then the network that needs no weights; nothing is downloaded."""
    store, found = ModelStore(), []
    for name in sorted(store.names(), key=lambda name: (name not in PREFERRED_MODELS[:1], name)):
        try:
            metadata = store.metadata(name)
        except AppError:
            continue
        if metadata.network in NETWORKS and (model_folder(name) / WEIGHTS_FILE).is_file():
            crop, network = metadata.crop, trained_as(metadata.network)
            found.append(Beginning(f"{listed(name)}, fine-tuned", network, name, crop.size, crop.margin))
    return [*found, Beginning(f"{_FROM_NOTHING}, from scratch", _FROM_NOTHING, "", 64, 1.5)]


def choose_size() -> tuple[Beginning, str, int]:
    """Let the user choose what to begin with, the recipe and the size."""
    offered = {each.words: each for each in beginnings()}
    network, recipe, size = st.columns([2, 1, 1], gap="medium")
    with network:
        words = st.selectbox(
            "Start from", list(offered), key="train_network", help=_NETWORK_HELP, persist_state="session"
        )
    chosen = offered[words]
    with recipe:
        kind = st.segmented_control(
            "Recipe",
            RECIPES,
            default=QUICK,
            required=True,
            key="train_recipe",
            format_func=_RECIPE_NAMES.__getitem__,
            help=_RECIPE_HELP,
            persist_state="session",
        )
    with size:
        # A model that goes on has the layers for its own size.
        pixels = st.selectbox(
            "Crop size, pixels",
            SIZES if not chosen.parent else (chosen.size,),
            index=SIZES.index(chosen.size) if not chosen.parent else 0,
            key=f"train_size_{chosen.words}",
            help=_SIZE_HELP,
            persist_state="session",
        )
    return chosen, str(kind), int(pixels)


_NETWORK_HELP = (
    "Fine-tuning a trained model takes fewer pictures and less time. From scratch, the small network learns from your "
    "pictures alone, for which even a thousand of each gender are few."
)


def start(checked: Checked, beginning: Beginning, recipe: str, size: int) -> None:
    """Ask for a name and begin the training."""
    name = st.text_input("Name of the model", _free_name(), key="train_name", max_chars=60)
    if not checked.found.can_train:
        st.error("These pictures cannot be trained on: see the problems listed above.", icon=":material/block:")
    if st.button("Start training", type="primary", key="train_start", disabled=not checked.found.can_train):
        parent = str(model_folder(beginning.parent).resolve()) if beginning.parent else ""
        try:
            plan = Plan(
                name=name.strip(),
                source=str(checked.folder),
                network=beginning.network,
                parent=parent,
                recipe=recipe,
                size=size,
                margin=beginning.margin,
                masked=checked.masked,
            )
            begin(plan)
        except ValueError as error:
            st.session_state[_REFUSED] = name, f"{str(error)[0].upper()}{str(error)[1:]}."
        except AppError as error:
            st.session_state[_REFUSED] = name, in_words(error)
        else:
            st.session_state.pop(_REFUSED, None)
            st.session_state.pop(state.HELD_CHECK, None)
            runs.has_begun(plan.name)
    refused, words = st.session_state.get(_REFUSED, ("", ""))
    if words and refused == name:  # and not said any more once another name is given
        st.error(plain(words), icon=":material/error:")


def _free_name() -> str:
    taken = {path.name for root in model_dirs() for path in (*root.glob("*"), *root.glob(".trainings/*"))}
    return next(name for number in range(1, len(taken) + 2) if (name := f"mine-{number}") not in taken)
