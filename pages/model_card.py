"""What a model is for and not for, its data, its limits, privacy."""

import streamlit as st

from core.ui.card import offer_card, show_card
from core.ui.components import address
from core.ui.navigation import require_router
from core.ui.saved_runs import choose_run

require_router()
st.title("Model card")
chooser, download = st.columns(2, vertical_alignment="bottom")
with chooser:
    run = choose_run("card")
with download:
    offer_card(run)
show_card(run)
address.write("card")
