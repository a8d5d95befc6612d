"""Entry and router of the explainer: the server, the page table, the shared sidebar. No content.

Open it with: python -m app.serve
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # `streamlit run` puts only app/ on the path
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402
from streamlit.runtime.scriptrunner import get_script_run_ctx  # noqa: E402

from core.chapters import TITLES  # noqa: E402

if get_script_run_ctx(suppress_warning=True):
    st.set_page_config(
        page_title="CNN explainer", page_icon=str(ROOT / "app" / "icon.png"), layout="wide"
    )
    from app import router

    router.show(TITLES)
else:  # the server reads this file once, before any visitor comes
    from app.server.around import MIDDLEWARE, lifespan
    from app.stage.routes import routes

    app = st.App(__file__, routes=routes(), middleware=MIDDLEWARE, lifespan=lifespan)
