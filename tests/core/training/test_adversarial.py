"""core.training.adversarial: a network is trained on the worst images nearby."""

from dataclasses import replace

import pytest
from torch import Tensor

from core import attacks
from core.training.adversarial import attacked
from core.training.batches import Batch
from core.training.computing import Computing
from core.training.state import new_state
from tests.core.training.runs import CONFIG, TRAIN, train


@pytest.mark.parametrize("epsilon", [0.0, 30.0])
def test_adversarial_training_takes_the_worst_pictures_nearby(
    monkeypatch: pytest.MonkeyPatch, epsilon: float
) -> None:
    seen: list[dict] = []
    real = attacks.attack

    def attack(
        model: object, images: Tensor, labels: Tensor, radius: float, **settings: object
    ) -> object:
        found = real(model, images, labels, radius, **settings)
        seen.append(
            {
                "moved": float((found.adversarial - images).abs().max()),
                "most": float(images.max()),
                **settings,
            }
        )
        assert found.gradients.tolist() == [3] * len(images)
        return found

    monkeypatch.setattr(attacks, "attack", attack)
    config = replace(
        CONFIG, model="DigitNet", epochs=1, attack_epsilon=epsilon, attack_steps=3, dropout=0.0
    )
    train(config)
    assert len(seen) == (4 if epsilon else 0)
    for one in seen:
        assert 0 < one["moved"] <= epsilon
        assert one["most"] > 200  # grey values
        assert one["bounds"] == (0, 255)
    assert len({one["seed"] for one in seen}) == len(seen), (
        "every batch has its own starting points"
    )


def test_without_an_attack_the_batch_is_trained_on_as_it_is() -> None:
    state = new_state(CONFIG, Computing())
    batch = Batch(state.prepare(TRAIN.images[:3]), TRAIN.labels[:3], 1.0, 3)
    assert attacked(state, batch, 20.0, "in epoch 1") is batch.images
