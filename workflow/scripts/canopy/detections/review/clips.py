"""Cutting detections out of their recordings."""

import os
import re

import soundfile as sf

from canopy.runtime.files import short_name, whole

NUMBERED = re.compile(r"(?:.*[/\\])?(?P<number>[0-9]+)_[^/\\]*")


def clip_name(number: int, species: str, recording_id: str, onset_s: float) -> str:
    """Return a clip's path below the folder of clips: `<species>/<number>_<recording>_<onset>s.flac`."""
    return f"{species_folder(species)}/{short_name(f'{number:04d}_{_safe(recording_id)}', f'_{onset_s:.1f}s.flac')}"


def clip_number(clip: str) -> int:
    """Return the number in a clip's path; 0 where it has none."""
    found = NUMBERED.fullmatch(clip.strip())
    return int(found["number"]) if found else 0


def species_folder(species: str) -> str:
    """Return the name of the folder of a species' clips."""
    return short_name(_safe(species).strip(".") or "_")


def _safe(name: str) -> str:
    return re.sub(r'[/\\:*?"<>|]', "_", name)


def cut(
    source: str | os.PathLike[str],
    clip: str | os.PathLike[str],
    onset_s: float,
    offset_s: float,
    *,
    context_s: float,
) -> tuple[float, float]:
    """Write a part of a recording as FLAC, with all its channels, at its own rate.

    Parameters
    ----------
    source, clip : path-like
    onset_s, offset_s : float
        The part, in seconds of the recording.
    context_s : float
        Seconds before and after it, as far as there are.

    Returns
    -------
    tuple of float
        Where the part begins and ends in the clip, in seconds.
    """
    with sf.SoundFile(source) as audio:
        rate = audio.samplerate
        first = max(0, round((onset_s - context_s) * rate))
        last = min(audio.frames, round((offset_s + context_s) * rate))
        audio.seek(first)
        kind = "PCM_16" if audio.subtype in ("PCM_16", "PCM_S8", "PCM_U8", "VORBIS", "MPEG_LAYER_III") else "PCM_24"
        samples = audio.read(last - first, dtype="int16" if kind == "PCM_16" else "int32", always_2d=True)
    with whole(clip, at_once=False) as draft:
        sf.write(draft, samples, rate, subtype=kind, format="FLAC")
    return onset_s - first / rate, offset_s - first / rate
