"""``kefu staff``: the accounts of agents, from the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import click

from kefu.cli.group import KefuCommand, KefuGroup
from kefu.cli.options import endpoints_option, logging_options

__all__ = ["audit", "disable", "invite", "list_staff", "reset", "staff"]

ROLES = ("agent", "senior", "supervisor", "trainer", "admin")
COMMANDS = {
    "invite": ("kefu.cli.staff:invite", "Make an account and a one-time link for its owner."),
    "list": ("kefu.cli.staff:list_staff", "List the accounts."),
    "disable": ("kefu.cli.staff:disable", "Shut an account; its owner is out at once."),
    "reset": ("kefu.cli.staff:reset", "Void a password and make a link for another."),
    "audit": ("kefu.cli.staff:audit", "Show the audit log, or verify it."),
}

login_option = click.option("--login", required=True, help="Who signs in with it.")
url_option = click.option(
    "--url", default="http://localhost:5005", show_default=True,
    help="Where agents reach the server; 'public_url' in endpoints.yml is taken before.",
)  # fmt: skip


@click.group(
    cls=KefuGroup,
    commands_at=COMMANDS,
    epilog="""
        kefu staff invite --name 林小姐 --role supervisor
        kefu staff list
        kefu staff disable lin
        kefu staff audit --verify
    """,
)
def staff() -> None:
    """Accounts of agents. The server may be running meanwhile."""


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu staff invite --name 林小姐 --role agent
        kefu staff invite --login lin --number 1007 --role admin --url https://desk.example.com
    """,
)
@click.option("--name", help="Name that customers and colleagues see.  [default: the number]")
@click.option("--login", help="What they sign in with.  [default: the number]")
@click.option("--number", help="Staff number.  [default: the next free one]")
@click.option("--role", type=click.Choice(ROLES), default="agent", show_default=True,
              help="What they may do.")  # fmt: skip
@url_option
@endpoints_option
@logging_options
def invite(
    name: str | None, login: str | None, number: str | None, role: str, url: str, endpoints: Path
) -> None:
    """Make an account and print the one-time link by which its owner chooses a password.

    The link works once, for a day; nobody can have it shown again.
    """
    from kefu.staff.permissions import Role

    given = {"display_name": name, "login": login, "staff_number": number, "role": Role(role)}

    async def work(there: Any, by: Any) -> None:
        account, link = await there.directory.create(by, given)
        click.echo(f"{account.staff_number}  {account.display_name}  ({account.role})")
        _show_link(there, url, link)

    _run(endpoints, work)


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu staff list
    """,
)
@endpoints_option
@logging_options
def list_staff(endpoints: Path) -> None:
    """List the accounts by staff number."""

    async def work(there: Any, _by: Any) -> None:
        from kefu.cli.output import print_table

        rows = [
            (one.staff_number, one.login, one.display_name, str(one.role), _state(one))
            for one in await there.directory.all()
        ]
        print_table(("number", "login", "name", "role", "state"), rows)

    _run(endpoints, work)


def _state(account: Any) -> str:
    if not account.is_active:
        return "disabled"
    return "active" if account.password_hash else "invited"


@click.command(
    cls=KefuCommand,
    positional="--login",
    epilog="""
        kefu staff disable lin
    """,
)
@login_option
@endpoints_option
@logging_options
def disable(login: str, endpoints: Path) -> None:
    """Shut an account: its owner is signed out everywhere, within a second.

    An administrator enables it again in the workbench.
    """

    async def work(there: Any, by: Any) -> None:
        account = await _found(there, login)
        await there.directory.change(by, account.account_id, {"is_active": False})
        click.echo(f"{account.login} is disabled.")

    _run(endpoints, work)


@click.command(
    cls=KefuCommand,
    positional="--login",
    epilog="""
        kefu staff reset lin
    """,
)
@login_option
@url_option
@endpoints_option
@logging_options
def reset(login: str, url: str, endpoints: Path) -> None:
    """Sign somebody out everywhere, void their password, and print a link for another.

    The only administrator keeps the old password until the link is used.
    """

    async def work(there: Any, by: Any) -> None:
        account = await _found(there, login)
        _show_link(there, url, await there.directory.reset(by, account.account_id))

    _run(endpoints, work)


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu staff audit
        kefu staff audit --last 100
        kefu staff audit --verify --expect 7:0f3a…
    """,
)
@click.option("--last", type=click.IntRange(1, 10_000), default=20, show_default=True,
              help="How many entries are shown.")  # fmt: skip
@click.option("--verify", is_flag=True, help="Read all of it and check its chain of hashes.")
@click.option("--expect", metavar="SEQ:HASH",
              help="What an earlier --verify printed: the log must still hold it.")  # fmt: skip
@endpoints_option
@logging_options
def audit(last: int, verify: bool, expect: str | None, endpoints: Path) -> None:
    """Show the newest administrative acts, or verify that nothing in the log was changed.

    Whoever can write to the database can write a whole new log: keep what --verify prints
    somewhere else, and give it to --expect the next time. Exit status: 1 if something is wrong.
    """

    async def work(there: Any, _by: Any) -> None:
        from kefu.cli.audit_log import show, verified

        if verify or expect:
            click.echo(await verified(there.audit, expect))
        else:
            await show(there.audit, last)

    _run(endpoints, work)


def _run(endpoints: Path, work: Callable[[Any, Any], Awaitable[None]]) -> None:
    from kefu.app.settings import AppSettings
    from kefu.app.staff import staff_of_project
    from kefu.cli.project_settings import read_settings
    from kefu.staff.directory import Acting, everything

    settings = AppSettings(endpoints=read_settings(endpoints=endpoints).endpoints)

    async def run() -> None:
        async with staff_of_project(settings) as there:
            await work(there, Acting(everything("command line")))

    asyncio.run(run())


async def _found(there: Any, login: str) -> Any:
    from kefu.errors import KefuError
    from kefu.staff.accounts import key_of

    for account in await there.directory.all():
        if key_of(login) in {key_of(account.login), key_of(account.staff_number)}:
            return account
    raise KefuError(f"no agent has the login or the number {login!r} — see: kefu staff list")


def _show_link(there: Any, url: str, link: Any) -> None:
    click.echo("The link to choose a password; it works once, for a day:")
    click.echo(there.link(there.public_url or url, link.token))
