"""What an audio file's container says of its own length, and how far that can be trusted.

libsndfile takes a file that was cut short for a shorter one without a word, believes a wrong length, and hears only the
first of several streams that were joined. The containers tell more, so all that decodes looks here first.
"""

import os
import time
from collections.abc import Callable
from functools import lru_cache, partial
from typing import BinaryIO

from canopy.data.audio import chunked, flac, headers, mpeg, ogg
from canopy.data.audio.chunked import Data
from canopy.data.audio.streams import Container, Stream, whole

BUFFER_BYTES = 1 << 20
SETTLED_NS = 1_000_000_000
"""A file that was written to so short a time ago is looked at each time."""
Examine = Callable[[BinaryIO, int], Container]
KINDS: dict[bytes, str] = {
    **{b"fLaC": "FLAC", b"OggS": "Ogg", b"ID3": "MP3", b".snd": "AU", b"dns.": "AU", b"caff": "CAF", b"riff": "W64"},
    b"NIST_1A": "NIST SPHERE",
}


def kind_of(head: bytes) -> str:
    """Name the audio format that a file's first 16 bytes announce; an empty string if none that is known."""
    if head.startswith((b"RIFF", b"RIFX", b"RF64", b"BW64")) and b"WAVE".startswith(head[8:12]):
        return "WAV"
    if head.startswith(b"FORM") and (b"AIF".startswith(head[8:11]) or head[8:12] in (b"8SVX", b"16SV")):
        return "AIFF"
    for start, kind in KINDS.items():
        if head.startswith(start):
            return kind
    frame = mpeg.parse(head[:4])
    return "MP3" if frame and frame.layer > 1 else ""


def examine(path: str | os.PathLike[str]) -> Container:
    """Look into a file's container, without decoding.

    WAV and its like are looked at in their headers alone; of FLAC, Ogg and MP3 files all bytes are read.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Container
        Of a format that nothing is known of, one stream without a word.
    """
    status = os.stat(path)
    if time.time_ns() - status.st_mtime_ns < SETTLED_NS:
        return _examine.__wrapped__(os.fspath(path), status.st_size)
    return _examine(os.fspath(path), status.st_size, status.st_mtime_ns, status.st_ino)


@lru_cache(maxsize=256)
def _examine(path: str, size: int, *_mark: int) -> Container:
    """Look into a container; of one that is the same file still, what was seen before is returned."""
    with open(path, "rb", buffering=BUFFER_BYTES) as file:
        kind = kind_of(file.read(16))
        look = EXAMINERS.get(kind)
        return look(file, size) if look else whole(kind, size)


def _by_header(kind: str, read: Callable[[BinaryIO], Data | None], file: BinaryIO, size: int) -> Container:
    try:
        data = read(file)
    except (OSError, ValueError, OverflowError):  # a length that leads to no place in any file
        data = None
    if data is not None and data.start < data.header_bytes:
        return Container(
            kind, (Stream(0, size),), "says that its samples begin within its header: save it as a new file"
        )
    return whole(kind, size) if data is None or data.start > size else chunked.examine(kind, data, file, size)


def _tagged(file: BinaryIO, size: int) -> Container:
    """Look into MPEG audio, or into FLAC where that follows an ID3 tag."""
    file.seek(0)
    file.seek(mpeg.tag_bytes(file.read(mpeg.HEAD_BYTES)))
    return flac.examine(file, size) if file.read(4) == flac.MARK else mpeg.examine(file, size)


EXAMINERS: dict[str, Examine] = {
    "WAV": partial(_by_header, "WAV", headers.riff),
    "AIFF": partial(_by_header, "AIFF", headers.aiff),
    "W64": partial(_by_header, "W64", headers.w64),
    "AU": partial(_by_header, "AU", headers.au),
    "CAF": partial(_by_header, "CAF", headers.caf),
    "NIST SPHERE": partial(_by_header, "NIST SPHERE", headers.sphere),
    "FLAC": flac.examine,
    "Ogg": ogg.examine,
    "MP3": _tagged,
}
