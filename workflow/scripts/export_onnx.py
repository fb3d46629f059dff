"""Export one fold's network as an ONNX file with float32 weights, and compare it with the original.

Settings: features (its feature set), compute.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from canopy.config.compute import Compute
from canopy.config.settings import section
from canopy.runtime import command
from canopy.runtime.devices import prepare

N_WINDOWS = 8
"""Windows of noise that both networks are compared on, the same as those of `export_network`."""


def main(argv: Sequence[str] | None = None) -> None:
    parser = command.parser(__doc__)
    parser.add_argument("--model", required=True, help="architecture (.json)")
    parser.add_argument("--weights", required=True, help="weights (.weights.h5)")
    parser.add_argument("--classes", required=True, help="table of classes")
    parser.add_argument("--output", required=True, help="network to write (.onnx)")
    parser.add_argument("--about", required=True, help="what it takes and gives, to write (.json)")
    given = parser.parse_args(argv)
    prepare(section(Compute, given.settings["compute"], "compute"), gpu=False)

    from canopy.models.build import load_model
    from canopy.package.onnx import parity, to_onnx
    from canopy.runtime.files import whole, write_text
    from canopy.runtime.tables import read_table

    model = load_model(given.model, given.weights)
    network = to_onnx(model)
    rng = np.random.default_rng(1)
    shape = (N_WINDOWS, *model.input_shape[1:])
    levels = rng.uniform(-80, -30, (N_WINDOWS, 1, 1)) + rng.normal(0, 10, shape)
    found = parity(model, network, levels.astype(np.float32))
    about = {
        "features": given.settings["features"],
        "input": {"features": [1, *model.input_shape[1:]]},
        "outputs": {"clip": "logits per species", "frames": "logits per frame and species"},
        "species": read_table(given.classes, ["species"])["species"].tolist(),
        "parity": asdict(found),
    }
    with whole(given.output) as draft:
        draft.write_bytes(network)
    write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", given.about)
    worst = max(found.clip, found.frames)
    print(f"{given.output}: {len(network) / 1e6:.2f} MB, logits within {worst:.2g} of the original's")


if __name__ == "__main__":
    command.run(main)
