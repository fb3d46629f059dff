"""The rules of the workflow as their files spell them: what follows from a new rule is derived from here."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "workflow" / "rules"
RULE = re.compile(r"^ *rule (\w+):\n(.*?)(?=^ *rule |\Z)", re.MULTILINE | re.DOTALL)


@cache
def bodies() -> Mapping[str, str]:
    """Return the text of each rule that runs a script, by its name."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.smk")))
    return {name: body for name, body in RULE.findall(text) if "shell:" in body}


def script_of(rule: str) -> str:
    """Return the script that a rule runs. One that has several has a main one, of its own name."""
    found = re.search(r'"canopy (\{params\.script\}|\w+) ', bodies()[rule])
    assert found is not None, f"the rule {rule} runs no script by `canopy SCRIPT`"
    return rule if found[1].startswith("{") else found[1]
