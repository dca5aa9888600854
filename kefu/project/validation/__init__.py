"""Checks how the parts of a project fit together, as far as that needs no training."""

from __future__ import annotations

from collections.abc import Collection

from kefu.project.problems import Problem
from kefu.project.project import Project

__all__ = ["validate"]


def validate(project: Project, parts: Collection[str]) -> list[Problem]:
    return []
