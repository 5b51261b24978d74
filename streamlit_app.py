"""Above the Mask: `streamlit run streamlit_app.py`."""

import streamlit as st

from core.ui import navigation

st.set_page_config(page_title=navigation.TITLE, page_icon=str(navigation.ICON), layout="wide")
st.logo(str(navigation.ICON), size="large")
navigation.router().run()
