"""Looks at the jobs of a plan: which are as their records say, which must run, and which need not after all."""

import os
import time
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from canopy.plan.records import compare, jobs
from canopy.plan.records.code_on_disk import CodeOnDisk
from canopy.plan.records.compare import Change
from canopy.plan.records.contents import Contents
from canopy.plan.records.record import Content, Record
from canopy.plan.records.store import Store

WAITED_FOR = Content(0, 0, "")
"""What is recorded of an input that a job only waits for: its parameters say what it depends on."""


class Began(NamedTuple):
    """What was there as a job began: the time, what it reads, and when the files of its code were written."""

    at_ns: int
    read: dict[str, Content]
    files: dict[str, int]


@dataclass
class Verdict:
    """What is known of a job before anything runs.

    Attributes
    ----------
    record : Record or None
    changes : list of Change
        All that has changed since it ran.
    whole : bool
        Whether all that it makes is there.
    sure : bool
        False where what is asked of it could not be told.
    found : dict of str to Content or None
        What there is of what it makes.
    """

    record: Record | None
    changes: list[Change] = field(default_factory=list)
    whole: bool = True
    sure: bool = True
    found: dict[str, Content | None] = field(default_factory=dict)


class Recorder:
    """The records of one folder of results, and the jobs of one run of Snakemake.

    Jobs, their graph and its memory are Snakemake's own objects.

    Parameters
    ----------
    results : path-like
    scripts : path-like
        The folder of the rules' scripts.
    """

    def __init__(self, results: str | os.PathLike[str], scripts: str | os.PathLike[str]) -> None:
        self.store = Store(results)
        self.staying: set[Any] = set()
        """Jobs that do not run because nothing has changed."""
        self.refused: set[Any] = set()
        """Jobs that do not run because their code is no longer the planned one."""
        self.complaint = ""
        """Why a record could not be kept."""
        self._code = CodeOnDisk(scripts)
        self._contents = Contents()
        self._verdicts: dict[Any, Verdict] = {}
        self._recorded: dict[str, Content] = {}
        self._made: set[Any] = set()
        self._began: dict[Any, Began] = {}

    def ours(self, job: Any) -> bool:
        """Whether a job belongs to these results."""
        return job in self._verdicts or jobs.ours(job, self.store)

    # Before anything runs.

    def look(self, dag: Any) -> None:
        """Judge all jobs that were not judged before, each after those that it rests on."""
        for level in dag.toposorted():
            for job in level:
                if job not in self._verdicts and self.ours(job):
                    self._verdicts[job] = self._judge(job, dag)

    def _judge(self, job: Any, dag: Any) -> Verdict:
        made = jobs.outputs(job, self.store)
        record = self.store.read(str(job.output[0]))
        if record is None:
            missing = [Change(compare.MISSING, path) for path in made.values() if not os.path.exists(path)]
            return Verdict(None, missing, whole=not missing)
        found = {name: self._contents.of(path, record.outputs.get(name)) for name, path in made.items()}
        changes = compare.in_outputs(made, record, found)
        verdict = Verdict(record, changes, whole=not changes, found=found)
        if record.done:
            self._recorded.update(record.outputs)
            try:
                told = jobs.asked(job, self.store)
            except Exception:  # whatever a function of a rule raises, Snakemake tells it if the job is to run
                verdict.sure = False
            else:
                verdict.changes = [*changes, *compare.in_doubt(record), *compare.in_asked(record, told)]
                verdict.changes += self._in_inputs(job, dag, record)
        return verdict

    def _in_inputs(self, job: Any, dag: Any, record: Record) -> list[Change]:
        """Compare what a job reads, but for what will be made anew before it runs."""
        unsettled = {
            str(path) for above, paths in dag.dependencies[job].items() if self._changes(above) for path in paths
        }
        read = jobs.inputs(job, self.store)
        found = {name: self._input(name, path) for name, path in read.items() if str(path) not in unsettled}
        return compare.in_inputs(record, read, found)

    def _changes(self, job: Any) -> list[Change]:
        return self._verdicts[job].changes if job in self._verdicts else []

    def reasons(self, job: Any, triggers: Collection[str], memory: Any) -> tuple[list[str], list[str]]:
        """Return why a job must run: its outputs that are missing, and other reasons in words.

        Parameters
        ----------
        job : snakemake.jobs.Job
            One that was judged.
        triggers : collection of str
            Those of Snakemake's triggers that count.
        memory : snakemake.persistence.PersistenceBase
        """
        verdict = self._verdicts[job]
        missing = [change.text for change in verdict.changes if change.kind == compare.MISSING]
        told = [change.text for change in verdict.changes if change.kind in (compare.ALWAYS, *triggers)]
        if verdict.record is None and verdict.whole and not memory.has_metadata(job):
            told.append(compare.UNKNOWN)
        return missing, list(dict.fromkeys(told))

    def current(self, job: Any) -> bool:
        """Whether a job's record says that nothing has changed, whatever the times of files say."""
        verdict = self._verdicts.get(job)
        return verdict is not None and verdict.record is not None and verdict.sure and not verdict.changes

    # Before the first job runs.

    def adopt(self, dag: Any) -> None:
        """Record what was made before there were records and is remembered by Snakemake; note new times of files."""
        for job, verdict in self._verdicts.items():
            if verdict.record is None:
                if verdict.whole and not dag.needrun(job) and _remembered(job, dag.workflow.persistence):
                    self._keep(job, self._done(job, self._read(job)))
            elif self.current(job):
                known = verdict.record.outputs
                same = {name: now for name, now in verdict.found.items() if now and now.digest == known[name].digest}
                if any(now != known[name] for name, now in same.items()):
                    self._keep(job, replace(verdict.record, outputs={**known, **same}))

    # As jobs run.

    def unchanged(self, job: Any) -> bool:
        """Whether a job that is about to run would make what is there: all that it rests on is as recorded."""
        record = self.store.read(str(job.output[0]))
        if record is None or record.doubts or not all(os.path.exists(path) for path in job.output):
            return False
        made, read = jobs.outputs(job, self.store), jobs.inputs(job, self.store)
        found = {name: self._contents.of(path, record.outputs.get(name)) for name, path in made.items()}
        there = {name: self._input(name, path) for name, path in read.items()}
        if None in there.values():
            return False
        changes = compare.in_outputs(made, record, found) + compare.in_asked(record, jobs.asked(job, self.store))
        return not changes and not compare.in_inputs(record, read, there)

    def refuses(self, job: Any) -> bool:
        """Whether a job must not run: its code is no longer the one that it was planned with."""
        if self._code.differs(jobs.script(job), job.params.code):
            self.refused.add(job)
        return job in self.refused

    def begin(self, job: Any) -> None:
        """Record that a job begins; what it is about to read and to run is kept in mind."""
        self._began[job] = Began(time.time_ns(), self._read(job), self._code.files(jobs.script(job)))
        self._keep(job, Record(job.rule.name, done=False))

    def end(self, job: Any) -> None:
        """Record that a job has ended well."""
        read, began, doubts = self._read(job), self._began.pop(job, None), []
        if began is not None:
            doubts += [f"{os.path.basename(name)} was written" for name in read if began.read.get(name) != read[name]]
            if self._code.written_since(jobs.script(job), began.files, began.at_ns):
                doubts.append("its code was written")
        old = self._old(job)
        if old is not None:
            doubts.append(f"{os.path.basename(old)} was out of date")
        self._made.add(job)
        self._keep(job, self._done(job, read, tuple(doubts[:1])))

    def stay(self, job: Any) -> None:
        """Record that a job did not run because nothing had changed: its files have new times."""
        self._made.add(job)
        self._keep(job, self._done(job, self._read(job)))

    def _old(self, job: Any) -> str | None:
        """Return a file that a job waited for, but that was not made anew though it, or what it rests on, had to be."""
        known: dict[Any, bool] = {}
        for above, paths in job.dag.dependencies[job].items():
            waited = next((str(path) for path in paths if path.is_ancient), None)
            if waited is not None and self._rests_on_old(above, known):
                return waited
        return None

    def _rests_on_old(self, job: Any, known: dict[Any, bool]) -> bool:
        if job not in known:
            known[job] = job not in self._made and bool(self._changes(job))
            known[job] = known[job] or any(self._rests_on_old(above, known) for above in job.dag.dependencies[job])
        return known[job]

    # Records.

    def _input(self, name: str, path: Any) -> Content | None:
        """Return what a job reads. A folder counts as it was made: what a person changed in it is kept elsewhere."""
        if path.is_ancient:
            return WAITED_FOR
        known = self._recorded.get(name)
        return known if known is not None and os.path.isdir(path) else self._contents.of(path, known)

    def _read(self, job: Any) -> dict[str, Content]:
        found = {name: self._input(name, path) for name, path in jobs.inputs(job, self.store).items()}
        return {name: WAITED_FOR if content is None else content for name, content in found.items()}

    def _done(self, job: Any, read: dict[str, Content], doubts: tuple[str, ...] = ()) -> Record:
        found = {name: self._contents.of(path) for name, path in jobs.outputs(job, self.store).items()}
        made = {name: content for name, content in found.items() if content is not None}
        return Record(job.rule.name, True, jobs.asked(job, self.store), read, made, doubts)

    def _keep(self, job: Any, record: Record) -> None:
        if record.done:
            self._recorded.update(record.outputs)
        try:
            self.store.write(str(job.output[0]), record)
        except OSError as error:
            self.complaint = f"{self.store.folder} cannot be written ({error.strerror or error})"
            self.store.forget(str(job.output[0]))


def _remembered(job: Any, memory: Any) -> bool:
    """Whether Snakemake remembers a job, with the parameters, the command and the input that it has now."""
    if not memory.has_metadata(job) or memory.params_changed(job):
        return False
    return not any((*memory.code_changed(job), *memory.input_changed(job)))
