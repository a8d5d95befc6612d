"""What is taken down of a function that runs is what it did, line after line, whatever it is."""

import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor

from core import attacks, cam, conv, pool
from core.explain.statements import plain, source_of
from core.explain.tracing import ARGUMENTS, LONGEST, RETURN, Recording, Seen, recorded, written
from core.models import MnistCNN
from core.training.computing import Computing
from core.training.config import TrainConfig
from core.training.loop import training_step
from core.training.state import new_state

PICTURE = torch.arange(1.0, 10).reshape(1, 1, 3, 3)
KERNEL = torch.tensor([[[[1.0, 0], [0, 2]]]])
OUTPUT = [11.0, 14.0, 20.0, 23.0]  # by hand: 1 + 2·5, 2 + 2·6, 4 + 2·8, 5 + 2·9


class Pooled(torch.nn.Module):
    """The smallest network with class activation maps."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(2, 3)

    def forward_features(self, images: Tensor) -> Tensor:
        return images

    def forward_head(self, features: Tensor) -> Tensor:
        return self.linear(features.mean((2, 3)))


def one_attack_step() -> object:
    points = torch.full((1, 1, 2, 2), 0.5)
    gradient = torch.tensor([[[[1.0, -1], [3, 0]]]])
    settings = {"step_size": 0.25, "momentum": 0.0, "low": points - 0.1, "high": points + 0.5}
    return attacks.step(points, gradient, torch.zeros_like(points), **settings)


def one_training_step() -> object:
    config = TrainConfig("MnistCNN", "mnist", 1, 8, 1e-2, average=0.9)
    state = new_state(config, Computing())
    images, targets = torch.rand(8, 1, 28, 28), torch.arange(8)
    return training_step(state, images, targets, 1e-2)


def gradient_of_pooling() -> Tensor:
    _, indices = pool.max_pool2d_with_indices(PICTURE, 2, 1)
    return pool.max_pool2d_backward(torch.ones(1, 1, 2, 2), indices, (3, 3))


LIT: dict[Callable, Callable[[], object]] = {
    conv.conv2d_loops: lambda: conv.conv2d_loops(PICTURE, KERNEL),
    conv.conv2d_im2col: lambda: conv.conv2d_im2col(PICTURE, KERNEL),
    pool.max_pool2d_loops: lambda: pool.max_pool2d_loops(PICTURE, 2, 1),
    pool.max_pool2d_backward: gradient_of_pooling,
    cam.class_activation_maps: lambda: cam.class_activation_maps(Pooled(), torch.rand(1, 2, 4, 4)),
    attacks.step: one_attack_step,
    training_step: one_training_step,
}
NOT_RUN = {training_step: {"scaler.unscale_(optimizer)", "nn.utils.clip_grad_norm_("}}


def lines_with(recording: Recording, text: str) -> int:
    """The first line of the one statement that begins so."""
    source = recording.source
    (found,) = [
        one.first for one in source.statements if source.lines[one.first].strip().startswith(text)
    ]
    return found


def values(seen: Seen) -> list[float]:
    assert seen.values is not None
    return seen.values.tolist()


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """Torch's optimizers load what they need at their first step, which takes long when watched."""
    one_training_step()


@pytest.fixture(scope="module")
def loops() -> Recording:
    return recorded(conv.conv2d_loops, LIT[conv.conv2d_loops])


def test_the_loops_are_seen_as_computed_by_hand(loops: Recording) -> None:
    assert loops.steps == 4
    assert torch.equal(loops.result.flatten(), torch.tensor(OUTPUT))
    x = loops.at(lines_with(loops, "for x"), "x")
    assert [x[step].text for step in range(4)] == ["0", "1", "0", "1"]
    y = loops.at(lines_with(loops, "for y"), "y")
    assert {step: one.text for step, one in y.items()} == {0: "0", 2: "1"}
    window = loops.at(lines_with(loops, "window = padded"), "window")
    assert [values(window[step]) for step in range(4)] == [
        [1, 2, 4, 5],
        [2, 3, 5, 6],
        [4, 5, 7, 8],
        [5, 6, 8, 9],
    ]
    rows = loops.at(lines_with(loops, "rows"), "rows")
    assert [rows[step].text for step in (0, 2)] == ["slice(0, 2, 1)", "slice(1, 3, 1)"]
    output = loops.at(lines_with(loops, "output[..., y, x]"), "output[..., y, x]")
    assert [values(output[step]) for step in range(4)] == [[one] for one in OUTPUT]
    (returned,) = loops.at(lines_with(loops, "return"), RETURN).values()
    assert values(returned) == OUTPUT


def test_a_window_lies_in_the_picture_that_it_was_cut_from(loops: Recording) -> None:
    given = loops.at(ARGUMENTS, "input")[0]
    window = loops.at(lines_with(loops, "window = padded"), "window")
    unflattened = loops.at(lines_with(loops, "window = torch.unflatten"), "window")
    assert {one.array for one in (*window.values(), *unflattened.values())} == {given.array}
    assert [window[step].places.tolist() for step in (0, 3)] == [[0, 1, 3, 4], [4, 5, 7, 8]]
    assert unflattened[3].shape == (1, 1, 1, 1, 2, 2)
    assert unflattened[3].places.tolist() == [4, 5, 7, 8]
    output = loops.at(lines_with(loops, "output[..., y, x]"), "output[..., y, x]")
    assert [output[step].places.tolist() for step in range(4)] == [[0], [1], [2], [3]]
    assert output[0].array == loops.at(lines_with(loops, "output = input"), "output")[0].array
    kernels = loops.at(lines_with(loops, "kernels"), "kernels")[0]
    assert kernels.array == loops.at(ARGUMENTS, "weight")[0].array != given.array


def test_what_a_statement_reads_is_named_with_the_line_that_made_it(loops: Recording) -> None:
    read = loops.reads[lines_with(loops, "output[..., y, x]")]
    assert read["window"] == lines_with(loops, "window = torch.unflatten")
    assert read["kernels"] == lines_with(loops, "kernels")
    assert {"y", "x"} <= read.keys()
    assert loops.reads[lines_with(loops, "padded")]["input"] == ARGUMENTS
    shapes = lines_with(loops, "c_out, c_in")
    assert (loops.reads[shapes], loops.asks[shapes]) == ({}, {"weight": ARGUMENTS})
    assert loops.asks[lines_with(loops, "output = input")] == {"input": ARGUMENTS}


@pytest.mark.parametrize("function", LIT, ids=lambda function: function.__name__)
def test_every_line_of_the_seven_functions_is_bound(function: Callable) -> None:
    recording = recorded(function, LIT[function])
    source = recording.source
    code = plain(function).__code__
    body = {line for _, _, line in code.co_lines() if line} - {code.co_firstlineno}
    assert {line - source.line for line in body} <= source.by_line.keys()
    rest = {source.lines[one.first].strip() for one in source.statements} - {
        source.lines[line].strip() for line in recording.ran
    }
    expected = NOT_RUN.get(function, set())
    assert all(any(line.startswith(one) for one in expected) for line in rest)
    assert len(rest) == len(expected)
    quiet = [one for one in source.statements if one.first in recording.ran]
    quiet = [
        one
        for one in quiet
        if not (recording.reads[one.first] or recording.asks[one.first] or one.writes)
    ]
    assert quiet == []  # each line has a variable to show


@pytest.mark.parametrize("function", LIT, ids=lambda function: function.__name__)
def test_a_function_that_is_watched_gives_what_it_gives(function: Callable) -> None:
    torch.manual_seed(1)
    plainly = LIT[function]()
    torch.manual_seed(1)
    watched = recorded(function, LIT[function]).result
    torch.testing.assert_close(_tensors(watched), _tensors(plainly), rtol=0, atol=0)


def _tensors(result: object) -> list[Tensor]:
    if isinstance(result, cam.CamResult):
        return [result.maps, result.logits]
    return list(result) if isinstance(result, tuple) else [result]


def module_of(folder: Path, text: str) -> ModuleType:
    path = folder / "changed.py"
    path.write_text(text)
    about = importlib.util.spec_from_file_location(f"changed_{folder.name}", path)
    module = importlib.util.module_from_spec(about)
    about.loader.exec_module(module)
    return module


def test_another_function_is_another_recording(tmp_path: Path) -> None:
    text = inspect.getsource(conv)
    line = "            window = padded[..., rows, columns]  # (N, C_in, kh, kw)\n"
    assert line in text
    text = text.replace(line, f"{line}            doubled = 2 * window\n", 1)
    changed = module_of(tmp_path, text.replace("(window * kernels)", "(window * kernels * 2)"))
    recording = recorded(changed.conv2d_loops, lambda: changed.conv2d_loops(PICTURE, KERNEL))
    doubled = recording.at(lines_with(recording, "doubled"), "doubled")
    assert values(doubled[3]) == [10, 12, 16, 18]
    (returned,) = recording.at(lines_with(recording, "return"), RETURN).values()
    assert values(returned) == [2 * one for one in OUTPUT]


SMALL = '''
def halved(number, times, fails=False):
    """Half of it, so often."""
    found = (
        number
    )
    while times:
        found, times = found / 2, times - 1
    if fails:
        raise RuntimeError("asked for")
    with open("/dev/null") as file:
        name = file.name
    return found
'''


def test_calls_loops_and_blocks_of_any_function(tmp_path: Path) -> None:
    module = module_of(tmp_path, SMALL)
    recording = recorded(module.halved, lambda: [module.halved(one, 1) for one in (8, 6)])
    assert recording.result == [4, 3]
    assert recording.steps == 2
    found = recording.at(lines_with(recording, "found, times"), "found")
    assert {step: one.text for step, one in found.items()} == {0: "4", 1: "3"}
    assert lines_with(recording, "raise") not in recording.ran
    assert recording.at(lines_with(recording, "name"), "name")[2].text == "'/dev/null'"
    assert recording.source.by_line[4] is recording.source.by_line[3]  # one of several lines
    second = recorded(module.halved, lambda: [module.halved(one, 1) for one in (8, 6)], call=1)
    assert second.at(ARGUMENTS, "number")[0].text == "6"


def test_the_interpreter_is_given_back(tmp_path: Path) -> None:
    module, before = module_of(tmp_path, SMALL), sys.gettrace()
    with pytest.raises(RuntimeError, match="asked for"):
        recorded(module.halved, lambda: module.halved(8, 0, fails=True))
    assert sys.gettrace() is before


def test_remarks_for_tools_are_left_out_of_the_lines(tmp_path: Path) -> None:
    text = """def remarked(x):  # noqa: ANN001, ANN201
    # type: a word of its own
    y = x.go()  # type: ignore[no-untyped-call]
    return y  # the way back  # noqa: S101
"""
    assert source_of(module_of(tmp_path, text).remarked).lines == (
        "def remarked(x):",
        "    # type: a word of its own",
        "    y = x.go()",
        "    return y  # the way back",
    )
    assert not any("type: ignore" in line for line in source_of(training_step).lines)


def test_what_cannot_be_watched_is_refused() -> None:
    with pytest.raises(TypeError, match="Expected a function with a source, got <built-in"):
        source_of(len)
    with pytest.raises(TypeError, match="Expected a function with a source, got <class"):
        source_of(MnistCNN)
    with pytest.raises(TypeError, match="Expected a run that can be called, got int"):
        recorded(conv.conv2d_loops, 3)
    with pytest.raises(ValueError, match="a run that calls conv2d_loops, got one that does not"):
        recorded(conv.conv2d_loops, lambda: None)
    with pytest.raises(ValueError, match="a run that calls conv2d_loops 2 times"):
        recorded(conv.conv2d_loops, LIT[conv.conv2d_loops], call=1)


def test_values_are_written_short_and_without_addresses() -> None:
    assert written(0.1 + 0.2) == "0.3"
    assert written([1, (2, 3)]) == "[1, (2, 3)]"
    assert written([object()]) == "list of 1"
    assert written(MnistCNN()) == "MnistCNN"
    assert len(written("a" * 1000)) == LONGEST
