"""Files from elsewhere run no code, names in them lead nowhere else, and to a shell a name is never more than that."""

import ast
import json
import os
import pickle
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import yaml

from canopy.data.annotations.rfcx import read_rfcx
from canopy.data.recordings.folder import scan
from canopy.data.sample_submission import read_sample
from canopy.data.splits.folds import read_folds
from canopy.features.shards import Store
from canopy.inference.framewise import read_framewise
from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.reading import read_ids
from canopy.training.checkpoints import Checkpoint
from faults.checkout import Checkout, Ran
from packing import pack

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
SOURCES = sorted(SCRIPTS.rglob("*.py"))

# Nothing that is read can bring code along.

CODE_IN_DATA = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "jsonpickle"}
FORBIDDEN_CALLS = {
    *("eval", "exec", "compile", "__import__", "read_pickle", "to_pickle", "system", "popen", "unsafe_load"),
    *("full_load", "enable_unsafe_deserialization", "extractall"),
}


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Yield each call with the last part of what is called, and with all of it for `re.compile` and its like."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield name, node


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(SCRIPTS).as_posix())
def test_a_module_neither_loads_code_nor_starts_a_shell(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            named = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
            assert not {name.split(".")[0] for name in named} & CODE_IN_DATA, ast.unparse(node)
    for name, call in calls(tree):
        text = ast.unparse(call)
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert name not in FORBIDDEN_CALLS or text.startswith("re.compile("), text
        assert text.startswith("np.load(") <= (given.get("allow_pickle") == "False"), text
        assert given.get("shell", "False") == "False", text
        assert given.get("safe_mode", "True") == "True", text
        assert given.get("allow_pickle", "False") == "False", text


class Payload:
    """An object whose pickle makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.fixture
def pickled(tmp_path: Path) -> tuple[Path, Path]:
    """Return an array file with a payload and the folder that loading it would make."""
    path, made = tmp_path / "0.npy", tmp_path / "made"
    np.save(path, np.array([[Payload(made)]], dtype=object), allow_pickle=True)
    (tmp_path / "0.csv").write_text("recording_id,first_frame,n_frames,frame_s\na,0,1,0.1\n")
    return path, made


def test_the_payload_of_these_tests_works(pickled: tuple[Path, Path]) -> None:
    path, made = pickled
    np.load(path, allow_pickle=True)
    assert made.is_dir()


@pytest.mark.parametrize("read", [lambda path: Store([path]), read_framewise], ids=["shard", "framewise"])
def test_a_pickled_array_is_refused_and_not_run(read: Callable[[Path], object], pickled: tuple[Path, Path]) -> None:
    path, made = pickled
    with pytest.raises(ValueError, match=r"allow_pickle=False|Array can't be memory-mapped"):
        read(path)
    assert not made.exists()


def test_a_pickled_checkpoint_is_ignored_and_not_run(tmp_path: Path) -> None:
    made = tmp_path / "made"
    note = np.frombuffer(json.dumps({"fingerprint": "job", "history": []}).encode(), np.uint8)
    np.savez(tmp_path / "a.npz", note=note, v00000=np.array([Payload(made)], dtype=object))
    (tmp_path / "b.npz").write_bytes(pickle.dumps(Payload(made)))
    for name in ("a.npz", "b.npz"):
        assert Checkpoint(tmp_path / name, "job").restore([np.zeros(1)]) == []
    assert not made.exists()


def test_a_model_with_code_in_it_is_refused_and_not_run(tmp_path: Path) -> None:
    import keras

    from canopy.models.build import load_model

    made = tmp_path / "made"
    source = f"lambda x, make=__import__('os').mkdir({str(made)!r}): x"
    inner = keras.Input((2,))
    evil = keras.Model(inner, keras.layers.Lambda(lambda x: x + 1)(inner))
    (tmp_path / "model.json").write_text(evil.to_json())
    with pytest.raises(CanopyError, match="unsafe"):
        load_model(tmp_path / "model.json", tmp_path / "model.weights.h5")
    named = json.loads(evil.to_json())
    for layer in named["config"]["layers"]:
        if layer["class_name"] == "Lambda":
            layer.update(module="builtins", class_name="eval", registered_name="eval", config={"source": source})
    (tmp_path / "model.json").write_text(json.dumps(named))
    with pytest.raises(CanopyError, match="are no network that can be read"):
        load_model(tmp_path / "model.json", tmp_path / "model.weights.h5")
    assert not made.exists()


# Names in tables stay names.

PATHS = ["../x", "/etc/passwd", "a/b", "..", ".", "a\\b", "~/x/", "\\\\host\\x"]


@pytest.mark.parametrize("name", PATHS)
def test_a_path_is_no_recording_id_in_any_table(name: str, tmp_path: Path) -> None:
    labels = "recording_id,species_id,songtype_id,t_min,f_min,t_max,f_max\n{},1,1,0,0,1,1\n"
    tables: dict[str, tuple[str, Callable[[Path], object]]] = {
        "labels": (labels, read_rfcx),
        "ids": (labels, read_ids),
        "sample": ("recording_id,s1\n{},0\n", read_sample),
        "folds": ("recording_id,fold\n{},0\n", read_folds),
    }
    for text, read in tables.values():
        (tmp_path / "table.csv").write_text(text.format(name))
        with pytest.raises(CanopyError, match=r"table\.csv, line 2: recording_id .* is a path"):
            read(tmp_path / "table.csv")


def test_recordings_are_files_of_their_folder_only(tmp_path: Path) -> None:
    (tmp_path / "train" / "deeper").mkdir(parents=True)
    for name in ("x.wav", "train/a.wav", "train/deeper/b.wav", "train/.hidden.wav"):
        (tmp_path / name).touch()
    assert scan(tmp_path / "train")["path"].tolist() == [str(tmp_path / "train" / "a.wav")]


# Names in the config, the tables and the file system are quoted wherever a shell could see them.

WICKED = "d $(touch pwned) `touch pwned`; touch pwned & 'q' \"r\" é *[a]? > pwned #"
SPECIES = ("s0", "s1", "$(touch pwned)")
RATE = 16000


@pytest.fixture(scope="module")
def wicked(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a checkout, a dataset and a results folder with names that a shell would take for commands."""
    checkout = Checkout(tmp_path_factory.mktemp("wicked") / WICKED)
    data = checkout.folder / WICKED
    recordings = {"train": ["$(touch pwned)", "b c"], "test": ["x;touch pwned", "t'\""]}
    for subset, names in recordings.items():
        (data / subset).mkdir(parents=True)
        for name in names:
            sf.write(data / subset / f"{name}.flac", np.random.default_rng(1).normal(0, 0.1, 2 * RATE), RATE)
    shutil.copy(data / "train" / "b c.flac", data / "train" / "`touch pwned`.flac")  # no table names it
    header = "recording_id,species_id,songtype_id,t_min,f_min,t_max,f_max\n"
    for table, species in (("train_tp", "01"), ("train_fp", "10")):
        rows = [f"{name},{one},1,0.5,100,1.5,900\n" for name, one in zip(recordings["train"], species, strict=True)]
        (data / f"{table}.csv").write_text(header + "".join(rows))
    sample = [f'"{name.replace(chr(34), chr(34) * 2)}",0,0,0\n' for name in recordings["test"]]
    (data / "sample_submission.csv").write_text(f"recording_id,{','.join(SPECIES)}\n" + "".join(sample))
    config = {
        **{"dataset": "rfcx", "data": WICKED, "results": f"res {WICKED}"},
        "features": {"pitch": {"kind": "cqt"}, "samples": {"kind": "waveform"}},
        "experiments": {
            "tonal": {"features": "pitch"},
            "wave": {"features": "samples", "model": {"backbone": "waveform"}},
            "student": {"teacher": "mel_sed", "pseudo_labels": {"labelled": "fold"}},
        },
        "run": ["mel_sed", "tonal", "wave", "student"],
        "export": {"formats": ["tflite", "onnx"]},
    }
    (checkout.folder / "wicked.yaml").write_text(yaml.safe_dump(config, allow_unicode=True))
    return checkout


OVERLAYS = ("--configfile", "configs/smoke.yaml", "wicked.yaml")


def quoted(ran: Ran) -> set[str]:
    """Check each command that Snakemake printed; return their scripts."""
    assert ran.status == 0, ran.said
    start = "Shell command: "
    commands = [line.removeprefix(start) for line in ran.said.splitlines() if line.startswith(f"{start}canopy ")]
    seen = set()
    for command in commands:
        lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words = list(lexer)
        assert [word for word in words if set(word) <= set("();<>|&")] == [">&", "|"], command
        for word in words:
            whole = WICKED in (json.dumps(json.loads(word), ensure_ascii=False) if word.startswith("{") else word)
            assert "pwned" not in word or whole or json.dumps(WICKED, ensure_ascii=False)[1:-1] in word, command
        seen.add(f"{words[1]}.py")
    return seen


@pytest.mark.workflow
def test_every_rule_quotes_what_it_hands_to_the_shell(wicked: Checkout, tmp_path: Path) -> None:
    seen = quoted(wicked.snakemake("-n", "-p", *OVERLAYS, "--", "all", "export"))
    pack(tmp_path, "fine")
    (tmp_path / "package").rename(wicked.folder / f"package {WICKED}")
    applied = {"package": f"package {WICKED}", "recordings": f"{WICKED}/train"}
    (wicked.folder / "applied.yaml").write_text(yaml.safe_dump(applied, allow_unicode=True))
    seen |= quoted(wicked.snakemake("-n", "-p", *OVERLAYS, "applied.yaml", "--", "review", "recalibrate"))
    searched = {**applied, "example": f"{WICKED}/train/b c.flac:0.5-1.5"}
    (wicked.folder / "searched.yaml").write_text(yaml.safe_dump(searched, allow_unicode=True))
    seen |= quoted(wicked.snakemake("-n", "-p", *OVERLAYS, "searched.yaml", "--", "search"))
    others = {
        *("generate_demo.py", "evaluate_test.py", "evaluate_ensemble.py", "download_dataset.py"),
        *("list_annotated.py", "read_folder.py", "extract_embedding.py"),
    }
    assert seen == {path.name for path in SCRIPTS.glob("*.py")} - others  # those are not for this dataset
    assert not list(wicked.folder.rglob("pwned"))


@pytest.mark.workflow
def test_a_run_among_wicked_names_does_its_work_and_nothing_else(wicked: Checkout) -> None:
    before = set(os.listdir(wicked.folder))
    results = wicked.folder / f"res {WICKED}"
    ran = wicked.snakemake(*OVERLAYS, "--", f"res {WICKED}/splits/folds.csv", f"res {WICKED}/recordings/test.csv")
    assert ran.status == 0, ran.said
    assert (results / "splits/folds.csv").read_text().splitlines()[1:] == ["$(touch pwned),0", "b c,1"]
    assert len((results / "recordings/test.csv").read_text().splitlines()) == 3
    assert set(os.listdir(wicked.folder)) - before <= {results.name, ".snakemake"}
    assert not list(wicked.folder.rglob("pwned"))


@pytest.mark.parametrize("name", ["", " ", "a{b}", "a\nb", "a\0b"])
@pytest.mark.parametrize("key", ["results", "data", "tables"])
def test_a_path_that_snakemake_would_misread_is_refused(key: str, name: str) -> None:
    from canopy.config.loading import load

    with pytest.raises(CanopyError, match=r"a path must not be empty, nor hold braces"):
        load({key: {"test_truth": name} if key == "tables" else name})
