"""The page as Streamlit runs it: the last report, or one that is uploaded, and nothing else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.chapters.yours import reports
from core.checking.results import Question, Report, to_json
from tests.app.chapters.opened import chart_rows, grids, open_chapter, texts
from tests.core.checking.reports import HINT, flipped, part, report, right
from tests.test_architecture import reaches


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(reports.VARIABLE, str(tmp_path))
    return tmp_path


def opened(folder: Path, found: Report, **link: str) -> AppTest:
    (folder / "homework.json").write_bytes(to_json(found))
    return open_chapter("yours", **link)


def test_without_a_report_the_page_says_how_one_is_made(folder: Path):
    app = open_chapter("yours")
    assert "Check your homework with the line below" in texts(app)
    assert app.code[0].value == reports.COMMAND
    assert not app.error


def test_the_first_wrong_part_is_open_at_its_first_wrong_cell(folder: Path):
    app = opened(folder, report())
    assert app.session_state["yours.part"] == "conv"
    assert flipped().sentence in texts(app)
    assert HINT in texts(app)
    scene = grids(app)
    assert scene["step"] == 1
    assert [grid["title"] for grid in scene["grids"]][-2:] == ["Ours 2 × 3", "Yours 2 × 3"]
    assert scene["sentences"][1].endswith("= 0. Yours: −2, wrong")
    assert "Not in the file: ResNet" in texts(app)


def test_the_button_goes_from_wrong_cell_to_wrong_cell_and_begins_again(folder: Path):
    app = opened(folder, report())
    steps = []
    for _ in range(3):
        next(one for one in app.button if "wrong cells" in one.label).click().run()
        assert not app.exception
        steps.append((grids(app)["step"] + 1, app.query_params.get("step")))
    assert steps == [(5, "5"), (6, "6"), (2, None)]  # where the page begins is not in its address


def test_a_failure_and_what_is_right_are_lists_of_what_was_asked(folder: Path):
    app = opened(folder, report(), part="mnist")
    assert "It ran for 5 s without an end." in texts(app)
    assert "failed: shapes" in texts(app)
    assert "not asked: bias" in texts(app)
    app = opened(folder, right(), part="cam")
    assert ":material/check\\_circle:" not in texts(app)
    assert "right: values" in texts(app)


def test_a_part_that_could_not_be_asked_says_why(folder: Path):
    why = replace(flipped(), sentence="It is a class.", case=None)
    asked = (Question("a map comes", "beyond", why), Question("its size", "not asked"))
    app = opened(folder, replace(report(), parts=(part("cam", *asked),)))
    assert "It is a class." in texts(app)
    assert not app.exception


def test_what_does_not_count_is_told_of_a_part_that_is_right(folder: Path):
    seen = replace(flipped(), sentence="It relies on its caller.", case=None)
    asked = (Question("values", "right"), Question("mode", "beyond", seen))
    app = opened(folder, replace(report(), parts=(part("cam", *asked),)))
    assert "Does not count, mode: It relies on its caller." in texts(app)


def test_the_link_of_a_finding_opens_the_case_in_the_first_chapter(folder: Path):
    app = opened(folder, report())
    (link,) = [one for one in app.get("page_link") if "The same case" in one.proto.label]
    assert link.proto.page == "convolution"
    assert "source=Numbers" in link.proto.query_string


def test_their_curves_lie_over_ours(folder: Path):
    app = opened(folder, report(), view="Curves")
    lines = {row["line"] for row in chart_rows(app, 1)}
    assert lines == {
        f"{run}: {part}" for run in ("yours", "ours") for part in ("training", "validation")
    }
    validation = [row["loss"] for row in chart_rows(app, 1) if row["line"] == "yours: validation"]
    assert validation == [0.4]  # the second epoch has none
    assert "2 epochs, validation accuracy 90.00% at the end" in texts(app)
    app = opened(folder, replace(report(), history=()), view="Curves")
    assert "This report has no training" in texts(app)


def test_the_newest_report_is_shown_and_a_damaged_one_is_one_sentence(folder: Path):
    (folder / "old.json").write_bytes(to_json(right()))
    app = opened(folder, report())
    assert flipped().sentence in texts(app)
    (folder / "homework.json").write_bytes(b"<script>")
    app = open_chapter("yours")
    assert [error.value.partition(" (")[0] for error in app.error] == [
        "homework.json is no report of a check"
    ]


def test_markup_in_a_report_is_shown_to_the_letter(folder: Path):
    content = json.loads(to_json(report()))
    hostile = "<img src=x> **b** :red[$x$] `c` [l](http://example.org)"
    finding = content["parts"][0]["questions"][1]["finding"]
    finding["sentence"] = finding["hint"] = content["file"] = hostile
    content["parts"][0]["title"] = content["parts"][8]["title"] = hostile
    content["parts"][0]["questions"][1]["name"] = hostile
    (folder / "homework.json").write_text(json.dumps(content))
    app = open_chapter("yours")
    assert not app.error
    assert hostile not in texts(app)
    assert r"\<img src=x\> \*\*b\*\*" in texts(app)


def test_a_case_that_does_not_fit_is_one_sentence(folder: Path):
    content = json.loads(to_json(report()))
    content["parts"][0]["questions"][1]["finding"]["case"]["settings"]["stride"] = 10**6
    (folder / "homework.json").write_text(json.dumps(content))
    app = open_chapter("yours")
    assert [error.value[:36] for error in app.error] == ["The numbers of this case do not belo"]


def test_an_uploaded_report_comes_before_the_last_check(folder: Path):
    app = opened(folder, right())
    assert flipped().sentence not in texts(app)
    (uploader,) = app.get("file_uploader")
    uploader.set_value(("mine.json", to_json(report()), "application/json")).run()
    assert not app.exception
    assert flipped().sentence in texts(app)
    assert "In use: mine.json" in "".join(one.value for one in app.text)


def test_the_page_reaches_nothing_that_runs_foreign_code():
    assert reaches("app/chapters/yours/page.py", "core.checking.worker") == []
    assert reaches("commands/check.py", "core.checking.worker")
