"""What the layers are asked: seeded, small, whole, and without any symmetry."""

from itertools import combinations

import pytest
import torch

from core.checking.cases import (
    HIGHEST_POOLED,
    LARGEST,
    Asked,
    ConvSetting,
    PoolSetting,
    conv_questions,
    gradient_conv,
    gradient_pool,
    pool_questions,
)

SEEDS = (0, 7, 123456789)


def settings(questions: tuple[Asked, ...]) -> list[ConvSetting | PoolSetting]:
    return [setting for question in questions for setting in question.settings]


@pytest.mark.parametrize("seed", SEEDS)
def test_kernels_look_different_however_they_are_turned(seed: int) -> None:
    for setting in settings(conv_questions(seed, "conv")):
        assert isinstance(setting, ConvSetting)
        kernel = setting.weight
        turned = [kernel, kernel.flip(2, 3), kernel.transpose(2, 3), kernel.flip(2), kernel.flip(3)]
        assert not any(torch.equal(one, other) for one, other in combinations(turned, 2))


@pytest.mark.parametrize("seed", SEEDS)
def test_pictures_are_no_squares_and_numbers_are_exact(seed: int) -> None:
    for setting in settings((*conv_questions(seed, "conv"), *pool_questions(seed))):
        height, width = setting.input.shape[-2:]
        assert height != width
        assert setting.input.dtype == torch.float64
        assert torch.equal(setting.input * 2, (setting.input * 2).round())
        assert float(setting.input.abs().max()) <= max(LARGEST, 27)


@pytest.mark.parametrize("seed", SEEDS)
def test_numbers_of_a_pooled_channel_are_all_different(seed: int) -> None:
    for setting in settings(pool_questions(seed)):
        for channel in setting.input.flatten(0, 1):
            assert len(channel.unique()) == channel.numel()


def test_the_seed_and_the_part_decide_the_numbers() -> None:
    def drawn(seed: int, part: str) -> torch.Tensor:
        return torch.cat([one.input.flatten() for one in settings(conv_questions(seed, part))])

    assert torch.equal(drawn(5, "conv"), drawn(5, "conv"))
    assert not torch.equal(drawn(5, "conv")[:30], drawn(6, "conv")[:30])
    assert not torch.equal(drawn(5, "conv")[:30], drawn(5, "conv_layer")[:30])
    assert drawn(5, "conv")[:6].tolist() == [7, -4, 1, 2, 0, 0]


def test_hidden_cases_differ_from_seed_to_seed_in_shape_too() -> None:
    hidden = [
        tuple(one.settings[0].input.shape)
        for seed in range(8)
        for one in conv_questions(seed, "conv")
        if one.hidden
    ]
    assert len(set(hidden)) > 8


def test_every_question_has_its_own_name() -> None:
    for questions in (conv_questions(0, "conv"), pool_questions(0)):
        names = [one.name for one in questions]
        assert len(set(names)) == len(names)


def test_cells_are_equal_where_ties_are_asked_and_nowhere_else() -> None:
    for ties, most in ((False, 1), (True, 2)):
        setting, upstream = gradient_pool(3, ties=ties)
        windows = setting.input.unfold(2, 2, 2).unfold(3, 2, 2).flatten(4)
        largest = windows == windows.amax(-1, keepdim=True)
        assert largest.sum(-1).unique().tolist() == [most]
        assert upstream.shape == windows.shape[:4]
    assert float(setting.input.max()) == HIGHEST_POOLED + 1


def test_the_gradient_from_behind_has_the_shape_of_the_output() -> None:
    setting, upstream = gradient_conv(0, "conv")
    rows, columns = ((size + 2 - 3) // 2 + 1 for size in setting.input.shape[-2:])
    assert upstream.shape == (2, 2, rows, columns)
