"""What a look at an audio file's container shows: the streams in it, what is wrong, and what was assumed."""

from dataclasses import dataclass

UNKNOWN = 1 << 62
"""From this number of samples on, libsndfile means that it does not know the length."""


@dataclass(frozen=True)
class Stream:
    """A part of a file that is decoded by itself: most files have one, files joined end to end have several.

    Parameters
    ----------
    start, end : int
        The bytes of the file, from the first to the one after the last.
    prefix : bytes
        What a decoder must read before them: a header that tells the truth in place of one that does not.
    n_samples : int or None
        Samples per channel, where the container tells it better than the decoder.
    """

    start: int
    end: int
    prefix: bytes = b""
    n_samples: int | None = None


@dataclass(frozen=True)
class Container:
    """A file's container.

    Parameters
    ----------
    kind : str
        `WAV`, `FLAC`, ...; empty where nothing is known of it.
    streams : tuple of Stream
    problem : str
        Why the file cannot be used, as the rest of a sentence that begins with its name; or empty.
    notes : tuple of str
        What was assumed or left aside, in the same form.
    missing_bytes : int
        Bytes that the file announces and does not hold.
    """

    kind: str
    streams: tuple[Stream, ...]
    problem: str = ""
    notes: tuple[str, ...] = ()
    missing_bytes: int = 0


def whole(kind: str, size: int) -> Container:
    """Return a container of one stream that the decoder finds by itself."""
    return Container(kind, (Stream(0, size),))


def truncated(kind: str, size: int, missing_bytes: int) -> Container:
    """Return a container that ends too early."""
    return Container(
        kind,
        (Stream(0, size),),
        f"is truncated: {missing_bytes} bytes that its header promises are missing; {AGAIN}",
        missing_bytes=missing_bytes,
    )


AGAIN = "fetch it again, or save the part that plays as a new file"
