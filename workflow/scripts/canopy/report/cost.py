"""What a run cost, added up from Snakemake's benchmark files."""

import os
from pathlib import Path

import pandas as pd

COLUMNS = ["rule", "jobs", "total_s", "longest_s", "cpu_s", "max_memory_mb"]
NOT_MEASURED = ["NA", "-"]


def read_cost(folder: str | os.PathLike[str] | None) -> pd.DataFrame:
    """Add up the benchmarks of each rule.

    Parameters
    ----------
    folder : path-like or None
        Holds `{rule}/**/*.tsv` or `{rule}.tsv`, tab-separated with at least the columns s (seconds), max_rss (MB) and
        cpu_time (seconds), as Snakemake's `benchmark:` writes them: one row for each time the job ran. Memory and CPU
        time are `NA` for jobs too short to measure. Files without a time are left aside.

    Returns
    -------
    DataFrame
        rule, jobs, total_s, longest_s, cpu_s, max_memory_mb (missing where never measured); the costliest rule first.
        Empty without a folder.
    """
    found = [] if folder is None else sorted(Path(folder).rglob("*.tsv"))
    rows = [_read_benchmark(path).assign(rule=_rule(path.relative_to(folder))) for path in found]  # type: ignore[arg-type]
    if not any(len(table) for table in rows):
        return pd.DataFrame(columns=COLUMNS)
    jobs = pd.concat([table for table in rows if len(table)], ignore_index=True)
    by_rule = jobs.groupby("rule", sort=True).agg(
        jobs=("s", "size"),
        total_s=("s", "sum"),
        longest_s=("s", "max"),
        cpu_s=("cpu_time", "sum"),
        max_memory_mb=("max_rss", "max"),
    )
    return by_rule.reset_index().sort_values("total_s", ascending=False, kind="stable", ignore_index=True)[COLUMNS]


def read_training_cost(folder: str | os.PathLike[str] | None, experiment: str) -> tuple[float, float] | None:
    """Add up what the trainings of an experiment cost, over its folds, each as it last ran.

    Parameters
    ----------
    folder : path-like or None
        As for `read_cost`; the trainings' benchmarks lie in `train_fold/{experiment}/`.
    experiment : str

    Returns
    -------
    tuple of float or None
        Seconds by the clock and seconds of CPU time; None where nothing was measured.
    """
    cost = read_cost(None if folder is None else Path(folder) / "train_fold" / experiment)
    return (float(cost["total_s"].sum()), float(cost["cpu_s"].sum())) if len(cost) else None


def _rule(path: Path) -> str:
    return path.parts[0] if len(path.parts) > 1 else path.stem


def _read_benchmark(path: Path) -> pd.DataFrame:
    columns = ["s", "max_rss", "cpu_time"]
    try:
        table = pd.read_csv(path, sep="\t", na_values=NOT_MEASURED)
    except pd.errors.EmptyDataError:
        return pd.DataFrame(columns=columns, dtype=float)
    return table.reindex(columns=columns).astype(float).dropna(subset="s")
