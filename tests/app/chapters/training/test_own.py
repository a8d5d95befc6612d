"""A training of one's own over ours: its curves, its words, and what is wrong with a bad file."""

import pyarrow as arrow
from streamlit.testing.v1 import AppTest

from core import checkpoints
from tests.app.chapters.opened import open_chapter, texts

METRICS = "epoch,step,train_loss,val_acc\n0,9,0.9,\n0,9,,0.5\n1,18,0.4,\n1,18,,0.75\n"


def give(app: AppTest, name: str, content: str) -> None:
    (uploader,) = app.get("file_uploader")
    uploader.set_value((name, content.encode(), "text/csv")).run()
    assert not app.exception


def points(app: AppTest, index: int, quantity: str) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for one in app.get("vega_lite_chart")[index].proto.datasets:
        for row in arrow.ipc.open_stream(one.data.data).read_pandas().to_dict("records"):
            if "epoch" in row and quantity in row:
                found.setdefault(row["line"], []).append((row["epoch"], row[quantity]))
    return found


def test_own_curves_lie_over_ours_until_they_are_removed(no_data) -> None:
    app = open_chapter("training", network="cifar10_resnet")
    assert "yours: validation" not in points(app, 0, "accuracy")
    give(app, "<b>_mine.csv", METRICS)
    accuracy, loss = points(app, 0, "accuracy"), points(app, 1, "loss")
    assert accuracy["yours: validation"] == [(1, 0.5), (2, 0.75)]
    assert "yours: training" not in accuracy
    assert [one.label for one in app.metric][:1] == ["Ours: validation accuracy"]
    assert loss["yours: training"] == [(1, 0.9), (2, 0.4)]
    ours = checkpoints.load_card("cifar10_resnet")
    assert [value for _, value in accuracy["ours: validation"]] == [
        *(one["validation_accuracy"] for one in ours["history"]),
        ours["result"]["validation_accuracy"],  # a diamond
    ]
    said = texts(app)
    assert "mine.csv: 2 epochs, validation accuracy 75.00% at the end. Ours: ResNet" in said
    assert "<b>" not in said
    final = f"{ours['result']['validation_accuracy']:.2%}"
    assert f"About our training. Diamond: the final {final}." in said
    next(one for one in app.button if one.label == "Remove it").click().run()
    assert "yours: validation" not in points(app, 0, "accuracy")


def test_a_file_without_a_training_is_told_in_one_sentence_and_changes_nothing(no_data) -> None:
    app = open_chapter("training")
    before = points(app, 0, "accuracy")
    give(app, "grades.csv", "name,points\nAda,3\n")
    (refused,) = [one.value for one in app.warning]
    assert refused.replace("\\", "") == (
        "grades.csv is no history of a training (expected columns epoch, loss, accuracy, val_loss "
        "and val_accuracy, or some of them)"
    )
    assert points(app, 0, "accuracy") == before
