"""A visitor who trains the small CNN, with a browser that connects again when it is cut off."""

import json
import threading
import time
from collections.abc import Callable

import pyarrow as arrow
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import WebSocketException

from app.ui.mine import COOKIE
from tests.app.server.visitor import Visitor, elements

EPOCHS = 20  # more than most machines finish within a test
PAGE = {"view": "Train it now", "images": "8000", "epochs": f"{EPOCHS}"}
PATIENCE = 120.0  # seconds: Python and torch start before the first step
CUT_OFF = (OSError, EOFError, WebSocketException)


class Trainee(Visitor):
    """Keeps the validation losses of the finished epochs, of every look at the page, and where the
    last one saw the training.
    """

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.looks: list[list[float]] = []
        self.reached = 0.0  # epochs
        self.found: list[list[float]] = []  # the first look at each page that was opened again

    def start(self) -> None:
        """Press the button, and wait until an epoch is finished."""
        self._press(self.open("training", **PAGE), "start_training")
        self.look_until(lambda: self.looks[-1] != [])

    def stop(self) -> None:
        """Press the other one, which is there until all epochs are finished."""
        page = self.look()
        if self.reached < EPOCHS:
            self._press(page, "stop_training")

    def look_until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.3)
            self.look()

    def look(self) -> list[ForwardMsg]:
        """The page as it is now."""
        return self._see(self.rerun("training", PAGE))

    def stay_until(self, done: threading.Event) -> None:
        """Look at the page, and open it again whenever the websocket has ended."""
        is_over = False
        while not is_over:
            is_over = done.wait(1.0)  # once more afterwards: the last thing may be to be cut off
            try:
                self.look()
            except CUT_OFF:
                self._open_again()

    def _open_again(self) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self._see(self.open("training", **PAGE))
            except CUT_OFF:
                assert time.monotonic() < end
                time.sleep(0.1)
            else:
                self.found.append(self.looks[-1])
                return

    def _press(self, page: list[ForwardMsg], key: str) -> None:
        (button,) = [one for one in elements(page, "button") if one.id.endswith(key)]
        pressed = WidgetState(id=button.id, trigger_value=True)
        self._see(self.rerun("training", PAGE, pressed))

    def _see(self, page: list[ForwardMsg]) -> list[ForwardMsg]:
        """Keep the cookie that the page sets, and what its chart shows."""
        for one in elements(page, "bidi_component"):
            said = json.loads(one.json or "{}")
            if said.get("name") == COOKIE:
                self.cookies[COOKIE] = said["id"]
        (data,) = elements(page, "vega_lite_chart")[0].datasets
        rows = arrow.ipc.open_stream(data.data.data).read_pandas().to_dict("records")
        own = [row for row in rows if row["run"] == "Run 1"]
        self.reached = max((row["epoch"] for row in own), default=0.0)
        finished = [row for row in own if row["part"] == "validation"]
        assert [row["epoch"] for row in finished] == list(range(1, len(finished) + 1))
        self.looks.append([row["value"] for row in finished])
        return page
