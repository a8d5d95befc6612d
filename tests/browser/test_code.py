"""The code beside a picture, in a real browser: both light each other up within one frame."""

import pytest
import torch.nn.functional as F
from playwright import sync_api as playwright

from tests.browser.drawing import HOOKS, LAPTOP, PROJECTOR, Window, below_the_fold, faults, resize
from tests.browser.opened import visit, visitor
from tests.browser.test_browser import DIGIT, SOBEL, point, sentence, stage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]

# Frames from an event until the other one shows it; the event is sent within a frame.
FRAMES = """async (root, [target, kind, point, isThere]) => {
  const listing = root.listing, {stage} = listing;
  const frame = () => new Promise(requestAnimationFrame);
  const isShown = new Function("listing", "stage", `return ${isThere}`);
  await frame();
  if (isShown(listing, stage)) return -1;
  const lines = [...root.querySelectorAll(".line")];
  const line = target && lines.find((one) => one.innerText.includes(target));
  const [x, y] = point ?? [0, 0];
  const event = new PointerEvent(kind, {clientX: x, clientY: y, bubbles: true});
  (line || stage.canvas).dispatchEvent(event);
  for (let count = 1; count < 60; count++) {
    await frame();  // ours runs after the picture's, which was asked for before
    if (isShown(listing, stage)) return count;
  }
  return -2;
}"""
# The seven functions, each beside its picture.
SEVEN = {
    "conv2d_loops": "/convolution?code=true&step=12",
    "conv2d_im2col": "/convolution?view=im2col&code=true&step=12",
    "max_pool2d_loops": "/convolution?layer=Max+pooling&code=true&step=5",
    "max_pool2d_backward": "/convolution?layer=Max+pooling&view=Backward&code=true&step=5",
    "class_activation_maps": "/cam?view=The+sum&code=true",
    "step": "/attack?view=Step+by+step&code=true&step=3",
    "training_step": "/training?view=Train+it+now&code=true",
}
IN_SIGHT = 12  # lines, or all of a shorter function
# Where both stand, the lines in sight, and the grids with numbers that have no room for them.
SIDES = """(root) => {
  const {stage} = root.listing;
  const box = (one) => one.getBoundingClientRect();
  const frame = box(root.querySelector(".lines"));
  const end = Math.min(frame.bottom, innerHeight) + 1;
  const isSeen = (one) => box(one).top >= frame.top - 1 && box(one).bottom <= end;
  const lines = [...root.querySelectorAll(".line")];
  const {grids, width} = stage.picture;
  return {
    picture: box(stage.root).right,
    code: box(root).left,
    tops: [box(stage.root).top, box(root).top],
    share: box(stage.root).width / (box(stage.root).width + box(root).width),
    all: lines.length,
    seen: lines.filter(isSeen).length,
    lit: lines.filter((one) => one.matches(".lit")).map(isSeen),
    empty: grids.filter((one, index) => one.longest && !stage.writes(index)).length,
    wider: width * stage.scale - box(stage.root).width,
  };
}"""
OPENED = "(isOpen) => location.search.includes('code=true') === isOpen"


def code(page):
    root = page.locator("[class*=st-key-code] .code")
    root.locator(".line").first.wait_for()
    return root


def lit(root) -> str:
    return root.locator(".line.lit code").inner_text().strip()


def variable(root, name: str) -> list[list[str]]:
    """The numbers of one of the variables beside the code."""
    rows = root.locator(".variable", has=root.page.locator(f"b:text-is('{name}')")).last
    return [line.split() for line in rows.locator(".row").all_inner_texts()]


def test_the_line_lights_the_cells_and_the_cell_the_lines_in_one_frame(page, server):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    visit(page, server, "/convolution?code=true")
    picture, root = stage(page), code(page)
    before = len(sent)
    output = F.conv2d(DIGIT, SOBEL).flatten()

    def frames(*about: object) -> int:
        return root.evaluate(FRAMES, list(about))

    cells = "stage.beside.cells.some(({cells}) => cells.join() === '1,2,3,11,12,13,21,22,23')"
    page.mouse.move(*point(picture, "Output", 1))
    sentence(picture, "Row 1, column 2")
    page.mouse.move(5, 5)
    sentence(picture, "Row 1, column 1")
    on_step = "listing.root.querySelector('.variable.made .cell').innerText"
    for step in (9, 30, 63):
        expected = f"{on_step} === '{int(output[step])}'".replace("-", "−")
        assert frames("", "pointermove", point(picture, "Output", step), expected) == 1
    assert frames("", "pointermove", point(picture, "Output", 1), "stage.visibleStep === 1") == 1
    assert frames("window = padded", "pointerover", None, cells) == 1
    assert lit(root).startswith("window = padded")
    assert variable(root, "window") == [
        [str(int(value)) for value in row] for row in DIGIT[0, 0, :3, 1:4].tolist()
    ]
    assert len(sent) == before, "nothing is sent while the pointer moves"


def test_stepping_moves_the_numbers_and_a_cell_names_its_lines(page, server):
    visit(page, server, "/convolution?code=true")
    picture, root = stage(page), code(page)
    output = F.conv2d(DIGIT, SOBEL).flatten()
    for step in (1, 2):
        page.keyboard.press("ArrowRight")
        picture.evaluate(
            "async (root, step) => { while (root.stage.lit !== step) "
            "await new Promise(requestAnimationFrame); }",
            step,
        )
        assert variable(root, "output[..., y, x]") == [[str(int(output[step])).replace("-", "−")]]
        assert root.locator(".variable", has_text="x").first.is_visible()
    page.mouse.move(*point(picture, "× Kernel", 4))
    touched = root.locator(".line.touches code").all_inner_texts()
    names = [one.strip().partition(" =")[0] for one in touched]
    assert names == [
        "def conv2d_loops(input, weight, bias, stride, padding, dilation, groups):",
        "windows",
        "kernels",
        "output[..., y, x]",
    ]


def test_keys_walk_over_the_lines_and_into_the_next_step(page, server):
    visit(page, server, "/convolution?code=true&step=3")
    picture, root = stage(page), code(page)
    line = root.locator(".line", has_text="output[..., y, x] =")
    line.click()
    page.mouse.move(5, 5)
    assert lit(root).startswith("output[..., y, x]")
    page.keyboard.press("ArrowUp")
    assert lit(root).startswith("window = torch.unflatten")
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    assert picture.evaluate("root => root.stage.step") == 3
    assert lit(root).startswith("for y")
    page.keyboard.press("Escape")
    assert lit(root).startswith("output[..., y, x]")


def test_the_code_is_opened_with_one_click_and_stays_in_the_address(page, server):
    visit(page, server, "/convolution?view=im2col")
    stage(page)
    page.get_by_text("The code, line by line").click()
    root = code(page)
    page.wait_for_url("**code=true**")
    for key, is_open in (("c", False), ("c", True)):
        page.keyboard.press(key)
        page.wait_for_function(OPENED, arg=is_open)
    assert root.locator(".line").first.inner_text().split()[1:3] == ["def", "conv2d_im2col(input,"]
    stage(page)
    # No real pointer: the panel may still be closing, and the lines move away below it.
    root.locator(".line", has_text="columns = unfold").dispatch_event("pointerover")
    assert root.evaluate(
        "root => root.listing.stage.beside.cells.map(({cells}) => cells.length)"
    ) == [9, 9]


@pytest.fixture(scope="module")
def hooked(browser, server):
    with visitor(browser, server) as page:
        page.add_init_script(HOOKS)
        yield page


def check_sides(root, name: str) -> None:
    sides = root.evaluate(SIDES)
    assert sides["code"] >= sides["picture"], "the code stands right of its picture"
    assert sides["tops"][0] == pytest.approx(sides["tops"][1], abs=2)
    assert 0.5 <= sides["share"] <= 0.6
    assert sides["seen"] >= min(IN_SIGHT, sides["all"]), name
    assert sides["lit"]
    assert all(sides["lit"]), "the lit line is in sight"
    assert sides["empty"] == 0, "all numbers stand in their cells"
    assert sides["wider"] <= 2, "no picture is moved sideways"


@pytest.mark.parametrize("name", SEVEN)
def test_each_function_stands_beside_its_picture(hooked, server, name):
    for presented in ("", "&present=1"):
        visit(hooked, server, SEVEN[name] + presented)
        root = code(hooked)
        playwright.expect(root.locator(".line code").first).to_contain_text(f"def {name}(")
        for window in (LAPTOP, PROJECTOR):
            resize(hooked, window)
            check_sides(root, name)
            assert below_the_fold(hooked, window) == []
            assert faults(hooked) == [], window


def test_on_a_phone_the_code_stands_below_its_picture(hooked, server):
    resize(hooked, Window(390, 844, zoom=3.0, seen=1.4))
    visit(hooked, server, SEVEN["class_activation_maps"])
    sides = code(hooked).evaluate(SIDES)
    assert sides["tops"][0] < sides["tops"][1]
    assert sides["code"] < sides["picture"]


def test_the_panel_makes_room_for_the_code_and_comes_back(page, server):
    visit(page, server, "/convolution")
    panel = page.locator("[data-testid=stSidebar]")
    playwright.expect(panel).to_have_attribute("data-collapsed", "false")
    page.keyboard.press("c")
    playwright.expect(panel).to_have_attribute("data-collapsed", "true")
    page.keyboard.press("c")
    playwright.expect(panel).to_have_attribute("data-collapsed", "false")
