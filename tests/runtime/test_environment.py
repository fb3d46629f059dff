"""What a person's shell and home folder say changes no result."""

import json
import os
import subprocess
import sys
from pathlib import Path

from canopy.runtime.environment import pin

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
JOB = """
import json, os
from canopy.config.compute import Compute
from canopy.runtime.devices import prepare
print(prepare(Compute(threads=1), gpu=False))
import keras
print(json.dumps([keras.backend.backend(), keras.config.floatx(), keras.config.epsilon(),
                  keras.config.image_data_format(), keras.config.max_epochs(), sorted(os.environ)]))
"""


def test_variables_that_change_a_result_are_taken_away_and_others_stay() -> None:
    kept = {"HOME": "/a", "KERAS_HOME": "/weights", "TF_FORCE_GPU_ALLOW_GROWTH": "true", "TF_CLI_ARGS": "-no-color"}
    taken = {
        "KERAS_MAX_EPOCHS": "1",
        "NVIDIA_TF32_OVERRIDE": "0",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "TF_USE_LEGACY_KERAS": "1",
        "XLA_FLAGS": "--xla_cpu_enable_fast_math=true",
    }
    environment = {**kept, **taken, "KERAS_BACKEND": "jax"}
    assert pin(environment) == sorted(taken)
    assert environment == {**kept, "KERAS_BACKEND": "tensorflow"}
    assert pin(environment) == []


def test_a_job_under_a_strange_shell_and_home_computes_as_everywhere(tmp_path: Path) -> None:
    told = {"backend": "jax", "floatx": "float16", "epsilon": 1e-3, "image_data_format": "channels_first"}
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_text(json.dumps(told))
    strange = {"KERAS_BACKEND": "torch", "KERAS_MAX_EPOCHS": "1", "TF_ENABLE_ONEDNN_OPTS": "0", "LC_ALL": "tr_TR"}
    environment = {**os.environ, **strange, "HOME": str(tmp_path), "PYTHONPATH": str(SCRIPTS)}
    environment.pop("KERAS_HOME", None)
    ran = subprocess.run([sys.executable, "-c", JOB], env=environment, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    first, last = ran.stdout.strip().splitlines()
    assert first.endswith("; not heard: KERAS_MAX_EPOCHS, TF_ENABLE_ONEDNN_OPTS")
    *set_by_keras, left = json.loads(last)
    assert set_by_keras == ["tensorflow", "float32", 1e-7, "channels_last", None]
    assert not {"KERAS_MAX_EPOCHS", "TF_ENABLE_ONEDNN_OPTS"} & set(left)
