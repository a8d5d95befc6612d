"""Linux's own ways to give up rights, which Python has no names for."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

libc: Any = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

# linux/prctl.h and linux/capability.h
KEEP_CAPABILITIES, NO_NEW_PRIVILEGES, SECCOMP = 8, 38, 22
FILTER = 2
CAPABILITIES_VERSION = 0x20080522
READ_ANYWHERE = 1 << 2  # CAP_DAC_READ_SEARCH

NEW_NETWORK = 0x40000000  # CLONE_NEWNET of linux/sched.h

# linux/landlock.h: what each version of it knows, and which of these are reading
CREATE, ADD, RESTRICT = 444, 445, 446
RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # version to how many bits
READING = 0b1101  # execute, read a file, read a folder
ON_FILES = 0b1000000000000111 | 1 << 14  # rights that a file, not a folder, can be given
TCP = 0b11  # bind and connect, from version 4 on
SCOPES = 0b11  # abstract sockets and signals, from version 6 on

# linux/seccomp.h, linux/audit.h, and the numbers of the calls
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
EPERM, EACCES, ENOSYS = 1, 13, 38
THREAD = 0x00010000  # CLONE_THREAD
MACHINES = {
    # machine: (architecture, socket, clone, clone3, io_uring_setup, fork, vfork)
    "x86_64": (0xC000003E, 41, 56, 435, 425, 57, 58),
    "aarch64": (0xC00000B7, 198, 220, 435, 425, None, None),
}
LOAD, EQUAL, ANY_BIT, RETURN, AT_LEAST = 0x20, 0x15, 0x45, 0x06, 0x35
FOREIGN_CALLS = 0x40000000  # x86_64's calls of 32 bits begin here


def _call(number: int, *values: object) -> int:
    """A call of the kernel's by its number.

    Raises:
        OSError: it refuses.
    """
    whole = [ctypes.c_long(one) if isinstance(one, int) else one for one in values]
    result = int(libc.syscall(ctypes.c_long(number), *whole))
    if result < 0:
        reason = ctypes.get_errno()
        raise OSError(reason, os.strerror(reason))
    return result


def _prctl(option: int, *values: object) -> None:
    whole = [ctypes.c_ulong(one) if isinstance(one, int) else one for one in (*values, 0, 0, 0, 0)]
    if libc.prctl(option, *whole[:4]) < 0:
        reason = ctypes.get_errno()
        raise OSError(reason, os.strerror(reason))


def leave_network() -> None:
    """Go into a network of its own, which nothing is connected to: root may.

    Raises:
        OSError: this process may not.
    """
    if libc.unshare(NEW_NETWORK):
        raise OSError(EPERM, os.strerror(EPERM))


def no_new_privileges() -> None:
    """From here on no program that this process starts has more rights than it."""
    _prctl(NO_NEW_PRIVILEGES, 1)


def keep_capabilities() -> None:
    """Keep them when root becomes another user, until ``drop_capabilities``."""
    _prctl(KEEP_CAPABILITIES, 1)


def drop_capabilities(kept: int) -> None:
    """Give up all rights of root's but some.

    Args:
        kept: 0 or READ_ANYWHERE.

    Raises:
        OSError: this process does not have what it is to keep.
    """
    header = struct.pack("=Ii", CAPABILITIES_VERSION, 0)
    data = struct.pack("=6I", kept, kept, 0, 0, 0, 0)
    if libc.capset(header, data):
        raise OSError(EPERM, os.strerror(EPERM))


def may_read_anywhere() -> bool:
    """Whether this process has the right to read whatever the rights of files say."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    permitted = next(line.split()[1] for line in lines if line.startswith("CapPrm"))
    return bool(int(permitted, 16) & READ_ANYWHERE)


def threads_of(user: int) -> int:
    """How many threads a user has now."""
    count = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if folder.stat().st_uid == user:
                count += sum(1 for _ in (folder / "task").iterdir())
        except OSError:
            continue
    return count


def restrict_files(readable: Iterable[str], writable: Iterable[str]) -> list[str]:
    """Landlock: only these folders and files can be opened from here on, in all threads to come.

    Returns:
        What holds: "reading" and "writing"; nothing where the kernel has no Landlock.
    """
    try:
        version = _call(CREATE, None, 0, 1)
    except OSError:
        return []
    everything = (1 << RIGHTS[min(version, 5)]) - 1
    attributes = struct.pack("=QQQ", everything, TCP if version >= 4 else 0, SCOPES)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = _call(CREATE, attributes, size, 0)
    for paths, rights in ((readable, READING), (writable, everything)):
        for path in paths:
            _allow(rules, path, rights)
    _call(RESTRICT, rules, 0)
    os.close(rules)
    return ["reading", "writing"]


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        mask = rights if Path(path).is_dir() else rights & ON_FILES
        rule = struct.pack("=Qi", mask, descriptor)
        _call(ADD, rules, 1, rule, 0)
    finally:
        os.close(descriptor)


def restrict_calls() -> list[str]:
    """Seccomp: no socket and no new process from here on; threads are allowed.

    Returns:
        What holds: "network" and "processes"; nothing on a machine whose numbers are not known.
    """
    if platform.machine() not in MACHINES:
        return []
    program = b"".join(_program(*MACHINES[platform.machine()]))
    memory = ctypes.create_string_buffer(program)
    described = struct.pack("HP", len(program) // 8, ctypes.addressof(memory))
    _prctl(SECCOMP, FILTER, ctypes.c_char_p(described))
    return ["network", "processes"]


def _program(
    architecture: int,
    socket: int,
    clone: int,
    clone3: int,
    ring: int,
    fork: int | None,
    vfork: int | None,
) -> Iterable[bytes]:
    def step(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
        return struct.pack("HBBI", code, then, otherwise, value)

    yield step(LOAD, 4)  # the architecture of the call
    yield step(EQUAL, architecture, 1, 0)
    yield step(RETURN, REFUSE | EPERM)
    yield step(LOAD, 0)  # its number
    yield step(AT_LEAST, FOREIGN_CALLS, 0, 1)
    yield step(RETURN, REFUSE | ENOSYS)
    refused = {socket: EACCES, clone3: ENOSYS, ring: ENOSYS, fork: EPERM, vfork: EPERM}
    for number, error in refused.items():
        if number is not None:
            yield step(EQUAL, number, 0, 1)
            yield step(RETURN, REFUSE | error)
    yield step(EQUAL, clone, 0, 3)
    yield step(LOAD, 16)  # the lower half of its first argument
    yield step(ANY_BIT, THREAD, 1, 0)
    yield step(RETURN, REFUSE | EPERM)
    yield step(RETURN, ALLOW)
