"""What goes over the pipe between the two processes: lengths, a header, and tensors."""

from __future__ import annotations

from collections.abc import Mapping
from json import dumps
from typing import IO, Any

import torch
from safetensors.torch import load, save
from torch import Tensor

LENGTH = 8  # bytes of each of the two lengths that a frame begins with


class BrokenFrameError(Exception):
    """What came is no frame, or one that is too large."""


class ClosedError(BrokenFrameError):
    """The other end has closed the pipe."""


def packed(header: bytes, tensors: Mapping[str, Tensor]) -> bytes:
    """A header and tensors as one frame.

    Args:
        header: any bytes.
        tensors: name to tensor, of any layout; they are copied.

    Returns:
        The length of the header and that of the tensors, then both.
    """
    content = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    body = save(content)
    lengths = (len(part).to_bytes(LENGTH, "big") for part in (header, body))
    return b"".join([*lengths, header, body])


def json_header(content: Mapping[str, Any]) -> bytes:
    """What the foreign file's process says about its tensors.

    Raises:
        ValueError: it holds what JSON cannot, such as NaN.
    """
    return dumps(content, allow_nan=False).encode()


def read_frame(file: IO[bytes], most: int) -> tuple[bytes, dict[str, Tensor]]:
    """The next frame: its header and its tensors.

    Args:
        file: to read from; waits for what has not come yet.
        most: bytes that it may have.

    Raises:
        ClosedError: nothing more comes.
        BrokenFrameError: it is too large, or holds no tensors.
    """
    lengths = [int.from_bytes(_exactly(file, LENGTH), "big") for _ in range(2)]
    if sum(lengths) > most:
        raise BrokenFrameError(f"{sum(lengths):,} bytes, where {most:,} are allowed")
    header, body = (_exactly(file, length) for length in lengths)
    try:
        return header, load(body)
    except Exception as error:  # whatever safetensors refuses
        raise BrokenFrameError("no tensors") from error


def _exactly(file: IO[bytes], length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        part = file.read(min(length - len(found), 2**20))
        if not part:
            raise ClosedError("the pipe is closed")
        found += part
    return bytes(found)


def is_tensor(value: object) -> bool:
    """Whether a value is a tensor with numbers that can be sent."""
    return isinstance(value, Tensor) and value.layout == torch.strided
