"""Choosing a saved run, and reading it once for all sessions until its files change."""

from pathlib import Path

import streamlit as st

from core.errors import RunError
from core.evaluation.explanations import EXPLANATIONS_FILE
from core.evaluation.runs import RunRecord, list_runs, load_run
from core.evaluation.schema import HISTORY_FILE, METRICS_FILE, PREDICTIONS_FILE
from core.model.metadata import FILE_NAME, ModelMetadata
from core.settings import PREFERRED_MODELS, model_dirs, model_folder, models_dir
from core.ui.components import address
from core.ui.wording import listed, plain

_ARTEFACTS = (FILE_NAME, HISTORY_FILE, METRICS_FILE, PREDICTIONS_FILE, EXPLANATIONS_FILE)
Fingerprint = tuple[tuple[str, int, int], ...]


def choose_run(page: str) -> RunRecord:
    """Let the user choose a saved model, which stands in the address of `page`; ends its run where there is none."""
    names, key = run_names(), f"{page}_model"
    usual = next((name for name in PREFERRED_MODELS if name in names), names[0])
    st.session_state[key] = address.begin(page, "model", key, names, usual, st.session_state.get("model"))
    chosen = saved_run(model_folder(st.session_state[key])).metadata
    about = plain(chosen.description) if isinstance(chosen, ModelMetadata) else None
    name = st.selectbox("Model", names, key=key, format_func=listed, help=about)
    address.keep(page, "model", name, usual)
    return saved_run(model_folder(name))


def run_names() -> list[str]:
    """Names of the saved models; ends the page's run with a sentence where there is none."""
    names = sorted({name for root in model_dirs() for name in list_runs(root)})
    if not names:
        st.info(
            f"There is no trained model in {plain(str(models_dir()))} yet. Restore the models folder, or train a model "
            "on the *Train* page or with `python -m core train`; it will then appear here.",
            icon=":material/info:",
        )
        st.stop()
    return names


def saved_run(folder: Path) -> RunRecord:
    """The run in a model folder, from the cache unless one of its files has changed."""
    return _load(str(folder), fingerprint(folder))


def forget_unless_in(key: str, options: list[str]) -> None:
    """Forget a choice that is no longer offered, as the widget would refuse it."""
    if st.session_state.get(key) not in (None, *options):
        del st.session_state[key]


def say(error: RunError) -> None:
    """Tell why a part cannot be shown: calmly where it was never made, as a warning where it is broken."""
    if error.code == "missing":
        st.info(plain(error.message), icon=":material/info:")
    else:
        st.warning(plain(error.message), icon=":material/warning:")


def fingerprint(folder: Path) -> Fingerprint:
    """Changes whenever a saved file of a model does: names, sizes and times."""
    files = [folder / name for name in _ARTEFACTS]
    return tuple((file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.is_file())


@st.cache_resource(max_entries=8, show_spinner=False)
def _load(folder: str, fingerprint: Fingerprint) -> RunRecord:
    """A run, read again only when one of its files changes; shared by all sessions, so never written to."""
    return load_run(Path(folder))
