"""core.training.recorded: what is repeated computes what one step after the other does. A CPU has
no recordings: here a repetition computes the step again, from where a recording would read.
"""

from dataclasses import replace

import pytest
import torch

from core.training import recorded, state
from core.training.computing import Computing
from core.training.optimizers import new_optimizer
from tests.core.training.runs import CONFIG, train, weights


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was computed beside a recording, recorded and repeated, in this order."""
    log: list[str] = []

    def beside(compute: recorded.Compute) -> recorded.Logits:
        log.append("beside")
        return compute()

    def record(compute: recorded.Compute) -> recorded.Compute:
        log.append("recorded")

        def repeat() -> recorded.Logits:
            log.append("repeated")
            return compute()

        return repeat

    monkeypatch.setattr(recorded, "_beside", beside)
    monkeypatch.setattr(recorded, "_recorded", record)
    monkeypatch.setattr(state, "new_optimizer", lambda *about, **_: new_optimizer(*about))
    return log


@pytest.mark.parametrize(
    ("settings", "kinds", "repeated"),  # a smaller batch ends each of three epochs of four steps
    [
        ({}, 2, 6),
        ({"sharpness": 0.5, "average": 0.9}, 2, 6),
        ({"sharpness": 0.5, "sharpness_every": 2}, 3, 3),  # six sharp steps, three others, the ends
        ({"cutmix": 0.5}, 2, 6),
    ],
    ids=["plain", "sharpness", "every second", "mixed"],
)
def test_repeated_steps_give_the_training_of_single_ones(
    kept: list[str], settings: dict, kinds: int, repeated: int
) -> None:
    config = replace(CONFIG, **settings)
    single = train(config)
    together = train(config, computing=Computing(record=True, reads_every=3))
    for name, value in weights(together).items():  # the rate is float32 where a recording reads it
        torch.testing.assert_close(value, weights(single)[name], rtol=0, atol=1e-5)
    for one, other in zip(together.history, single.history, strict=True):
        assert one.train_loss == pytest.approx(other.train_loss, abs=1e-5)
        assert one.confusion == other.confusion
    assert kept.count("beside") == kinds * recorded.WARM_UP
    assert kept.count("recorded") == 1
    assert kept.count("repeated") == repeated


def test_on_a_processor_nothing_is_being_recorded() -> None:
    assert not recorded.is_recording()
