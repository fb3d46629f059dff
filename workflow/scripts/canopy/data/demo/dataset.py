"""The demo on disk: audio, the tables a competitor would get, and the truth in a folder of its own."""

import io
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import soundfile

from canopy.config.demo import Demo
from canopy.data.demo.labels import listed_events, suspected_events
from canopy.data.demo.place import check_folder
from canopy.data.demo.settings import SUBSETS, made_files, recording_ids
from canopy.data.demo.soundscape import LABELS, Event, leading_species, soundscape, stream
from canopy.data.demo.species import SPECIES
from canopy.runtime.files import to_disk, whole, write_table
from canopy.runtime.owned import DEMO, files_in, mark

COLUMNS = ["recording_id", "species_id", "songtype_id", "t_min", "f_min", "t_max", "f_max"]


@dataclass(frozen=True)
class Summary:
    """What was made: counts, and the share of (recording, species) presences without a listed box."""

    n_train: int
    n_test: int
    n_species: int
    n_events: int
    n_listed: int
    n_suspected: int
    least_listed: int
    unlisted_share: float

    def __str__(self) -> str:
        """Tell it in a few lines."""
        return (
            f"{self.n_train} training and {self.n_test} test recordings of {self.n_species} species\n"
            f"training: {self.n_events} events; {self.n_listed} listed as true positives (at least "
            f"{self.least_listed} per species), {self.n_suspected} false positives\n"
            f"training: {self.unlisted_share:.0%} of the species present in a recording are not listed in it"
        )


def _round_down(time_s: float) -> float:
    """Return a time to 0.1 ms, never later than it was: a box must not end after its recording."""
    return math.floor(time_s * 10000 + 1e-6) / 10000


def _table(rows: dict[str, list[Event]], *, with_snr: bool) -> pd.DataFrame:
    """Return events by recording as a table, sorted by recording and onset."""
    columns = [*COLUMNS, "snr_db"] if with_snr else COLUMNS
    found = [
        (
            rid,
            e.species_id,
            e.songtype_id,
            round(e.t_min, 4),
            round(e.f_min, 2),
            _round_down(e.t_max),
            round(e.f_max, 2),
        )
        + ((round(e.snr_db, 2),) if with_snr else ())
        for rid in sorted(rows)
        for e in rows[rid]
    ]
    return pd.DataFrame(found, columns=columns)


def _write_audio(samples: npt.NDArray[np.int16], path: Path, rate_hz: int) -> None:
    encoded = io.BytesIO()  # libsndfile does not say why it cannot write a file, a full disk for example
    soundfile.write(encoded, samples, rate_hz, subtype="PCM_16", format="FLAC")
    with whole(path, at_once=False) as draft:
        draft.write_bytes(encoded.getbuffer())


def _claim(output: Path, settings: Demo) -> None:
    """Mark a folder as the demo's, and remove recordings of an earlier demo that are not asked for any more.

    Raises
    ------
    CanopyError
        When the folder holds a file that no demo made; nothing is removed then.
    """
    check_folder(settings, output)
    wanted, there = made_files(settings), list(files_in(output))
    mark(output, DEMO, {*wanted, *there})
    for name in set(there) - set(wanted):
        (output / name).unlink()
    mark(output, DEMO, wanted)


def write_demo(settings: Demo, output: Path, *, say: Callable[[str], None] = print) -> Summary:
    """Write the demo dataset, each file whole or not at all.

    Parameters
    ----------
    settings : Demo
        The same settings give the same bytes.
    output : path
        Folder for `train/`, `test/`, the tables and `truth/`. Recordings that an earlier demo left there and
        that are not asked for any more are removed.
    say : callable
        Gets the lines of progress.

    Returns
    -------
    Summary
        Counts for the last line.

    Raises
    ------
    CanopyError
        When the folder holds a file that no demo made.
    """
    ids = {subset: recording_ids(settings, subset) for subset in SUBSETS}
    _claim(output, settings)
    species = [(i, s.name, s.description) for i, s in enumerate(SPECIES[: settings.n_species])]
    write_table(pd.DataFrame(species, columns=["species_id", "name", "description"]), output / "truth" / "species.csv")
    truth: dict[str, dict[str, list[Event]]] = {subset: {} for subset in SUBSETS}
    listed: dict[str, list[Event]] = {}
    suspected: dict[str, list[Event]] = {}
    n_total, n_done, began_s = settings.n_train + settings.n_test, 0, time.monotonic()
    for subset in SUBSETS:
        for index, rid in enumerate(ids[subset]):
            samples, events = soundscape(settings, subset, index)
            _write_audio(samples, output / subset / f"{rid}.flac", settings.sample_rate_hz)
            truth[subset][rid] = events
            if subset == "train":
                rng = stream(settings, subset, index, LABELS)
                leader = leading_species(settings, subset, index)
                listed[rid] = listed_events(events, leader, settings.listed_per_recording, rng)
                suspected[rid] = suspected_events(settings, events, rng)
            n_done += 1
            if n_done * 10 // n_total > (n_done - 1) * 10 // n_total:
                left_s = (time.monotonic() - began_s) / n_done * (n_total - n_done)
                say(f"{n_done} of {n_total} recordings made, {left_s:.0f} s left")
    to_disk()
    write_table(_table(listed, with_snr=False), output / "train_tp.csv")
    write_table(_table(suspected, with_snr=False), output / "train_fp.csv")
    for subset in SUBSETS:
        write_table(_table(truth[subset], with_snr=True), output / "truth" / f"{subset}_events.csv")
    sample = pd.DataFrame(
        0.5, index=pd.Index(sorted(ids["test"]), name="recording_id"), columns=range(settings.n_species)
    )
    write_table(sample.add_prefix("s").reset_index(), output / "sample_submission.csv")
    return _summary(settings, truth["train"], listed, suspected)


def _summary(
    settings: Demo,
    truth: dict[str, list[Event]],
    listed: dict[str, list[Event]],
    suspected: dict[str, list[Event]],
) -> Summary:
    present = {(rid, e.species_id) for rid, events in truth.items() for e in events}
    told = {(rid, e.species_id) for rid, events in listed.items() for e in events}
    per_species = np.bincount(
        [e.species_id for events in listed.values() for e in events], minlength=settings.n_species
    )
    return Summary(
        n_train=settings.n_train,
        n_test=settings.n_test,
        n_species=settings.n_species,
        n_events=sum(map(len, truth.values())),
        n_listed=int(per_species.sum()),
        n_suspected=sum(map(len, suspected.values())),
        least_listed=int(per_species.min()),
        unlisted_share=1 - len(told) / len(present),
    )
