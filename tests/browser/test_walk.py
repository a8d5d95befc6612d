"""What a control shows is what the picture uses: random walks in a real browser.

Each walk is fifteen actions: any control of any view, another view or chapter, Back, Forward, a
reload. After each one, what is lit or typed has to be what the address and the caption say, and an
address that was there before has to show what it showed then. ``WALKS=0-49`` walks more of them.
"""

import os
import random

import pytest

from tests.browser.opened import serving, small_app, visitor
from tests.browser.walking import SCRIPT, Walk

ACTIONS = 15
FIRST, LAST = map(int, os.environ.get("WALKS", "0-1").split("-"))

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]


@pytest.fixture(scope="module")
def walked(browser, tmp_path_factory):
    """A page of the app with all its controls, kept for all walks, and what it has shown."""
    folder = tmp_path_factory.mktemp("walk")
    app = small_app(folder, train=1_000, test=10_000)
    environment = {"CNN_DATA": str(folder / "data")}
    with (
        serving(folder / "log", str(app), **environment) as server,
        visitor(browser, server) as page,
    ):
        page.add_init_script(SCRIPT)
        yield page, server, {}


@pytest.mark.parametrize("seed", range(FIRST, LAST + 1))
def test_what_is_lit_is_what_the_address_and_the_caption_say(walked, seed: int) -> None:
    page, server, seen = walked
    walk = Walk(page, server, random.Random(seed), seen=seen)
    try:
        walk.begin()
        for _ in range(ACTIONS):
            walk.step()
    except Exception as error:
        done = "; ".join(walk.done)
        raise AssertionError(f"{error}\nseed {seed}: {done}; now at {page.url}") from error
