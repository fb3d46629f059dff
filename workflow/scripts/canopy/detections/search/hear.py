"""What the example of a search sounds like."""

import numpy as np

from canopy.data.audio.decoding import Recording
from canopy.detections.search.example import Example
from canopy.inference.apply.hearing import Hearing, Values
from canopy.inference.apply.vectors import part
from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import Reporter, silent

SILENT = 1e-5
"""Full scale being 1: what is nowhere louder was recorded by nobody."""
LEAST_SHARE = 0.25
"""Of what a network hears at once, a file must fill so much."""


def hear(example: Example, hearing: Hearing, *, channel: int | None = None, report: Reporter = silent) -> Values:
    """Return the vectors of an example, shape `(n, n_values)`, of unit length.

    Parameters
    ----------
    example : Example
    hearing : Hearing
        Recordings of other rates than its are resampled.
    channel : int, optional
        As of `canopy.data.audio.file.AudioFile`.
    report : callable
        Takes a line on what to know of the example.

    Raises
    ------
    CanopyError
        The file cannot be decoded, ends before the part does, is much shorter than what the network hears at once, or
        is silent there.
    """
    with Recording(example.path, channel=channel) as recording:
        end_s, rate_hz = recording.duration_s, recording.rate_hz
        onset_s = example.onset_s or 0.0
        offset_s = end_s if example.offset_s is None else example.offset_s
        if offset_s > end_s + 0.5 / rate_hz:
            raise CanopyError(
                f"the example {example.path}:{onset_s:g}-{offset_s:g} reaches beyond its file, which is {end_s:g} s "
                "long: give times within it"
            )
        if end_s < LEAST_SHARE * hearing.least_s:
            raise CanopyError(
                f"the example {example.path} is {end_s:g} s long, and the network hears {hearing.least_s:g} s at once, "
                "most of which would be silence: give a longer file, and name the call in it by :onset-offset"
            )
        first = round(onset_s * rate_hz)
        samples = recording.read_mono(first, max(first + 1, min(round(offset_s * rate_hz), recording.n_samples)))
        if not np.abs(samples).max(initial=0.0) > SILENT:
            raise CanopyError(
                f"the example {example.path} is silent from {onset_s:g} to {offset_s:g} s: name a part that holds the "
                "sound, or another channel by `channel:`"
            )
        found = part(hearing, recording, onset_s, offset_s)
        if rate_hz < hearing.rate_hz:
            report(
                f"{example.path} has {rate_hz} samples a second, and the network hears {hearing.rate_hz}: what lies "
                f"above {rate_hz // 2} Hz is missing in the example"
            )
        if len(found) > 1:
            report(
                f"{example.path}: its {offset_s - onset_s:.1f} s are {len(found)} windows, each of them an example; "
                "name the call alone by FILE:onset-offset"
            )
    return found
