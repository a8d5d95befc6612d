"""A folder as a web host serves it, and a question to one of its pages."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.twin.questions import Question

if TYPE_CHECKING:
    from playwright.sync_api import Page

COMPARE = Path(__file__).with_name("compare.mjs")
ASKED = "asked"  # the folder of the site that questions lie in
ASK = """async () => {
  const { what, files, ...question } = await (await fetch("asked/question.json")).json();
  const kinds = { Float32Array, Float64Array, Uint8Array };
  const numbers = {};
  for (const [name, kind] of Object.entries(files)) {
    numbers[name] = new kinds[kind](await (await fetch(`asked/${name}.bin`)).arrayBuffer());
  }
  const netOf = (name) => twin.site.networks[name];
  const functions = await import(new URL("asked/compare.js", location.href));
  return functions[what]({ ...twin, netOf }, question, numbers);
}"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""

    def end_headers(self) -> None:
        """With what keeps the next question from being the last one's."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder on a free port; yields its address."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def answer(page: Page, site: Path, question: Question) -> Any:  # noqa: ANN401 - what a page says
    """What a page of a served site answers; its folder gets the question.

    Args:
        page: that stands in the site's folder itself.
        site: that folder.
        question: what is asked.
    """
    place = question.write(site / ASKED)
    shutil.copyfile(COMPARE, place / "compare.js")
    return page.evaluate(ASK)
