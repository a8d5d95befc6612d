"""What may take long is computed beside the pages, with the same result; what is light is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from app.chapters.attack import questions
from app.chapters.attack.case import Case
from app.chapters.attack.controls import KINDS, AttackSetting
from app.ui import heavy, networks
from app.ui.beside import answers, workers
from app.ui.beside.line import Line
from app.ui.beside.workers import EndedError
from app.ui.gallery import ChosenImage
from core.data.samples import load_samples
from tests.app.chapters.opened import open_chapter, texts

LIGHT_VIEWS = ("Live", "Step by step", "All epsilons")


def case(name: str, gradients: int, attack: str = "PGD, cross-entropy") -> Case:
    network = networks.attacked_network(name)
    bundled = load_samples(network.dataset)
    setting = AttackSetting(attack, KINDS[attack].method, None, gradients)
    picture = ChosenImage(bundled.images[0], "test picture")
    return Case(name, network, picture, int(bundled.labels[0]), setting)


@pytest.fixture
def full_line(monkeypatch: pytest.MonkeyPatch) -> Line:
    """Others compute, and go on doing so for ever."""
    line = Line(1)
    monkeypatch.setattr(answers, "LINE", line)
    monkeypatch.setattr(answers, "LOOK", 0.02)
    monkeypatch.setattr(heavy, "LOOK", 0.02)
    line.join()
    return line


@pytest.mark.parametrize("model", ["A", "B", "M"])
@pytest.mark.parametrize("view", LIGHT_VIEWS)
@pytest.mark.usefixtures("no_data", "full_line")
def test_light_work_never_waits_behind_heavy_work(model: str, view: str) -> None:
    app = open_chapter("attack", view=view, network=model)
    assert not app.error
    assert f"network {model}" in texts(app)


@pytest.mark.parametrize(
    ("model", "gradients", "is_heavy"),
    [("A", 20, False), ("M", 100, False), ("ResNet", 20, False), ("ResNet", 100, True)],
)
def test_which_work_is_heavy_is_a_matter_of_its_cost(
    model: str, gradients: int, is_heavy: bool
) -> None:
    network = networks.attacked_network(model)
    assert questions.is_heavy(network, gradients) == is_heavy
    assert questions.is_heavy(network, 100 * gradients)
    assert not questions.is_heavy(network, 0)


def test_heavy_work_has_the_same_result_beside_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = case("A", 5)
    here = one.run(2, keep_pictures=True)
    smallest = one.smallest_epsilon()
    monkeypatch.setattr(heavy, "LIGHT", 0.0)
    beside = one.run(2, keep_pictures=True)
    assert answers.WORKERS.waiting, "another one has computed it"
    assert torch.equal(here.adversarial, beside.adversarial)
    assert torch.equal(here.trace.pictures, beside.trace.pictures)
    assert torch.equal(here.gradients, beside.gradients)
    assert one.smallest_epsilon() == smallest
    several = one.runs((0, 4))
    assert [bool(result.success[0]) for result in several] == [
        bool(case("A", 5).run(epsilon).success[0]) for epsilon in (0, 4)
    ]


def test_a_network_of_ones_own_is_read_again_from_its_file(checkpoint_copy) -> None:
    content = (checkpoint_copy / "mnist_model_a.safetensors").read_bytes()
    own, _ = networks.own_network(content, "mine.safetensors")
    assert own.source is not None
    again = networks.network_of(own.source)
    assert again.bounds == own.bounds
    assert all(map(torch.equal, again.model.parameters(), own.model.parameters()))
    small = networks.trained_here((checkpoint_copy / "mnist_cnn.safetensors").read_bytes())
    assert small.source is not None
    assert type(networks.network_of(small.source).model) is type(small.model)


def test_a_page_says_its_place_and_then_what_it_computes(
    no_data, checkpoint_copy, full_line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    class Bar:
        def progress(self, share: float, text: str) -> None:
            said.append(text)
            if "queue" in text:
                full_line.leave(full_line._turns[0])

        def empty(self) -> None:
            said.append("")

    monkeypatch.setattr(heavy.st, "empty", Bar)
    app = open_chapter("attack", view="Robust, or hiding?", network="A")
    assert not app.error
    assert "those of the 20 bundled pictures that it classifies right" in texts(app)
    first = said.index("Waits: 1st in the queue")
    assert said[first + 1].startswith(("Looking for pictures to attack", "Attacking, sign "))
    assert said[-1] == "", "the bar is gone at the end"


def test_a_process_that_has_ended_is_one_box(
    no_data, checkpoint_copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(connection: object) -> None:
        raise OSError("no memory")

    monkeypatch.setattr(workers, "start_process", refuse)
    app = open_chapter("attack", view="Robust, or hiding?", network="A")
    assert not app.exception
    (box,) = app.error
    assert box.value.startswith("Expected to start a process that computes this")
    with pytest.raises(EndedError):
        replace(case("ResNet", 100), label=1).run(1)
