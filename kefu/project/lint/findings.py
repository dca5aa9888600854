"""What the linter finds: a problem, and how it is mended where that needs no guess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kefu.project.editing.source import TextEdit
from kefu.project.lint.undeclared import Addition
from kefu.project.problems import Problem

__all__ = ["Finding", "Repair"]

Repair = Literal["safe", "annotations"]
"""``safe`` changes nothing that the author meant; ``annotations`` is a judgement on examples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem with the edits that mend it."""

    problem: Problem
    edits: tuple[TextEdit, ...] = ()
    """Of the file that the problem is in."""
    addition: Addition | None = None
    """What is declared in the domain instead."""
    repair: Repair = "safe"
    done: str = ""
    """What the edits do, in the past tense, for the list of what was mended."""

    @property
    def is_fixable(self) -> bool:
        """Whether a machine can mend it."""
        return bool(self.edits or self.addition)
