"""Above the Mask: `streamlit run streamlit_app.py`."""

import streamlit as st

from core.ui import navigation

page = navigation.router()
st.set_page_config(page_title=f"{page.title} · {navigation.TITLE}", page_icon=str(navigation.ICON), layout="wide")
st.logo(str(navigation.ICON), size="large")
page.run()
