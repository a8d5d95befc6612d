"""Pages as files, from the command line: ``python train_all.py page`` starts it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.export import links
from app.export.asked import file_of
from app.export.links import Link, LinkError
from core.checkpoints.files import write_whole
from core.foreign_text import quoted

FOLDER = "pages"  # for every view


def _wanted(text: str | None, out: Path | None) -> Iterator[tuple[Link, Path]]:
    if text is None:
        for link in links.views():
            yield link, (out or Path(FOLDER)) / link.file_name
        return
    link = links.read(text)
    if out is None or out.is_dir():
        yield link, (out or Path()) / link.file_name
    else:
        yield link, out


def main(arguments: Sequence[str] | None = None) -> str | int:
    """Write the page of a link, or every view.

    Returns:
        0, or one sentence that says why a link opens no page or a file cannot be written.
    """
    parser = argparse.ArgumentParser(prog="app.export")
    parser.add_argument("link", nargs="?")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args(arguments)
    try:
        for link, path in _wanted(chosen.link, chosen.out):
            path.parent.mkdir(parents=True, exist_ok=True)
            content = file_of(link.text, ())
            write_whole(path, content)
            sys.stdout.write(f"written to {path}: {len(content) / 1000:,.0f} kB\n")
            sys.stdout.flush()
    except LinkError as error:
        return str(error)
    except OSError as error:
        return (
            f"{quoted(str(error.filename))} cannot be written ({error.strerror}): choose another."
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
