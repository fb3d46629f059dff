"""A part of a file, behind other first bytes, as a file of its own."""

import io
import os

from canopy.data.audio.streams import Stream


class View(io.RawIOBase):
    """What a decoder reads in place of a file: a stream's prefix, then its bytes of the file.

    Parameters
    ----------
    path : path-like
    stream : Stream
    """

    def __init__(self, path: str | os.PathLike[str], stream: Stream) -> None:
        super().__init__()
        self._prefix, self._start = stream.prefix, stream.start
        self._size = len(stream.prefix) + stream.end - stream.start
        self._at = 0
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115 - closed with the view

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that any place in it can be read."""
        return True

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place."""
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        """Fill a buffer, as far as there are bytes: decoders take fewer for the end."""
        into = memoryview(buffer)
        wanted, done, n_prefix = max(0, min(len(into), self._size - self._at)), 0, len(self._prefix)
        if wanted and self._at < n_prefix:
            done = min(wanted, n_prefix - self._at)
            into[:done] = self._prefix[self._at : self._at + done]
        if done < wanted:
            self._file.seek(self._start + self._at + done - n_prefix)
            while done < wanted and (n := self._file.readinto(into[done:wanted])):
                done += n
        self._at += done
        return done

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self._file.close()
        super().close()
