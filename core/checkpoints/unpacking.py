"""From the bytes of a file of weights to its named tensors: nothing is executed, memory stays
bounded, and what cannot be read is named.
"""

from __future__ import annotations

import io
import pickletools
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import safetensors.torch
import torch
from jaxtyping import Float
from torch import Tensor

LARGEST_BYTES = 20_000_000  # of a file, and of what a zip holds when it is unpacked
ENDINGS = (".pt", ".pth", ".zip", ".safetensors")
LONGEST_NAME = 100  # of an entry
WRAPPERS = ("model_state_dict", "state_dict", "model", "net", "network", "weights")
# Of torch.compile, of DataParallel, and of a class around the network.
PREFIXES = ("_orig_mod.", "module.", "model.")
ADVICE = "save it anew with torch.save(model.state_dict(), ...)"
# All that a state dict names. torch.load allows more with weights_only, such as a bytearray of any
# length.
_NAMED = {
    "collections Counter",
    "collections OrderedDict",
    *(f"{module} {name}" for module in ("builtins", "__builtin__") for name in ("set", "complex")),
    "torch.nn.parameter Parameter",
    "torch.serialization _get_layout",
    "torch Size",
    "torch device",
}
_NAMED_IN = ("torch._utils _rebuild_", "torch._tensor _rebuild_", "torch.storage ")
_PICKLES = 5  # in an old file: a mark, a version, the machine, the object, the keys of its numbers
_MOST_INSTRUCTIONS = 200_000  # a state dict of this network has some hundred
_PROGRAM = ("code/", "constants.pkl")  # of a TorchScript archive
FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)


class ForeignError(Exception):
    """A file is no state dict of this architecture; the message is one sentence for a person."""


def read_tensors(content: bytes, name: str) -> dict[str, Float[Tensor, "*shape"]]:
    """Read the state dict in a file, under the names that its layers have without prefixes.

    Args:
        content: the file: safetensors, or what torch.save wrote, alone or as the one such file in
            a zip; a state dict, or a dict that holds one.
        name: of the file, for messages.

    Returns:
        Name to dense tensor of floats, of whatever shape.

    Raises:
        ForeignError: the file is damaged, holds anything but dense tensors of floats where weights
            are expected, or two of its names are the same without their prefixes.
    """
    found = _state_dict(_loaded(content, name), name)
    tensors: dict[str, Float[Tensor, "*shape"]] = {}
    names: dict[str, str] = {}
    for key, value in found.items():
        if not isinstance(key, str) or len(key) > LONGEST_NAME:
            raise ForeignError(
                f"{name} holds an entry {key!r:.40}, which should be the name of a layer's "
                f"tensor: {ADVICE}."
            )
        short = _without_prefixes(key)
        if short in tensors:
            raise ForeignError(
                f"{name} holds {printable(short)} twice, as {printable(names[short])} and "
                f"{printable(key)}: {ADVICE}."
            )
        if not isinstance(value, Tensor):
            raise ForeignError(
                f"{name} holds {printable(key)}, which should be a tensor and is a "
                f"{type(value).__name__}: {ADVICE}."
            )
        if (kind := _strange_kind(value)) is not None:
            raise ForeignError(
                f"{name} holds {printable(key)}, which should be a dense tensor of float32 (or "
                f"float64, float16, bfloat16) and is {kind}."
            )
        tensors[short], names[short] = value.detach(), key
    return tensors


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


def _without_prefixes(key: str) -> str:
    while prefix := next((one for one in PREFIXES if key.startswith(one)), ""):
        key = key.removeprefix(prefix)
    return key


def _state_dict(loaded: object, name: str) -> Mapping[Any, Any]:
    """The state dict itself, or the one that a training saved with its epoch and more."""
    if not isinstance(loaded, dict):
        raise ForeignError(f"{name} holds a {type(loaded).__name__}, no state dict: {ADVICE}.")
    inside = {key: value for key, value in loaded.items() if isinstance(value, dict)}
    wrapped = [key for key in WRAPPERS if key in inside]
    if len(wrapped) > 1:
        raise ForeignError(
            f"{name} holds more than one state dict ({', '.join(wrapped)}): {ADVICE}."
        )
    if wrapped:
        return inside[wrapped[0]]
    if any(isinstance(value, Tensor) for value in loaded.values()):
        return loaded
    states = [value for value in inside.values() if _is_state_dict(value)]
    return states[0] if len(states) == 1 else loaded


def _is_state_dict(value: Mapping[Any, Any]) -> bool:
    return bool(value) and all(isinstance(one, Tensor) for one in value.values())


def _loaded(content: bytes, name: str) -> object:
    """What the file holds, read by its first bytes and not by its name."""
    try:
        if content.startswith(b"PK"):
            return _from_zip(content, name)
        if _is_safetensors(content):
            return safetensors.torch.load(content)
        return _from_pickle(content, content, name)
    except ForeignError:
        raise
    except Exception as error:  # whatever reading damaged bytes raises
        raise _unreadable(name, "it is damaged, or of another format") from error


def _unreadable(name: str, reason: str) -> ForeignError:
    return ForeignError(f"{name} cannot be read as a state dict ({reason}): {ADVICE}.")


def printable(text: str) -> str:
    """A name in a file as far as a sentence can hold it."""
    return "".join(filter(str.isprintable, text[:60]))


def _is_safetensors(content: bytes) -> bool:
    return content[8:9] == b"{" and int.from_bytes(content[:8], "little") <= len(content)


def _from_zip(content: bytes, name: str) -> object:
    """What torch.save wrote, which is a zip itself, or the one such file in a zip."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        items = [item for item in archive.infolist() if not item.is_dir()]
        unpacked = sum(item.file_size for item in items)
        if unpacked > LARGEST_BYTES:
            raise ForeignError(
                f"{name} has {unpacked / 1e6:,.0f} MB when it is unpacked, and at most "
                f"{LARGEST_BYTES / 1e6:.0f} MB are read."
            )
        parts = [item for item in items if item.filename.endswith("/data.pkl")]
        if len(parts) == 1:
            if any(part in item.filename for item in items for part in _PROGRAM):
                raise _unreadable(name, "it is a TorchScript program")
            return _from_pickle(content, archive.read(parts[0]), name)
        inside = [item for item in items if _is_weights(item.filename)]
        if len(inside) != 1:
            names = ", ".join(sorted(printable(item.filename) for item in inside)[:4]) or "none"
            raise _unreadable(name, f"a zip should hold one file of weights, and holds {names}")
        return _from_member(archive.read(inside[0]), inside[0].filename, name)


def _from_member(content: bytes, member: str, name: str) -> object:
    if content.startswith(b"PK") and b"/data.pkl" not in content:
        raise _unreadable(name, f"{printable(member)} in it is a zip again")
    return _loaded(content, name)


def _is_weights(member: str) -> bool:
    """Whether a file in a zip may hold weights; macOS adds one of its own beside each."""
    folder, _, last = member.rpartition("/")
    return (
        "__MACOSX" not in folder.split("/")
        and not last.startswith("._")
        and last.lower().endswith(ENDINGS)
    )


def _from_pickle(content: bytes, pickled: bytes, name: str) -> object:
    """What torch.load reads, after all that its pickles name was looked at."""
    strange = [one for one in _named(pickled, name) if not _is_of_tensors(one)]
    if strange:
        what = printable(strange[0].replace(" ", "."))
        raise _unreadable(name, f"it holds {what}, and should hold tensors alone")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about old formats
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)


def _is_of_tensors(named: str) -> bool:
    module, _, what = named.partition(" ")
    return (
        named in _NAMED
        or named.startswith(_NAMED_IN)
        or (module in ("torch", "torch.cuda") and what.endswith("Storage"))
        or (
            module == "torch"
            and isinstance(getattr(torch, what, None), torch.dtype | torch.qscheme)
        )
    )


def _named(pickled: bytes, name: str) -> Iterator[str]:
    """Every "module name" that the pickles of a file would import, as far as they can be read.

    An old file of torch.save holds several pickles, and the numbers after them.
    """
    stream, count = io.BytesIO(pickled), 0
    for _ in range(_PICKLES):
        texts = ["", ""]
        for code, argument in _instructions(stream):
            count += 1
            if count > _MOST_INSTRUCTIONS:
                raise _unreadable(name, "it holds far more than this network's tensors")
            if code == "GLOBAL":
                yield str(argument)
            elif code == "STACK_GLOBAL":
                yield f"{texts[-2]} {texts[-1]}"
            elif isinstance(argument, str):
                texts = [texts[-1], argument[:100]]


def _instructions(stream: io.BytesIO) -> Iterator[tuple[str, object]]:
    """Of the next pickle, to its end or to where it is damaged; torch.load sees that, too."""
    instructions = pickletools.genops(stream)
    while True:
        try:
            code, argument, _ = next(instructions)
        except Exception:  # whatever damaged bytes raise, or the end
            return
        yield code.name, argument
