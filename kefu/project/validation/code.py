"""Names of responses that stand in a project's own actions, which are not run for it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

__all__ = ["names_in_code"]

_NAME: Final = re.compile(r"utter_[\w/\-]+")
_MOST_FILES: Final = 200


def names_in_code(root: Path) -> frozenset[str]:
    """Return every ``utter_…`` that occurs in ``actions.py`` or below ``actions/``."""
    files = [root / "actions.py"]
    folder = root / "actions"
    if folder.is_dir():
        files += sorted(folder.rglob("*.py"))[:_MOST_FILES]
    found: set[str] = set()
    for file in files:
        try:
            found.update(_NAME.findall(file.read_text(encoding="utf-8", errors="replace")))
        except OSError:
            continue
    return frozenset(found)
