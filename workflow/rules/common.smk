import os
import re
import shlex
from collections import Counter

from snakemake.exceptions import WorkflowError

try:
    from canopy.config.settings import canonical
    from canopy.data.audio.fingerprint import MEMORY
    from canopy.config.written import as_written
    from canopy.data.demo.place import check_folder
    from canopy.data.demo.settings import TABLES as DEMO_TABLES
    from canopy.data.download import check_download
    from canopy.detections.corrected import corrected, keep_corrected
    from canopy.detections.review.place import review_page, review_table
    from canopy.runtime.errors import CanopyError
    from canopy.plan.application import Application
    from canopy.plan.held_out import fold_name, held_out_folds
    from canopy.plan.plan import Plan
    from canopy.plan.provenance.packages import installed
    from canopy.plan.search import Search
    from canopy.runtime.digest import digest
    from canopy.runtime.owned import begin_results, check_results
    from canopy.runtime.shell import numbered
    from canopy.training.checkpoints import forget_finished
except ModuleNotFoundError as error:
    raise WorkflowError(
        f"Canopy needs the package {error.name!r}, and the Python that runs Snakemake ({sys.executable}) has none. "
        f"Install what Canopy needs: {sys.executable} -m pip install -r {CHECKOUT / 'envs' / 'requirements.lock'}"
    )

try:
    CONFIG_FILES = [*workflow.configfiles, *workflow.overwrite_configfiles]
    PLAN = Plan(as_written(config, CONFIG_FILES, workflow.config_settings.config_args or []), SCRIPTS)
except CanopyError as error:
    raise WorkflowError(str(error))

CONFIG = PLAN.config
RESULTS = CONFIG.results
TABLES = CONFIG.tables
DATA = CONFIG.folder
GENERATED = PLAN.dataset.generated
EXPERIMENTS = list(PLAN.experiments)
CONDA = "../../envs/canopy.yaml"

# Snakemake removes and writes what lies where outputs go: so their folders are looked at before anything else, whatever
# the command. A folder that holds a file of somebody else's is never written into (canopy/runtime/owned.py).
IMPORTED = not workflow.modifier.is_main_snakefile()
if workflow.is_main_process:
    try:
        if not IMPORTED:  # a workflow that imports this one may write there too
            check_results(RESULTS)
        if GENERATED:
            check_folder(CONFIG.demo, DATA)
        if "download" in sys.argv and not IMPORTED:
            check_download(CONFIG.dataset, CONFIG.competition, DATA)
    except CanopyError as error:
        raise WorkflowError(str(error))

# The dataset is looked at here, where what is wrong with it can be told in plain words: of an error in a function of a
# rule, Snakemake shows the origin too. To fetch the dataset, or to train without test recordings, must be possible.
# To apply a package, nothing but the package and the recordings must be there. Of a workflow that imports this one,
# neither the targets nor the use it makes of the rules is known here.
APPLICATION = Application(CONFIG, PLAN.code("apply_shard"))
SEARCH = Search(CONFIG, APPLICATION)
if workflow.is_main_process and not IMPORTED and "download" not in sys.argv:
    try:
        if "search" in sys.argv:
            SEARCH.check()
        elif {"apply", "review", "recalibrate"} & set(sys.argv):
            if "review" in sys.argv:
                SEARCH.check_unasked()
            APPLICATION.check()
        else:
            PLAN.check("train")
            for line in PLAN.warnings():
                print(line, file=sys.stderr)
            if PLAN.dataset.has_test and os.path.isdir(PLAN.dataset.audio_folder("test")):
                PLAN.check("test")
    except CanopyError as error:
        raise WorkflowError(str(error))


wildcard_constraints:
    experiment="|".join(map(re.escape, PLAN.trained)),
    features="|".join(map(re.escape, CONFIG.features)),
    fold="|".join(map(fold_name, PLAN.teachers.held_out_sets)),
    subset="train|test|oof|unlabelled|background",
    shard=r"\d+",


# Snakemake compares a job's parameters with those of its last run, but never those that are functions of the wildcards
# and the input: such are all `paths`. Nor does it compare the prefix, where the scripts' folder and the interpreter that
# runs Snakemake are, so that a moved checkout reruns nothing. Under conda the rule's environment has an interpreter of
# its own, and so has an image under apptainer. The prefix is that of all rules, also of a workflow that imports this
# one: it changes nothing for them.
methods = {str(method) for method in workflow.deployment_settings.deployment_method}
path = "" if methods & {"conda", "apptainer"} else f"PATH={shlex.quote(os.path.dirname(sys.executable))}:$PATH "
started_by = 'CANOPY_STARTED_BY="$PPID $$" '  # see canopy/runtime/watchdog.py
given = shell._process_prefix if IMPORTED and shell._process_prefix is not None else "set -euo pipefail; "
function = (
    f"canopy() ( {path}{started_by}PYTHONUNBUFFERED=1 PYTHONUTF8=1 PYTHONHASHSEED=0 "
    "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 "
    f"exec python {shlex.quote(str(SCRIPTS))}/"
    '"$1.py" "${@:2}" ); '
)
shell.prefix((given + function).replace("{", "{{").replace("}", "}}"))


def growing(mem_mb):
    """Return a rule's memory in MB: a job that is tried again, perhaps for lack of it, gets as much more each time."""
    return lambda wildcards, attempt: mem_mb * attempt


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


def print_unfinished():
    """Say in one line what is left of a run that has failed or was broken off, and which results are of before."""
    left = [job for job in workflow.dag.needrun_jobs() if job.output]
    finals = ("submission.csv", "summary.txt", "report/index.html", "package/manifest.json")
    old = [path for job in left for path in map(str, job.output) if path in {f"{RESULTS}/{name}" for name in finals}]
    old = sorted(path for path in old if os.path.exists(path))
    rules = Counter(job.rule.name for job in left)
    print(
        f"Not finished: {len(left)} jobs are left ({', '.join(f'{count} {rule}' for rule, count in rules.items())}). "
        + (f"Until then {', '.join(old)} {'are' if len(old) > 1 else 'is'} of the run before. " if old else "")
        + "The same command goes on.",
        file=sys.stderr,
    )


def wanted(*targets):
    """Return whether a run had one of some rules among its targets."""
    return bool({proxy.rule for proxy in targets} & set(workflow.dag.targetrules))


def print_applied():
    recordings = Path(APPLIED) / "recordings.csv"
    if recordings.exists() and not wanted(rules.search):
        print(f"{recordings} lists the recordings, {APPLIED}/detections/ holds what was found.", file=sys.stderr)
    if wanted(rules.review, rules.search):
        print_review()


def print_review():
    table = Path(review_table(APPLICATION.reviews))
    if table.exists():
        page = review_page(APPLICATION.reviews)
        print(f"Judge the clips in {page}, or fill in {table}: {table.parent}/clips/ holds them.", file=sys.stderr)
    else:
        print(f"{table} is gone: `--forcerun cut_review` after the same command begins it anew.", file=sys.stderr)


def corrections():
    """Return the detections that a person changed, such as a selection table that Raven saved in its place."""
    return corrected(f"{APPLIED}/detections") if CONFIG.recordings else []


def keep_corrections():
    """Copy them to the person's own folder, before a job removes them to make them anew."""
    for kept in keep_corrected(f"{APPLIED}/detections", APPLICATION.reviews) if corrections() else []:
        print(f"A file of {APPLIED}/detections was changed by hand; it is kept as {kept}.", file=sys.stderr)
