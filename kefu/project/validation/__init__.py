"""Checks how the parts of a project fit together, as far as that needs no training.

Contradictions between stories and rules are found by :mod:`kefu.policies`, what pipeline and
policies name by their own registries.
"""

from __future__ import annotations

from collections.abc import Collection

from kefu.project.problems import Problem, Report
from kefu.project.project import Project
from kefu.project.validation.code import names_in_code
from kefu.project.validation.config import check_config
from kefu.project.validation.desk import check_desk
from kefu.project.validation.domain import check_domain
from kefu.project.validation.forms import check_forms
from kefu.project.validation.nlu import check_nlu
from kefu.project.validation.responses import check_responses
from kefu.project.validation.sentiments import check_sentiments
from kefu.project.validation.stories import Usage, check_stories
from kefu.project.validation.usage import check_usage
from kefu.project.validation.verification import check_verification

__all__ = ["validate"]


def validate(project: Project, parts: Collection[str]) -> tuple[Problem, ...]:
    """Return what does not fit in a project of which only ``parts`` have been read."""
    report = Report()
    has_domain = "domain" in parts and bool(project.domain.data)
    usage = Usage()
    in_code: Collection[str] = ()
    if has_domain:
        check_domain(project, report)
        check_forms(project, report)
        in_code = names_in_code(project.root)
        check_responses(project, in_code, report)
        check_desk(project, report)
    if "nlu" in parts:
        check_nlu(project, report, has_domain=has_domain)
        check_sentiments(project, report, has_config="config" in parts)
    if "stories" in parts and has_domain:
        usage = check_stories(project, report)
        check_verification(project, usage, report)
    if has_domain and {"nlu", "stories"} <= set(parts):
        check_usage(project, usage, in_code, report)
    if "config" in parts:
        check_config(project, report)
    return report.sorted()
