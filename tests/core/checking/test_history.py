"""What students' programs write about a training is read; what is none is refused in a sentence."""

from pathlib import Path

import pytest

from core.checking.history import HistoryError, parse, read
from core.checking.results import Epoch


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


BOTH = (Epoch(1, 0.5, 0.8, 0.4, 0.85), Epoch(2, 0.25, 0.9, 0.3, 0.875))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "epoch,loss,accuracy,val_loss,val_accuracy\n0,.5,.8,.4,.85\n1,.25,.9,.3,.875\n"),
        (
            "b.csv",
            "\ufeffTrain Loss;Acc;Test Loss;testAcc\r\n0,5;80;0,4;85\r\n0,25;90;0,3;87,5\r\n",
        ),
        (
            "c.json",
            '{"loss": [0.5, 0.25], "accuracy": [0.8, 0.9], "val_loss": [0.4, 0.3], '
            '"val_accuracy": [0.85, 0.875], "lr": [1, 1]}',
        ),
        (
            "d.json",
            '[{"epoch": 1, "train_loss": 0.5, "train_acc": 80, "valid_loss": 0.4, '
            '"valid_acc": 85}, {"train_loss": 0.25, "train_acc": 90, "valid_loss": 0.3, '
            '"valid_acc": 87.5}]',
        ),
    ],
)
def test_every_usual_layout_gives_the_same_epochs(tmp_path: Path, name: str, content: str):
    assert read([written(tmp_path, name, content)]) == BOTH


def test_tensorboard_exports_a_file_for_each_quantity(tmp_path: Path):
    loss = "Wall time,Step,Value\n1700000000.5,0,0.5\n1700000001.5,1,0.25\n"
    accuracy = "Wall time,Step,Value\n1700000000.5,468,0.85\n1700000001.5,936,0.875\n"
    paths = [
        written(tmp_path, "run-.-tag-Loss_train.csv", loss),
        written(tmp_path, "run-.-tag-Accuracy_val.csv", accuracy),
    ]
    assert read(paths) == (
        Epoch(1, train_loss=0.5, validation_accuracy=0.85),
        Epoch(2, train_loss=0.25, validation_accuracy=0.875),
    )


def test_lightnings_rows_of_an_epoch_are_one_epoch(tmp_path: Path):
    content = (
        "epoch,step,train_loss_step,train_loss_epoch,val_acc,val_loss\n"
        "0,49,0.9,,,\n0,93,,,0.85,0.4\n0,93,,0.5,,\n"
        "1,149,0.3,,,\n1,187,,,0.875,0.3\n1,187,,0.25,,\n"
    )
    assert parse(content.encode(), "metrics.csv") == (
        Epoch(1, 0.5, None, 0.4, 0.85),
        Epoch(2, 0.25, None, 0.3, 0.875),
    )
    assert read([written(tmp_path, "metrics.csv", content)]) == parse(content.encode(), "a.csv")


def test_a_file_in_memory_is_refused_in_the_same_sentence(tmp_path: Path):
    with pytest.raises(HistoryError, match=r"^b\.csv is no history .+ \(expected col"):
        parse(b"a,b\n1,2\n", "b.csv")


def test_an_epoch_without_a_number_has_none(tmp_path: Path):
    path = written(tmp_path, "a.csv", "loss,val_loss\n0.5,\nnan,0.3\ninf,0.2\n")
    assert [epoch.train_loss for epoch in read([path])] == [0.5, None, None]
    assert [epoch.validation_loss for epoch in read([path])] == [None, 0.3, 0.2]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "Wall time,Step,Value\n1,0,0.3\n", "call it something like train_loss.csv"),
        ("a.csv", "", "expected a line with the names of the columns"),
        ("a.csv", b"\xff\xfe\x00", "expected text in UTF-8"),
        ("a.csv", "a,b\n1,2\n", "expected columns epoch, loss, accuracy"),
        ("a.csv", "loss,loss\n1,2\n", "two columns have one name"),
        ("a.csv", "loss,train loss\n1,2\n", "two columns mean train_loss"),
        ("a.csv", "loss,acc\n1\n", "expected 2 columns in every line, got 1 in line 2"),
        ("a.csv", "loss\n<b>x</b>\n", "got “<b>x</b>” as value 1 of 1"),
        (
            "a.csv",
            "loss,acc\n1,2\n\n3,x\n4,1\n",
            "in “acc”, got “x” as value 2 of 3",
        ),
        ("a.csv", "loss,acc\n1,2\n\n3\n", "expected 2 columns in every line, got 1 in line 4"),
        ("a.csv", "loss\n-1\n", "expected “loss” from 0 on"),
        ("a.csv", "acc\n101\n", "expected “acc” up to 1, or up to 100 percent"),
        ("a.csv", "loss\n" + "1\n" * 2001, "expected up to 2,000 epochs, got 2,001"),
        ("a.csv", "loss\n" * 2**19, "it is larger than 1 MB"),
        ("a.json", "{", "not readable as JSON"),
        ("a.json", "[" * 100_000, "not readable as JSON"),
        ("a.json", '{"loss": 3}', "an object with a list a quantity"),
        ("a.json", '{"loss": [1], "acc": [1, 1]}', "expected as many epochs of each, got [1, 2]"),
        ("a.json", '{"loss": [[1]]}', "expected numbers in “loss”"),
        ("a.json", '{"loss": [true]}', "expected numbers in “loss”"),
        ("a.json", '{"loss": []}', "expected columns epoch, loss, accuracy"),
    ],
)
def test_what_is_no_history_is_refused(tmp_path: Path, name: str, content: str | bytes, said: str):
    with pytest.raises(HistoryError, match=f"^{name} is no history of a training") as error:
        read([written(tmp_path, name, content)])
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(HistoryError, match=r"The history none\.csv cannot be read"):
        read([tmp_path / "none.csv"])
