"""Average the folds' logits of the test recordings. Settings: none."""

from collections.abc import Sequence
from pathlib import Path

from canopy.inference.framewise import combine_framewise, read_framewise
from canopy.inference.scores import mean_scores, read_scores
from canopy.runtime import command, files


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--scores", type=Path, nargs="+", required=True, help="each fold's scores.csv")
    parser.add_argument("--framewise", type=Path, nargs="+", required=True, help="each fold's framewise.npy")
    parser.add_argument("--output-scores", type=Path, required=True)
    parser.add_argument("--output-framewise", type=Path, required=True, help=".npy; its index goes beside it")
    given = parser.parse_args(argv)

    scores = mean_scores({str(path): read_scores(path) for path in given.scores})
    parts = {str(path): read_framewise(path) for path in given.framewise}
    combine_framewise(parts, [1 / len(parts)] * len(parts), given.output_framewise)
    files.write_table(scores, given.output_scores)


if __name__ == "__main__":
    command.run(main)
