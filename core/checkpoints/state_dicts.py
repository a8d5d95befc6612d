"""From what a file of weights holds to the tensors of one network, under the names that its layers
have: trainings save them alone, in dicts in dicts, or as the whole network, and put words before
their names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.checkpoints.magic import ADVICE, ForeignError, no_floats, printable
from core.checkpoints.unpacking import LARGEST_BYTES, StandIn, unpacked

LONGEST_NAME = 100  # of an entry
WRAPPERS = ("model_state_dict", "state_dict", "model", "net", "network", "weights")
FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
_NUMPY_FLOATS = tuple(order + kind for order in "<>" for kind in ("f2", "f4", "f8"))
_DAMAGED = (AttributeError, IndexError, OverflowError, TypeError, ValueError)
_DEEPEST, _MOST_ENTRIES = 8, 10_000  # of dicts in dicts, and of a whole network
# What torch puts between the name of a layer and those of its weights where it wraps the layer.
_INSIDE = {
    *("_orig_mod", "module"),  # torch.compile; DataParallel, DistributedDataParallel
    *("_fsdp_wrapped_module", "_checkpoint_wrapped_module"),
}
_KINDS = {
    "_reconstruct": "numpy array",
    "scalar": "number of numpy's",
}  # what a file calls the functions that make them
State = Mapping[Any, object]
Shapes = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Weights:
    """What was read of a file.

    Attributes:
        tensors: name to dense tensor of floats, of whatever shape.
        entry: where the state dict stands in the file; "" where it is the whole file.
        unused: where other state dicts of the same names stand, which were not read.
        called: name of each of these tensors to what the file calls it.
    """

    tensors: dict[str, Float[Tensor, "*shape"]]
    entry: str
    unused: tuple[str, ...]
    called: dict[str, str]


def read_weights(
    content: bytes,
    name: str,
    expected: Collection[str],
    shapes: Shapes = MappingProxyType({}),
    largest: int = LARGEST_BYTES,
) -> Weights:
    """Read the state dict in a file, under the names that its layers have.

    Whatever stands before the expected names is dropped: "module.", "_orig_mod.", "model.", any
    text; and what wraps one layer: "conv1._orig_mod.weight" is "conv1.weight". What stands beside
    them is left out, unless it is a tensor too; a tensor is left out where the same text stands
    before all expected names and not before its own, as that of a loss. With ``shapes``, where more
    tensors are known by their layer's shapes than by their names, that is how they are named.

    Args:
        content: the file, see ``unpacked``: a state dict, a dict or list that holds one at some
            depth, or a whole network.
        name: of the file, for messages.
        expected: names of the tensors that the network has.
        shapes: of the same in order, where a network may call its layers as it likes; of several
            layers of the same shapes the first in the file is the first here.
        largest: bytes that a zip may hold when it is unpacked.

    Returns:
        The tensors, also those of names that are not expected. Of several state dicts the one is
        read whose entry has one of the names in ``WRAPPERS``.

    Raises:
        ForeignError: the file is damaged, holds several state dicts, anything but a dense tensor of
            floats where weights are expected, or two of its names are the same without what stands
            before them.
    """
    wanted = Wanted(expected, shapes)
    (entry, state), *others = _state_dicts(unpacked(content, name, largest), wanted, name)
    tensors: dict[str, Float[Tensor, "*shape"]] = {}
    names: dict[str, str] = {}
    named = wanted.names_in(state)
    prefix = _common_prefix(named)
    for key, value in state.items():
        short = named[key]
        if short is None and not (
            _may_be_weights(value) and _unwrapped(str(key)).startswith(prefix)
        ):
            continue
        if not isinstance(key, str) or len(key) > LONGEST_NAME:
            raise ForeignError(
                f"{name} holds an entry {key!r:.40}, which should be the name of a layer's "
                f"tensor: {ADVICE}."
            )
        short = short or key
        if short in tensors:
            raise ForeignError(
                f"{name} holds {printable(short)} twice, as {printable(names[short])} and "
                f"{printable(key)}: {ADVICE}."
            )
        tensors[short], names[short] = _tensor(value, key, name), key
    unused = tuple(printable(path) for path, _ in others)
    return Weights(tensors, printable(entry), unused, names)


def _tensor(value: object, key: str, name: str) -> Tensor:
    """An entry that should be one of the network's tensors."""
    if not isinstance(value, Tensor):
        raise ForeignError(
            f"{name} holds {printable(key)}, which should be a tensor and is {kind_of(value)}: "
            f"{ADVICE}."
        )
    if (kind := _strange_kind(value)) is not None:
        raise no_floats(name, key, kind)
    return value.detach()


def kind_of(value: object) -> str:
    """What a value is, with its article: "a list", "an int", "None"."""
    if value is None:
        return "None"
    name = type(value).__name__
    if isinstance(value, StandIn) or (isinstance(value, type) and issubclass(value, StandIn)):
        last = value.kind.rpartition(".")[2]
        name = printable(_KINDS.get(last, value.kind))
    return f"{'an' if name[:1].lower() in tuple('aeiou') else 'a'} {name}"


def _strange_kind(value: Tensor) -> str | None:
    """What a tensor is that holds no plain numbers to compute with; None of a usual one."""
    if value.is_nested:
        return "nested"
    if value.is_quantized:
        return "quantised"
    if value.is_meta:
        return "without numbers (on the meta device)"
    if value.layout != torch.strided:
        return str(value.layout).removeprefix("torch.")
    if value.dtype not in FLOATS:
        return str(value.dtype).removeprefix("torch.")
    return None


def _may_be_weights(value: object) -> bool:
    """Whether an entry of another name may belong to another network; a counter does not."""
    if not isinstance(value, Tensor):
        return False
    return value.is_nested or value.dim() > 0 or value.is_floating_point()


@dataclass(frozen=True)
class Wanted:
    """The tensors that a network has.

    Attributes:
        expected: their names.
        shapes: of each, in order; {}: they are known by their names alone.
    """

    expected: Collection[str]
    shapes: Shapes

    def names_in(self, state: State) -> dict[Any, str | None]:
        """Each key of a dict to the expected name of what stands there; None: it has none."""
        found = {key: _name_of(key, self.expected) for key in state}
        known = set(found.values()) - {None}
        by_shape = self._by_shape(state) if len(known) < len(self.expected) else {}
        if len(by_shape) > len(known):
            return {key: by_shape.get(key) for key in state}
        return found

    def _by_shape(self, state: State) -> dict[Any, str]:
        """The same where a layer is known by the shapes of its tensors."""
        if not self.shapes:
            return {}
        plain = {key: one for key, one in state.items() if isinstance(one, Tensor)}
        there = _layers({key: one.shape for key, one in plain.items() if not one.is_nested})
        found: dict[Any, str] = {}
        for layer, tensors in _layers(self.shapes).items():
            fits = (path for path, own in there.items() if tensors.items() <= own.items())
            path = next(fits, None)
            if path is not None:
                del there[path]
                found |= {_joined(path, part): _joined(layer, part) for part in tensors}
        return found


def _layers(shapes: Mapping[Any, Sequence[int]]) -> dict[str, dict[str, tuple[int, ...]]]:
    """The path of each layer to its tensors' last names, with their shapes."""
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for key, shape in shapes.items():
        path, _, part = str(key).rpartition(".")
        found.setdefault(path, {})[part] = tuple(shape)
    return found


def _joined(path: str, part: str) -> str:
    return f"{path}.{part}" if path else part


def _name_of(key: object, expected: Collection[str]) -> str | None:
    """The expected name at the end of a key, whatever wraps a layer; None: there is none."""
    if not isinstance(key, str):
        return None
    plain = _unwrapped(key)
    return max((one for one in expected if plain.endswith(one)), key=len, default=None)


def _unwrapped(key: str) -> str:
    return ".".join(part for part in key.split(".") if part not in _INSIDE)


def _common_prefix(named: Mapping[Any, str | None]) -> str:
    """What stands before every expected name; "" where that differs.

    Args:
        named: each key to the name that it has here.
    """
    found = {
        _unwrapped(str(key)).removesuffix(short)
        for key, short in named.items()
        if short is not None
    }
    return found.pop() if len(found) == 1 else ""


def _state_dicts(loaded: object, wanted: Wanted, name: str) -> list[tuple[str, State]]:
    """The dict that holds a tensor of each expected name, else the one that holds most, with its
    path; after it the others that hold each, which are not meant.
    """
    found = list(_states(loaded))
    if not found:
        raise ForeignError(f"{name} holds {kind_of(loaded)}, no state dict: {ADVICE}.")
    counts = [_count(state, wanted) for _, state in found]
    whole = [one for one, count in zip(found, counts) if count[0] == len(wanted.expected)]
    if len(whole) < 2:
        return whole or [found[counts.index(max(counts))]]
    usual = [one for one in whole if one[0].rpartition(".")[2] in WRAPPERS]
    if len(usual) != 1:
        paths = ", ".join(printable(path) for path, _ in whole[:4])
        raise ForeignError(f"{name} holds more than one state dict ({paths}): {ADVICE}.")
    return usual + [one for one in whole if one is not usual[0]]


def _count(state: State, wanted: Wanted) -> tuple[int, int, int]:
    """Expected names whose value is a tensor, expected names, and tensors in a dict."""
    names = wanted.names_in(state)
    with_tensor = {names[key] for key, value in state.items() if isinstance(value, Tensor)}
    tensors = sum(isinstance(value, Tensor) for value in state.values())
    return len(with_tensor - {None}), len(set(names.values()) - {None}), tensors


def _states(loaded: object) -> Iterator[tuple[str, State]]:
    """Every dict in what a file holds, and every whole network as its state dict, with its path;
    the outermost first.
    """
    level, seen = [("", loaded)], set[int]()
    for _ in range(_DEEPEST):
        inner: list[tuple[str, object]] = []
        for path, value in level:
            if id(value) in seen:
                continue
            seen.add(id(value))
            entries = _entries(value)
            if not isinstance(value, list | tuple) and entries is not None:
                yield path, entries
            inner += [
                (f"{path}.{key}".lstrip("."), one)
                for key, one in (entries or {}).items()
                if isinstance(one, Mapping | list | tuple | StandIn)
            ]
        level = inner


def _entries(value: object) -> State | None:
    """What a dict, a list or a whole network holds; None of anything else."""
    if isinstance(value, Mapping):
        return {key: _of_numpy(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return dict(enumerate(value))
    return dict(islice(_of_network(value), _MOST_ENTRIES)) if _is_network(value) else None


def _of_numpy(value: object) -> object:
    """The tensor of what stands for an array of numpy's floats; anything else as it is."""
    if not isinstance(value, StandIn) or not value.kind.endswith(".multiarray._reconstruct"):
        return value
    state: Any = value.state
    try:
        _, shape, dtype, by_columns, content = state
        layout = f"{dtype.state[1]}{dtype.made_of[0]}"
        if layout not in _NUMPY_FLOATS:
            return value
        numbers = np.frombuffer(content, layout).astype(layout[1:])
        return torch.from_numpy(numbers.reshape(shape, order="F" if by_columns else "C"))
    except _DAMAGED:  # then it is told as the array that it should have been
        return value


def _is_network(value: object) -> bool:
    """Whether this stands for a torch.nn.Module."""
    if not isinstance(value, StandIn) or not isinstance(value.state, Mapping):
        return False
    return isinstance(value.state.get("_modules"), Mapping)


def _of_network(network: object, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, object]]:
    """The state dict of a whole network: its own tensors, then those of the networks in it."""
    if not _is_network(network) or depth > _DEEPEST:
        return
    state: Any = network.state  # type: ignore[attr-defined] # _is_network has looked
    for kind in ("_parameters", "_buffers"):
        own = state.get(kind)
        if isinstance(own, Mapping):
            yield from ((f"{prefix}{key}", one) for key, one in own.items() if one is not None)
    for key, inner in state["_modules"].items():
        yield from _of_network(inner, f"{prefix}{key}.", depth + 1)
