"""What an audio file's container says of its own length.

libsndfile takes a WAV, AIFF or Ogg file that was cut short for a shorter one, without a word. These
formats tell how long they should be, so the cut can be seen.
"""

import os
from pathlib import Path
from typing import Literal

OGG_PAGE_BYTES_MAX = 27 + 255 + 255 * 255
RIFF_DATA: tuple[bytes, Literal["little", "big"]] = (b"data", "little")
AIFF_DATA: tuple[bytes, Literal["little", "big"]] = (b"SSND", "big")
"""The chunk that holds the samples, and the byte order of sizes."""
UNKNOWN_SIZES = (0, 0xFFFFFFFF)
"""Sizes that recorders write when they do not know better."""


def kind_of(head: bytes) -> str:
    """Name the audio format that a file's first 16 bytes announce; an empty string if none that is known."""
    if head.startswith((b"RIFF", b"RF64")) and b"WAVE".startswith(head[8:12]):
        return "WAV"
    if head.startswith(b"FORM") and b"AIF".startswith(head[8:11]):
        return "AIFF"
    starts = {b"fLaC": "FLAC", b"OggS": "Ogg", b"ID3": "MP3", b".snd": "AU", b"caff": "CAF", b"riff": "W64"}
    for start, kind in starts.items():
        if head.startswith(start):
            return kind
    return "MP3" if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 else ""


def bytes_missing(path: str | os.PathLike[str]) -> int:
    """Count the bytes of audio that a WAV, AIFF or Ogg file announces and does not hold.

    Parameters
    ----------
    path : path-like
        A file that libsndfile can open.

    Returns
    -------
    int
        0 for a whole file, for other formats, and where the file itself leaves its size open, as
        recorders do that write into a pipe.
    """
    path = Path(path)
    size = path.stat().st_size
    with path.open("rb") as handle:
        head = handle.read(12)
        if head.startswith((b"RIFF", b"FORM")):
            wanted, order = RIFF_DATA if head.startswith(b"RIFF") else AIFF_DATA
            while len(chunk := handle.read(8)) == 8:
                length = int.from_bytes(chunk[4:], order)
                start = handle.tell()
                if chunk[:4] == wanted:
                    return 0 if length in UNKNOWN_SIZES else max(0, start + length - size)
                handle.seek(start + length + length % 2)
        elif head.startswith(b"OggS"):
            first = max(0, size - OGG_PAGE_BYTES_MAX)
            handle.seek(first)
            return _missing_from_last_page(handle.read())
    return 0


def _missing_from_last_page(tail: bytes) -> int:
    """Count the bytes that an Ogg stream's last page lacks (RFC 3533: 27 bytes, a segment table, the segments)."""
    start = tail.rfind(b"OggS")
    if start < 0:
        return 0
    page = tail[start:]
    if len(page) < 27:
        return 27 - len(page)
    n_segments = page[26]
    table = page[27 : 27 + n_segments]
    if len(table) < n_segments:
        return n_segments - len(table)
    return max(0, 27 + n_segments + sum(table) - len(page))
