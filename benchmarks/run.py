"""All benchmarks one after another, and their figures in docs/benchmarks.md: `make bench`."""

import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.data import REPOSITORY

NAMES = ("features", "embedding", "pipeline", "training", "prediction", "exported", "planning", "growth")
PAGE = REPOSITORY / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"


def figure(value: float) -> str:
    """Return a number with three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def table(found: dict[str, Any]) -> str:
    """Return the section of one benchmark in Markdown."""
    lines = [f"### {found['title']}", "", "| | median | least | most | budget |", "| --- | --- | --- | --- | --- |"]
    for row in found["rows"]:
        unit = f" {row['unit']}" if row["unit"] else ""
        verdict = ""
        if row["budget"]:
            sign, limit = row["budget"].split()
            met = row["median"] >= float(limit) if sign == ">=" else row["median"] <= float(limit)
            verdict = f"{'at least' if sign == '>=' else 'at most'} {limit}: {'met' if met else '**missed**'}"
        numbers = " | ".join(f"{figure(row[key])}{unit}" for key in ("median", "low", "high"))
        lines.append(f"| {row['what']} | {numbers} | {verdict} |")
    return "\n".join([*lines, "", *found["notes"], ""])


def main() -> None:
    sections = []
    with tempfile.TemporaryDirectory() as name:
        for benchmark in NAMES:
            path = Path(name) / f"{benchmark}.json"
            subprocess.run([sys.executable, "-m", f"benchmarks.{benchmark}", "--json", str(path)], check=True)
            sections.append(table(json.loads(path.read_text(encoding="utf-8"))))
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    measured = f"Measured on {when}, on {machine.description()}\n\n" + "\n".join(sections)
    PAGE.write_text(before + BEGIN + "\n" + measured + "\n" + END + after, encoding="utf-8")
    print(f"written to {PAGE.relative_to(REPOSITORY)}")


if __name__ == "__main__":
    main()
