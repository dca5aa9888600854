"""docs/reference/problems.md describes every code that a problem can have."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AREAS = (
    "yaml|file|project|version|nlu|story|rule|domain|response|config|endpoints|credentials|desk"
    "|article|lint"
)
IN_CODE = re.compile(rf'"((?:{AREAS})\.[a-z0-9]+(?:-[a-z0-9]+)*)"')
SHAPE = re.compile(r'Shape\((?:self\.)?_?document, (?:self\.)?_?report, "(\w+)"\)')
DOCUMENTED = re.compile(rf"^\| `((?:{AREAS})\.[a-z0-9-]+)` \|", re.MULTILINE)
FILE_NAMES = ("config.yml", "config.yaml", "domain.yml", "domain.yaml", "endpoints.yml")


def codes_in_the_source():
    found = set()
    for part in ("project", "nlu", "policies", "training"):
        for file in (ROOT / "kefu" / part).rglob("*.py"):
            text = file.read_text("utf-8")
            found |= set(IN_CODE.findall(text))
            found |= {f"{area}.wrong-type" for area in SHAPE.findall(text)}
            if ".known_keys(" in text:
                found |= {f"{area}.unknown-key" for area in SHAPE.findall(text)}
    # The keys of steps, slots and forms are checked with the shape of their file.
    found |= {"story.unknown-key", "domain.unknown-key"}
    return {code for code in found if not code.endswith((".yml", ".yaml", ".cfg", ".json"))}


def test_every_code_is_documented_and_every_documented_code_exists():
    text = (ROOT / "docs" / "reference" / "problems.md").read_text("utf-8")
    documented = DOCUMENTED.findall(text)
    assert len(documented) == len(set(documented))
    assert codes_in_the_source() == set(documented)
