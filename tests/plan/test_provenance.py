"""Fingerprints change when what they stand for changes, and with nothing else."""

import ast
import hashlib
import importlib.metadata
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from canopy.data.audio.fingerprint import AudioFingerprints, audio
from canopy.plan.provenance import packages, source
from canopy.plan.provenance.code import TEMPLATES, Code
from canopy.plan.provenance.table import table
from canopy.runtime.digest import digest

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
CODE = Code(SCRIPTS)

MODULES = {
    "job.py": """'A job.'

import json

from canopy import losses
from canopy.audio.decode import read

print(losses, read)
""",
    "other.py": "from canopy.plots import bars\n",
    "canopy/__init__.py": "'The package.'\n",
    "canopy/losses.py": """'Losses.'

from . import masks


def loss(x):
    'Return it.'
    return masks.mask(x) + 1
""",
    "canopy/masks.py": "import numpy as np\n\n\ndef mask(x):\n    return np.abs(x)\n",
    "canopy/audio/__init__.py": '"""Audio."""\n',
    "canopy/audio/decode.py": "from .rates import RATE\nfrom ..errors import Problem\n\nread = (RATE, Problem)\n",
    "canopy/audio/rates.py": "RATE = 16000\n",
    "canopy/errors.py": "class Problem(Exception):\n    pass\n",
    "canopy/plots/__init__.py": "",
    "canopy/plots/bars.py": "WIDTH = 3\n",
    "canopy/plots/looks/style.css": "a { color: green }\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in MODULES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def fingerprint(tree: Path, script: str = "job.py") -> str:
    """Return a script's fingerprint as a new process would."""
    packages.version.cache_clear()
    return Code(tree)(Path(script).stem)


def edit(tree: Path, name: str, old: str, new: str) -> None:
    text = (tree / name).read_text(encoding="utf-8")
    assert old in text
    (tree / name).write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("job.py", "'A job.'", '"""What it does."""\n# and a comment'),
        ("job.py", "print(losses, read)", "print(\n    losses,\n    read,\n)  # formatted"),
        ("canopy/losses.py", "    'Return it.'\n", ""),
        ("canopy/masks.py", "np.abs(x)", "(np.abs(x))"),
        ("canopy/audio/rates.py", "RATE = 16000", '"""Rates."""\n\nRATE = 16_000\n"""In Hz."""'),
        ("canopy/__init__.py", "'The package.'", ""),
        ("canopy/plots/bars.py", "WIDTH = 3", "WIDTH = 4"),
        ("canopy/plots/looks/style.css", "green", "blue"),
    ],
    ids=[
        "comment",
        "format",
        "docstring",
        "brackets",
        "attribute docstring",
        "package docstring",
        "other",
        "other data",
    ],
)
def test_what_cannot_change_the_output_keeps_the_fingerprint(tree: Path, name: str, old: str, new: str) -> None:
    before = fingerprint(tree)
    edit(tree, name, old, new)
    assert fingerprint(tree) == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("job.py", "print(losses, read)", "print(read, losses)"),
        ("canopy/losses.py", "+ 1", "+ 2"),
        ("canopy/masks.py", "np.abs(x)", "np.sign(x)"),
        ("canopy/audio/rates.py", "16000", "32000"),
        ("canopy/errors.py", "Exception", "ValueError"),
        ("canopy/audio/__init__.py", '"""Audio."""', "import json\n"),
        ("canopy/__init__.py", "'The package.'", "LEVEL = 1"),
    ],
    ids=["script", "from package", "relative import", "two levels", "parent's module", "package", "top package"],
)
def test_a_statement_anywhere_below_changes_the_fingerprint(tree: Path, name: str, old: str, new: str) -> None:
    before = fingerprint(tree)
    edit(tree, name, old, new)
    assert fingerprint(tree) != before


def test_a_touch_and_another_place_keep_the_fingerprint(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    before = fingerprint(tree)
    os.utime(tree / "canopy" / "masks.py", (1, 1))
    assert fingerprint(tree) == before
    moved = tmp_path_factory.mktemp("another place") / "scripts"
    shutil.copytree(tree, moved)
    assert fingerprint(moved) == before


def test_a_file_beside_imported_modules_counts(tree: Path) -> None:
    before = fingerprint(tree, "other.py")
    edit(tree, "canopy/plots/looks/style.css", "green", "blue")
    assert fingerprint(tree, "other.py") != before


@pytest.mark.parametrize(
    "name",
    [
        *("canopy/plots/bars.py~", "canopy/plots/bars.py.orig", "canopy/plots/bars.pyc", "canopy/.DS_Store"),
        *("canopy/plots/looks/style.css~", "canopy/plots/looks/.#style.css", "canopy/plots/looks/#style.css#"),
        *("canopy/plots/.cache/kept.json", "canopy/plots/notes/todo.txt", "canopy/plots/looks/style.css.rej"),
    ],
)
def test_what_editors_and_tools_leave_behind_does_not_count(tree: Path, name: str) -> None:
    before = fingerprint(tree, "other.py")
    (tree / name).parent.mkdir(exist_ok=True)
    (tree / name).write_text("left behind", encoding="utf-8")
    assert fingerprint(tree, "other.py") == before


def test_whatever_lies_beside_the_modules_of_the_house_counts() -> None:
    suffixes = {path.suffix for path in (SCRIPTS / "canopy").rglob("*") if path.is_file()}
    assert suffixes - {".py", ".pyc"} <= TEMPLATES


def test_an_import_inside_a_function_counts(tree: Path) -> None:
    edit(tree, "job.py", "print(losses, read)", "def main():\n    from canopy.plots import bars\n    return bars\n")
    before = fingerprint(tree)
    edit(tree, "canopy/plots/bars.py", "WIDTH = 3", "WIDTH = 4")
    assert fingerprint(tree) != before


def test_a_new_version_of_an_imported_package_changes_the_fingerprint(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, before_other = fingerprint(tree), fingerprint(tree, "other.py")
    found = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "99.0" if name == "numpy" else found(name))
    assert fingerprint(tree) != before
    assert fingerprint(tree, "other.py") == before_other


def test_what_sources_say_is_remembered_by_their_content(
    tree: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path_factory.mktemp("memory") / "canopy" / "code.json"
    first = Code(tree, memory)("job")
    parse: Callable[..., ast.Module] = ast.parse
    parsed: list[str] = []

    def watched(source: str) -> ast.Module:
        parsed.append(source)
        return parse(source)

    monkeypatch.setattr(ast, "parse", watched)
    assert Code(tree, memory)("job") == first
    assert parsed == []
    edit(tree, "canopy/masks.py", "np.abs(x)", "np.sign(x)")
    second = Code(tree, memory)("job")
    assert second != first
    assert parsed == [(tree / "canopy" / "masks.py").read_text(encoding="utf-8")]
    assert second == Code(tree, tree / "no memory" / "code.json")("job")


@pytest.mark.parametrize("text", ["{", "[]", '{"KEY": []}', '{"KEY": [1]}', '{"KEY": "no list"}'])
def test_a_damaged_memory_of_sources_costs_time_only(tree: Path, text: str) -> None:
    memory = tree / "memory" / "code.json"
    first = Code(tree, memory)("job")
    for key in json.loads(memory.read_text(encoding="utf-8")):
        memory.write_text(text.replace("KEY", key), encoding="utf-8")
        assert Code(tree, memory)("job") == first


def test_the_memory_of_sources_forgets_those_that_are_gone(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = tree / "memory" / "code.json"
    Code(tree, memory)("job")
    before = json.loads(memory.read_text(encoding="utf-8")).keys()
    monkeypatch.setattr(source, "MOST", len(before))
    edit(tree, "canopy/masks.py", "np.abs(x)", "np.sign(x)")
    Code(tree, memory)("job")
    after = json.loads(memory.read_text(encoding="utf-8")).keys()
    assert (len(before - after), len(after - before)) == (1, 1)


def test_dependencies_are_the_modules_that_python_loads(tree: Path) -> None:
    files, outside = Code(tree).dependencies("job.py")
    assert [path.relative_to(tree).as_posix() for path in files] == [
        "job.py",
        "canopy/__init__.py",
        "canopy/audio/__init__.py",
        "canopy/audio/decode.py",
        "canopy/audio/rates.py",
        "canopy/errors.py",
        "canopy/losses.py",
        "canopy/masks.py",
    ]
    assert outside == ["numpy"]


# What the real scripts depend on.

ROOMS: dict[str, set[str]] = {
    "apply_shard": {
        "config",
        "data.audio",
        "data.recordings",
        "features",
        "inference.apply",
        "inference.chunks",
        "inference.interpolation",
        "inference.scorer",
        "models",
        "package",
        "runtime.devices",
        "runtime.environment",
        "runtime.digest",
        "runtime.memory",
        "runtime.owned",
        "runtime.progress",
    },
    "calibrate": {
        "config",
        "data.annotations",
        "data.recordings",
        "detections.edges",
        "detections.false_alarms",
        "detections.segments",
        "evaluation.calibration",
        "evaluation.ensemble",
        "evaluation.metrics",
        "inference.framewise",
        "inference.interpolation",
        "inference.scores",
        "runtime.arrays",
    },
    "check_data": {
        "data.audio",
        "data.checks",
        "data.recordings",
        "features",
        "runtime.digest",
        "runtime.memory",
        "runtime.owned",
    },
    "combine_test": {
        "evaluation.calibration",
        "evaluation.ensemble",
        "inference.framewise",
        "inference.interpolation",
        "inference.scores",
        "runtime.arrays",
    },
    "compare_teachers": {
        "data.annotations",
        "data.recordings",
        "evaluation.metrics",
        "evaluation.teachers",
        "inference.framewise",
        "inference.interpolation",
        "inference.scores",
        "inference.submission",
        "runtime.arrays",
    },
    "cut_review": {
        "config",
        "data.annotations",
        "data.audio",
        "data.recordings",
        "detections.review",
        "detections.search",
        "detections.writers",
        "evaluation.calibration",
        "inference.apply",
        "package",
        "runtime.digest",
        "runtime.memory",
        "runtime.owned",
        "runtime.progress",
    },
    "cut_similar": {
        "config",
        "data.annotations",
        "data.audio",
        "data.recordings",
        "detections.review",
        "detections.search",
        "features",
        "inference.apply",
        "inference.chunks",
        "inference.scorer",
        "models",
        "package",
        "runtime.devices",
        "runtime.digest",
        "runtime.environment",
        "runtime.memory",
        "runtime.owned",
        "runtime.progress",
    },
    "download_dataset": {"data.download", "runtime.owned"},
    "embed_applied": {
        "config",
        "data.audio",
        "data.recordings",
        "features",
        "inference.apply",
        "inference.chunks",
        "inference.scorer",
        "models",
        "package",
        "runtime.arrays",
        "runtime.devices",
        "runtime.digest",
        "runtime.environment",
        "runtime.memory",
        "runtime.owned",
        "runtime.progress",
    },
    "evaluate_ensemble": {
        "data.annotations",
        "data.recordings",
        "detections.thresholds",
        "evaluation.calibration",
        "evaluation.metrics",
        "inference.framewise",
        "inference.interpolation",
        "inference.scores",
        "inference.submission",
        "runtime.arrays",
    },
    "evaluate_test": {
        "data.annotations",
        "data.recordings",
        "evaluation.metrics",
        "inference.framewise",
        "inference.interpolation",
        "inference.scores",
        "inference.submission",
        "runtime.arrays",
    },
    "export_network": {"config", "models", "package", "runtime.devices", "runtime.environment"},
    "export_onnx": {"config", "models", "package", "runtime.devices", "runtime.environment"},
    "extract_cqt": {
        "config",
        "data.audio",
        "data.recordings",
        "features",
        "runtime.arrays",
        "runtime.digest",
        "runtime.memory",
        "runtime.owned",
        "runtime.progress",
    },
    "extract_embedding": {
        "config",
        "data.audio",
        "data.recordings",
        "features",
        "runtime.arrays",
        "runtime.digest",
        "runtime.memory",
        "runtime.owned",
        "runtime.progress",
    },
    "extract_spectrograms": {
        "config",
        "data.audio",
        "data.recordings",
        "features",
        "runtime.arrays",
        "runtime.digest",
        "runtime.memory",
        "runtime.owned",
        "runtime.progress",
    },
    "extract_waveform": {
        "config",
        "data.audio",
        "data.recordings",
        "features",
        "runtime.arrays",
        "runtime.digest",
        "runtime.memory",
        "runtime.owned",
        "runtime.progress",
    },
    "fit_ensemble": {
        "data.annotations",
        "data.recordings",
        "evaluation.ensemble",
        "evaluation.metrics",
        "inference.framewise",
        "inference.interpolation",
        "inference.scores",
        "runtime.arrays",
    },
    "generate_demo": {"config", "data.demo", "runtime.owned"},
    "list_annotated": {
        "data.annotations",
        "data.audio",
        "data.recordings",
        "data.sample_submission",
        "runtime.digest",
        "runtime.memory",
        "runtime.owned",
    },
    "list_applied": {
        "data.audio",
        "data.recordings",
        "inference.apply",
        "runtime.digest",
        "runtime.memory",
        "runtime.owned",
    },
    "list_recordings": {
        "data.audio",
        "data.recordings",
        "data.sample_submission",
        "runtime.digest",
        "runtime.memory",
        "runtime.owned",
    },
    "list_unlabelled": {
        "data.annotations",
        "data.audio",
        "data.recordings",
        "data.sample_submission",
        "runtime.digest",
        "runtime.memory",
        "runtime.owned",
    },
    "make_review": {
        "config",
        "data.annotations",
        "data.audio",
        "data.recordings",
        "detections.review",
        "evaluation.calibration",
        "inference.apply",
        "package",
        "report",
        "runtime.digest",
        "runtime.memory",
        "runtime.owned",
        "runtime.version",
    },
    "make_splits": {"data.annotations", "data.recordings", "data.splits"},
    "merge_oof": {
        "data.annotations",
        "data.recordings",
        "evaluation.metrics",
        "inference.framewise",
        "inference.interpolation",
        "inference.scores",
        "runtime.arrays",
    },
    "merge_test": {"inference.framewise", "inference.interpolation", "inference.scores", "runtime.arrays"},
    "package_model": {
        "config",
        "evaluation.calibration",
        "evaluation.ensemble",
        "evaluation.metrics",
        "inference.framewise",
        "inference.interpolation",
        "inference.scores",
        "package",
        "runtime.arrays",
        "runtime.digest",
        "runtime.version",
    },
    "predict_fold": {
        "config",
        "features",
        "inference.chunks",
        "inference.scorer",
        "inference.scores",
        "models",
        "runtime.arrays",
        "runtime.devices",
        "runtime.environment",
        "runtime.progress",
    },
    "pseudo_label": {
        "config",
        "data.annotations",
        "detections.pseudo_labels",
        "detections.segments",
        "inference.framewise",
        "inference.interpolation",
        "inference.scores",
        "runtime.arrays",
        "training",
    },
    "read_annotations": {"data.annotations", "data.recordings", "data.sample_submission"},
    "read_folder": {"data.annotations", "data.recordings", "data.sample_submission", "runtime.owned"},
    "recalibrate": {
        "data.annotations",
        "data.recordings",
        "detections.review",
        "detections.writers",
        "evaluation.calibration",
        "evaluation.metrics",
        "inference.framewise",
        "inference.interpolation",
        "inference.scores",
        "runtime.arrays",
        "runtime.memory",
        "runtime.owned",
    },
    "record_provenance": {"runtime.version"},
    "train_fold": {
        "config",
        "data.annotations",
        "features",
        "models",
        "runtime.devices",
        "runtime.environment",
        "runtime.progress",
        "training",
    },
    "train_student": {
        "config",
        "data.annotations",
        "features",
        "models",
        "runtime.devices",
        "runtime.environment",
        "runtime.digest",
        "runtime.progress",
        "training",
    },
    "write_detections": {
        "config",
        "data.annotations",
        "data.recordings",
        "detections.corrected",
        "detections.recordings",
        "detections.segments",
        "detections.table",
        "detections.thresholds",
        "detections.writers",
        "evaluation.calibration",
        "inference.apply",
        "inference.scores",
        "inference.submission",
        "package",
        "runtime.digest",
        "runtime.owned",
        "runtime.progress",
    },
    "write_submission": {
        "data.annotations",
        "data.recordings",
        "data.sample_submission",
        "inference.scores",
        "inference.submission",
    },
}
"""What each script may depend on: of some rooms all, of the others (`DIVIDED`) named parts."""
DIVIDED = {"runtime", "data", "inference", "evaluation", "detections", "plan"}
EVERYWHERE = {
    f"runtime.{name}"
    for name in ("command", "errors", "files", "imports", "watchdog", "portable", "tables", "input_tables")
}


def rooms(script: str) -> set[str]:
    files, _ = CODE.dependencies(f"{script}.py")
    parts = [path.relative_to(SCRIPTS / "canopy").with_suffix("").parts for path in files[1:]]
    named = {".".join(part[: 1 + (part[0] in DIVIDED)]) for part in parts if part[-1] != "__init__"}
    return named - EVERYWHERE


@pytest.mark.parametrize("script", sorted(ROOMS))
def test_a_script_depends_on_its_own_rooms_alone(script: str) -> None:
    assert rooms(script) - ROOMS[script] == set()


def test_every_script_is_looked_at() -> None:
    assert {path.stem for path in SCRIPTS.glob("*.py")} == ROOMS.keys() | {"make_report"}


@pytest.mark.parametrize(
    ("script", "sections"),
    [
        ("train_fold", {"augment", "compute", "loss", "model", "optimizer", "training"}),
        ("train_student", {"augment", "compute", "loss", "model", "optimizer", "training"}),
        ("pseudo_label", {"pseudo"}),
        ("predict_fold", {"compute", "model", "prediction"}),
        ("extract_spectrograms", {"features"}),
        ("extract_cqt", {"cqt", "features"}),
        ("generate_demo", {"demo"}),
        ("extract_waveform", {"features", "waveform"}),
        ("extract_embedding", {"embedding", "features", "pretrained"}),
        ("make_report", {"cqt", "embedding", "features", "kinds", "pretrained", "waveform"}),
    ],
)
def test_a_script_depends_on_the_sections_of_the_config_that_it_reads(script: str, sections: set[str]) -> None:
    files, _ = CODE.dependencies(f"{script}.py")
    found = {path.stem for path in files if path.parent.name == "config"}
    assert found - {"__init__", "base", "complaints", "settings"} == sections


def test_no_script_but_its_own_waits_on_the_code_of_onnx() -> None:
    written = SCRIPTS / "canopy" / "package" / "onnx.py"
    assert {path.stem for path in SCRIPTS.glob("*.py") if written in CODE.dependencies(path.name)[0]} == {"export_onnx"}


def test_every_package_of_every_script_has_a_version() -> None:
    used = {name for path in SCRIPTS.glob("*.py") for name in CODE.dependencies(path.name)[1]}
    assert used >= packages.OPTIONAL
    assert [name for name in sorted(used - packages.OPTIONAL) if not packages.version(name)] == []


def test_packages_import_nothing() -> None:
    imports = (ast.Import, ast.ImportFrom)
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in (SCRIPTS / "canopy").rglob("__init__.py")}
    assert [path for path, tree in trees.items() if any(isinstance(node, imports) for node in ast.walk(tree))] == []


def test_installed_changes_with_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    found = []
    for name in ("soxr-1.0.dist-info", "soxr-1.1.dist-info"):
        (tmp_path / name).mkdir()
        packages.installed.cache_clear()
        found.append(packages.installed())
        (tmp_path / name).rmdir()
    packages.installed.cache_clear()
    assert found[0] != found[1]


# Recordings.


def tone(hz: float = 440.0) -> np.ndarray:
    return (np.sin(2 * np.pi * hz * np.arange(8000) / 16000) * 20000).astype(np.int16)


def write(path: Path, samples: np.ndarray) -> Path:
    soundfile.write(path, samples, 16000)
    return path


def without_md5(path: Path) -> Path:
    data = bytearray(path.read_bytes())
    data[26:42] = bytes(16)
    path.write_bytes(data)
    return path


def test_flac_is_known_by_its_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashlib, "file_digest", lambda *_: pytest.fail("the whole file was read"))
    first, second = write(tmp_path / "a.flac", tone()), write(tmp_path / "b.flac", tone())
    assert audio(first) == audio(second)
    assert audio(write(tmp_path / "c.flac", tone(441))) != audio(first)


def test_new_tags_in_a_flac_file_of_the_same_size_do_not_count(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", tone())
    before, data = audio(path), path.read_bytes()
    vendor = data.index(b"reference libFLAC")
    path.write_bytes(data[:vendor] + b"REFERENCE" + data[vendor + 9 :])
    assert soundfile.read(path)[0] == pytest.approx(tone() / 2**15)
    assert audio(path) == before


def test_a_cut_flac_file_is_another(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", tone())
    before = audio(path)
    path.write_bytes(path.read_bytes()[:-100])
    assert audio(path) != before


def test_a_flac_file_without_md5_is_read_whole(tmp_path: Path) -> None:
    path = without_md5(write(tmp_path / "a.flac", tone()))
    before, data = audio(path), bytearray(path.read_bytes())
    assert not before.startswith("flac-")
    data[-20] ^= 1
    path.write_bytes(data)
    assert audio(path) != before


def test_a_touched_file_keeps_its_fingerprint(tmp_path: Path) -> None:
    for name in ("a.flac", "a.wav"):
        path = write(tmp_path / name, tone())
        before = audio(path)
        os.utime(path, (1, 1))
        assert audio(path) == before


def test_an_unreadable_file_has_a_fingerprint_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "folder.wav").mkdir()
    readable = audio(write(tmp_path / "a.wav", tone()))
    found = {audio(tmp_path / "missing.wav"), audio(tmp_path / "folder.wav"), readable}
    assert len(found) == 3


def counting(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    reads: list[int] = []
    whole: Callable[..., object] = hashlib.file_digest

    def counted(*given: object) -> object:
        reads.append(1)
        return whole(*given)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    return reads


def test_a_wav_file_is_read_again_only_when_size_or_time_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = counting(monkeypatch)
    path, memory = write(tmp_path / "a.wav", tone()), tmp_path / "memory" / "audio.json"
    first = AudioFingerprints(memory)([str(path)])
    assert AudioFingerprints(memory)([str(path)]) == first
    assert len(reads) == 1
    os.utime(path, (1, 1))
    assert AudioFingerprints(memory)([str(path)]) == first
    assert len(reads) == 2
    write(path, tone(441))
    assert AudioFingerprints(memory)([str(path)]) != first
    assert len(reads) == 3


@pytest.mark.parametrize("text", ["{", "[]", "null", '{"a.wav": 3}'])
def test_a_damaged_memory_of_fingerprints_costs_time_only(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "a.wav", tone())
    memory = tmp_path / "audio.json"
    memory.write_text(text.replace("a.wav", str(path)), encoding="utf-8")
    assert AudioFingerprints(memory)([str(path)]) == {str(path): audio(path)}


# Tables.

TABLE = 'recording_id,species_id,t_min\nr1,3,0.5\nr2,4,"1.5"\n'


def of_table(tmp_path: Path, text: str | bytes, *, ordered: bool = False) -> str:
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return table(path, ordered=ordered)


@pytest.mark.parametrize(
    "same",
    [
        "recording_id,species_id,t_min\nr2,4,1.5\nr1,3,0.5\n",
        "t_min,recording_id,species_id\n0.5,r1,3\n1.5,r2,4\n",
        '"recording_id","species_id","t_min"\n"r1","3","0.5"\n"r2","4","1.5"',
        "recording_id,species_id,t_min\r\nr1,3,0.5\r\n\r\nr2, 4 ,1.5\r\n",
        "\ufeffrecording_id,species_id,t_min\nr1,3,0.5\nr2,4,1.5\n",
    ],
    ids=["rows", "columns", "quotes", "line ends and blanks", "byte order mark"],
)
def test_the_form_of_a_table_does_not_count(tmp_path: Path, same: str) -> None:
    assert of_table(tmp_path, same) == of_table(tmp_path, TABLE)


@pytest.mark.parametrize(
    "other",
    [
        TABLE.replace("0.5", "0.6"),
        TABLE + "r2,4,1.5\n",
        TABLE.replace("r1", "r3"),
        "recording_id,t_min,species_id\nr1,3,0.5\nr2,4,1.5\n",
        TABLE + "r3,4\n",
        "",
    ],
    ids=["cell", "row twice", "id", "names swapped", "short row", "empty"],
)
def test_the_content_of_a_table_counts(tmp_path: Path, other: str) -> None:
    assert of_table(tmp_path, other) != of_table(tmp_path, TABLE)


def test_order_counts_where_it_is_asked_for(tmp_path: Path) -> None:
    turned = "t_min,recording_id,species_id\n0.5,r1,3\n1.5,r2,4\n"
    assert of_table(tmp_path, turned, ordered=True) != of_table(tmp_path, TABLE, ordered=True)
    crlf = TABLE.replace("\n", "\r\n")
    assert of_table(tmp_path, crlf, ordered=True) == of_table(tmp_path, TABLE, ordered=True)


def test_a_table_that_is_none_is_known_by_its_bytes(tmp_path: Path) -> None:
    assert of_table(tmp_path, b"\xff\xfe\x00") != of_table(tmp_path, b"\xff\xfe\x01")


def test_digest_depends_on_content_not_on_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})
    assert digest({"a": 1, "b": [1, 2]}) != digest({"a": 1, "b": [2, 1]})
    assert digest("ab", "c") != digest("a", "bc")


@pytest.mark.parametrize("script", ["train_fold", "train_student"])
def test_training_depends_on_no_reader_of_annotations(script: str) -> None:
    files, _ = CODE.dependencies(f"{script}.py")
    found = {path.relative_to(SCRIPTS / "canopy" / "data").as_posix() for path in files if "data" in path.parts}
    assert {name for name in found if not name.endswith("__init__.py")} == {"annotations/unmarked.py"}
