"""Short sounds that every browser plays from within a page."""

import io
import os

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from canopy.data.audio.decoding import Recording
from canopy.data.audio.file import BadRecording
from canopy.runtime.errors import CanopyError

RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
"""Those of MPEG-1 and MPEG-2 audio layer III."""

PEAK = 0.9
FADE_S = 0.005
COMPRESSION = 0.8
"""Of libsndfile's variable bit rate: 0 is the largest, 1 the smallest file. Some 24 kbit/s at 16 kHz."""

Samples = NDArray[np.float32]


def read_clip(
    path: str | os.PathLike[str], start_s: float, end_s: float, *, wanted_hz: int, channel: int | None = None
) -> tuple[Samples, int]:
    """Decode a part of a recording.

    Parameters
    ----------
    path : path-like
    start_s, end_s : float
        From when to when, in seconds.
    wanted_hz : int
        The rate to come close to: the result has the lowest rate of MP3 that is at least this or the recording's own,
        whichever is less.
    channel : int, optional
        The channel to hear, as of `canopy.data.audio.file.AudioFile`.

    Returns
    -------
    samples : ndarray, shape (n_samples,)
        The mean of all channels, or the one.
    sample_rate_hz : int

    Raises
    ------
    CanopyError
        If the file cannot be decoded.
    """
    try:
        with Recording(path, channel=channel) as recording:
            target_hz = playable_hz(min(recording.rate_hz, wanted_hz))
            length = recording.length(target_hz)
            first = min(round(start_s * target_hz), max(0, length - 1))
            last = min(first + round((end_s - start_s) * target_hz), length)
            return recording.read(first, last, target_hz), target_hz
    except BadRecording as bad:
        raise CanopyError(
            f"{path}: cannot be decoded ({bad}), although it could when the recordings were listed; "
            "restore the file and run the same command again, or set report.detections to 0"
        ) from None


def playable_hz(sample_rate_hz: float) -> int:
    """Return the lowest rate of MP3 that loses nothing of this one, or the highest."""
    return next((rate for rate in RATES_HZ if rate >= sample_rate_hz), RATES_HZ[-1])


def mp3(samples: Samples, sample_rate_hz: int) -> bytes:
    """Return sound as MP3 of a variable bit rate, as loud as it can be, its ends faded over 5 ms.

    MP3 because every browser plays it, and because libsndfile writes the same bytes each time; an Ogg stream bears a
    random number.
    """
    loudest = float(np.abs(samples).max(initial=0))
    scaled = samples * (PEAK / loudest) if loudest > 0 else samples.copy()
    fade = np.linspace(0, 1, min(round(FADE_S * sample_rate_hz), len(samples) // 2), dtype=np.float32)
    scaled[: len(fade)] *= fade
    scaled[len(scaled) - len(fade) :] *= fade[::-1]
    packed = io.BytesIO()
    sf.write(
        packed,
        scaled,
        sample_rate_hz,
        format="MP3",
        subtype="MPEG_LAYER_III",
        bitrate_mode="VARIABLE",
        compression_level=COMPRESSION,
    )
    return packed.getvalue()
