"""Start the app as `make app` does: python -m app.serve, with the options of `streamlit run`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from app.outputs import keep_open

HOME = Path(__file__).resolve().parent / "Home.py"


def main(arguments: Sequence[str]) -> None:
    """Serve the app until it is stopped.

    Args:
        arguments: options of `streamlit run`.
    """
    keep_open()
    from streamlit.web import cli  # keeps the streams that it finds

    from app import doors

    doors.install()
    cli.main(["run", str(HOME), *arguments], prog_name="streamlit")


if __name__ == "__main__":
    main(sys.argv[1:])
