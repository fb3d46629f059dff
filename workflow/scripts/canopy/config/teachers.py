"""Which experiment teaches which, and on how many folds less than the others their networks train."""

from collections.abc import Callable, Mapping

from canopy.config.complaints import nearest
from canopy.config.experiment import Experiment
from canopy.runtime.errors import CanopyError


def with_teachers(
    run: Mapping[str, Experiment], named: Mapping[str, object], expand: Callable[[str], Mapping[str, Experiment]]
) -> dict[str, Experiment]:
    """Add to the experiments to run those that teach them, and their teachers.

    Parameters
    ----------
    run : mapping of str to Experiment
        The experiments to run.
    named : mapping of str to object
        All that the configuration names, by the names under `experiments:`.
    expand : callable
        From such a name to the experiments that it stands for, by their full names.

    Returns
    -------
    dict of str to Experiment

    Raises
    ------
    CanopyError
        For a teacher that there is not.
    """
    found = dict(run)
    waiting = list(run)
    for student in waiting:
        teacher = found[student].teacher
        if teacher is None or teacher in found:
            continue
        bases = [base for base in named if teacher == base or teacher.startswith(f"{base}-")]
        more = {full: one for base in bases for full, one in expand(base).items()}
        if teacher not in more:
            raise CanopyError(
                f"config: experiment {student!r} names the teacher {teacher!r}, which `experiments:` lacks"
                f"{nearest(teacher, sorted({*found, *more, *named}))}"
            )
        found[teacher] = more[teacher]
        waiting.append(teacher)
    return found


def check_rounds(experiments: Mapping[str, Experiment], n_folds: int) -> None:
    """Raise a CanopyError where an experiment teaches itself, or where too few folds are left to train a teacher on.

    A student whose labels come from inner folds needs its teacher without two folds; where that one's labels do too,
    the teacher's teacher without three.
    """
    for name in experiments:
        chain, held_out = [name], 1
        while (teacher := experiments[chain[-1]].teacher) is not None:
            held_out += experiments[chain[-1]].pseudo_labels.labelled == "inner"
            if teacher in chain:
                raise CanopyError(
                    f"config: experiment {name!r}: its labels come from itself ({' from '.join([*chain, teacher])}); "
                    f"name another `teacher` for one of them, or null for the first. What stands under `training:` is "
                    "every experiment's"
                )
            chain.append(teacher)
        if held_out >= n_folds:
            raise CanopyError(
                f"config: experiment {name!r}: to label inner folds, the teacher {chain[-1]!r} trains without "
                f"{held_out} folds of {n_folds}, which leaves it nothing; set `splits: n_folds:` to {held_out + 1} or "
                "more, or `pseudo_labels: {labelled: fold}`"
            )
