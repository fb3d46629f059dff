"""Quality control of one audio file: it is decoded to its end."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf

from canopy.data.audio.container import bytes_missing, kind_of
from canopy.data.recordings.folder import FOREIGN_SUFFIXES

BLOCK_FRAMES = 1 << 16
UNKNOWN_FRAMES = 1 << 62
MP3_FRAME_SAMPLES = 1152


@dataclass(frozen=True)
class Probe:
    """What decoding a file showed.

    `duration_s` is what could be decoded. All numbers are None when not even the header could be read;
    `problem` is empty for a usable file, else a sentence.
    """

    duration_s: float | None = None
    sample_rate_hz: int | None = None
    channels: int | None = None
    problem: str = ""


def probe(path: str | os.PathLike[str]) -> Probe:
    """Decode an audio file in blocks and say whether it can be used.

    Any number of channels, any rate and digital silence are fine, and so is a file whose extension
    names another format, as long as it decodes.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    Probe
        Never raises for a bad file: what is wrong is in `problem`.
    """
    path = Path(path)
    try:
        with path.open("rb") as handle:
            head = handle.read(16)
    except FileNotFoundError:
        return Probe(problem=f"there is no file {path.name}: fetch it again, or mend the link if it is one")
    except IsADirectoryError:
        return Probe(problem=f"{path.name} is a folder, not an audio file: rename or move it")
    except OSError as error:
        return Probe(problem=f"{path.name} cannot be read ({error.strerror}): mend its permissions or fetch it again")
    if not head:
        return Probe(problem=f"{path.name} is empty (0 bytes): fetch it again")
    try:
        with sf.SoundFile(path) as audio:
            return _decode(audio, path)
    except sf.LibsndfileError:
        return Probe(problem=_why_unreadable(path, head))


def _decode(audio: sf.SoundFile, path: Path) -> Probe:
    if audio.frames >= UNKNOWN_FRAMES:
        problem = f"the header of {path.name} does not say how long it is: encode it again (for example with `flac`)"
        return Probe(None, audio.samplerate, audio.channels, problem)
    floating = audio.subtype in ("FLOAT", "DOUBLE")
    block = np.empty((BLOCK_FRAMES, audio.channels), np.float32 if floating else np.int16)
    decoded, first_bad, broken = 0, None, False
    try:
        while n := len(got := audio.read(out=block)):
            if floating and first_bad is None and not (finite := np.isfinite(got).all(axis=1)).all():
                first_bad = decoded + int(np.argmin(finite))
            decoded += n
    except sf.LibsndfileError:
        broken = True
    rate, seconds, promised = audio.samplerate, decoded / audio.samplerate, audio.frames / audio.samplerate
    # An MP3 holds whole blocks of samples, and its header may count the encoder's padding.
    allowed = 2 * MP3_FRAME_SAMPLES if audio.format == "MP3" else 0
    problem = ""
    if broken or decoded < audio.frames - allowed:
        problem = (
            f"{path.name} is truncated or damaged: it decodes to {seconds:.2f} s of the {promised:.2f} s "
            "that its header promises; fetch it again"
        )
    elif missing := bytes_missing(path):
        problem = f"{path.name} is truncated: {missing} bytes that its header promises are missing; fetch it again"
    elif decoded == 0:
        problem = f"{path.name} holds no samples (zero length): record or fetch it again"
    elif first_bad is not None:
        problem = f"{path.name} holds NaN or infinite samples (the first at {first_bad / rate:.2f} s): export it again"
    return Probe(seconds, rate, audio.channels, problem)


def _why_unreadable(path: Path, head: bytes) -> str:
    kind = kind_of(head)
    if kind:
        return (
            f"{path.name} is truncated or damaged: it begins as {kind}, but its header cannot be read; fetch it again"
        )
    if path.suffix.lower() in FOREIGN_SUFFIXES:
        return f"{path.name} is of a format that Canopy does not decode: convert it to FLAC"
    return (
        f"{path.name} is not audio in spite of its extension (it begins with {head[:8]!r}): "
        "put the recording in its place or remove it"
    )
