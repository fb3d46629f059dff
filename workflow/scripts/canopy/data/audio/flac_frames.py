"""Where a FLAC stream ends (RFC 9639, section 9): its last frame tells, whatever the header says."""

from dataclasses import dataclass
from functools import cache

import numpy as np

FIXED_SYNC, VARIABLE_SYNC = b"\xff\xf8", b"\xff\xf9"
"""How a frame begins: with its number, where all frames but the last are of one size, or with its first sample's."""
HEADER_BYTES = 16
"""The most that a frame's header takes."""
TRIED = 3
"""So many of what look like the last frames' headers are looked at: one in some thousand is other bytes."""
_CRC8, _CRC16 = (0x07, 8), (0x8005, 16)
_WORD_BYTES = 8
_SIZE_IN_8_BITS, _SIZE_IN_16_BITS = 6, 7
_RATE_BYTES = {12: 1, 13: 2, 14: 2}
"""Bytes at the end of a frame's header that hold its rate, by the rate's code."""


@dataclass(frozen=True)
class _Frame:
    """What a frame's header tells: its number or its first sample, and its samples."""

    number: int
    n_samples: int


def length(tail: bytes, block_samples: int, told: int) -> int:
    """Return how many samples a stream holds.

    Parameters
    ----------
    tail : bytes
        The end of the stream, with its last frame.
    block_samples : int
        Samples of a frame, where all are of one size, as the stream's header tells.
    told : int
        How many samples the stream's header tells.

    Returns
    -------
    int
        Where the last frame ends; `told` where it ends there, or where no frame reaches to the end of the stream.
    """
    at, left = len(tail), TRIED
    while left and (at := max(tail.rfind(FIXED_SYNC, 0, at), tail.rfind(VARIABLE_SYNC, 0, at))) >= 0:
        frame = _frame(tail[at : at + HEADER_BYTES].ljust(HEADER_BYTES, b"\0"))
        if frame is None:
            continue
        first = frame.number * block_samples if tail[at : at + 2] == FIXED_SYNC else frame.number
        end = first + frame.n_samples
        if end == told or _crc(tail[at:], *_CRC16) == 0:
            return end
        left -= 1
    return told


def are_whole(frames: bytes) -> bool:
    """Return whether bytes are frames and nothing else: each ends with its check, so all together have the check 0.

    A byte after another would take long. Over the field of two elements, where 1 + 1 = 0, the check's polynomial is
    (x + 1) (x^15 + x + 1). The first divides what has an even number of terms. The second, squared again and again,
    keeps three terms, x^15s + x^s + 1: so s bits that lie 15 s bits up, or more, count for as much where they lie 14 s
    and 15 s bits lower.
    """
    step = 1
    while 30 * step * _WORD_BYTES < len(frames):
        step *= 2
    n_bytes = -(-len(frames) // _WORD_BYTES) * _WORD_BYTES
    words, at = np.frombuffer(frames.rjust(n_bytes, b"\0"), np.uint64).copy(), 0
    if int(np.bitwise_xor.reduce(words, initial=0)).bit_count() % 2:
        return False
    while step:
        while (n := min(len(words) - at - 15 * step, 14 * step)) > 0:
            words[at + 14 * step : at + 14 * step + n] ^= words[at : at + n]
            words[at + 15 * step : at + 15 * step + n] ^= words[at : at + n]
            at += n
        step //= 2
    bits, step = int.from_bytes(words[at:].tobytes(), "big"), 8 * _WORD_BYTES // 2
    while step:
        while above := bits >> 15 * step:
            bits ^= above << 15 * step ^ above << step ^ above
        step //= 2
    return bits == 0


def _frame(head: bytes) -> _Frame | None:
    """Return what a frame's header tells; None where the bytes are no such header."""
    if head[3] & 1 or not head[2] >> 4 or head[2] & 15 == 15 or head[3] >> 4 > 10:
        return None
    size_code, rate_code = head[2] >> 4, head[2] & 15
    ones = 8 - (head[4] ^ 0xFF).bit_length()  # the number is coded as UTF-8 codes letters
    if ones in (1, 8):
        return None
    number, at = head[4] & (0x7F >> ones), 5
    for byte in head[5 : 5 + max(0, ones - 1)]:
        if byte >> 6 != 2:
            return None
        number, at = number << 6 | byte & 0x3F, at + 1
    if size_code == _SIZE_IN_8_BITS:
        n_samples, at = head[at] + 1, at + 1
    elif size_code == _SIZE_IN_16_BITS:
        n_samples, at = int.from_bytes(head[at : at + 2], "big") + 1, at + 2
    elif size_code == 1:
        n_samples = 192
    else:
        n_samples = 576 << size_code - 2 if size_code < _SIZE_IN_8_BITS else 256 << size_code - 8
    at += _RATE_BYTES.get(rate_code, 0)
    return _Frame(number, n_samples) if _crc(head[: at + 1], *_CRC8) == 0 else None


def _crc(data: bytes, polynomial: int, bits: int) -> int:
    """Return the cyclic redundancy check of bytes: 0 for those that end with their own."""
    table, found, mask = _table(polynomial, bits), 0, (1 << bits) - 1
    for byte in data:
        found = found << 8 & mask ^ table[found >> bits - 8 ^ byte]
    return found


@cache
def _table(polynomial: int, bits: int) -> tuple[int, ...]:
    top, mask = 1 << bits - 1, (1 << bits) - 1
    table = []
    for byte in range(256):
        found = byte << bits - 8
        for _ in range(8):
            found = (found << 1 ^ (polynomial if found & top else 0)) & mask
        table.append(found)
    return tuple(table)
