"""Draw the report's pictures, and write its page and the summary.

Settings: dataset; experiments {name: {features, differing}}; features {name: a feature set}; n_folds; shards;
n_examples; n_detections (per species and kind); max_detections (in all); classes; test_truth (false: metrics of test
recordings that an earlier run left are not shown).
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from canopy.report import tables
from canopy.report.experiments import experiment_table
from canopy.report.page import render_page
from canopy.report.pictures import draw_examples, sheet
from canopy.report.reading import read_run
from canopy.report.sections.registry import INPUTS, draw_pictures, payload
from canopy.report.summary import summary_text
from canopy.runtime import command, files
from canopy.runtime.digest import digest_of_files

TABLES = ("recordings_train", "recordings_test", "weights", "config", "versions", "truth", "submission")
"""Tables that the page and the summary are made from, beside those of `INPUTS`: their fingerprint stands on both."""


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--folds", type=Path, required=True, help="splits/folds.csv")
    parser.add_argument("--annotations", type=Path, required=True, help="annotations/train.csv")
    parser.add_argument("--train-recordings", type=Path, required=True, help="annotations/train_recordings.csv")
    parser.add_argument("--recordings-train", type=Path, required=True, help="recordings/train.csv")
    parser.add_argument("--recordings-test", type=Path, help="recordings/test.csv")
    parser.add_argument("--experiments-folder", type=Path, required=True, help="holds {experiment}/")
    parser.add_argument("--features-folder", type=Path, required=True, help="holds {features}/train/{shard}.npy")
    parser.add_argument("--ensemble-folder", type=Path, help="holds oof/ and test/")
    parser.add_argument("--weights", type=Path, help="ensemble/weights.csv")
    parser.add_argument("--benchmarks", type=Path, help="holds {rule}/**.tsv")
    parser.add_argument("--config", type=Path, help="provenance/config.json")
    parser.add_argument("--versions", type=Path, help="provenance/versions.csv")
    parser.add_argument("--truth", type=Path, help="all events of the test recordings, in RFCX columns")
    for name, about in INPUTS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=Path, help=about)
    parser.add_argument("--submission", help="where the submission is, for the summary")
    parser.add_argument("--output", type=Path, required=True, help="page to write (.html)")
    parser.add_argument("--pictures", type=Path, required=True, help="folder to write PNG pictures and CSV tables to")
    parser.add_argument("--summary", type=Path, required=True, help="text to write")
    given = parser.parse_args(argv)

    subsets = {"train": given.recordings_train, "test": given.recordings_test}
    run = read_run(
        given.settings,
        folds=given.folds,
        annotations=given.annotations,
        train_recordings=given.train_recordings,
        recordings={subset: path for subset, path in subsets.items() if path},
        experiments=given.experiments_folder,
        features=given.features_folder,
        ensemble=given.ensemble_folder,
        weights=given.weights,
        benchmarks=given.benchmarks,
        config=given.config,
        versions=given.versions,
        truth=given.truth,
        more={name: path for name in INPUTS if (path := getattr(given, name))},
    )
    named = [vars(given)[name] for name in ("folds", "annotations", "train_recordings", *TABLES, *INPUTS)]
    run = replace(run, made_from=digest_of_files(path for path in named if path and os.path.isfile(path)))
    data = payload(run, n_detections=given.settings["n_detections"], max_detections=given.settings["max_detections"])
    pictures, examples = draw_pictures(run), draw_examples(run, given.settings["n_examples"])
    drawn = {name: picture.png for name, picture in pictures.items()}
    drawn["examples"] = sheet([picture for _, _, picture in examples])
    for name, png in drawn.items():
        with files.whole(given.pictures / f"{name}.png") as draft:
            draft.write_bytes(png)
    files.write_text(render_page(run, pictures, examples, data), given.output)
    files.write_table(experiment_table(run), given.pictures / "experiments.csv")
    files.write_table(tables.for_people(tables.species(run)), given.pictures / "species.csv")
    to_see = {"submission": given.submission, "report": str(given.output), "made from": run.made_from}
    summary = summary_text(run, files={what: where for what, where in to_see.items() if where})
    files.write_text(summary, given.summary)
    print(summary, end="")


if __name__ == "__main__":
    command.run(main)
