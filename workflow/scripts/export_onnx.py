"""Export one fold's network as a ONNX file with float32 weights, and compare it with the original.

Settings: features (its feature set), compute.
"""

from collections.abc import Sequence

from canopy.package.exporting import Comparison, Writer, export
from canopy.runtime import command


def ways() -> tuple[Writer, Comparison]:
    from canopy.package.onnx import parity, to_onnx

    return to_onnx, parity


def main(argv: Sequence[str] | None = None) -> None:
    export(argv, doc=__doc__, ending="onnx", ways=ways)


if __name__ == "__main__":
    command.run(main)
