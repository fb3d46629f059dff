import os
import re
import shlex

SCRIPTS = Path(workflow.basedir) / "workflow" / "scripts"
sys.path.insert(0, str(SCRIPTS))

from canopy.errors import CanopyError
from canopy.plan import Plan
from canopy.provenance import digest
from canopy.config.settings import canonical
from snakemake.exceptions import WorkflowError

try:
    PLAN = Plan(config, SCRIPTS)
except CanopyError as error:
    raise WorkflowError(str(error))

CONFIG = PLAN.config
RESULTS = CONFIG.results
EXPERIMENTS = list(PLAN.experiments)
BOOTSTRAP = CONFIG.evaluation.model_dump()
CONDA = "../../envs/canopy.yaml"


wildcard_constraints:
    experiment="|".join(map(re.escape, EXPERIMENTS)),
    features="|".join(map(re.escape, CONFIG.features)),
    fold="|".join(map(str, PLAN.folds)),
    subset="train|test|oof",
    shard=r"\d+",


# The scripts' folder and the interpreter that runs Snakemake: not part of any job's fingerprint, so that a moved
# checkout reruns nothing. Under conda the rule's environment has an interpreter of its own.
uses_conda = any(str(method) == "conda" for method in workflow.deployment_settings.deployment_method)
path = "" if uses_conda else f"export PATH={shlex.quote(os.path.dirname(sys.executable))}:$PATH; "
shell.prefix(
    f"set -euo pipefail; {path}export CANOPY={shlex.quote(str(SCRIPTS))} PYTHONUNBUFFERED=1 "
    "PYTHONHASHSEED=0 OMP_NUM_THREADS=1; "
)


def planned(function, *arguments):
    """Ask the plan, and turn a user's error into Snakemake's."""
    try:
        return function(*arguments)
    except CanopyError as error:
        raise WorkflowError(str(error))


def shard_arrays(features, subset, suffix=".npy"):
    shards = planned(PLAN.shards, subset)
    return [f"{RESULTS}/features/{features}/{subset}/{shard}{suffix}" for shard in shards]


def experiment_shards(suffix):
    """Return an input function: the shards that a fold of an experiment reads, test's or train's."""

    def shards(wildcards):
        subset = "test" if wildcards.get("subset") == "test" else "train"
        return shard_arrays(PLAN.experiments[wildcards.experiment].features, subset, suffix)

    return shards


def per_fold(name):
    """Return all folds' files of one experiment and subset."""
    return [f"{RESULTS}/experiments/{{experiment}}/fold{fold}/{name}" for fold in PLAN.folds]


def per_experiment(name):
    return [f"{RESULTS}/experiments/{experiment}/{name}" for experiment in EXPERIMENTS]


def print_summary():
    summary = Path(RESULTS) / "summary.txt"
    if summary.exists():
        print(summary.read_text(encoding="utf-8"), file=sys.stderr)
