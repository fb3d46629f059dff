"""Score whole recordings with one network: those it held out, or others.

Settings: name (for the log), prediction (method, overlap, frame_share, batch_size), hop_s (seconds per frame), folds
(whose recordings to score; null: all), compute.
"""

from collections.abc import Iterator, Sequence

from canopy.config.compute import Compute
from canopy.config.prediction import Prediction
from canopy.config.settings import section
from canopy.runtime import command
from canopy.runtime.devices import prepare
from canopy.runtime.progress import Progress


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--model", required=True, help="architecture (.json)")
    parser.add_argument("--weights", required=True, help="weights (.weights.h5)")
    parser.add_argument("--classes", required=True, help="table of classes")
    parser.add_argument("--folds", help="recording_id, fold; needed where folds are given")
    parser.add_argument("--shards", nargs="+", required=True, help="feature arrays of the recordings")
    parser.add_argument("--scores", required=True, help="table of recording logits to write")
    parser.add_argument("--framewise", required=True, help=".npy to write; its index goes beside it")
    parser.add_argument("--gpu", type=int, default=0, help="GPUs that the job was given")
    given = parser.parse_args(argv)
    settings = given.settings
    name = settings["name"]
    prediction = section(Prediction, settings["prediction"], name)
    print(f"{name}: {prepare(section(Compute, settings['compute'], name), gpu=given.gpu > 0)}", flush=True)

    import numpy as np

    from canopy.features.shards import Store
    from canopy.features.units import UNITS
    from canopy.inference.scorer import score_recordings
    from canopy.inference.scores import score_table
    from canopy.models.build import load_model
    from canopy.runtime.arrays import write_frames
    from canopy.runtime.files import write_table
    from canopy.runtime.tables import read_table

    store = Store(given.shards)
    ids = store.ids()
    if settings["folds"] is not None:
        folds = read_table(given.folds)
        ids = sorted(set(ids) & set(folds.loc[folds["fold"].isin(settings["folds"]), "recording_id"]))
    species = read_table(given.classes, ["species"])["species"].tolist()
    clips = []
    progress = Progress(len(ids), "recordings")

    def framewise() -> Iterator[tuple[str, np.ndarray]]:
        found = score_recordings(
            load_model(given.model, given.weights),
            ((recording_id, store[recording_id]) for recording_id in ids),
            overlap=prediction.overlap,
            batch_size=prediction.batch_size,
            frame_share=prediction.frame_share,
            method=prediction.method,
            silent=UNITS[settings["unit"]].signal,
        )
        for recording_id, clip, frames in found:
            clips.append(clip)
            yield recording_id, frames
            progress.step()

    write_frames(
        framewise(),
        given.framewise,
        n_bins=len(species),
        extra={"frame_s": settings["hop_s"]},
        fix=f"the network {given.weights} has diverged: lower its `optimizer: learning_rate:`",
    )
    write_table(score_table(ids, np.reshape(clips, (len(ids), len(species))), species), given.scores)
    print(f"{name}: {len(ids)} recordings scored")


if __name__ == "__main__":
    command.run(main)
