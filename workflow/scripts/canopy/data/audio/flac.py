"""FLAC (RFC 9639): streams joined end to end, and headers that leave the length open or tell too little."""

import re
from typing import BinaryIO

from canopy.data.audio import flac_frames
from canopy.data.audio.streams import Container, Stream

MARK = b"fLaC"
STREAM_INFO = re.compile(MARK + rb"[\x00\x80]\x00\x00\x22")
"""How a stream begins: the mark, and the first block, of 34 bytes, which tells all of it."""
STREAM_INFO_BYTES = 8
HEADER_BYTES = 42
BLOCK_BYTES = 1 << 20
_LENGTHS = (1 << 36) - 1
"""The bits of a header's number that hold the length in samples."""


def examine(file: BinaryIO, size: int) -> Container:
    """Find the streams of a FLAC file."""
    starts = _starts(file)
    if not starts:
        return Container("FLAC", (Stream(0, size),))
    first = 0 if len(starts) == 1 else starts[0]  # tags before a single stream are the decoder's affair
    streams, notes = [], []
    for start, begin, end in zip(starts, [first, *starts[1:]], [*starts[1:], size], strict=True):
        stream = Stream(begin, end)
        head = _read(file, start, start + HEADER_BYTES)
        told, rate_hz = int.from_bytes(head[18:26], "big") & _LENGTHS, int.from_bytes(head[18:21], "big") >> 4
        tail = _read(file, max(start + HEADER_BYTES, end - BLOCK_BYTES), end)
        held = flac_frames.length(tail, int.from_bytes(head[8:10], "big"), told) if told else told
        if held > told and rate_hz:
            stream = with_length(head, Stream(start, end), held)
            seconds = [f"{n_samples / rate_hz:.2f} s" for n_samples in (told, held)]
            notes.append(f"says that it holds {seconds[0]} of sound and holds {seconds[1]}: all of it was used")
        streams.append(stream)
    return Container("FLAC", tuple(streams), notes=tuple(notes))


def with_length(head: bytes, stream: Stream, n_samples: int) -> Stream:
    """Return a stream with its length in its header, where it did not say it.

    Parameters
    ----------
    head : bytes
        The first `HEADER_BYTES` of the stream.
    stream : Stream
    n_samples : int
    """
    told = int.from_bytes(head[18:26], "big") & ~_LENGTHS | n_samples
    return Stream(stream.start + HEADER_BYTES, stream.end, head[:18] + told.to_bytes(8, "big") + head[26:HEADER_BYTES])


def _read(file: BinaryIO, start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(max(0, end - start))


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
