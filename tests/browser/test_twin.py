"""The static twin in Chromium: what its pages compute is what core computes, and they need nothing
but their folder.
"""

import re

import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from playwright.sync_api import expect

from app.twin import build, data, folder
from app.twin.templates import small_cnn
from app.ui.charts import number
from benchmarks.twin import questions
from benchmarks.twin.questions import CNN, Attack
from benchmarks.twin.served import answer, served
from core import attacks, cam, checkpoints, homework
from core.data.samples import load_samples
from core.explain.kernels import preset
from core.explain.trace import trace
from core.models import to_input
from tests.app.twin.asking import digits
from tests.browser.opened import SCREEN, context_of
from tests.browser.test_access import AXE

CLOSE = 1e-4
FAULTS = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, any, all, none }) => {
    return `${id}: ${html.slice(0, 120)} ${[...any, ...all, ...none][0].message}`;
  }));
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out = tmp_path_factory.mktemp("host") / "a b" / "site"
    build.write(out)
    assert folder.faults(out) == []
    return out


@pytest.fixture(scope="module")
def address(site):
    with served(site.parents[1]) as at:
        yield f"{at}/a%20b/site"


@pytest.fixture(scope="module")
def tab(browser, address):
    """A page that may ask its own folder alone, and complain of nothing."""
    page = browser.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    yield page
    page.close()
    assert complaints == []
    assert all(url.startswith((address, "file:", "data:")) for url in asked), asked


@pytest.fixture
def open_page(tab, address):
    """Opens a page of the site."""

    def opened(name, base=address):
        tab.goto("about:blank")  # a link to the same page alone would open nothing
        tab.goto(f"{base}/{name}")
        tab.wait_for_selector(".said:not(:empty)")
        return tab

    return opened


def sentence(page, picture=0):
    """What a picture says below it, in the frame after it was given what it shows."""
    return expect(page.locator(".grids .sentence").nth(picture))


def begins(words):
    return re.compile(f"^{re.escape(words)}")


def ends(words):
    return re.compile(f"{re.escape(words)}$")


def test_layers_maps_and_attacks_are_what_core_gives(site, open_page):
    page = open_page("draw.html")
    images = digits(100).images
    asked = [questions.layers_of(name, images) for name in (CNN, "A", "B")]
    for question in asked:
        assert max(answer(page, site, question)) <= CLOSE, question.setting
    assert answer(page, site, questions.maps_of(images[:20])) <= CLOSE
    attack = Attack("improved", False, 20, 20)
    found, question = questions.attack_of("A", digits(20), attack, torch.float32)
    rows = answer(page, site, question)
    assert sum(row[0] <= CLOSE for row in rows) >= 19, "float32 may decide a sign otherwise"
    assert [row[2] for row in rows] == found.success.tolist()


def test_the_maps_follow_a_stroke_before_it_ends(open_page):
    page = open_page("draw.html")
    before = page.inner_text(".said")
    box = page.locator(".pad canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"]
    page.mouse.move(x, y + 30)
    page.mouse.down()
    page.mouse.move(x, y + 0.8 * box["height"], steps=8)
    page.wait_for_function(
        "text => document.querySelector('.said').textContent !== text", arg=before
    )
    assert page.inner_text(".said").startswith("The small CNN sees a 1")
    assert "Drawn digit" in page.inner_text(".caption")
    page.mouse.up()


def test_a_link_opens_its_attack_and_the_slider_makes_another(open_page):
    page = open_page("fool.html#network=B&attack=task1&digit=3&epsilon=60")
    assert "network B; Task 1" in page.inner_text(".caption")
    model = checkpoints.load(homework.MODEL_B).model
    image = load_samples("mnist").images[2:3]
    for epsilon in (60, 61):
        page.wait_for_function("text => location.hash.includes(text)", arg=f"epsilon={epsilon}")
        found = attacks.untargeted(model, image.float(), 1, float(epsilon), bounds=model.bounds)
        verdict = page.inner_text(".said")
        assert verdict.startswith("✕ Fooled" if bool(found.success[0]) else "✓ Holds"), verdict
        page.locator(".live_slider input").press("ArrowRight")


def test_the_curves_say_what_was_measured_at_the_epsilon_of_the_slider(open_page):
    page = open_page("fool.html#network=M&attack=pgd&epsilon=48")
    rates = dict(data.measured_rates()["pgd"]["M"])
    line = f"At epsilon 48 it fools M on {rates[48]:.1%} of 10,000 digits."
    page.get_by_role("img", name=line).wait_for()
    page.locator(".live_slider input").press("ArrowRight")
    page.get_by_text(
        f"It fools M on {rates[48]:.1%} at epsilon 48 and {rates[64]:.1%} at"
    ).wait_for()
    page.get_by_label("Attack").select_option("fgsm")
    page.get_by_text("Of this attack no success was measured").wait_for()
    assert page.locator(".curve").is_hidden()


def test_own_numbers_are_convolved_and_a_fault_in_them_is_one_sentence(open_page):
    page = open_page("step.html#numbers=1+2+3%0A4+5+6%0A7+8+9&kernel=own&weights=1+0%0A0+-1")
    assert page.inner_text(".said").endswith("stride 1, padding 0, dilation 1; output 2 × 2")
    sentence(page).to_have_text("Row 1, column 1: 1·1 + 2·0 + 4·0 + 5·(−1) = −4")
    page.get_by_label("Stride").select_option("2")
    assert page.inner_text(".said").endswith("output 1 × 1")
    assert "stride=2" in page.url
    page.get_by_label("Numbers", exact=True).fill("1 2\n3 x")
    assert page.inner_text(".said") == (
        "“x” in row 2 of the picture is no number up to 10,000: type one like 2, -0.5 or 1/9."
    )


def test_a_photo_has_three_channels_and_its_filters_are_picked(open_page):
    page = open_page("step.html#picture=photo1&filters=Sharpen&filter=2&bias=3")
    image = load_samples("cifar10").images[1:2, :, 11:21, 11:21].float()
    kernel = preset("Sharpen").expand(1, 3, 3, 3)
    value = F.conv2d(image, kernel)[0, 0, 0, 0] + 3
    sentence(page).to_have_text(ends(f"from blue + 3 (bias) = {number(float(value))}"))
    page.get_by_label("Show filter").select_option("1")
    assert "Vertical edges (Sobel), filter 1 of 2" in page.inner_text(".said")
    page.get_by_label("Layer").select_option("pool")
    page.get_by_label("Show", exact=True).select_option("one")
    sentence(page).to_contain_text("the whole gradient goes to the winner")


def test_only_what_fits_is_offered(open_page):
    """The control says what the page shows, whatever stood in the link."""
    page = open_page("step.html#filters=Emboss&filter=4")
    shown = page.get_by_label("Show filter")
    assert shown.input_value() == "2"
    assert shown.locator("option").all_inner_texts() == ["1", "2"]
    assert "filter 2 of 2" in page.inner_text(".said")
    kernel = page.get_by_label("Kernel", exact=True)
    kernel.select_option("Learned 2 of 3")
    page.get_by_label("Picture", exact=True).select_option("photo1")
    assert not any("Learned" in one for one in kernel.locator("option").all_inner_texts())
    assert kernel.input_value() == "Vertical edges (Sobel)"
    page.get_by_label("Padding").select_option("3")
    page.get_by_label("Layer").select_option("pool")
    assert page.get_by_label("Padding").input_value() == "1"  # half the window
    assert "padding 1" in page.inner_text(".said")
    page.get_by_label("Window").select_option("4")
    assert page.get_by_label("Padding").locator("option").all_inner_texts() == ["0", "1", "2"]


def test_a_link_that_is_pasted_over_the_open_page_opens_it(open_page):
    page = open_page("fool.html#epsilon=40")
    page.get_by_text("epsilon 40 of 255").first.wait_for()
    page.goto(page.url.replace("epsilon=40", "attack=task2&epsilon=80"))
    page.get_by_text("epsilon 80 of 255").first.wait_for()
    page.get_by_text("Success on all 1,135 ones, target 8").wait_for()


def test_a_file_is_read_here_and_one_that_is_no_picture_is_one_sentence(open_page, tmp_path):
    page = open_page("step.html")
    page.get_by_text("Draw one, or a file of yours").click()
    files = page.get_by_label("Picture file")
    (tmp_path / "notes.txt").write_text("no picture")
    files.set_input_files(tmp_path / "notes.txt")
    fault = page.get_by_text("“notes.txt” is no picture that this browser reads")
    fault.wait_for()
    Image.new("RGB", (40, 60), (10, 20, 30)).save(tmp_path / "<b>.png")
    files.set_input_files(tmp_path / "<b>.png")
    page.wait_for_function("document.querySelector('.said').textContent.startsWith('<b>.png')")
    page.get_by_label("Kernel", exact=True).select_option("Sharpen")
    sentence(page).to_have_text(begins("Row 1, column 1: 10 from red + 20 from"))
    assert fault.count() == 0


def test_a_number_is_followed_to_the_logits(open_page):
    page = open_page("network.html#digit=2")
    maps = page.locator(".grids canvas").first
    box = maps.bounding_box()
    page.mouse.click(box["x"] + 0.48 * box["width"], box["y"] + 0.78 * box["height"])
    page.wait_for_function("location.hash.includes('cell=pool1-3')")
    for layer in ("conv2", "pool2", "hidden", "logits"):
        page.get_by_role("button", name="To").click()
        assert f"cell={layer}-" in page.url
    sentence(page, picture=1).to_contain_text("It depends on the whole digit")
    assert page.get_by_role("button", name="To").is_disabled()


def test_a_map_adds_up_to_the_logit(open_page):
    page = open_page("look.html#photo=2&view=sum")
    image, model = load_samples("cifar10").images[1:2], checkpoints.load(homework.RESNET).model
    found = cam.class_activation_maps(model, to_input(model, image))
    label = int(found.logits.argmax())
    mean, share = float(found.maps[0, label].mean()), float(found.logits[0].softmax(0)[label])
    sentence(page).to_have_text(begins(f"The mean of these 16 is {number(mean)}; "))
    sentence(page).to_have_text(ends(f"softmax over all classes gives {share:.1%}."))
    page.get_by_label("Network").select_option("cnn")
    page.get_by_role("group", name="Maps of all classes").get_by_role("button").nth(3).click()
    model = small_cnn()
    traced = trace(model, to_input(model, load_samples("mnist").images[:1])[0])
    total = float(traced.shares[4][3].sum())
    sentence(page).to_have_text(begins(f"The sum of these 49 is {number(total)}; "))
    sentence(page).to_contain_text(f"logit {number(float(traced.logits[3]))}")


PHONE = {"width": 390, "height": 844}
LINKS = (
    "index.html",
    "step.html#picture=photo1&filters=Sharpen",
    "network.html#view=number",
    "network.html#view=table",
    "draw.html",
    "fool.html",
    "look.html#view=sum",
)


def test_axe_finds_nothing_and_a_phone_scrolls_down_alone(tab, address):
    """Both themes and a laptop's and a phone's window are looked at by turns."""
    found = {}
    for turn, link in enumerate(LINKS):
        tab.emulate_media(color_scheme=("light", "dark")[turn // 2 % 2])
        tab.set_viewport_size((SCREEN, PHONE)[turn % 2])
        tab.goto("about:blank")
        tab.goto(f"{address}/{link}")
        tab.wait_for_function("!document.querySelector('.blocked')")
        tab.evaluate("(script) => window.eval(script)", AXE)
        lines = tab.evaluate(FAULTS)
        tab.set_viewport_size(PHONE)
        wide = tab.evaluate("document.documentElement.scrollWidth") - PHONE["width"]
        lines += [f"{wide} pixels wider than a phone"] * (wide > 0)
        found |= {link: lines} if lines else {}
    tab.set_viewport_size(SCREEN)
    assert not found, "\n".join(f"{at}: {line}" for at, lines in found.items() for line in lines)


def test_keys_step_through_the_picture(open_page):
    page = open_page("step.html")
    page.keyboard.press("ArrowRight")
    page.locator(".grids .sentence", has_text="Row 1, column 2").wait_for()
    page.keyboard.press("End")
    page.locator(".grids .sentence", has_text="Row 3, column 3").wait_for()
    page = open_page("fool.html")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("location.hash.includes('epsilon=25')")


def test_where_scripts_are_blocked_one_sentence_says_so(browser, address):
    context = context_of(browser.browser, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/fool.html")
    blocked = page.get_by_text("its scripts do not run here: allow JavaScript")
    blocked.wait_for()
    context.close()


@pytest.mark.parametrize("name", ["draw", "look"])
def test_a_page_opens_by_a_double_click(name, site, open_page):
    """One that has all data, and one that has the photos' as well."""
    opened = open_page(f"{name}.html", base=site.as_uri())
    assert opened.title() == next(page.title for page in build.PAGES if page.name == name)
    assert opened.locator("canvas, img").count() > 20
