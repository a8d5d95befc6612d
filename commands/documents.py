"""The command ``documents``: what of docs/ is made from the project itself."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from PIL import Image

from commands import options
from commands.folders import check_writable, make_folders
from commands.options import Command
from commands.progress import counting_bar
from core import glossary
from core.browser import serving
from core.chapters import TITLES
from core.checkpoints.files import write_whole
from core.data.facts import ROOT
from core.failures import Failure
from core.lecture.opening import browsing, open_link

DOCS = ROOT / "docs"
GLOSSARY = "glossary.md"
HEAD = """# Glossary

The terms of the field by the chapter of the app where they are seen; each leads to its sentence. In
the app the whole list is behind **Glossary** on Home.

| chapter | terms |
|---|---|
"""
CHAPTER_HEAD = """# Glossary: {title}

One sentence each. The links open the view where a term is seen, while the app runs on this computer
(`make app`). [All terms](../glossary.md)

"""
# What README shows of each chapter: its picture's name to the link.
PICTURES = {
    "convolution": "convolution?step=23",
    "networks": "networks?image=3",
    "training": "training?network=cifar10_resnet",
    "cam": "cam?image=1",
    "attack": "attack?network=A&epsilon=24",
    "yours": "yours",
}
# What the last chapter shows the check of: a layer that moves by the stride in one direction alone.
HOMEWORK = """import torch


def conv2d(image, weight, bias=None, stride=1):
    filters, _, height, width = weight.shape
    rows = (image.shape[2] - height) // stride + 1
    columns = image.shape[3] - width + 1
    output = torch.zeros(len(image), filters, rows, columns)
    for row in range(rows):
        for column in range(columns):
            top = row * stride
            window = image[:, None, :, top : top + height, column : column + width]
            output[:, :, row, column] = (window * weight).sum((2, 3, 4))
    return output if bias is None else output + bias[:, None, None]
"""
LARGEST = 120_000  # bytes of a picture
QUALITIES = range(90, 40, -10)  # of WebP, the best that is small enough


@click.command(cls=Command, short_help="Write what of docs/ is made from the project.")
@options.folder("--out", DOCS, "Folder of the documents.")
@click.option("--pictures", is_flag=True, help="Draw the README's pictures of the app, too.")
def documents(out: Path, pictures: bool) -> None:
    """Write the glossary as pages, from the file that the app's tooltips are made from; and, where
    it is asked for, the README's pictures, each a view of the app in a window of 1280 x 720.
    """
    check_writable(out=out)
    for name, text in glossary_pages().items():
        make_folders(out=(out / name).parent)
        write_whole(out / name, text.encode())
    print(f"{len(glossary.terms())} terms are in {out / GLOSSARY}.")
    if pictures:
        _draw(out / "pictures")
        print(f"{len(PICTURES)} pictures are in {out / 'pictures'}.")


def glossary_pages() -> dict[str, str]:
    """The glossary as pages of Markdown: the name of each file, and its text."""
    pages, rows = {}, []
    for chapter, title in TITLES.items():
        found = [term for term in glossary.terms() if term.chapter == chapter]
        if not found:
            continue
        name = f"glossary/{chapter}.md"
        pages[name] = CHAPTER_HEAD.format(title=title) + glossary.as_table(found) + "\n"
        links = ", ".join(f"[{term.name}]({name}#{term.anchor})" for term in found)
        rows.append(f"| [{title}]({name}) | {links} |\n")
    return {GLOSSARY: HEAD + "".join(rows), **pages}


def _draw(folder: Path) -> None:
    make_folders(out=folder)
    with (
        browsing() as page,
        tempfile.TemporaryDirectory() as visits,
        serving(environment=_with_a_check(Path(visits))) as address,
        counting_bar(" pictures") as progress,
    ):
        for number, (name, link) in enumerate(PICTURES.items(), 1):
            opened = open_link(page, address, f"/{link}")
            if opened.faults:
                raise Failure(f"The view {link} cannot be shown: {opened.faults[0]}")
            write_whole(folder / f"{name}.webp", compressed(opened.picture))
            progress(number, len(PICTURES))


def _with_a_check(folder: Path) -> dict[str, str]:
    """Variables of an app that shows the check of a homework, and trains in the same folder."""
    file = folder / "homework.py"
    file.write_text(HOMEWORK, "utf-8")
    command = (sys.executable, "train_all.py", "check", str(file), "--runs-dir", str(folder))
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)  # 1: it has a fault
    return {"CNN_STATE": str(folder / "visits"), "CNN_REPORTS": str(folder / "check")}


def compressed(picture: bytes) -> bytes:
    """A picture as WebP of at most 120 kB, without a loss where that is small enough.

    Args:
        picture: of the window, a PNG file.

    Raises:
        Failure: even the worst quality is larger.
    """
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    tries: list[dict[str, Any]] = [{"lossless": True}, *({"quality": one} for one in QUALITIES)]
    for settings in tries:
        file = io.BytesIO()
        image.save(file, "WEBP", method=6, **settings)
        if file.tell() <= LARGEST:
            return file.getvalue()
    raise Failure(f"A picture is larger than {LARGEST // 1000} kB: choose a view with less in it")
