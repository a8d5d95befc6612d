"""core.report.evasion: what is said of a picture is what the network sees in the printed one."""

import pytest
import torch

from core import checkpoints, homework
from core.data.samples import load_samples
from core.models import to_input
from core.report import evasion

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


def test_noise_is_no_task() -> None:
    with pytest.raises(ValueError, match="Random signs are no attack"):
        evasion.strip(torch.nn.Identity(), SAMPLES, 0, "noise", homework.EVALUATED[homework.NOISE])
