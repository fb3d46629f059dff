"""What a job imports: large packages without others that they look for."""

import subprocess
import sys

import pytest

from canopy.runtime.imports import without

DRAWN = """
import sys
from canopy.evaluation.ensemble.fit import fit_weights
from canopy.evaluation.metrics.bootstrap import bayesian_weights
import numpy as np
bayesian_weights(["a", "b"], n_replicates=2)
fit_weights(np.eye(2, dtype=bool), np.random.default_rng(1).normal(size=(2, 2, 2)))
print(*sorted({"tensorflow", "tensorflow_probability"} & set(sys.modules)))
"""


def test_a_package_cannot_be_imported_in_the_block_and_can_after_it() -> None:
    sys.modules.pop("this", None)
    with without("this"), pytest.raises(ImportError):
        import this  # noqa: F401
    assert "this" not in sys.modules


def test_a_package_that_is_imported_stays_at_hand() -> None:
    import json

    with without("json"):
        assert sys.modules["json"] is json
    assert sys.modules["json"] is json


def test_bootstrap_and_ensemble_start_no_tensorflow_and_say_nothing() -> None:
    said = subprocess.run(
        [sys.executable, "-c", DRAWN],
        env={"PYTHONPATH": "workflow/scripts"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    assert said.stdout == "tensorflow_probability\n"
