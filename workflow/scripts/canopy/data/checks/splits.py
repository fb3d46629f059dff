"""The same audio, or the same site, on both sides of a split."""

from collections.abc import Collection, Mapping, Sequence

from canopy.data.checks.copies import Copy
from canopy.data.checks.findings import Findings, Severity

COPIES = "copied audio"
SITES = "groups across folds"


def check_hashes(contents: Mapping[str, str], sides: Mapping[str, str], findings: Findings) -> set[tuple[str, str]]:
    """Report recordings whose files hold the same samples.

    Parameters
    ----------
    contents : mapping of str to str
        A fingerprint of each recording's samples.
    sides : mapping of str to str
        The fold of each recording (`fold 0`), or `test`; those without a fold are in `train`.
    findings : Findings

    Returns
    -------
    set of (str, str)
        The pairs that were reported, each in order.
    """
    findings.look(COPIES, len(contents))
    same: dict[str, list[str]] = {}
    for name in sorted(contents):
        same.setdefault(contents[name], []).append(name)
    reported = set()
    for first, *others in same.values():
        for other in others:
            reported.add((first, other))
            severity, where = _across(first, other, sides)
            findings.add(
                severity,
                COPIES,
                f"{first} and {other} hold the same samples, {where}: remove one, or give them one group",
                recording_id=first,
                other_id=other,
                value=1.0,
            )
    return reported


def check_copies(
    copies: Sequence[Copy], sides: Mapping[str, str], findings: Findings, *, known: Collection[tuple[str, str]] = ()
) -> None:
    """Report pairs of recordings that sound the same, but for those that are `known`."""
    for copy in copies:
        if (copy.first, copy.second) in known:
            continue
        severity, where = _across(copy.first, copy.second, sides)
        findings.add(
            severity,
            COPIES,
            f"{copy.first} and {copy.second} hold the same sound for {copy.overlap_s:.1f} s, the second "
            f"{abs(copy.shift_s):.2f} s {'later' if copy.shift_s < 0 else 'earlier'} and {abs(copy.louder_db):.1f} dB "
            f"{'louder' if copy.louder_db >= 0 else 'softer'} (likeness {copy.likeness:.2f}), {where}: listen, and "
            "remove one or give them one group",
            recording_id=copy.first,
            other_id=copy.second,
            value=copy.likeness,
        )


def check_groups(groups: Mapping[str, str], sides: Mapping[str, str], column: str, findings: Findings) -> None:
    """Report groups, such as sites, whose recordings are in several folds, and those in training and test.

    Parameters
    ----------
    groups : mapping of str to str
        The group of each recording; an empty one is not known.
    sides : mapping of str to str
        As in `check_hashes`.
    column : str
        Where the groups come from.
    findings : Findings
    """
    members: dict[str, dict[str, list[str]]] = {}
    for name in sorted(set(groups) & set(sides)):
        if groups[name]:
            members.setdefault(groups[name], {}).setdefault(sides[name], []).append(name)
    findings.look(SITES, len(members))
    for group, by_side in members.items():
        folds = sorted(side for side in by_side if side.startswith("fold"))
        if len(folds) > 1:
            findings.add(
                "warning",
                SITES,
                f"{column} {group} has recordings in {', '.join(folds)}: scores out of fold hold for places that were "
                f"trained on; set `splits: {{group: {column}}}` to ask about new ones",
                recording_id=by_side[folds[0]][0],
                value=len(folds),
            )
        if folds and "test" in by_side:
            findings.add(
                "note",
                SITES,
                f"{column} {group} has recordings in training and in test: test scores hold for places that were "
                "trained on",
                recording_id=by_side["test"][0],
                value=len(by_side["test"]),
            )


def _across(first: str, second: str, sides: Mapping[str, str]) -> tuple[Severity, str]:
    one, two = sides.get(first, "train"), sides.get(second, "train")
    if one == two:
        return "warning", f"both in {one}"
    return "alarm", f"one in {one}, one in {two}"
