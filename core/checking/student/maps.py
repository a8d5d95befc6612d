"""Class activation maps of a foreign function: of a small network of ours, or of the file's own."""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from types import CodeType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.checking.student.actions import Facts, NotATensorError, Tensors, action, one_tensor
from core.checking.student.networks import built, completed, fill, logits_of
from core.checking.student.operators import Operators

CHANNELS, SIDE, CLASSES = 512, 8, 10  # maps as many as in the homework, of 4 x 4 cells
BODY = (  # beside features
    *("layer4", "layer3", "block3", "block4", "stage3", "stage4", "blocks", "layers"),
    *("backbone", "body", "encoder", "feature_extractor", "conv", "convs", "trunk", "main"),
)
POOL = ("avg_pool", "pool", "gap", "global_pool")
LINEAR = ("linear", "classifier", "head", "fc1", "output", "out", "dense", "last")
POOLINGS = ("mean", "avg_pool2d", "_adaptive_avg_pool2d", "adaptive_avg_pool2d", "sum")
RELUS = ("relu", "relu_", "clamp_min", "clamp_min_", "clamp", "threshold")
MOST_ARRAYS = 12
DEEPEST = 3


class Small(nn.Module):
    """Convolution, normalisation, ReLU, average pooling and a linear layer, under many names."""

    def __init__(self) -> None:
        """Build it; every name of a part is the same module."""
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, CHANNELS, SIDE, SIDE, bias=False), nn.BatchNorm2d(CHANNELS), nn.ReLU()
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(CHANNELS, CLASSES)
        parts = ((BODY, self.features), (POOL, self.avgpool), (LINEAR, self.fc))
        for names, module in parts:
            for name in names:
                self.add_module(name, module)

    def forward_features(self, images: Tensor) -> Tensor:
        """(N, 512, 4, 4)."""
        return one_tensor(self.features(images))

    def forward_head(self, features: Tensor) -> Tensor:
        """(N, 10)."""
        return one_tensor(self.fc(self.avgpool(features).flatten(1)))

    def get_features(self, images: Tensor) -> Tensor:
        """As ``forward_features``."""
        return self.forward_features(images)

    def extract_features(self, images: Tensor) -> Tensor:
        """As ``forward_features``."""
        return self.forward_features(images)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 10)."""
        return self.forward_head(self.forward_features(images))


class Pooled(Operators):  # type: ignore[no-untyped-call]
    """Keeps the maps that are pooled last, and what a ReLU made them of."""

    def __init__(self) -> None:
        """Watch from the ``with`` on."""
        super().__init__()
        self.features: Tensor | None = None
        self.before: Tensor | None = None
        self._inputs: dict[int, tuple[Tensor, Tensor]] = {}

    def operate(
        self,
        name: str,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> object:
        """Run an operator, and keep what it was given."""
        first = args[0] if args and isinstance(args[0], Tensor) else None
        if name in POOLINGS and first is not None and first.dim() == 4 and first.shape[2] > 1:
            self.features = first.clone()
            self.before = self._inputs.get(id(first), (first, self.features))[1]
        given = first.clone() if name in RELUS and first is not None else None
        result = function(*args, **kwargs)
        if given is not None:
            self._inputs[id(result)] = result, given  # alive, so that no id is used twice
        return result


def pooled(model: nn.Module, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Logits, the maps that enter the average pooling, and what they were in front of a ReLU.

    Raises:
        NotATensorError: nothing is pooled.
    """
    with torch.no_grad(), Pooled() as watch:
        logits = logits_of(model(images))
    if watch.features is None or watch.before is None:
        raise NotATensorError("has a network that pools no maps")
    return logits, watch.features, watch.before


@action("networks")
def networks(
    target: Callable[..., Any], settings: Mapping[str, Any], tensors: Tensors
) -> tuple[Tensors, Facts]:
    """The networks that a function's file has built, by their names.

    Returns:
        ``used``, those that the function refers to, itself or by way of functions that it calls;
        ``every``: all of them.
    """
    module, used = module_of(target), referred(target)
    every = [name for name, value in module.items() if is_network(value)]
    return {}, {"used": [name for name in used if name in every], "every": every}


def is_network(value: object) -> bool:
    """Whether this is a module with parameters, which a loss or a softmax has not."""
    return isinstance(value, nn.Module) and any(True for _ in value.parameters())


def module_of(target: Callable[..., Any]) -> dict[str, Any]:
    """What the names of a function's file stand for; the very dictionary, where it has one."""
    found: dict[str, Any] = getattr(inspect.unwrap(target), "__globals__", {})
    return found


def referred(target: Callable[..., Any]) -> list[str]:
    """The names that a function refers to, those of attributes too, by way of functions of its
    module that it calls, too.

    Args:
        target: the function.
    """
    code, module = getattr(inspect.unwrap(target), "__code__", None), module_of(target)
    waiting, found = [code] if code else [], dict[str, None]()
    while waiting:
        here = waiting.pop()
        for name in here.co_names:
            if name not in found:
                found[name] = None
                value = module.get(name)
                inner = (
                    getattr(inspect.unwrap(value), "__code__", None) if callable(value) else None
                )
                waiting += [inner] if isinstance(inner, CodeType) else []
        waiting += [one for one in here.co_consts if isinstance(one, CodeType)]
    return list(found)


@action("maps")
def maps(
    target: Callable[..., Any], settings: Mapping[str, Any], tensors: Tensors
) -> tuple[Tensors, Facts]:
    """Call a function for class activation maps, once in eval mode and once in training mode.

    Args:
        target: the function.
        settings: ``network``, a class of the file or a network that it has built, or "" for ours;
            ``seed`` of its numbers;
            ``roles``, what each of the function's parameters is; ``style``, how it is given;
            ``label``, the class.
        tensors: ``images`` (1, 3, H, W).

    Returns:
        ``stale``: whether another picture brings the same; the tensors ``logits``,
        ``features``, ``before``, ``trained`` (the maps in training mode), ``weight``
        and ``bias`` of the linear layer; ``map.N``, the arrays that the function returned, and
        ``training.N``, those of the training mode.
    """
    images = tensors["images"]
    model = _model(target, settings, tensors["images"])
    linear = [one for one in model.modules() if isinstance(one, nn.Linear)][-1]
    logits, features, before = pooled(model.eval(), images)
    trained = pooled(copy.deepcopy(model).train(), images)[1]
    found = {
        "logits": logits,
        "features": features,
        "before": before,
        "trained": trained,
        "weight": linear.weight.detach(),
        "bias": torch.zeros(CLASSES) if linear.bias is None else linear.bias.detach(),
    }
    found = {name: one.clone() for name, one in found.items()}
    training = copy.deepcopy(model).train()
    called = target(**_arguments(model, images, found, settings))
    arrays = dict(zip((f"map.{index}" for index in range(MOST_ARRAYS)), every_array(called)))
    facts: Facts = {"returned": type(called).__name__, "count": len(arrays)}
    facts["stale"] = _is_stale(target, (model, images, found, settings), arrays)
    if settings["network"] and "model" not in settings["roles"].values():  # it has its own
        return found | arrays, facts
    try:
        again = target(**_arguments(training, images, found, settings))
    except Exception as error:  # whatever the file raises
        return found | arrays, facts | {"training": str(error)[:100]}
    later = dict(zip((f"training.{index}" for index in range(MOST_ARRAYS)), every_array(again)))
    return found | arrays | later, facts


def _is_stale(
    target: Callable[..., Any],
    given: tuple[nn.Module, Tensor, Tensors, Mapping[str, Any]],
    before: Tensors,
) -> bool:
    """Whether a function gives the same arrays again for another picture."""
    model, images, found, settings = given
    roles = settings["roles"].values()
    if "images" not in roles or "features" in roles or not before:
        return False
    try:
        called = target(**_arguments(model, images.flip(3) / 2, found, settings))
    except Exception:  # whatever the file raises
        return False
    later = list(every_array(called))[: len(before)]
    return len(later) == len(before) and all(map(torch.equal, later, before.values()))


def _model(target: Any, settings: Mapping[str, Any], images: Tensor) -> nn.Module:  # noqa: ANN401
    name = settings["network"]
    own = module_of(target)[name] if name else Small
    model = own if isinstance(own, nn.Module) else built(own, {"channels": 3})
    fill(completed(model, images), settings["seed"])
    return model


def _arguments(
    model: nn.Module, images: Tensor, found: Tensors, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """What the function is given, by the names of its parameters."""
    style, label = settings["style"], settings["label"]
    weight = found["weight"][label] if style["weights"] == "row" else found["weight"]
    features = found["features"][0] if style["features"] == 3 else found["features"]
    labels = {"int": label, "list": [label], "tensor": torch.tensor([label])}
    values = {
        "model": model,
        "images": images[0] if style["images"] == 3 else images,
        "features": features,
        "weights": weight,
        "bias": found["bias"],
        "logits": found["logits"],
        "label": labels[style["label"]],
        "size": tuple(images.shape[2:]),
        "height": images.shape[2],
        "width": images.shape[3],
        "linear": getattr(model, "fc", None),
        "layer": getattr(model, "layer4", None),
        "device": torch.device("cpu"),
        "name": "layer4",
    }
    if style["arrays"] == "numpy":
        values |= {name: values[name].numpy() for name in ("features", "weights", "bias")}
    return {name: values[role] for name, role in settings["roles"].items()}


def every_array(value: Any, depth: int = 0) -> Iterator[Tensor]:  # noqa: ANN401 - of anybody
    """The arrays of numbers in what a function returned, in their order."""
    if isinstance(value, Tensor):
        yield value.detach().cpu().clone()
    elif isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        yield torch.from_numpy(np.ascontiguousarray(value).copy())
    elif depth < DEEPEST and isinstance(value, list | tuple):
        numbers = _matrix(value)
        if numbers is not None:
            yield numbers
            return
        for one in value[:MOST_ARRAYS]:
            yield from every_array(one, depth + 1)
    elif depth < DEEPEST and isinstance(value, Mapping):
        yield from every_array(list(value.values()), depth + 1)
    elif depth < DEEPEST and hasattr(value, "__dict__") and not isinstance(value, nn.Module | type):
        yield from every_array(list(vars(value).values()), depth + 1)


def _matrix(value: list[Any] | tuple[Any, ...]) -> Tensor | None:
    """Lists in lists of numbers as a tensor."""
    rows = [row for row in value if isinstance(row, list)]
    if not rows or len(rows) < len(value):
        return None
    flat = [one for row in rows for one in row]
    even = len({len(row) for row in rows}) == 1 and all(
        isinstance(one, int | float) for one in flat
    )
    return torch.tensor(rows, dtype=torch.float64) if even and math.isfinite(sum(flat)) else None
