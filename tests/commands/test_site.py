"""The command that writes the static twin."""

from commands.main import main


def test_the_site_is_written_and_its_size_said(tmp_path, capsys):
    out = tmp_path / "site"
    assert main(["site", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "MB, written to" in said
    assert {"index.html", "draw.html", "fool.html", "look.html"} <= {
        path.name for path in out.iterdir()
    }


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path, capsys):
    (tmp_path / "site").write_text("a file", "utf-8")
    assert main(["site", "--out", str(tmp_path / "site")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "site" in said
