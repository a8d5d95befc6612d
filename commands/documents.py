"""The command ``documents``: what of docs/ is made from the project itself."""

from __future__ import annotations

from pathlib import Path

import click

from commands import options
from commands.folders import check_writable
from commands.options import Command
from core import glossary
from core.checkpoints.files import write_whole
from core.data.facts import ROOT

DOCS = ROOT / "docs"
GLOSSARY = "glossary.md"
HEAD = """# Glossary

The terms of the field, one sentence each. The links open the view where a term is seen, while the
app runs on this computer (`make app`); in the app the same list is behind **Glossary** on Home.

"""


@click.command(cls=Command, short_help="Write the pages of docs/ that are made from the project.")
@options.folder("--out", DOCS, "Folder of the documents.")
def documents(out: Path) -> None:
    """Write the glossary as a page, from the file that the app's tooltips are made from."""
    check_writable(out=out)
    write_whole(out / GLOSSARY, glossary_page().encode())
    print(f"{len(glossary.terms())} terms are in {out / GLOSSARY}.")


def glossary_page() -> str:
    """The glossary as a page of Markdown."""
    return HEAD + glossary.as_table(glossary.terms()) + "\n"
