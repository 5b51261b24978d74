"""Models and peers side by side, on the very same faces."""

import streamlit as st

from core.ui.compare import sections as compare
from core.ui.compare.contenders import choose_contenders, say_what_is_compared
from core.ui.compare.own import own_pictures
from core.ui.navigation import require_router

require_router()
st.title("Compare models")
st.markdown("Which model is better, and is the difference more than chance? Face by face, on the same pictures.")
side = choose_contenders()
if side is not None:
    say_what_is_compared(side)
    if side.n:
        st.header("Side by side")
        compare.figures(side)
        st.header("Differences")
        compare.differences(side)
        st.header("Where they disagree")
        compare.disagreements(side)
        st.header("Speed and size")
        compare.speed_and_size(side)
    else:
        st.info("They have no face in common, so there is nothing to compare.", icon=":material/info:")

st.header("On your pictures")
own_pictures()
