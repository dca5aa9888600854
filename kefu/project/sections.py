"""Which kinds of content a YAML file of a project has, and for which Rasa version it is written."""

from __future__ import annotations

import re
from typing import Final

from kefu.project.problems import Report
from kefu.project.yaml import Document, YamlMap

__all__ = ["DOMAIN_KEYS", "NLU_KEYS", "STORY_KEYS", "accepts_version"]

NLU_KEYS: Final = ("nlu", "responses")
STORY_KEYS: Final = ("stories", "rules")
DOMAIN_KEYS: Final = (
    "intents",
    "entities",
    "slots",
    "forms",
    "actions",
    "responses",
    "e2e_actions",
    "session_config",
)
"""A file in a domain folder that has none of these is no domain file."""

FORMAT_VERSION: Final = (3, 1)
_VERSION: Final = re.compile(r"\s*[\"']?v?(\d+)(?:\.(\d+))?[\d.]*\w*[\"']?\s*$")


def accepts_version(document: Document, root: YamlMap, report: Report) -> bool:
    """Check the ``version`` of a file; False means that the file is for a newer format."""
    if not root.get("version"):
        return True
    version = root["version"]
    place = document.value(root, "version")
    match = _VERSION.match(version) if isinstance(version, str) else None
    if match is None:
        report.note(
            "version.not-text",
            place,
            f"the version {version!r} is not text of the form '3.1'",
            'the file is read as format 3.1; write version: "3.1"',
        )
        return True
    assert isinstance(version, str)
    number = (int(match[1]), int(match[2] or 0))
    if number > FORMAT_VERSION:
        report.note(
            "version.too-new",
            place,
            f"the file is written for the newer format {version}; it is skipped",
            'Kefu reads format 3.1; write version: "3.1" if the file has nothing newer',
        )
        return False
    if number < FORMAT_VERSION:
        report.old_version(version.strip(), place)
    return True
