"""Everybody can read and operate every view: axe finds nothing in both themes, pictures have names
and numbers in the accessibility tree, and what can be clicked can be reached by keyboard. No
text is cut, runs into another or is too small, in windows from a phone's to a projector's; and what
is zoomed in gets no smaller.
"""

from collections.abc import Sequence
from pathlib import Path

import axe_playwright_python
import pytest
import torch
import torch.nn.functional as F

from app.ui.charts import number
from core import checkpoints
from core.data.samples import load_samples
from tests.browser import drawing
from tests.browser.opened import PATIENCE, visit, visitor
from tests.browser.walking import SCRIPT

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
OURS = Path(__file__).with_name("access.js").read_text("utf-8")
# The enhanced rule, 7 to 1, holds the other, 4.5 to 1.
RULES = {"color-contrast-enhanced": {"enabled": True}, "color-contrast": {"enabled": False}}
# Streamlit's own box for a file: it gives a section that can have the focus the role of a mere
# decoration, and its limits of size are grey.
EXCLUDED = [["[data-testid=stFileUploaderDropzone]"]]

LAYER = ("Predict", "im2col", "Backward")
TRAINING = ("Epoch by epoch", "Mistakes", "Ingredients", "Train it now", "Time to accuracy")
CAM = ("The sum", "All ten classes", "Interpolations", "Does it matter?")
ATTACK = ("Step by step", "All epsilons", "Robust, or hiding?", "Findings", "Networks", "Controls")
CODE = ("The same in code", "The code behind")
SAYS = "/convolution?image=Own+numbers&numbers=1+x"  # a sentence, which goes with the next run
# A link to what is clicked one after the other: views, choices and what is folded away.
VISITS = {
    "/": (),
    "/convolution?padding=1": (*CODE, *LAYER),
    "/convolution?layer=Max+pooling&code=true": LAYER,
    "/convolution?image=Photo+ship+(no.+1)&filters=Emboss&bias=1&code=true": ("im2col",),
    SAYS: (),
    "/convolution?part=Whole,+28+×+28&view=Backward&all_cells=true": (),
    "/networks": ("Draw one", "One number", "Shape by shape"),
    "/networks?view=ResNet": (),
    "/networks?view=ResNet&layer=block2.main.4": ("Batch norm", "Excites most"),
    "/training?code=true": TRAINING,
    "/training?network=cifar10_resnet": TRAINING[:2],
    "/cam?code=true": CAM,
    "/cam?source=Own+photo": (),
    "/attack?code=true": ATTACK,
    "/attack?network=ResNet&logits=true": (),
    "/attack?network=Own": (),
    "/attack?source=Draw+one": (),
    "/yours": ("Max pooling", "Curves"),
    "/yours?view=Check+a+sheet&sheet=SSH5R-M5RZT-ZBBGU": (),
}
HAS_THEME = """(theme) => {
  return getComputedStyle(document.querySelector("[data-testid=stApp]")).colorScheme === theme;
}"""
GRAPHICS = {"image", "Canvas", "graphics-document", "graphics-symbol"}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]


@pytest.fixture(scope="module")
def opened(browser, server):
    """A page that is kept for all visits."""
    with visitor(browser, server) as page:
        page.add_init_script(SCRIPT)
        page.add_init_script(drawing.HOOKS)
        yield page


def at_rest(page) -> None:
    page.evaluate(f"walk.rest(100, {PATIENCE})")
    page.evaluate("settledSize()")
    assert page.locator("[data-testid=stException]").count() == 0


def choose(page, name: str) -> None:
    """A view, an option or a folded part of the page."""
    exact = page.get_by_role("radio", name=name, exact=True)
    exact.or_(page.locator("summary", has_text=name)).first.click()
    page.mouse.move(3, 400)
    at_rest(page)


def told(page) -> list[str]:
    return page.get_by_test_id("stMarkdownContainer").all_inner_texts()


def paint(page, theme: str, address: str = "") -> None:
    """Give a page a theme, which the server draws anew, or open an address with it: it goes on to
    say what it said.
    """
    said = told(page)
    page.emulate_media(color_scheme=theme)
    page.wait_for_function(HAS_THEME, arg=theme)
    if address:
        page.goto(address)
    at_rest(page)
    assert told(page) == said


def nodes(page) -> list[dict]:
    """The accessibility tree as a flat list, with what a screen reader leaves out."""
    session = page.context.new_cdp_session(page)
    found = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return list(found)


def role(node: dict) -> str:
    return node["role"]["value"]


def name(node: dict) -> str:
    return node.get("name", {}).get("value", "").strip()


def findings(page) -> list[str]:
    if not page.evaluate("Boolean(window.axe)"):  # half a megabyte, once a page
        page.evaluate("(scripts) => scripts.forEach((script) => window.eval(script))", [AXE, OURS])
    found = page.evaluate("([...about]) => access.found(...about)", [RULES, EXCLUDED])
    graphics = [node for node in nodes(page) if not node["ignored"] and role(node) in GRAPHICS]
    unnamed = [f"a {role(node)} has no name" for node in graphics if not name(node)]
    # Streamlit's appear under the pointer, over whatever stands above a picture.
    toolbars = page.locator("[data-testid=stElementToolbar]").filter(visible=True)
    over = ["a toolbar may lie over the page"] * min(1, toolbars.count())
    layout = drawing.faults(page) + drawing.below_the_fold(page, drawing.LAPTOP)
    return found + unnamed + over + layout


def faults_of_windows(page, windows: Sequence[drawing.Window]) -> dict[str, list[str]]:
    """Of the text in each window; at the end the page has a laptop's again."""
    before, found = drawing.sizes(page), {}
    for window in windows:
        drawing.resize(page, window)
        lines = drawing.faults(page, window)
        if window == drawing.PROJECTOR:
            lines += drawing.below_the_fold(page, window)
        if window.zoom == window.seen > 1:
            lines += drawing.shrunk(before, drawing.sizes(page), window.zoom)
        found[f"{window.width} × {window.height}"] = lines
    drawing.resize(page, drawing.LAPTOP)
    return found


@pytest.mark.parametrize("link", VISITS)
def test_axe_finds_nothing_and_all_text_has_its_room(opened, server, link):
    """Each view is opened once: a page follows its theme, and its windows are of the last one. A
    view that is chosen on the way has one theme, every second link the dark one, and is seen in
    the projector's window and in one of the others, in turn.
    """
    here, other = ("dark", "light") if [*VISITS].index(link) % 2 else ("light", "dark")
    opened.emulate_media(color_scheme=here)
    opened.goto(server + link)
    at_rest(opened)
    found = {}
    for turn, choice in enumerate(("", *VISITS[link])):
        windows = drawing.WINDOWS if turn == 0 else drawing.TURNS[(turn - 1) % 4]
        if choice:
            choose(opened, choice)
        found[choice, here] = findings(opened)
        if turn == 0:
            paint(opened, other, server + link if link == SAYS else "")
            found[choice, other] = findings(opened)
            here = other
        seen = faults_of_windows(opened, windows)
        found |= {(choice, here, size): of for size, of in seen.items()}
    assert {at: lines for at, lines in found.items() if lines} == {}


STAGE = "[class*=st-key-conv_grids] .grids"
STRIP = "[class*=st-key-way_strip] .grids"
INPUT = load_samples("mnist").images[:1, :, 9:19, 9:19].float()
SOBEL = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])[None, None]


def table(page, caption: str) -> list[list[str]]:
    """A table of the accessibility tree, row by row with its heads."""
    every = nodes(page)
    by_id = {node["nodeId"]: node for node in every}
    (root,) = [
        node
        for node in every
        if not node["ignored"] and role(node) == "table" and name(node) == caption
    ]

    def inside(node: dict, wanted: set[str]) -> list[dict]:
        found = []
        for child in (by_id[one] for one in node["childIds"] if one in by_id):
            wanted_here = not child["ignored"] and role(child) in wanted
            found += [child] if wanted_here else inside(child, wanted)
        return found

    cells = {"cell", "gridcell", "columnheader", "rowheader"}
    return [[name(cell) for cell in inside(row, cells)] for row in inside(root, {"row"})]


def written(values: torch.Tensor) -> list[list[str]]:
    """As a table of the picture has them."""
    rows, columns = values.shape
    head = ["", *(f"column {column + 1}" for column in range(columns))]
    return [head] + [[f"row {row + 1}", *map(number, values[row].tolist())] for row in range(rows)]


def await_table(page, caption: str) -> None:
    page.locator(f"{STAGE} caption", has_text=caption).wait_for(state="attached")


def test_a_screen_reader_walks_the_numbers_of_the_picture(page, server):
    visit(page, server, "/convolution")
    await_table(page, "Output 8 × 8")
    assert table(page, "Input 10 × 10") == written(INPUT[0, 0])
    assert table(page, "× Kernel") == written(SOBEL[0, 0])
    assert table(page, "Output 8 × 8") == written(F.conv2d(INPUT, SOBEL)[0, 0])
    page.get_by_role("radiogroup", name="Stride").get_by_role("radio", name="2").click()
    await_table(page, "Output 4 × 4")
    assert table(page, "Output 4 × 4") == written(F.conv2d(INPUT, SOBEL, stride=2)[0, 0])


def test_a_hover_writes_no_table_again(page, server):
    visit(page, server, "/convolution?part=Whole,+28+×+28")
    await_table(page, "Input 28 × 28")
    root = page.locator(STAGE)
    root.evaluate(
        """root => {
             root.changes = 0;
             const seen = new MutationObserver((all) => { root.changes += all.length; });
             seen.observe(root.querySelector(".tables"), { childList: true, subtree: true });
           }"""
    )
    box = root.locator("canvas").bounding_box()
    steps = set()
    for share in (0.1, 0.15, 0.2, 0.25, 0.3):
        page.mouse.move(box["x"] + box["width"] * (0.5 + share), box["y"] + box["height"] * share)
        page.wait_for_timeout(50)
        steps.add(root.evaluate("root => root.stage.lit"))
    assert len(steps) > 1, "nothing was hovered over"
    page.wait_for_timeout(500)
    assert root.evaluate("root => root.changes") == 0


def test_a_table_of_a_puzzle_hides_what_the_room_is_asked(page, server):
    visit(page, server, "/convolution?view=Predict&questions=This+layer")
    await_table(page, "Output 8 × 8")
    cells = [text for row in table(page, "Output 8 × 8")[1:] for text in row[1:]]
    assert set(cells) == {"?"}
    page.get_by_role("button", name="Reveal").click()
    output = page.locator(f"{STAGE} table", has_text="Output 8 × 8").locator("tbody td")
    known = output.filter(has_not_text="?")
    known.first.wait_for(state="attached")
    assert known.count() == 1


def test_a_step_is_pinned_by_keyboard(page, server):
    visit(page, server, "/convolution")
    root = page.locator(STAGE)
    await_table(page, "Output 8 × 8")
    root.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    root.get_by_role("button", name="pinned").wait_for()
    page.wait_for_url("**step=3**")
    ring = "root => getComputedStyle(root.querySelector('.stage')).{}"
    assert root.evaluate(ring.format("outlineStyle")) == "solid", "the focus cannot be seen"
    assert float(root.evaluate(ring.format("outlineOffset"))[:-2]) >= 4, "it touches the picture"
    page.keyboard.press("Escape")
    root.get_by_role("button", name="pinned").wait_for(state="hidden")


def test_a_number_is_followed_by_keyboard_alone(page, server):
    visit(page, server, "/networks?view=One+number")
    root = page.locator(STRIP)
    line = root.locator(".sentence")
    line.filter(has_text="Pool 2, channel 4, row 6, column 4: ").wait_for()
    root.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    line.filter(has_text="Pool 2, channel 4, row 5, column 5: ").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**cell=pool2-4-5-5**")
    line.filter(has_text="Pool 2, channel 4, row 5, column 5: ").wait_for()
    page.keyboard.press(".")
    line.filter(has_text="Pool 2, channel 5, row 1, column 1: ").wait_for()
    page.keyboard.press("Tab")  # the cell that was not taken is left
    line.filter(has_text="Pool 2, channel 4, row 5, column 5: ").wait_for()


def test_a_cell_of_the_confusion_matrix_is_chosen_by_keyboard(page, server):
    card = checkpoints.load_card("cifar10_resnet")
    classes, counts = card["classes"], card["result"]["confusion"]
    visit(page, server, "/training?network=cifar10_resnet&view=Mistakes")
    rows = table(page, "Confusion matrix")
    assert rows[0][1:] == [f"predicted {name}" for name in classes]
    assert rows[1:] == [
        [f"true {name}", *map(str, row)] for name, row in zip(classes, counts, strict=True)
    ]
    field = page.get_by_role("combobox", name="True class, predicted class")
    field.focus()
    page.keyboard.type("ship as airplane")
    page.keyboard.press("Enter")
    count = counts[classes.index("ship")][classes.index("airplane")]
    page.get_by_text(f"True class ship, predicted airplane: {count} of 1,000 pictures").wait_for()
    page.wait_for_url("**mistake=ship-airplane**")
