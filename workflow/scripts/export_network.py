"""Export one fold's network as a LiteRT file with float16 weights, and compare it with the original.

Settings: features (its feature set), compute.
"""

from collections.abc import Sequence

from canopy.package.exporting import Comparison, Writer, export
from canopy.runtime import command


def ways() -> tuple[Writer, Comparison]:
    from canopy.package.lite import parity, to_lite

    return to_lite, parity


def main(argv: Sequence[str] | None = None) -> None:
    export(argv, doc=__doc__, ending="tflite", ways=ways)


if __name__ == "__main__":
    command.run(main)
