"""The real server in a real browser: pages open, steps step, numbers are right."""

import base64
import io
import re
import time
import urllib.parse
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from app.ui import colours
from app.ui.charts import number
from core import checkpoints
from core.attacks import untargeted
from core.cam import blend, class_activation_maps, upsample
from core.data.facts import to_unit
from core.data.samples import load_samples
from core.explain import kernels
from core.explain.forward import forward_steps
from core.models import to_input
from tests.browser.opened import LOOK, PATIENCE, choose, drawn, hold_back, settle, visit, visitor

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    "/": "Convolutional networks",
    "/convolution": "Convolution",
    "/networks": "The networks",
    "/training": "Training",
    "/cam": "Where does it look?",
    "/attack": "Fool the network",
    "/yours": "Your layer",
}
HEROES = {
    "/convolution": ".grids canvas",
    "/networks": ".grids canvas",
    "/cam": ".blend .stack",
    "/attack": "[class*=crisp_attack] img >> nth=2",
    "/yours": ".grids canvas",
}  # the main picture, where it is no chart
SIZES = [(1280, 720), (1920, 1080)]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("path", PAGES)
def test_page_opens_complete(page, server, path, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    visit(page, server, path)
    page.get_by_role("heading", name=re.compile(PAGES[path])).wait_for()
    if path != "/":
        hero = page.locator(
            HEROES.get(path, "[data-testid=stMain] svg.marks >> visible=true")
        ).first
        hero.wait_for()
        box = hero.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= size[1], "the main picture lies below the fold"
        assert box["x"] + box["width"] <= size[0]
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], "the page scrolls sideways"


STAGE = "[class*=st-key-conv_grids] .grids"
DRAWN = """(root, title) => {  // the numbers that a frame writes into one grid
  const stage = root.stage, said = [];
  const grid = stage.picture.grids.find((one) => one.title.startsWith(title));
  const pen = stage.pen, write = pen.fillText.bind(pen);
  pen.fillText = (text, x, y) => {
    const [column, row] = [(x - grid.x) / grid.width, (y - grid.y) / grid.height];
    if (column > 0 && column < grid.columns && row > 0 && row < grid.rows) said.push(text);
  };
  grid.cache = null;
  stage.paint(performance.now());
  delete pen.fillText;
  if (!grid.values || grid.visited) return said;
  const quiet = {...pen, fillRect() {}, strokeRect() {}, fillText: (text) => said.push(text)};
  stage.cells(quiet, grid, stage.visibleStep, false);
  return said;
}"""


CENTRE = """(root, [index, cell]) => {  // of a grid's cell on the screen
  const stage = root.stage, box = stage.canvas.getBoundingClientRect();
  const grid = stage.picture.grids[index];
  return [box.left + (grid.x + (cell % grid.columns + 0.5) * grid.width) * stage.scale,
          box.top + (grid.y + (Math.floor(cell / grid.columns) + 0.5) * grid.height) * stage.scale];
}"""


def stage(page, place: str = STAGE):
    """The component on the convolution's page, once it has drawn."""
    return drawn(page.locator(place))


def point(root, title: str, cell: int) -> tuple[float, float]:
    """Where the middle of a grid's cell is on the screen, once nothing moves it any more."""
    x, y = root.evaluate(
        """async (root, [title, cell]) => {
             const middle = () => {
               const stage = root.stage, box = stage.canvas.getBoundingClientRect();
               const grid = stage.picture.grids.find((one) => one.title.startsWith(title));
               const x = grid.x + (cell % grid.columns + 0.5) * grid.width;
               const y = grid.y + (Math.floor(cell / grid.columns) + 0.5) * grid.height;
               return [box.left + x * stage.scale, box.top + y * stage.scale]; };
             let before = null, still = 0;
             while (still < 3) {
               const now = middle();
               still = String(now) === before ? still + 1 : 0;
               before = String(now);
               await new Promise((resolve) => setTimeout(resolve, 50)); }
             return middle(); }""",
        [title, cell],
    )
    return x, y


def sentence(root, start: str) -> str:
    line = root.locator(".sentence", has_text=re.compile(f"^{re.escape(start)}"))
    line.wait_for()
    return line.inner_text()


def place_of(step: int, width: int) -> str:
    return f"Row {step // width + 1}, column {step % width + 1}:"


def written(values) -> list[str]:
    return [number(value) for value in values.flatten().tolist()]


DIGIT = load_samples("mnist").images[:1, :, 9:19, 9:19].float()
SOBEL = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])[None, None]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_hover_shows_window_products_and_sum_and_asks_no_server(page, server, size):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.set_viewport_size({"width": size[0], "height": size[1]})
    visit(page, server, "/convolution?padding=1&stride=2")
    root = stage(page)
    before = len(sent)
    windows = F.unfold(DIGIT, 3, padding=1, stride=2)[0]  # (9, 25)
    output = F.conv2d(DIGIT, SOBEL, padding=1, stride=2).flatten()
    for step in (0, 7, 13, 24, 4):
        page.mouse.move(*point(root, "Output", step))
        said = sentence(root, place_of(step, 5))
        assert said.endswith(f"= {number(float(output[step]))}")
        assert root.evaluate(DRAWN, "Window") == written(windows[:, step])
        assert root.evaluate(DRAWN, "= Products") == written(windows[:, step] * SOBEL.flatten())
    assert root.evaluate(DRAWN, "Output") == written(output[[0, 4, 7, 13, 24]]), (
        "what was computed stays filled"
    )
    assert root.evaluate(DRAWN, "× Kernel") == written(SOBEL)
    page.mouse.move(5, 5)
    sentence(root, place_of(0, 5))
    assert len(sent) == before, "nothing is sent while the pointer moves"


def test_hover_over_an_input_cell_or_a_weight_shows_what_it_goes_into(page, server):
    visit(page, server, "/convolution?padding=1")
    root = stage(page)
    x = DIGIT.clone().requires_grad_()
    for cell, count in ((0, 1), (13, 4), (14, 6), (12 * 5 + 5, 9)):
        page.mouse.move(*point(root, "Input", cell))
        said = sentence(root, "Input cell, ")
        assert said.endswith(f"{count} output cell{'s see' if count > 1 else ' sees'} it.")
        assert ("(padding)" in said) == (cell < 12)
        fed = root.evaluate("root => root.stage.hovered.feeds")
        row, column = cell // 12 - 1, cell % 12 - 1
        if row >= 0:
            (reached,) = torch.autograd.grad(
                F.conv2d(x, torch.ones(1, 1, 3, 3), padding=1)[0, 0, row, column], x
            )
            assert fed == reached.flatten().nonzero()[:, 0].tolist()
    page.mouse.move(*point(root, "× Kernel", 3))
    assert sentence(root, "Weight −2: it goes into all 100 output cells")


def test_a_click_pins_a_cell_and_the_address_keeps_it(page, server):
    visit(page, server, "/convolution")
    root = stage(page)
    page.mouse.click(*point(root, "Output", 20))
    page.wait_for_url("**step=21**")
    page.mouse.move(*point(root, "Output", 40))
    sentence(root, place_of(20, 8))
    page.keyboard.press("Escape")
    page.mouse.move(*point(root, "Output", 41))
    sentence(root, place_of(41, 8))
    page.get_by_role("radio", name="Backward").click()
    sentence(root, "Row 3, column 5: into the input goes the kernel")
    visit(page, server, "/convolution?step=21&kernel=Sharpen")
    sentence(stage(page), place_of(20, 8))


def test_keys_step_and_play(page, server):
    visit(page, server, "/convolution")
    root = stage(page)
    for key, step in (
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("ArrowDown", 9),
        ("ArrowUp", 1),
        ("End", 63),
        ("ArrowRight", 63),
        ("Home", 0),
        ("ArrowLeft", 0),
    ):
        page.keyboard.press(key)
        sentence(root, place_of(step, 8))
    root.get_by_role("combobox").select_option("0.25")
    root.get_by_role("combobox").blur()
    page.keyboard.press("Space")
    root.get_by_role("button", name="Pause").wait_for()
    root.evaluate(
        "async root => { while (root.stage.step < 3) await new Promise(requestAnimationFrame); }"
    )
    page.keyboard.press("Space")
    root.get_by_role("button", name="Play").wait_for()
    here = root.evaluate("root => root.stage.step")
    page.wait_for_url(f"**step={here + 1}**")  # a link opens the step where it was paused
    page.wait_for_timeout(600)
    assert root.evaluate("root => root.stage.step") == here
    assert (
        root.evaluate("root => [...root.stage.visited].reduce((one, other) => one + other)")
        == here + 1
    )


def test_keys_are_the_pictures_after_a_click_on_a_control(page, server):
    visit(page, server, "/convolution")
    root = stage(page)
    page.get_by_text("Flip kernel").click()
    page.get_by_text("kernel flipped").wait_for()
    settle(page)
    page.keyboard.press("ArrowRight")
    sentence(root, place_of(1, 8))
    page.get_by_role("radio", name="Whole, 28 × 28").click()
    root.get_by_text("2 / 676").wait_for()
    page.keyboard.press("ArrowRight")
    sentence(root, place_of(2, 26))
    page.keyboard.press("Space")
    root.get_by_role("button", name="Pause").click()
    page.keyboard.press("End")
    sentence(root, place_of(26 * 26 - 1, 26))
    assert "whole with" in page.get_by_text("Convolution of digit").inner_text()


def test_it_starts_paused_plays_at_its_pace_and_hover_pauses(page, server):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    visit(page, server, "/convolution")
    root = stage(page)
    assert root.evaluate("root => [root.stage.playing, root.stage.step]") == [False, 0]
    root.get_by_role("combobox").select_option("0.25")
    before = len(sent)
    root.get_by_role("button", name="Play").click()
    start = time.monotonic()
    root.evaluate(
        "async root => { while (root.stage.step < 8) await new Promise(requestAnimationFrame); }"
    )
    assert 1.6 < time.monotonic() - start < 4
    page.mouse.move(*point(root, "Output", 30))
    sentence(root, place_of(30, 8))
    assert not root.evaluate("root => root.stage.playing")
    assert len(sent) == before, "nothing is sent while it plays"


def test_scrubbing_goes_back_and_forth(page, server):
    visit(page, server, "/convolution")
    root = stage(page)
    slider = root.get_by_role("slider", name="Step")
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8, y)
    page.mouse.down()
    seen = []
    for share in (0.3, 0.8, 0.4, 0.6):
        page.mouse.move(box["x"] + box["width"] * share, y, steps=4)
        page.wait_for_timeout(60)
        seen.append(root.evaluate("root => root.stage.step"))
    page.mouse.up()
    assert seen[0] < seen[2] < seen[3] < seen[1]
    sentence(root, place_of(seen[3], 8))
    page.wait_for_url(f"**step={seen[3] + 1}**")
    filled = root.evaluate("root => [...root.stage.visited].lastIndexOf(1)")
    assert filled >= seen[1], "what was computed stays filled"


def link(**settings: str) -> str:
    return "/convolution?" + urllib.parse.urlencode(settings)


PHOTO = load_samples("cifar10").images[1:2, :, 11:21, 11:21].float()
RGB = {"picture": "Photo ship (no. 1)"}
ONE = {"kernel": "Own numbers"}


def padded(picture, padding: int, mode: str):
    return F.pad(picture, (padding,) * 4, mode=mode)


LAST_CELLS = {
    "plain": ({}, lambda: F.conv2d(DIGIT, SOBEL)),
    "stride": ({"stride": "3"}, lambda: F.conv2d(DIGIT, SOBEL, stride=3)),
    "dilation": (
        {"dilation": "3", "padding": "1"},
        lambda: F.conv2d(DIGIT, SOBEL, dilation=3, padding=1),
    ),
    "reflect": (
        {"padding": "2", "border": "reflect"},
        lambda: F.conv2d(padded(DIGIT, 2, "reflect"), SOBEL),
    ),
    "replicate": (
        {"padding": "2", "border": "replicate"},
        lambda: F.conv2d(padded(DIGIT, 2, "replicate"), SOBEL),
    ),
    "circular": (
        {"padding": "3", "border": "circular"},
        lambda: F.conv2d(padded(DIGIT, 3, "circular"), SOBEL),
    ),
    "bias and ReLU": (
        {"bias": "-9.5", "relu": "true"},
        lambda: (F.conv2d(DIGIT, SOBEL) - 9.5).relu(),
    ),
    "flipped": (
        {"flip": "true", "kernel": "Emboss"},
        lambda: F.conv2d(DIGIT, kernels.preset("Emboss").flip(0, 1)[None, None]),
    ),
    "not square": (
        {**ONE, "weights": "1 2 3 4 5\n-1 0 1 0 2"},
        lambda: F.conv2d(DIGIT, torch.tensor([[[[1.0, 2, 3, 4, 5], [-1, 0, 1, 0, 2]]]])),
    ),
    "1 x 1": ({**ONE, "weights": "-2"}, lambda: DIGIT * -2),
    "7 x 7": (
        {"kernel": "Blur (Gauss)", "kernel_height": "7", "kernel_width": "7", "padding": "3"},
        lambda: F.conv2d(DIGIT, kernels.preset("Blur (Gauss)", (7, 7))[None, None], padding=3),
    ),
    "Gabor": (
        {
            "kernel": "Gabor",
            "kernel_height": "5",
            "kernel_width": "5",
            "angle": "30",
            "wave": "imaginary",
        },
        lambda: F.conv2d(DIGIT, kernels.gabor((5, 5), angle=30, part="imaginary")[None, None]),
    ),
    "channels": (RGB, lambda: F.conv2d(PHOTO, SOBEL.expand(1, 3, 3, 3))),
    "depthwise": (
        {**RGB, "groups": "3, depthwise", "filter": "2"},
        lambda: F.conv2d(PHOTO[:, 1:2], SOBEL),
    ),
    "pooling": (
        {
            "layer": "Max pooling",
            "size": "3",
            "pool_stride": "1",
            "pool_padding": "1",
            "pool_dilation": "2",
        },
        lambda: F.max_pool2d(DIGIT, 3, 1, 1, 2),
    ),
    **{
        name: (
            {"kernel": name},
            lambda name=name: F.conv2d(DIGIT, kernels.preset(name)[None, None]),
        )
        for name in kernels.NAMES
    },
}


@pytest.mark.parametrize("half", [0, 1])
def test_every_settings_last_cell_is_right(page, server, half):
    width, height = SIZES[half]
    page.set_viewport_size({"width": width, "height": height})
    for name, (settings, right) in list(LAST_CELLS.items())[half::2]:
        visit(page, server, link(**settings))
        root = stage(page)
        page.keyboard.press("End")
        output = right()[0, 0]
        said = sentence(root, place_of(output.numel() - 1, output.shape[1])).split("; ")[0]
        last = re.split(r" [=≈] |: ", said)[-1]
        assert abs(float(last.replace("−", "-")) - float(output[-1, -1])) <= 0.0051, (
            f"{name}: {said}"
        )
        assert root.evaluate("root => root.stage.visibleStep") == output.numel() - 1
        settle(page)


def test_the_room_predicts_then_it_is_revealed(page, server):
    visit(page, server, "/convolution?look=Predict&puzzle=7")
    root = stage(page)
    order = root.evaluate("root => root.stage.picture.puzzle.order")
    output = F.conv2d(DIGIT, SOBEL).flatten()
    said = sentence(root, "What comes out at ")
    assert place_of(order[0], 8)[:-1].lower() in said
    assert root.evaluate(DRAWN, "= Products") == ["?"] * 9
    assert root.evaluate(DRAWN, "Output") == ["?"]
    page.mouse.move(*point(root, "Output", order[1]))  # hover tells nothing
    assert root.evaluate(DRAWN, "Output") == ["?"]
    page.keyboard.press("y")  # nothing to judge yet
    page.keyboard.press("Enter")
    assert sentence(root, place_of(order[0], 8)).endswith(f"= {number(float(output[order[0]]))}")
    page.keyboard.press("y")
    root.get_by_text("Right 1 of 1; question 2 of 10").wait_for()
    assert place_of(order[1], 8)[:-1].lower() in sentence(root, "What comes out at ")
    page.keyboard.press("Enter")
    root.get_by_role("button", name="It was not").click()
    root.get_by_text("Right 1 of 2; question 3 of 10").wait_for()
    settle(page)
    page.get_by_role("radio", name="Steps").click()
    root.get_by_role("button", name="Play").wait_for()
    page.get_by_role("radio", name="Predict").click()
    root.get_by_text("Right 1 of 2; question 3 of 10").wait_for()
    visit(page, server, "/convolution?look=Predict&puzzle=7")
    assert stage(page).evaluate("root => root.stage.picture.puzzle.order") == order, (
        "a link gives the same puzzle"
    )


def test_a_question_is_answered_and_the_next_one_asked(page, server):
    visit(page, server, "/convolution?view=Predict&set=3")
    root = stage(page)
    quiz = root.evaluate("root => root.stage.picture.quiz")
    root.get_by_text("Question 1 of 10").wait_for()
    assert root.evaluate(DRAWN, "Output") == ["?"]
    wrong = (quiz["right"] + 1) % 4
    page.keyboard.press(f"{wrong + 1}")
    reason = quiz["options"][wrong]["reason"]
    said = sentence(root, "✕ No: ")
    assert reason in said
    assert said.endswith(f"= {quiz['options'][quiz['right']]['text']}")
    for option in quiz["options"]:
        root.get_by_role("button", name=option["reason"]).wait_for()
    root.get_by_text("Question 1 of 10; right 0 of 1").wait_for()
    settle(page)
    begin = time.perf_counter()
    page.keyboard.press("PageDown")
    root.get_by_text("Question 2 of 10; right 0 of 1").wait_for()
    assert time.perf_counter() - begin < 2
    page.wait_for_url("**question=2**")
    quiz = root.evaluate("root => root.stage.picture.quiz")
    root.locator(".options button").nth(quiz["right"]).click()
    assert sentence(root, "✓ Right. ").endswith(quiz["options"][quiz["right"]]["text"])
    root.get_by_text("Question 2 of 10; right 1 of 2").wait_for()


def test_the_answers_to_questions_stay(page, server):
    visit(page, server, "/convolution?view=Predict&set=3&question=2")
    root = stage(page)
    page.keyboard.press(f"{root.evaluate('root => root.stage.picture.quiz.right') + 1}")
    root.get_by_text("Question 2 of 10; right 1 of 1").wait_for()
    settle(page)
    page.keyboard.press("ArrowRight")
    root.get_by_text("Question 3 of 10").wait_for()
    page.keyboard.press("ArrowRight")  # without a choice: the answer alone
    sentence(root, "Row ")
    root.get_by_text("Question 3 of 10; right 1 of 1").wait_for()
    settle(page)
    page.keyboard.press("ArrowLeft")
    root.get_by_text("Question 2 of 10").wait_for()
    assert root.evaluate("root => root.stage.secret") is False, "it stays answered"
    settle(page)
    page.get_by_role("radio", name="Steps").click()
    root.get_by_role("button", name="Play").wait_for()
    page.get_by_role("radio", name="Predict").click()
    root.get_by_text("Question 2 of 10; right 1 of 1").wait_for()
    settle(page)
    root.get_by_role("button", name="Start again").last.click()
    root.get_by_text("Question 1 of 10", exact=True).wait_for()
    assert root.evaluate("root => root.stage.secret") is True


def test_a_picture_is_chosen_in_the_gallery(page, server):
    visit(page, server, "/convolution")
    gallery = page.get_by_role("group", name="Pictures")
    gallery.get_by_role("button", name="Digit 0 (no. 3)").click()
    page.get_by_text("Cross-correlation of digit 0 (no. 3)").wait_for()
    page.wait_for_url("**image=3")
    settle(page)
    page.keyboard.press("ArrowRight")  # the next key is the picture's
    sentence(stage(page), place_of(1, 8))
    page.get_by_role("radio", name="Photos").click()
    page.get_by_text("Cross-correlation of photo cat (no. 0)").wait_for()
    page.wait_for_url(lambda address: not address.endswith("image=3"))  # an entry of its own
    settle(page)
    ship = gallery.get_by_role("button", name="Photo ship (no. 1)")
    ship.focus()
    page.keyboard.press("Enter")
    page.get_by_text("Cross-correlation of photo ship (no. 1)").wait_for()
    assert ship.get_attribute("aria-pressed") == "true"
    settle(page)
    page.go_back()
    page.get_by_text("Cross-correlation of photo cat (no. 0)").wait_for()
    assert ship.get_attribute("aria-pressed") == "false"
    settle(page)


def test_im2col_lights_the_column_and_its_result(page, server):
    visit(page, server, "/convolution?look=im2col")
    root = stage(page)
    page.mouse.move(*point(root, "Unfolded", 64 * 4 + 17))
    assert sentence(root, "Column 18 is the window of row 3, column 2:").endswith(
        f"= {number(float(F.conv2d(DIGIT, SOBEL).flatten()[17]))}"
    )
    page.get_by_text("5.76 ×").wait_for()


def test_backward_shows_the_gradient_of_a_cell(page, server):
    visit(page, server, "/convolution?look=Backward")
    root = stage(page)
    page.mouse.move(*point(root, "Gradient from the output", 27))
    sentence(root, place_of(27, 8))
    leaves = DIGIT.clone().requires_grad_(), SOBEL.clone().requires_grad_()
    images, weight = torch.autograd.grad(F.conv2d(*leaves).flatten()[27], leaves)
    assert root.evaluate(DRAWN, "Gradient into the input") == written(images)
    assert root.evaluate(DRAWN, "Gradient into the kernel") == written(weight)


def test_a_map_lights_what_it_is_made_of_and_a_click_shows_its_sum(page, server):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    visit(page, server, "/networks?image=3")
    root = stage(page, "[class*=st-key-small_cnn] .grids")
    before = len(sent)
    model = checkpoints.load("mnist_cnn").model.requires_grad_(False)
    values = forward_steps(model, to_unit(load_samples("mnist").images[[3]]))
    grids = root.evaluate("root => root.stage.picture.grids.map((grid) => grid.says)")
    cell = 7 * 14 + 2
    page.mouse.move(*root.evaluate(CENTRE, [grids.index("Conv 2, channel 4"), cell]))
    value = number(float(values["conv2"][0, 3].flatten()[cell]))
    sentence(
        root, f"Conv 2, channel 4, row 8, column 3: {value}; the sum over all 3 channels of Pool 1"
    )
    aside = "root => [root.stage.picture.links[root.stage.hovered.link].sources, root.stage.lit]"
    sources = root.evaluate(aside)[0]
    assert [grids[source] for source in sources] == [f"Pool 1, channel {one}" for one in (1, 2, 3)]
    assert len(sent) == before, "the picture asks no server"
    page.mouse.click(*root.evaluate(CENTRE, [grids.index("Conv 2, channel 4"), cell]))
    page.wait_for_url("**cell=conv2-4-8-3**")
    detail = stage(page, "[class*=st-key-way_detail] .grids")
    sentence(detail, "Row 8, column 3: ")
    page.get_by_role("button", name="All", exact=True).click()
    root.wait_for()
    grids = root.evaluate("root => root.stage.picture.grids.map((grid) => grid.says)")
    page.mouse.click(*root.evaluate(CENTRE, [5, 400]))
    page.wait_for_url("**image=5**")
    page.get_by_text(re.compile("^Small CNN on digit . .no. 5.")).wait_for()


def test_one_number_is_followed_through_the_network(page, server):
    visit(page, server, "/networks?view=One+number")
    strip = stage(page, "[class*=st-key-way_strip] .grids")
    sentence(strip, "Pool 2, channel 4, row 6, column 4: ")
    page.get_by_role("button", name="From").click()
    sentence(strip, "Conv 2 + ReLU, channel 4")
    stage(page, "[class*=st-key-way_detail] .grids").get_by_text("bias").wait_for()
    x, y = strip.evaluate(
        """root => {
             const stage = root.stage, grid = stage.picture.grids[0];
              const box = stage.canvas.getBoundingClientRect();
             return [box.left + (grid.x + 12.5 * grid.width) * stage.scale,
                     box.top + (grid.y + 7.5 * grid.height) * stage.scale]; }"""
    )
    page.mouse.click(x, y)
    pixel = float(to_unit(load_samples("mnist").images)[0, 0, 7, 12])
    assert sentence(strip, "Input, row 8, column 13: ").split(": ")[1].startswith(number(pixel))
    page.wait_for_url("**cell=input-8-13**")


def test_the_browser_writes_numbers_as_python_does(page, server):
    visit(page, server, "/convolution")
    root = stage(page)
    values = [
        0,
        -0.0,
        3,
        -3,
        0.5,
        0.125,
        0.375,
        -0.125,
        0.005,
        -0.001,
        12.345,
        -99.999,
        1e4,
        0.995,
        2.675,
    ]
    values += [1 / 3, 1 / 16, 0.625, -0.875, 1.125, 100.375]
    values += torch.randn(200, generator=torch.Generator().manual_seed(0)).mul(30).tolist()
    source = (ROOT / "app/components/grids/numbers.js").read_text("utf-8")
    found = root.evaluate(
        """async (root, [source, values]) => {
             const file = new Blob([source], {type: "text/javascript"});
              const code = await import(URL.createObjectURL(file));
             return [...values, Infinity, -Infinity].map((one) => code.number(one)); }""",
        [source, values],
    )
    assert found == [number(value) for value in [*values, float("inf"), float("-inf")]]


def test_chapters_are_reached_from_home(page, server):
    visit(page, server, "/")
    card = page.locator("[class*=st-key-card_training]")
    card.locator("img").click(force=True)  # the card is pressed as a whole
    page.wait_for_url("**/training")
    settle(page)
    accuracy = checkpoints.load_card("mnist_cnn")["result"]["validation_accuracy"]
    page.locator("[data-testid=stMetricValue]", has_text=f"{accuracy:.2%}").first.wait_for()


def test_training_epoch_slider(page, server):
    card = checkpoints.load_card("mnist_cnn")
    visit(page, server, "/training")
    page.get_by_role("radio", name="Epoch by epoch", exact=True).click()
    slider = page.get_by_role("slider", name="After epoch")
    slider.focus()
    slider.press("Home")
    page.get_by_text("before training, with random weights").wait_for()
    steps = page.locator("[class*=st-key-steps]")
    assert steps.evaluate("box => getComputedStyle(box).overflow") == "visible", "cuts the ends off"
    slider.press("ArrowRight")
    record = card["history"][0]
    page.get_by_text(
        f"after epoch 1: validation accuracy {record['validation_accuracy']:.2%}"
    ).wait_for()
    page.locator(
        "[class*=training_confusion] svg.marks text",
        has_text=re.compile(f"^{record['confusion'][0][0]}$"),
    ).wait_for()


def test_training_tooltip_and_legend(page, server):
    card = checkpoints.load_card("mnist_cnn")
    visit(page, server, "/training")
    chart = page.locator("[class*=training_accuracy] svg.marks")
    chart.wait_for()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.965, box["y"] + box["height"] * 0.4)
    last = card["history"][-1]
    tooltip = page.locator("#vg-tooltip-element")
    tooltip.wait_for()
    assert f"{last['epoch']}" in tooltip.inner_text()
    points = """() => [...document.querySelectorAll('[class*=training_accuracy] svg.marks path')]
        .filter(({ ariaRoleDescription: is }) => is === 'point')
        .filter((path) => Number(getComputedStyle(path).opacity) > 0).length"""
    page.wait_for_function(f"() => ({points})() === 2")  # training and validation of the epoch
    page.mouse.move(1, 1)  # and a saved chart has none
    page.wait_for_function(f"() => !({points})()")
    chart.get_by_text("training", exact=True).click()
    page.wait_for_function(
        """() => [...document.querySelectorAll(
               '[class*=training_accuracy] svg.marks .mark-line path')]
                 .some(path => Number(getComputedStyle(path).opacity) < 0.2)"""
    )


def test_training_lays_three_runs_over_each_other(page, server):
    visit(page, server, "/training?network=ResNet+on+CIFAR-10")
    for name, label in (
        ("cifar10_resnet", "Validation accuracy"),
        ("cifar10_resnet_short", "With 30 epochs"),
        ("cifar10_resnet_plain", "With plain Adam"),
    ):
        accuracy = checkpoints.load_card(name)["result"]["validation_accuracy"]
        page.get_by_test_id("stMetric").filter(has_text=label).filter(
            has_text=f"{accuracy:.2%}"
        ).wait_for()
    legend = page.locator("[class*=training_accuracy] svg.marks")
    for line in ("200 epochs: validation", "30 epochs: validation", "plain Adam: validation"):
        legend.get_by_text(line, exact=True).wait_for()


def matrix_cell(page, names, true: str, predicted: str):
    """A cell of the confusion matrix, of the layer that can be clicked."""
    cells = page.locator("[class*=hero_training_mistakes] svg .mark-rect.role-mark").last
    return cells.locator("path").nth(len(names) * names.index(true) + names.index(predicted))


def test_a_click_on_a_mistake_shows_its_pictures(page, server):
    card = checkpoints.load_card("cifar10_resnet")
    names = card["classes"]
    count = card["result"]["confusion"][names.index("ship")][names.index("airplane")]
    visit(page, server, "/training?network=ResNet+on+CIFAR-10&view=Mistakes")
    matrix_cell(page, names, "ship", "airplane").click()
    line = page.get_by_text(f"True class ship, predicted airplane: {count:,} of 1,000 pictures")
    line.wait_for()
    page.wait_for_url("**mistake=ship-airplane**")
    page.get_by_role("radio", name="Curves", exact=True).click()  # it stays in another view
    page.locator("[class*=training_accuracy] svg.marks").first.wait_for()
    page.get_by_role("radio", name="Mistakes", exact=True).click()
    line.wait_for()
    page.wait_for_url("**view=Mistakes**mistake=ship-airplane**")
    page.reload()  # and a link to it shows it
    line.wait_for()
    matrix_cell(page, names, "cat", "dog").click()
    page.get_by_text("True class cat, predicted dog:").wait_for()
    page.get_by_text("Small CNN on MNIST", exact=True).first.click()  # which has no such classes
    page.get_by_text(re.compile("True class [0-9], predicted [0-9]:")).wait_for()


TRAIN = "Train the small CNN now"


def test_a_training_grows_in_the_page_and_stops_no_other(browser, small_server):
    with visitor(browser, small_server) as one, visitor(browser, small_server) as other:
        visit(other, small_server, "/training?view=Train+it+now&epochs=6&images=10000")
        visit(one, small_server, "/training?view=Train+it+now&epochs=20&images=60000")
        one.get_by_role("button", name=TRAIN).click()
        one.get_by_text(re.compile("Epoch [2-9] of 20")).wait_for()
        other.get_by_role("button", name=TRAIN).click()
        other.get_by_text(re.compile("Epoch [1-6] of 6")).wait_for()
        assert other.get_by_role("slider", name="Epochs").is_disabled()  # it has begun with them
        one.get_by_role("button", name="Stop").click()
        one.get_by_text(re.compile("Stopped, validation accuracy .* after epoch")).wait_for()
        one.get_by_role("button", name=TRAIN).wait_for()
        other.get_by_text(re.compile(r"\d\d% in \d+ s")).wait_for()
        other.get_by_text("validates on all 500 test images").wait_for()
        other.get_by_role("button", name=TRAIN).wait_for()
        assert other.get_by_role("slider", name="Epochs").is_enabled()
        for quantity in ("loss", "accuracy"):
            other.locator(f"[class*=live_{quantity}] svg.marks .mark-line path").first.wait_for()


def test_a_mistake_is_clicked_and_attacked_without_the_data_set(browser, small_server):
    with visitor(browser, small_server) as page:
        visit(page, small_server, "/training?network=cifar10_resnet&view=Mistakes")
        page.get_by_text("Test picture 61", exact=True).wait_for()
        page.locator("[class*=mistakes_gallery] svg .mark-symbol path").nth(1).click()
        page.get_by_text("Test picture 356", exact=True).wait_for()
        page.wait_for_url("**image=356**")
        page.get_by_role("link", name="Attack it").click()
        page.wait_for_url("**/attack?**image=356**")
        page.get_by_text(
            re.compile("test picture 356 .*network ResNet on CIFAR-10; Task 2")
        ).wait_for()
        page.go_back()
        page.get_by_text("Test picture 356", exact=True).wait_for()


def shown_blend(page, size: int = 32) -> torch.Tensor:
    """The blend's pixels as the screen has them, one from the middle of each: (3, size, size)."""
    picture = Image.open(io.BytesIO(page.locator(".blend .stack").screenshot())).convert("RGB")
    width, height = picture.size
    middle = [(place + 0.5) / size for place in range(size)]
    pixels = [[picture.getpixel((int(x * width), int(y * height))) for x in middle] for y in middle]
    return torch.tensor(pixels).permute(2, 0, 1)


def right_blend(name: str, alpha: float, place: int = 0) -> torch.Tensor:
    """What core makes of a bundled picture, the map of a class, bilinear, on its own scale."""
    samples, loaded = load_samples("cifar10"), checkpoints.load("cifar10_resnet")
    label = loaded.card["classes"].index(name)
    maps = class_activation_maps(loaded.model, to_unit(samples.images[place : place + 1])).maps
    heat = upsample(maps[0, label], 32, "bilinear")
    ends = colours.limits(heat, colours.CLEAR)
    heat = colours.coloured(heat, *ends, colours.CLEAR)
    return blend(samples.images[place], heat, alpha).long()


def assert_shows(page, name: str, alpha: float, place: int = 0) -> None:
    right = right_blend(name, alpha, place)
    for _ in range(PATIENCE // LOOK):  # the component draws a moment after the page is ready
        difference = (shown_blend(page) - right).abs().max()
        if difference <= 2:
            return
        page.wait_for_timeout(LOOK)
    assert difference <= 2


def test_the_blend_follows_alpha_in_the_browser_and_the_class(page, server):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    visit(page, server, "/cam")
    predicted = "cat"
    assert_shows(page, predicted, 0.5)
    slider = page.get_by_role("slider", name="Opacity of the map, alpha")
    before = len(sent)
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2, steps=8)
    alpha = float(page.locator(".blend output").inner_text())
    assert alpha > 0.7
    assert_shows(page, predicted, alpha)
    assert len(sent) == before, "nothing is sent while the slider moves"
    page.mouse.up()
    page.get_by_text(f"alpha {alpha:.2f}", exact=False).first.wait_for()
    page.wait_for_url(f"**alpha={alpha:g}*")
    for key, end in (("Home", 0.0), ("End", 1.0)):
        slider.press(key)
        assert_shows(page, predicted, end)
    settle(page)
    choose(page, "Class of the map", "dog")
    page.get_by_text("Map of dog, bilinear").first.wait_for()
    assert_shows(page, "dog", 1.0)


def test_a_clicked_picture_is_looked_at_and_its_blend_can_be_kept(page, server):
    visit(page, server, "/cam?class=frog&alpha=0.3")
    last = page.get_by_test_id("stPaginationPage").last
    last.wait_for()
    narrow = page.add_style_tag(content="[data-testid=stPagination] {max-width: 8rem}")
    last.wait_for(state="detached")
    narrow.evaluate("style => style.remove()")
    last.wait_for()  # the pager names more pages again when there is room, as after the first run
    page.locator("[class*=cam_gallery] path[aria-label^='7: frog']").last.click()
    page.get_by_text("Input: test picture 7 (frog)").wait_for()
    page.wait_for_url("**image=7**")
    assert_shows(page, "frog", 0.3, place=7)
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="This blend").click()
    kept = torch.from_numpy(np.array(Image.open(download.value.path()))).permute(2, 0, 1)
    assert torch.equal(kept[:, 8::16, 8::16].long(), right_blend("frog", 0.3, place=7))
    with page.expect_download() as download:
        page.get_by_role("button", name="All three").click()
    assert download.value.suggested_filename == "cifar10_resnet_picture_7_frog_cam.png"
    about = Image.open(download.value.path()).info["Description"]
    assert "test picture 7 (frog)" in about
    assert about.endswith(": Input, CAM of frog, Blend, alpha 0.30; 4 × 4 numbers, bilinear")


def test_an_own_photo_is_looked_at_and_stays_when_the_next_is_refused(page, server, tmp_path):
    file = tmp_path / "frog.png"
    Image.fromarray(load_samples("cifar10").images[7].permute(1, 2, 0).numpy()).save(file)
    visit(page, server, "/cam?from=Own+photo&class=frog&alpha=0")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("Input: own photo").wait_for()
    page.get_by_text(re.compile("Predicted frog with")).wait_for()
    assert (shown_blend(page) - load_samples("cifar10").images[7]).abs().max() <= 2
    refused = tmp_path / "IMG_1.heic"
    refused.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 99)
    page.locator("input[type=file]").set_input_files(refused)
    page.get_by_text("The file is a HEIC photo, which cannot be read").wait_for()
    page.get_by_text("In use: frog.png").wait_for()
    assert (shown_blend(page) - load_samples("cifar10").images[7]).abs().max() <= 2
    large = tmp_path / "large.png"  # the browser refuses it, and our own state hears nothing
    large.write_bytes(bytes(21_000_000))
    page.locator("input[type=file]").set_input_files(large)
    told = page.get_by_text("File must be 20.0MB or smaller")
    told.wait_for()
    assert told.bounding_box()["height"] > 20, "nobody reads it"
    assert not page.get_by_text("The file is a HEIC photo").is_visible()
    assert not page.get_by_text("IMG_1.heic").is_visible()
    page.get_by_text("In use: frog.png").wait_for()


def test_an_own_resnet_draws_its_map(page, server, tmp_path):
    file, state = tmp_path / "mine.pt", checkpoints.load("cifar10_resnet").model.state_dict()
    theirs = {key.replace("block", "layer").replace("main", "left"): state[key] for key in state}
    torch.save({"state_dict": theirs, "epoch": 30}, file)
    visit(page, server, "/cam?image=7&network=Own&class=frog&alpha=0.3")
    page.get_by_text("Choose a state dict in the panel on the left.").wait_for()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("Your ResNet mine.pt (100% of the 20 bundled photos right)").wait_for()
    assert_shows(page, "frog", 0.3, place=7)


def shown_adversarial(page) -> torch.Tensor:
    """The third picture as the browser got it, (H, W) grey values."""
    source = page.locator("[class*=crisp_attack] img").nth(2).get_attribute("src")
    content = base64.b64decode(source.removeprefix("data:image/png;base64,"))
    return torch.from_numpy(np.array(Image.open(io.BytesIO(content)).convert("L")).astype(np.int64))


def right_adversarial(epsilon: int) -> torch.Tensor:
    model = checkpoints.load("mnist_model_a").model
    samples = load_samples("mnist")
    images = to_input(model, samples.images[:1])
    return (
        untargeted(model, images, samples.labels[:1], epsilon, bounds=(0, 255))
        .adversarial[0, 0]
        .round()
        .long()
    )


def test_the_adversarial_picture_follows_the_slider_while_it_is_dragged(page, server):
    visit(page, server, "/attack")
    slider = page.get_by_role("slider", name="Epsilon")
    page.get_by_text("Adversarial, epsilon 24").wait_for()
    assert torch.equal(shown_adversarial(page), right_adversarial(24))
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 24 / 128, box["y"] + box["height"] / 2)
    page.mouse.down()
    for share in (0.3, 0.4, 0.5):  # the button stays down
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2, steps=4)
        value = int(slider.evaluate("slider => slider.value"))
        page.get_by_text(f"Adversarial, epsilon {value}", exact=True).wait_for()
    page.mouse.up()
    slider.press("Home")
    page.get_by_text("Adversarial, epsilon 0", exact=True).wait_for()
    page.get_by_text("Holds: the network sees 7").wait_for()
    settle(page)
    assert torch.equal(shown_adversarial(page), load_samples("mnist").images[0, 0].long())


def test_a_digit_drawn_with_the_mouse_is_attacked(page, server):
    visit(page, server, "/attack?input=Draw+one")
    pad = page.locator("canvas").first
    box = pad.bounding_box()
    for x, y in ((0.5, 0.15), (0.5, 0.85)):
        page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y, steps=6)
        page.mouse.down()
    page.mouse.up()
    page.get_by_text("drawn digit; network A").wait_for()
    page.get_by_role("slider", name="Epsilon").press("Home")
    page.get_by_text("Holds: the network sees 1").wait_for()
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("Draw a digit in the panel on the left.").wait_for()


WHITE = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, index) => index % 4 === 0 && value > 0).length;
}"""


def test_only_the_main_button_draws_and_a_cancelled_stroke_is_told(page, server):
    visit(page, server, "/attack?input=Draw+one")
    pad = page.locator("canvas").first
    box = pad.bounding_box()

    def move(x: float, y: float) -> None:
        page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y, steps=6)

    for button in ("right", "middle"):
        move(0.3, 0.3)
        page.mouse.down(button=button)
        move(0.6, 0.6)
        page.mouse.up(button=button)
    assert pad.evaluate(WHITE) == 0
    move(0.5, 0.2)
    page.mouse.down()
    assert pad.evaluate(WHITE) > 100, "a tap is a dot"
    move(0.5, 0.8)
    drawn = pad.evaluate(WHITE)
    assert drawn > 1000
    cancel = 'new PointerEvent("pointercancel", { pointerId: 1, bubbles: true })'
    pad.evaluate(f"canvas => canvas.dispatchEvent({cancel})")
    move(0.1, 0.1)
    page.mouse.up()
    move(0.9, 0.1)
    assert pad.evaluate(WHITE) == drawn
    page.get_by_text("drawn digit; network A").wait_for()


def test_kernel_text_that_is_no_number_keeps_the_page(page, server):
    visit(page, server, "/convolution?kernel=Own+numbers")
    area = page.get_by_label("Weights, a row a line")
    area.fill("1 x")
    area.press("Control+Enter")
    page.get_by_text("“x” in row 1 of the kernel is not a number").wait_for()
    area.fill("0 1")
    area.press("Control+Enter")
    page.get_by_text("kernel 1 × 2, stride 1").wait_for()
    settle(page)


def test_a_link_to_a_pooling_shows_what_was_seen(page, server):
    visit(page, server, "/convolution?stride=3")
    page.get_by_text("Max pooling", exact=True).click()
    page.get_by_text("kernel 2 × 2, stride 2").wait_for()
    page.get_by_label("Kernel size").get_by_text("3", exact=True).click()
    page.get_by_text("kernel 3 × 3, stride 3").wait_for()
    page.wait_for_url("**size=3**")
    caption = page.get_by_text("Max pooling of digit").inner_text()
    page.goto(page.url)
    settle(page)
    page.get_by_text(caption).wait_for()


def await_frame(root, holds: str, value=None):
    """Something holds of a component's root, in this frame or in a later one."""
    wait = f"while (!({holds})(root, value)) await new Promise(requestAnimationFrame)"
    root.evaluate(f"async (root, value) => {{ {wait}; }}", value)


def test_the_grids_follow_the_theme(page, server):
    visit(page, server, "/convolution")
    root = stage(page)
    light = root.evaluate("root => root.stage.ink")
    page.emulate_media(color_scheme="dark")
    await_frame(root, "(root, light) => root.stage.ink !== light", light)


CLOSED = """(place) => addEventListener("DOMContentLoaded", () => {
  globalThis.hiding = new CSSStyleSheet();
  hiding.replaceSync(`${place} { display: none }`);
  document.adoptedStyleSheets.push(hiding);
})"""
TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def test_a_picture_that_has_no_room_yet_waits_for_it(browser, server):
    with visitor(browser, server) as page:
        page.add_init_script(f"({CLOSED})('{STAGE.partition(' ')[0]}')")
        visit(page, server, "/convolution")
        root = page.locator(STAGE)
        await_frame(root, "(root) => root.stage")
        root.evaluate("root => { root.taken = root.stage.latest; }")
        page.emulate_media(color_scheme="dark")
        await_frame(root, "(root) => root.stage.latest !== root.taken")
        page.evaluate(TWO_FRAMES)
        assert root.evaluate("root => root.stage.lit ?? null") is None, "it was drawn with no size"
        page.evaluate("hiding.replaceSync('')")
        drawn(root)


def test_charts_stay_readable_when_the_theme_changes(page, server):
    visit(page, server, "/training")
    title = page.locator("[class*=training_accuracy] .role-axis-title text").first
    title.wait_for()
    light = title.evaluate("node => getComputedStyle(node).fill")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        """light => getComputedStyle(document.querySelector(
            '[class*=training_accuracy] .role-axis-title text')).fill
                    !== light""",
        arg=light,
    )


@pytest.mark.parametrize(
    ("link", "control"),
    [
        ("/cam", ".blend input"),
        ("/attack", ".live input"),
        ("/attack?source=Draw+one", ".pad canvas"),
        ("/training?view=Epoch+by+epoch", ".walk"),
    ],
)
def test_what_cannot_be_used_yet_is_not_to_be_seen(browser, server, link, control):
    with visitor(browser, server) as page:
        let_through = hold_back(page, "**/kept/*.js")
        page.goto(server + link)
        settle(page)
        page.locator(control).wait_for(state="attached")
        assert not page.locator(control).is_visible()
        let_through()
        page.locator(control).wait_for()
