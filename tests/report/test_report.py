"""The report says what the tables say, needs nothing but itself, and copes with what a run may lack."""

import base64
import dataclasses
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from docutils.core import publish_doctree  # type: ignore[import-untyped]
from PIL import Image
from sklearn.metrics import label_ranking_average_precision_score
from snakemake.benchmark import BenchmarkRecord

from canopy.evaluation.metrics.measures.registry import leading
from canopy.models.build import build_model, save_model
from canopy.report.cost import read_cost
from canopy.report.examples import choose_examples, rank_recordings, scene_of, view
from canopy.report.experiments import Difference, experiment_table
from canopy.report.page import render_page
from canopy.report.parameters import n_parameters
from canopy.report.pictures import Drawing, draw_examples
from canopy.report.plots.examples import Box
from canopy.report.plots.style import DPI, WIDTH_IN, note, png, stacked
from canopy.report.run import Run
from canopy.report.scores import Score
from canopy.report.sections.experiments import comparison
from canopy.report.sections.registry import draw_pictures, payload
from canopy.report.summary import summary_text
from canopy.report.tables import memory
from canopy.runtime import files
from canopy.runtime.errors import CanopyError
from report_tree import HOP_S, N_BANDS, N_FOLDS, N_FRAMES, PICTURES, SPECIES, Page, Tree, make_tree
from tiny import MODEL


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return make_tree(tmp_path_factory.mktemp("a run") / "results")


@pytest.fixture(scope="module")
def html(tree: Tree) -> str:
    return tree.report()


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def page_of(run: Run) -> Page:
    """Render the page without drawing: the pictures are one pixel each."""
    pixel = Drawing(stacked([png(note("nothing"))]), "nothing")
    return Page(render_page(run, dict.fromkeys(PICTURES, pixel), [], payload(run, n_detections=0, max_detections=0)))


def image_of(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def figures(cell: dict[str, Any]) -> tuple[str, str]:
    return cell["text"], cell["small"]


def expected(metrics: pd.DataFrame, metric: str, species: str = "") -> tuple[str, str]:
    found = metrics[(metrics["metric"] == metric) & (metrics["species"] == species)]
    if found.empty:
        return "\N{EN DASH}", ""
    row = found.iloc[0]
    return f"{row['value']:.3f}", f"[{row['low']:.3f}, {row['high']:.3f}]n={row['n']}"


def test_headline_table_holds_the_numbers_of_the_metrics_tables(tree: Tree, page: Page) -> None:
    head, *rows = page.tables["models"]
    titles = ["Model", "Settings", "Out-of-fold LWLRAP", "Test LWLRAP", "Out-of-fold AP in boxes"]
    assert [cell["text"] for cell in head] == [*titles, "Parameters", "Training", "Weight"]
    assert [row[0]["text"] for row in rows] == ["ensemble", "mel_a", "mel_b"]
    for row in rows:
        oof, test = tree.metrics(row[0]["text"], "oof"), tree.metrics(row[0]["text"], "test")
        assert figures(row[2]) == expected(oof, "lwlrap")
        assert figures(row[3]) == expected(test, "lwlrap")
        assert figures(row[4]) == expected(oof, "box_average_precision")
        assert float(row[2]["value"]) == oof["value"].iloc[0]
    assert [row[1]["text"] for row in rows] == ["\N{EN DASH}", "seed 1, filters 4 8", "seed 2, filters 4 16"]
    assert [row[5]["text"] for row in rows] == ["\N{EN DASH}", "1,050", "1,050"]
    assert figures(rows[1][6]) == ("5 min 04 s", "4 min 33 s CPU")
    assert [row[7]["text"] for row in rows] == ["\N{EN DASH}", "0.333", "0.667"]


def swept(folder: Path) -> Tree:
    """Return the results of three experiments, whose middle one is the best out of fold and the worst on test."""
    tree = make_tree(folder, experiments=("one", "two", "three"))
    for name, oof, test in (("one", 0.70, 0.8), ("two", 0.75, 0.7), ("three", 0.60, 0.9), ("ensemble", 0.74, 0.95)):
        above = folder if name == "ensemble" else folder / "experiments"
        for subset, value in (("oof", oof), ("test", test)):
            row = {"metric": "lwlrap", "species": "", "value": value, "low": value - 0.1, "high": value + 0.05, "n": 18}
            files.write_table(pd.DataFrame([row]), above / name / subset / "metrics.csv")
    rows = [
        ("roc_auc", "one", "two", 0.5, 0.4, 0.6),
        ("lwlrap", "one", "two", -0.05, -0.08, -0.01),
        ("lwlrap", "one", "three", 0.1, 0.05, 0.2),
        ("lwlrap", "two", "three", 0.15, 0.02, 0.25),
        ("lwlrap", "two", "ensemble", 0.01, -0.02, 0.03),
    ]
    table = pd.DataFrame(rows, columns=["metric", "first", "second", "difference", "low", "high"])
    for subset, sign in (("oof", 1), ("test", -1)):
        turned = table.assign(difference=sign * table["difference"], better="", n=18)
        files.write_table(turned, folder / f"{subset}.csv")
        tree.options[f"comparisons-{subset}"] = folder / f"{subset}.csv"
    return tree


def test_experiments_are_tabled_best_first_with_differences_from_the_best(tmp_path: Path) -> None:
    tree = swept(tmp_path)
    table = experiment_table(tree.run())
    assert table["experiment"].tolist() == ["ensemble", "two", "one", "three"]
    assert table["oof_lwlrap"].tolist() == [0.74, 0.75, 0.70, 0.60]
    assert table["oof_low"].tolist() == pytest.approx([0.64, 0.65, 0.60, 0.50])
    assert table["test_high"].tolist() == pytest.approx([1.0, 0.75, 0.85, 0.95])
    bounds = [f"oof_minus_best{name}" for name in ("", "_low", "_high")]
    np.testing.assert_array_equal(
        table[bounds].to_numpy(float),
        [[-0.01, -0.03, 0.02], [np.nan] * 3, [-0.05, -0.08, -0.01], [-0.15, -0.25, -0.02]],
    )
    assert table["test_minus_best"].tolist()[2:] == [0.05, 0.15]
    assert table["seed"].tolist()[1:] == ["2", "1", "3"]
    assert table["model.filters"].tolist()[1:] == ["4 16", "4 8", "4 24"]


def test_experiments_cost_what_the_benchmarks_of_their_folds_add_up_to(tmp_path: Path) -> None:
    tree = swept(tmp_path)
    slow = tmp_path / "benchmarks" / "train_fold" / "three" / "0.tsv"
    slow.write_text(slow.read_text().replace("100.5", "1000.5").replace("90.0", "2000.0"))
    (tmp_path / "experiments" / "one" / "fold0" / "model.weights.h5").unlink()
    shutil.rmtree(tmp_path / "benchmarks" / "train_fold" / "two")
    cost = {row["experiment"]: row for row in experiment_table(tree.run()).to_dict("records")}
    names = ["training_s", "training_cpu_s"]
    assert [cost["one"][name] for name in names] == [100.5 + 101.5 + 102.5, 90 + 91 + 92]
    assert [cost["three"][name] for name in names] == [1204.5, 2183.0]
    assert all(pd.isna(cost[experiment][name]) for experiment in ("two", "ensemble") for name in names)
    assert [cost[name]["parameters"] for name in ("two", "three")] == [1030, 1050]
    assert all(pd.isna(cost[name]["parameters"]) for name in ("ensemble", "one"))


def test_page_and_summary_show_experiments_in_the_order_of_their_table(tmp_path: Path) -> None:
    tree = swept(tmp_path)
    page = Page(tree.report(n_examples=0, n_detections=0))
    written = pd.read_csv(tmp_path / "report" / "experiments.csv")
    head, *rows = page.tables["models"]
    assert [row[0]["text"] for row in rows] == written["experiment"].tolist() == ["ensemble", "two", "one", "three"]
    place = [cell["text"] for cell in head].index("Minus the best")
    assert [figures(row[place]) for row in rows] == [
        ("-0.010", "[-0.030, +0.020]"),
        ("\N{EN DASH}", ""),
        ("-0.050", "[-0.080, -0.010]"),
        ("-0.150", "[-0.250, -0.020]"),
    ]
    assert "less that of two, the experiment with the highest" in page.text
    cells = [re.split(r"\s{2,}", line) for line in tree.summary.splitlines()[2:7]]
    assert cells[0][1:] == ["out of fold", "minus the best", "test", "training", "weight"]
    assert [row[0] for row in cells[1:]] == written["experiment"].tolist()
    assert cells[3][2:5] == ["-0.050 [-0.080, -0.010]", "0.800 [0.700, 0.850]", "5 min 04 s"]


def test_parameters_are_those_of_the_network_that_was_saved(tmp_path: Path) -> None:
    model = build_model(MODEL, n_frames=16, n_bins=16, n_species=3, seed=1)
    save_model(model, tmp_path / "model.json", tmp_path / "model.weights.h5")
    weights = [weight for weight in model.weights if "seed_generator" not in weight.path]
    assert n_parameters(tmp_path / "model.weights.h5") == sum(int(np.prod(weight.shape)) for weight in weights) > 500


def test_species_table_holds_the_ensembles_numbers_and_counts_of_boxes(tree: Tree, page: Page) -> None:
    _, *rows = page.tables["species-scores"]
    assert [row[0]["text"] for row in rows] == ["s1", "s2", "s10", "s<script>alert(1)</script>"]
    boxes = pd.read_csv(tree.options["annotations"])
    oof, test = tree.metrics("ensemble", "oof"), tree.metrics("ensemble", "test")
    for row in rows:
        name = row[0]["text"]
        assert int(row[1]["text"]) == ((boxes["species"] == name) & (boxes["polarity"] == 1)).sum()
        assert int(row[2]["text"]) == ((boxes["species"] == name) & (boxes["polarity"] == -1)).sum()
        assert figures(row[3]) == expected(oof, "lwlrap", name)
        assert figures(row[4]) == expected(test, "lwlrap", name)
        assert figures(row[5]) == expected(oof, "box_average_precision", name)


def test_the_table_of_species_is_written_as_it_reads_on_the_page(tree: Tree, page: Page) -> None:
    table = pd.read_csv(tree.folder / "report" / "species.csv", dtype=str)
    head, *rows = page.tables["species-scores"]
    assert table.columns.tolist() == [cell["text"] for cell in head]
    assert table.to_numpy().tolist() == [
        [f"{cell['text']} {cell['small'].replace('n=', ' n=')}".strip() for cell in row] for row in rows
    ]


def test_fold_table_counts_boxes_and_recordings(tree: Tree, page: Page) -> None:
    boxes = pd.read_csv(tree.options["annotations"]).merge(pd.read_csv(tree.options["folds"]), on="recording_id")
    rows = {row[0]["text"]: [int(cell["text"]) for cell in row[1:]] for row in page.tables["fold-counts"][1:]}
    for name in SPECIES:
        mine = boxes[(boxes["species"] == name) & (boxes["polarity"] == 1)]
        assert rows[name] == [int((mine["fold"] == fold).sum()) for fold in range(N_FOLDS)]
    assert rows["recordings"] == [6, 6, 6]
    assert sum(rows["all confirmed"]) + sum(rows["all refuted"]) == len(boxes)


def test_page_needs_nothing_from_outside(html: str, page: Page) -> None:
    assert page.addresses
    assert all(address.startswith(("#", "data:image/png;base64,")) for address in page.addresses if address != "data:,")
    assert not {"iframe", "object", "embed", "base"} & set(page.tags)
    assert "url(" not in html
    assert "@import" not in html
    assert "default-src 'none'" in html
    assert len(html) < 5_000_000


def test_links_lead_to_sections(html: str, page: Page) -> None:
    for address in page.addresses:
        if address.startswith("#"):
            assert f'<section id="{address[1:]}">' in html


def test_names_and_problems_from_the_data_are_escaped(html: str, page: Page) -> None:
    assert page.tags.count("script") == 2
    assert "<script>alert" not in html
    assert "<b>is empty" not in html
    assert "train/broken.flac <b>is empty</b>; record it again" in page.text
    assert "<title>Canopy report: made &amp; up</title>" in html


def test_recordings_with_problems_are_listed(page: Page) -> None:
    assert [[cell["text"] for cell in row] for row in page.tables["problems"][1:]] == [
        ["train", "broken", "train/broken.flac <b>is empty</b>; record it again"]
    ]


def test_settings_and_versions_are_shown(tree: Tree, page: Page) -> None:
    config = tree.options["config"].read_text(encoding="utf-8")
    assert json.dumps(json.loads(config), indent=2) in page.text
    assert [cell["text"] for cell in page.tables["versions"][1]] == ["numpy", "1.2.3"]


def test_pictures_are_of_plausible_size_and_not_blank(tree: Tree, html: str) -> None:
    for name in PICTURES:
        image = image_of((tree.folder / "report" / f"{name}.png").read_bytes())
        assert image.width == round(WIDTH_IN * DPI), name
        assert image.height > 100, name
        assert np.asarray(image.convert("L")).std() > 5, name
        assert "Software" not in image.info


def test_page_shows_the_pictures_that_lie_beside_it(tree: Tree, page: Page) -> None:
    shown = [base64.b64decode(str(image["src"]).split(",")[1]) for image in page.images]
    for name in set(PICTURES) - {"examples"}:
        assert (tree.folder / "report" / f"{name}.png").read_bytes() in shown, name
    n_examples = tree.settings["n_examples"]
    assert len(shown) == len(PICTURES) - 1 + n_examples
    heights = [image_of(one).height for one in shown]
    whole = image_of((tree.folder / "report" / "examples.png").read_bytes()).height
    assert whole in {sum(heights[start : start + n_examples]) for start in range(len(heights))}


def test_every_picture_has_a_text_alternative(page: Page) -> None:
    assert all(len(str(image["alt"])) > 30 for image in page.images)


def test_the_same_results_give_the_same_bytes(tree: Tree, html: str) -> None:
    def contents() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (tree.folder / "report").iterdir()}

    before = contents()
    assert len(before) == len(PICTURES) + len(("index.html", "experiments.csv", "species.csv"))
    tree.report()
    assert contents() == before


def test_summary_holds_the_figures_of_every_model(tree: Tree, html: str) -> None:
    lines = tree.summary.splitlines()
    assert lines[0] == "made & up: 4 species, 18 annotated recordings in 3 folds, 8 test recordings"
    for name, weight in (("ensemble", ""), ("mel_a", "0.333"), ("mel_b", "0.667")):
        (line,) = (line for line in lines if line.startswith(name))
        oof, test = (expected(tree.metrics(name, subset), "lwlrap") for subset in ("oof", "test"))
        cells = [" ".join(figure).split("n=")[0] for figure in (oof, test)]
        trained = [] if name == "ensemble" else ["5 min 04 s", weight]
        assert re.split(r"\s{2,}", line) == [name, *cells, *trained]
    assert f"submission  {tree.options['submission']}" in lines
    assert f"report      {tree.folder / 'report' / 'index.html'}" in lines
    assert len({line.index("0.") for line in lines if line.startswith(("ensemble", "mel_"))}) == 1


def test_without_test_metrics_their_column_is_left_out(tmp_path: Path) -> None:
    tree = make_tree(tmp_path)
    for path in tmp_path.rglob("test/metrics.csv"):
        path.unlink()
    run = tree.run()
    page = page_of(run)
    assert not any("Test" in cell["text"] for name in ("models", "species-scores") for cell in page.tables[name][0])
    assert "The truth of the test recordings is not known." in page.text
    summary = summary_text(run, files={})
    assert "out of fold" in summary
    assert not re.search(r"\btest\b(?! recordings)", summary)


def test_accuracy_stands_in_the_summary_where_every_recording_has_one_label(tmp_path: Path) -> None:
    tree = make_tree(tmp_path)
    assert "accuracy" not in summary_text(tree.run(), files={})
    path = tmp_path / "ensemble" / "oof" / "metrics.csv"
    table = pd.read_csv(path, keep_default_na=False)
    row = {"metric": "accuracy", "species": "", "value": 0.9125, "low": 0.88, "high": 0.94, "n": 400}
    files.write_table(pd.concat([table, pd.DataFrame([row])]), path)
    head, ensemble, other = summary_text(tree.run(), files={}).splitlines()[2:5]
    place = head.index("accuracy")
    assert ensemble[place:].startswith("0.912 [0.880, 0.940]")
    assert other[place:].startswith("-")


def test_a_student_stands_beside_its_teacher_out_of_fold_and_on_the_test(tree: Tree) -> None:
    columns = ["student", "teacher", "subset", "difference", "low", "high"]
    rows = [("s", "t", "oof", 0.03, 0.01, 0.05), ("s", "t", "test", -0.002, -0.01, 0.006), ("u", "s", "oof", 0, 0, 0)]
    effects = pd.DataFrame(rows, columns=columns).assign(metric="lwlrap")
    run = dataclasses.replace(tree.run(), more={"pseudo_labels": effects})
    lines = summary_text(run, files={}).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("LWLRAP over the teacher's"))
    assert re.split(" {2,}", lines[at]) == ["LWLRAP over the teacher's", "out of fold", "test"]
    told = ["s, taught by t", "+0.030 [+0.010, +0.050]", "-0.002 [-0.010, +0.006]"]
    assert re.split(" {2,}", lines[at + 1]) == told
    assert re.split(" {2,}", lines[at + 2]) == ["u, taught by s", "+0.000 [+0.000, +0.000]", "-"]
    assert "teacher" not in summary_text(tree.run(), files={})


def test_the_page_shows_students_and_teachers_side_by_side(tree: Tree) -> None:
    rows = {
        "student": "s",
        "teacher": "t",
        "subset": ["oof", "test"],
        "metric": "lwlrap",
        "student_score": [0.75, 0.9],
        "teacher_score": [0.72, 0.902],
        "difference": [0.03, -0.002],
        "low": [0.01, -0.01],
        "high": [0.05, 0.006],
        "better": ["s", ""],
        "n": [120, 60],
    }
    shown = page_of(dataclasses.replace(tree.run(), more={"pseudo_labels": pd.DataFrame(rows)})).tables["students"]
    assert [[cell["text"] for cell in row] for row in shown[1:]] == [
        ["s", "t", "Out of fold", "LWLRAP", "0.750", "0.720", "+0.030", "s"],
        ["s", "t", "Test", "LWLRAP", "0.900", "0.902", "-0.002", "not told apart"],
    ]
    assert [row[6]["small"] for row in shown[1:]] == ["[+0.010, +0.050]n=120", "[-0.010, +0.006]n=60"]
    assert "students" not in page_of(tree.run()).tables


def test_test_metrics_of_an_earlier_run_are_not_shown_once_the_truth_is_gone(tree: Tree) -> None:
    run = tree.run(test_truth=False)
    assert all(model.test is None for model in run.models)
    assert [cell["text"] for cell in page_of(run).tables["models"][0]][2] != "Test LWLRAP"


def test_models_are_read_in_the_order_of_the_weights(tmp_path: Path) -> None:
    tree = make_tree(tmp_path, experiments=("zebra", "ant"))
    tree.settings["experiments"] = dict(sorted(tree.settings["experiments"].items()))
    run = tree.run()
    assert [model.name for model in run.models] == ["ensemble", "zebra", "ant"]
    assert list(run.histories) == ["zebra", "ant"]


def test_one_experiment_without_an_ensemble_is_enough(tmp_path: Path) -> None:
    tree = make_tree(tmp_path, experiments=("only",))
    for option in ("ensemble-folder", "weights", "benchmarks", "config", "versions", "recordings-test", "submission"):
        del tree.options[option]
    page = Page(tree.report(n_examples=1))
    assert [row[0]["text"] for row in page.tables["models"]] == ["Model", "only"]
    assert "Weight" not in [cell["text"] for cell in page.tables["models"][0]]
    assert "The only reaches LWLRAP" in page.text
    assert "There are no benchmark files." in page.text
    assert "#ensemble" not in page.addresses
    assert len(list((tmp_path / "report").glob("*.png"))) == len(PICTURES)
    assert "weight" not in tree.summary
    assert "submission" not in tree.summary


def test_experiment_without_labels_is_told_not_hidden(tmp_path: Path) -> None:
    tree = make_tree(tmp_path)
    for path in tmp_path.rglob("metrics.csv"):
        files.write_table(pd.read_csv(path).iloc[:0], path)
    run = tree.run()
    assert "There are no labels to score the ensemble by: review some 20 minutes" in page_of(run).text
    assert summary_text(run, files={}).splitlines()[3].split() == ["ensemble", "-", "-"]
    assert draw_pictures(run)["species_scores"].alt == "Empty: there are no labels to score species by."


def test_comparison_of_ways_to_combine_is_told_where_it_was_made(tree: Tree) -> None:
    run = tree.run()
    assert comparison(run) == ""
    rows = {
        "lwlrap_nested_mean": (0.80, 0.6, 0.85),
        "lwlrap_nested_fitted": (0.81, 0.7, 0.9),
        "lwlrap_nested_greedy": (0.82, 0.71, 0.9),
        "lwlrap_nested_rank_mean": (0.78, 0.6, 0.8),
        "lwlrap_fitted_minus_mean": (0.01, -0.02, 0.04),
        "lwlrap_greedy_minus_mean": (0.02, 0.01, 0.03),
        "lwlrap_rank_mean_minus_mean": (-0.02, -0.03, -0.01),
    }
    added = pd.DataFrame(rows.values(), columns=["value", "low", "high"]).assign(metric=list(rows), species="", n=18)
    compared = replace(run, models=(replace(run.best, oof=pd.concat([run.best.oof, added])), *run.models[1:]))
    assert comparison(compared) == (
        "Under nested cross-validation, equal weights reach LWLRAP 0.800 [0.600, 0.850]. "
        "Fitted weights reach 0.810 [0.700, 0.900]; fitted minus equal is +0.010 [-0.020, +0.040]: not told apart. "
        "Greedy selection reaches 0.820 [0.710, 0.900]; greedy minus equal is +0.020 [+0.010, +0.030]: "
        "better by more than its interval. "
        "The mean of ranks reaches 0.780 [0.600, 0.800]; ranks minus equal is -0.020 [-0.030, -0.010]: "
        "worse by more than its interval."
    )
    assert comparison(compared) in " ".join(page_of(compared).text.split())


def test_recordings_are_ranked_by_scikit_learns_label_ranking_average_precision(tree: Tree) -> None:
    run = tree.run()
    ranked = rank_recordings(run.scores, run.annotations)
    assert len(ranked) == 18
    assert (ranked["lrap"].diff().dropna() >= 0).all()
    scores = run.scores.set_index("recording_id")
    for row in ranked.to_dict("records"):
        mine = run.annotations[run.annotations["recording_id"] == row["recording_id"]]
        confirmed = set(mine.loc[mine["polarity"] > 0, "species"])
        truth = [[name in confirmed for name in scores.columns]]
        value = label_ranking_average_precision_score(truth, scores.loc[[row["recording_id"]]].to_numpy())
        assert row["lrap"] == pytest.approx(value)
        assert row["boxes"] == len(mine)


def test_recordings_without_a_confirmed_species_are_not_ranked() -> None:
    scores = pd.DataFrame({"recording_id": ["a", "b", "c"], "s1": [2.0, 1.0, 1.0], "s2": [1.0, 2.0, 2.0]})
    boxes = pd.DataFrame({"recording_id": ["a", "b", "b"], "species": ["s1", "s1", "s2"], "polarity": [1, -1, -1]})
    assert rank_recordings(scores, boxes)["recording_id"].tolist() == ["a"]


def test_of_equal_recordings_those_with_more_boxes_rank_higher() -> None:
    scores = pd.DataFrame({"recording_id": ["a", "b", "c"], "s1": [2.0, 2.0, 2.0], "s2": [1.0, 1.0, 1.0]})
    boxes = pd.DataFrame({"recording_id": ["c", "a", "a", "b"], "species": "s1", "polarity": [1, 1, 1, 1]})
    assert rank_recordings(scores, boxes)["recording_id"].tolist() == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("n_ranked", "n_examples", "ranks"),
    [(101, 6, [1, 21, 41, 61, 81, 101]), (9, 2, [1, 9]), (9, 1, [5]), (3, 6, [1, 2, 3]), (9, 0, []), (0, 6, [])],
)
def test_examples_are_taken_at_even_steps_of_the_ranking(n_ranked: int, n_examples: int, ranks: list[int]) -> None:
    ids = [f"r{number:03d}" for number in range(n_ranked)]
    ranked = pd.DataFrame({"recording_id": ids, "lrap": np.linspace(0.2, 1, n_ranked)})
    found = choose_examples(ranked, n_examples)
    assert [example.rank for example in found] == ranks
    assert [example.recording_id for example in found] == [ids[rank - 1] for rank in ranks]


def test_scene_shows_the_recordings_own_features_boxes_and_scores(tree: Tree) -> None:
    run = tree.run()
    scene = scene_of(run, "r00")
    assert scene.level_db.shape == (N_FRAMES, N_BANDS)
    box = scene.boxes[0]
    inside = scene.level_db[round(box.onset_s / HOP_S) + 2 : round(box.offset_s / HOP_S) - 2, 3:6]
    assert inside.mean() > scene.level_db.mean() + 15
    assert [box.confirmed for box in scene.boxes] == [True, True, False]
    remarks = {curve.species: curve.remark for curve in scene.curves}
    assert remarks["s1"] == "confirmed"
    assert remarks["s10"] == "refuted"
    for curve in scene.curves:
        logits = run.framewise.of("r00")[:, SPECIES.index(curve.species)].astype(float)
        np.testing.assert_allclose(curve.probability, 1 / (1 + np.exp(-logits)), rtol=1e-6)


@pytest.mark.parametrize(
    ("features", "scale", "n_drawn"),
    [
        ({"kind": "cqt", "sample_rate_hz": 16000, "hop_samples": 640, "n_bins": N_BANDS}, "octave", N_BANDS),
        ({"kind": "waveform", "sample_rate_hz": 600, "hop_samples": N_BANDS}, "mel", 4),
        ({"n_bands": N_BANDS, "hop_samples": 640, "pcen": {}}, "mel", N_BANDS),
    ],
    ids=["cqt", "waveform", "pcen"],
)
def test_examples_are_drawn_whatever_the_features_are(
    tree: Tree, features: dict[str, Any], scale: str, n_drawn: int
) -> None:
    run = tree.run(features={"mel": features})
    example = choose_examples(rank_recordings(run.scores, run.annotations), 1)[0]
    scene = scene_of(run, example.recording_id)
    assert (scene.axis.scale, scene.axis.n_bins) == (scale, n_drawn)
    assert scene.level_db.shape == (N_FRAMES, n_drawn)
    assert scene.hop_s == pytest.approx(HOP_S)
    assert draw_examples(run, 1)[0][2].png.startswith(b"\x89PNG")


def test_the_likeliest_species_is_drawn_even_if_no_box_names_it(tree: Tree) -> None:
    run = tree.run()
    for recording in run.scores["recording_id"]:
        scores = run.scores.set_index("recording_id").loc[recording].astype(float)
        assert scores.idxmax() in {curve.species for curve in scene_of(run, recording).curves}


def test_long_recordings_show_the_minute_with_most_boxes() -> None:
    boxes = [Box("s1", onset_s, onset_s + 2, 500, 900, True) for onset_s in (5.0, 200.0, 230.0, 255.0)]
    assert view(boxes, 600.0) == (199.0, 259.0)
    assert view(boxes, 45.0) == (0.0, 45.0)
    assert view([], 600.0) == (0.0, 60.0)
    start_s, end_s = view([Box("s1", 598.0, 599.0, 500, 900, True)], 600.0)
    assert (start_s, end_s) == (540.0, 600.0)


def test_missing_features_of_a_scored_recording_are_named(tmp_path: Path) -> None:
    tree = make_tree(tmp_path)
    gone = next(path for path in tmp_path.rglob("features/mel/train/*.csv") if len(pd.read_csv(path)))
    index = pd.read_csv(gone)
    first = index["recording_id"][0]
    files.write_table(index.replace({"recording_id": {first: "another"}}), gone)
    with pytest.raises(CanopyError, match=rf"recording {first} has scores but no features in .*/{gone.stem}\.npy"):
        tree.run().level_db(first)


def test_cost_adds_up_the_benchmarks_of_each_rule(tree: Tree) -> None:
    training, splits = read_cost(tree.options["benchmarks"]).to_dict("records")
    assert (training["rule"], splits["rule"]) == ("train_fold", "make_splits")
    assert training["jobs"] == 6
    assert training["total_s"] == pytest.approx(2 * (100.5 + 101.5 + 102.5))
    assert training["longest_s"] == 102.5
    assert training["cpu_s"] == pytest.approx(2 * (90 + 91 + 92))
    assert training["max_memory_mb"] == 1002
    assert np.isnan(splits["max_memory_mb"])


def test_cost_takes_snakemakes_own_record(tmp_path: Path) -> None:
    record = BenchmarkRecord(running_time=12.5, max_rss=310.0, cpu_time=9.25, cpu_usage=900.0)
    record.data_collected = True
    too_short = BenchmarkRecord(running_time=0.01)
    too_short.process_gone = True
    lines = ["\t".join(BenchmarkRecord.get_header()), record.to_tsv(False), too_short.to_tsv(False)]
    files.write_text("\n".join(lines) + "\n", tmp_path / "a_rule" / "x" / "0.tsv")
    (row,) = read_cost(tmp_path).to_dict("records")
    assert row["jobs"] == 2
    assert (row["total_s"], row["cpu_s"], row["max_memory_mb"]) == (12.51, 9.25, 310.0)


def test_cost_of_nothing_is_empty(tmp_path: Path) -> None:
    files.write_text("", tmp_path / "killed.tsv")
    assert read_cost(tmp_path).empty
    assert read_cost(None).empty


def test_cost_section_tells_the_totals(page: Page) -> None:
    assert re.search(r"7 jobs took 10 min 09 s in all, 9 min 06 s\s+of CPU time, and at most 1.0 GB", page.text)
    assert [cell["text"] for cell in page.tables["cost-by-rule"][2]][-1] == "\N{EN DASH}"


@pytest.mark.parametrize(("megabytes", "text"), [(310.4, "310 MB"), (1434.0, "1.4 GB"), (float("nan"), "")])
def test_memory_is_written_for_people(megabytes: float, text: str) -> None:
    assert memory(megabytes) == text


def test_captions_of_snakemakes_report_are_sound(repository: Path) -> None:
    captions = {path.stem: path.read_text(encoding="utf-8") for path in (repository / "workflow/report").glob("*.rst")}
    assert set(PICTURES) <= set(captions)
    for name, text in captions.items():
        problems = io.StringIO()
        publish_doctree(text, settings_overrides={"warning_stream": problems, "report_level": 1})
        assert problems.getvalue() == "", name


def test_the_last_lines_say_what_probabilities_are_worth_and_which_species_are_never_found(tree: Tree) -> None:
    run = tree.run()
    lines = pd.DataFrame({"species": run.classes, "scale": 1.0, "offset": 0.0, "basis": "reviewed", "share": 0.1})
    plain = summary_text(dataclasses.replace(run, more={"calibration": lines}), files={})
    assert "probability" not in plain
    lines.loc[0, ["basis", "offset"]] = "unjudged", -90.0
    told = dataclasses.replace(run, more={"calibration": lines})
    *_, meaning, others, advice, silent = summary_text(told, files={}).splitlines()[-4:]
    first = run.classes[0]
    assert f"{first}: estimate: nobody reviewed any time" in meaning + others
    assert "review some 20 minutes from end to end" in advice
    assert silent.startswith(f"{first}: never found")
    lines["offset"] = -90.0
    nothing = summary_text(dataclasses.replace(run, more={"calibration": lines}), files={}).splitlines()[-1]
    assert nothing.startswith("No species reaches a probability of 0.5 in any held-out recording")
    assert "the detector would find nothing" in page_of(dataclasses.replace(run, more={"calibration": lines})).text


def test_a_run_of_one_species_leads_with_a_figure_that_can_fail(tmp_path: Path) -> None:
    tree = make_tree(tmp_path)
    for path in tmp_path.rglob("metrics.csv"):
        table = pd.read_csv(path, keep_default_na=False)
        one = table[table["metric"] == "lwlrap"].assign(metric="window_average_precision", value=0.4, low=0.3, high=0.6)
        files.write_table(pd.concat([table.assign(value=1.0), one], ignore_index=True), path)
    run = tree.run()
    few = dataclasses.replace(run)
    few.__dict__["headline"] = leading(run.best.oof, ["s0"])
    assert few.headline.name == "window_average_precision"
    assert summary_text(few, files={}).splitlines()[2].startswith("AP over time [95 % interval]")
    page = page_of(few)
    assert "reaches AP over time 0.400 [0.300, 0.600] out of fold" in page.text
    assert experiment_table(few)["oof_window_average_precision"][0] == 0.4


def test_a_figure_of_too_few_recordings_says_so() -> None:
    score = Score(0.5, float("nan"), float("nan"), 2)
    assert str(score) == "0.500 [no interval: fewer than 3 recordings or groups]"
    assert Difference(0.1, float("nan"), float("nan")).verdict == "not told apart"
