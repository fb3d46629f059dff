"""The model card: what a package was trained on, how well it does, and what it is not for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from canopy.config.pretrained import KNOWN
from canopy.package.manifest import Member
from canopy.runtime.version import __version__

MARKS = re.compile(r"[\\`*\[\]|~<>&!$:@]|(?<![^\W_])_|_(?![^\W_])|(?<=www)\.")
"""What Markdown, or GitHub's, takes for a mark inside a line."""
FALSE_ALARMS = (
    "False alarms are counted at this threshold, out of fold, in recordings that were reviewed and do not hold the"
    " species; their interval is that of a Poisson rate.",
    "",
)
HTML = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


@dataclass(frozen=True)
class Trained:
    """What the networks were trained on.

    Attributes
    ----------
    dataset : str
    annotations : DataFrame
        `annotations/train.csv`.
    recordings : DataFrame
        `annotations/train_recordings.csv`.
    """

    dataset: str
    annotations: pd.DataFrame
    recordings: pd.DataFrame


def model_card(
    trained: Trained,
    *,
    members: Sequence[Member],
    ranges: pd.DataFrame,
    thresholds: pd.DataFrame,
    oof: pd.DataFrame,
    test: pd.DataFrame | None,
    figures: Mapping[str, str],
    meanings: Mapping[str, str],
    leading: str,
    probabilities: Sequence[str],
) -> str:
    """Return the card as Markdown.

    Parameters
    ----------
    trained : Trained
    members : sequence of Member
    ranges : DataFrame
        Of `canopy.package.ranges.box_ranges`.
    thresholds : DataFrame
        species, wanted_precision, threshold, precision, recall.
    oof, test : DataFrame
        Metrics of the ensemble (`metric, species, value, low, high, n`): out of fold and, where the truth of the test
        recordings is known, of these.
    figures : mapping of str to str
        The metrics that its table of species shows, and what their columns are called.
    meanings : mapping of str to str
        What each metric is called in words, and where it is valid.
    leading : str
        The metric that leads.
    probabilities : sequence of str
        What its probabilities mean, a line for each kind.
    """
    boxes, reviewed = trained.annotations, trained.recordings["reviewed"]
    present = int((boxes["polarity"] > 0).sum())
    completely = f"{int((reviewed == 'all').sum())} of them for all species, {int((reviewed == 'some').sum())} for some"
    networks = sum(member.folds for member in members)
    lines = [
        "# Model card",
        "",
        f"A Canopy {__version__} ensemble of {networks} networks that finds {len(ranges)} species in recordings: when"
        " each calls, and how likely it is that it does. Made by `snakemake package`; `snakemake apply --config"
        " package=THIS_FOLDER recordings=FOLDER` runs it.",
        "",
        "## Trained on",
        "",
        f"Dataset `{trained.dataset}`: {len(trained.recordings)} annotated recordings (reviewed completely:"
        f" {completely}), {present} confirmed boxes and {len(boxes) - present} refuted ones. What was neither boxed nor"
        " reviewed counts as unknown.",
        "",
        "## Members",
        "",
        "| experiment | networks | coefficient | features |",
        "| --- | ---: | ---: | --- |",
        *(f"| {plain(m.experiment)} | {m.folds} | {m.coefficient:.3f} | {_told(m.features)} |" for m in members),
        "",
        "Each network of an experiment held out another fold of the recordings. Framewise logits are the mean over an"
        " experiment's networks, then the sum of coefficient x mean over experiments.",
        "",
        *_pretrained(members),
        "## How well it does",
        "",
        *_overall(
            "Out of fold (recordings that the scoring network has not seen, against the labels at hand)",
            oof,
            meanings,
            leading,
        ),
    ]
    if test is not None:
        lines += _overall("Test recordings, against their complete truth", test, meanings, leading)
    lines += ["", *_species(ranges, thresholds, boxes, _columns(oof, test, figures))]
    lines += [
        "",
        *FALSE_ALARMS[: 2 * bool(_alarms(thresholds))],
        "Brackets are 95 % intervals, by a bootstrap over recordings. A species with few boxes has wide intervals and"
        " an uncertain calibration: look at its detections before you rely on them.",
        "",
        "## What to mind",
        "",
        "- It knows the species above and nothing else: another species that sounds alike is taken for one of them.",
        *(f"- {line}" for line in probabilities),
        "- At other places, with other recorders, or where a species is much rarer, probabilities are off: review a"
        " sample (`snakemake review`).",
        "- Counts of detections are not counts of animals.",
        "",
        "## Files",
        "",
        "`manifest.json` (all of it, with the SHA-256 of each file), `members/` (architecture as JSON, weights as HDF5;"
        " nothing here runs code when it is read), `species.csv` (frequency ranges of the boxes), `calibration.csv`,"
        " `thresholds.csv`, `scores.csv` (all metrics), `versions.csv` (of all packages at training).",
    ]
    return "\n".join(lines) + "\n"


def _pretrained(members: Sequence[Member]) -> list[str]:
    """Return the lines about networks that others trained, and of which the package may not hold the files."""
    networks = {str(m.features["sha256"]): m.features for m in members if m.features["kind"] == "embedding"}
    if not networks:
        return []
    lines = [
        "## Needs",
        "",
        "Its features come from networks that others trained. `apply` takes these files and no other ones, and says"
        " where it looks for those that are not in this package. Mind their licences.",
        "",
        "| network | licence | in this package | where to get it | SHA-256 |",
        "| --- | --- | --- | --- | --- |",
    ]
    for digest, features in networks.items():
        known = KNOWN.get(features["model"])
        held = "yes" if features.get("travels") else "no"
        cells = [known.title if known else features["model"], features["licence"], held, features["source"]]
        lines.append(f"| {' | '.join(plain(str(cell)) for cell in cells)} | {digest} |")
    return [*lines, ""]


def scores_table(oof: pd.DataFrame, test: pd.DataFrame | None) -> pd.DataFrame:
    """Return all metrics in one table, with the column `subset` first."""
    parts = [oof.assign(subset="oof")] + ([] if test is None else [test.assign(subset="test")])
    table = pd.concat(parts, ignore_index=True)
    return table[["subset", *oof.columns]]


def plain(text: str) -> str:
    """Return a text as Markdown that shows it as it is, in a cell of a table too: nothing in it is a mark, or HTML."""
    return MARKS.sub(lambda mark: HTML.get(mark[0], "\\" + mark[0]), text)


def _told(features: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{key} {value:g}" if isinstance(value, float) else f"{key} {value}" for key, value in features.items()
    )


def _overall(title: str, metrics: pd.DataFrame, meanings: Mapping[str, str], leading: str) -> list[str]:
    overall = metrics[metrics["species"].isna() | (metrics["species"] == "")]
    if leading != "lwlrap":  # which ranks species, of which there are too few
        overall = overall[~overall["metric"].str.startswith("lwlrap")]
    overall = overall.assign(later=overall["metric"] != leading).sort_values("later", kind="stable")
    lines = []
    for row in overall.itertuples(index=False):
        meaning = meanings.get(str(row.metric))
        lines.append(f"- {row.metric}: {_figure(row)}" + (f" ({meaning})" if meaning else ""))
    return [f"{title}:", "", *lines, ""]


def _columns(
    oof: pd.DataFrame, test: pd.DataFrame | None, figures: Mapping[str, str]
) -> dict[str, tuple[pd.DataFrame, str]]:
    """Return the table and the metric of each column of figures, by its head; without those that would be empty."""
    heads = [(title, oof, metric) for metric, title in figures.items()]
    heads += [(f"{title} on test", test, metric) for metric, title in figures.items() if test is not None]
    return {title: (table, metric) for title, table, metric in heads if (table["metric"] == metric).any()}


def _species(
    ranges: pd.DataFrame,
    thresholds: pd.DataFrame,
    boxes: pd.DataFrame,
    columns: Mapping[str, tuple[pd.DataFrame, str]],
) -> list[str]:
    refuted = boxes[boxes["polarity"] < 0].groupby("species").size()
    first = thresholds.drop_duplicates("species").set_index("species")
    threshold, alarms = first["threshold"], _alarms(thresholds)
    head = ["species", "boxes", "refuted", "range in Hz", *columns, "threshold"]
    if alarms:
        head.append("false alarms an hour")
    lines = [f"| {' | '.join(head)} |", f"| --- |{' ---: |' * (len(head) - 1)}"]
    for row in ranges.to_dict("records"):
        name = str(row["species"])
        span = "" if pd.isna(row["low_hz"]) else f"{row['low_hz']:.0f} to {row['high_hz']:.0f}"
        cells = [plain(name), str(row["n_boxes"]), str(refuted.get(name, 0)), span]
        cells += [_of(table, metric, name) for table, metric in columns.values()]
        value = threshold.get(name)
        cells.append("none found" if value is None or pd.isna(value) else f"{value:.2f}")
        cells += [alarms.get(name, "not known")] if alarms else []
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _alarms(thresholds: pd.DataFrame) -> dict[str, str]:
    """Return the false alarms an hour of each species at its threshold, where empty recordings tell them."""
    if "alarms_an_hour" not in thresholds:
        return {}
    told = thresholds.drop_duplicates("species").dropna(subset=["alarms_an_hour"])
    return {
        str(row["species"]): f"{row['alarms_an_hour']:.2g} [{row['alarms_low']:.2g}, {row['alarms_high']:.2g}]"
        for row in told.to_dict("records")
    }


def _of(metrics: pd.DataFrame, metric: str, species: str) -> str:
    found = metrics[(metrics["metric"] == metric) & (metrics["species"] == species)]
    return _figure(found.iloc[0]) if len(found) else ""


def _figure(row: Any) -> str:
    if pd.isna(row.value):
        return "not known"
    return f"{row.value:.2f}" + ("" if pd.isna(row.low) else f" [{row.low:.2f}, {row.high:.2f}]")
