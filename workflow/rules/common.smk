import os
import re
import shlex

SCRIPTS = Path(workflow.basedir) / "workflow" / "scripts"
sys.path.insert(0, str(SCRIPTS))

from canopy.plan.application import Application
from canopy.training.checkpoints import forget_finished
from canopy.errors import CanopyError
from canopy.config.settings import canonical
from canopy.plan.dataset import AUDIO_MEMORY
from canopy.plan.plan import Plan
from canopy.plan.teachers import held_out_folds
from canopy.plan.settings import fold_name
from canopy.runtime.digest import digest
from canopy.plan.provenance.packages import installed
from snakemake.exceptions import WorkflowError

try:
    PLAN = Plan(config, SCRIPTS)
except CanopyError as error:
    raise WorkflowError(str(error))

CONFIG = PLAN.config
RESULTS = CONFIG.results
TABLES = CONFIG.tables
DATA = CONFIG.folder
GENERATED = PLAN.generated
EXPERIMENTS = list(PLAN.experiments)
BOOTSTRAP = CONFIG.evaluation.model_dump()
CONDA = "../../envs/canopy.yaml"

# The dataset is looked at here, where what is wrong with it can be told in plain words: of an error in a function of a
# rule, Snakemake shows the origin too. To fetch the dataset, or to train without test recordings, must be possible.
# To apply a package, nothing but the package and the recordings must be there.
APPLICATION = Application(CONFIG, PLAN.code("apply_shard"))
APPLYING = bool({"apply", "review"} & set(sys.argv))
if workflow.is_main_process and "download" not in sys.argv:
    try:
        if APPLYING:
            APPLICATION.check()
        else:
            PLAN.check("train")
            if PLAN.has_test and os.path.isdir(PLAN.audio_folder("test")):
                PLAN.check("test")
    except CanopyError as error:
        raise WorkflowError(str(error))


wildcard_constraints:
    experiment="|".join(map(re.escape, PLAN.trained)),
    features="|".join(map(re.escape, CONFIG.features)),
    fold="|".join(map(fold_name, PLAN.held_out_sets)),
    subset="train|test|oof|unlabelled",
    shard=r"\d+",


# Snakemake compares a job's parameters with those of its last run, but never those that are functions of the wildcards
# and the input: such are all `paths`. The scripts' folder and the interpreter that runs Snakemake stand in the prefix,
# which is not compared either, so that a moved checkout reruns nothing. Under conda the rule's environment has an
# interpreter of its own.
uses_conda = any(str(method) == "conda" for method in workflow.deployment_settings.deployment_method)
path = "" if uses_conda else f"export PATH={shlex.quote(os.path.dirname(sys.executable))}:$PATH; "
started_by = 'export CANOPY_STARTED_BY="$PPID $$"; '  # see canopy/runtime/watchdog.py
shell.prefix(
    f"set -euo pipefail; {path}{started_by}export CANOPY={shlex.quote(str(SCRIPTS))} PYTHONUNBUFFERED=1 "
    "PYTHONHASHSEED=0 OMP_NUM_THREADS=1; "
)


def planned(function, *arguments):
    """Ask the plan, and turn a user's error into Snakemake's."""
    try:
        return function(*arguments)
    except CanopyError as error:
        raise WorkflowError(str(error))


def print_summary():
    summary = Path(RESULTS) / "summary.txt"
    if summary.exists():
        print(summary.read_text(encoding="utf-8"), file=sys.stderr)


def print_applied():
    recordings = Path(APPLIED) / "recordings.csv"
    if recordings.exists():
        print(f"{recordings} lists the recordings, {APPLIED}/detections/ holds what was found.", file=sys.stderr)
    table = Path(APPLIED) / "review" / "review.csv"
    if "review" in sys.argv and table.exists():
        print(f"{table} is to be filled in, {APPLIED}/review/clips/ holds its clips.", file=sys.stderr)
