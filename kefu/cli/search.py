"""``kefu search``: the index behind the search of the workbench."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import click

from kefu.cli.group import KefuCommand, KefuGroup
from kefu.cli.options import endpoints_option, logging_options

__all__ = ["rebuild", "search", "show_state"]

COMMANDS = {
    "status": ("kefu.cli.search:show_state", "Tell how far the index is."),
    "rebuild": ("kefu.cli.search:rebuild", "Throw the index away and make it anew."),
}
_BATCH = 500


@click.group(
    cls=KefuGroup,
    commands_at=COMMANDS,
    epilog="""
        kefu search status
        kefu search rebuild
    """,
)
def search() -> None:
    """The index of the search. The server may be running meanwhile."""


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu search status
    """,
)
@endpoints_option
@logging_options
def show_state(endpoints: Path) -> None:
    """Tell how much of what was said can be found."""

    async def work(storage: Any) -> None:
        state = await storage.search.state()
        behind = max(0, state.end - state.cursor)
        if state.is_complete:
            click.echo(f"The search index is up to date ({state.end} entries of the log).")
        else:
            click.echo(
                f"The search index is {behind} of {state.end} entries and {state.customers} "
                f"customers behind; a running server takes them in."
            )

    _run(endpoints, work)


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu search rebuild
    """,
)
@endpoints_option
@logging_options
def rebuild(endpoints: Path) -> None:
    """Throw the index away, damaged or not, and make it anew from what was said.

    Until it is done, the search finds only a part; everything else goes on. If it is interrupted,
    a running server goes on with it, and so does the next one that is started.
    """

    async def work(storage: Any) -> None:
        await storage.search.clear()
        end = (await storage.search.state()).end
        with click.progressbar(length=max(end, 1), label="Taking in what was said") as bar:
            done = 0
            while True:
                is_more = await storage.search.advance(_BATCH)
                state = await storage.search.state()
                bar.update(max(0, min(state.cursor, end) - done))
                done = max(done, min(state.cursor, end))
                if state.is_complete or (not is_more and state.cursor >= end):
                    break
        click.echo("The search index is made anew.")

    _run(endpoints, work)


def _run(endpoints: Path, work: Callable[[Any], Awaitable[None]]) -> None:
    from kefu.app.search import search_of_project
    from kefu.app.settings import AppSettings
    from kefu.cli.project_settings import read_settings

    settings = AppSettings(endpoints=read_settings(endpoints=endpoints).endpoints)

    async def run() -> None:
        async with search_of_project(settings) as storage:
            await work(storage)

    asyncio.run(run())
