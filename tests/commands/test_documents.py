"""The command ``documents``: what it makes is what stands in docs/."""

from pathlib import Path

from commands import documents
from commands.main import main


def test_the_page_of_the_glossary_is_what_the_command_writes(tmp_path: Path):
    assert main(["documents", "--out", str(tmp_path)]) == 0
    made = (tmp_path / documents.GLOSSARY).read_text("utf-8")
    stored = (documents.DOCS / documents.GLOSSARY).read_text("utf-8")
    assert stored == made, "run: python train_all.py documents"
