"""Formats whose samples lie in one chunk that says its length: WAV, RF64, AIFF, W64, AU, CAF and their like.

That length is often wrong: a pipe writes it before it knows it, a recorder that loses power never writes it, and in
WAV it wraps at 4 GiB. Where it and the file disagree, the file's own length counts, and a note says so; only a file
that lacks much of what it promises counts as truncated.
"""

from dataclasses import dataclass
from typing import BinaryIO, Literal

from canopy.data.audio.streams import Container, Stream, truncated

Order = Literal["little", "big"]
FILE_MARKS = (b"RIFF", b"RIFX", b"RF64", b"FORM")
FEW_BYTES = 512
PADDING_BYTES = 1 << 15
"""Of bytes behind the samples that are no chunk, so many may be aside, the latter where they are blank; others are
samples of which the header does not know."""
W64_GUID = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
"""The end of all of W64's names but the first."""
WAV_LIMIT = 0xFFFFFFFF - 0x10000
"""A WAV file of more samples than this, with its header, is read as RF64."""
OPEN_LENGTHS = ((0x7F000000, 0x7F000000), (0x7FFFE000, 0x80001000), (0xFFFFF000, 0xFFFFFFFF), (1 << 62, 1 << 64))
"""What programs write that do not know the length: sox, arecord, ffmpeg, and all bits set."""


@dataclass(frozen=True)
class Data:
    """Where the samples are: their first byte, how many bytes the header promises, and what to write into it.

    `lengths` are the places of the fields that hold the promised length: place, bytes, and what to add to the number of
    samples' bytes there. `block` is the bytes of a sample of all channels, where it is known; `header_bytes` what the
    format needs before the samples.
    """

    start: int
    promised: int
    order: Order
    lengths: tuple[tuple[int, int, int], ...]
    block: int = 1
    counts: tuple[tuple[int, int], ...] = ()
    wav_format: bytes | None = None
    chunks_follow: bool = True
    header_bytes: int = 0


def examine(kind: str, data: Data, file: BinaryIO, size: int) -> Container:
    """Compare what a header promises with what there is.

    Parameters
    ----------
    kind : str
    data : Data
        As the header says it.
    file : binary file
    size : int
        Its bytes.
    """
    held = size - data.start
    if data.promised == held or (data.promised == 0 and held == 0):
        return Container(kind, (Stream(0, size),))
    if data.promised > held:
        if _is_open(data.promised):
            note = f"does not say its length ({data.promised:#x} bytes): all {_bytes(held)} of it were used"
            return Container(kind, (_corrected(data, file, size),), notes=(note,))
        if data.promised > size:  # up to here, the header may have been counted too
            return truncated(kind, size, data.promised - held)
        note = f"promises {data.promised - held} bytes more than there are: all {_bytes(held)} of it were used"
        return Container(kind, (_corrected(data, file, size),), notes=(note,))
    if not data.chunks_follow:
        return Container(kind, (Stream(0, size),))
    after = _after_chunks(file, data.start + data.promised, size, data)
    if size - after < 8:
        return Container(kind, (Stream(0, size),))
    if data.promised and _begins_file(file, after):
        return Container(kind, (Stream(0, after), Stream(after, size)))
    if data.promised and _is_aside(file, after, size - after):
        return Container(kind, (Stream(0, size),))
    note = (
        f"says that it holds {_bytes(data.promised)} of sound and holds {_bytes(held)}: all of it was used, as what "
        "follows is nothing that the format knows"
    )
    return Container(kind, (_corrected(data, file, size),), notes=(note,))


def _bytes(n: int) -> str:
    return f"{n:,} bytes"


def _is_open(length: int) -> bool:
    return length == 0 or any(low <= length <= high for low, high in OPEN_LENGTHS)


def _corrected(data: Data, file: BinaryIO, size: int) -> Stream:
    """Return the stream behind a header that tells its true length."""
    n_bytes = (size - data.start) // data.block * data.block
    if data.wav_format is not None and n_bytes > WAV_LIMIT:
        return Stream(data.start, data.start + n_bytes, _rf64(data.wav_format, n_bytes, data.block))
    file.seek(0)
    head = bytearray(file.read(data.start))
    for place, width, more in data.lengths:
        head[place : place + width] = (n_bytes + more).to_bytes(width, data.order)
    for place, width in data.counts:
        head[place : place + width] = (n_bytes // data.block).to_bytes(width, data.order)
    return Stream(data.start, data.start + n_bytes, bytes(head))


def _rf64(wav_format: bytes, n_bytes: int, block: int) -> bytes:
    """Return the header of an RF64 file (EBU Tech 3306)."""
    sizes = (4 + 36 + 8 + len(wav_format) + 8 + n_bytes, n_bytes, n_bytes // block)
    ds64 = b"".join(number.to_bytes(8, "little") for number in sizes) + bytes(4)
    unknown = b"\xff" * 4
    return b"".join(
        (
            *(b"RF64", unknown, b"WAVE", b"ds64", len(ds64).to_bytes(4, "little"), ds64),
            *(b"fmt ", len(wav_format).to_bytes(4, "little"), wav_format, b"data", unknown),
        )
    )


def _after_chunks(file: BinaryIO, at: int, size: int, data: Data) -> int:
    """Return where the chunks behind the samples end, such as metadata: the file's end, or what is no chunk."""
    while at + 8 <= size:
        place = at + at % 2
        file.seek(place)
        head = file.read(8)
        length = int.from_bytes(head[4:], data.order)
        printable = all(32 <= byte < 127 for byte in head[:4])
        if not printable or head[:4] in FILE_MARKS or place + 8 + length > size + 1:
            return at
        at = place + 8 + length
    return at


def _begins_file(file: BinaryIO, at: int) -> bool:
    """Return whether another WAV or AIFF file begins here, joined to the one before."""
    file.seek(at)
    head = file.read(12)
    return head[:4] in FILE_MARKS and head[8:12] in (b"WAVE", b"AIFF", b"AIFC")


def _is_aside(file: BinaryIO, at: int, n_bytes: int) -> bool:
    """Return whether bytes behind the samples are no samples: a tag, a few bytes, or blank to the end of a sector."""
    file.seek(at)
    found = file.read(PADDING_BYTES)
    tagged = found.startswith((b"TAG", b"ID3", b"APETAGEX"))
    return tagged or n_bytes <= FEW_BYTES or (n_bytes <= PADDING_BYTES and not any(found))
