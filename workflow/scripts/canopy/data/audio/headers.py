"""Where the samples lie in WAV, RF64, AIFF, W64, AU, CAF and NIST files, as their headers say it."""

from typing import BinaryIO

from canopy.data.audio.chunked import W64_GUID, Data, Order

UNCOMPRESSED_AIFC = (b"NONE", b"sowt", b"twos", b"fl32", b"FL32", b"fl64", b"FL64", b"in24", b"in32", b"raw ")
AU_UNKNOWN = 0xFFFFFFFF
AU_HEADER_BYTES = 24
CAF_UNKNOWN = (1 << 64) - 1
SPHERE_HEADER_BYTES = 1024


def riff(file: BinaryIO) -> Data | None:
    """Read the chunks of a RIFF, RIFX or RF64 file up to its samples; None where there are none."""
    file.seek(0)
    head = file.read(12)
    order: Order = "big" if head[:4] == b"RIFX" else "little"
    long_lengths, fmt, long_at = None, b"", 0
    while len(chunk := file.read(8)) == 8:
        length, start = int.from_bytes(chunk[4:], order), file.tell()
        if chunk[:4] == b"ds64":
            long_at = start
            long_lengths = file.read(16)
        elif chunk[:4] == b"fmt ":
            fmt = file.read(min(length, 4096))
        elif chunk[:4] == b"data":
            block = max(1, int.from_bytes(fmt[12:14], order))
            if long_lengths is not None and length == 0xFFFFFFFF:
                promised = int.from_bytes(long_lengths[8:16], "little")
                return Data(start, promised, order, ((long_at, 8, start - 8), (long_at + 8, 8, 0)), block)
            lengths = ((4, 4, start - 8), (start - 4, 4, 0))
            return Data(start, length, order, lengths, block, wav_format=fmt if order == "little" else None)
        file.seek(start + length + length % 2)
    return None


def aiff(file: BinaryIO) -> Data | None:
    """Read the chunks of an AIFF, AIFF-C or 8SVX file up to its samples."""
    file.seek(0)
    head = file.read(12)
    block = 1
    counts: tuple[tuple[int, int], ...] = ()
    while len(chunk := file.read(8)) == 8:
        length, start = int.from_bytes(chunk[4:], "big"), file.tell()
        if chunk[:4] == b"COMM":
            told = file.read(min(length, 22))
            if head[8:12] == b"AIFF" or told[18:22] in UNCOMPRESSED_AIFC:
                block = max(1, int.from_bytes(told[:2], "big") * ((int.from_bytes(told[6:8], "big") + 7) // 8))
                counts = ((start + 2, 4),)
        elif chunk[:4] == b"BODY":
            return Data(start, length, "big", ((4, 4, start - 8), (start - 4, 4, 0)))
        elif chunk[:4] == b"SSND":
            offset = int.from_bytes(file.read(4), "big")
            before = 8 + offset
            promised = length - before if length > before else length
            lengths = ((4, 4, start + before - 8), (start - 4, 4, before))
            return Data(start + before, promised, "big", lengths, block, counts)
        file.seek(start + length + length % 2)
    return None


def w64(file: BinaryIO) -> Data | None:
    """Read the chunks of Sony's W64 file up to its samples; lengths there count the chunk's head of 24 bytes."""
    file.seek(40)
    block = 1
    while len(chunk := file.read(24)) == 24 and chunk[4:16] == W64_GUID:
        length, start = int.from_bytes(chunk[16:], "little"), file.tell()
        if chunk[:4] == b"fmt ":
            block = max(1, int.from_bytes(file.read(14)[12:14], "little"))
        elif chunk[:4] == b"data":
            promised = length - 24 if length >= 24 else 0
            return Data(
                start, promised, "little", ((16, 8, start), (start - 8, 8, 24)), block, chunks_follow=promised == 0
            )
        file.seek(start - 24 + max(24, (length + 7) // 8 * 8))
    return None


def au(file: BinaryIO) -> Data | None:
    """Read the header of a Sun or NeXT file, of either byte order."""
    file.seek(0)
    head = file.read(AU_HEADER_BYTES)
    if len(head) < AU_HEADER_BYTES:
        return None
    order: Order = "big" if head[:4] == b".snd" else "little"
    start, promised, coding = (int.from_bytes(head[at : at + 4], order) for at in (4, 8, 12))
    if promised == AU_UNKNOWN:
        return None  # as the format allows
    width = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 4, 7: 8, 27: 1}.get(coding, 1)
    block = max(1, width * int.from_bytes(head[20:24], order))
    return Data(
        *(start, promised, order, ((8, 4, 0),), block), chunks_follow=promised == 0, header_bytes=AU_HEADER_BYTES
    )


def caf(file: BinaryIO) -> Data | None:
    """Read the chunks of Apple's CAF file up to its samples, which an edit count of 4 bytes precedes."""
    file.seek(8)
    while len(chunk := file.read(12)) == 12:
        length, start = int.from_bytes(chunk[4:], "big"), file.tell()
        if chunk[:4] == b"data":
            if length == CAF_UNKNOWN:
                return None  # as the format allows for the last chunk
            return Data(start + 4, max(0, length - 4), "big", ((start - 8, 8, 4),), chunks_follow=length == 0)
        file.seek(start + length)
    return None


def sphere(file: BinaryIO) -> Data | None:
    """Read the header of a NIST SPHERE file, in text."""
    file.seek(0)
    told = dict(
        line.split(" -i ", 1)
        for line in file.read(SPHERE_HEADER_BYTES).decode("ascii", "replace").splitlines()
        if " -i " in line
    )
    try:
        count, channels, width = (int(told.get(f"{key}", "")) for key in _SPHERE_LENGTHS)
    except ValueError:
        return None
    block = max(1, channels * width)
    return Data(SPHERE_HEADER_BYTES, count * block, "little", (), block, chunks_follow=False)


_SPHERE_LENGTHS = ("sample_count", "channel_count", "sample_n_bytes")
