"""Puts together what the linter finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from kefu.project.editing.staging import StagedFiles
from kefu.project.lint.annotations import annotation_findings
from kefu.project.lint.findings import Finding
from kefu.project.lint.ignoring import not_ignored
from kefu.project.lint.tidy import TidyMemory, tidiness_findings
from kefu.project.lint.undeclared import TODO, addition_for, additions
from kefu.project.problems import Problem
from kefu.project.project import Project

__all__ = ["lint"]

_SAID_BETTER: Final = frozenset(("version.old", "version.not-text"))
"""Notes of validation that the linter has one for each file of."""
_DECLARE: Final = {
    section: f"add it to the {section!r} of the domain"
    for section in ("intents", "entities", "slots", "actions", "responses")
}


def lint(
    project: Project,
    problems: Iterable[Problem],
    sources: StagedFiles,
    memory: TidyMemory | None = None,
) -> list[Finding]:
    """Return all findings in the order of files and lines.

    Args:
        project: The project, or what could be read of it.
        problems: What reading and validation found.
        sources: The files as they stand on the disk or in an editor, for the edits.
        memory: What single files had, for who looks again and again; completed.
    """
    domain, nlu = project.domain, project.nlu
    found = list(_validated(project, problems))
    found += annotation_findings(nlu, sources)
    entities = {one.entity for example in nlu.examples for one in example.entities}
    found += tidiness_findings(project.files, entities | set(domain.entities), sources, memory)
    found += _unwritten(project)
    found = not_ignored(found, sources)
    return sorted(found, key=lambda one: (one.problem.place, one.problem.code))


def _validated(project: Project, problems: Iterable[Problem]) -> Iterator[Finding]:
    wanted = additions(project)
    for problem in problems:
        addition = addition_for(problem, wanted)
        if addition is not None:
            # The same declaration mends all problems of its name.
            yield Finding(
                problem=replace(
                    problem, advice=f"{_DECLARE[addition.section]}, or run: kefu lint --fix"
                ),
                addition=addition,
                done=f"declared {addition.name!r} in the {addition.section!r} of the domain",
            )
        elif problem.code not in _SAID_BETTER:
            yield Finding(problem=problem)


def _unwritten(project: Project) -> Iterator[Finding]:
    for name, variations in project.domain.responses.items():
        if any(str(one.get("text") or "").startswith(f"{TODO}:") for one in variations):
            yield Finding(
                problem=Problem(
                    place=project.places.of_response(name),
                    severity="warning",
                    code="lint.unwritten-response",
                    message=f"nobody has written yet what {name!r} says",
                    advice=f"write a text in the place of {TODO!r}",
                )
            )
