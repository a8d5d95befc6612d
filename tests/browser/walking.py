"""Random walks through the app: what can be done on a page, and what has to agree afterwards."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import TimeoutError

from app.chapters.networks.resnet import LAYERS, title
from app.ui import address, resnets
from app.ui.link_words import ATTACK_TITLES, NETWORK_NAMES
from core.homework import NETWORKS

SCRIPT = Path(__file__).with_name("walk.js").read_text("utf-8")
CHAPTERS = ("Convolution", "Training", "Where does it look?", "Fool the network")
QUIET = 60  # milliseconds without anything that a page is at rest after
LATER = {"slider": 280, "live": 180, "step": 400}  # a slider waits before it tells
TEXTS = ("1 2 3\n4 5 6\n7 8 9", "0.5 -1\n2 1e2", "1 2\n3", "3 1 4 1\n5 9 2 6\n5 3 5 8\n9 7 9 3", "")
NUMBERS = ("-1", "0", "1", "2", "3", "7", "20", "1e2", "3.7", "0.004", "100000", "9e15", "-1e20")
DEFAULTS = {"convolution.step": 1, "convolution.filters": ""}  # and 1 of every page
WAITS = "in the panel on the left|panel on the left says|no matrix to unfold|Draw a digit in"
Control = list  # kind, what is lit or typed, how much there is to choose from


@dataclass
class Walk:
    """One random walk, and all that was seen at each address so far."""

    page: object
    server: str
    chance: random.Random
    done: list[str] = field(default_factory=list)
    seen: dict[str, tuple] = field(default_factory=dict)
    start: int = 0
    typed: tuple[str, str, str] | None = None  # into which field, and what it had before

    def begin(self) -> None:
        chapter = self.chance.choice(("convolution", "networks", "training", "cam", "attack"))
        self.done.append(f"open /{chapter}")
        self.page.goto(f"{self.server}/{chapter}")
        self.check()
        self.start = self.shown["before"]

    def read(self, quiet: int) -> list[str]:
        """What is wrong with what the page shows once it is at rest."""
        self.page.evaluate("([...limits]) => walk.rest(...limits)", [quiet, 120_000])
        self.shown = shown = self.page.evaluate("walk.read()")
        if shown["unread"]:  # the field has what was typed, all else the numbers of before
            readable = {name: one for name, one in shown["controls"].items() if one[0] != "text"}
            return [*shown["errors"], *disagreements(shown | {"controls": readable})]
        values = {name: control[1] for name, control in shown["controls"].items()}
        wrong = [*shown["errors"], *disagreements(shown)]
        before = self.seen.get(shown["address"], (values, shown["caption"]))
        if before != (values, shown["caption"]):
            wrong.append(f"this address has shown {before} and shows {values} {shown['caption']}")
        if not wrong:
            self.seen[shown["address"]] = before
        return wrong

    def check(self, kind: str = "") -> None:
        """What is lit or typed is what the address and the caption say.

        On a busy computer a message may leave the browser late: then it is looked at again.
        """
        wrong = self.read(LATER.get(kind, QUIET)) and self.read(1000)
        assert not wrong, wrong
        typed, self.typed = self.typed, None
        assert not typed or self.is_said(*typed), f"{typed} became another number without a word"

    def is_said(self, name: str, text: str, before: str) -> bool:
        """Whether a number is used as it was typed, or a sentence says what is used instead; one
        more or less is a step to the next number that there is.
        """
        _, used, *_ = self.shown["controls"].get(name, ("", text))
        is_step = abs(float(text) - float(before)) == 1
        return (
            float(used) == float(text) or is_step or f": {float(used):g} is" in self.shown["said"]
        )

    def step(self) -> None:
        """One action, and the check after it."""
        actions = [(f"{name}", control) for name, control in self.shown["controls"].items()]
        usable = [one for one in actions if not (len(one[1]) > 3 and one[1][3])]
        draw = self.chance.random()
        if draw < 0.07 and self.shown["before"] > self.start:
            return self.act("back", "", self.back)
        if draw < 0.09 and self.shown["after"]:
            return self.act("forward", "", self.page.go_forward)
        if draw < 0.11:
            return self.act("reload", "", self.reload)
        if draw < 0.16 or not usable:
            return self.act("chapter", "", self.go)
        name, control = self.chance.choice(usable)
        self.act(name, control[0], lambda: getattr(self, f"do_{control[0]}")(name, control))

    def act(self, name: str, kind: str, do) -> None:
        self.done.append(name)
        said = do()
        if isinstance(said, str):
            self.done[-1] += f": {said}"
        self.check(kind)

    def back(self) -> None:
        self.page.go_back()

    def reload(self) -> None:
        self.page.reload()

    def go(self) -> str:
        name = self.chance.choice(CHAPTERS)
        self.page.get_by_role("link", name=name).first.click()
        return name

    def box(self, name: str):
        chapter = urlsplit(self.shown["address"]).path.strip("/") or "home"
        return self.page.locator(f".st-key-{chapter}-{name}")

    def nth(self, found, count: int) -> str:
        which = self.chance.randrange(count)
        found.nth(which).click()
        return str(which + 1)

    def do_radio(self, name: str, control: Control) -> str:
        return self.nth(self.box(name).get_by_role("radio"), control[2])

    def do_pager(self, name: str, control: Control) -> str:
        return self.nth(self.box(name).locator("button:not([disabled])"), control[2])

    def do_toggle(self, name: str, control: Control) -> None:
        self.box(name).locator("label").last.click()

    def do_select(self, name: str, control: Control) -> str:
        field = self.box(name).get_by_role("combobox")
        field.click()
        for _ in range(self.chance.randint(1, 9)):
            field.press("ArrowDown")
        field.press("Enter")
        field.press("Escape")
        return field.input_value()

    def do_several(self, name: str, control: Control) -> str:
        remove = self.box(name).get_by_role("button", name="Remove")
        if remove.count() and self.chance.random() < 0.5:
            remove.first.click()
            return "one less"
        self.box(name).get_by_role("combobox").click()
        options = self.page.locator("[role=listbox] [role=option]")
        try:
            options.first.wait_for(timeout=3000)
        except TimeoutError:
            return "no more"
        self.nth(options, min(options.count(), 6))
        self.page.keyboard.press("Escape")
        return "one more"

    def do_number(self, name: str, control: Control) -> str:
        field = self.box(name).get_by_role("spinbutton")
        steppers = self.box(name).locator("[data-testid^=stNumberInputStep]:not([disabled])")
        if self.chance.random() < 0.6 and steppers.count():
            return self.nth(steppers, steppers.count())
        text = self.chance.choice(NUMBERS)
        field.fill(text)
        field.press("Enter")
        self.typed = name, text, control[1]
        return text

    def do_slider(self, name: str, control: Control) -> str:
        keys = self.keys()
        thumb = self.box(name).get_by_role("slider")
        for key in keys:
            thumb.press(key)
        return " ".join(keys)

    def keys(self) -> list[str]:
        key = self.chance.choice(("ArrowLeft", "ArrowRight", "Home", "End"))
        return [key] * (self.chance.randint(1, 3) if key.startswith("Arrow") else 1)

    def do_text(self, name: str, control: Control) -> str:
        text = self.chance.choice(TEXTS)
        area = self.box(name).get_by_role("textbox")
        area.fill(text)
        area.press("Control+Enter")
        return repr(text)

    def do_live(self, name: str, control: Control) -> str:
        key = {"epsilon": "attack_epsilon", "alpha": "blend"}[name]
        slider = self.page.locator(f".st-key-{key} input")
        if self.chance.random() < 0.5:
            keys = self.keys()
            for key in keys:
                slider.press(key)
            return " ".join(keys)
        box = slider.bounding_box()
        shares = [self.chance.random() for _ in range(5)]
        for index, share in enumerate(shares):
            at = box["x"] + share * box["width"], box["y"] + box["height"] / 2
            self.page.mouse.move(*at)
            if index == 0:
                self.page.mouse.down()
        self.page.mouse.up()
        return "drag"

    def cell(self, key: str, title: str) -> None:
        share = self.chance.random()
        at = self.page.evaluate("([...what]) => walk.cell(...what)", [key, title, share])
        self.page.mouse.click(*at)
        self.page.mouse.move(3, 400)

    def do_step(self, name: str, control: Control) -> str:
        how = self.chance.choice(("pin", "pin", "keys", "scrub", "button"))
        root = self.page.locator(".st-key-conv_grids .grids")
        if how == "pin":
            self.cell("conv_grids", "Output")
        elif how == "keys":
            self.page.locator("h2").first.click()
            for _ in range(self.chance.randint(1, 3)):
                self.page.keyboard.press(self.chance.choice(("ArrowRight", "ArrowDown", "End")))
        elif how == "scrub" and root.locator("input").is_visible():
            for key in self.keys():
                root.locator("input").press(key)
        else:
            for name in ("forward", "last"):
                button = root.locator(f"[data-do={name}]")
                if button.is_visible() and button.is_enabled():
                    button.click()
        return how

    def do_quiz(self, name: str, control: Control) -> str:
        self.page.locator("h2").first.click()
        key = self.chance.choice(("1", "2", "3", "4", "ArrowRight", "ArrowRight", "ArrowLeft"))
        self.page.keyboard.press(key)
        return key

    def do_pictures(self, name: str, control: Control) -> str:
        buttons = self.page.locator(".st-key-convolution_gallery .gallery button")
        return self.nth(buttons, control[2])

    def do_strip(self, name: str, control: Control) -> None:
        self.cell("way_strip", "")

    def do_maps(self, name: str, control: Control) -> None:
        self.cell("small_cnn", "")

    def do_chart(self, name: str, control: Control) -> str:
        key = {"gallery": "gallery", "matrix": "training_mistakes"}[name]
        at = self.page.evaluate("([...what]) => walk.mark(...what)", [key, self.chance.random()])
        self.page.mouse.click(*at)
        self.page.mouse.move(3, 400)
        return "click"


def disagreements(shown: dict) -> list[str]:
    """Controls that show something else than the address or the caption."""
    parts = urlsplit(shown["address"])
    chapter = parts.path.strip("/")
    link = parse_qs(parts.query, keep_blank_values=True)
    caption, wrong = shown["caption"], []
    waits = re.search(WAITS, caption)
    for cell in link.get("mistake", ()):
        if "True class {}, predicted {}:".format(*cell.split("-")) not in caption:
            wrong.append(f"the address says {cell}, the caption says {caption!r}")
    for name, (_, text, *_) in shown["controls"].items():
        parameter = parameter_of(chapter, name)
        if parameter is None:
            continue
        told = link.get(parameter.name)
        if told is not None and not says(name, told, text):
            wrong.append(f"{name} shows {text!r}, the address says {told}")
        default = DEFAULTS.get(parameter.key, parameter.default)
        if name == "page" and "image" not in link:  # else that of the picture
            default = 1
        usual = names_like(text).get(str(default), default)
        if told is None and usual is not None and not same(text, usual):
            wrong.append(f"{name} shows {text!r}, the address says nothing")
        words = WORDS[parameter.key](text) if parameter.key in WORDS else None
        if words and not waits and not re.search(words, caption, re.MULTILINE):
            wrong.append(f"{name} shows {text!r}, the caption says {caption!r}")
    return wrong


def parameter_of(chapter: str, name: str):
    for one in address.parameters(chapter):
        if one.key.removeprefix(f"{chapter}.").replace(".", "-") == name:
            return one
    return None


def same(text: str, value: object) -> bool:
    try:
        return float(text) == float(str(value))
    except ValueError:
        return text == address.text_of(value)


def names_like(text: str) -> Mapping[str, str]:
    """What a page calls the networks of a control that shows this: a ResNet, or any other."""
    return resnets.NAMES if text in resnets.NAMES.values() else NETWORK_NAMES


def says(name: str, told: list[str], text: str) -> bool:
    """Whether the text of a control is what the address has for it."""
    if name == "filters":
        return text == ",".join(told)
    (value,) = told
    titles = ATTACK_TITLES | names_like(text)
    titles |= {"cifar10_resnet": NETWORKS["cifar10_resnet"].title}
    digits = re.fullmatch(r"(?:photo )?(\d+)", value)
    if name in ("image", "network-image") and "(no." in text and digits:
        return f"(no. {digits[1]})" in text
    if name == "layer" and value in LAYERS:
        return text == title(value)
    if name == "mistake":
        return text.replace(", predicted ", "-") == value
    if name == "part":
        return text.replace("Middle", "Whole") == value
    if name == "groups":
        return text.split(",")[0] == value
    return same(text, titles.get(value, value)) or text.replace(",", "") == value


def number(text: str) -> str:
    """As captions write it."""
    return re.escape(f"{float(text):g}") + r"\b"


def bias(text: str) -> str | None:
    value = float(text)
    if not value:
        return None
    return "bias " + (f"{value:g}" if value == int(value) else f"{value:.2f}").replace("-", "−")


def beginning_small(text: str) -> str:
    return re.escape(text[:1].lower() + text[1:])


def only(text: str, words: str):
    """Said where the control stands there, and nowhere else."""
    return lambda shown: words if shown == text else None


# Session key to what the caption has to say where the control shows a text, as a regular
# expression; None: nothing.
WORDS = {
    "convolution.layer": only("Max pooling", "^Max pooling of|no matrix"),
    "convolution.image": beginning_small,
    "convolution.part": lambda text: (
        "middle 10 × 10" if text.startswith("Detail") else "whole|middle 28 × 28"
    ),
    "convolution.kernel": lambda text: {"Own numbers": "own kernel"}.get(text),
    "convolution.stem_filter": lambda text: f"ResNet stem, filter {number(text)}",
    "convolution.kernel_height": lambda text: f"kernel {number(text)} ×",
    "convolution.kernel_width": lambda text: rf"kernel \d × {number(text)}",
    "convolution.angle": lambda text: f"angle {float(text):g}°|filter [2-9]",
    "convolution.wavelength": lambda text: f"wavelength {number(text)}|filter [2-9]",
    "convolution.wave": lambda text: f"{text} part|filter [2-9]",
    "convolution.stride": lambda text: f"stride {number(text)}",
    "convolution.padding": lambda text: f"padding {number(text)}",
    "convolution.dilation": lambda text: f"dilation {number(text)}",
    "convolution.border": lambda text: None if text == "zeros" else rf"\({text}\)",
    "convolution.groups": lambda text: None if text == "1" else "3 groups",
    "convolution.relu": only("true", "ReLU"),
    "convolution.flip": only("true", "kernel flipped"),
    "convolution.bias": bias,
    "convolution.filter": lambda text: f"filter {number(text)} of",
    "convolution.pool_size": lambda text: f"kernel {number(text)} ×",
    "convolution.pool_stride": lambda text: f"stride {number(text)}",
    "convolution.pool_padding": lambda text: f"padding {number(text)}",
    "convolution.pool_dilation": lambda text: f"dilation {number(text)}",
    "convolution.channel": lambda text: f", {text.lower()};",
    "networks.image": beginning_small,
    "networks.source": only("Draw one", "drawn digit|Scaled and centred"),
    "training.epoch": lambda text: (
        f"after epoch {number(text)}" if float(text) else "before training"
    ),
    "training.ingredients.epochs": lambda text: f"after {re.escape(text)}",
    "training.network": re.escape,
    "training.image": lambda text: f"Test picture {number(text)}",
    "cam.image": lambda text: f"test picture {number(text)}",
    "cam.class": lambda text: None if text == "the predicted class" else rf"(of|class) {text}\b",
    "cam.interpolation": lambda text: rf"\b{text}\b",
    "cam.colours": re.escape,
    "cam.scale": lambda text: f"the scale of {text}",
    "cam.alpha": lambda text: rf"alpha {float(text):.2f}\b",
    "attack.image": lambda text: f"test picture {number(text)}",
    "attack.source": only("Draw one", "drawn digit"),
    "attack.network": lambda text: rf"[Nn]etwork {text}\b",
    "attack.attack": re.escape,
    "attack.target": lambda text: f", target {text},",
    "attack.gradients": lambda text: rf"at most {text} gradient",
    "attack.epsilon": lambda text: f"epsilon {number(text)} of 255",
    "attack.step": lambda text: f"After step {number(text)}",
}
