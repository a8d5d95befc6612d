"""app.ui.gallery_chart: which picture is outlined."""

from app.ui import gallery_chart


def test_the_gallery_outlines_the_picked_picture() -> None:
    spec = gallery_chart.gallery(
        ["a", "b", "c", "d", "e", "f"], [3, 5, 8, 9, 11, 12], list("uvwxyz"), 8
    )
    assert [row["number"] for row in spec["data"]["values"]] == [3, 5, 8, 9, 11, 12]
    assert {(row["x"], row["y"]) for row in spec["data"]["values"]} == {
        (0, 0),
        (1, 0),
        (2, 0),
        (3, 0),
        (4, 0),
        (0, 1),
    }
    assert "datum.number === 8" in str(spec["layer"][-1])
    assert {row["mark"] for row in spec["data"]["values"]} == {""}
    assert gallery_chart.gallery([], [], [], None)["data"]["values"] == []


def test_a_wrong_picture_has_a_cross_that_can_be_read() -> None:
    spec = gallery_chart.gallery(["a", "b", "c"], [3, 5, 8], list("uvw"), 8, wrong=[5, 99])
    marks = {row["number"]: row["mark"] for row in spec["data"]["values"]}
    assert marks == {3: "", 5: "✕", 8: ""}
    _, paper, cross, frames = spec["layer"]
    assert "params" in frames, "the frame is above the cross, so that the cross can be clicked"
    assert paper["transform"] == cross["transform"] == [{"filter": "datum.mark === '✕'"}]
    assert cross["mark"]["fontSize"] >= 12
