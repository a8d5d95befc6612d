"""Whether a process of the app answers: python -S -m app.server.health PORT, for who watches it.

It imports next to nothing: it is asked every few seconds.
"""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Sequence

BASE_VARIABLE = "STREAMLIT_SERVER_BASE_URL_PATH"  # Streamlit's own
TIMEOUT = 8.0  # seconds


def main(arguments: Sequence[str]) -> int:
    """Ask it.

    Args:
        arguments: the port on this computer.

    Returns:
        The exit code: 0 it answers, 1 it does not.
    """
    base = os.environ.get(BASE_VARIABLE, "").strip("/")
    path = f"/{base}/_stcore/health" if base else "/_stcore/health"
    connection = http.client.HTTPConnection("127.0.0.1", int(arguments[0]), timeout=TIMEOUT)
    try:
        connection.request("GET", path)
        return 0 if connection.getresponse().status == 200 else 1
    except (OSError, http.client.HTTPException):
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
