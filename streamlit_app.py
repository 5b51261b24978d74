"""Above the Mask: `streamlit run streamlit_app.py`.

Streamlit imports this file once for the application that it serves, and runs it anew for every visitor.
"""

import streamlit as st
from starlette.middleware import Middleware

from core.ui import housekeeping, navigation, server, state
from core.ui.components import announcer

if __name__ == "__main__":
    page = navigation.router()
    st.set_page_config(page_title=f"{page.title} · {navigation.TITLE}", page_icon=str(navigation.ICON), layout="wide")
    st.logo(str(navigation.ICON), size="large")
    st.html(navigation.STYLE)
    announcer.ask_before_leaving(state.holds_something())
    page.run()
else:
    app = st.App(__file__, lifespan=housekeeping.lifespan, middleware=[Middleware(server.Guard)])
