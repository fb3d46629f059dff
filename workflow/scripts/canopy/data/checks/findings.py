"""The table of findings, and the list of what was looked at."""

from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

Severity = Literal["alarm", "warning", "note"]
COLUMNS = ["severity", "check", "recording_id", "other_id", "species", "value", "message"]
SEVERITIES: tuple[Severity, ...] = ("alarm", "warning", "note")


@dataclass
class Findings:
    """Findings as they come, and how many things each check looked at.

    An alarm says that scores are too good: the same audio on both sides of a split. A warning asks for a look; a note
    is worth knowing.
    """

    rows: list[dict[str, object]] = field(default_factory=list)
    looked_at: dict[str, int] = field(default_factory=dict)

    def add(
        self,
        severity: Severity,
        check: str,
        message: str,
        *,
        recording_id: str = "",
        other_id: str = "",
        species: str = "",
        value: float = float("nan"),
    ) -> None:
        """Add a finding; `value` is the number that the message rests on."""
        values = (severity, check, recording_id, other_id, species, value, message)
        self.rows.append(dict(zip(COLUMNS, values, strict=True)))

    def look(self, check: str, n: int) -> None:
        """Say that a check looked at `n` things."""
        self.looked_at[check] = self.looked_at.get(check, 0) + n

    def table(self) -> pd.DataFrame:
        """Return all findings, the gravest first."""
        table = pd.DataFrame(self.rows, columns=COLUMNS)
        rank = table.severity.map({name: number for number, name in enumerate(SEVERITIES)})
        order = ["rank", "check", "recording_id", "other_id", "species"]
        return table.assign(rank=rank).sort_values(order, kind="stable", ignore_index=True)[COLUMNS]

    def checks(self) -> pd.DataFrame:
        """Return one row per check: check, looked_at, alarms, warnings, notes."""
        counts = pd.crosstab(
            pd.Series([row["check"] for row in self.rows], dtype=object),
            pd.Series([row["severity"] for row in self.rows], dtype=object),
        )
        counts = counts.reindex(index=list(self.looked_at), columns=list(SEVERITIES), fill_value=0)
        return pd.DataFrame(
            {
                "check": list(self.looked_at),
                "looked_at": list(self.looked_at.values()),
                **{f"{name}s": counts[name].to_numpy(int) for name in SEVERITIES},
            }
        )
