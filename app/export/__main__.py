"""Pages as files, from the command line: ``python train_all.py page`` starts it."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.export import document, opening
from core.checkpoints.files import write_whole
from core.foreign_text import quoted


def file_name(link: opening.Link) -> str:
    """A name that says what the page is, of letters that every system takes."""
    words = "_".join([link.chapter, *(text for texts in link.values.values() for text in texts)])
    kept = "".join(letter if letter.isalnum() else "_" for letter in words.lower())
    return "_".join(filter(None, kept.split("_")))[:80] + ".html"


def _wanted(chosen: argparse.Namespace) -> Iterator[tuple[opening.Link, Path]]:
    if chosen.all is not None:
        for link in opening.views():
            yield link, chosen.all / file_name(link)
        return
    links = [opening.read(text) for text in chosen.links]
    for link in links:
        yield link, chosen.out if len(links) == 1 else chosen.out / file_name(link)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages that are asked for.

    Returns:
        0, or 2 where a link opens no page; one sentence says why.
    """
    parser = argparse.ArgumentParser(prog="app.export")
    parser.add_argument("links", nargs="*")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--all", type=Path)
    chosen = parser.parse_args(arguments)
    logging.disable(logging.WARNING)  # Streamlit's, of pages without a server
    try:
        for link, path in _wanted(chosen):
            path.parent.mkdir(parents=True, exist_ok=True)
            content = document.saved(link).encode()
            write_whole(path, content)
            sys.stdout.write(f"written to {path}: {len(content) / 1000:,.0f} kB\n")
            sys.stdout.flush()
    except opening.LinkError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"{quoted(str(error.filename))} cannot be written: {error.strerror}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
