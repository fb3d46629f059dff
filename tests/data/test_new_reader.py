"""A format of annotations is added as CONTRIBUTING.md says: a module and its registration, nothing else."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

import toys
from canopy.plan.provenance.code import Code

READERS = "canopy/data/annotations/readers"
MODULE = '''"""Notes of a toy: a line `TOY`, then `file|onset|offset|species` per mark."""

from canopy.data.annotations.readers.reader import Reader
from canopy.data.annotations.marks import ALL_OF_THE_BAND, Gathered, Mark, Source, tidy


def recognises(source: Source) -> bool:
    """Whether a file is a toy's."""
    return source.first_line.strip() == "TOY"


def read(source: Source, gathered: Gathered, *, secondary: str = "present") -> None:
    """Read a toy's notes; a species in brackets is a secondary one."""
    for line, text in enumerate(source.text.splitlines()[1:], 2):
        file, onset_s, offset_s, species = text.split("|")
        recording_id = gathered.recording(file, source, line)
        if species.startswith("("):
            species = species.strip("()")
            if secondary == "unknown":
                continue
        times = float(onset_s), float(offset_s)
        gathered.add(Mark(recording_id, tidy(species), *times, *ALL_OF_THE_BAND, 1, source.path, line))


READER = Reader("toy", recognises, read, options=("secondary",))
'''
USE = """
import json, sys
from pathlib import Path
import list_annotated, read_folder
from canopy.plan.plan import Plan
raw, out = json.loads(sys.argv[1]), Path(sys.argv[2])
plan = Plan(raw, Path(read_folder.__file__).parent)
settings = ["--settings", json.dumps({**plan.settings.listing("train"), **plan.settings.annotations()})]
list_annotated.main([*settings, "--output", str(out / "recordings.csv")])
names = ("recordings", "annotations", "train-recordings", "classes")
read_folder.main([*settings, *[text for name in names for text in (f"--{name}", str(out / f"{name}.csv"))]])
"""


@pytest.fixture
def scripts(repository: Path, tmp_path: Path) -> Path:
    """Return a copy of the scripts and of the library to which the toy was added."""
    copied = toys.copy_of_the_scripts(repository, tmp_path)
    toys.add(copied, f"{READERS}/toy.py", MODULE)
    toys.register(
        copied,
        f"{READERS}/registry.py",
        "from canopy.data.annotations.readers import toy",
        opening="READERS: tuple[Reader, ...] = (\n",
        closing=")",
        entry="    toy.READER,\n",
    )
    return copied


def test_a_new_reader_is_a_module_and_its_registration(scripts: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "train").mkdir(parents=True)
    for name in ("a", "b", "c"):
        soundfile.write(data / "train" / f"{name}.wav", np.zeros(8000, np.float32) + 0.1, 8000)
    marks = "".join(f"{name}.wav|0.25|0.5|owl\n" for name in "abc") + "a.wav|0.5|0.75|(wren)\n"
    (data / "annotations").mkdir()
    (data / "annotations" / "marks.txt").write_text(f"TOY\n{marks}", encoding="utf-8")
    raw = {"dataset": "folder", "data": str(data), "annotations": {"secondary": "unknown"}}
    toys.run(scripts, USE, json.dumps(raw), str(tmp_path))
    found = pd.read_csv(tmp_path / "annotations.csv")
    read = found[["recording_id", "species", "onset_s", "offset_s"]].to_numpy().tolist()
    assert read == [[name, "owl", 0.25, 0.5] for name in "abc"]


def test_the_fingerprint_of_the_job_follows_a_new_reader(scripts: Path) -> None:
    files, _ = Code(scripts).dependencies("read_folder.py")
    assert {"toy.py", "raven.py", "registry.py"} <= {path.name for path in files}
