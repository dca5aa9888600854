"""What ``kefu run`` does about agents at its start, and says of it."""

from __future__ import annotations

from kefu.cli.greeting_lines import row
from kefu.cli.run_options import RunOptions
from kefu.errors import KefuError
from kefu.server import desk_page
from kefu.server.settings import LOCAL_NAMES, LOCAL_ONLY, ServerSettings
from kefu.staff.staff import Staff

__all__ = ["check_demo", "desk_lines"]


def check_demo(options: RunOptions, server: ServerSettings) -> str | None:
    """Return the interface that is wanted; demo agents are for this machine, unless told otherwise.

    Raises:
        KefuError: They would be reachable from elsewhere, or there are several processes.
    """
    if not options.demo:
        return options.interface
    if options.workers > 1:
        raise KefuError("--demo is for trying things out: leave --workers out")
    wanted = options.interface or LOCAL_ONLY
    is_local = wanted in LOCAL_NAMES and not server.trusted_proxies
    if not is_local and not options.demo_anywhere:
        where = "a proxy" if server.trusted_proxies else wanted
        raise KefuError(
            f"--demo opens accounts with passwords on the screen, and others can reach them through"
            f" {where}: leave -i and 'trusted_proxies' out, or say --demo-anywhere"
        )
    return wanted


async def desk_lines(staff: Staff, url: str, *, demo: bool) -> list[str]:
    """Open or shut the demo agents, make a set-up link if nobody administers, and tell of it."""
    lines = []
    if demo:
        lines += [
            row("Demo agent", f"{one.login}  password {one.password}  ({one.role})")
            for one in await staff.demo.open()
        ]
    else:
        await staff.demo.shut()
    link = await staff.invitations.first()
    if link is not None:
        lines.append(row("Set up the desk", staff.link(staff.public_url or url, link.token)))
        lines.append(row("", "makes the first administrator; works once, for a day"))
        if not desk_page.is_built():
            lines.append(row("", "the workbench is not built yet: run `make web` first"))
    return lines
