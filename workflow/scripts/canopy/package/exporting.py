"""The work of the scripts that export a network: one fold's, written in a format and compared with the original."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from canopy.config.compute import Compute
from canopy.config.settings import section
from canopy.runtime import command
from canopy.runtime.devices import prepare

if TYPE_CHECKING:
    from canopy.package.parity import Parity

N_WINDOWS = 8
"""Windows of noise that both networks are compared on."""
Writer = Callable[[Any], bytes]
"""From a Keras model to a file's content."""
Comparison = Callable[[Any, bytes, NDArray[np.float32]], "Parity"]
"""From a Keras model, the file's content and windows to how far both are apart; it refuses what is too far."""


def export(
    argv: Sequence[str] | None, *, doc: str | None, ending: str, ways: Callable[[], tuple[Writer, Comparison]]
) -> None:
    """Export one fold's network, and compare it with the original.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; by default those of the process. The settings are features (its feature set) and compute.
    doc : str
        Help text.
    ending : str
        Of the file's name.
    ways : callable
        Returns the format's writer and comparison; called once TensorFlow is prepared, which it may import.
    """
    parser = command.parser(doc)
    parser.add_argument("--model", required=True, help="architecture (.json)")
    parser.add_argument("--weights", required=True, help="weights (.weights.h5)")
    parser.add_argument("--classes", required=True, help="table of classes")
    parser.add_argument("--output", required=True, help=f"network to write (.{ending})")
    parser.add_argument("--about", required=True, help="what it takes and gives, to write (.json)")
    given = parser.parse_args(argv)
    prepare(section(Compute, given.settings["compute"], "compute"), gpu=False)

    from canopy.models.build import load_model
    from canopy.runtime.files import whole, write_text
    from canopy.runtime.tables import read_table

    write, compare = ways()
    model = load_model(given.model, given.weights)
    network = write(model)
    rng = np.random.default_rng(1)
    shape = (N_WINDOWS, *model.input_shape[1:])
    levels = rng.uniform(-80, -30, (N_WINDOWS, 1, 1)) + rng.normal(0, 10, shape)
    found = compare(model, network, levels.astype(np.float32))
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
    print(f"{given.output}: {len(network) / 1e6:.2f} MB, logits within {found.worst:.2g} of the original's")
