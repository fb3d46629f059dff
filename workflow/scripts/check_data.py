"""Look for what would make scores lie: copies across folds, contradictory boxes, drift, silent or clipped recordings.

Settings: frame_s (seconds per frame of the shards; null where no spectrograms are at hand), n_folds, group (what folds
are split by, or null), column (such as site), channel (that is heard, or
null), recordings_table and file_names (what tells it; each may be null).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from canopy.data.audio.fingerprint import samples
from canopy.data.checks.copies import find_copies
from canopy.data.checks.drift import check_drift
from canopy.data.checks.findings import SEVERITIES, Findings
from canopy.data.checks.labels import check_boxes, check_support
from canopy.data.checks.levels import check_levels
from canopy.data.checks.sound import reduce_sound
from canopy.data.checks.splits import check_copies, check_groups, check_hashes
from canopy.data.recordings.columns import known_column
from canopy.data.recordings.table import read_recordings, usable
from canopy.features.shards import Store
from canopy.runtime import command, files
from canopy.runtime.tables import read_table


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--train", type=Path, required=True, help="recordings/train.csv")
    parser.add_argument("--test", type=Path, help="recordings/test.csv, where there is one")
    parser.add_argument("--folds", type=Path, required=True, help="recording_id, fold")
    parser.add_argument("--annotations", type=Path, required=True, help="annotations/train.csv")
    parser.add_argument("--classes", type=Path, required=True, help="annotations/classes.csv")
    parser.add_argument(
        "--train-shards", type=Path, nargs="*", default=[], help="spectrograms of the training recordings"
    )
    parser.add_argument("--test-shards", type=Path, nargs="*", default=[], help="those of the test recordings")
    parser.add_argument("--findings", type=Path, required=True, help="table of findings to write")
    parser.add_argument("--checks", type=Path, required=True, help="table of checks to write")
    given = parser.parse_args(argv)
    settings = given.settings

    recordings = {"train": usable(read_recordings(given.train))}
    if given.test:
        recordings["test"] = usable(read_recordings(given.test))
    folds = read_table(given.folds)
    sides = {name: f"fold {fold}" for name, fold in zip(folds.recording_id, folds.fold, strict=True)}
    if given.test:
        sides = dict.fromkeys(recordings["test"].recording_id, "test") | sides
    annotations = read_table(given.annotations, ["recording_id", "species"])
    findings = Findings()

    paths: dict[str, str] = {}
    audio: dict[str, str] = {}
    for part in recordings.values():
        paths |= dict(zip(part.recording_id, part.path, strict=True))
        audio |= dict(zip(part.recording_id, part.audio, strict=True))
    prints = {name: samples(paths[name], audio[name]) for name in paths}
    known = check_hashes(prints, sides, findings)
    if settings.get("frame_s"):
        shards = {"train": given.train_shards, "test": given.test_shards}
        sounds = {
            subset: {name: reduce_sound(store[name], settings["frame_s"]) for name in store.ids()}
            for subset, store in ((subset, Store(arrays)) for subset, arrays in shards.items() if arrays)
        }
        everything = {name: sound for part in sounds.values() for name, sound in part.items()}
        check_copies(find_copies(everything), sides, findings, known=known)
        levels = [
            np.array([sound.mean_db for sound in sounds.get(subset, {}).values() if sound.silent_share < 1])
            for subset in ("train", "test")
        ]
        check_drift(levels[0], levels[1], findings)
        check_levels(
            paths,
            {name: sound.silent_share for name, sound in everything.items()},
            findings,
            channel=settings.get("channel"),
        )
    known_groups = known_column(
        settings.get("recordings_table"),
        settings.get("column", "site"),
        sorted(sides),
        file_names=settings.get("file_names"),
    )
    groups = {} if known_groups is None else dict(zip(known_groups.index, known_groups, strict=True))
    if groups:
        check_groups(groups, sides, settings["column"], findings)
    owner = {name: (groups.get(name) or name) if settings.get("group") else name for name in folds.recording_id}
    species = read_table(given.classes, ["species"]).species.tolist()
    check_boxes(annotations, findings)
    check_support(annotations, species, owner, settings["n_folds"], findings)

    found = findings.table()
    files.write_table(found, given.findings)
    files.write_table(findings.checks(), given.checks)
    for row in found[found.severity != "note"].head(20).itertuples(index=False):
        print(f"{row.severity}: {row.message}")
    counts = found.severity.value_counts()
    told = ", ".join(f"{int(counts.get(name, 0))} {name}s" for name in SEVERITIES)
    print(f"{told}: see {given.findings}")


if __name__ == "__main__":
    command.run(main)
