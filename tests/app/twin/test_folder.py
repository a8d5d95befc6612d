"""The check of a folder with the static twin finds what is wrong with it."""

import pytest

from app.twin import folder

PAGE = '<link href="site.css"><script src="site.js"></script><a href="index.html#here">Home</a>'
PAGE += "<p style='fill: url(#here)'></p>"


@pytest.fixture
def site(tmp_path):
    (tmp_path / "index.html").write_text(PAGE, "utf-8")
    (tmp_path / "site.css").write_text('@font-face { src: url("font.woff2"); }', "utf-8")
    (tmp_path / "site.js").write_text(
        'const kind = "http://www.w3.org/2000/svg", packed = "//OWPI+7qj2Xndy==";', "utf-8"
    )
    (tmp_path / "font.woff2").write_bytes(b"font")
    return tmp_path


def test_a_whole_folder_has_no_fault(site):
    assert folder.faults(site) == []


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("site.js", 'fetch("https://example.org/data")', "names another host"),
        ("site.css", "@import url(//example.org/a.css);", "names another host"),
        ("index.html", '<img src="gone.png">', "index.html names gone.png, which is not there"),
    ],
)
def test_a_fault_is_named(site, file, text, fault):
    (site / file).write_text(text, "utf-8")
    assert any(fault in one for one in folder.faults(site))


def test_a_folder_that_is_too_large_is_named(site, monkeypatch):
    monkeypatch.setattr(folder, "LARGEST_BYTES", 100)
    assert len(folder.faults(site)) == 1
    assert "at most" in folder.faults(site)[0]
