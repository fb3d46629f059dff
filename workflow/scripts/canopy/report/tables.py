"""The report's tables, as cells to show and values to sort by."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

import pandas as pd

from canopy.data.splits.folds import fold_balance
from canopy.evaluation.metrics.measures.measure import REPORT, Metric
from canopy.evaluation.metrics.measures.registry import shown
from canopy.report.experiments import Difference, difference, leader, ranked, told
from canopy.report.run import Model, Run
from canopy.report.scores import Score
from canopy.runtime.progress import duration

NOTHING = "\N{EN DASH}"


@dataclass(frozen=True)
class Cell:
    """What a cell shows, what it is sorted by (None: last), and smaller texts below, each in one piece."""

    text: str
    value: float | str | None
    small: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column's title; numbers stand to the right and are sorted from the largest."""

    title: str
    number: bool = False


@dataclass(frozen=True)
class Table:
    """A table of the page; `name` is its id there."""

    name: str
    caption: str
    columns: list[Column]
    rows: list[list[Cell]] = field(default_factory=list)


def headline(run: Run) -> Table:
    """Return the table of the ensemble and the experiments, the best first."""
    models = ranked(run)
    found = {model.name: difference(run, model) for model in models}
    leads = run.headline
    optional: list[tuple[bool, Column, Callable[[Model], Cell]]] = [
        (any(model.differing for model in models), Column("Settings"), _settings),
        (True, _column(leads, "oof"), partial(_scored, metric=leads, subset="oof")),
        (any(found.values()), Column("Minus the best", True), lambda model: _difference(found[model.name])),
        (any(map(_tested, models)), _column(leads, "test"), partial(_scored, metric=leads, subset="test")),
        *_further(run, models),
        (any(model.n_parameters for model in models), Column("Parameters", True), _parameters),
        (any(model.training_s is not None for model in models), Column("Training", True), _training),
        (len(run.weights) > 0, Column("Weight", True), lambda model: _number(model.weight, ".3f")),
    ]
    shown = [(column, cell) for is_shown, column, cell in optional if is_shown]
    rows = [[_text(model.name), *(cell(model) for _, cell in shown)] for model in models]
    caption = "Scores with 95 % intervals; n is the number of recordings behind each."
    if any(found.values()):
        caption += (
            f" Minus the best: {leads.title} out of fold less that of {leader(run).name}, the experiment with the "
            "highest; paired by recording."
        )
    return Table("models", caption, [Column("Model"), *(column for column, _ in shown)], rows)


def species(run: Run) -> Table:
    """Return the table of the shown model's scores by species."""
    model = run.best
    counts = run.annotations.groupby(["species", "polarity"]).size()
    figures = [(metric, subset) for metric in shown(REPORT) for subset in ("oof", "test")]
    figures = [one for one in figures if any(model.score(*one, name) for name in run.species)]
    columns = [Column("Species"), Column("Confirmed boxes", True), Column("Refuted boxes", True)]
    columns += [_column(metric, subset) for metric, subset in figures]
    rows = [
        [
            _text(name),
            *(_number(int(counts.get((name, polarity), 0)), "d") for polarity in (1, -1)),
            *(_score(model.score(metric, subset, name)) for metric, subset in figures),
        ]
        for name in run.species
    ]
    return Table("species-scores", f"Scores of {model.name} by species, with 95 % intervals.", columns, rows)


def for_people(table: Table) -> pd.DataFrame:
    """Return a table as it reads on the page: a column of text for each of its columns."""
    rows = [[" ".join([cell.text, *cell.small]) for cell in row] for row in table.rows]
    return pd.DataFrame(rows, columns=[column.title for column in table.columns])


def fold_counts(run: Run) -> pd.DataFrame:
    """Return the confirmed boxes by species and fold."""
    return fold_balance(run.annotations, run.folds)


def fold_totals(run: Run) -> pd.DataFrame:
    """Return all confirmed boxes, all refuted boxes and the recordings of each fold."""
    confirmed, refuted = fold_counts(run), fold_balance(run.annotations, run.folds, polarity=-1)
    recordings = run.folds["fold"].value_counts().reindex(confirmed.columns, fill_value=0)
    rows = {"all confirmed": confirmed.sum(), "all refuted": refuted.sum(), "recordings": recordings}
    return pd.DataFrame(rows).T.astype(int)


def folds(run: Run) -> Table:
    """Return the table of `fold_counts` and `fold_totals`."""
    counts = pd.concat([fold_counts(run), fold_totals(run)])
    columns = [Column("Species"), *(Column(f"Fold {fold}", True) for fold in counts.columns)]
    rows = [[_text(str(name)), *(_number(int(count), "d") for count in row)] for name, row in counts.iterrows()]
    return Table("fold-counts", "Confirmed boxes of each species by fold.", columns, rows)


def species_scores(run: Run) -> pd.DataFrame:
    """Return the shown model's headline metric by species: series, species, value, low, high."""
    tables = {"out of fold": run.best.oof, "test": run.best.test}
    parts = [
        table.loc[table["metric"] == run.headline.name, ["species", "value", "low", "high"]].assign(series=name)
        for name, table in tables.items()
        if table is not None
    ]
    return pd.concat(parts, ignore_index=True)[["series", "species", "value", "low", "high"]]


def problems(run: Run) -> Table:
    """Return the table of recordings that were left out."""
    rows = [[_text(cell) for cell in row] for row in run.problems.itertuples(index=False)]
    columns = [Column("Subset"), Column("Recording"), Column("Problem")]
    return Table("problems", "Recordings that were left out, and why.", columns, rows)


def findings(run: Run) -> Table | None:
    """Return the table of what was found in the data, the gravest first; None where nothing was."""
    found = run.more.get("findings", pd.DataFrame())
    names = {"severity": "Severity", "check": "Check", "species": "Species", "message": "Finding"}
    rows = [[_text(str(row[name])) for name in names] for row in found.to_dict("records")]
    caption = "What was found, the gravest first. An alarm says that scores may be too good."
    return Table("findings", caption, [Column(title) for title in names.values()], rows) if rows else None


def checks(run: Run) -> Table | None:
    """Return the table of what was looked for in the data; None where nothing was."""
    looked = run.more.get("checks", pd.DataFrame())
    numbers = ["looked_at", "alarms", "warnings", "notes"]
    rows = [
        [_text(row["check"]), *(_number(int(row[name]), "d") for name in numbers)] for row in looked.to_dict("records")
    ]
    columns = [Column("Check"), *(Column(name.replace("_", " ").capitalize(), True) for name in numbers)]
    return Table("checks", "What was looked for.", columns, rows) if rows else None


def cost(run: Run) -> Table:
    """Return the table of what each rule cost."""
    titles = ("Jobs", "Time", "Longest job", "CPU time", "Memory")
    rows = [
        [
            _text(row["rule"]),
            _number(row["jobs"], "d"),
            *(Cell(duration(row[name]), float(row[name])) for name in ("total_s", "longest_s", "cpu_s")),
            Cell(memory(row["max_memory_mb"]) or NOTHING, _sortable(row["max_memory_mb"])),
        ]
        for row in run.cost.to_dict("records")
    ]
    columns = [Column("Rule"), *(Column(title, True) for title in titles)]
    return Table("cost-by-rule", "Time and largest memory of the jobs of each rule.", columns, rows)


def versions(run: Run) -> Table:
    """Return the table of package versions."""
    rows = [[_text(cell) for cell in row] for row in run.versions[["package", "version"]].itertuples(index=False)]
    return Table("versions", "Installed packages.", [Column("Package"), Column("Version")], rows)


def facts(run: Run) -> Iterable[tuple[str, str]]:
    """Yield what the dataset consists of, as names and numbers."""
    for subset, label in (("train", "Training recordings"), ("test", "Test recordings")):
        if subset in run.recordings:
            usable = run.recordings[subset].query("problem == ''")
            yield label, f"{len(usable)}"
            yield f"{label.split()[0]} audio", duration(usable["duration_s"].sum())
    confirmed = int((run.annotations["polarity"] > 0).sum())
    yield "Annotated recordings", f"{len(run.train_recordings)}"
    yield "Confirmed boxes", f"{confirmed}"
    yield "Refuted boxes", f"{len(run.annotations) - confirmed}"
    yield "Species", f"{len(run.classes)}"
    yield "Folds", f"{run.n_folds}"
    yield "Recordings left out", f"{len(run.problems)}"
    yield from (("Hears with", network) for network in run.pretrained)


def memory(megabytes: float) -> str:
    """Return an amount of memory for people: `310 MB`, `1.4 GB`; empty where it is missing."""
    if pd.isna(megabytes):
        return ""
    return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:.1f} GB"


def _text(text: str) -> Cell:
    return Cell(text, text)


def _number(value: float | None, form: str) -> Cell:
    return Cell(NOTHING, None) if value is None else Cell(format(value, form), value)


def _score(score: Score | None) -> Cell:
    if score is None:
        return Cell(NOTHING, None)
    return Cell(f"{score.value:.3f}", score.value, (score.interval, f"n={score.n}"))


def _tested(model: Model) -> bool:
    return model.test is not None


def _column(metric: Metric, subset: str) -> Column:
    return Column(f"{'Out-of-fold' if subset == 'oof' else 'Test'} {metric.title}", True)


def _further(run: Run, models: list[Model]) -> Iterable[tuple[bool, Column, Callable[[Model], Cell]]]:
    """Yield the columns of the report's metrics but the headline: whether any model has one, its head, its cells."""
    for metric, subset in ((one, of) for one in shown(REPORT) if one != run.headline for of in ("oof", "test")):
        cell = partial(_scored, metric=metric, subset=subset)
        yield any(model.score(metric, subset) for model in models), _column(metric, subset), cell


def _scored(model: Model, metric: Metric, subset: str) -> Cell:
    return _score(model.score(metric, subset))


def _settings(model: Model) -> Cell:
    """Return the settings in which experiments differ, by the last part of each key."""
    text = ", ".join(f"{path.rsplit('.', 1)[-1]} {told(value)}" for path, value in model.differing.items())
    return _text(text or NOTHING)


def _difference(found: Difference | None) -> Cell:
    return Cell(NOTHING, None) if found is None else Cell(f"{found.value:+.3f}", found.value, (found.interval,))


def _parameters(model: Model) -> Cell:
    return _number(model.n_parameters, ",d")


def _training(model: Model) -> Cell:
    if model.training_s is None or model.training_cpu_s is None:
        return Cell(NOTHING, None)
    return Cell(duration(model.training_s), model.training_s, (f"{duration(model.training_cpu_s)} CPU",))


def _sortable(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
