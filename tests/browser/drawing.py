"""What is wrong with the text of a page, as tests/browser/drawn_text.js reads it, and the windows
that it is looked at in.
"""

from dataclasses import dataclass
from pathlib import Path

HOOKS = Path(__file__).with_name("drawn_text.js").read_text("utf-8")
APART = 2.0  # CSS pixels between two numbers side by side
READABLE = 12.0  # pixels; see app/components/grids/geometry.js and app/ui/charts.py


@dataclass(frozen=True)
class Window:
    """A browser's window.

    Attributes:
        width: in CSS pixels.
        height: likewise.
        zoom: pixels of the screen that one of them has.
        seen: how large a CSS pixel is to the eye, beside a laptop's: a phone is held nearer.
    """

    width: int
    height: int
    zoom: float = 1.0
    seen: float = 1.0


LAPTOP, PROJECTOR = Window(1280, 720), Window(1920, 1080)
# That each view is looked at in, too, from wide to narrow.
WINDOWS = (
    PROJECTOR,
    Window(1024, 576, zoom=1.25, seen=1.25),
    Window(853, 480, zoom=1.5, seen=1.5),
    Window(640, 360, zoom=2.0, seen=2.0),
    Window(390, 844, zoom=3.0, seen=1.4),
)
# The projector's and one of the others, which take turns.
TURNS = [(PROJECTOR, WINDOWS[other]) for other in (2, 1, 4, 3)]


# Where the lowest of what carries a page's message ends, with its first words.
LOWEST = """() => {
  const AFTER = Node.DOCUMENT_POSITION_FOLLOWING;
  const main = document.querySelector("[data-testid=stMain]");
  const told = ":is([data-testid=stMarkdownContainer], [data-testid=stCaptionContainer]) p, "
    + "svg.marks, canvas, img, .sentence";
  const all = (root) => [...root.querySelectorAll("*")].flatMap((one) => {
    return one.shadowRoot ? [one, ...all(one.shadowRoot)] : [one];
  });
  const captions = [...main.querySelectorAll("[data-testid=stCaptionContainer]")];
  const last = captions.at(-1); // what stands below it proves, and can wait
  const isBelow = (one) => {
    return last?.compareDocumentPosition(one.getRootNode().host ?? one) === AFTER;
  };
  const isNext = (one) => one.closest("[class*=st-key-next_page]");
  const isOpen = (one) => one.checkVisibility(); // not in a box that is folded away
  const isTold = (one) => {
    return one.matches(told) && !isBelow(one) && !isNext(one) && isOpen(one);
  };
  const ends = all(main).filter(isTold)
    .map((one) => [one.getBoundingClientRect(), one.textContent.slice(0, 60) || one.tagName])
    .filter(([box]) => box.width > 1 && box.height > 1)
    .map(([box, text]) => [Math.round(box.bottom), text]);
  return ends.sort(([one], [other]) => other - one)[0];
}"""


def below_the_fold(page, window: Window) -> list[str]:
    """What of the pictures, the verdict, the sum and the caption is not seen without scrolling."""
    end, text = page.evaluate(LOWEST)
    size = f"{window.width} x {window.height}"
    return [f"{text} ends at {end} of {size}"] if end > window.height else []


def resize(page, window: Window, quiet: int = 250) -> None:
    """Give a page another window, and wait until everything has its new size: until nothing has
    changed for so many milliseconds.
    """
    if not hasattr(page, "emulation"):  # the window is the session's, and ends with it
        page.emulation = page.context.new_cdp_session(page)
    page.emulation.send(
        "Emulation.setDeviceMetricsOverride",
        {
            "width": window.width,
            "height": window.height,
            "deviceScaleFactor": window.zoom,
            "mobile": False,
        },
    )
    page.evaluate("(quiet) => settledSize(quiet)", quiet)


def faults(page, window: Window = LAPTOP) -> list[str]:
    """Of all text that a page shows now; the page was opened with ``HOOKS``."""
    pictures = page.evaluate("drawnText()")
    in_pictures = [
        line
        for picture in pictures
        for line in cut(picture) + touching(picture) + small(picture, window.seen)
    ]
    text = page.evaluate("pageText()")
    of_page = lost(text) + broken(text) + aside(text)
    return in_pictures + of_page + touching(text, apart=-1.0) + small(text, window.seen)


def cut(picture: dict) -> list[str]:
    """Texts that reach over an edge of their picture."""
    width, height = picture["size"]
    return [
        f"{text['text']} is cut in {picture['name']}"
        for text in picture["texts"]
        for left, top, right, bottom in [text["box"]]
        if min(left, top) < -0.6 or right > width + 0.6 or bottom > height + 0.6
    ]


def lost(page: dict) -> list[str]:
    """Texts beside pictures that their room cuts off, or that something lies over."""
    return [
        f"{text['text']} is {'cut' if text['isLost'] else 'covered'} on the page"
        for text in page["texts"]
        if text["isLost"] or text["isCovered"]
    ]


def broken(page: dict) -> list[str]:
    """Words beside pictures that go on in another line."""
    words = {word for text in page["texts"] for word in text["broken"]}
    return [f"{word} is broken on the page" for word in sorted(words)]


def aside(page: dict) -> list[str]:
    """Whether a page slides sideways."""
    wider = page["aside"]
    return [f"the page is {wider} pixels wider than its window"] if wider > 0 else []


def touching(picture: dict, apart: float = APART) -> list[str]:
    """Texts that stand on each other, or side by side without room between them."""
    texts = sorted(picture["texts"], key=lambda text: text["box"][1])
    found = []
    for index, one in enumerate(texts):
        left, _, right, bottom = one["box"]
        for other in texts[index + 1 :]:
            if other["box"][1] >= bottom - 1:
                break
            if left < other["box"][2] + apart and other["box"][0] < right + apart:
                found.append(f"{one['text']} touches {other['text']} in {picture['name']}")
    return found


def small(picture: dict, seen: float = 1.0) -> list[str]:
    """Texts that nobody reads from afar."""
    return [
        f"{text['text']} has {text['type'] * seen:.1f} pixels in {picture['name']}"
        for text in picture["texts"]
        if text["type"] * seen < READABLE - 0.05
    ]


def sizes(page) -> list[float]:
    """Widths of all pictures of a page, in CSS pixels."""
    return list(page.evaluate("pictureWidths()"))


def shrunk(before: list[float], after: list[float], zoom: float) -> list[str]:
    """Pictures that a larger zoom has made smaller on the screen."""
    return [
        f"picture {index} of {len(before)} has shrunk from {old:.0f} to {new * zoom:.0f} pixels"
        for index, (old, new) in enumerate(zip(before, after, strict=True), 1)
        if new * zoom < old - 2
    ]
