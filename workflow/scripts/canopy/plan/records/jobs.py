"""What the records need to know of a job of Snakemake's."""

import os
from collections.abc import Mapping
from typing import Any

from canopy.plan.records.compare import COMMAND, ENVIRONMENT
from canopy.plan.records.store import Store
from canopy.runtime.digest import digest

COMMAND_BEGINS = "canopy "


def ours(job: Any, store: Store) -> bool:
    """Whether a job is one of Canopy's rules and belongs to a folder of results."""
    command = job.rule.shellcmd
    if not job.output or command is None or not command.lstrip().startswith(COMMAND_BEGINS):
        return False
    return any(not store.name(str(path)).startswith((os.curdir + os.sep, os.sep)) for path in (*job.output, *job.log))


def outputs(job: Any, store: Store) -> dict[str, str]:
    """Return the paths of what a job makes to stay, by name."""
    return {store.name(str(path)): str(path) for path in job.output if not path.is_temp}


def inputs(job: Any, store: Store) -> dict[str, Any]:
    """Return a job's input files, by name."""
    return {store.name(str(path)): path for path in job.input}


def asked(job: Any, store: Store) -> dict[str, str]:
    """Return the digests of what a job is told, by name: those parameters that Snakemake compares too.

    It compares them without their names. Functions of the input, the output or the resources are left aside: of these,
    the files count. A path in the results counts as its name there.
    """
    rule, params = job.rule, job.params
    told = {
        name: _plain(getattr(params, name), store)
        for name, given in rule.params._allitems()
        if name and not rule._is_deriving_function(given)
    }
    told[COMMAND] = rule.shellcmd
    told[ENVIRONMENT] = job.dag.workflow.persistence._software_stack_hash(job)
    return {name: digest(value) for name, value in told.items()}


def label(job: Any) -> str:
    """Return a job's rule and wildcards, as a person reads them."""
    values = ", ".join(f"{name}={value}" for name, value in job.wildcards_dict.items())
    return f"{job.rule.name} ({values})" if values else str(job.rule.name)


def script(job: Any) -> str:
    """Return the name of the script that a job runs."""
    named: Mapping[str, Any] = dict(job.params.items())
    return str(named["script"]) if "script" in named else str(job.rule.shellcmd.split()[1])


def _plain(value: Any, store: Store) -> Any:
    if isinstance(value, str):
        inside = os.path.normpath(value).startswith(store.results + os.sep)
        return store.name(value) if inside else value
    if isinstance(value, list | tuple):
        return [_plain(one, store) for one in value]
    return value if isinstance(value, int | float | bool | None) else repr(value)
