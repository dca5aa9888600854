"""Puts together what the linter finds."""

from __future__ import annotations

from collections.abc import Iterable

from kefu.project.lint.annotations import annotation_findings
from kefu.project.lint.findings import Finding
from kefu.project.lint.sources import Sources
from kefu.project.problems import Problem
from kefu.project.project import Project

__all__ = ["lint"]


def lint(project: Project, problems: Iterable[Problem], sources: Sources) -> list[Finding]:
    """Return all findings in the order of files and lines.

    Args:
        project: The project, or what could be read of it.
        problems: What reading and validation found.
        sources: The files as they stand on the disk, for the edits.
    """
    found = [Finding(problem=problem) for problem in problems]
    found += annotation_findings(project.nlu, sources)
    return sorted(found, key=lambda one: (one.problem.place, one.problem.code))
