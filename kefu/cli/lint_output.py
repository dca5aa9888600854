"""What ``kefu lint`` prints: for people, for programs, and for pull requests on GitHub."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import click

from kefu.cli.output import counted, print_problems, say
from kefu.project.lint.findings import Finding
from kefu.project.problems import Problem

__all__ = ["print_findings"]

_OF_GITHUB = {"error": "error", "warning": "warning", "note": "notice"}


def print_findings(findings: Sequence[Finding], fixed: Sequence[Finding], form: str) -> None:
    """Print what was found and what was mended, as ``text``, ``json`` or ``github``."""
    if form == "json":
        body = {"problems": _json(findings), "fixed": _json(fixed)}
        click.echo(json.dumps(body, ensure_ascii=False, indent=2))
        return
    if form == "github":
        for finding in findings:
            click.echo(_github(finding.problem))
        return
    _print_text(findings, fixed)


def _print_text(findings: Sequence[Finding], fixed: Sequence[Finding]) -> None:
    for finding in fixed:
        mark = click.style("fixed:", fg="green", bold=True)
        place = click.style(str(finding.problem.place), bold=True)
        say(f"{place}: {mark} {finding.done} [{finding.problem.code}]")
    print_problems([finding.problem for finding in findings], to_stderr=False)
    if fixed:
        say(f"{counted(len(fixed), 'problem')} mended.")
    by_option = Counter[str](finding.repair for finding in findings if finding.is_fixable)
    for repair, option in (("safe", "--fix"), ("annotations", "--fix annotations")):
        if by_option[repair]:
            say(f"{counted(by_option[repair], 'problem')} can be mended with: kefu lint {option}")
    if not findings and not fixed:
        say(click.style("No problems found", fg="green", bold=True) + ".")


def _json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [
        {
            "file": one.problem.place.file,
            "line": one.problem.place.line,
            "column": one.problem.place.column,
            "severity": one.problem.severity,
            "code": one.problem.code,
            "message": one.problem.message,
            "advice": one.problem.advice,
            "fix": one.repair if one.is_fixable else None,
            "related": [place._asdict() for place in one.problem.related],
        }
        for one in findings
    ]


def _github(problem: Problem) -> str:
    place = problem.place
    where = [f"file={_escaped(place.file)}"]
    where += [f"line={place.line}"] if place.line else []
    where += [f"col={place.column}"] if place.column else []
    where.append(f"title={_escaped(problem.code)}")
    text = f"{problem.message} — {problem.advice}" if problem.advice else problem.message
    return f"::{_OF_GITHUB[problem.severity]} {','.join(where)}::{_escaped(text, in_value=False)}"


def _escaped(text: str, *, in_value: bool = True) -> str:
    """Escape as GitHub's workflow commands want it."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_value else text
