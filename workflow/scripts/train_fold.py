"""Train one fold of one experiment.

Settings: name (for the log), training (an experiment), features (its feature set, of which hop_s, unit and bin_hz are
read), compute.
"""

from collections.abc import Sequence
from pathlib import Path

from canopy import command
from canopy.config.compute import Compute
from canopy.config.settings import section
from canopy.config.training import Training
from canopy.devices import prepare
from canopy.progress import duration


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--rows", required=True, help="the fold's training rows")
    parser.add_argument("--classes", required=True, help="table of classes")
    parser.add_argument("--shards", nargs="+", required=True, help="feature arrays of the training recordings")
    parser.add_argument("--checkpoint", type=Path, help="where the last finished epoch is kept")
    parser.add_argument("--fingerprint", default="", help="a checkpoint with another one is not continued")
    parser.add_argument("--model", required=True, help="architecture to write (.json)")
    parser.add_argument("--weights", required=True, help="weights to write (.weights.h5)")
    parser.add_argument("--history", required=True, help="table of epochs to write")
    parser.add_argument("--gpu", type=int, default=0, help="GPUs that the job was given")
    given = parser.parse_args(argv)
    settings = given.settings
    name = settings["name"]
    training = section(Training, settings["training"], name)
    if settings.get("first_weights"):  # known by content in `training`, and by place here
        model = training.model.model_copy(update={"weights": settings["first_weights"]})
        training = training.model_copy(update={"model": model})
    print(f"{name}: {prepare(section(Compute, settings['compute'], name), gpu=given.gpu > 0)}", flush=True)

    import pandas as pd

    from canopy.augment.bands import species_bands
    from canopy.batches import Windows
    from canopy.checkpoints import Checkpoint
    from canopy.features.shards import Store
    from canopy.files import write_table
    from canopy.models.build import save_model
    from canopy.tables import read_table
    from canopy.targets import Labels
    from canopy.training import Epoch, train

    rows = read_table(given.rows, ["recording_id", "species", "reviewed", "reviewed_species"])
    labels = Labels(rows, read_table(given.classes, ["species"])["species"].tolist())
    windows = Windows(
        Store(given.shards),
        labels,
        training.crops,
        hop_s=settings["features"]["hop_s"],
        batch_size=training.optimizer.batch_size,
        seed=training.seed,
    )
    print(f"{name}: {windows.summary()}", flush=True)

    def report(epoch: Epoch, n_epochs: int, left_s: float) -> None:
        print(f"{name}: epoch {epoch.epoch}/{n_epochs}, loss {epoch.loss:.4f}, {duration(left_s)} left", flush=True)

    checkpoint = Checkpoint(given.checkpoint, given.fingerprint) if given.checkpoint else None
    bin_hz = settings["features"].get("bin_hz")
    model, history = train(
        windows,
        training,
        unit=settings["features"]["unit"],
        bands=species_bands(labels.boxes, labels.species, bin_hz) if bin_hz else None,
        checkpoint=checkpoint,
        report=report,
    )
    save_model(model, given.model, given.weights)
    table = pd.DataFrame(history, columns=Epoch._fields)
    write_table(table.drop(columns="seconds"), given.history)  # the log and the benchmarks tell times


if __name__ == "__main__":
    command.run(main)
