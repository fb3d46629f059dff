"""The frames of a FLAC file (RFC 9639, section 9), some at a time, as far as nothing is wrong with them."""

import os

from canopy.data.audio import flac, flac_frames

READ_BYTES = 1 << 20
MOST_FRAMES = 0x110000
"""The numbers of so many frames are coded as Python codes letters in UTF-8."""
NUMBER_AT = 4
"""Where a frame's header holds its number."""
FIELDS = ((8, 10), (10, 12), (12, 15))
"""Bytes of the stream's header: the least and the most samples of a frame, and a frame's least bytes (0: not told)."""
SAMPLE_BYTES = 8 * 4
"""The most that a sample of all channels takes; a frame is hardly longer than its samples."""


class Batches:
    """The frames of a file that holds one stream, in batches.

    Parameters
    ----------
    path : path-like
    n_samples : int
        As the file's header tells.

    Attributes
    ----------
    head : bytes
        What a decoder must read before a batch: the stream's header.
    """

    def __init__(self, path: str | os.PathLike[str], n_samples: int) -> None:
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115 - closed by `close`
        head = self._file.read(flac.HEADER_BYTES)
        self.head = head[:4] + b"\x80" + head[5:]  # no other blocks of metadata follow in it
        least, self._block, self._least_bytes = (int.from_bytes(head[first:end], "big") for first, end in FIELDS)
        self._n_samples, self._number, self._n_frames = n_samples, 0, -(-n_samples // max(1, self._block))
        self._most_bytes = SAMPLE_BYTES * self._block + READ_BYTES
        self._data, self._at, self._length = self._begin(head), 0, 4
        self._full = self._data[:3]  # the same in all frames' headers but the last one's, which may be shorter
        begins = self._full.startswith(flac_frames.FIXED_SYNC) and self._data[NUMBER_AT : NUMBER_AT + 1] == b"\0"
        self._good = begins and least == self._block and self._n_frames < MOST_FRAMES

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def next(self, wanted: int) -> tuple[bytes, int]:
        """Return the bytes of the next frames, and how many samples they hold.

        Parameters
        ----------
        wanted : int
            So many samples, as long as there are frames; the last of these may hold more.

        Returns
        -------
        bytes
            Frames that are numbered on and on, without a byte between them, and pass the checks that they bear; none
            where the next ones do not.
        int
        """
        if self._at > len(self._data) // 2:
            self._data, self._at = self._data[self._at :], 0
        last, at = min(self._number - (-wanted // max(1, self._block)), self._n_frames), self._at
        for number in range(self._number + 1, last + 1):
            if self._good:
                at = self._find(number, at) if number < self._n_frames else self._end(at)
                self._good = at >= 0
        frames = self._data[self._at : at] if self._good else b""
        self._good = len(frames) > 0 and flac_frames.are_whole(frames)
        if not self._good:
            return b"", 0
        n_samples = min(last * self._block, self._n_samples) - self._number * self._block
        self._at, self._number = at, last
        return frames, n_samples

    def _begin(self, head: bytes) -> bytes:
        """Return the first bytes behind all blocks of metadata; none where these do not end."""
        if not flac.STREAM_INFO.match(head):
            return b""
        at, last = len(flac.MARK), False
        while not last:
            self._file.seek(at)
            block = self._file.read(4)
            if len(block) < 4:
                return b""
            last, at = bool(block[0] >> 7), at + 4 + int.from_bytes(block[1:], "big")
        self._file.seek(at)
        return self._file.read(READ_BYTES)

    def _more(self) -> bool:
        """Read on; return whether there was more."""
        more = self._file.read(READ_BYTES)
        self._data += more
        return bool(more)

    def _find(self, number: int, before: int) -> int:
        """Return where a frame begins, after the one that begins at `before`; -1 where it cannot be told."""
        sync = self._full if number < self._n_samples // self._block else flac_frames.FIXED_SYNC
        coded = chr(number).encode("utf-8", "surrogatepass")
        near = before + self._length * 3 // 4, before + self._length * 2  # most frames are as long as the one before
        while True:
            at = self._among(*near, sync, coded)
            if at < 0:
                at = self._among(before + max(1, self._least_bytes), len(self._data), sync, coded)
            if at >= 0:
                self._length = at - before
                # Zeros behind a frame change nothing of its check.
                return -1 if self._data.startswith(b"\0\0", at - 2) else at
            if len(self._data) - before > self._most_bytes or not self._more():
                return -1

    def _among(self, first: int, last: int, sync: bytes, coded: bytes) -> int:
        """Return where in the bytes that were read a frame of that number begins; -1 where none does."""
        at = self._data.find(sync, first, last)
        while at >= 0 and not self._data.startswith(coded, at + NUMBER_AT):
            at = self._data.find(sync, at + 1, last)
        return at

    def _end(self, before: int) -> int:
        """Return where the last frame ends, which is where the file does; -1 where that is too far off."""
        while len(self._data) - before <= self._most_bytes:
            if not self._more():
                return len(self._data)
        return -1
