# Where the files of this workflow are: in this checkout, or in Snakemake's copy of another one.

import contextlib
import os
import shutil
import tempfile


def checkout_of(rules):
    """Return the folder that holds the workflow, to whose rules' folder the path is given.

    Where it is imported from a host such as GitHub, Snakemake gets no files but those that it is named: the others are
    taken from its copy of the repository, once for each commit.
    """
    if not hasattr(rules, "hosted_repo"):
        return Path(rules.get_path_or_uri(secret_free=True)).parents[1]
    repository = rules.hosted_repo.repo
    commit = repository.commit(rules.ref).hexsha
    folder = rules.cache_path / "canopy" / commit
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            repository.git.archive(commit, "workflow/scripts", "envs", "config.yaml", output=f"{temporary}/files.tar")
            shutil.unpack_archive(f"{temporary}/files.tar", f"{temporary}/files")
            with contextlib.suppress(OSError):  # another process was quicker
                os.rename(f"{temporary}/files", folder)
    return folder


CHECKOUT = checkout_of(workflow.current_basedir)
SCRIPTS = CHECKOUT / "workflow" / "scripts"
DEFAULTS = "config.yaml" if os.path.exists("config.yaml") else os.fspath(CHECKOUT / "config.yaml")
sys.path.insert(0, str(SCRIPTS))
