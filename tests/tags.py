"""Tags in audio files."""

from pathlib import Path

SECOND_BLOCK = 42
"""Where the second block of a FLAC file's metadata begins; the first one has always the same length."""


def write_tag(path: Path, n_bytes: int = 100) -> None:
    """Add a block of metadata to a FLAC file after its second one; its samples stay."""
    found = bytearray(path.read_bytes())
    length = int.from_bytes(found[SECOND_BLOCK + 1 : SECOND_BLOCK + 4], "big")
    last, found[SECOND_BLOCK] = found[SECOND_BLOCK] & 0x80, found[SECOND_BLOCK] & 0x7F
    end = SECOND_BLOCK + 4 + length
    found[end:end] = bytes([last | 1]) + n_bytes.to_bytes(3, "big") + bytes(n_bytes)
    path.write_bytes(found)
