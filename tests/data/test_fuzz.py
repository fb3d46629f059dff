"""Malformed configurations, tables and recordings end in a run or in a message of Canopy's own, never in a traceback.

The examples are drawn by hypothesis, the same in every run.
"""

import copy
import io
import json
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canopy.config.experiment import Experiment
from canopy.config.loading import experiments, load
from canopy.config.settings import canonical, section
from canopy.data.annotations.reviewed import train_recordings, training_rows
from canopy.data.annotations.rfcx import read_rfcx
from canopy.data.audio.decoding import read_mono
from canopy.data.audio.probe import probe
from canopy.data.sample_submission import check_recordings, read_sample, sample_species
from canopy.data.splits.folds import assign_folds, read_folds
from canopy.evaluation.metrics.truth import events_scored, read_truth
from canopy.runtime.input_tables.reading import read_ids
from fuzzing import N_ALL, N_CONFIGS, N_LABELS, N_OTHER_TABLES, N_RECORDINGS, complaint

REPOSITORY = Path(__file__).resolve().parents[2]
MOST_SAMPLES = 2_000_000
"""A recording whose damaged header makes it longer than this after resampling is not resampled here: it takes long."""


def fuzz(n_examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return settings(
        max_examples=n_examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def test_at_least_3000_examples_are_tried() -> None:
    assert N_ALL >= 3000


# Configurations: the default one with wrong, missing and foreign keys and values.

ODD_NUMBERS = (0, 1, -1, 2, 3, 0.5, 1e-320, 1e308, -1e308, float("inf"), float("nan"), 10**30, 10**400, 2**31, 2**63)
ODD_WORDS = (
    *("", " ", "~", "/", "..", "../x", "a/b", "a b", "{x}", "{", "$(touch x)", "`x`", "a;b", "'", '"', "\0", "\n", "é"),
    *("demo", "rfcx", "mel", "mel_sed", "results", "1e-3", "nan", "null", "x" * 300),
)
leaf = st.one_of(
    st.sampled_from(ODD_NUMBERS),
    st.sampled_from(ODD_WORDS),
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(),
    st.text(max_size=8),
)
key = st.one_of(
    st.sampled_from(["seed", "grid", "mel", "epochs", "features", "model", "", 0, 1.5, True, None]), st.text(max_size=6)
)
anything = st.recursive(
    leaf, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(key, inner, max_size=4), max_leaves=8
)
DEFAULT = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, below in inner:
        yield (*path, name)
        yield from places(below, (*path, name))


PLACES = sorted(places(DEFAULT), key=str)
change = st.tuples(st.sampled_from(["set", "drop", "add"]), st.sampled_from(PLACES), key, anything)
grid_key = st.one_of(
    st.sampled_from(["seed", "model.filters", "loss.clip_weight", "model", "optimizer.epochs", "features", ".", ""]),
    key,
)
grids = st.dictionaries(grid_key, st.one_of(anything, st.lists(leaf, max_size=3)), max_size=3)


def changed(changes: list[tuple[str, tuple[Any, ...], str, Any]], grid: Any) -> dict[str, Any]:
    config = copy.deepcopy(DEFAULT)
    for what, path, name, value in changes:
        try:
            *above, last = path
            place = config
            for part in above:
                place = place[part]
            if what == "drop":
                del place[last]
            elif what == "set":
                place[last] = value
            else:
                place[last][name] = value
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took this place away
    if grid is not None and isinstance(config.get("experiments"), dict):
        config["experiments"]["mel_sed"] = {"grid": grid}
    return config


def take_or_refuse(raw: dict[str, Any]) -> bool:
    """Load a configuration as the workflow does and hand its parts on; say whether it was taken."""
    message = complaint(load, raw)
    if message:
        assert message.startswith("config: ")
        return False
    config = load(raw)
    for name, experiment in experiments(config).items():
        assert section(Experiment, json.loads(canonical(experiment)), name) == experiment
        assert set(name) <= set(string.ascii_letters + string.digits + "_.+-")
    assert all(features.hop_s > 0 for features in config.features.values())
    assert load(json.loads(json.dumps(config.model_dump(mode="json")))) == config
    assert config.results.isprintable()
    assert not set("{}") & set(config.results + config.folder)
    return True


@fuzz(N_CONFIGS)
@given(st.lists(change, min_size=1, max_size=3), st.none() | grids)
def test_any_configuration_is_taken_or_refused_in_words(changes: list[Any], grid: Any) -> None:
    take_or_refuse(changed(changes, grid))


def test_every_odd_value_in_every_place_of_the_configuration_is_taken_or_refused_in_words() -> None:
    odd: list[Any] = [*ODD_NUMBERS, *ODD_WORDS, None, True, [], {}, [[]], {0: 0}, [1, "x"]]
    taken = [take_or_refuse(changed([("set", path, "", value)], None)) for path in PLACES for value in odd]
    assert 0.02 < np.mean(taken) < 0.5


@pytest.mark.parametrize("value", ODD_NUMBERS + ODD_WORDS, ids=lambda value: repr(value)[:20])
def test_every_odd_value_in_a_grid_is_taken_or_refused_in_words(value: Any) -> None:
    for name in ("seed", "model.filters", "features", "optimizer.epochs", "loss"):
        take_or_refuse(changed([], {name: [value]}))
        take_or_refuse(changed([], {name: value}))


# Tables: a good one with changed cells, lines and bytes.

ODD_CELLS = (
    *(
        "",
        " ",
        "0",
        "-1",
        "1e300",
        "1e-300",
        "9" * 400,
        "1e400",
        "inf",
        "-inf",
        "nan",
        "NA",
        "0x10",
        "1_0",
        "1,5",
        "+3",
    ),
    *("..", ".", "../x", "a/b", "a\\b", "a\x07", "\ufeff", "\u202e", "\u2028", "\0", "é", '"', '""', 'a"b', "'", ";"),
    *("=1+1", "$(x)", "{x}", "٣", "½", "½²", "²", "1e", "--1", "1 2", "+3", "x" * 200_000),
)
cell = st.one_of(st.sampled_from(ODD_CELLS), st.text(max_size=6), st.integers(-3, 40).map(str), st.floats().map(str))
line_change = st.tuples(
    st.sampled_from(["cell", "drop", "repeat", "cut", "more"]), st.integers(0, 12), st.integers(0, 7), cell
)
byte_change = st.tuples(
    st.sampled_from(["flip", "insert", "truncate"]), st.floats(0, 1), st.binary(min_size=1, max_size=4)
)
encoding = st.sampled_from(["utf-8"] * 8 + ["utf-8-sig", "utf-16", "latin-1", "utf-32"])
ends = st.sampled_from(["\n"] * 4 + ["\r\n", "\r", "\n\n", "\x0b"])
table_changes = st.tuples(
    st.lists(line_change, max_size=3), st.lists(byte_change, max_size=2), encoding, ends, st.sampled_from(",,,,;\t|")
)

HEADER = ["recording_id", "species_id", "songtype_id", "t_min", "f_min", "t_max", "f_max"]
LABELS = [HEADER, *([f"r{n}", str(n % 3), "1", str(n / 4), "100.5", str(n / 4 + 1.5), "900"] for n in range(8))]
SAMPLE = [["recording_id", "s0", "s1", "s2"], *([f"r{n}", "0", "0", "0"] for n in range(6))]
FOLDS = [["recording_id", "fold"], *([f"r{n}", str(n % 2)] for n in range(6))]


def spoilt(rows: list[list[str]], changes: Any) -> bytes:
    lines, bits, code, end, mark = changes
    rows = copy.deepcopy(rows)
    for what, row, column, text in lines:
        if not rows:
            break
        cells = rows[row % len(rows)]
        if what == "cell" and cells:
            cells[column % len(cells)] = text
        elif what == "drop":
            rows.remove(cells)
        elif what == "repeat":
            rows.append(list(cells))
        elif what == "cut":
            del cells[column:]
        else:
            cells.append(text)
    data = bytearray(end.join(mark.join(cells) for cells in rows).encode(code, errors="replace"))
    return mangled(data, bits)


def mangled(data: bytearray, changes: list[tuple[str, float, bytes]], *, within: int | None = None) -> bytes:
    """Change bytes at shares of the whole, or of the first `within` bytes."""
    for what, share, new in changes:
        place = int(share * min(len(data), within or len(data)))
        if what == "truncate":
            del data[place:]
        elif what == "insert":
            data[place:place] = new
        else:
            data[place : place + len(new)] = new
    return bytes(data)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables") / "table.csv"


UNCHANGED: Any = ([], [], "utf-8", "\n", ",")
RECORDINGS = pd.DataFrame({"recording_id": [f"r{n}" for n in range(8)], "duration_s": 3.0, "problem": ""})


def read_labels(table: Path, *, known: bool = False, songtypes: bool = False, ends_known: bool = False) -> None:
    """Read a table of annotations and split its recordings into folds."""
    good = table.with_name("good.csv")
    good.write_bytes(spoilt(LABELS, UNCHANGED))
    annotations = read_rfcx(
        table,
        good,
        classes="species_songtype" if songtypes else "species",
        known=["s0", "s1", "s2"] if known else None,
        recordings=RECORDINGS if ends_known else None,
    )
    listing = train_recordings(annotations)
    rows = training_rows(annotations, listing, assign_folds(annotations, listing, n_folds=2, seed=1), 0)
    assert (rows["onset_s"] < rows["offset_s"]).all()
    assert np.isfinite(annotations.select_dtypes("number").to_numpy()).all()
    assert annotations["songtype"].between(0, 10**9).all()
    assert not annotations["recording_id"].str.contains(r"[/\\]").any()


@fuzz(N_LABELS)
@given(table_changes, st.booleans(), st.booleans(), st.booleans())
def test_any_annotation_table_is_read_or_refused_in_words(
    table: Path, changes: Any, known: bool, songtypes: bool, ends_known: bool
) -> None:
    table.write_bytes(spoilt(LABELS, changes))
    message = complaint(read_labels, table, known=known, songtypes=songtypes, ends_known=ends_known)
    assert not message or table.name in message


def read_the_sample(path: Path) -> None:
    sample = read_sample(path)
    sample_species(sample)
    check_recordings(sample, [f"r{n}" for n in range(6)], sample_path=str(path), folder="test")


def read_the_truth(path: Path) -> None:
    events_scored(read_truth(path), [f"r{n}" for n in range(6)], ["s0", "s1", "s2"])


READERS: dict[str, tuple[list[list[str]], Callable[[Path], object]]] = {
    "labels": (LABELS, read_labels),
    "sample submission": (SAMPLE, read_the_sample),
    "ids": (LABELS, read_ids),
    "truth": (LABELS, read_the_truth),
    "folds": (FOLDS, read_folds),
}


@fuzz(N_OTHER_TABLES)
@given(st.sampled_from(sorted(READERS)), table_changes)
def test_any_other_table_is_read_or_refused_in_words(table: Path, name: str, changes: Any) -> None:
    rows, read = READERS[name]
    table.write_bytes(spoilt(rows, changes))
    complaint(read, table)


@pytest.mark.parametrize("name", READERS)
def test_every_odd_cell_in_every_column_is_read_or_refused_in_words(table: Path, name: str) -> None:
    rows, read = READERS[name]
    for row in (0, 1, len(rows) - 1):
        for column in range(len(rows[0])):
            for text in ODD_CELLS:
                table.write_bytes(spoilt(rows, ([("cell", row, column, text)], [], "utf-8", "\n", ",")))
                complaint(read, table)


# Recordings: good ones with damaged headers.


def encoded(form: str, subtype: str | None, channels: int) -> bytes:
    samples = 0.2 * np.random.default_rng(5).standard_normal((1600, channels))
    out = io.BytesIO()
    sf.write(out, np.clip(samples, -1, 1), 8000, format=form, subtype=subtype)
    return out.getvalue()


AUDIO = {
    "flac": encoded("FLAC", "PCM_16", 1),
    "wav": encoded("WAV", "PCM_16", 2),
    "float.wav": encoded("WAV", "FLOAT", 1),
    "ogg": encoded("OGG", "VORBIS", 1),
    "opus": encoded("OGG", "OPUS", 1),
    "aiff": encoded("AIFF", "PCM_16", 1),
    "mp3": encoded("MP3", None, 1),
    "w64": encoded("W64", None, 1),
    "caf": encoded("CAF", "PCM_16", 1),
    "au": encoded("AU", "PCM_16", 1),
}


@fuzz(N_RECORDINGS)
@given(
    st.sampled_from(sorted(AUDIO)),
    st.lists(byte_change, min_size=1, max_size=4),
    st.sampled_from([48, 64, 200, None]),
)
def test_any_recording_is_listed_as_usable_or_with_its_problem(
    table: Path, form: str, changes: list[Any], within: int | None
) -> None:
    path = table.with_name(f"recording.{form}")
    path.write_bytes(mangled(bytearray(AUDIO[form]), changes, within=within))
    found = probe(path)
    if found.problem:
        assert path.name in found.problem
        return
    assert found.duration_s is not None
    assert found.sample_rate_hz
    if found.duration_s * 16000 > MOST_SAMPLES:
        return
    message = complaint(lambda: check_finite(read_mono(path, 16000)))
    assert not message or path.name in message


def check_finite(audio: np.ndarray) -> None:
    assert np.isfinite(audio).all()
