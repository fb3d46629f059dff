"""Take in verdicts that the review page saved, cut out more detections of each species, and add them to the table.

Settings: top, uncertain, diverse, stratified, random, windows, window_s, budget, seed, context_s; reviews (the folder
of the clips and of their table), verdicts (a file of verdicts that the page saved, or a folder of such, besides that
folder; or null). With windows: scoring (the fingerprint under which scores are kept); kept, folder, package.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from canopy.detections.review.clips import cut
from canopy.detections.review.names import clip_name
from canopy.detections.review.offer import new_clips
from canopy.detections.review.place import review_clips, review_table
from canopy.detections.review.sheet import alone
from canopy.detections.review.strategies.registry import STRATEGIES
from canopy.detections.review.table import COLUMNS, ReviewTable
from canopy.detections.review.verdicts import saved_verdicts
from canopy.detections.review.windows import scored_windows
from canopy.evaluation.calibration.calibrator import calibrator
from canopy.inference.apply.kept import Kept
from canopy.package.manifest import read_manifest
from canopy.runtime import command
from canopy.runtime.files import to_disk, write_table
from canopy.runtime.owned import REVIEWS, mark
from canopy.runtime.progress import Progress
from canopy.runtime.tables import SHOWN, listed, read_table


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--detections", type=Path, required=True, help="detections.csv")
    parser.add_argument("--found", type=Path, required=True, help="recording_id, path, audio: all recordings")
    parser.add_argument("--shards", type=Path, nargs="*", default=(), help="tables of the shards' recordings")
    parser.add_argument("--offered", type=Path, required=True, help="table of the clips that were added, to write")
    given = parser.parse_args(argv)
    settings = given.settings
    folder = Path(settings["reviews"])

    detections = read_table(given.detections, ["recording_id", "path", "species"])
    found = read_table(given.found, ["recording_id", "path", "audio"])
    with alone(folder):
        mark(folder, REVIEWS)
        table = ReviewTable(review_table(folder))
        take_in(table, settings)
        new = new_clips(
            detections,
            table,
            {strategy.name: settings[strategy.name] for strategy in STRATEGIES},
            recordings=found,
            seed=settings["seed"],
            budget=settings["budget"],
            windows=windows(given.shards, settings) if settings["windows"] else (),
        )
        rows = _cut(new, review_clips(folder), table.next_number(), settings["context_s"])
        added = pd.DataFrame(rows).reindex(columns=list(COLUMNS)).astype({"verdict": object, "remark": object})
        to_disk()
        if len(added) or not table.path.exists():
            table.append(added.to_dict("records"))
    write_table(added, given.offered)
    print(f"{len(added)} clips of {new['species'].nunique()} species added: judge them in {folder / 'review.html'}, or")
    print(f"fill in the column `verdict` of {table.path}")
    if waiting := sum(not row.get("verdict", "").strip() for row in table.rows) - len(added):
        print(f"{waiting} more wait there without a verdict; they stay as they are, whatever the settings")


def take_in(table: ReviewTable, settings: Mapping[str, Any]) -> None:
    """Write verdicts that the page saved into the table, and tell of those that it does not take."""
    verdicts = saved_verdicts(settings["reviews"], settings.get("verdicts"))
    if verdicts and (left := table.decide(verdicts)):
        clips = listed(sorted({verdict.clip for verdict in left}), shown=SHOWN)
        print(f"{len(left)} saved verdicts were not taken: the table has another that stays, or no such clip ({clips})")


def windows(shards: Sequence[Path], settings: Mapping[str, Any]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each species with all windows of the recordings that were scored."""
    package = Path(settings["package"])
    manifest = read_manifest(package)
    species = list(manifest.species)
    text = ["recording_id", "path", "problem", "note", "audio"]
    recordings = pd.concat([read_table(path, text) for path in shards], ignore_index=True)
    usable = recordings[recordings["problem"] == ""]
    usable = usable.assign(path=[str(Path(settings["folder"], path)) for path in usable["path"]])
    kept = Kept(settings["kept"], settings["scoring"])
    found = scored_windows(usable, kept, window_s=settings["window_s"], frame_s=manifest.frame_s)
    ranges = read_table(package / "species.csv", ["species"]).set_index("species").loc[species]
    calibrate = calibrator(read_table(package / "calibration.csv", ["species", "basis", "note"]), species)
    yield from found.by_species(species, ranges, calibrate)


def _cut(new: pd.DataFrame, clips: Path, first: int, context_s: float) -> list[Mapping[Hashable, Any]]:
    """Cut the clips and return their rows."""
    clips.mkdir(parents=True, exist_ok=True)
    progress = Progress(len(new), "clips")
    rows: list[Mapping[Hashable, Any]] = []
    for number, row in enumerate(new.to_dict("records"), start=first):
        name = clip_name(number, row["species"], row["recording_id"], row["onset_s"])
        start_s, end_s = cut(row["path"], clips / name, row["onset_s"], row["offset_s"], context_s=context_s)
        heard: dict[Hashable, Any] = {"clip": name, "clip_onset_s": round(start_s, 3), "clip_offset_s": round(end_s, 3)}
        rows.append({**row, **heard, "clip_start_s": round(row["onset_s"] - start_s, 6), "asked": row["species"]})
        progress.step()
    return rows


if __name__ == "__main__":
    command.run(main)
