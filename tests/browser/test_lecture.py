"""A state of a lecture in the browser: what is wrong with it is found, and nothing else."""

import http.server
import threading
from dataclasses import replace

import pytest

from core.lecture.opening import HEIGHT, open_state, present_link
from core.lecture.states import State

STATE = State("A title", "convolution?stride=2", "Look.", "What?", "That.", 1, "Nothing.")
PAGE = """<!doctype html><div data-testid="stApp" data-test-script-state="notRunning"
data-test-connection-state="CONNECTED"><section data-testid="stMain">{}</section></div>"""
LINK_OFF = '<span data-testid="stIconMaterial">link_off</span>'
BODIES = {
    "/fine": "<p>Seen</p><p style='position:absolute; top:900px; display:none'>Hidden</p>",
    "/deep": "<p style='position:absolute; top:690px; height:50px; margin:0'>Too deep</p>",
    "/shadow": "<div id=host></div><script>host.attachShadow({mode: 'open'}).innerHTML = "
    "'<canvas style=\"position:absolute;top:600px\" height=200></canvas>'</script>",
    "/refused": f"<div data-testid=stMarkdownContainer><p>{LINK_OFF} The link's “x” is left out."
    f"</p></div><details><summary>{LINK_OFF} Two settings are left out</summary></details>",
    "/error": "<div data-testid=stAlertContentError><p>Broken.</p></div>"
    "<div data-testid=stAlertContentWarning><p>Mend it.</p></div>",
    "/exception": "<div data-testid=stException>ValueError: \u202eno</div>",
    "/dialog": "<div role=dialog>Page not found</div>",
    "/script": "<p>Seen</p><script>throw new Error('in vain')</script>",
}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE.format(BODIES.get(self.path.partition("?")[0], "")).encode())

    def log_message(self, *_about: object) -> None:
        pass


@pytest.fixture(scope="module")
def faulty():
    """A server whose pages have one fault each."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """These pages draw nothing."""
    monkeypatch.setattr("core.lecture.opening.PICTURES", 50)


@pytest.mark.parametrize(
    ("path", "faults"),
    [
        ("fine", ()),
        ("deep", ("“Too deep” ends 20 pixels below a window of 1280 × 720",)),
        ("shadow", ("“canvas” ends 80 pixels below a window of 1280 × 720",)),
        (
            "refused",
            (
                "the link is not taken as it is: The link's “x” is left out.",
                "the link is not taken as it is: Two settings are left out",
            ),
        ),
        ("error", ("the page says: Broken.", "the page says: Mend it.")),
        ("exception", ("the page fails: ValueError: \\u202eno",)),
        ("dialog", ("a dialog lies over the page: Page not found",)),
        ("script", ("a script of the page failed: in vain",)),
    ],
)
def test_what_is_wrong_is_found(tab, faulty, path, faults) -> None:
    tab.set_viewport_size({"width": 1280, "height": HEIGHT})
    opened = open_state(tab, faulty, replace(STATE, link=path))
    assert opened.faults == faults
    assert opened.picture.startswith(b"\x89PNG")


def test_a_page_that_does_not_open_is_a_fault(browser) -> None:
    lost = browser.new_page()  # its page of an error may come later than what is opened next
    opened = open_state(lost, "http://127.0.0.1:9", STATE)
    lost.close()
    assert opened.picture == b""
    assert opened.faults[0].startswith("the page does not open: ")


def test_what_the_app_refuses_is_found(page, server) -> None:
    opened = open_state(
        page, server, replace(STATE, link="convolution?stride=9", controls=("step",))
    )
    assert opened.faults[0].startswith(
        "the link is not taken as it is: The link's “stride” is left out"
    )
    assert open_state(page, server, STATE).faults == ()


def test_the_stage_opens_a_state_with_the_controls_that_it_names() -> None:
    assert present_link(replace(STATE, link="")) == "/?present=1"
    named = replace(STATE, controls=("stride", "padding"))
    assert present_link(named) == "/convolution?stride=2&present=1&controls=stride,padding"
