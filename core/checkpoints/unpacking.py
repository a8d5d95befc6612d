"""From the bytes of a file of weights to what it holds: nothing is executed, memory stays bounded,
and what cannot be read is named.

Beside the weights a training saves its arguments, a loss of numpy's, whole objects. Their classes
are not imported: a ``StandIn`` is put for each object, which does nothing.
"""

from __future__ import annotations

import io
import threading
import warnings
import zipfile
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections import OrderedDict
from typing import Any

import safetensors.torch
import torch

from core.checkpoints.magic import ForeignError, no_floats, printable, unreadable, what_came
from core.checkpoints.pickles import TOO_MUCH, named
from core.failures import megabytes
from core.json_files import parse_json

LARGEST_BYTES = 20_000_000  # of a file, and of what a zip holds when it is unpacked
ENDINGS = (".pt", ".pth", ".ckpt", ".bin", ".tar", ".zip", ".safetensors")  # usual of weights
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
# What a person would call it. Whoever may name a tensor's class may ask for one of any length.
_IN_WORDS = {"torch Tensor": "a tensor with attributes of its own, such as a torch.nn.Buffer,"}
_ENCODE = "_codecs encode"  # how an old protocol writes the bytes of numpy's numbers
# torch.load takes or refuses these itself, whatever is put for them.
_NO_STAND_IN = {
    *("torch", "traceback", "sys", "os", "posix", "nt", _ENCODE),
    *("builtins bytearray", "__builtin__ bytearray"),
}
_STAND_IN_OF_TORCH = ("torch.nn.", "torch.optim.", "torch._dynamo.")
_PROTOCOLS = ("2", "3", "")  # that torch.load reads; "" is of a damaged pickle
_USUAL = ("torch._utils _rebuild_tensor", "torch._utils _rebuild_parameter")
_OLD_MARK = 0x1950A86A20F9469CFC6C  # the first number in an old file
# As the pickle protocols from 2 and those before it write it; protocols 4 and 5 put a frame first.
_OLD_MARKS = (_OLD_MARK.to_bytes(10, "little"), b"L%dL" % _OLD_MARK)
# Of a safetensors file: bytes of the names, dtypes and shapes, and the dtypes that every version of
# the library makes a tensor of; others, such as F8_E8M0, are a KeyError to it.
_LARGEST_HEADER = 1_000_000
_MADE = {
    *("F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"),
    *("I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL"),
}
_MOST_STAND_INS = 60  # classes in a file
_ENCRYPTED = 1  # the bit of a zip's entry
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_PROGRAM = ("code/", "constants.pkl")  # of a TorchScript archive
_READING = threading.Lock()  # torch has one list of stand-ins for all threads


class StandIn:
    """Stands for an object of a class that is not imported; keeps its state and does nothing.

    Attributes:
        kind: what the file calls the class, "module.name".
        made_of: what the class would be called with.
        state: what the file says of the object; None: nothing.
    """

    kind = ""
    made_of: tuple[object, ...] = ()
    state: object = None

    def __init__(self, *made_of: object) -> None:
        """Keep what the class would be called with."""
        self.made_of = made_of

    def __setstate__(self, state: object) -> None:
        """Keep what the object would be made of."""
        self.state = state


def unpacked(content: bytes, name: str, largest: int = LARGEST_BYTES) -> object:
    """What a file of weights holds, read by its first bytes and not by its name.

    Args:
        content: the file: safetensors, or what torch.save wrote, alone or as the one such file in
            a zip.
        name: of the file, for messages.
        largest: bytes that a zip may hold when it is unpacked.

    Returns:
        Dicts, lists, tensors, numbers, text, and a ``StandIn`` for each other object.

    Raises:
        ForeignError: the file is of another format, damaged, or holds what cannot be left out.
    """
    try:
        if content.startswith(b"PK"):
            return _from_zip(content, name, largest)
        if _is_safetensors(content):
            return _from_safetensors(content, name)
        if _is_old(content):
            return _from_pickle(content, content, name)
        if content.startswith(b"\x80"):  # the mark of a pickle's protocol
            raise unreadable(name, "it is a pickle, but not one of torch.save")
        raise unreadable(name, what_came(content))
    except ForeignError:
        raise
    except Exception as error:  # whatever reading damaged bytes raises
        raise unreadable(name, "it is damaged, or of another format") from error


def _is_safetensors(content: bytes) -> bool:
    return content[8:9] == b"{" and int.from_bytes(content[:8], "little") <= LARGEST_BYTES


def _from_safetensors(content: bytes, name: str) -> object:
    """The tensors, unless one has a dtype that the library makes no tensor of."""
    size = int.from_bytes(content[:8], "little")
    if size > _LARGEST_HEADER:
        raise unreadable(name, TOO_MUCH)
    try:
        return safetensors.torch.load(content)
    except Exception:
        for entry, described in parse_json(content[8 : 8 + size]).items():
            kind = described.get("dtype") if isinstance(described, dict) else None
            if isinstance(kind, str) and kind not in _MADE:
                raise no_floats(name, entry, kind) from None
        raise


def _from_zip(content: bytes, name: str, largest: int) -> object:
    """What torch.save wrote, which is a zip itself, or the one such file in a zip."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        items = [item for item in archive.infolist() if not item.is_dir()]
        size = sum(item.file_size for item in items)
        if size > largest:
            raise ForeignError(
                f"{name} has {megabytes(size, largest)} when it is unpacked, and at most "
                f"{largest // 10**6} MB are read."
            )
        _check_packing(items, name)
        parts = [item for item in items if item.filename.rpartition("/")[2] == "data.pkl"]
        if len(parts) == 1:
            folder = parts[0].filename.removesuffix("data.pkl")
            program = tuple(f"{folder}{part}" for part in _PROGRAM)
            if any(item.filename.startswith(program) for item in items):
                raise unreadable(name, "it is a TorchScript program")
            saved = _as_saved(archive, folder, name)
            return _from_pickle(saved, archive.read(parts[0]), name)
        inside = _with_weights(archive, items)
        if not inside and any(item.filename.endswith(".npy") for item in items):
            raise unreadable(name, "it is an archive of numpy's arrays, an .npz")
        if len(inside) != 1:
            names = ", ".join(sorted(printable(item.filename) for item in inside)[:4]) or "none"
            raise unreadable(name, f"a zip should hold one file of weights, and holds {names}")
        return _from_member(archive.read(inside[0]), inside[0].filename, name, largest)


def _check_packing(items: list[zipfile.ZipInfo], name: str) -> None:
    """Refuse a zip that Python cannot unpack."""
    for item in items:
        if item.flag_bits & _ENCRYPTED:
            raise unreadable(name, "it is encrypted")
        if item.compress_type not in _METHODS:
            raise unreadable(name, f"method {item.compress_type} of packing a zip is not known")


def _as_saved(archive: zipfile.ZipFile, folder: str, name: str) -> bytes:
    """What torch.save wrote as torch.load reads it: with one folder around everything, each entry
    once, and without compression.

    Python and torch may find other entries in one zip: torch looks for a name in letters of any
    case, and takes the last. So each is packed anew (0.3 ms), that torch reads what was looked at.

    Args:
        archive: of a bounded size when it is unpacked.
        folder: of what torch.save wrote.
        name: of the file, for messages.
    """
    file, names = io.BytesIO(), set[str]()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as saved:
        for item in archive.infolist():
            if not item.filename.startswith(folder) or item.is_dir():
                continue
            entry = item.filename[len(folder) :]
            if entry.lower() in names:
                raise unreadable(name, f"its entry {printable(entry)} is there twice")
            names.add(entry.lower())
            saved.writestr(f"archive/{entry}", archive.read(item))
    return file.getvalue()


def _from_member(content: bytes, member: str, name: str, largest: int) -> object:
    if content.startswith(b"PK") and not _holds_weights(content):
        raise unreadable(name, f"{printable(member)} in it is a zip again")
    return unpacked(content, name, largest)


def _with_weights(archive: zipfile.ZipFile, items: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The files in a zip that hold weights, else those that are called so."""
    own = [item for item in items if not _is_of_macos(item.filename)]
    found = [item for item in own if _holds_weights(archive.read(item))]
    return found or [item for item in own if item.filename.lower().endswith(ENDINGS)]


def _is_of_macos(member: str) -> bool:
    """Whether macOS has added this file of a zip, as it does beside each."""
    folder, _, last = member.rpartition("/")
    return "__MACOSX" in folder.split("/") or last.startswith("._")


def _holds_weights(content: bytes) -> bool:
    """Whether a file is one of torch.save or safetensors, by its bytes."""
    if content.startswith(b"PK"):
        return b"/data.pkl" in content
    return _is_safetensors(content) or _is_old(content)


def _is_old(content: bytes) -> bool:
    return any(mark in content[:30] for mark in _OLD_MARKS)


def _from_pickle(content: bytes, pickled: bytes, name: str) -> object:
    """What torch.load reads, after all that its pickles name was looked at."""
    found = named(pickled, name)
    strange = [one for one in found.names if not _is_of_tensors(one)]
    replaced = [one for one in strange if _has_stand_in(one)]
    refused = [one for one in strange if one not in replaced]
    if refused == [_ENCODE] and found.largest_encoded <= LARGEST_BYTES:
        refused = []
    if refused or len(replaced) > _MOST_STAND_INS:
        raise _of_a_class(name, (refused or replaced)[0], found.names)
    stand_ins: list[Any] = [
        (_stand_in(one, found.filled.get(one)), path)
        for one in replaced
        for path in {_path(one), one.replace(" ", ".")}  # older torch maps fewer names
    ]
    try:
        with warnings.catch_warnings(), _READING, torch.serialization.safe_globals(stand_ins):
            warnings.simplefilter("ignore")  # about old formats
            return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # whatever reading damaged bytes raises
        rebuilt = [one for one in found.names if "_rebuild_" in one]
        unusual = [one for one in rebuilt if not one.startswith(_USUAL)]
        if replaced or unusual:
            raise _of_a_class(name, (replaced or unusual)[0], found.names) from error
        if found.protocol not in _PROTOCOLS:
            raise unreadable(name, f"it has pickle protocol {found.protocol}, not 2") from error
        raise


def _of_a_class(name: str, named: str, entries: dict[str, str]) -> ForeignError:
    """The error of a file that cannot be read without what it would import."""
    what, entry = _IN_WORDS.get(named) or printable(_path(named)), printable(entries[named])
    where = f" in {entry}" if entry else ""
    return unreadable(name, f"it holds {what}{where}, and should hold plain tensors alone")


def _has_stand_in(named: str) -> bool:
    """Whether ``StandIn`` can be put for what a pickle would import."""
    root = named.partition(" ")[0].partition(".")[0]
    is_taken = root in _NO_STAND_IN or named in _NO_STAND_IN
    return not is_taken or named.startswith(_STAND_IN_OF_TORCH)


def _stand_in(named: str, filled: type | None) -> type:
    """What is put for a class; for one whose objects are filled as a dict or a list is, that."""
    if filled is not None:
        plain = OrderedDict if filled is dict else list
        return type("Filled", (StandIn,), {"kind": _path(named), "__new__": lambda *_: plain()})
    return type("StandIn", (StandIn,), {"kind": _path(named)})


def _path(named: str) -> str:
    """What is imported as torch.load looks for it: protocol 2 has names of Python 2, such as
    xrange in __builtin__ for range in builtins.
    """
    module, _, what = named.partition(" ")
    today = (IMPORT_MAPPING.get(module, module), what)
    return ".".join(NAME_MAPPING.get((module, what), today))


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
