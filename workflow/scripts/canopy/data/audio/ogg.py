"""Ogg pages (RFC 3533): streams one after another, damage, and ends that are missing."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from canopy.data.audio.streams import AGAIN, Container, Stream, truncated

MARK = b"OggS"
HEADER_BYTES = 27
CONTINUES, BEGINS, ENDS = 1, 2, 4
BLOCK_BYTES = 1 << 16
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class Page:
    """A page: where it starts, its flags, the number of its logical stream and its own number in that."""

    start: int
    flags: int
    serial: bytes
    number: int
    whole: bool
    """Whether its checksum holds."""
    missing_bytes: int = 0


def examine(file: BinaryIO, size: int) -> Container:
    """Look at every page of an Ogg file.

    Parameters
    ----------
    file : binary file
        Buffered.
    size : int
        Its bytes.
    """
    starts: list[int] = []
    unended: list[int] = []
    open_ones: set[bytes] = set()
    numbers: dict[bytes, int] = {}
    damage: int | None = None
    began = False
    for page in _pages(file, size):
        if page.missing_bytes:
            return truncated("Ogg", size, page.missing_bytes)
        if not page.whole:
            damage = page.start if damage is None else damage
            continue
        if page.flags & BEGINS and not began:  # the first of a group of pages that begin streams
            unended += [len(starts)] if open_ones else []
            starts.append(page.start)
            open_ones, numbers = set(), {}
        began = bool(page.flags & BEGINS)
        if damage is None and page.number != numbers.get(page.serial, page.number - 1) + 1:
            damage = page.start
        numbers[page.serial] = page.number
        open_ones = open_ones - {page.serial} if page.flags & ENDS else open_ones | {page.serial}
    if not starts:
        return Container("Ogg", (Stream(0, size),))
    unended += [len(starts)] if open_ones else []
    streams = tuple(Stream(start, end) for start, end in zip(starts, [*starts[1:], size], strict=True))
    problem = (
        f"is damaged {damage / size:.0%} into the file: parts of its sound are lost; {AGAIN}"
        if damage is not None
        else ""
    )
    return Container("Ogg", streams, problem, _notes(len(streams), unended))


def _notes(n_streams: int, unended: list[int]) -> tuple[str, ...]:
    if not unended:
        return ()
    which = "it" if n_streams == 1 else "stream " + " and ".join(map(str, unended))
    return (f"may have been cut: {which} has no page that is marked as its last; what is there was used",)


def _pages(file: BinaryIO, size: int) -> Iterator[Page]:
    """Yield the pages; one after bytes that are none counts as broken, as does one whose checksum is wrong."""
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(HEADER_BYTES)
        if not head.startswith(MARK):
            found = _next_mark(file, at + 1)
            if found is None:
                if at == 0 or size - at < HEADER_BYTES:
                    return
                yield Page(at, CONTINUES, b"", 0, whole=False)
                return
            yield Page(at, CONTINUES, b"", 0, whole=False)
            at = found
            continue
        table = file.read(head[26]) if len(head) == HEADER_BYTES else b""
        if len(head) < HEADER_BYTES or len(table) < head[26]:
            missing = HEADER_BYTES - len(head) or head[26] - len(table)
            yield Page(at, 0, b"", 0, whole=True, missing_bytes=missing)
            return
        body = file.read(sum(table))
        missing = sum(table) - len(body)
        after = file.tell()
        whole = missing == 0 and checksum(head, table + body) == int.from_bytes(head[22:26], "little")
        yield Page(at, head[5], head[14:18], int.from_bytes(head[18:22], "little"), whole, missing)
        at = after if whole or missing else at + len(MARK)


def _next_mark(file: BinaryIO, at: int) -> int | None:
    file.seek(at)
    kept = b""
    while block := file.read(BLOCK_BYTES):
        found = (kept + block).find(MARK)
        if found >= 0:
            return at - len(kept) + found
        kept, at = block[-len(MARK) + 1 :], at + len(block)
    return None


def checksum(head: bytes, rest: bytes) -> int:
    """Return the checksum of a page: CRC-32 of polynomial 0x04c11db7, highest bit first, from 0.

    zlib's begins with the lowest bit and from all ones, so bytes and result are reversed.
    """
    blank = head[:22] + bytes(4) + head[26:]
    value = zlib.crc32((blank + rest).translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{value:032b}"[::-1], 2)
