"""A visitor of the app without a browser: its cookies, its websocket, what a page sends over it."""

import http.client
import json
import re
from collections.abc import Mapping
from contextlib import ExitStack
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

from benchmarks.loading import messages

TIMEOUT = 30.0
CALLED_OFF = ForwardMsg.FINISHED_EARLY_FOR_RERUN


class Visitor:
    """One who has opened the app."""

    def __init__(self, port: int, host: str = "localhost") -> None:
        self.port, self.host = port, f"{host}:{port}"
        self.cookies: dict[str, str] = {}
        self.session = ""
        self.socket: ClientConnection | None = None
        self._open = ExitStack()
        self.get("/_stcore/health")

    def request(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Status, body and headers of an answer; the cookies that it sets are kept."""
        own = {"Host": self.host, "Cookie": self.cookie_line()} | headers
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            connection.request(method, path, body or None, own)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie") or ():
                name, _, value = line.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.read(), dict(answer.headers)
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
        return self.request("GET", path, **headers)

    def cookie_line(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    @property
    def process(self) -> str:
        """What tells the proxy which process this visitor is with."""
        return next(value for name, value in self.cookies.items() if name.startswith("cnn_process"))

    def open(self, page: str, *touched: WidgetState, **query: str) -> list[ForwardMsg]:
        """A page, as a browser opens it: a new websocket, and all that comes until it has run. One
        that was open before a restart of the server says how its controls stand.
        """
        self.close()
        how = messages.handshake(self.host, self.cookie_line(), TIMEOUT)
        self.socket = self._open.enter_context(connect(**how))
        return self.rerun(page, query, *touched)

    def rerun(self, page: str, query: Mapping[str, str], *touched: WidgetState) -> list[ForwardMsg]:
        """The page once more, after some controls were touched."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = urlencode(query)
        message.rerun_script.widget_states.widgets.extend(touched)
        return self.run(message)

    def run(self, message: BackMsg) -> list[ForwardMsg]:
        """All that the app sends in the run of its script that is not called off for another."""
        found: list[ForwardMsg] = []
        self.send(message)
        while True:
            found.append(one := self.receive())
            kind = one.WhichOneof("type")
            if kind == "new_session":
                self.session = one.new_session.initialize.session_id
            elif kind == "script_finished" and one.script_finished == CALLED_OFF:
                found.clear()
            elif kind == "script_finished":
                return found

    def send(self, message: BackMsg) -> None:
        self.socket.send(message.SerializeToString())

    def receive(self) -> ForwardMsg:
        message = ForwardMsg()
        message.ParseFromString(self.socket.recv(TIMEOUT))
        return message

    def upload(self, page: list[ForwardMsg], name: str, content: bytes) -> list[ForwardMsg]:
        """Give the page's only uploader a file, as a browser does."""
        (widget,) = elements(page, "file_uploader")
        self.send(messages.file_to_come(self.session, name))
        while (answer := self.receive()).WhichOneof("type") != "file_urls_response":
            pass
        (urls,) = answer.file_urls_response.file_urls
        body = messages.form(name, content)
        headers = {"Content-Type": messages.FORM, "Origin": f"http://{self.host}"}
        refused, *_ = self.request("PUT", urls.upload_url, body, **headers)
        headers["X-Xsrftoken"] = self.cookies["_streamlit_xsrf"]
        status, *_ = self.request("PUT", urls.upload_url, body, **headers)
        assert (refused, status) == (403, 204)  # without the token another site could have sent it
        state = messages.file_chosen(widget.id, name, len(content), urls)
        return self.rerun("cam", {"from": "Own photo"}, state)

    def download(self, page: list[ForwardMsg], label: str) -> str:
        """The path of the file that a button of the page offers; it is made now."""
        (button,) = [one for one in elements(page, "download_button") if one.label == label]
        asked = BackMsg()
        asked.backend_operation_request.request_id = "1"
        asked.backend_operation_request.session_id = self.session
        asked.backend_operation_request.deferred_file.file_id = button.deferred_file_id
        self.send(asked)
        while (answer := self.receive()).WhichOneof("type") != "backend_operation_response":
            pass
        assert not answer.backend_operation_response.error_msg
        return answer.backend_operation_response.deferred_file.url

    def close(self) -> None:
        self._open.close()


def elements(messages: list[ForwardMsg], kind: str) -> list:
    """Those of a page's elements that are of a kind."""
    found = [one.delta.new_element for one in messages if one.WhichOneof("type") == "delta"]
    return [getattr(one, kind) for one in found if one.WhichOneof("type") == kind]


def pictures(messages: list[ForwardMsg]) -> list[str]:
    """Addresses of the pictures that a page shows."""
    return [image.url for one in elements(messages, "imgs") for image in one.imgs]


def texts(messages: list[ForwardMsg]) -> str:
    """All that a page says."""
    return json.dumps([re.sub(r"\s+", " ", one.body) for one in elements(messages, "text")])
