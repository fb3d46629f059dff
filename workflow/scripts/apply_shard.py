"""Score the recordings of one shard with a package, chunk by chunk; what is kept is not computed again.

Settings: folder (of the recordings), package (folder), kept (folder of scored chunks), scoring (the fingerprint of
networks, settings and code under which they are kept), networks (that of the package's networks and their settings
alone), shard, shards, compute, channel (that is heard, or null).
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from canopy.config.compute import Compute
from canopy.config.settings import section
from canopy.runtime import command
from canopy.runtime.devices import prepare
from canopy.runtime.progress import Progress


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--found", type=Path, required=True, help="recording_id, path, audio: all recordings")
    parser.add_argument("--output", type=Path, required=True, help="table of the recordings to write")
    parser.add_argument("--gpu", type=int, default=0, help="GPUs that the job was given")
    given = parser.parse_args(argv)
    settings = given.settings
    print(prepare(section(Compute, settings["compute"], "compute"), gpu=given.gpu > 0), flush=True)

    from canopy.data.audio.fingerprint import Unchanged
    from canopy.features.sharding import shard_of
    from canopy.inference.apply.kept import Kept
    from canopy.inference.apply.networks import Networks
    from canopy.inference.apply.scoring import COLUMNS, score_recording
    from canopy.package.manifest import check_content, read_manifest
    from canopy.runtime.errors import CanopyError
    from canopy.runtime.files import write_table
    from canopy.runtime.tables import read_table

    package, folder = Path(settings["package"]), Path(settings["folder"])
    manifest = read_manifest(package)
    check_content(package, manifest)
    if manifest.scoring != settings["networks"]:
        raise CanopyError(
            f"the package in {package} has changed since this run was planned: leave it alone while it is applied, and "
            "run the same command again"
        )
    networks = Networks(package, manifest)
    kept = Kept(settings["kept"], settings["scoring"])
    found = read_table(given.found, ["recording_id", "path", "audio"])
    found = found[[shard_of(audio, settings["shards"]) == settings["shard"] for audio in found["audio"]]]
    progress = Progress(len(found), "recordings")
    rows = []
    for recording in found.to_dict("records"):
        row = score_recording(
            folder / recording["path"],
            recording["audio"],
            score=networks.score,
            kept=kept,
            channel=settings.get("channel"),
            watch=Unchanged,
            report=lambda line: print(line, flush=True),
        )
        rows.append({"recording_id": recording["recording_id"], "path": recording["path"], **row})
        if row["problem"]:
            print(f"left out: {row['problem']}", flush=True)
        progress.step()
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    whole = dict.fromkeys(["sample_rate_hz", "channels", "chunk_s"], "Int64")
    write_table(table.astype({"duration_s": "float64", **whole}), given.output)
    print(f"{len(table)} recordings, {int((table['problem'] != '').sum())} with problems")


if __name__ == "__main__":
    command.run(main)
