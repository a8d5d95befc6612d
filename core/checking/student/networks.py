"""A foreign network: built, filled with numbers that the asking process knows, and looked into
while it runs.
"""

from __future__ import annotations

import inspect
import math
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)
from torch.nn.parameter import is_lazy

from core.checking.student.actions import Facts, NotATensorError, Tensors, action, one_tensor
from core.checking.student.libraries import NotInstalled
from core.checking.student.operators import Operators
from core.checking.student.ready_made import LAYER

MOST_SHAPES = 4000  # of different tensors that go by
RUNNING = ("running_mean", "running_var")
ARGUMENTS = {  # what arguments of a network's constructor are usually called, and their kind
    "classes": ("num_classes", "n_classes", "classes", "nclasses", "num_class", "out_features"),
    "channels": ("in_channels", "channels", "num_channels", "input_channels", "in_ch"),
    "outputs": ("out_dim", "output_dim", "num_outputs", "n_outputs", "output_size"),
}


class Shapes(Operators):  # type: ignore[no-untyped-call]
    """Writes down the shapes of what operators make, each where it first comes, and ready-made
    layers that run.
    """

    def __init__(self) -> None:
        """Watch from the ``with`` on."""
        super().__init__()
        self.shapes: dict[tuple[int, ...], None] = {}
        self.ready_made: dict[str, None] = {}

    def operate(
        self,
        name: str,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> object:
        """Run an operator, and note what came."""
        if LAYER.search(name):
            self.ready_made[name] = None
        result = function(*args, **kwargs)
        first = result[0] if isinstance(result, tuple) and result else result
        if isinstance(first, Tensor) and len(self.shapes) < MOST_SHAPES:
            self.shapes[tuple(first.shape)] = None
        return result


class Layers:
    """The modules that have parameters of their own, in the order in which they are called."""

    def __init__(self, model: nn.Module) -> None:
        """Know the model's modules by name."""
        self.names = {module: name for name, module in model.named_modules()}
        self.rows: list[dict[str, Any]] = []
        self.entry: Tensor | None = None
        self._made: dict[int, int] = {}  # id of an output to the row of its layer
        self._alive: list[Tensor] = []  # so that no id is used twice
        self._open: dict[nn.Module, int] = {}

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look on while the model runs."""
        hooks = (
            register_module_forward_pre_hook(self._before),
            register_module_forward_hook(self._after),
        )
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def _before(self, module: nn.Module, inputs: Any) -> None:  # noqa: ANN401 - whatever it takes
        own = [name for name, _ in module.named_parameters(recurse=False)]
        if module not in self.names or not own or not inputs or not isinstance(inputs[0], Tensor):
            return
        prefix = f"{self.names[module]}." if self.names[module] else ""
        row = {
            "name": self.names[module],
            "type": type(module).__name__,
            "parameters": [prefix + name for name in own],
            "from": self._made.get(id(inputs[0])),
            "input": list(inputs[0].shape),
        }
        if self.entry is None:
            self.entry = inputs[0].detach().clone()
        self._open[module] = len(self.rows)
        self.rows.append(row)

    def _after(self, module: nn.Module, inputs: Any, output: Any) -> None:  # noqa: ANN401
        index = self._open.pop(module, None)
        if index is not None and isinstance(output, Tensor):
            self._made[id(output)] = index
            self._alive.append(output)


@action("network")
def network(
    target: Callable[..., Any], settings: Mapping[str, Any], tensors: Tensors
) -> tuple[Tensors, Facts]:
    """Build a network, fill it, and classify images in eval mode.

    Args:
        target: the class, or a function that builds the network.
        settings: ``seed`` of the numbers; ``channels`` of the images.
        tensors: ``images``.

    Returns:
        ``output``, and ``entry``, what the first layer with parameters is given; ``parameters``
        (name, shape, requires_grad, mean and std before it was filled), ``running``,
        ``layers`` as called, ``shapes`` that went by, ``ready_made``; ``unused`` parameters;
        ``transform``: whether the file has a list of transforms that normalises.
    """
    model = completed(built(target, settings), tensors["images"])
    rows = [described(name, one) for name, one in model.named_parameters()]
    running = [(name, list(one.shape)) for name, one in _running(model)]
    fill(model, settings["seed"])
    model.eval()
    layers = Layers(model)
    with torch.no_grad(), Shapes() as shapes, layers.watched():
        output = logits_of(model(tensors["images"]))
    found = {"output": output.detach().clone()}
    if layers.entry is not None:
        found["entry"] = layers.entry
    facts = {
        "parameters": rows,
        "running": running,
        "layers": layers.rows,
        "shapes": [list(shape) for shape in shapes.shapes],
        "ready_made": list(shapes.ready_made),
        "unused": unused(model, tensors["images"]),
        "transform": transform_of(target),
    }
    return found, facts


def logits_of(output: object) -> Tensor:
    """What a network gave, or the first of several things, as where it gives its maps, too."""
    several = isinstance(output, tuple | list) and len(output) > 0
    return one_tensor(output[0] if several else output)  # type: ignore[index]


def unused(model: nn.Module, images: Tensor) -> list[str]:
    """Parameters that the output does not depend on; none where torch cannot tell."""
    named = [(name, one) for name, one in model.named_parameters() if one.requires_grad]
    try:
        total = logits_of(model(images)).sum()
        found = torch.autograd.grad(total, [one for _, one in named], allow_unused=True)
    except (RuntimeError, NotATensorError):
        return []
    return [name for (name, _), gradient in zip(named, found) if gradient is None]


def built(target: Callable[..., Any], settings: Mapping[str, Any]) -> nn.Module:
    """A network of a class or of what a function builds.

    Args:
        target: the class or the function.
        settings: ``channels`` of the images.

    Raises:
        NotATensorError: it is no module.
    """
    arguments = {}
    for name, parameter in inspect.signature(target).parameters.items():
        kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        if parameter.default is inspect.Parameter.empty and parameter.kind not in kinds:
            is_channels = name.lower() in ARGUMENTS["channels"]
            is_known = is_channels or any(name.lower() in names for names in ARGUMENTS.values())
            if not is_known:
                raise NotATensorError(f"needs the argument {name} to be built")
            arguments[name] = settings["channels"] if is_channels else 10
    model = target(**arguments)
    if not isinstance(model, nn.Module):
        raise NotATensorError("is no torch.nn.Module")
    return model


def completed(model: nn.Module, images: Tensor) -> nn.Module:
    """The network with its lazy layers as large as these images make them."""
    if any(map(is_lazy, (*model.parameters(), *model.buffers()))):
        was_training = model.training
        with torch.no_grad():
            model.eval()(images)
        model.train(was_training)
    return model


def described(name: str, parameter: Tensor) -> dict[str, Any]:
    """A parameter as it was initialised."""
    values = parameter.detach().double()
    return {
        "name": name,
        "shape": list(parameter.shape),
        "requires_grad": parameter.requires_grad,
        "mean": float(values.mean()) if values.numel() else 0.0,
        "std": float(values.std(correction=0)) if values.numel() else 0.0,
    }


def fill(model: nn.Module, seed: int) -> None:
    """Give every parameter and every running statistic the numbers of ``numbers``."""
    with torch.no_grad():
        for name, one in [*model.named_parameters(), *_running(model)]:
            one.copy_(numbers(name, tuple(one.shape), seed))


def numbers(name: str, shape: tuple[int, ...], seed: int) -> Tensor:
    """What a parameter of this name and shape is filled with: the same in every process.

    Weights are as large as He's, so that no signal dies or grows; those of one axis called weight
    scale, and are around 1, as are running variances.
    """
    source = torch.Generator().manual_seed(seed * 2**32 + zlib.crc32(name.encode()))
    drawn = torch.randn(shape, generator=source)
    last = name.rsplit(".", 1)[-1]
    if last == "running_var":
        return 0.5 + drawn.abs()
    if len(shape) > 1 and drawn.numel() > max(shape):
        return drawn * math.sqrt(2 * shape[0] / drawn.numel())
    return 1 + 0.3 * drawn if last in ("weight", "gamma") else 0.3 * drawn


def _running(model: nn.Module) -> list[tuple[str, Tensor]]:
    return [
        (name, one) for name, one in model.named_buffers() if name.rsplit(".", 1)[-1] in RUNNING
    ]


def transform_of(target: Callable[..., Any]) -> bool:
    """Whether the file of a class or function has a list of transforms that normalises."""
    function = vars(target).get("__init__") if isinstance(target, type) else target
    names = getattr(function, "__globals__", {})
    values = [one for one in names.values() if not isinstance(one, NotInstalled)]
    lists = [getattr(value, "transforms", None) for value in values]
    return any(
        type(one).__name__ == "Normalize"
        for steps in lists
        if isinstance(steps, list | tuple)
        for one in steps
    )
