"""Hear the recordings of one shard, and write what each window of them sounds like: a vector of unit length.

Settings: features (those of an embedding) and located (where its network's file lies), or experiment and member (the
fingerprint of its network) of the package; window_s, compute, channel (that is heard, or null), shard, shards; folder
(of the recordings), package (folder).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from canopy.config.compute import Compute
from canopy.config.settings import section
from canopy.runtime import command
from canopy.runtime.devices import prepare


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--found", type=Path, required=True, help="recording_id, path, audio: all recordings")
    parser.add_argument("--output", type=Path, required=True, help="array to write (.npy); its index goes beside it")
    parser.add_argument("--gpu", type=int, default=0, help="GPUs that the job was given")
    given = parser.parse_args(argv)
    settings = given.settings
    print(prepare(section(Compute, settings["compute"], "compute"), gpu=given.gpu > 0), flush=True)

    import numpy as np

    from canopy.data.audio.decoding import Recording
    from canopy.data.audio.file import BadRecording
    from canopy.data.audio.fingerprint import Unchanged
    from canopy.features.sharding import shard_of
    from canopy.inference.apply.hearing import open_hearing
    from canopy.inference.apply.vectors import windows
    from canopy.runtime.arrays import write_frames
    from canopy.runtime.progress import Progress
    from canopy.runtime.tables import read_table

    hearing = open_hearing(settings)
    found = read_table(given.found, ["recording_id", "path", "audio"])
    found = found[[shard_of(audio, settings["shards"]) == settings["shard"] for audio in found["audio"]]]
    progress = Progress(len(found), "recordings")
    first: dict[str, str] = {}
    durations_s: list[float] = []
    copies: list[str] = []
    problems: list[str] = []

    def vectors() -> Iterator[tuple[str, np.ndarray]]:
        for recording in found.to_dict("records"):
            path, problem, duration_s = Path(settings["folder"], recording["path"]), "", np.nan
            values = np.zeros((0, hearing.n_values), np.float16)
            copy_of = first.get(recording["audio"], "")
            if not copy_of:
                same = Unchanged(path, recording["audio"])
                try:
                    with Recording(path, channel=settings.get("channel")) as opened:
                        duration_s = opened.duration_s
                        values = np.concatenate([one.astype(np.float16) for one in windows(hearing, opened)])
                    first[recording["audio"]] = recording["recording_id"]
                except BadRecording as bad:
                    problem, duration_s = str(bad), np.nan
                    print(f"left out: {problem}", flush=True)
                same.check()
            durations_s.append(duration_s)
            copies.append(copy_of)
            problems.append(problem)
            yield recording["recording_id"], values
            progress.step()

    grid = hearing.grid
    index = write_frames(
        vectors(),
        given.output,
        n_bins=hearing.n_values,
        extra={
            "path": found["path"].to_list(),
            "audio": found["audio"].to_list(),
            "duration_s": durations_s,
            "first_s": grid.first_s,
            "hop_s": grid.hop_s,
            "window_s": grid.window_s,
            "copy_of": copies,
            "problem": problems,
        },
    )
    print(f"{len(index)} recordings, {index['n_frames'].sum()} windows of {grid.window_s:.2f} s")


if __name__ == "__main__":
    command.run(main)
