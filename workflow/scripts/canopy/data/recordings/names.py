"""What a recording's name tells: where it was recorded, and when.

AudioMoth writes `20240501_060000.WAV` (or `24F319015E4A9AC5_20240501_060000.WAV`), Song Meter
`SITE_20240501_060000.wav` (or `SITE_0+1_20240501_060000.wav`, `SITE_20240501$060000.wav`). With the folder,
which the id of a recording begins with, both come to: a site, a date, a time of day. AudioMoth's first
firmware counts seconds since 1970 in eight hexadecimal digits (`5EB27B80.WAV`). A folder that is a date, of
which AudioMoth makes one a day (`plot 3/20240501/20240501_060000.WAV`), is no part of the site.
"""

import datetime
import re
from collections.abc import Iterable

import pandas as pd

from canopy.data.recordings.ids import FOLDER_MARK
from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import listed

COLUMNS = ("site", "time")
STAMP = r"(?P<date>(?:19|20)[0-9]{6})[_$T-](?P<clock>[0-9]{4}(?:[0-9]{2})?)(?![0-9])"
PATTERNS = (
    re.compile(rf"(?:(?P<site>.*?)(?:[_-]0?[+-]1)?[_-]+)?{STAMP}.*"),
    re.compile(r"(?:(?P<site>.*?)[_-]+)?(?P<epoch>[0-9A-F]{8})"),
)
GROUPS = ("site", "date", "clock", "epoch")
_YEAR, _MONTH, _DAY, _APART = "(?:19|20)[0-9]{2}", "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])", "[-_. ]?"
_DATE = rf"{_YEAR}{_APART}{_MONTH}(?:{_APART}{_DAY})?|{_DAY}[-_. ]{_MONTH}[-_. ]{_YEAR}"
DATED = re.compile(
    rf"(?:{_DATE})(?:[-_ ]+(?:to[-_ ]+)?(?:{_DATE}))?|{_YEAR}(?:{FOLDER_MARK}{_MONTH}(?:{FOLDER_MARK}{_DAY})?)?"
)
"""A folder, or folders in each other, that are a date, a month, a year, or from a date to a date."""
_DATED_FOLDERS = re.compile(rf"(?:^|{FOLDER_MARK})(?:{DATED.pattern})(?={FOLDER_MARK}|$)")


def read_names(recording_ids: Iterable[str], pattern: str | None = None) -> pd.DataFrame:
    r"""Return what recordings' names tell of them.

    Parameters
    ----------
    recording_ids : iterable of str
        Ids; for a recording in a folder, `folder__name`.
    pattern : str, optional
        A regular expression that must match a whole id. Its named groups become columns; `date` (`20240501`) and
        `clock` (`060000` or `0600`) together become `time`. Without one, AudioMoth's and Song Meter's names
        are known.

    Returns
    -------
    pandas.DataFrame
        Indexed by recording_id, sorted: `site`, `time` (`2024-05-01T06:00:00`, as the recorder's clock said)
        and the pattern's other groups, as text; empty where a name does not match.

    Raises
    ------
    CanopyError
        The pattern is no regular expression, names no group, or matches no id.

    Examples
    --------
    >>> read_names(["SMA00380_20200501_071720"]).loc["SMA00380_20200501_071720"].to_dict()
    {'site': 'SMA00380', 'time': '2020-05-01T07:17:20'}
    >>> read_names(["plot 3__20240501__20240501_060000"])["site"].item()
    'plot 3'
    """
    ids = sorted(set(recording_ids))
    patterns = PATTERNS if pattern is None else (_compiled(pattern),)
    others = [name for one in patterns for name in one.groupindex if name not in (*GROUPS, "time")]
    rows = [_told(one, patterns, dated=pattern is None) for one in ids]
    if pattern is not None and ids and not any(rows):
        raise CanopyError(
            f"config: file_names: {pattern!r} matches none of the recordings ({listed(ids, shown=3)}): it must match "
            "a whole id, folders written as `folder__name`, without the extension"
        )
    table = pd.DataFrame(rows, index=pd.Index(ids, name="recording_id"), dtype=object)
    return table.reindex(columns=[*COLUMNS, *dict.fromkeys(others)]).fillna("")


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        found = re.compile(pattern)
    except re.error as error:
        raise CanopyError(f"config: file_names: {pattern!r} is no regular expression: {error}") from None
    if not found.groupindex:
        raise CanopyError(
            f"config: file_names: {pattern!r} names no group: write the site as (?P<site>...), and the time as "
            "(?P<date>[0-9]{8}) and (?P<clock>[0-9]{6})"
        )
    return found


def _told(recording_id: str, patterns: Iterable[re.Pattern[str]], *, dated: bool) -> dict[str, str]:
    for pattern in patterns:
        if match := pattern.fullmatch(recording_id):
            parts = {name: text for name, text in match.groupdict().items() if text is not None}
            if dated and "site" in parts:
                parts["site"] = _DATED_FOLDERS.sub("", parts["site"]).removeprefix(FOLDER_MARK)
            time = _time(parts.pop("date", ""), parts.pop("clock", ""), parts.pop("epoch", ""))
            return {**({"time": time} if time else {}), **parts}
    return {}


def _time(date: str, clock: str, epoch: str) -> str:
    """Return an ISO time, or nothing where the digits are none."""
    try:
        if epoch:
            moment = datetime.datetime.fromtimestamp(int(epoch, 16), datetime.UTC).replace(tzinfo=None)
        else:
            moment = datetime.datetime.strptime(date + clock.ljust(6, "0"), "%Y%m%d%H%M%S")
    except ValueError:
        return ""
    return moment.isoformat()
