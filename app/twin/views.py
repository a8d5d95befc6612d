"""The app's views as saved pages, beside the pages that compute."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.export.asked import file_of
from app.export.links import Link
from app.ui.address import Name

FOLDER = "views"
BACK = '<main><p><a href="../index.html">Home of this site</a></p>'
INTRODUCTION = "Views of the app, each as one file"


def write(out: Path, views: Iterable[Link]) -> None:
    """Write each view as one file.

    Args:
        out: folder of the site.
        views: links to them.

    Raises:
        LinkError: a view shows an error.
        OSError: the folder cannot be written.
    """
    (out / FOLDER).mkdir(exist_ok=True)
    for view in views:
        page = file_of(view.text, ()).decode()
        (out / FOLDER / view.file_name).write_text(page.replace("<main>", BACK, 1), "utf-8")


def linked(views: Sequence[Link], chapter: str) -> str:
    """Links to the views of a chapter, as HTML; nothing where none is written.

    Args:
        views: that are written.
        chapter: as its page is called in the app's address.
    """
    links = " ".join(
        f'<a href="{FOLDER}/{view.file_name}">{html.escape(view.values[Name.VIEW.value][0])}</a>'
        for view in views
        if view.chapter == chapter
    )
    return f'<p class="views">{INTRODUCTION}: {links}</p>' if links else ""
