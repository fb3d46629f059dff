"""What tells the experiments of a run apart."""

from collections.abc import Mapping
from typing import Any

from canopy.config.experiment import Experiment
from canopy.config.settings import canonical


def differing(experiments: Mapping[str, Experiment]) -> dict[str, dict[str, Any]]:
    """Return the keys whose values are not the same in all experiments.

    Parameters
    ----------
    experiments : mapping of str to Experiment
        By name, as `canopy.config.loading.experiments` returns them.

    Returns
    -------
    dict of str to dict
        For each experiment, its value of each such key, by dotted path (`optimizer.epochs`), in the configuration's
        order. Empty for one experiment alone.
    """
    flat = {name: _flat(experiment.model_dump(mode="json")) for name, experiment in experiments.items()}
    paths = dict.fromkeys(path for values in flat.values() for path in values)
    told = [path for path in paths if len({canonical({path: values[path]}) for values in flat.values()}) > 1]
    return {name: {path: values[path] for path in told} for name, values in flat.items()}


def _flat(values: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in values.items():
        found |= _flat(value, f"{above}{key}.") if isinstance(value, dict) else {above + key: value}
    return found
