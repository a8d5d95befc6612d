"""How the page takes its size from the window: its type grows with it, and the panel with the
controls closes to a strip, stays as it was left, and lies over a narrow page.
"""

import pytest

from app.ui import palette
from tests.browser import drawing
from tests.browser.opened import settle, visit, visitor

SENTENCE, CAPTION = ".sentence", "[data-testid=stMain] [data-testid=stCaptionContainer] p"
NAVIGATION = "[data-testid=stTopNavLink]"
PANEL, MAIN = "[data-testid=stSidebar]", "[data-testid=stMain]"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]


@pytest.fixture(scope="module")
def page(browser, server):
    with visitor(browser, server) as page:
        page.add_init_script(drawing.HOOKS)
        yield page
        page.evaluate("localStorage.clear()")


def left(page, selector: str) -> float:
    return page.locator(selector).bounding_box()["x"]


def width(page) -> float:
    page.evaluate("settledSize()")
    return page.locator(PANEL).bounding_box()["width"]


def test_type_grows_with_the_window(page, server):
    visit(page, server, "/convolution")
    types = []
    for window in (drawing.LAPTOP, drawing.Window(1920, 1080), drawing.Window(1024, 576, 1.25)):
        drawing.resize(page, window)
        style = "(one) => parseFloat(getComputedStyle(one).fontSize)"
        every = [page.locator(one).first for one in (SENTENCE, CAPTION, NAVIGATION)]
        types.append([one.evaluate(style) * window.zoom for one in every])
    drawing.resize(page, drawing.LAPTOP)
    laptop, *larger = types
    for type_, on_projector, zoomed in zip(laptop, *larger, strict=True):
        assert on_projector == pytest.approx(type_ * 4 / 3, rel=0.01)
        assert zoomed == pytest.approx(type_ * 1.25, rel=0.01)


def test_a_page_that_takes_another_theme_is_drawn_in_its_colours(page, server):
    visit(page, server, "/convolution")
    grids = page.locator("[class*=st-key-conv_grids] .grids").element_handle()
    drawn = "([grids, line]) => grids.stage.picture.line === line"
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_function(drawn, arg=[grids, palette.LINE[theme]])


def test_the_panel_stays_as_it_was_left(page, server):
    visit(page, server, "/convolution")
    opened = width(page)
    page.get_by_role("button", name="Collapse sidebar").click()  # seen without a pointer over it
    strip = width(page)
    assert 30 < strip < 50 < 300 < opened
    assert left(page, MAIN) == pytest.approx(strip, abs=1)
    page.get_by_role("link", name="5 Fool the network").first.click()
    page.locator("h2", has_text="Fool the network").wait_for()
    settle(page)
    assert width(page) == strip
    page.reload()
    settle(page)
    assert width(page) == strip
    page.get_by_role("button", name="Expand sidebar").click()
    assert width(page) == opened


def test_in_a_narrow_window_the_panel_is_closed_and_opens_over_the_page(page, server):
    visit(page, server, "/attack")
    opened = width(page)
    drawing.resize(page, drawing.Window(853, 480, zoom=1.5))
    page.locator(f"{PANEL}[data-collapsed=true]").wait_for()
    strip, before = width(page), left(page, MAIN)
    assert 30 < strip < 50
    assert before == pytest.approx(strip, abs=1)
    page.get_by_role("button", name="Expand sidebar").click()
    assert width(page) == opened
    assert left(page, MAIN) == pytest.approx(before, abs=1)
    drawing.resize(page, drawing.LAPTOP)
    page.locator(f"{PANEL}[data-collapsed=false]").wait_for()
    assert width(page) == opened
    assert left(page, MAIN) == pytest.approx(opened, abs=1)
