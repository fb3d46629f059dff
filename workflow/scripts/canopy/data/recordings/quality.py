"""Quality control of all recordings of a subset: none is lost in silence."""

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import pandas as pd

from canopy.data.audio.probe import Probe, probe
from canopy.data.recordings.table import COLUMNS
from canopy.errors import CanopyError
from canopy.runtime.input_tables.reading import read_ids
from canopy.runtime.tables import SHOWN, Report, silent

PROGRESS_EVERY_S = 5.0


def expected_ids(tables: Sequence[str | os.PathLike[str]]) -> dict[str, str]:
    """Return the recording ids of label tables, each with the name of the first table that has it."""
    named: dict[str, str] = {}
    for table in tables:
        for recording_id in read_ids(table):
            named.setdefault(recording_id, Path(table).name)
    return named


def list_recordings(
    found: pd.DataFrame,
    expected: Mapping[str, str] | None = None,
    *,
    folder: str | os.PathLike[str],
    threads: int = 1,
    report: Report = silent,
) -> pd.DataFrame:
    """Decode every recording and say of each whether it can be used.

    Parameters
    ----------
    found : pandas.DataFrame
        The files, as `canopy.data.recordings.scan` lists them.
    expected : mapping of str to str, optional
        Recording ids that must have audio, each with the name of the table that says so.
    folder : path-like
        Where the files lie, for the messages.
    threads : int
        Files decoded at the same time.
    report : callable
        Takes a line about the progress every few seconds.

    Returns
    -------
    pandas.DataFrame
        The columns of `canopy.data.recordings.COLUMNS`, one row per id in `found` or `expected`, sorted by id.
    """
    expected = expected or {}
    paths: dict[str, list[str]] = {}
    for recording_id, path in zip(found["recording_id"], found["path"], strict=True):
        paths.setdefault(recording_id, []).append(path)
    ids = sorted({*paths, *expected})
    single = [paths[recording_id][0] for recording_id in ids if len(paths.get(recording_id, ())) == 1]
    probes = dict(zip(single, _probe_all(single, threads, report), strict=True))
    rows = []
    for recording_id in ids:
        files = paths.get(recording_id, [])
        if not files:
            result = Probe(
                problem=f"{expected[recording_id]} names this recording, but {folder} holds no audio "
                "file of that name: fetch it, or remove its rows"
            )
        elif len(files) > 1:
            names = " and ".join(Path(file).name for file in files)
            result = Probe(problem=f"{names} have the same recording id: keep one, or rename the others")
        else:
            result = probes[files[0]]
        path = files[0] if files else ""
        rows.append((recording_id, path, result.duration_s, result.sample_rate_hz, result.channels, result.problem))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype({"duration_s": "float64", "sample_rate_hz": "Int64", "channels": "Int64"})


def _probe_all(paths: Sequence[str], threads: int, report: Report) -> list[Probe]:
    start = last = time.monotonic()
    results = []
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        for result in pool.map(probe, paths):
            results.append(result)
            now = time.monotonic()
            if now - last >= PROGRESS_EVERY_S:
                last = now
                left_s = (now - start) / len(results) * (len(paths) - len(results))
                report(f"{len(results)} of {len(paths)} recordings decoded, about {left_s:.0f} s left")
    return results


def summary(recordings: pd.DataFrame) -> list[str]:
    """Say in a few lines how many recordings there are and which have problems."""
    bad = recordings[recordings["problem"] != ""]
    if bad.empty:
        return [f"{len(recordings)} recordings, all usable"]
    lines = [f"{len(recordings)} recordings, {len(bad)} with problems:"]
    lines += [f"  {recording_id}: {problem}" for recording_id, problem in _first(bad)]
    if len(bad) > SHOWN:
        lines.append(f"  and {len(bad) - SHOWN} more, see the column `problem`")
    return lines


def check_quality(recordings: pd.DataFrame, *, on_bad_recording: Literal["skip", "stop"]) -> None:
    """Raise a CanopyError when no recording can be used or, with `stop`, when any cannot."""
    lines = summary(recordings)
    n_bad = int((recordings["problem"] != "").sum())
    if n_bad == len(recordings):
        raise CanopyError("no recording can be used: " + "\n".join(lines))
    if n_bad and on_bad_recording == "stop":
        raise CanopyError(
            "\n".join(lines) + "\nfix or remove these, or go on without them with `on_bad_recording: skip`"
        )


def _first(bad: pd.DataFrame) -> list[tuple[str, str]]:
    return list(bad[["recording_id", "problem"]].head(SHOWN).itertuples(index=False, name=None))
