"""A lecture's windows without a browser, each on the process that a visitor's cookie leads to."""

import json
from contextlib import ExitStack
from typing import Any

from websockets.sync.client import connect

from tests.app.server.visitor import TIMEOUT, Visitor


class Window:
    """A window that follows a lecture."""

    def __init__(self, visitor: Visitor, **hello: Any) -> None:
        address = f"ws://{visitor.host}/stage/live"
        own = {"Cookie": visitor.cookie_line()}
        self._open = ExitStack()
        self.line = self._open.enter_context(connect(address, additional_headers=own))
        self.say(**hello)
        self.welcome = json.loads(self.line.recv(TIMEOUT))

    def say(self, **message: Any) -> None:
        """One message to the server."""
        self.line.send(json.dumps(message))

    def until(self, **wanted: Any) -> dict[str, Any]:
        """The first news that say so."""
        while True:
            news = json.loads(self.line.recv(TIMEOUT))
            if all(news.get(name) == value for name, value in wanted.items()):
                return news

    def close(self) -> None:
        """The window is closed."""
        self._open.close()
