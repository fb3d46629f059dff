"""The work of the scripts that train: one network of one experiment."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from canopy.config.compute import Compute
from canopy.config.settings import section
from canopy.config.training import Training
from canopy.runtime import command
from canopy.runtime.devices import prepare
from canopy.runtime.progress import duration

if TYPE_CHECKING:
    import pandas as pd

    from canopy.training.windows import Windows

    Change = Callable[[Namespace, pd.DataFrame, Windows], tuple[Windows, str]]


def fit(
    argv: Sequence[str] | None,
    *,
    doc: str | None,
    more: Callable[[ArgumentParser], object] = lambda parser: None,
    change: "Change | None" = None,
) -> None:
    """Train one network and write it.

    Parameters
    ----------
    argv : sequence of str or None
        The script's arguments.
    doc : str
        The script's description.
    more : callable
        Adds arguments of the script's own to the parser.
    change : callable, optional
        From the arguments, the training rows and the windows that they give to the windows to train on, and to the
        fingerprint that a checkpoint must have.
    """
    parser = command.parser(doc)
    parser.add_argument("--rows", nargs="+", required=True, help="the training rows of each fold that is held out")
    parser.add_argument("--classes", required=True, help="table of classes")
    parser.add_argument("--shards", nargs="+", required=True, help="feature arrays of the training recordings")
    parser.add_argument("--checkpoint", type=Path, help="where the last finished epoch is kept")
    parser.add_argument("--fingerprint", default="", help="a checkpoint with another one is not continued")
    parser.add_argument("--model", required=True, help="architecture to write (.json)")
    parser.add_argument("--weights", required=True, help="weights to write (.weights.h5)")
    parser.add_argument("--history", required=True, help="table of epochs to write")
    parser.add_argument("--gpu", type=int, default=0, help="GPUs that the job was given")
    more(parser)
    given = parser.parse_args(argv)
    settings = given.settings
    name = settings["name"]
    training = section(Training, settings["training"], name)
    if settings.get("first_weights"):  # known by content in `training`, and by place here
        model = training.model.model_copy(update={"weights": settings["first_weights"]})
        training = training.model_copy(update={"model": model})
    print(f"{name}: {prepare(section(Compute, settings['compute'], name), gpu=given.gpu > 0)}", flush=True)

    import pandas as pd

    from canopy.features.shards import Store
    from canopy.models.build import save_model
    from canopy.runtime.files import write_table
    from canopy.runtime.tables import read_table
    from canopy.training.augment.bands import species_bands
    from canopy.training.checkpoints import Checkpoint
    from canopy.training.loop import Epoch, train
    from canopy.training.precision import settled
    from canopy.training.targets import Labels, read_rows
    from canopy.training.windows import Windows

    rows = read_rows(given.rows)
    labels = Labels(rows, read_table(given.classes, ["species"])["species"].tolist())
    windows = Windows(
        Store(given.shards),
        labels,
        training.crops,
        hop_s=settings["features"]["hop_s"],
        batch_size=training.optimizer.batch_size,
        seed=training.seed,
        unit=settings["features"]["unit"],
        least_steps=-(-training.optimizer.least_steps // training.optimizer.epochs),
    )
    fingerprint = given.fingerprint
    if change is not None:
        windows, fingerprint = change(given, rows, windows)
    print(f"{name}: {windows.summary()}; in {settled(training)}", flush=True)

    def report(epoch: Epoch, n_epochs: int, left_s: float) -> None:
        print(f"{name}: epoch {epoch.epoch}/{n_epochs}, loss {epoch.loss:.4f}, {duration(left_s)} left", flush=True)

    bin_hz = settings["features"].get("bin_hz")
    model, history = train(
        windows,
        training,
        bands=species_bands(labels.boxes, labels.species, bin_hz) if bin_hz else None,
        checkpoint=Checkpoint(given.checkpoint, fingerprint) if given.checkpoint else None,
        report=report,
    )
    save_model(model, given.model, given.weights)
    table = pd.DataFrame(history, columns=Epoch._fields)
    write_table(table.drop(columns="seconds"), given.history)  # the log and the benchmarks tell times
