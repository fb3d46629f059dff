"""FLAC (RFC 9639): streams joined end to end, and headers that leave the length open."""

import re
from typing import BinaryIO

from canopy.data.audio.streams import Container, Stream

MARK = b"fLaC"
STREAM_INFO = re.compile(MARK + rb"[\x00\x80]\x00\x00\x22")
"""How a stream begins: the mark, and the first block, of 34 bytes, which tells all of it."""
STREAM_INFO_BYTES = 8
HEADER_BYTES = 42
BLOCK_BYTES = 1 << 20
_LENGTH_BITS = 36


def examine(file: BinaryIO, size: int) -> Container:
    """Find the streams of a FLAC file."""
    starts = _starts(file)
    if not starts:
        return Container("FLAC", (Stream(0, size),))
    first = 0 if len(starts) == 1 else starts[0]  # tags before a single stream are the decoder's affair
    ends = [*starts[1:], size]
    return Container("FLAC", tuple(Stream(a, b) for a, b in zip([first, *starts[1:]], ends, strict=True)))


def with_length(head: bytes, stream: Stream, n_samples: int) -> Stream:
    """Return a stream with its length in its header, where it did not say it.

    Parameters
    ----------
    head : bytes
        The first `HEADER_BYTES` of the stream.
    stream : Stream
    n_samples : int
    """
    told = int.from_bytes(head[18:26], "big") & ~((1 << _LENGTH_BITS) - 1) | n_samples
    return Stream(stream.start + HEADER_BYTES, stream.end, head[:18] + told.to_bytes(8, "big") + head[26:HEADER_BYTES])


def _starts(file: BinaryIO) -> list[int]:
    found: list[int] = []
    at = 0
    while True:
        file.seek(at)
        block = file.read(BLOCK_BYTES)
        found += [at + match.start() for match in STREAM_INFO.finditer(block)]
        if len(block) < BLOCK_BYTES:
            return found
        at += len(block) - STREAM_INFO_BYTES + 1  # a mark may begin in one block and end in the next
