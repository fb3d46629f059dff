"""Marks come out of a table as they went in, whatever its columns are called and what separates its cells.

Each example is made from a number, so that every run tries the same. The oracle is the list of marks that was written.
"""

import csv
import io
import random
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from canopy.data.annotations.columns.names import NAMES, UNITS, meaning
from canopy.data.annotations.marks import Gathered, Source
from canopy.data.annotations.names import Names
from canopy.data.annotations.readers.registry import read_source
from canopy.runtime.input_tables.decoding import decode
from fuzzing import N_MARKS, N_MISNAMED, complaint

RATE_HZ = 16000
IDS = [
    "a",
    "b 2",
    "año",
    "x.y",
    "plot 3__20240501_060000",
    "plot 4__20240501_060000",
    "1,5",
    "it's; odd",
    'say "a"',
    "007",
]
SPECIES = ["owl", "Ñandú común", "Strix, aluco", 'the "odd" one', "1.5", "nan", "Turdus merula"]
NEUTRAL = [
    "notes",
    "quality",
    "observer",
    "individuals",
    "behaviour",
    "Peak Freq (Hz)",
    "sample rate",
    "recording_date",
]
FILLED = ["", "a, b", "3", "good; near", "x"]
UNIT_SIGNS = {"onset_s": ["s", "ms", "samples"], "low_hz": ["hz", "khz"]}


class Written(NamedTuple):
    """A table's text, what its columns tell, by name, and the marks in it."""

    text: str
    columns: dict[str, str]
    marks: list[tuple[str, str, float, float, float | None, float | None]]


def spelled(words: list[str], unit: str, rng: random.Random) -> str:
    """Return a column's name in one of the ways in which people write it."""
    style = rng.randrange(5)
    if style == 0:
        name = "_".join([*words, unit] if unit else words)
    elif style == 1:
        name = " ".join(word.capitalize() for word in words) + (f" ({unit})" if unit else "")
    elif style == 2:
        name = words[0] + "".join(word.capitalize() for word in words[1:]) + (f"_{unit}" if unit else "")
    elif style == 3:
        name = " ".join(words).upper() + (f" [{unit}]" if unit else "")
    else:
        name = "-".join([*words, unit] if unit else words) + "_" * rng.randrange(2)
    return name


def write(seed: int, *, misname: bool = False) -> Written:
    """Write a table of one to five marks in the way that a number tells."""
    rng = random.Random(seed)
    separator = rng.choice(",,;\t")
    comma = separator != "," and rng.random() < 0.6
    time, band = rng.choice(UNIT_SIGNS["onset_s"]), rng.choice(UNIT_SIGNS["low_hz"])
    with_band = rng.random() < 0.7
    lasting = rng.random() < 0.25
    marks = []
    for _ in range(rng.randrange(1, 6)):
        onset_s, length_s = rng.randrange(0, 60_000) / 1000 + 0.5, rng.randrange(1, 3000) / 1000 + 0.5
        edges = (rng.randrange(100, 2000) + 0.5, rng.randrange(2001, 8000) + 0.5) if with_band else (None, None)
        marks.append((rng.choice(IDS), rng.choice(SPECIES), onset_s, round(onset_s + length_s, 3), *edges))

    def number(value: float) -> str:
        if comma and separator == "\t":
            return f"{value:.4f}".replace(".", ",")  # three decimals might be thousands
        text = f"{value:.6f}".rstrip("0")
        text = text + "0" if text.endswith(".") else text
        return text.replace(".", ",") if comma else text

    def name(what: str, unit: str) -> str:
        known = [one for one in NAMES[what] if not misname or len(one) > 3]
        return spelled(re.split("[_ ]", rng.choice(known)), unit, rng)

    times = {"s": 1.0, "ms": 1000.0, "samples": float(RATE_HZ)}[time]
    hertz = {"hz": 1.0, "khz": 1e-3}[band]
    cells: dict[str, list[str]] = {
        "recording_id": [file(mark[0], rng) for mark in marks],
        "species": [mark[1] for mark in marks],
        "onset_s": [number(mark[2] * times) for mark in marks],
    }
    if lasting:
        cells["duration_s"] = [number((mark[3] - mark[2]) * times) for mark in marks]
    else:
        cells["offset_s"] = [number(mark[3] * times) for mark in marks]
    if with_band:
        cells |= {
            edge: [number((mark[place] or 0) * hertz) for mark in marks]
            for edge, place in (("low_hz", 4), ("high_hz", 5))
        }
    unit = {what: time if what.endswith("_s") else band if what.endswith("_hz") else "" for what in cells}
    titles = {what: name(what, unit[what]) for what in cells}
    if misname:
        what = rng.choice([one for one in cells if one not in ("recording_id", "species")])
        slips = (spoilt(titles[what], rng) for _ in range(20))  # one that gives a name of another meaning is no slip
        titles[what] = next((one for one in slips if tells(one) in (None, tells(titles[what]))), "when")
    for extra in rng.sample(NEUTRAL, rng.randrange(3)):
        cells[extra], titles[extra] = [rng.choice(FILLED) for _ in marks], extra
    order = rng.sample(list(cells), len(cells))
    rows = [[titles[what] for what in order], *([cells[what][row] for what in order] for row in range(len(marks)))]
    text = laid_out(rows, separator, rng)
    return Written(text, {titles[what]: what for what in order if what not in NEUTRAL}, marks)


def tells(name: str) -> tuple[str, str, float] | None:
    """Return what a column of a name tells, and in which unit."""
    known = meaning(name)
    return known and (known.what, known.unit, known.factor)


def file(recording_id: str, rng: random.Random) -> str:
    """Return one of the names by which a table may call a recording."""
    path = recording_id.replace("__", "/")
    return rng.choice(
        [recording_id + ".wav", f"{path}.WAV", f"/media/card/{path}.flac", f"D:\\card\\{path}.wav".replace("/", "\\")]
    )


def spoilt(name: str, rng: random.Random) -> str:
    """Return a column's name with a slip of the pen, or in another language."""
    place = rng.randrange(len(name))
    return rng.choice(
        [
            name[:place] + name[place + 1 :],
            name[:place] + rng.choice("aeiox") + name[place:],
            rng.choice(["Anfang", "freq", "Zeit 1", "call begin at", "t", "f", "x", "début (s)", "edge hz", "when"]),
        ]
    )


def laid_out(rows: list[list[str]], separator: str, rng: random.Random) -> str:
    """Return a table's text with blank rows and columns, of any line end, as spreadsheets leave it."""
    if rng.random() < 0.3:
        rows = [row + [""] * 2 for row in rows]
    if rng.random() < 0.2:
        rows = [[str(place - 1) if place else "", *row] for place, row in enumerate(rows)]
    for _ in range(rng.randrange(3)):
        rows.insert(rng.randrange(len(rows) + 1), rng.choice([[""] * len(rows[0]), [" "] * 3, []]))
    out = io.StringIO()
    if separator == "\t" and rng.random() < 0.5:
        out.write("\n".join("\t".join(row) for row in rows) + "\n")
    else:
        csv.writer(out, delimiter=separator, lineterminator="\n").writerows(rows)
    text = out.getvalue()
    if rng.random() < 0.15:
        text = f"sep={separator}\n" + text
    return text.replace("\n", rng.choice(["\n", "\n", "\r\n"]))


def read(path: Path, text: str, rng: random.Random, gathered: Gathered) -> None:
    path.write_bytes(text.encode(rng.choice(["utf-8", "utf-8", "utf-8-sig"])))
    read_source(Source(str(path), path.name, decode(path, empty=True)), gathered, {})
    gathered.complaints.stop()


def same(gathered: Gathered, written: Written) -> bool:
    found = []
    for mark in gathered.marks:
        times = [one / RATE_HZ if mark.in_samples else one for one in (mark.onset_s, mark.offset_s)]
        found.append((mark.recording_id, mark.species, *times, mark.low_hz, mark.high_hz))
    expected = [
        (*mark[:4], float("-inf") if mark[4] is None else mark[4], float("inf") if mark[5] is None else mark[5])
        for mark in written.marks
    ]
    return len(found) == len(expected) and all(
        one[:2] == two[:2] and one[2:] == pytest.approx(two[2:], abs=1e-3)
        for one, two in zip(found, expected, strict=True)
    )


def test_every_spelling_of_every_known_name_with_every_unit_is_understood() -> None:
    rng = random.Random(1)
    for what, names in NAMES.items():
        for name in names:
            for unit in ("", *UNITS.get(what, ())):
                known = meaning(spelled(re.split("[_ ]", name), unit, rng))
                assert known is not None, (name, unit)
                assert known.what == what, (name, unit)


def test_marks_come_out_of_any_table_as_they_went_in(tmp_path: Path) -> None:
    for seed in range(N_MARKS):
        written = write(seed)
        gathered = Gathered(Names(IDS))
        read(tmp_path / "marks.csv", written.text, random.Random(seed), gathered)
        assert same(gathered, written), f"{seed}\n{written.text}\n{gathered.marks}"


def test_a_misnamed_column_is_understood_refused_or_told_never_passed_over(tmp_path: Path) -> None:
    kinds = {"understood": 0, "refused": 0, "told": 0}
    for seed in range(N_MISNAMED):
        written = write(seed, misname=True)
        gathered = Gathered(Names(IDS))
        message = complaint(read, tmp_path / "marks.csv", written.text, random.Random(seed), gathered)
        if message:
            assert "marks.csv" in message
            kinds["refused"] += 1
            continue
        kind = "understood" if same(gathered, written) else "told"
        kinds[kind] += 1
        assert kind == "understood" or set(gathered.left) & set(written.columns), f"{seed}\n{written.text}"
    assert min(kinds.values()) > N_MISNAMED / 50, kinds
