"""core.report.evasion: what is said of a picture is what the network sees in the printed one."""

import pytest
import torch

from core import checkpoints, homework
from core.data.samples import load_samples
from core.models import to_input
from core.report import evasion
from core.report.figures import Strip

SAMPLES = load_samples("mnist")


@pytest.mark.parametrize("network", list(homework.ATTACKED))
@pytest.mark.parametrize("name", homework.TASKS)
def test_every_verdict_is_about_the_printed_picture(network: str, name: str) -> None:
    model = checkpoints.load(homework.ATTACKED[network]).model.requires_grad_(False)
    task = homework.EVALUATED[name]
    index = SAMPLES.labels.tolist().index(1)
    strip = evasion.strip(model, SAMPLES, index, name, task)
    assert len(strip.pictures) == len(evasion.EPSILONS)
    assert torch.equal(strip.pictures[0], SAMPLES.images[index]), "epsilon 0 changes nothing"
    for epsilon, picture, label, success in zip(
        evasion.EPSILONS, strip.pictures, strip.labels.tolist(), strip.success
    ):
        assert int((picture.int() - SAMPLES.images[index].int()).abs().max()) <= epsilon
        assert int(model(to_input(model, picture[None])).argmax()) == label
        assert success == (label != 1 if task.target is None else label == task.target)


class Said:
    """A sheet that keeps its sentences."""

    def __init__(self) -> None:
        self.said = ""

    def text(self, text: str) -> None:
        self.said += text

    def heading(self, *_: object, **__: object) -> None:
        """Not looked at."""


def test_a_task_of_which_no_digit_falls_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Strip] = []
    monkeypatch.setattr(evasion, "draw_strips", lambda _, strips, *__, **___: drawn.extend(strips))
    monkeypatch.setattr(evasion, "draw_pairs", lambda *_: None)
    sheet = Said()
    evasion.strips_sheet(sheet, checkpoints.load(homework.ATTACKED["B"]), "B")
    fallen = {one.name[:6] for one in drawn if any(one.success)}
    assert "Task 2: none of them falls up to 64." in sheet.said
    for task in {one.name[:6] for one in drawn}:
        assert (f"{task.capitalize()}: none of them" in sheet.said) == (task not in fallen)


def test_noise_is_no_task() -> None:
    with pytest.raises(ValueError, match="Random signs are no attack"):
        evasion.strip(torch.nn.Identity(), SAMPLES, 0, "noise", homework.EVALUATED[homework.NOISE])
