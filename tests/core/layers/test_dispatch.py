"""Which body computes a call: the fast one where nobody looks on, else the readable one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.utils._python_dispatch import TorchDispatchMode

from core import conv, pool
from core.layers.dispatch import is_plain_eager
from core.models import MnistCNN
from tests.core.layers.unchecked import import_unchecked


class Looking(TorchDispatchMode):
    """Sees every operation and changes none."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        return function(*args, **(kwargs or {}))


class Stranger(Tensor):
    """A subclass of Tensor."""


def x() -> Tensor:
    return torch.ones(1, 2, 4, 4)


def under_grad(ask: Callable[[Tensor], bool]) -> bool:
    answers = []

    def function(tensor: Tensor) -> Tensor:
        answers.append(ask(tensor))
        return tensor.sum()

    torch.func.grad(function)(x())
    return answers[0]


def under_vmap(ask: Callable[[Tensor], bool]) -> bool:
    answers = []
    torch.func.vmap(lambda tensor: answers.append(ask(tensor)) or tensor)(x())
    return answers[0]


def beside_vmap(ask: Callable[[Tensor], bool]) -> bool:
    """A tensor that takes no part in the transform."""
    answers = []
    torch.func.vmap(lambda tensor: answers.append(ask(torch.ones(1))) or tensor)(x())
    return answers[0]


def in_a_trace(ask: Callable[[Tensor], bool]) -> bool:
    answers = []

    def function(tensor: Tensor) -> Tensor:
        answers.append(ask(tensor))
        return tensor * 2

    torch.jit.trace(function, x(), check_trace=False)
    return answers[0]


def with_a_tangent(ask: Callable[[Tensor], bool]) -> bool:
    with forward_ad.dual_level():
        return ask(forward_ad.make_dual(x(), x()))


def under_a_mode(ask: Callable[[Tensor], bool]) -> bool:
    with Looking():
        return ask(x())


def in_the_vectorised_jacobian(ask: Callable[[Tensor], bool]) -> bool:
    answers = []

    class Asking(torch.autograd.Function):
        @staticmethod
        def forward(ctx, tensor):
            return tensor * 2

        @staticmethod
        def backward(ctx, gradient):
            answers.append(ask(gradient))
            return gradient * 2

    torch.autograd.functional.jacobian(Asking.apply, torch.ones(2), vectorize=True)
    return answers[0]


LOOKING_ON = {
    "torch.func.grad": under_grad,
    "vmap": under_vmap,
    "beside vmap": beside_vmap,
    "torch.jit.trace": in_a_trace,
    "forward mode": with_a_tangent,
    "dispatch mode": under_a_mode,
    "vectorised Jacobian": in_the_vectorised_jacobian,
    "meta": lambda ask: ask(x().to("meta")),
    "subclass": lambda ask: ask(x().as_subclass(Stranger)),
    "sparse": lambda ask: ask(x().to_sparse()),
}


@pytest.mark.parametrize("situation", LOOKING_ON.values(), ids=LOOKING_ON)
@pytest.mark.filterwarnings("ignore:`torch.jit:FutureWarning")
def test_somebody_looks_on(situation: Callable[[Callable[[Tensor], bool]], bool]) -> None:
    assert not situation(is_plain_eager)
    assert not situation(lambda tensor: is_plain_eager(x(), None, tensor))


def test_nobody_looks_on() -> None:
    assert is_plain_eager(x(), None, nn.Parameter(x()))
    with torch.inference_mode():
        assert is_plain_eager(x())
    with torch.no_grad(), torch.autocast("cpu"), torch.device("meta"):
        assert is_plain_eager(torch.ones(1, device="cpu"))
    with forward_ad.dual_level():
        assert is_plain_eager(x())  # no tangent


def test_a_compiler_gets_the_readable_body() -> None:
    answers = []

    def backend(graph: torch.fx.GraphModule, inputs: list[Tensor]) -> Callable:
        answers.extend(str(node.target) for node in graph.graph.nodes)
        return graph.forward

    torch.compiler.reset()
    (fresh,) = import_unchecked("core.conv")
    weight = torch.ones(3, 2, 2, 2)
    torch.compile(lambda images: fresh.conv2d(images, weight), fullgraph=True, backend=backend)(x())
    assert any("unfold" in name for name in answers)
    assert not any("conv" in name for name in answers)


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the fast bodies that were called."""
    called: list[str] = []
    for module, name in ((conv, "conv2d_fast"), (pool, "max_pool2d_fast")):
        original = vars(module)[name]

        def spy(*arguments, name=name, original=original):
            called.append(name)
            return original(*arguments)

        monkeypatch.setattr(module, name, spy)
    return called


def test_a_plain_training_step_takes_the_fast_bodies(fast: list[str]) -> None:
    F.cross_entropy(MnistCNN()(torch.rand(2, 1, 28, 28)), torch.tensor([1, 2])).backward()
    assert fast == ["conv2d_fast", "max_pool2d_fast"] * 2


def test_indices_and_onlookers_take_the_readable_bodies(fast: list[str]) -> None:
    pool.max_pool2d(x(), 2, return_indices=True)
    with Looking():
        MnistCNN()(torch.rand(2, 1, 28, 28))
    torch.func.vmap(MnistCNN())(torch.rand(2, 1, 1, 28, 28))
    assert fast == []


def operations_of_a_step(model: nn.Module) -> set[str]:
    """The operations of one training step; the profiler sees them without being a mode."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        F.cross_entropy(model(torch.rand(2, 1, 28, 28)), torch.tensor([1, 2])).backward()
    return {event.name for event in profile.events() if event.name.startswith("aten::")}


def test_the_fast_bodies_run_no_ready_made_operation(fast: list[str]) -> None:
    names = operations_of_a_step(MnistCNN())
    assert fast
    assert "aten::bmm" in names
    assert not [name for name in names if "conv" in name or "pool" in name]


def test_a_ready_made_operation_would_be_seen() -> None:
    model = nn.Sequential(nn.Conv2d(1, 10, 28), nn.MaxPool2d(1), nn.Flatten())
    names = operations_of_a_step(model)
    assert {"aten::conv2d", "aten::max_pool2d"} <= names
