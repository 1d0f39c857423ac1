"""Files of others: regular ones of bounded size, whose text a terminal can show."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

__all__ = [
    "LARGEST",
    "LARGEST_NUMBER",
    "LONGEST_NAME",
    "control_character",
    "is_file",
    "is_folder",
    "read_bytes",
    "siblings",
    "visible",
]

LARGEST = 256 * 2**20
"""Bytes; the full correlation matrix of 3000 parameters, with all digits, has 190 million."""

LARGEST_NUMBER = 1e50
"""In files and options; squares and fourth powers of such numbers, and their products, stay finite."""

LONGEST_NAME = 150
"""Characters; names become parts of names of files, which have 255 bytes."""

# besides C0, DEL and C1, what turns the direction of the text that follows
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")


def is_file(path: Path) -> bool:
    """Whether there is a regular file; a name that no file can have, such as one that is too long, has none."""
    # Path.is_file raises for such names
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Whether there is a folder."""
    return os.path.isdir(path)  # noqa: PTH112


def siblings(path: Path) -> list[str]:
    """Names in the folder of a file, for those who misspelt one; none if it cannot be listed."""
    try:
        return [other.name for other in path.parent.iterdir()]
    except OSError:
        return []


def read_bytes(path: Path, largest: int = LARGEST) -> bytes:
    """The content of a regular file.

    Raises:
        OSError: it is missing or unreadable, has more than ``largest`` bytes or more than it says, or is a folder, a
            device or a pipe, which may have no end or be waited for without one.
    """
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "no regular file, but a device, a pipe or a socket")
    if status.st_size > largest:
        raise OSError(errno.EFBIG, f"{status.st_size} bytes, more than {largest}")
    with path.open("rb") as file:
        # some files of the kernel have no size and no end
        content = file.read(status.st_size + 1)
    if len(content) > status.st_size:
        raise OSError(errno.EFBIG, f"more than the {status.st_size} bytes of its size: is it still being written?")
    return content


def control_character(text: str) -> re.Match[str] | None:
    """The first character that a terminal would obey rather than show, tabs and line ends aside; None if none is."""
    return _CONTROL.search(text)


def visible(text: str) -> str:
    """The text for a terminal: characters that it would obey stand as their escapes, as Python writes them."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
