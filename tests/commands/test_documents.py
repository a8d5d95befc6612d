"""The command ``documents``: what it makes is what stands in docs/."""

import io
import re
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
from PIL import Image

from app.ui import address
from commands import documents
from commands.main import main
from core import glossary
from core.chapters import TITLES
from core.failures import Failure

PICTURES = documents.DOCS / "pictures"


def test_the_pages_of_the_glossary_are_what_the_command_writes(tmp_path: Path):
    assert main(["documents", "--out", str(tmp_path)]) == 0
    made = {file.relative_to(tmp_path): file.read_text("utf-8") for file in tmp_path.rglob("*.md")}
    files = [documents.DOCS / documents.GLOSSARY, *(documents.DOCS / "glossary").glob("*")]
    stored = {file.relative_to(documents.DOCS): file.read_text("utf-8") for file in files}
    assert stored == made, "run: python train_all.py documents"


def test_each_term_is_on_one_page_and_in_the_list():
    pages = documents.glossary_pages()
    whole = pages.pop(documents.GLOSSARY)
    anchors = [term.anchor for term in glossary.terms()]
    assert len({*anchors}) == len(anchors)
    assert re.findall(r'<a id="([^"]+)">', "".join(pages.values())) == re.findall(
        r"\.md#([^)]+)\)", whole
    )
    assert sorted(re.findall(r"\.md#([^)]+)\)", whole)) == sorted(anchors)


def test_the_chapters_are_those_of_the_app():
    assert set(TITLES) == {one.chapter for one in address.PARAMETERS}


def test_every_chapter_has_a_picture_of_a_window_that_is_small_enough():
    chapters = {one.chapter for one in address.PARAMETERS}
    assert set(documents.PICTURES) == chapters
    assert {file.name for file in PICTURES.iterdir()} == {f"{name}.webp" for name in chapters}
    for file in PICTURES.iterdir():
        assert file.stat().st_size <= documents.LARGEST
        with Image.open(file) as picture:
            assert (picture.format, picture.size) == ("WEBP", (1280, 720))


def test_each_picture_is_of_a_view_as_the_app_reads_links():
    for name, link in documents.PICTURES.items():
        chapter, _, query = link.partition("?")
        values, refused = address.values(chapter, parse_qs(query, strict_parsing=bool(query)))
        assert (chapter, refused) == (name, [])
        assert len(values) == len(parse_qs(query))


def png(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def test_a_picture_of_few_colours_loses_nothing():
    picture = np.zeros((72, 128, 3), np.uint8)
    picture[20:40] = 200
    with Image.open(io.BytesIO(documents.compressed(png(picture)))) as again:
        assert np.array_equal(np.asarray(again), picture)


def test_noise_is_made_small_enough_or_refused(monkeypatch: pytest.MonkeyPatch):
    noise = png(np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8))
    monkeypatch.setattr(documents, "LARGEST", 2500)
    assert len(documents.compressed(noise)) <= 2500 < len(noise)
    monkeypatch.setattr(documents, "LARGEST", 100)
    with pytest.raises(Failure, match="A picture is larger than"):
        documents.compressed(noise)
