"""core.report.measurements: the content of the two results, from tiny inputs, part by part."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from core import checkpoints, faithfulness, homework, robustness
from core.attacks import PGD
from core.checkpoints import results
from core.data.facts import LabelledImages, facts, to_unit
from core.data.samples import load_samples
from core.models import Saturated, bounds_of, to_input
from core.report import measurements
from core.report.measurements import CamSetting
from core.robustness import Task

SETTING = CamSetting("bilinear", draws=1, seed=3, precision="fp32")
PHOTOS = load_samples("cifar10").images[:3]
DIGITS = LabelledImages(load_samples("mnist").images[:6], load_samples("mnist").labels[:6])
LOADED = {network: checkpoints.load(name) for network, name in homework.ATTACKED.items()}
EPSILONS = (0, 16)


def cam(runs: Path, images: Tensor = PHOTOS, progress: list | None = None) -> dict:
    steps = [] if progress is None else progress
    return measurements.measure_cam(
        checkpoints.load(homework.RESNET),
        images,
        SETTING,
        validated_on="three pictures",
        device=torch.device("cpu"),
        runs=runs,
        on_progress=lambda done, total: steps.append((done, total)),
    )


def attack(runs: Path, progress: list | None = None) -> dict:
    steps = [] if progress is None else progress
    return measurements.measure_attacks(
        LOADED,
        DIGITS,
        EPSILONS,
        validated_on="six digits",
        samples=DIGITS.subset(slice(2)),
        runs=runs,
        on_progress=lambda done, total: steps.append((done, total)),
    )


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict, list]:
    """The attacks' result with the folder of its parts, and what was told on the way."""
    runs, progress = tmp_path_factory.mktemp("attacks"), []
    return runs, attack(runs, progress), progress


def layout(content: object) -> object:
    """The keys of a result and the types of what they hold, of a list those of its first entry."""
    if isinstance(content, dict):
        return {key: layout(value) for key, value in content.items()}
    if isinstance(content, list):
        return [layout(content[0])]
    return type(content)


def as_written(content: dict, name: str) -> dict:
    """What a result holds after it was written, without its origin."""
    shipped = {key: content[key] for key in homework.RESULTS[name].keys}
    return dict(json.loads(json.dumps(shipped)))


def test_the_layouts_are_those_of_the_shipped_results(measured, tmp_path: Path) -> None:
    for name, content in (
        (homework.CAM_RESULT, cam(tmp_path)),
        (homework.ATTACK_RESULT, measured[1]),
    ):
        shipped, written = results.load(name), as_written(content, name)
        assert layout(written) == layout({key: shipped[key] for key in written})


def test_the_curves_are_the_means_of_those_of_every_picture(tmp_path: Path) -> None:
    content = cam(tmp_path)
    layers = torch.channels_last  # another order of sums gives another order of equal pixels
    model = checkpoints.load(homework.RESNET).model.to(memory_format=layers)
    images = to_unit(PHOTOS).contiguous(memory_format=layers)
    for kind in ("deletion", "insertion"):
        right = faithfulness.compare(
            model,
            images,
            model(images).argmax(1),
            fill=torch.tensor(facts("cifar10").mean),
            insert=kind == "insertion",
            draws=(1, 1),
            seed=3,
        )
        for ranking, curves in right.items():
            assert content[kind][ranking] == pytest.approx(curves.mean(0).tolist(), abs=1e-6)
    card = checkpoints.load_card(homework.RESNET)
    assert content["network"] == card["weights"]["sha256"]
    assert (content["pictures"], content["validated_on"]) == (3, "three pictures")
    assert content["shares"] == list(faithfulness.SHARES)
    assert (content["method"], content["draws"], content["precision"]) == ("bilinear", 1, "fp32")


def test_means_weigh_every_picture_alike() -> None:
    parts = [{"deletion": {"hot": [[1.0, 0.0], [0.5, 0.5]]}}, {"deletion": {"hot": [[0.0, 1.0]]}}]
    assert measurements.mean_curves(iter(parts), 3) == {"deletion": {"hot": [0.5, 0.5]}}


def test_the_rates_are_those_of_robustness(measured) -> None:
    content = measured[1]
    models = {
        "A": LOADED["A"].model,
        "B": LOADED["B"].model,
        "M": Saturated(LOADED["A"].model),
    }
    images, bounds = to_input(models["A"], DIGITS.images), bounds_of(models["A"])
    assert len(content["rates"]) == len(homework.EVALUATED) * 3 * len(EPSILONS)
    for row in content["rates"]:
        task = homework.EVALUATED[row["attack"]]
        chosen = slice(None) if task.source is None else DIGITS.labels == 1
        success = task.success(
            models[row["model"]], images[chosen], DIGITS.labels[chosen], row["epsilon"], bounds
        )
        assert (row["successes"], row["inputs"]) == (int(success.sum()), len(success))
    task = homework.EVALUATED[homework.FIRST]
    for pair, shares in content["transfer"].items():
        assert shares == [
            robustness.transfer_rate(
                task, models[pair[0]], models[pair[1]], images, DIGITS.labels, epsilon, bounds
            )
            for epsilon in EPSILONS
        ]
    assert (content["images"], content["epsilons"]) == (6, [0, 16])
    assert content["validated_on"] == "six digits"


def test_the_breaking_epsilons_are_those_that_ship(measured) -> None:
    shipped, content = results.load(homework.ATTACK_RESULT), measured[1]
    assert content["networks"] == shipped["networks"]
    assert set(content["breaking"]) == set(shipped["breaking"])
    for network, epsilons in content["breaking"].items():
        assert epsilons == shipped["breaking"][network][:2]


def test_an_epsilon_that_no_attack_reaches_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        robustness,
        "breaking_epsilons",
        lambda *arguments, **settings: torch.tensor([3.0, torch.inf]),
    )
    monkeypatch.setattr(measurements, "attack_work", lambda *one: [("breaking", "A", "")])
    assert attack(tmp_path)["breaking"] == {"A": [3.0, None]}


def test_the_work_is_done_in_the_order_of_the_result() -> None:
    work = measurements.attack_work("ABM", "AB", (0, 8))
    assert work[:3] == [
        ("task 1: untargeted", "A", "0"),
        ("task 1: untargeted", "A", "8"),
        ("task 1: untargeted", "B", "0"),
    ]
    assert work[30:34] == [
        ("transfer", "AB", "0"),
        ("transfer", "AB", "8"),
        ("transfer", "BA", "0"),
        ("transfer", "BA", "8"),
    ]
    assert work[34:] == [("breaking", "A", ""), ("breaking", "B", ""), ("breaking", "M", "")]


def test_results_that_do_not_fit_the_work_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        measurements.sorted_results([("breaking", "A", ""), ("breaking", "B", "")], [[1.0]])


def test_what_was_measured_is_not_measured_again(
    measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, attacked, progress = measured
    total = len(measurements.attack_work("ABM", "AB", EPSILONS))
    assert progress == [(done, total) for done in range(1, total + 1)]
    progress = []
    maps = cam(tmp_path, progress=progress)
    assert progress == [(3, 3)]
    for module, name in (
        (faithfulness, "compare"),
        (robustness, "rate"),
        (robustness, "transfer_rate"),
        (robustness, "breaking_epsilons"),
    ):
        monkeypatch.setattr(module, name, lambda *one, **two: pytest.fail("measured again"))
    assert json.dumps(attack(runs)) == json.dumps(attacked)
    assert json.dumps(cam(tmp_path)) == json.dumps(maps)


@pytest.mark.parametrize(
    "change",
    [
        lambda patch: patch.setitem(
            measurements.EVALUATED, homework.SECOND, Task(PGD, 1, 8, max_gradients=1)
        ),
        lambda patch: patch.setattr(Saturated.__init__, "__defaults__", (1e3,)),
    ],
)
def test_another_attack_is_measured_anew(
    measured, monkeypatch: pytest.MonkeyPatch, change: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """One gradient in place of 100 is another result, and so is another M."""
    change(monkeypatch)
    monkeypatch.setattr(measurements, "_measure_attack", lambda *one, **two: 7.0)
    assert attack(measured[0])["breaking"] == dict.fromkeys("ABM", 7.0)


def test_images_say_what_they_are(tiny_mnist: Path) -> None:
    def called(count: int) -> tuple[int, str]:
        images, title = measurements.test_images("mnist", tiny_mnist, count, download=False)
        return len(images), title

    assert called(100) == (100, "the test images")
    assert called(1_000) == (100, "the test images")
    assert called(30) == (30, "the first 30 of the test images")


def test_without_the_data_the_bundled_pictures_are_taken(tmp_path: Path) -> None:
    images, title = measurements.cam_images("cifar10", tmp_path, 100, download=False)
    assert (len(images), title) == (20, "the bundled pictures")
    images, title = measurements.cam_images("cifar10", tmp_path, 4, download=False)
    assert torch.equal(images.images, load_samples("cifar10").images[:4])
    assert title == "the first 4 of the bundled pictures"


def test_with_the_data_the_test_images_are_taken(tiny_mnist: Path) -> None:
    images, title = measurements.cam_images("mnist", tiny_mnist, 30, download=False)
    assert (len(images), title) == (30, "the first 30 of the test images")
