"""Scoring recordings chunk by chunk; what is kept is not computed again."""

import os
from collections.abc import Callable

from canopy.data.audio.channels import mix_warning
from canopy.data.audio.decoding import Recording
from canopy.data.audio.file import BadRecording
from canopy.data.audio.fingerprint import Unchanged
from canopy.data.recordings.chunks import chunk_seconds, chunk_starts
from canopy.inference.apply.kept import Chunk, Kept
from canopy.runtime.tables import Reporter, silent

COLUMNS = ("recording_id", "path", "duration_s", "sample_rate_hz", "channels", "problem", "note", "audio", "chunk_s")
"""One row per recording; `audio` and `chunk_s` find its kept chunks."""

Score = Callable[[Recording, int, int | None], Chunk]


def score_recording(
    path: str | os.PathLike[str],
    audio: str,
    *,
    score: Score,
    kept: Kept,
    channel: int | None = None,
    watch: Callable[[str | os.PathLike[str], str], Unchanged] | None = None,
    report: Reporter = silent,
) -> dict[str, object]:
    """Score what is not kept of a recording, and keep it.

    Parameters
    ----------
    path : path-like
    audio : str
        The fingerprint of its samples.
    score : callable
        Scores a chunk, given the recording and where the chunk starts and ends in whole seconds.
    kept : Kept
    channel : int, optional
        The channel that is heard, as of `canopy.data.audio.file.AudioFile`.
    watch : callable, optional
        `Unchanged`, where the file must be compared with its fingerprint before anything is scored.
    report : callable
        Takes a line per chunk that was scored.

    Returns
    -------
    dict
        `duration_s, sample_rate_hz, channels, problem, note, audio, chunk_s`; for a recording that cannot be used the
        problem is a sentence, and what is not known is None.

    Raises
    ------
    CanopyError
        If the file is not the one of that fingerprint.
    """
    row: dict[str, object] = dict.fromkeys(COLUMNS[2:])
    row.update(problem="", note="", audio=audio)
    same: Unchanged | None = None
    try:
        with Recording(path, channel=channel) as recording:
            chunk_s = chunk_seconds(recording.rate_hz)
            row.update(
                duration_s=recording.duration_s,
                sample_rate_hz=recording.rate_hz,
                channels=recording.channels,
                chunk_s=chunk_s,
            )
            starts = chunk_starts(recording.duration_s, chunk_s)
            for number, start_s in enumerate(starts, start=1):
                if kept.read(audio, chunk_s, start_s) is not None:
                    continue
                same = same or (watch(path, audio) if watch else None)
                end_s = start_s + chunk_s if number < len(starts) else None
                chunk = score(recording, start_s, end_s)
                if same:
                    same.check()
                kept.write(chunk, audio, chunk_s, start_s)
                if len(starts) > 1:
                    report(f"{os.path.basename(path)}: chunk {number} of {len(starts)} scored")
            row["note"] = "; ".join([*recording.notes, *mix_warning(recording)])
    except BadRecording as bad:
        if same:
            same.check()
        row["problem"] = str(bad)
    return row
