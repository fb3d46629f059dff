"""Write the demo dataset: synthetic soundscapes in RFCX layout, with complete truth in a folder of its own."""

from collections.abc import Sequence
from pathlib import Path

from canopy.config.demo import Demo
from canopy.config.settings import section
from canopy.data.demo.dataset import write_demo
from canopy.runtime import command


def main(argv: Sequence[str] | None = None) -> None:
    """Parse the command line, write the dataset, print a summary."""
    parser = command.parser(__doc__)
    parser.add_argument("--output", type=Path, required=True, help="folder to write")
    arguments = parser.parse_args(argv)
    settings = section(Demo, arguments.settings, "demo")
    summary = write_demo(settings, arguments.output, say=lambda line: print(line, flush=True))
    print(summary)


if __name__ == "__main__":
    command.run(main)
