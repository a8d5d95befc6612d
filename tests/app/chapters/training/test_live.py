"""The view of trainings to watch, run as Streamlit runs it."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from app.chapters.training import live_setting
from app.chapters.training.live_setting import Setting
from app.ui import mine, visit_folders
from app.ui.mine import Visits
from app.ui.visit_folders import KeptRun, KeptVisit
from core.data.facts import DATA_VARIABLE
from core.training.recipes import RECIPES
from tests.app.chapters.opened import chart_rows, open_chapter, texts

VIEW = {"view": "Train it now"}


@pytest.fixture(autouse=True)
def visitors(monkeypatch: pytest.MonkeyPatch) -> Visits:
    monkeypatch.setattr(mine, "VISITS", Visits())
    return mine.VISITS


def choices(app: AppTest, key: str) -> list[str]:
    (found,) = [one for one in app.get("button_group") if one.key == f"training.{key}"]
    return list(found.options)


def legend(app: AppTest) -> str:
    return "\n".join(one.proto.body for one in app.get("html"))


def test_without_data_it_takes_the_bundled_digits(no_data):
    app = open_chapter("training", **VIEW)
    assert app.button("start_training").label == "Train the small CNN now"
    assert choices(app, "images") == ["1,000", "8,000"]
    assert (
        "Trains on 8,000 of the 10,000 bundled digits of MNIST, validates on 2,000 others."
    ) in texts(app)
    assert {row["run"] for row in chart_rows(app, 0)} == {"as shipped"}
    assert app.expander[0].label == "Train on all 60,000"
    assert "the button below downloads it there" in app.expander[0].info[0].value
    assert str(no_data) in texts(app)
    assert "train_all" not in texts(app)
    assert app.button("download_mnist")
    app = open_chapter("training", images="60000", **VIEW)
    assert "expected “1,000” or “8,000”, got “60000”" in texts(app)


def test_with_data_it_offers_all_images(tiny_mnist, monkeypatch):
    monkeypatch.setenv(DATA_VARIABLE, str(tiny_mnist))
    app = open_chapter("training", **VIEW)
    assert app.slider("training.epochs").value == 5
    assert not app.get("button_group")[0].disabled
    assert choices(app, "images") == ["1,000", "8,000", "10,000", "60,000"]
    assert "Trains on all 300 training images of MNIST, validates on all 100 test" in texts(app)
    assert "bundled digits of MNIST" not in texts(app)
    assert not [one for one in app.expander if "all" in one.label]
    app = open_chapter("training", images="8000", **VIEW)
    assert "bundled digits of MNIST" in texts(app), "the same curve on every computer"


@pytest.mark.parametrize(
    ("compare", "titles"),
    [
        ("Learning rate", ("Adam, rate 0.001, batch 64", "Adam, rate 0.1, batch 64")),
        ("Momentum", ("SGD, rate 0.1, batch 64", "SGD, momentum 0.9, rate 0.1, batch 64")),
        ("Batch size", ("Adam, rate 0.01, batch 16", "Adam, rate 0.01, batch 512")),
        ("Own", ("Adam, rate 0.01, batch 64",) * 2),
    ],
)
def test_two_runs_differ_in_what_is_compared(no_data, compare, titles):
    app = open_chapter("training", compare=compare, **VIEW)
    for number, title in enumerate(titles, 1):
        assert f"<b>Run {number}:</b> {title}" in legend(app)
    assert app.button("start_training").label == "Train the small CNN twice"


def test_settings_of_ones_own_stand_in_the_link_and_bad_ones_are_a_sentence(no_data):
    link = {"compare": "Own", "optimizer_2": "SGD", "learning_rate_2": "0.0005", "batch_size": "8"}
    app = open_chapter("training", **VIEW, **link)
    assert "<b>Run 1:</b> Adam, rate 0.01, batch 8" in legend(app)
    assert "<b>Run 2:</b> SGD, rate 0.0005, batch 64" in legend(app)
    app.number_input("training.batch_size_2").set_value(9_999).run()
    assert "SGD, rate 0.0005, batch 2048" in legend(app)
    bad = {"learning_rate": "7", "learning_rate_2": "fast", "batch_size": "0", "optimizer": "RAdam"}
    app = open_chapter("training", **VIEW, **bad | {"compare": "Own"})
    said = texts(app)
    assert "“learning_rate” is left out: expected a number from 0.0001 to 1, got “7”" in said
    assert "“learning_rate_2” is left out: expected a number from 0.0001 to 1, got “fast”" in said
    assert "“batch_size” is left out: expected a whole number from 1 to 2048, got “0”" in said
    assert "“optimizer” is left out: expected “Adam”, “SGD” or “SGD, momentum 0.9”" in said
    app = open_chapter("training", learning_rate="0.05", **VIEW)
    assert "expected 0.001, 0.01 or 0.1, got “0.05”" in texts(app)


@pytest.mark.parametrize(
    ("setting", "arguments", "said"),
    [
        (
            Setting(8_000, 5, bundled=True),
            "--epochs 5 --lr 0.01 --batch-size 64 --limit 8000 --set bundled=True --held-out 2000",
            "Trains on 8,000 of the 10,000 bundled digits of MNIST, validates on 2,000 others.",
        ),
        (
            Setting(1_000, 2, False, 0.1, "SGD, momentum 0.9", 16),
            "--epochs 2 --lr 0.1 --batch-size 16 --limit 1000 --set optimizer=sgd "
            "--set momentum=0.9",
            "Trains on the first 1,000 of 60,000 training images of MNIST, validates on the first "
            "1,000 of 10,000 test images.",
        ),
    ],
)
def test_a_training_says_what_it_trains_on(setting, arguments, said):
    assert " ".join(setting.arguments) == f"mnist --no-download --device cpu {arguments}"
    assert setting.data() == said


def test_a_run_is_recognised_by_its_settings():
    base = Setting(1_000, 2, bundled=True)
    assert RECIPES["mnist_cnn"].learning_rate == base.learning_rate
    assert live_setting.compared([base]) == "One run"
    assert live_setting.compared([base, base]) == "Own"
    pair = [Setting(1_000, 2, True, batch_size=16), Setting(1_000, 2, True, batch_size=512)]
    assert live_setting.compared(pair) == "Batch size"


def watch(app: AppTest) -> None:
    end = time.monotonic() + 120
    while any(run.job.is_active for run in app.session_state[mine.HELD].visit.runs):
        assert time.monotonic() < end
        time.sleep(0.1)
    app.run()
    assert not app.exception


def opens_elsewhere() -> None:
    """Both networks of a visitor in the other chapters."""
    maps = open_chapter("networks", network="Mine 2")
    assert "Mine 2, a small CNN (SGD, momentum 0.9, rate 0.1, batch 64) on digit" in texts(maps)
    number = open_chapter("networks", network="Mine", view="One number", cell="conv1-0-4-4")
    assert "Mine, a small CNN (SGD, rate 0.1, batch 64) on digit" in texts(number)
    kernel = open_chapter("convolution", kernel="Mine 2, learned 1 of 3")
    assert "with Mine 2, learned 1 of 3" in texts(kernel)
    for view in ("Live", "Step by step", "All epsilons", "Robust, or hiding?"):
        attacked = open_chapter("attack", network="Mine 2", view=view)
        assert not attacked.exception
        assert not attacked.error or "classifies none" in attacked.error[0].value
    assert "Mine 2: a small CNN, pixels from 0 to 1" in texts(attacked)


def test_two_runs_are_watched_found_again_and_opened_elsewhere(no_data, monkeypatch, visitors):
    """One long story, since two trainings take their seconds."""
    monkeypatch.setattr(live_setting, "IMAGES", (320,))
    monkeypatch.setattr(live_setting, "BUNDLED", 320)
    link = VIEW | {"compare": "Momentum", "epochs": "1"}
    app = open_chapter("training", **link)
    app.button("start_training").click().run()
    assert app.button("stop_training")
    assert app.slider("training.epochs").disabled
    watch(app)
    assert "validates on 320 others. Training is measured before each step" in texts(app)
    rows = chart_rows(app, 0)
    assert {row["run"] for row in rows} == {"Run 1", "Run 2", "as shipped"}
    assert {row["part"] for row in rows} == {"training", "validation"}
    assert rows[0]["epoch"] < 1

    (visit,) = visitors._visits.values()
    monkeypatch.setattr(mine, "_name", lambda: visit.name)
    again = open_chapter("training", **link)
    assert chart_rows(again, 0) == rows
    assert "the last training" not in texts(again)
    other = open_chapter("training", **link | {"epochs": "2"})
    assert chart_rows(other, 0) == rows
    assert (
        "This is the last training, of 1 epoch: train again for the settings chosen now.** Trains "
        "on "
    ) in texts(other)
    assert not again.get("button_group")[0].disabled
    weights = [run.job.kept for run in visit.runs]
    assert weights[0] != weights[1]

    opens_elsewhere()
    monkeypatch.setattr(mine, "_name", lambda: "")
    assert {row["run"] for row in chart_rows(open_chapter("training", **link), 0)} == {"as shipped"}


def test_a_restart_of_the_server_loses_no_finished_epoch(no_data, monkeypatch, visitors):
    monkeypatch.setattr(live_setting, "IMAGES", (320,))
    monkeypatch.setattr(live_setting, "BUNDLED", 320)
    link = VIEW | {"epochs": "8"}
    app = open_chapter("training", **link)
    app.button("start_training").click().run()
    (visit,) = visitors._visits.values()
    before = visit.runs[0].job
    end = time.monotonic() + 60
    while not before.events("epoch"):
        assert time.monotonic() < end
        time.sleep(0.01)
    before._work._process.kill()  # as a machine that goes down
    while before.is_active:
        time.sleep(0.01)
    finished = before.events("epoch")
    assert 1 <= len(finished) < 8

    monkeypatch.setattr(mine, "VISITS", Visits())  # a fresh server meets the cookie
    monkeypatch.setattr(mine, "_name", lambda: visit.name)
    again = open_chapter("training", **VIEW)
    job = again.session_state[mine.HELD].visit.runs[0].job
    assert job.events("epoch")[: len(finished)] == finished
    assert again.slider("training.epochs").value == 8
    watch(again)
    assert job.state == "done"
    assert [event["epoch"] for event in job.events("epoch")] == list(range(1, 9))
    assert job.events("epoch")[: len(finished)] == finished, "and none of them was trained again"
    steps = [(event["epoch"], event["step"]) for event in job.events("step")]
    assert steps == sorted(set(steps)), "each step is drawn once"
    assert job.kept


def test_settings_that_this_version_does_not_know_are_a_fresh_start(no_data, monkeypatch, visitors):
    name = "cd" * 16
    kept = {"images": 3, "epochs": 1, "bundled": True, "learning_rate": 0.1, "optimizer": "Lion"}
    run = KeptRun(folder="0123abcd", title="Lion", setting=kept, arguments=["mnist", "--help"])
    visit_folders.write_visit(name, KeptVisit(runs=[run]))
    monkeypatch.setattr(mine, "_name", lambda: name)
    app = open_chapter("training", **VIEW)
    assert not app.error
    assert app.button("start_training")
    assert "The curves will grow here" in texts(app)


@pytest.mark.parametrize(
    ("chapter", "link"),
    [
        ("networks", {"network": "Mine"}),
        ("networks", {"network": "Mine 2", "view": "One number"}),
        ("convolution", {"kernel": "Mine, learned 2 of 3"}),
        ("attack", {"network": "Mine"}),
    ],
)
def test_a_link_to_somebody_elses_network_is_one_sentence(no_data, chapter, link):
    app = open_chapter(chapter, **link)
    said = [line for line in texts(app).splitlines() if "left out" in line]
    assert said == [
        f":material/link_off: The link's “{next(iter(link))}” is left out: a network of one's own "
        "is there in the browser that trained it, for a week or until that is closed; here is the "
        "one that ships."
    ]
    assert not app.error


def test_a_run_that_cannot_go_on_is_a_sentence_beside_the_other(no_data, monkeypatch):
    monkeypatch.setattr(live_setting, "IMAGES", (64,))
    settings = (Setting(64, 1, True, 1.0), Setting(64, 1, False))
    monkeypatch.setattr(live_setting, "pick_settings", lambda comparison, *, off: settings)
    app = open_chapter("training", **VIEW)
    app.button("start_training").click().run()
    watch(app)
    assert len(app.error) == 1
    assert "MNIST" in app.error[0].value
    assert "train_all" not in app.error[0].value
    assert "links" not in app.error[0].value
    (link,) = {
        one.proto.query_string
        for one in app.get("page_link")
        if "network=" in one.proto.query_string
    }
    assert link == "network=Mine"
