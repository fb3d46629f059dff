"""Quality control of all recordings of a subset: none is lost in silence."""

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import pandas as pd

from canopy.data.audio import fingerprint
from canopy.data.audio.probe import Probe, probe
from canopy.data.recordings.folder import count_rows, counted
from canopy.data.recordings.table import LISTED, recordings_alone
from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.reading import read_ids
from canopy.runtime.tables import SHOWN, Reporter, silent

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
    channel: int | None = None,
    passed_over: Mapping[str, Sequence[str]] | None = None,
    threads: int = 1,
    report: Reporter = silent,
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
    channel : int, optional
        The channel that is heard, as of `canopy.data.audio.file.AudioFile`.
    passed_over : mapping, optional
        Files that were not listed, by suffix: those that may be sound get a row for each suffix, which counts them.
    threads : int
        Files decoded at the same time.
    report : callable
        Takes a line about the progress every few seconds.

    Returns
    -------
    pandas.DataFrame
        The columns of `canopy.data.recordings.table.LISTED`, one row per id in `found` or `expected`, sorted by id.
    """
    expected = expected or {}
    paths: dict[str, list[str]] = {}
    for recording_id, path in zip(found["recording_id"], found["path"], strict=True):
        paths.setdefault(recording_id, []).append(path)
    ids = sorted({*paths, *expected})
    single = [paths[recording_id][0] for recording_id in ids if len(paths.get(recording_id, ())) == 1]
    probes = dict(zip(single, _probe_all(single, channel, threads, report), strict=True))
    rows = []
    for recording_id in ids:
        files = paths.get(recording_id, [])
        if not files:
            result, audio = (
                Probe(
                    problem=f"{expected[recording_id]} names this recording, but {folder} holds no audio "
                    "file of that name: fetch it, or remove its rows"
                ),
                "",
            )
        elif len(files) > 1:
            names = " and ".join(Path(file).name for file in files)
            result, audio = Probe(problem=f"{names} have the same recording id: keep one, or rename the others"), ""
        else:
            result, audio = probes[files[0]]
        path = files[0] if files else ""
        numbers = (result.duration_s, result.sample_rate_hz, result.channels)
        rows.append((recording_id, path, *numbers, result.problem, result.note, audio))
    rows += [(name, "", None, None, None, problem, "", "") for name, problem in count_rows(counted(passed_over or {}))]
    table = pd.DataFrame(rows, columns=list(LISTED))
    return table.astype({"duration_s": "float64", "sample_rate_hz": "Int64", "channels": "Int64"})


def check_content(found: pd.DataFrame, table: pd.DataFrame, *, folder: str | os.PathLike[str], content: str) -> None:
    """Raise a CanopyError if the recordings that were listed are not those that were planned for.

    Parameters
    ----------
    found, table : DataFrame
        What `list_recordings` was given and what it returned.
    folder : path-like
        Where the files lie.
    content : str
        The plan's `fingerprint.content`; empty where the workflow makes the recordings itself.
    """
    if not content:
        return
    known = dict(zip(table["path"], table["audio"], strict=True))
    prints = {path: known.get(path) or fingerprint.audio(path) for path in found["path"]}
    if fingerprint.content(prints, folder) != content:
        raise fingerprint.changed(fingerprint.forget_other_than(prints))


def _probe_all(paths: Sequence[str], channel: int | None, threads: int, report: Reporter) -> list[tuple[Probe, str]]:
    start = last = time.monotonic()
    results = []

    def look(path: str) -> tuple[Probe, str]:
        return probe(path, channel=channel), fingerprint.audio(path)

    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        for result in pool.map(look, paths):
            results.append(result)
            now = time.monotonic()
            if now - last >= PROGRESS_EVERY_S:
                last = now
                left_s = (now - start) / len(results) * (len(paths) - len(results))
                report(f"{len(results)} of {len(paths)} recordings decoded, about {left_s:.0f} s left")
    return results


def summary(recordings: pd.DataFrame) -> list[str]:
    """Say in a few lines how many recordings there are, which have problems, and what was assumed of others."""
    every = recordings_alone(recordings)
    bad, noted = every[every["problem"] != ""], every[every["note"] != ""]
    lines = [f"{len(every)} recordings, " + (f"{len(bad)} with problems:" if len(bad) else "all usable")]
    lines += [f"  {recording_id}: {problem}" for recording_id, problem in _first(bad, "problem")]
    if len(bad) > SHOWN:
        lines.append(f"  and {len(bad) - SHOWN} more, see the column `problem`")
    lines += [f"warning: {note}" for _, note in _first(noted, "note")]
    if len(noted) > SHOWN:
        lines.append(f"warning: and of {len(noted) - SHOWN} more, see the column `note`")
    return lines


def check_quality(recordings: pd.DataFrame, *, on_bad_recording: Literal["skip", "stop"]) -> None:
    """Raise a CanopyError when no recording can be used or, with `stop`, when any cannot."""
    lines = summary(recordings)
    every = recordings_alone(recordings)
    n_bad = int((every["problem"] != "").sum())
    if n_bad == len(every):
        raise CanopyError("no recording can be used: " + "\n".join(lines))
    if n_bad and on_bad_recording == "stop":
        raise CanopyError(
            "\n".join(lines) + "\nfix or remove these, or go on without them with `on_bad_recording: skip`"
        )


def _first(table: pd.DataFrame, column: str) -> list[tuple[str, str]]:
    return list(table[["recording_id", column]].head(SHOWN).itertuples(index=False, name=None))
