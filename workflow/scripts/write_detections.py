"""Turn the kept scores of applied recordings into detections and recording-level scores, in all formats asked for.

Settings: detection, scoring (the fingerprint under which chunks are kept), channel (that was heard, or null),
passed_over (files that nothing reads, by suffix: how many, and the first); kept, folder, package (where they are).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from canopy.config.detection import Detection
from canopy.config.settings import section
from canopy.data.recordings.folder import count_rows
from canopy.data.recordings.table import recordings_alone
from canopy.detections.corrected import note_exports
from canopy.detections.recordings import merged_rows, recording_rows, stems
from canopy.detections.segments import BLUR
from canopy.detections.table import COLUMNS, detect
from canopy.detections.thresholds import thresholds
from canopy.detections.writers.detections import places
from canopy.detections.writers.registry import writer
from canopy.detections.writers.rows import birdclef_rows, stretch_maxima, write_birdclef_rows, write_rfcx_rows
from canopy.evaluation.calibration.calibrator import calibrator, rows_of
from canopy.evaluation.calibration.meaning import told
from canopy.inference.apply.kept import Kept
from canopy.inference.apply.reading import chunks, columns, maxima, recording_logits
from canopy.package.manifest import read_manifest
from canopy.runtime import command
from canopy.runtime.files import to_disk, write_table
from canopy.runtime.progress import Progress
from canopy.runtime.tables import SHOWN, read_table

ROWS = ("rfcx", "birdclef")


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--shards", type=Path, nargs="+", required=True, help="tables of the shards' recordings")
    parser.add_argument("--recordings", type=Path, required=True, help="table of all recordings to write")
    parser.add_argument("--output", type=Path, required=True, help="folder of the detections to write")
    given = parser.parse_args(argv)
    settings = given.settings
    detection = section(Detection, settings["detection"], "detection")
    package = Path(settings["package"])
    manifest = read_manifest(package)
    species, kept = list(manifest.species), Kept(settings["kept"], settings["scoring"])
    ranges = read_table(package / "species.csv", ["species"]).set_index("species").loc[species]
    calibration = read_table(package / "calibration.csv", ["species", "basis", "note"])
    calibrate = calibrator(calibration, species)
    blur_s = rows_of(calibration, species, "calibration.csv").reindex(columns=list(BLUR)).fillna(0.0).to_numpy(float)
    levels = thresholds(
        detection.threshold, detection.precision, read_table(package / "thresholds.csv", ["species", "note"]), species
    )

    text = ["recording_id", "path", "problem", "note", "audio"]
    recordings = pd.concat([read_table(path, text) for path in given.shards], ignore_index=True)
    recordings = recordings.sort_values("recording_id", kind="stable", ignore_index=True)
    usable = recordings[recordings["problem"] == ""]
    progress = Progress(len(usable), "recordings")
    found, logits, stretches = [], [], []
    for recording, stem in zip(usable.to_dict("records"), stems(usable["recording_id"].tolist()), strict=True):
        place = recording["audio"], int(recording["chunk_s"]), recording["duration_s"]
        clips, peaks, n_frames = maxima(chunks(kept, *place))
        logits.append(recording_logits(clips, peaks, manifest.members))
        table = detect(
            columns(kept, *place, n_frames=n_frames),
            detection,
            species=species,
            ranges=ranges,
            calibrate=calibrate,
            thresholds=levels,
            frame_s=manifest.frame_s,
            duration_s=recording["duration_s"],
            blur_s=blur_s,
        )
        found.append(
            table.assign(recording_id=recording["recording_id"], path=str(Path(settings["folder"], recording["path"])))
        )
        if "birdclef" in detection.formats:
            best = [
                stretch_maxima(frames[:, None], frame_s=manifest.frame_s, duration_s=recording["duration_s"])
                for _, frames in columns(kept, *place, n_frames=n_frames)
            ]
            stretches.append(birdclef_rows(stem, calibrate.all(np.hstack(best)), species))
        progress.step()

    blank = pd.DataFrame(columns=["recording_id", "path", *COLUMNS])
    detections = pd.concat([table for table in found if len(table)] or [blank], ignore_index=True)
    detections = with_basis(detections, calibration)
    counts = detections.groupby("recording_id").size()
    listing = recordings.drop(columns=["audio", "chunk_s"])
    listing["detections"] = listing["recording_id"].map(counts).fillna(0).astype(int).where(listing["problem"] == "")
    heard = settings.get("channel") or 1
    placed = listing.assign(channel=np.minimum(heard, listing["channels"].fillna(1)).astype(int))
    placed = placed.assign(path=[str(Path(settings["folder"], path)) for path in listing["path"]])
    placed = placed.assign(place=places(listing["path"]))
    for name in detection.formats:
        if name not in ROWS:
            writer(name)(detections, given.output, recordings=placed, species=species)
    given.output.mkdir(parents=True, exist_ok=True)
    if "rfcx" in detection.formats and len(usable):
        rows = recording_rows(usable["recording_id"].tolist(), np.stack(logits), species, manifest.classes)
        write_rfcx_rows(rows, given.output / "scores.rfcx.csv")
    if stretches:
        rows = merged_rows(pd.concat(stretches, ignore_index=True), manifest.classes)
        write_birdclef_rows(rows, given.output / "scores.birdclef.csv")
    unread = count_rows(settings.get("passed_over", {}))
    others = pd.DataFrame(unread, columns=["recording_id", "problem"], dtype=object)
    listing = pd.concat([listing, others.assign(path="", note="")], ignore_index=True) if len(others) else listing
    note_exports(given.output)
    to_disk()
    whole = dict.fromkeys(["sample_rate_hz", "channels", "detections"], "Int64")
    write_table(listing.astype(whole), given.recordings)
    tell(listing, detections, calibration)


def with_basis(detections: pd.DataFrame, calibration: pd.DataFrame) -> pd.DataFrame:
    """Return detections with what their probability rests on, and without one where it rests on nothing."""
    if "basis" not in calibration:  # a package of an earlier version
        return detections
    basis = (
        detections["species"].map(dict(zip(calibration["species"], calibration["basis"], strict=True))).astype(object)
    )
    return detections.assign(probability=detections["probability"].where(basis != "nothing"), basis=basis)


def tell(listing: pd.DataFrame, detections: pd.DataFrame, calibration: pd.DataFrame) -> None:
    """Print what was found, what was left out or assumed, and what probabilities are worth where they are none."""
    for problem in listing.loc[listing["problem"] != "", "problem"].head(SHOWN):
        print(f"left out: {problem}")
    for note in listing.loc[listing["note"] != "", "note"].head(SHOWN):
        print(f"warning: {note}")
    every = recordings_alone(listing)
    n_bad = int((every["problem"] != "").sum())
    hours = listing["duration_s"][listing["problem"] == ""].sum() / 3600
    print(
        f"{len(every) - n_bad} recordings ({hours:.1f} h), {n_bad} left out; "
        f"{len(detections)} detections of {detections['species'].nunique()} species"
    )
    if "basis" in calibration and not (calibration["basis"] == "reviewed").all():
        print("\n".join(told(calibration)))
    if detections.empty and len(every) > n_bad:
        print("nothing was found: lower detection.threshold, or see docs/troubleshooting.md, `No detections`")


if __name__ == "__main__":
    command.run(main)
