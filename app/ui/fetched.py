"""What pages name by an address, so that a browser fetches it once and keeps it: the scripts of the
components, and small pictures of the data sets. Inside the pages each visit would bring them again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import partial

from streamlit import config

PLACE = "kept/"  # below the base path of the app
SCRIPT = re.compile(rf"{PLACE}(\w+)\.\w+\.js")
PICTURE = re.compile(rf"{PLACE}(mnist|cifar10)/([0-9]{{1,5}})\.png")
_scripts: dict[str, bytes] = {}


def script(name: str, text: str) -> str:
    """The address of a script; it changes with what is in it.

    Args:
        name: of the component.
        text: of the script.
    """
    _scripts[name] = text.encode()
    digest = hashlib.sha256(_scripts[name]).hexdigest()[:12]
    return _address(f"{name}.{digest}.js")


def picture(dataset: str, index: int) -> str:
    """The address of a test picture.

    Args:
        dataset: "mnist" or "cifar10".
        index: in the test set.
    """
    return _address(f"{dataset}/{index}.png")


def find(path: str) -> Callable[[], bytes] | None:
    """What reads the file at a path below the base path of the app; None: there is none.

    A page that was open while the app was renewed may ask for the script that was: it gets today's.
    """
    found = SCRIPT.fullmatch(path)
    if found and found[1] in _scripts:
        return partial(_scripts.__getitem__, found[1])
    found = PICTURE.fullmatch(path)
    if found:
        from app.ui import images  # torch: a server answers before that is loaded

        return images.test_png(found[1], int(found[2]))
    return None


def _address(file: str) -> str:
    base = (config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}/{PLACE}{file}" if base else f"/{PLACE}{file}"
