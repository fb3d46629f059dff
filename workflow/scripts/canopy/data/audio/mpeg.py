"""MPEG audio frames (ISO 11172-3, 13818-3; layers I to III): how long a file is that does not say it.

libsndfile guesses the length from the first frame where a file has no Xing, Info or VBRI header, and stops there. Here
every frame's header is read, and streams that such a guess would cut get a header that tells their length.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from canopy.data.audio.streams import AGAIN, Container, Stream

BITRATES_KBIT = {
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""By whether it is MPEG-1, and by layer."""
RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
HEAD_BYTES = 56
"""Enough to see whether a frame is a Xing, Info or VBRI header."""
NO_TAG = b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10)
"""An empty tag. libsndfile knows MPEG audio behind it, and does not know it in a view without one."""
SEARCH_BYTES = 1 << 16
SPARE_FRAMES = 2
"""By how many frames a header's count may be off: encoders count their padding or the header itself."""


class Frame(NamedTuple):
    """What a frame's header says."""

    n_bytes: int
    n_samples: int
    rate_hz: int
    channels: int
    bitrate_kbit: int
    layer: int
    side_bytes: int

    @property
    def format(self) -> tuple[int, int, int]:
        """What is the same for all frames of a stream."""
        return self.rate_hz, self.channels, self.layer


@dataclass
class _Run:
    """Frames of one stream, one after another: where they start, their header if there is one included."""

    start: int
    frame: Frame
    head: bytes
    promised: int | None
    sound: int
    n_frames: int = 0
    bitrates: set[int] = field(default_factory=set)
    end: int = 0


@lru_cache(maxsize=4096)
def parse(head: bytes) -> Frame | None:
    """Read the four bytes of a frame's header; None where they are none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer, bitrate, rate = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3), head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer == 4 or bitrate in (0, 15) or rate == 3:
        return None
    first, padding, channels = version == 3, head[2] >> 1 & 1, 1 if head[3] >> 6 == 3 else 2
    kbit, rate_hz = BITRATES_KBIT[first, layer][bitrate - 1], RATES_HZ[version][rate]
    n_samples = 384 if layer == 1 else 1152 if layer == 2 or first else 576
    slot = 4 if layer == 1 else 1
    n_bytes = (n_samples // 8 * kbit * 1000 // rate_hz // slot + padding) * slot
    side = {(True, 1): 17, (True, 2): 32, (False, 1): 9, (False, 2): 17}[first, channels]
    return Frame(n_bytes, n_samples, rate_hz, channels, kbit, layer, side)


def examine(file: BinaryIO, size: int) -> Container:
    """Read the headers of all frames of a file of MPEG audio."""
    runs: list[_Run] = []
    lost: list[tuple[float, int]] = []
    notes: list[str] = []
    seconds = 0.0
    for at, frame, head, gap in _frames(file, size):
        if gap and runs:
            lost.append((seconds, gap))
        if at + frame.n_bytes > size:
            notes.append("may have been cut: its last frame is not whole; what is there was used")
            break
        tag, promised = _header_frame(head, frame)
        if not runs or tag or frame.format != runs[-1].frame.format:
            runs.append(_Run(at, frame, head, promised, at + frame.n_bytes * tag))
        run = runs[-1]
        run.n_frames += not tag
        run.end = at + frame.n_bytes
        if not tag:
            run.bitrates.add(frame.bitrate_kbit)
            seconds += frame.n_samples / frame.rate_hz
    streams = tuple(_stream(run, alone=len(runs) == 1, size=size) for run in runs if run.n_frames)
    return Container("MP3", streams or (Stream(0, size),), _problem(runs, lost), tuple(notes))


def _problem(runs: list[_Run], lost: list[tuple[float, int]]) -> str:
    if lost:
        at_s, n_bytes = lost[0]
        return f"is damaged at {at_s:.2f} s: {n_bytes} bytes there are no sound; {AGAIN}"
    for run in runs:
        if run.promised is not None and run.n_frames < run.promised - SPARE_FRAMES:
            held_s, promised_s = (n * run.frame.n_samples / run.frame.rate_hz for n in (run.n_frames, run.promised))
            return (
                f"is truncated or damaged: it decodes to {held_s:.2f} s of the {promised_s:.2f} s that its header "
                f"promises; {AGAIN}"
            )
    return ""


def _stream(run: _Run, *, alone: bool, size: int) -> Stream:
    n_samples = run.n_frames * run.frame.n_samples
    if run.promised is not None and run.n_frames <= run.promised + SPARE_FRAMES:
        return Stream(0, size) if alone else Stream(run.start, run.end, NO_TAG)
    if run.frame.layer < 3 or (run.promised is None and len(run.bitrates) == 1):
        return Stream(0, size, b"", n_samples) if alone else Stream(run.start, run.end, NO_TAG, n_samples)
    return Stream(run.sound, run.end, NO_TAG + _length_frame(run.head, run.n_frames, run.end - run.sound))


def _header_frame(head: bytes, frame: Frame) -> tuple[bool, int | None]:
    """Return whether a frame is a header of its stream, and how many frames that promises."""
    if frame.layer < 3:
        return False, None
    at = 4 + frame.side_bytes
    if head[at : at + 4] in (b"Xing", b"Info"):
        counted = head[at + 7] & 1
        return True, int.from_bytes(head[at + 8 : at + 12], "big") if counted else None
    if head[36:40] == b"VBRI":
        return True, int.from_bytes(head[50:54], "big")
    return False, None


def _length_frame(head: bytes, n_frames: int, n_bytes: int) -> bytes:
    """Return a Xing header for frames like this one."""
    for bitrate in range(1, 15):
        start = bytes([head[0], head[1] | 1, bitrate << 4 | head[2] & 0x0C, head[3]])
        frame = parse(start)
        told = bytes(frame.side_bytes) + b"Xing\x00\x00\x00\x03" + n_frames.to_bytes(4, "big") if frame else b""
        if frame and frame.n_bytes >= 4 + len(told) + 4 + 100:
            return (start + told + (n_bytes + frame.n_bytes).to_bytes(4, "big")).ljust(frame.n_bytes, b"\x00")
    raise AssertionError("no bitrate has room for a header")


def _frames(file: BinaryIO, size: int) -> Iterator[tuple[int, Frame, bytes, int]]:
    """Yield where each frame starts, its header, its first bytes, and how many bytes before it were no sound."""
    at, known = 0, None
    while at + 4 <= size:
        file.seek(at)
        head = file.read(HEAD_BYTES)
        frame = parse(head[:4])
        if frame and (frame.format == known or _follows(file, at, frame, size)):
            yield at, frame, head, 0
            at, known = at + frame.n_bytes, frame.format
            continue
        if n_bytes := tag_bytes(head):
            at += n_bytes
            continue
        found = _next_frame(file, at + 1, size)
        if found is None:
            return
        file.seek(found)
        head = file.read(HEAD_BYTES)
        frame = parse(head[:4])
        assert frame is not None
        yield found, frame, head, found - at
        at, known = found + frame.n_bytes, frame.format


def _follows(file: BinaryIO, at: int, frame: Frame, size: int) -> bool:
    """Return whether another frame of the same kind comes after this one; at a file's end, none need come."""
    if at + frame.n_bytes + 4 > size:
        return at + frame.n_bytes == size
    file.seek(at + frame.n_bytes)
    following = parse(file.read(4))
    return following is not None and following.format == frame.format


def tag_bytes(head: bytes) -> int:
    """Return the length of a tag that is no sound: ID3 before a stream or after it, or APE; 0 where there is none."""
    if head.startswith(b"ID3"):
        length = 0
        for byte in head[6:10]:
            length = length << 7 | byte & 0x7F
        return 10 + length + (10 if head[5] & 0x10 else 0)
    if head.startswith(b"TAG"):
        return 128
    if head.startswith(b"APETAGEX"):
        has_header = head[23] & 0x20
        return 32 + (int.from_bytes(head[12:16], "little") if has_header else 0)
    return 0


def _next_frame(file: BinaryIO, at: int, size: int) -> int | None:
    while at < size:
        file.seek(at)
        block = file.read(SEARCH_BYTES)
        place = block.find(b"\xff")
        while place >= 0:
            file.seek(at + place)
            frame = parse(file.read(4))
            if frame and _follows(file, at + place, frame, size):
                return at + place
            place = block.find(b"\xff", place + 1)
        at += len(block)
    return None
