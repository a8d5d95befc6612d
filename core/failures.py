"""What ends a program with one sentence for a person."""

from __future__ import annotations

import errno
import shutil
import sys
from pathlib import Path

if sys.platform != "win32":
    import resource

UNITS = ("bytes", "kB", "MB", "GB", "TB")  # each a thousand of the one before
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def megabytes(size: int, most: int) -> str:
    """How large something is that is too large, in words that the limit does not contradict.

    Args:
        size: bytes, more than ``most``.
        most: of the limit, a whole number of MB.
    """
    whole = round(size / 1e6)
    return f"{whole:,} MB" if whole * 10**6 > most else f"a little more than {whole:,} MB"


class Failure(Exception):  # noqa: N818 - its subclasses are the errors
    """Something cannot be done; the message is one sentence for a person, in the words of the field
    and without the name of an option, since the app shows it too.

    Attributes:
        message: the sentence without its repair.
        repair: what whoever set the project up can type to put it right; "" where there is nothing
            to type. It ends the sentence of a command line; the app has an advice of its own.
        settings: names of what may be chosen otherwise, for a program that has options for them.
    """

    def __init__(self, message: str, *settings: str, repair: str = "") -> None:
        """Keep the sentence.

        Args:
            message: the sentence.
            settings: what may be chosen otherwise.
            repair: what to type, as the end of the sentence.
        """
        super().__init__(f"{message}: {repair}" if repair else message)
        self.message, self.repair, self.settings = message, repair, settings


class NoRoomError(Failure):
    """A disk is full, has less room than something needs, or takes no file as large.

    Attributes:
        folder: that another one could stand for; None where ``settings`` say which it is, or where
            no other one would help.
    """

    folder: Path | None = None


def no_room(
    folder: Path | str, free: int, needed: int, *settings: str, reason: str = ""
) -> NoRoomError:
    """The error of a folder whose disk has too little room.

    Args:
        folder: where something is to be written.
        free: bytes that the disk has.
        needed: bytes that it must have; not above ``free`` where it is a quota that is used up.
        settings: names of what chooses another folder.
        reason: the system's own words; "" where it was not tried.
    """
    if free >= needed:
        return NoRoomError(
            f"The disk of {folder} is full ({reason or 'No space left on device'}): make room, or "
            "choose a folder on another disk.",
            *settings,
        )
    has, must, missing = sizes(free, needed)
    return NoRoomError(
        f"The disk of {folder} has {has} free, but {must} are needed: make room for {missing} "
        "more, or choose a folder on another disk.",
        *settings,
    )


def file_limit() -> int | None:
    """Bytes that a file of this process may have at the most (``ulimit -f``); None: any number."""
    if sys.platform == "win32":
        return None
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def too_large_a_file(folder: Path, needed: int) -> NoRoomError:
    """The error of a file that may not be as large as it is.

    Args:
        folder: of the file.
        needed: its bytes.
    """
    limit = file_limit()
    if limit is None or limit >= needed:
        error = NoRoomError(
            f"A file of {needed:,} bytes is larger than the disk of {folder} takes (File too "
            "large): choose a folder on another disk."
        )
        error.folder = folder
        return error
    allowed, must, _ = sizes(limit, needed)
    return NoRoomError(
        f"A file in {folder} may have at most {allowed}, but {must} are needed (File too large): "
        "raise the limit that `ulimit -f` tells, or use a terminal without it."
    )


def raise_if_full(error: BaseException, folder: Path, needed: int) -> None:
    """Say of an error that comes from a full disk which folder it was and how much is missing.

    Args:
        error: of writing a file.
        folder: of the file; where it is a hidden one of ours, the one around it is named.
        needed: bytes of the file.

    Raises:
        NoRoomError: the disk is full; other errors raise nothing here.
    """
    if not isinstance(error, OSError) or error.errno not in FULL:
        return
    own = next(one for one in (folder, *folder.parents) if not one.name.startswith("."))
    if error.errno == errno.EFBIG:
        raise too_large_a_file(own, needed) from error
    free, reason = shutil.disk_usage(folder).free, error.strerror or ""
    found = no_room(own, free, needed, reason=reason)
    found.folder = own
    raise found from error


def sizes(free: int, needed: int) -> list[str]:
    """What a disk has, what it must have and the difference of the two as they are told: in one
    unit, with as many decimals as tell little from nothing.

    Args:
        free: bytes, 0 or more, rounded down.
        needed: bytes, more than ``free``, rounded up, so that what is told is enough.
    """
    power = min((len(str(needed)) - 1) // 3, len(UNITS) - 1)
    for decimals in range(min(1, power), 3 * power + 1):  # the last ones say every byte
        has = free * 10**decimals // 1000**power
        if has or not free:
            break
    must = -(-needed * 10**decimals // 1000**power)
    return [f"{_written(count, decimals)} {UNITS[power]}" for count in (has, must, must - has)]


def _written(count: int, decimals: int) -> str:
    """A whole number of the last decimal as a number."""
    whole, rest = divmod(count, 10**decimals)
    return f"{whole:,}.{rest:0{decimals}d}" if decimals else f"{whole:,}"
