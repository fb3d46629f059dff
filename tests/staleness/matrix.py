"""The staleness matrix: what each change makes stale, written down from what exactness means.

A row is a change to a finished run of two experiments (`plain` on the feature set `mel`, and `tonal` with
a grid of one value on `pitch`, a constant-Q spectrogram), two folds and two shards per subset. Its cells
are the numbers of jobs of each rule that run again; what is not named does not.

A new row: one `Row` in `ROWS`, with its cells thought out before it is run. A new rule: its column in `RULES` (or, in
`WITHOUT_COLUMN`, why it has none), and its number of jobs in the group below that holds what makes it run (`REPORT`,
`SUBMISSION`, `ENSEMBLE`, `ONE`, `SET`, `BOTH`, `LABELS`, `CONFIG`), or in `ALL`; every row with the group follows.
The tests plan and execute whatever stands here (tests/workflow/test_staleness.py and test_staleness_executed.py). Then
`PYTHONPATH=tests:workflow/scripts .venv/bin/python -m staleness.document` writes docs/staleness.md.
"""

import csv
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from staleness.checkout import UNMARKED, Checkout, Job
from tags import write_tag

RULES = {
    "list_recordings": "list",
    "read_annotations": "read",
    "make_splits": "split",
    "check_data": "check",
    "extract_spectrograms": "extract",
    "train_fold": "train",
    "predict_fold": "predict",
    "pseudo_label": "teach",
    "merge_oof": "oof",
    "merge_test": "test",
    "evaluate_test": "evaluate",
    "fit_ensemble": "fit",
    "calibrate": "calibrate",
    "combine_test": "combine",
    "evaluate_ensemble": "compare",
    "compare_teachers": "taught",
    "write_submission": "submit",
    "report": "report",
    "record_provenance": "note",
    "package_model": "package",
}
"""The columns: each rule, and its heading in the page."""
WITHOUT_COLUMN = {
    "generate_demo": "the dataset of the matrix is not the demo",
    "download": "it needs the network",
    "list_applied": "the plain command does not run it; tests/workflow/test_apply_workflow.py says what wakes it",
    "apply_shard": "likewise",
    "write_detections": "likewise",
    "cut_review": "likewise",
    "make_review": "likewise",
    "recalibrate": "likewise",
    "embed_applied": "the plain command does not run it; tests/workflow/test_search_workflow.py says what wakes it",
    "cut_similar": "likewise",
    "export_network": "the plain command does not run it",
    "export_onnx": "likewise",
}
"""The rules that have none, and why."""
LIBRARY = "workflow/scripts/canopy"


@dataclass(frozen=True)
class Row:
    """A change and what it makes stale.

    Attributes
    ----------
    name : str
        The change, in words.
    change : callable
        Makes it in a checkout.
    cells : mapping of str to int
        Jobs that run again, by rule.
    only : str
        A wildcard that all jobs with that wildcard's name must have, such as `experiment=plain`.
    why : str
        What is not obvious about the cells.
    """

    name: str
    change: Callable[[Checkout], None]
    cells: Mapping[str, int]
    only: str = ""
    why: str = ""


def strays(row: Row, jobs: list[Job]) -> list[Job]:
    """Return the jobs that the row's `only` excludes."""
    if not row.only:
        return []
    name, wanted = row.only.split("=")
    pairs = {job: dict(pair.split("=", 1) for pair in job.wildcards.split(", ") if pair) for job in jobs}
    return [job for job in jobs if pairs[job].get(name, wanted) != wanted]


# What runs again below a kind of output. In one run, what lies below a job that runs runs too.

REPORT = {"report": 1}
CHECK = {"check_data": 1}
PACKAGE = {"package_model": 1}
SUBMISSION = {"combine_test": 1, "evaluate_ensemble": 1, "write_submission": 1, **REPORT, **PACKAGE}
ENSEMBLE = {"fit_ensemble": 1, "calibrate": 1, **SUBMISSION}
ONE = {"predict_fold": 4, "merge_oof": 1, "merge_test": 1, "evaluate_test": 1, **ENSEMBLE}
SET = {"extract_spectrograms": 4, "train_fold": 2, **ONE}
BOTH = {"predict_fold": 8, "merge_oof": 2, "merge_test": 2, "evaluate_test": 2, **ENSEMBLE}
LABELS = {"read_annotations": 1, "make_splits": 1, "merge_oof": 2, **CHECK, **ENSEMBLE}
CONFIG = {"record_provenance": 1, **REPORT, **PACKAGE}
ALL = {
    **{"list_recordings": 2, "read_annotations": 1, "make_splits": 1, "extract_spectrograms": 8, "train_fold": 4},
    **BOTH,
    **CHECK,
    **CONFIG,
    **{"pseudo_label": 0, "compare_teachers": 0},
}
NOTHING: dict[str, int] = {}


# The changes.


def config(*removed: str, **changes: Any) -> Callable[[Checkout], None]:
    return lambda checkout: checkout.configure(*removed, **changes)


def edit(name: str, old: str, new: str) -> Callable[[Checkout], None]:
    return lambda checkout: checkout.replace(name, old, new)


def add(name: str, text: str) -> Callable[[Checkout], None]:
    return lambda checkout: checkout.append(name, text)


def statement(module: str) -> Callable[[Checkout], None]:
    """Return a change of a module that Python would run."""
    return add(f"{LIBRARY}/{module}", "\n\n_MATRIX = 1\n")


def both(*changes: Callable[[Checkout], None]) -> Callable[[Checkout], None]:
    def change(checkout: Checkout) -> None:
        for one in changes:
            one(checkout)

    return change


def recordings(checkout: Checkout, subset: str) -> list[Path]:
    """Return the recordings of a subset that tables name, in the order of their ids."""
    return sorted(path for path in (checkout.data / subset).glob("*.flac") if path.stem != UNMARKED)


def rows_of(table: Path) -> list[list[str]]:
    with table.open(encoding="utf-8", newline="") as handle:
        return list(csv.reader(handle))


def write_rows(rows: list[list[str]], table: Path, **form: Any) -> None:
    with table.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, **{"lineterminator": "\n", **form}).writerows(rows)


def folds(checkout: Checkout) -> Any:
    """Return the folds that the tables lead to."""
    from canopy.data.annotations.reviewed import train_recordings
    from canopy.data.annotations.rfcx import read_rfcx
    from canopy.data.splits.folds import assign_folds

    annotations = read_rfcx(checkout.data / "train_tp.csv", checkout.data / "train_fp.csv")
    return assign_folds(annotations, train_recordings(annotations), n_folds=2, seed=1).to_csv()


def annotate(checkout: Checkout) -> None:
    """Add a refuted box to a known recording, one after which all recordings keep their folds."""
    table = checkout.data / "train_fp.csv"
    rows, before = rows_of(table), folds(checkout)
    for box in rows[1:]:
        new = [cell if name != "t_min" else str(float(cell) + 0.01) for name, cell in zip(rows[0], box, strict=True)]
        write_rows([*rows, new], table)
        if folds(checkout) == before:
            return
    raise AssertionError("every new box changes the folds: fix the matrix")


def replace_audio(checkout: Checkout, path: Path) -> None:
    """Give a recording the samples of one of the other subset."""
    other = "test" if path.parent.name == "train" else "train"
    shutil.copy(recordings(checkout, other)[0], path)


def new_test_recording(checkout: Checkout) -> None:
    shutil.copy(recordings(checkout, "train")[0], checkout.data / "test" / "new.flac")
    table = checkout.data / "sample_submission.csv"
    rows = rows_of(table)
    write_rows([*rows, ["new", *rows[1][1:]]], table)


def upper_suffix(path: Path) -> None:
    path.rename(path.with_suffix(path.suffix.upper()))


def reformat_tables(checkout: Checkout) -> None:
    for name in ("train_tp.csv", "train_fp.csv"):
        head, *rows = rows_of(checkout.data / name)
        turned = [row[::-1] for row in (head, *rows[::-1])]
        write_rows(turned, checkout.data / name, quoting=csv.QUOTE_ALL, lineterminator="\r\n")


def turn_submission(checkout: Checkout) -> None:
    table = checkout.data / "sample_submission.csv"
    write_rows([[row[0], *row[:0:-1]] for row in rows_of(table)], table)


def touch(*folders: Path) -> None:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and not {".snakemake", "results"} & set(path.parts):
                path.touch()


def change_truth(checkout: Checkout) -> None:
    table = checkout.data / "truth" / "test_events.csv"
    write_rows(rows_of(table)[:-1], table)


def move_data(checkout: Checkout) -> None:
    (checkout.data).rename(checkout.root / "elsewhere")
    checkout.configure(data="../elsewhere")


def move_checkout(checkout: Checkout) -> None:
    checkout.root = checkout.root.rename(checkout.root.with_name("moved " + checkout.root.name))
    checkout.__post_init__()


def upgrade(package: str) -> Callable[[Checkout], None]:
    """Return a change of a package's version, as Python tells it."""

    def change(checkout: Checkout) -> None:
        about = checkout.root / "site" / f"{package}-99.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 99.0\n")
        checkout.import_from(about.parent)

    return change


def cores(checkout: Checkout) -> None:
    checkout.arguments = ["--cores", "1", "--resources", "gpu=1"]


ROWS = (
    # The configuration.
    Row("a training key", config(training__optimizer__learning_rate=0.002), {"train_fold": 4, **BOTH, **CONFIG}),
    Row(
        "a training key of one experiment of two",
        config(experiments__plain__optimizer={"learning_rate": 0.002}),
        {"train_fold": 2, **ONE, **CONFIG},
        only="experiment=plain",
    ),
    Row("a prediction key", config(training__prediction__overlap=0.25), {**BOTH, **CONFIG}),
    Row(
        "a mel parameter",
        config(features__mel__n_bands=32),
        {**SET, **CHECK, **CONFIG},
        only="features=mel",
        why="One experiment of the two uses mel features, the other constant-Q features.",
    ),
    Row("a CQT parameter", config(features__pitch__n_bins=60), {**SET, **CONFIG}, only="features=pitch"),
    Row("the fold seed", config(splits__seed=2), {"make_splits": 1, "train_fold": 4, **BOTH, **CHECK, **CONFIG}),
    Row(
        "the number of folds, from 2 to 3",
        config(splits__n_folds=3),
        {"make_splits": 1, "train_fold": 6, **BOTH, "predict_fold": 12, **CHECK, **CONFIG},
    ),
    Row(
        "the number of shards, from 2 to 3",
        config(shards=3),
        {"extract_spectrograms": 10, "train_fold": 4, **BOTH, **CHECK, **CONFIG},
        why="Training would find the same values, but in other files, and Snakemake reruns a job whose set of inputs "
        "changed. (One of three shards holds no test recording.)",
    ),
    Row(
        "a new experiment",
        config(experiments__third={"seed": 9}, run=["plain", "tonal", "third"]),
        {"train_fold": 2, **ONE, **CONFIG},
        only="experiment=third",
    ),
    Row(
        "a renamed experiment",
        config("experiments__plain", experiments__flat={}, run=["flat", "tonal"]),
        {"train_fold": 2, **ONE, **CONFIG},
        only="experiment=flat",
        why="The name is part of the paths of its outputs.",
    ),
    Row(
        "a new value in a grid",
        config(experiments__tonal__grid={"seed": [3, 4]}),
        {"train_fold": 2, **ONE, **CONFIG},
        only="experiment=tonal-seed_4",
    ),
    Row(
        "a new experiment with a teacher",
        config(
            experiments__third={"teacher": "plain", "pseudo_labels": {"labelled": "fold"}},
            run=["plain", "tonal", "third"],
        ),
        {
            **{"list_recordings": 1, "extract_spectrograms": 1, "train_fold": 2, "pseudo_label": 2},
            **{**ONE, "predict_fold": 8},
            **{"compare_teachers": 1, **CONFIG},
        },
        why="The teacher, which does not train again, scores the recordings that it trained on, and the one that no "
        "annotation names.",
    ),
    Row("an ensemble setting", config(ensemble={"method": "mean"}), {**ENSEMBLE, **CONFIG}),
    Row(
        "the bootstrap's replicates",
        config(evaluation__replicates=30),
        {"merge_oof": 2, **ENSEMBLE, "evaluate_test": 2, **CONFIG},
        why="`merge_oof` writes scores and metrics in one job, so the cheap jobs below its scores run too.",
    ),
    Row(
        "a calibration setting",
        config(calibration__min_examples=5),
        {"calibrate": 1, "evaluate_ensemble": 1, **CONFIG},
    ),
    Row("a report setting", config(report__examples=2), CONFIG),
    Row("the command in `notify`", config(notify={"command": "true"}), {}),
    Row(
        "how detections are made and reviewed",
        config(detection={"threshold": 0.7}, review={"top": 5}),
        {},
        why="That is `snakemake apply`'s and `snakemake review`'s: a run's own results do not depend on it.",
    ),
    Row("TensorFlow's threads", config(compute__threads=2), {"train_fold": 4, **BOTH, **CONFIG}),
    # The data.
    Row(
        "a new test recording",
        new_test_recording,
        {
            **{"list_recordings": 1, "extract_spectrograms": 2, "predict_fold": 4, "merge_test": 2, "evaluate_test": 2},
            **CHECK,
            **SUBMISSION,
        },
        only="subset=test",
    ),
    Row(
        "a new training recording without annotations",
        lambda checkout: replace_audio(checkout, checkout.data / "train" / "new.flac"),
        {"list_recordings": 1, **CHECK, **REPORT},
        why="The report counts the recordings.",
    ),
    Row(
        "a new annotation on a known recording",
        annotate,
        {**LABELS, "train_fold": 2, **BOTH, "predict_fold": 4},
        why="The fold that holds the recording out does not train on it. When the folds are split again and other "
        "recordings move, other folds train again; `splits.keep` prevents it.",
    ),
    Row(
        "the audio of an annotated recording",
        lambda checkout: replace_audio(checkout, recordings(checkout, "train")[0]),
        {**LABELS, "list_recordings": 1, "extract_spectrograms": 2, "train_fold": 2, **BOTH, "predict_fold": 6},
        why="The fold that holds the recording out keeps its network and scores the recording again.",
    ),
    Row(
        "the audio of a training recording without annotations",
        lambda checkout: replace_audio(checkout, checkout.data / "train" / f"{UNMARKED}.flac"),
        {"list_recordings": 1, **CHECK, **REPORT},
    ),
    Row(
        "an annotated recording removed",
        lambda checkout: recordings(checkout, "train")[0].unlink(),
        {**LABELS, "list_recordings": 1, "extract_spectrograms": 2, "train_fold": 2, **BOTH, "predict_fold": 6},
        why="Its annotations stay in their tables; the listing says that its audio is missing.",
    ),
    Row(
        "a test recording removed",
        lambda checkout: recordings(checkout, "test")[0].unlink(),
        {
            **{"list_recordings": 1, "extract_spectrograms": 2, "predict_fold": 4, "merge_test": 2, "evaluate_test": 2},
            **CHECK,
            **SUBMISSION,
        },
        only="subset=test",
    ),
    Row("a recording touched", lambda checkout: recordings(checkout, "train")[0].touch(), NOTHING),
    Row("a tag in a FLAC file", lambda checkout: write_tag(recordings(checkout, "train")[0]), NOTHING),
    Row(
        "a recording's suffix, from .flac to .FLAC",
        lambda checkout: upper_suffix(recordings(checkout, "train")[0]),
        {"list_recordings": 1, **CHECK, **REPORT},
        why="The listing holds paths.",
    ),
    Row("rows, columns, quotes and line ends of the label tables", reformat_tables, NOTHING),
    Row("the order of the sample submission's columns", turn_submission, {"write_submission": 1, **REPORT}),
    Row(
        "the truth of the test recordings",
        change_truth,
        {"evaluate_test": 2, "evaluate_ensemble": 1, **REPORT, **PACKAGE},
    ),
    Row(
        "the dataset moved to another folder",
        move_data,
        {"list_recordings": 2, **CHECK, **CONFIG},
        why="The listing holds paths.",
    ),
    # The code.
    Row("a comment in a module", add(f"{LIBRARY}/training/losses.py", "\n# A comment.\n"), NOTHING),
    Row("a docstring", edit(f"{LIBRARY}/training/losses.py", '"""', '"""Text. '), NOTHING),
    Row("every file of code and data touched", lambda checkout: touch(checkout.code, checkout.data), NOTHING),
    Row(
        "an editor's copies beside modules and templates",
        both(
            *(add(f"{LIBRARY}/training/losses.py{end}", "\n_MATRIX = 1\n") for end in ("~", ".orig", ".bak")),
            *(
                add(f"{LIBRARY}/{name}", "\n")
                for name in ("report/template/style.css~", "report/template/.style.css.swp")
            ),
        ),
        NOTHING,
    ),
    Row("code in `losses`", statement("training/losses.py"), {"train_fold": 4, **BOTH}),
    Row(
        "code in `metrics`",
        statement("evaluation/metrics/ranking.py"),
        {"merge_oof": 2, **ENSEMBLE, "evaluate_test": 2},
        why="`merge_oof` writes scores and metrics in one job, so the cheap jobs below its scores run too.",
    ),
    Row("code in `features.mel`", statement("features/mel.py"), {**SET, **CHECK}, only="features=mel"),
    Row("code in `features.cqt`", statement("features/cqt.py"), SET, only="features=pitch"),
    Row(
        "code in `submission`",
        statement("inference/submission/make.py"),
        {"evaluate_test": 2, "evaluate_ensemble": 1, "write_submission": 1, **REPORT, **PACKAGE},
        why="Test scores are merged into species as in a submission.",
    ),
    Row("code in `checks`", statement("data/checks/copies.py"), {**CHECK, **REPORT}),
    Row("code in `plots`", statement("report/plots/bars.py"), REPORT),
    Row("the report's template", add(f"{LIBRARY}/report/template/style.css", "\nb { color: red }\n"), REPORT),
    Row("code in `demo`", statement("data/demo/calls.py"), NOTHING, why="This dataset is not the demo."),
    Row(
        "code in `annotations` that reads the same",
        statement("data/annotations/rfcx.py"),
        LABELS,
        why="Training depends on the rows, which are the same.",
    ),
    Row(
        "code in `annotations.formats`",
        statement("data/annotations/readers/raven.py"),
        NOTHING,
        why="This dataset is in RFCX's layout, whose reader is a script of its own.",
    ),
    Row(
        "code in `scores`",
        statement("inference/scores.py"),
        BOTH,
        why="Prediction uses it, and so does all that follows.",
    ),
    Row(
        "code that judges recordings",
        statement("data/recordings/quality.py"),
        {rule: count for rule, count in ALL.items() if rule != "record_provenance"},
        why="It decides which recordings have features.",
    ),
    Row("the version of Canopy", add(f"{LIBRARY}/runtime/version.py", '\n__version__ = "99.0"\n'), CONFIG),
    Row("code in `command`, which every script uses", statement("runtime/command.py"), ALL),
    # Several changes at once.
    Row(
        "a new test recording and a training key",
        both(new_test_recording, config(training__optimizer__learning_rate=0.002)),
        {"list_recordings": 1, "extract_spectrograms": 2, "train_fold": 4, **BOTH, **CHECK, **CONFIG},
    ),
    Row(
        "a new annotation and a prediction key",
        both(annotate, config(training__prediction__overlap=0.25)),
        {**LABELS, "train_fold": 2, **BOTH, **CONFIG},
    ),
    Row(
        "code in `annotations` that reads the same, and in `losses`",
        both(statement("data/annotations/rfcx.py"), statement("training/losses.py")),
        {**LABELS, "train_fold": 4, **BOTH},
    ),
    # The machine.
    Row(
        "an environment file",
        add("envs/canopy.yaml", "# A comment.\n"),
        NOTHING,
        why="The installed versions count, not the file, unless Snakemake makes the environment (`--sdm conda`).",
    ),
    Row(
        "another version of a package that decoding imports",
        upgrade("soxr"),
        {"extract_spectrograms": 8, "train_fold": 4, **BOTH, **CHECK, **CONFIG},
    ),
    Row("another version of a package that nothing imports", upgrade("tqdm"), CONFIG),
    Row("the checkout and its data moved", move_checkout, NOTHING),
    Row("another number of cores", cores, NOTHING),
)

SHOWN_BY = {
    "a training key": "a new test recording and a training key",
    "a training key of one experiment of two": "a new value in a grid",
    "a prediction key": "a new annotation and a prediction key",
    "a CQT parameter": "a mel parameter",
    "the number of folds, from 2 to 3": "the fold seed",
    "a new experiment": "a new value in a grid",
    "a renamed experiment": "a new value in a grid",
    "TensorFlow's threads": "a new test recording and a training key",
    "a new test recording": "a new test recording and a training key",
    "a new annotation on a known recording": "a new annotation and a prediction key",
    "the audio of an annotated recording": "an annotated recording removed",
    "a test recording removed": "an annotated recording removed",
    "code in `losses`": "code in `annotations` that reads the same, and in `losses`",
    "code in `features.mel`": "a mel parameter",
    "code in `scores`": "a new annotation and a prediction key",
    "code that judges recordings": "code in `command`, which every script uses",
    "another version of a package that decoding imports": "code in `command`, which every script uses",
}
"""Rows that train or predict and are executed by hand alone, and the row that runs the same rules for the same kind of
reason: after it, nothing may be pending either. Every row is planned in `make test`."""


def executed(*, every: bool) -> list[Row]:
    """Return the rows to execute: every one, or those that show what their plan, or another row, does not.

    A run that has nothing to do says what its plan says; one of those is executed.
    """
    if every:
        return list(ROWS)
    touched = "every file of code and data touched"
    return [row for row in ROWS if row.name not in SHOWN_BY and (row.cells or row.name == touched)]
