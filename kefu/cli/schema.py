"""``kefu schema``: JSON Schemas of a project's files, for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from kefu.cli.group import KefuCommand
from kefu.cli.options import PATH, config_option, data_option, domain_option, logging_options
from kefu.cli.output import say

__all__ = ["schema"]


class _Kind(click.ParamType[str]):
    """The name of a kind of file; the kinds are looked up only when one is given."""

    name = "kind"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name if there is such a kind."""
        from kefu.project.schema import KINDS

        if value not in KINDS:
            self.fail(f"there is no kind {value!r}; possible: {', '.join(KINDS)}", param, ctx)
        return str(value)


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu schema --out .vscode/schemas       # a file for every kind, for VS Code
        kefu schema --kind nlu                  # one of them, printed
        kefu schema                             # all of them, by name
    """,
)
@click.option(
    "--kind", type=_Kind(), metavar="KIND",
    help="domain, training, nlu, stories, rules, tests, config, endpoints, credentials or desk.",
)  # fmt: skip
@click.option("--out", type=PATH, metavar="FOLDER", help="Write a file for each kind into it.")
@data_option
@domain_option
@config_option
@logging_options
def schema(
    kind: str | None,
    out: Path | None,
    data: tuple[Path, ...],
    domain: Path | None,
    config: Path | None,
) -> None:
    """Give the JSON Schemas of the project's files to an editor.

    The editor then completes keys and the names of intents, entities, slots, responses, actions and
    forms, and marks what Kefu would refuse. A project with mistakes gives the names that can be
    read. While 'kefu run --watch' runs, .vscode/schemas is renewed on save.
    """
    from kefu.app.schemas import project_schemas, write_schemas
    from kefu.project.load import load_project

    loaded = load_project(config=config, domain=domain, data=data or None)
    found = project_schemas(loaded.draft)
    if out is not None:
        written = write_schemas(found, out, None if kind is None else [kind])
        say(f"{len(written)} of {1 if kind else len(found)} schemas in {out} are new.")
        return
    shown: Any = found if kind is None else found[kind]
    click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
