"""Writes the matrix into docs/staleness.md: `PYTHONPATH=tests:workflow/scripts python -m staleness.document`."""

from pathlib import Path

from staleness.matrix import ALL, ROWS, RULES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "staleness.md"
COMMAND = "PYTHONPATH=tests:workflow/scripts .venv/bin/python -m staleness.document"
BEGIN, END = "<!-- matrix: written by tests/staleness/document.py -->\n", "<!-- end of matrix -->\n"


def matrix() -> str:
    """Return the matrix as a table in Markdown, and its notes."""
    notes: list[str] = []
    lines = [
        f"| change | {' | '.join(RULES.values())} |",
        f"| --- |{' ---: |' * len(RULES)}",
        f"| *all jobs* | {' | '.join(f'*{ALL[rule]}*' for rule in RULES)} |",
    ]
    for row in ROWS:
        name = row.name + (f" (only {row.only.replace('=', ' ')})" if row.only else "")
        if row.why:
            notes.append(f"{len(notes) + 1}. {row.name[0].upper()}{row.name[1:]}: {row.why}\n")
            name += f" [{len(notes)}]"
        lines.append(f"| {name} | {' | '.join(str(row.cells.get(rule, '')) for rule in RULES)} |")
    return "\n".join(lines) + "\n\n" + "".join(notes)


def page() -> str:
    """Return the page with the matrix as it is now."""
    head, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    return head + BEGIN + matrix() + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
