"""app.server.assets: Streamlit's files, compressed once."""

import gzip
import shutil
import subprocess
from pathlib import Path

import pytest

from app.server import assets

SCRIPT = b"const numbers = [1, 2, 3];\n" * 400


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "js").mkdir(parents=True)
    (folder / "js" / "a.js").write_bytes(SCRIPT)
    (folder / "font.woff2").write_bytes(b"wOF2")
    return folder


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_script_has_its_compressed_copies_beside_it(tmp_path: Path, source: Path) -> None:
    folder = tmp_path / "static"
    assets.prepare(folder, source)
    zstd = {"js/a.js.zst"} if shutil.which("zstd") else set()
    assert names(folder) == {"js/a.js", "js/a.js.gz", "font.woff2", *zstd}
    assert (folder / "js" / "a.js").read_bytes() == SCRIPT
    assert gzip.decompress((folder / "js" / "a.js.gz").read_bytes()) == SCRIPT
    if zstd:
        read = ["zstd", "-d", "-c", str(folder / "js" / "a.js.zst")]
        assert subprocess.run(read, capture_output=True, check=True).stdout == SCRIPT


def test_a_newer_streamlit_adds_its_files_and_keeps_those_of_open_pages(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "static"
    assets.prepare(folder, source)
    (source / "js" / "a.js").rename(source / "js" / "b.js")
    assets.prepare(folder, source)
    assert {"js/a.js", "js/b.js", "js/b.js.gz"} <= names(folder)
    monkeypatch.setattr(assets, "_write", lambda *_: pytest.fail("written again"))
    assets.prepare(folder, source)


def test_without_zstd_gzip_does(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assets.prepare(tmp_path / "static", source)
    assert names(tmp_path / "static") == {"js/a.js", "js/a.js.gz", "font.woff2"}


def test_the_installed_streamlit_has_its_files_where_they_are_looked_for() -> None:
    found = names(assets.streamlits())
    assert any(name.startswith("js/index.") for name in found)


def test_where_no_cache_can_be_made_the_temporary_folder_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert assets.kept_folder(tmp_path / "own") == tmp_path / "cnn-explainer" / "static"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert assets.kept_folder(tmp_path / "own") == tmp_path / "own"
