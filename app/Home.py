"""Entry and router of the explainer: page table, theme, shared sidebar. No content.

Open it with: python -m app.serve
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # `streamlit run` puts only app/ on the path
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from app.ui import address, blocks, bound, client, keys, routes  # noqa: E402
from app.ui.boot import boot, freeze_loaded  # noqa: E402

st.set_page_config(
    page_title="CNN explainer", page_icon=str(ROOT / "app" / "icon.png"), layout="wide"
)


boot()
pages = {
    "convolution": "Convolution",
    "networks": "The networks",
    "training": "Training",
    "cam": "Where does it look?",
    "attack": "Fool the network",
}
chapters = {
    path: st.Page(f"chapters/{path}/page.py", title=f"{number} {title}", url_path=path)
    for number, (path, title) in enumerate(pages.items(), 1)
}
home = st.Page("chapters/home.py", title=routes.HOME, default=True)
every = [home, *chapters.values()]
no_page = routes.find(pages)
page = st.navigation(every, position="top")
blocks.style()
asked = keys.asked_chapter()
if asked:
    st.switch_page(chapters.get(asked, home))
about_link = st.container(key="link", gap="small")  # above the page, filled when it has run
chapter = page.url_path or "home"
moved = address.moved(chapter, bound.current_link())
if moved:
    st.switch_page(chapters[moved[0]], query_params=moved[1])
called = address.called(chapter, st.query_params)
with bound.page(chapter):
    page.run()
blocks.next_page(every, page.url_path)
with about_link:
    blocks.about_page(no_page)
    blocks.about_link(bound.refused(), called)
client.history()
client.panel()
client.theme(blocks.theme())
keys.views(["home", *chapters])
freeze_loaded()
