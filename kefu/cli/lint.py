"""``kefu lint``: find and mend what is untidy in a project's files."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kefu.cli.group import GreedyOption, KefuCommand
from kefu.cli.options import config_option, data_option, domain_option, logging_options
from kefu.errors import EditRefused

if TYPE_CHECKING:
    from kefu.project.editing.editor import ProjectEditor
    from kefu.project.editing.source import TextEdit
    from kefu.project.lint.findings import Finding

__all__ = ["lint"]

_MOST_ROUNDS = 5
"""Repairs can uncover others; after so many rounds the rest is left for the next run."""


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu lint
        kefu lint --fix --diff                  # show what would be mended, change nothing
        kefu lint --fix
        kefu lint --fix annotations --only lint.unmarked-value
        kefu lint --format github --fail-on-notes
    """,
)
@data_option
@domain_option
@config_option
@click.option(
    "--fix",
    type=click.Choice(["safe", "annotations", "all"]),
    is_flag=False,
    flag_value="safe",
    help="Mend the files: what needs no guess; forgotten annotations of entities; or both.",
)
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option(
    "--only", cls=GreedyOption, metavar="CODE...", help="Look for these problems and no others."
)
@click.option("--ignore", cls=GreedyOption, metavar="CODE...", help="Pass these problems over.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="How problems are printed; github marks the lines of a pull request.",
)
@click.option("--fail-on-warnings", is_flag=True, help="Exit with status 1 if there is a warning.")
@click.option("--fail-on-notes", is_flag=True, help="Exit with status 1 if there is anything.")
@logging_options
@click.pass_context
def lint(ctx: click.Context, /, **values: Any) -> None:
    """Find what is wrong or untidy in the project's files, and mend what a machine can.

    Lists all that 'kefu data validate' does, and besides: values of entities that stand unmarked,
    examples that stand twice, blanks at the ends of lines, missing versions, full-width brackets.
    A comment '# kefu: ignore[code]' at or above a line passes a problem over.
    Exit status: 0 when there is no error, 1 when there is one.
    """
    ctx.exit(_Run(values).status())


class _Run:
    """One run of the command."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values
        self.fix: str | None = values["fix"] or ("safe" if values["diff"] else None)
        self.only: Sequence[str] = values["only"]
        self.ignored: Sequence[str] = values["ignore"]

    def status(self) -> int:
        """Find, mend and print; return the exit status."""
        from kefu.cli.lint_output import print_findings
        from kefu.project.editing.editor import ProjectEditor

        editor = ProjectEditor(domain=self.values["domain"])
        findings = self._find(editor)
        if self.values["diff"]:
            self._stage(self._mendable(findings), editor)
            for change in sorted(editor.changes, key=lambda one: one.name):
                click.echo(change.diff(), nl=False)
            return int(bool(editor.changes))
        fixed: list[Finding] = []
        if self.fix:
            findings, fixed = self._mend(findings, editor)
        print_findings(findings, fixed, self.values["format_"])
        return int(self._fails(findings))

    def _find(self, editor: ProjectEditor) -> list[Finding]:
        from kefu.project.lint.linter import lint as find
        from kefu.project.load import load_project
        from kefu.training.validation import find_problems

        values = self.values
        loaded = load_project(
            config=values["config"],
            domain=values["domain"],
            data=values["data"] or None,
            desk=Path("desk.yml"),
        )
        project = loaded.project or loaded.draft
        if project is None:
            return []
        found = find(project, find_problems(loaded), editor)
        return [one for one in found if self._is_wanted(one.problem.code)]

    def _is_wanted(self, code: str) -> bool:
        def named(by: Sequence[str]) -> bool:
            return any(code == one or code.startswith(one.rstrip("*.") + ".") for one in by)

        return (not self.only or named(self.only)) and not named(self.ignored)

    def _mendable(self, findings: Sequence[Finding]) -> list[Finding]:
        return [one for one in findings if one.is_fixable and self.fix in {one.repair, "all"}]

    def _mend(
        self, findings: list[Finding], editor: ProjectEditor
    ) -> tuple[list[Finding], list[Finding]]:
        fixed: dict[tuple[Any, ...], Finding] = {}
        for _ in range(_MOST_ROUNDS):
            mendable = self._mendable(findings)
            self._stage(mendable, editor)
            if not editor.save():
                break
            findings = self._find(editor)
            left = {_key(one) for one in findings}
            fixed |= {_key(one): one for one in mendable if _key(one) not in left}
        return findings, list(fixed.values())

    @staticmethod
    def _stage(findings: Sequence[Finding], editor: ProjectEditor) -> None:
        """Make the changes that mend findings; what cannot be changed stays among them."""
        by_file: dict[str, list[TextEdit]] = {}
        for one in findings:
            by_file.setdefault(one.problem.place.file, []).extend(one.edits)
        for file, edits in by_file.items():
            with suppress(EditRefused):
                editor.patch(file, edits)
        for one in findings:
            if one.addition:
                wanted = one.addition
                with suppress(EditRefused):
                    editor.add_to_domain(wanted.section, wanted.name, wanted.options)

    def _fails(self, findings: Sequence[Finding]) -> bool:
        grave = {"error"}
        if self.values["fail_on_warnings"]:
            grave.add("warning")
        if self.values["fail_on_notes"]:
            grave |= {"warning", "note"}
        return any(one.problem.severity in grave for one in findings)


def _key(finding: Finding) -> tuple[Any, ...]:
    problem = finding.problem
    # Not the line: other repairs move it.
    return problem.code, problem.place.file, finding.done, problem.message
