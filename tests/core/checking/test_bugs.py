"""Every bug of the layers gives other numbers than every other one, and than what is right."""

from itertools import combinations

import pytest
import torch
from torch import Tensor

from core.checking.bugs import conv, gradients, layers, pool, registry, windows
from core.checking.bugs.loops import PLAIN, Loops, NoOutputError, PoolLoops, joined
from core.checking.bugs.registry import BUGS, add, bug, of_part, titles
from core.checking.cases import ConvSetting, PoolSetting, conv_questions, pool_questions
from core.checking.diagnosis import agree
from core.checking.parts.conv import expected as convolved
from core.checking.parts.pool import expected as pooled

MODULES = (conv, gradients, layers, pool, windows)
IMAGE = torch.tensor([[[[1, 2, 0], [3, -1, 4], [2, 5, -3]]]], dtype=torch.float64)
KERNEL = torch.tensor([[[[1, 2], [0, -1]]]], dtype=torch.float64)


def given(part: str, seed: int) -> dict[str, list[Tensor | None]]:
    """What is right and what each model gives for all cases of a seed."""
    questions = conv_questions(seed, "conv") if part == "conv" else pool_questions(seed)
    right = convolved if part == "conv" else pooled
    settings = [setting for question in questions for setting in question.settings]
    every = {
        f"{entry.name} {index}": model
        for entry in of_part(part)
        for index, model in enumerate(entry.models)
    } | {"right": right}
    return {name: [output(model, setting) for setting in settings] for name, model in every.items()}


def output(model, setting) -> Tensor | None:
    try:
        return model(setting)
    except NoOutputError:
        return None


def alike(one: list[Tensor | None], other: list[Tensor | None]) -> bool:
    return all(
        here is there if here is None or there is None else agree(here, there)
        for here, there in zip(one, other, strict=True)
    )


def beginning(outputs: list[Tensor | None]) -> tuple[object, ...]:
    """Shape and first cells of each output: what is alike begins alike."""
    return tuple(
        None if one is None else (one.shape, tuple((one.flatten()[:3] * 4).round().tolist()))
        for one in outputs
    )


@pytest.mark.parametrize("part", ["conv", "pool"])
@pytest.mark.parametrize("seed", [0, 1, 2**40])
def test_every_two_bugs_differ_somewhere_and_each_from_what_is_right(part: str, seed: int) -> None:
    every = given(part, seed)
    assert len(every) > 40
    begin = {name: beginning(outputs) for name, outputs in every.items()}
    same = [
        (one, other)
        for one, other in combinations(every, 2)
        if one.split()[0] != other.split()[0]
        and begin[one] == begin[other]
        and alike(every[one], every[other])
    ]
    assert same == []


def test_bugs_that_do_not_differ_are_found() -> None:
    setting = conv_questions(0, "conv")[0].settings[0]  # has one channel, and no padding
    outputs = [output(BUGS[name].models[0], setting) for name in ("window-late", "rounded")]
    right = output(Loops(), setting)
    assert beginning([right]) == beginning([outputs[1]])
    assert alike([right], [outputs[1]])
    assert not alike([right], [outputs[0]])
    assert not alike([right], [None])


@pytest.mark.parametrize("seed", [3, 4])
def test_the_loops_without_a_bug_are_right(seed: int) -> None:
    for question in conv_questions(seed, "conv"):
        for setting in question.settings:
            assert agree(Loops()(setting), convolved(setting))
    for question in pool_questions(seed):
        for setting in question.settings:
            assert agree(PoolLoops()(setting), pooled(setting))


CONV_NAMES = """
kernel-flipped kernel-flipped-rows kernel-flipped-columns kernel-transposed padding-of-ones
bias-twice stride-rows-only stride-columns-only stride-ignored
stride-in-size-only padding-ignored padding-behind padding-before padding-once padding-rows-only
padding-columns-only padding-replicated padding-doubled bias-forgotten bias-per-channel
bias-per-cell bias-subtracted bias-first-only window-late ceil-for-floor one-too-few
channels-averaged first-channel-only kernel-averaged reshape-order weight-order output-transposed
last-filter-only filters-reversed first-image-only batch-summed relu-added absolute-products
rounded input-edge-skipped
"""


def test_the_bugs_of_part_one_are_all_there() -> None:
    assert {entry.name for entry in of_part("conv")} == set(CONV_NAMES.split())
    assert len(of_part("pool")) == 17
    assert len([*of_part("conv gradient"), *of_part("pool gradient")]) == 8
    assert len(of_part("conv layer")) == 10


def first(name: str, setting: ConvSetting | PoolSetting) -> list[list[float]]:
    return BUGS[name].models[0](setting)[0, 0].tolist()


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("kernel-flipped", [[4, 0], [6, 8]]),
        ("kernel-transposed", [[8, -4], [2, 12]]),
        ("padding-ignored", [[6, -2], [-4, 10]]),
        ("kernel-averaged", [[1.5, -0.5], [-1, 2.5]]),
        ("input-edge-skipped", [[1, 2], [3, -1]]),
        ("relu-added", [[6, 0], [0, 10]]),
        ("output-transposed", [[6, -4], [-2, 10]]),
    ],
)
def test_a_bug_gives_what_it_gives_by_hand(name: str, rows: list[list[float]]) -> None:
    assert first(name, ConvSetting(IMAGE, KERNEL)) == rows


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("pool-mean", [[1.25, 1.25], [2.25, 1.25]]),
        ("pool-min", [[-1, -1], [-1, -3]]),
        ("pool-first-cell", [[1, 2], [3, -1]]),
        ("pool-absolute", [[3, 4], [5, 5]]),
        ("pool-transposed", [[3, 5], [4, 5]]),
    ],
)
def test_a_bug_of_pooling_gives_what_it_gives_by_hand(name: str, rows: list[list[float]]) -> None:
    assert first(name, PoolSetting(IMAGE, 2, 1)) == rows


def test_two_bugs_of_different_steps_are_joined() -> None:
    (flipped,), (ignored,) = BUGS["kernel-flipped"].models, BUGS["padding-ignored"].models
    both = joined(flipped, ignored)
    assert both is not None
    padded = ConvSetting(IMAGE, KERNEL, None, 1, 1)
    assert both(padded)[0, 0].tolist() == [[4, 0], [6, 8]]
    assert joined(flipped, BUGS["kernel-transposed"].models[0]) is None
    assert joined(ignored, BUGS["padding-behind"].models[0]) is None


def test_a_window_that_fits_nowhere_leaves_no_output() -> None:
    with pytest.raises(NoOutputError, match="a window of 2 cells does not fit into 1 × 3"):
        PLAIN.windows(IMAGE[..., :1, :], 2, 1, 0, 0.0, 0.0)


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "BUGS", {})


@pytest.mark.usefixtures("empty")
def test_the_catalogue_takes_each_name_once_and_asks() -> None:
    @bug("one-two", part="conv", title="It is", hint="Is it?")
    def model(setting: ConvSetting) -> Tensor:
        return setting.input

    assert of_part("conv")[0].models == [model]
    assert titles(["one-two"]) == "It is."
    with pytest.raises(ValueError, match=r"Expected a new name .* got 'one-two'"):
        add("one-two", part="conv", title="It is", hint="Is it?")
    with pytest.raises(ValueError, match=r"Expected a new name .* got 'One'"):
        add("One", part="conv", title="It is", hint="Is it?")
    with pytest.raises(ValueError, match=r"Expected a question as the hint of three, got 'No\.'"):
        add("three", part="conv", title="It is", hint="No.")
