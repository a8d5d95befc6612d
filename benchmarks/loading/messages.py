"""What a browser says to the app over its websocket, and how it sends a file."""

from __future__ import annotations

from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.WidgetStates_pb2 import WidgetState

BOUNDARY = "a-boundary-of-parts"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


def handshake(host: str, cookies: str, patience: float) -> dict[str, Any]:
    """What ``connect`` is told to open the websocket of a page."""
    return {
        "uri": f"ws://{host}/_stcore/stream",
        "subprotocols": ["streamlit"],
        "origin": f"http://{host}",
        "additional_headers": {"Cookie": cookies},
        "max_size": None,
        "open_timeout": patience,
    }


def file_to_come(session: str, name: str) -> BackMsg:
    """Asks where a file goes."""
    asked = BackMsg()
    asked.file_urls_request.request_id = "1"
    asked.file_urls_request.file_names.append(name)
    asked.file_urls_request.session_id = session
    return asked


def form(name: str, content: bytes) -> bytes:
    """The body of the request that brings it there."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"'
    return f"{head}\r\n\r\n".encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def file_chosen(control: str, name: str, size: int, urls: FileURLs) -> WidgetState:
    """What the control reports of a file that has arrived."""
    state = WidgetState(id=control)
    state.file_uploader_state_value.uploaded_file_info.add(
        name=name, size=size, file_id=urls.file_id, file_urls=urls
    )
    return state
