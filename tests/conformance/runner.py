"""Runs cases, compares them with the recordings, and counts differences that are meant."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.conformance.compare import Difference, PartResult, compare_case
from tests.conformance.player import play_case

HERE = Path(__file__).resolve().parent
FOLDERS = (HERE / "cases", HERE / "cases-more")


@dataclass(slots=True)
class CaseResult:
    """What came of one case."""

    name: str
    parts: list[PartResult] = field(default_factory=list)
    meant: dict[str, str] = field(default_factory=dict)
    """Dialogue -> why it differs on purpose."""
    error: str = ""

    @property
    def failures(self) -> list[PartResult]:
        """Dialogues that differ though they should not."""
        return [p for p in self.parts if p.found["events"] and p.name not in self.meant]

    @property
    def differing(self) -> list[PartResult]:
        """Dialogues that differ on purpose."""
        return [p for p in self.parts if p.found["events"] and p.name in self.meant]

    @property
    def outdated(self) -> list[str]:
        """Dialogues listed as different that are not, or do not exist."""
        differing = {part.name for part in self.differing}
        return [name for name in self.meant if name not in differing]

    @property
    def passed(self) -> bool:
        return not self.error and not self.failures and not self.outdated


def case_folders(names: list[str] | None = None) -> list[Path]:
    """Return the folders of the named cases, or of all; a name may be a path elsewhere."""
    if names:
        return [_folder(name) for name in names]
    return [case.parent for folder in FOLDERS for case in sorted(folder.glob("*/expected.json"))]


def _folder(name: str) -> Path:
    for folder in FOLDERS:
        if (folder / name / "dialogues.yml").exists():
            return folder / name
    return Path(name).resolve()


def meant_differences() -> dict[str, dict[str, str]]:
    """Return case -> dialogue -> reason from differences.yml."""
    entries = yaml.safe_load((HERE / "differences.yml").read_text("utf-8")) or []
    meant: dict[str, dict[str, str]] = {}
    for entry in entries:
        meant.setdefault(entry["case"], {})[entry["dialogue"]] = entry["reason"]
    return meant


def run_case(folder: Path, *, actions_url: str | None = None) -> CaseResult:
    """Play one case and compare it."""
    expected: dict[str, Any] = json.loads((folder / "expected.json").read_text("utf-8"))
    actual = asyncio.run(play_case(folder, actions_url=actions_url))
    parts = compare_case(expected, actual)
    return CaseResult(folder.name, parts, meant_differences().get(folder.name, {}))


def report(result: CaseResult, *, shown: int = 6) -> Iterator[str]:
    """Yield the lines that say what is wrong, then the line of the case."""
    for part in result.failures:
        yield f"FAIL {result.name} :: {part.name}"
        found = part.found["events"]
        yield from (_line(difference) for difference in found[:shown])
        if len(found) > shown:
            yield f"  ... and {len(found) - shown} more"
    for name in result.outdated:
        yield f"FAIL {result.name} :: {name}: listed in differences.yml, but it does not differ"
    if result.error:
        yield f"FAIL {result.name}: {result.error}"
        return
    equal = len(result.parts) - len(result.failures) - len(result.differing)
    line = f"{'ok  ' if result.passed else 'FAIL'} {result.name}: {equal}/{len(result.parts)}"
    meant = len(result.differing)
    yield f"{line}, {meant} better on purpose" if meant else line


def _line(difference: Difference) -> str:
    path, expected, actual = difference
    return f"  {path}\n      expected {_short(expected)}\n      actual   {_short(actual)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= 300 else text[:297] + "..."
