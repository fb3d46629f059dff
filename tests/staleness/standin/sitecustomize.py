"""Stands in for the rules' scripts: writes a hash of what the script would depend on, in no time.

Python imports this file in every process that finds it on PYTHONPATH. Each file that a script writes holds its name
and a hash of the script's settings and of all that it reads, but for what it only waits for. So a change goes as far as
a real one would, and two runs can be compared byte for byte. The product knows nothing of it.

CANOPY_FAULTS may name a folder with a file for each script that is to end badly, once: `kill`, `fail`, `disk`,
or `starter` for Snakemake with its job. The next job of that script takes the file away, and ends so after its first
output.
"""

import hashlib
import json
import os
import re
import signal
import sys
from pathlib import Path

STANDS_IN = "CANOPY_STANDS_IN" in os.environ
SCRIPT = re.compile(r".*/workflow/scripts/(\w+)\.py")
LABELS = ("annotations", "train-recordings", "classes")
MERGED = ("output-scores", "output-framewise")
WRITES = {
    "read_annotations": LABELS,
    "read_folder": LABELS,
    "make_splits": ("folds", "fold-rows"),
    "check_data": ("findings", "checks"),
    "train_fold": ("model", "weights", "history"),
    "train_student": ("model", "weights", "history"),
    "predict_fold": ("scores", "framewise"),
    "merge_oof": (*MERGED, "metrics"),
    "merge_test": MERGED,
    "evaluate_test": ("metrics",),
    "fit_ensemble": ("weights", "scores", "output-framewise", "metrics", "comparisons"),
    "combine_test": ("scores", "output-framewise"),
    "evaluate_ensemble": ("metrics", "comparisons"),
    "calibrate": ("calibration", "thresholds", "reliability"),
    "record_provenance": ("config", "versions"),
    "make_report": ("output", "summary"),
    "write_detections": ("recordings",),
    "export_network": ("output", "about"),
    "export_onnx": ("output", "about"),
}
"""The options that name what a script writes, where there is more than `--output`."""
WAITS_FOR = {
    "read_annotations": ("recordings",),
    "read_folder": ("recordings",),
    "train_fold": ("rows", "classes", "shards"),
    "predict_fold": ("classes", "folds"),
    "write_submission": ("recordings",),
}
"""The options whose files are `ancient` in the rule."""
DEMO = ("train_tp", "train_fp", "sample_submission", "truth/train_events", "truth/test_events", "truth/species")
PICTURES = ("fold_balance", "training_curves", "species_scores", "ensemble_weights", "examples", "cost")
PICTURES_AND_TABLES = (*(f"{name}.png" for name in PICTURES), "experiments.csv", "species.csv")


def options(arguments: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    values: list[str] = []
    for text in arguments:
        if text.startswith("--"):
            name, equals, value = text[2:].partition("=")
            values = found[name] = [value] if equals else []
        else:
            values.append(text)
    return found


def with_indexes(paths: list[str]) -> list[str]:
    """Add to arrays the tables beside them."""
    return [file for path in paths for file in ([path, f"{path[:-4]}.csv"] if path.endswith(".npy") else [path])]


def outputs(script: str, given: dict[str, list[str]]) -> list[str]:
    if script == "generate_demo":
        return [f"{given['output'][0]}/{name}.csv" for name in DEMO]
    if script == "package_model":
        return [f"{given['output'][0]}/{name}" for name in ("manifest.json", "README.md")]
    named = [path for name in WRITES.get(script, ("output",)) for path in given.get(name, [])]
    if script == "make_report":
        named += [f"{given['pictures'][0]}/{name}" for name in PICTURES_AND_TABLES]
    return with_indexes(named)


def depends_on(script: str, given: dict[str, list[str]]) -> str:
    settings = json.loads(given.get("settings", ["{}"])[0])
    whole = hashlib.sha256(json.dumps([script, settings, given.get("fingerprint")], sort_keys=True).encode())
    apart = {*WRITES.get(script, ("output",)), *WAITS_FOR.get(script, ()), "output", "pictures", "settings", "paths"}
    if script.startswith("extract_"):
        whole.update("".join(shard(Path(given["recordings"][0]), settings)).encode())
        apart.add("recordings")
    read = [path for name, values in given.items() if name not in apart for path in values]
    read += [str(path) for path in json.loads(given.get("paths", ["{}"])[0]).values()]
    for folder in given.get("experiments-folder", []):
        read += sorted(str(path) for path in Path(folder).glob("*/fold*/*") if path.suffix in (".h5", ".csv"))
    for path in with_indexes(read):
        if os.path.isfile(path):
            whole.update(Path(path).read_bytes())
    return whole.hexdigest()


def shard(listing: Path, settings: dict) -> list[str]:
    """Return the lines of a listing that are in a shard."""
    lines = listing.read_text().splitlines(keepends=True)[1:]
    return [line for line in lines if shard_of(line.partition(",")[0]) % settings["shards"] == settings["shard"]]


def shard_of(file: str) -> int:
    """Return the number by which `canopy.features.sharding` chooses a recording's shard."""
    return int.from_bytes(hashlib.blake2b(Path(file).stem.encode(), digest_size=8).digest(), "big")


def listed(settings: dict) -> str:
    """Return a listing: the name and the content of each recording."""
    folder = Path(settings["folder"])
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return "".join(f"{path.name},{hashlib.sha256(path.read_bytes()).hexdigest()}\n" for path in found)


def fault(script: str) -> str:
    """Return how this job is to end: each fault strikes once."""
    told = Path(os.environ.get("CANOPY_FAULTS", "/none"), script)
    try:
        how = told.read_text()
        told.unlink()
    except OSError:
        return ""
    return how


def stand_in(script: str, arguments: list[str]) -> int:
    given = options(arguments)
    how, whole = fault(script), depends_on(script, given)
    for number, path in enumerate(outputs(script, given)):
        text = f"{script} {os.path.basename(path)}\n" + (whole + "\n") * 3
        if script.startswith("list_"):
            text = "recording,content\n" + listed(json.loads(given.get("settings", ["{}"])[0])) + whole + ",\n"
        draft = Path(path).parent / f".{os.getpid()}.part.{os.path.basename(path)}"
        draft.parent.mkdir(parents=True, exist_ok=True)
        for left in draft.parent.glob(f".*.part.{draft.name.split('.part.')[1]}"):  # of a job that was killed
            left.unlink()
        if how and number == min(1, len(outputs(script, given)) - 1):
            draft.write_text(text[:20])
            if how in ("kill", "starter"):
                if how == "starter":  # Snakemake, which the shell prefix names first
                    os.kill(int(os.environ["CANOPY_STARTED_BY"].split()[0]), signal.SIGKILL)
                os.kill(os.getpid(), signal.SIGKILL)
            draft.unlink()
            print("error: no disk space left" if how == "disk" else "error: it was made to fail")
            return 1
        draft.write_text(text)
        draft.replace(path)
    print(f"{script} stands in")
    return 0


if STANDS_IN and len(sys.orig_argv) > 1 and (found := SCRIPT.fullmatch(sys.orig_argv[1])):
    status = stand_in(found[1], sys.orig_argv[2:])
    sys.stdout.flush()
    os._exit(status)
