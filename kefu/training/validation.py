"""Everything that can be found wrong in a project without training it."""

from __future__ import annotations

import pickle
from collections.abc import Iterable

from kefu.model.metadata import Training
from kefu.project.problems import Problem, Report
from kefu.project.project import LoadedProject, Project

__all__ = ["ContradictionMemory", "find_problems"]


class ContradictionMemory:
    """The contradictions of the stories that were looked at last, for who looks again and again."""

    def __init__(self) -> None:
        self._of = b""
        self._found: list[Problem] = []

    def find(self, project: Project, max_history: int | None) -> Iterable[Problem]:
        """Return the contradictions of a project; nothing is done if it has the same stories."""
        # As bytes, as 1 and true are equal.
        of = pickle.dumps((project.stories, project.domain.data, project.config, max_history))
        if self._of != of:
            self._found = list(_contradictions(project, max_history))
            self._of = of
        return self._found


def find_problems(
    loaded: LoadedProject,
    *,
    what: Training = "both",
    max_history: int | None = None,
    allow_missing_components: bool = False,
    only_stories: bool = False,
    memory: ContradictionMemory | None = None,
) -> list[Problem]:
    """Return all problems of a project, those of reading included, by file and line.

    Args:
        loaded: What came of reading it.
        what: Leave out what does not matter for training only understanding, or only dialogue.
        max_history: Turns that the search for contradictions between stories compares.
        allow_missing_components: Components that cannot be had are warnings only.
        only_stories: Look at nothing but stories and rules.
        memory: What was found last; completed.
    """
    report = Report()
    report.extend(loaded.problems)
    project = loaded.project or loaded.draft
    if project is not None:
        if what != "core" and not only_stories:
            report.extend(_pipeline_problems(project, allow_missing=allow_missing_components))
        if what != "nlu":
            report.extend(_policy_problems(project, allow_missing=allow_missing_components))
            if not report.has_errors:
                memory = memory or ContradictionMemory()
                report.extend(memory.find(project, max_history))
    return list(report.sorted())


def _pipeline_problems(project: Project, *, allow_missing: bool) -> Iterable[Problem]:
    from kefu.nlu.training import check_pipeline  # noqa: PLC0415 - loads the learners

    return check_pipeline(project.config, allow_missing_components=allow_missing, root=project.root)


def _policy_problems(project: Project, *, allow_missing: bool) -> Iterable[Problem]:
    from kefu.policies.registry import policy_problems  # noqa: PLC0415 - loads the learners

    return policy_problems(
        project.config, allow_missing_components=allow_missing, domain=project.domain
    )


def _contradictions(project: Project, max_history: int | None) -> Iterable[Problem]:
    from kefu.policies.contradictions import (  # noqa: PLC0415 - loads the learners
        find_contradictions,
    )

    return find_contradictions(
        project.stories, project.domain, project.config, max_history=max_history
    )
