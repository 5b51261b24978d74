"""The pages of the dashboard and the router that every page relies on."""

from pathlib import Path

import streamlit as st

from core.settings import ASSETS_DIR

TITLE = "Above the Mask"
ICON = ASSETS_DIR / "icon.png"
STYLE = Path(__file__).with_name("page.css")
HOW = (
    "Perceived gender of people wearing face masks: find the face \N{RIGHTWARDS ARROW} look above the mask "
    "\N{RIGHTWARDS ARROW} **female**, **male** or **uncertain**."
)
PROMISE = (
    "Private: your pictures stay in this machine's memory for this session; nothing is stored or sent anywhere. "
    "Perceived gender is how a face looks to the model, not identity: it can be wrong about anyone, so base no "
    "decision about a person on it."
)
_ROUTED = "router_has_run"
_FRONT_TITLE = "Classify"
_FRONT_SUMMARY = "Perceived gender of every face in your pictures or on your webcam."
_PAGES = (
    ("training_report", "Training report", "How a model was trained and how it does on test pictures, with intervals."),
    ("compare_models", "Compare models", "Models and peers on the same faces: differences, disagreements, speed."),
    ("train", "Train", "From pictures of your own to a model of your own, and its report."),
    ("model_card", "Model card", "What a model is for and not for, its data, its limits, privacy."),
)


def router() -> st.Page:
    """Tell Streamlit the pages; returns the one that was asked for.

    Pages have no icons here: as favicon, Streamlit would fetch them from the network.
    """
    st.session_state[_ROUTED] = True
    pages = [st.Page(f"pages/{name}.py", title=title, help=summary) for name, title, summary in _PAGES]
    front = st.Page("pages/classify.py", title=_FRONT_TITLE, help=_FRONT_SUMMARY, url_path="front", default=True)

    def classify() -> None:
        st.switch_page(front)

    # Streamlit serves its default page at "/" alone; the page's own name leads there too.
    return st.navigation([front, *pages, st.Page(classify, visibility="hidden")])


def require_router() -> None:
    """Make sure that the router has run in this session; each page calls this first.

    When the first visit to a cold server is a deep link, Streamlit runs the page alone, with the
    menu that it makes up from the folder's name. Running the router once cures the whole server.
    """
    if not st.session_state.get(_ROUTED):
        router()
        st.rerun()


def headline() -> None:
    """The front page's title, how the program works, and what its answers are and are not."""
    st.title(TITLE, anchor=False)
    st.markdown(HOW)
    st.caption(PROMISE)
