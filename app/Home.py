"""Entry and router of the explainer: page table, theme, shared sidebar. No content.

Open it with: streamlit run app/Home.py
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # `streamlit run` puts only app/ on the path
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from app.ui import address, blocks, bound, client  # noqa: E402
from app.ui.boot import boot  # noqa: E402

st.set_page_config(
    page_title="CNN explainer", page_icon=str(ROOT / "app" / "icon.png"), layout="wide"
)


boot()
page = st.navigation(
    [
        st.Page("chapters/home.py", title="Home", default=True),
        st.Page("chapters/convolution/page.py", title="Convolution", url_path="convolution"),
        st.Page("chapters/training/page.py", title="Training", url_path="training"),
        st.Page("chapters/cam/page.py", title="Where does it look?", url_path="cam"),
        st.Page("chapters/attack/page.py", title="Fool the network", url_path="attack"),
    ],
    position="top",
)
blocks.style()
about_link = st.container(key="link", gap="small")  # above the page, filled when it has run
chapter = page.url_path or "home"
called = address.called(chapter, st.query_params)
with bound.page(chapter):
    page.run()
with about_link:
    blocks.about_link(bound.refused(), called)
client.history()
