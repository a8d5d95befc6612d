"""What a file is that should have held weights and does not, told by its first bytes."""

from __future__ import annotations

from core.foreign_text import shortened, visible

_LONGEST = 60  # characters of a name that are shown
ADVICE = "save it anew with torch.save(model.state_dict(), ...)"
_NO_WEIGHTS = {
    b"\x93NUMPY": "an array of numpy",
    b"\x89HDF": "an HDF5 file, as Keras writes",
    b"\x1f\x8b": "packed by gzip",
    b"BZh": "packed by bzip2",
    b"\xfd7zXZ": "packed by xz",
    b"\x28\xb5\x2f\xfd": "packed by zstd",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"GGUF": "a GGUF file",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8": "a JPEG picture",
    b"%PDF": "a PDF",
    b"version https://git-lfs": "a pointer of Git LFS and not the file itself",
    b"<": "an HTML or XML page",
    b"{": "JSON",
    b"[": "JSON",
}  # the first bytes of what people take for a state dict, too
_ONNX = (b"pytorch", b"ai.onnx", b"onnx")  # near the beginning of a network in ONNX


class ForeignError(Exception):
    """A file is no state dict of this architecture; the message is one sentence for a person."""


def unreadable(name: str, reason: str) -> ForeignError:
    """The error of a file that holds no state dict.

    Args:
        name: of the file.
        reason: what is wrong with it, as the inside of a sentence.
    """
    return ForeignError(f"{name} cannot be read as a state dict ({reason}): {ADVICE}.")


def no_floats(name: str, entry: str, kind: str) -> ForeignError:
    """The error of a file whose entry is a tensor that a network cannot compute with.

    Args:
        name: of the file.
        entry: name of the tensor.
        kind: what it is, as the end of a sentence: its dtype, its layout.
    """
    return ForeignError(
        f"{name} holds {printable(entry)}, which should be a dense tensor of float32 (or "
        f"float64, float16, bfloat16) and is {printable(kind)}."
    )


def printable(text: str) -> str:
    """A name in a file to the letter, as far as a sentence can hold it."""
    return shortened(visible(shortened(text, _LONGEST)), _LONGEST)


def what_came(content: bytes) -> str:
    """What a file is that is neither a zip, nor safetensors, nor a pickle, as the inside of a
    sentence.
    """
    if not content:
        return "the file is empty"
    start = content[:1000].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    named = next((what for first, what in _NO_WEIGHTS.items() if start.startswith(first)), None)
    if named is None and content.startswith(b"\x08") and any(mark in start for mark in _ONNX):
        named = "a network in ONNX"
    if named is None and content[257:262] == b"ustar":
        named = "a tar archive"
    if named is None and _is_text(content[:1000]):
        named = "text"
    return f"it is {named}" if named else "it is neither safetensors nor a file of torch.save"


def _is_text(start: bytes) -> bool:
    text = start.decode("utf-8", "replace").rstrip("\N{REPLACEMENT CHARACTER}")
    return all(letter.isprintable() or letter in "\t\r\n\f" for letter in text)
