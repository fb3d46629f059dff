"""What a reader of a run must mind: what its probabilities are worth, and species that its detector does not find."""

from collections.abc import Iterable

import numpy as np

from canopy.evaluation.calibration.calibrator import calibrator
from canopy.evaluation.calibration.meaning import told
from canopy.report.run import Run
from canopy.runtime.tables import listed

THRESHOLD = 0.5
"""Of detections, where nobody asks for another."""


def minding(run: Run) -> Iterable[str]:
    """Yield a line for each thing to mind; none where the run was not calibrated."""
    calibration = run.more.get("calibration")
    if calibration is None:
        return
    if "basis" in calibration and not (calibration["basis"] == "reviewed").all():
        yield from told(calibration)
    silent = unfound(run)
    if silent:
        every = len(silent) == len(run.classes)
        who = "No species reaches" if every else f"{listed(silent)}: never found. No frame reaches"
        yield (
            f"{who} a probability of {THRESHOLD:g} in any held-out recording: the detector would find nothing. Mark "
            "more calls, review recordings without any, or train longer; see docs/troubleshooting.md, `No species "
            "reaches`."
        )


def unfound(run: Run) -> list[str]:
    """Return the species with confirmed boxes that no held-out frame's probability reaches the threshold for."""
    levels = calibrator(run.more.get("calibration"), run.classes, single=True).logits(
        np.full(len(run.classes), THRESHOLD)
    )
    peaks = np.full(len(run.classes), -np.inf)
    for recording in run.framewise.index["recording_id"]:
        peaks = np.maximum(peaks, np.asarray(run.framewise.of(recording), dtype=float).max(axis=0))
    marked = set(run.annotations.loc[run.annotations["polarity"] > 0, "species"])
    reached = dict(zip(run.classes, peaks >= levels, strict=True))
    return [name for name in run.classes if name in marked and not reached[name]]
