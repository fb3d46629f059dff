"""A section of the report and a metric are each added as CONTRIBUTING.md says, and seen in what a run tells."""

import re
from pathlib import Path

import pandas as pd
import pytest

from canopy.plan.provenance.code import Code
from canopy.report.sections.registry import INPUTS
from report_tree import SPECIES, Page
from toys import add, copy_of_the_scripts, register, run

SECTION = '''"""Who called."""

from typing import Any

from canopy.report.pictures import Drawing
from canopy.report.plots.style import note, png
from canopy.report.run import Run
from canopy.report.sections.section import Page, Section, Wanted
from canopy.report.tables import Cell, Column, Table


def context(page: Page) -> dict[str, Any]:
    """Return what the template shows."""
    rows = [[Cell(name, name)] for name in page.run.species]
    looked = int(page.run.more["checks"]["looked_at"].sum())
    table = Table("toy-table", "All species.", [Column("Caller")], rows)
    texts = [f"They called in {looked} recordings <so they say>."]
    return {"texts": texts, "figures": [page.pictures["toy"]], "tables": [table]}


def draw(run: Run) -> Drawing:
    """Draw nothing."""
    return Drawing(png(note("nothing")), "A toy's picture.")


def data(run: Run, wanted: Wanted) -> dict[str, Any]:
    """Return how many there may be."""
    return {"toy": wanted.max_detections}


SECTION = Section(
    "toy", "Who called", context, pictures={"toy": draw}, data=data, inputs={"checks": "data/checks.csv"}
)
'''
MEASURE = '''"""Whether the likeliest species of a recording is one of its own."""

import numpy as np
import pandas as pd

from canopy.evaluation.metrics.bootstrap import interval
from canopy.evaluation.metrics.measures.measure import CARD, REPORT, SUMMARY, Measure, Metric, Scored
from canopy.evaluation.metrics.rows import metric_rows


def rows(scored: Scored) -> list[pd.DataFrame]:
    """Return the share of recordings, overall and of those that hold each species."""
    own = scored.truth.any(axis=1)
    hits = np.take_along_axis(scored.truth, scored.logits.argmax(axis=1)[:, None], axis=1)[:, 0]
    of = np.column_stack([own, scored.truth])

    def share(drawn: np.ndarray) -> np.ndarray:
        return ((hits[:, None] & of).T @ drawn) / np.maximum(of.T @ drawn, 1e-9)

    found = interval(share, scored.weights)
    return [metric_rows("toy_share", ["", *scored.species], found, of.sum(axis=0).tolist())]


SHARE = Metric("toy_share", "toy share", "everywhere", frozenset({SUMMARY, REPORT, CARD}), "A toy share is a share.")
MEASURE = Measure((SHARE,), rows)
'''
USE = """
import sys
from pathlib import Path
import pandas as pd
from canopy.evaluation.metrics.measures.measure import CARD
from canopy.evaluation.metrics.measures.registry import shown
from canopy.evaluation.metrics.tables import oof_metrics, truth_metrics
from canopy.inference.framewise import read_framewise
from canopy.inference.scores import read_scores
from canopy.runtime.files import write_table
from canopy.runtime.tables import read_table
from report_tree import add_calibration, make_tree

tree = make_tree(Path(sys.argv[1]), experiments=("mel_a",))
add_calibration(tree)
known = {name: read_table(tree.options[name], ["species"]) for name in ("annotations", "train-recordings")}
truth = pd.read_csv(tree.options["truth"]).rename(columns={"species_id": "species"})
for folder in (tree.folder / "ensemble", tree.folder / "experiments/mel_a"):
    scores, framewise = read_scores(folder / "oof/scores.csv"), read_framewise(folder / "oof/framewise.npy")
    annotations, recordings = known["annotations"], known["train-recordings"]
    table = oof_metrics(scores, framewise, annotations=annotations, train_recordings=recordings, replicates=50)
    write_table(table, folder / "oof/metrics.csv")
    table = truth_metrics(read_scores(folder / "test/scores.csv"), truth, replicates=50)
    write_table(table, folder / "test/metrics.csv")
print(",".join(metric.title for metric in shown(CARD)))
tree.report(n_detections=0, n_examples=0)
"""


@pytest.fixture(scope="module")
def scripts(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the scripts to which the toys were added, and with which a report was made."""
    copied = copy_of_the_scripts(repository, tmp_path_factory.mktemp("toys"))
    add(copied, "canopy/report/sections/toy.py", SECTION)
    line, entry = "from canopy.report.sections import toy", "\n    toy.SECTION,"
    where = "canopy/report/sections/registry.py"
    register(copied, where, line, opening="SECTIONS: ", closing="\n)", entry=entry)
    add(copied, "canopy/evaluation/metrics/measures/toy.py", MEASURE)
    line, entry = "from canopy.evaluation.metrics.measures import toy", "\n    toy.MEASURE,"
    where = "canopy/evaluation/metrics/measures/registry.py"
    register(copied, where, line, opening="MEASURES: ", closing="\n)", entry=entry)
    told = run(copied, USE, str(copied.parent / "results"), beside=repository / "tests")
    assert "AP in boxes,AP of recordings,toy share" in told
    return copied


@pytest.fixture(scope="module")
def results(scripts: Path) -> Path:
    return scripts.parent / "results"


@pytest.fixture(scope="module")
def html(results: Path) -> str:
    return (results / "report" / "index.html").read_text(encoding="utf-8")


def test_a_new_section_is_linked_and_shows_its_text_picture_table_and_data(html: str, results: Path) -> None:
    page = Page(html)
    assert '<a href="#toy">Who called</a>' in html
    assert html.index('<section id="settings">') < html.index('<section id="toy">')
    assert "They called in 18 recordings &lt;so they say&gt;." in html
    assert [row[0]["text"] for row in page.tables["toy-table"]] == ["Caller", *SPECIES]
    assert "A toy's picture." in [image["alt"] for image in page.images]
    assert '"toy": 100' in html
    assert (results / "report" / "toy.png").exists()


def test_a_new_metric_is_in_the_tables_the_summary_and_the_report(html: str, results: Path) -> None:
    metrics = pd.read_csv(results / "ensemble" / "oof" / "metrics.csv", keep_default_na=False)
    mine = metrics[metrics["metric"] == "toy_share"]
    assert mine["species"].tolist()[0] == ""
    shown = f"{mine['value'].iloc[0]:.3f}"
    head, first = (results / "summary.txt").read_text(encoding="utf-8").splitlines()[2:4]
    assert re.split(" {2,}", head)[4:6] == ["toy share", "toy share, test"]
    assert shown in first
    page = Page(html)
    for table in ("models", "species-scores"):
        titles = [cell["text"] for cell in page.tables[table][0]]
        assert {"Out-of-fold toy share", "Test toy share"} <= set(titles)
    assert '<div class="name">toy share out of fold</div>' in html
    assert "A toy share is a share." in html


def test_the_rule_gives_the_report_every_table_that_a_section_reads(repository: Path) -> None:
    rule = (repository / "workflow" / "rules" / "report.smk").read_text(encoding="utf-8")
    given = dict(
        re.findall(r'"([a-z-]+)": f"\{(?:ENSEMBLE|RESULTS)\}/(.*?)"', rule.split("MORE = {")[1].split("\n}\n")[0])
    )
    told = {name.replace("-", "_"): path for name, path in given.items()}
    assert told == {name: path.removeprefix("ensemble/") for name, path in INPUTS.items()}


def test_fingerprints_follow_what_was_added(scripts: Path) -> None:
    code = Code(scripts)

    def files(script: str) -> set[str]:
        return {path.relative_to(scripts).as_posix() for path in code.dependencies(f"{script}.py")[0]}

    for script in ("make_report", "merge_oof", "evaluate_ensemble", "package_model"):
        assert "canopy/evaluation/metrics/measures/toy.py" in files(script)
    assert "canopy/report/sections/toy.py" in files("make_report")
