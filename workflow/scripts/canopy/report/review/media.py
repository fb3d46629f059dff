"""A clip's picture and its sound, as the review page holds them."""

import base64
import os
from typing import Any

from canopy.data.audio.decoding import Recording
from canopy.data.audio.file import BadRecording
from canopy.report.detections.sound import RATES_HZ, mp3, playable_hz
from canopy.report.detections.spectrogram import jpeg, spectrogram

HEIGHT = 240
HEARD_HZ = RATES_HZ[-1]
SLOWED = 10
"""So many times slower is a sound that has more than people hear, as bat detectors have it: time expansion."""
ABOVE = 1.5
"""A picture reaches so many times higher than the box, as far as the sound does."""
LEAST_TOP_HZ = 8000.0


def media(
    path: str | os.PathLike[str], *, low_hz: float | None, high_hz: float | None, channel: int | None = None
) -> dict[str, Any]:
    """Return what is to be seen and heard of a clip, ready for JSON.

    Parameters
    ----------
    path : path-like
        The clip's own file.
    low_hz, high_hz : float or None
        The box. One that begins above the middle of what an MP3 holds is played ten times slower.
    channel : int, optional
        The channel to hear, as of `canopy.data.audio.file.AudioFile`.

    Returns
    -------
    dict
        duration (in seconds), top (the picture's highest frequency, in Hz), slowed (how many times slower than it was
        the sound is), picture (JPEG) and sound (MP3) in Base64; only `problem`, a sentence, where the file is gone or
        damaged.
    """
    try:
        with Recording(path, channel=channel) as recording:
            slowed = SLOWED if low_hz is not None and low_hz > HEARD_HZ / 4 and recording.rate_hz > HEARD_HZ else 1
            rate_hz = playable_hz(min(recording.rate_hz / slowed, HEARD_HZ)) * slowed
            samples = recording.read_whole(rate_hz)
    except (BadRecording, OSError) as error:
        return {"problem": f"the clip's file is gone or damaged ({error})"}
    half_hz = min(recording.rate_hz, rate_hz) / 2
    top_hz = half_hz if high_hz is None else min(half_hz, max(ABOVE * high_hz, LEAST_TOP_HZ))
    return {
        "duration": round(len(samples) / rate_hz, 4),
        "top": round(top_hz, 1),
        "slowed": slowed,
        "picture": _packed(jpeg(spectrogram(samples, rate_hz, high_hz=top_hz, height=HEIGHT))),
        "sound": _packed(mp3(samples, rate_hz // slowed)),
    }


def _packed(data: bytes) -> str:
    return base64.b64encode(data).decode()
