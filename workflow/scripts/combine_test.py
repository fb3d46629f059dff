"""Combine the experiments' test scores with the weights of the ensemble.

Settings: experiments [names, in the order of the members]; priors (null, "estimated" or the path of a table species,
training, test).
"""

from collections.abc import Sequence
from pathlib import Path

from canopy.evaluation.calibration.priors import class_priors, correct_scores
from canopy.evaluation.ensemble.combine import coefficients, combine
from canopy.inference.framewise import combine_framewise, read_framewise
from canopy.inference.scores import read_scores, score_table, species_of, stack_scores
from canopy.runtime import command, files
from canopy.runtime.tables import read_table


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--weights", type=Path, required=True, help="ensemble/weights.csv")
    parser.add_argument("--members", type=Path, nargs="+", required=True, help="each experiment's test/scores.csv")
    parser.add_argument("--framewise", type=Path, nargs="+", required=True, help="each experiment's test/framewise.npy")
    parser.add_argument("--oof", type=Path, help="the ensemble's oof/scores.csv, for the correction of priors")
    parser.add_argument("--scores", type=Path, required=True, help="combined scores.csv to write")
    parser.add_argument("--output-framewise", type=Path, required=True, help=".npy; its index goes beside it")
    given = parser.parse_args(argv)

    experiments = given.settings["experiments"]
    factors = coefficients(read_table(given.weights, ["experiment"]), experiments)
    members = {name: read_scores(path) for name, path in zip(experiments, given.members, strict=True)}
    ids, logits = stack_scores(members)
    species = species_of(members[experiments[0]])
    scores = score_table(ids, combine(logits, factors), species)
    if given.settings.get("priors"):
        if given.oof is None:
            parser.error("--oof is needed where the settings name priors")
        old, new = class_priors(given.settings["priors"], read_scores(given.oof), scores)
        for name in species:
            print(f"prior of {name}: {old[name]:.3f} in training, {new[name]:.3f} here")
        scores = correct_scores(scores, old, new)
    files.write_table(scores, given.scores)
    combine_framewise({str(path): read_framewise(path) for path in given.framewise}, factors, given.output_framewise)


if __name__ == "__main__":
    command.run(main)
