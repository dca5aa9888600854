"""``kefu export``: what stands in the logs, to the event broker."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from kefu.cli.group import KefuCommand
from kefu.cli.options import endpoints_option, logging_options

__all__ = ["export"]

INTERRUPTED = 130


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu export
        kefu export --minimum-timestamp 1767225600 --maximum-timestamp 1769904000
        kefu export --conversation-ids anna,ben
        kefu export --endpoints other.yml --offset-timestamps-by-seconds 28800
    """,
)
@endpoints_option
@click.option("--minimum-timestamp", type=float, metavar="SECONDS",
              help="Leave out what was said before, in seconds since 1970.")  # fmt: skip
@click.option("--maximum-timestamp", type=float, metavar="SECONDS",
              help="Leave out what was said then and later.  [default: now]")  # fmt: skip
@click.option("--offset-timestamps-by-seconds", "offset", type=float, default=0.0,
              metavar="SECONDS", help="Add so much to the timestamps that go out.")  # fmt: skip
@click.option("--conversation-ids", metavar="ID,...",
              help="Export only these conversations.")  # fmt: skip
@click.option("--restart", is_flag=True, help="Begin anew after an interruption.")
@logging_options
@click.pass_context
def export(ctx: click.Context, /, **values: Any) -> None:
    """Publish the events of past conversations to the event broker of endpoints.yml.

    What is interrupted, by Ctrl-C or because the broker is away, goes on where it was when the
    same command is given again. Every event goes out at least once; after a kill -9 or a failure of
    the broker up to a hundred come again, each with its id of before. The logs stay as they are,
    and the server may run meanwhile.
    Exit status: 0 when everything was published, 130 when it was interrupted.
    """
    if not asyncio.run(_export(**values)):
        ctx.exit(INTERRUPTED)


async def _export(
    endpoints: Path,
    minimum_timestamp: float | None,
    maximum_timestamp: float | None,
    offset: float,
    conversation_ids: str | None,
    *,
    restart: bool,
) -> bool:
    import uuid

    from kefu.app.export import broker_name, export_of_project
    from kefu.app.settings import AppSettings
    from kefu.cli.progress import progress_bar
    from kefu.cli.project_settings import read_settings
    from kefu.clock import SystemClock
    from kefu.errors import KefuError, ProjectError
    from kefu.gateway.exporting import ExportWish

    _check_times(minimum_timestamp, maximum_timestamp, offset)
    wanted = [name.strip() for name in (conversation_ids or "").split(",") if name.strip()]
    if conversation_ids is not None and not wanted:
        raise click.UsageError("--conversation-ids names no conversation.")
    settings = AppSettings(endpoints=read_settings(endpoints=endpoints).endpoints)
    wish = ExportWish(
        before=SystemClock().now() if maximum_timestamp is None else maximum_timestamp,
        since=minimum_timestamp,
        offset=offset,
        process_id=uuid.uuid4().hex,
    )
    async with export_of_project(
        settings,
        wish,
        conversation_ids=wanted,
        ends_now=maximum_timestamp is None,
        restart=restart,
    ) as session:
        for name in session.missing:
            click.echo(f"There is no conversation {name!r}.", err=True)
        if not session.conversation_ids:
            raise ProjectError("there are no conversations to export")
        if session.begun_at is not None:
            count = session.begun_at.published
            click.echo(f"Going on after {count:,} events of an export that was interrupted.")
        _stop_on_signals(session.export.stop)
        count = len(session.conversation_ids)
        with progress_bar(count, f"Exporting {count:,} conversations") as step:
            try:
                is_all = await session.export.run(session.conversation_ids, step)
            except KefuError as error:
                published = session.export.place.published
                raise KefuError(
                    f"{error} — {published:,} events were published; give the same command again to"
                    " go on there"
                ) from error
        _tell(session.export.place, count, is_all=is_all, broker=broker_name(_broker(settings)))
        if is_all:
            session.finish()
        return is_all


def _broker(settings: Any) -> Any:
    return settings.endpoints.event_broker


def _check_times(least: float | None, most: float | None, offset: float) -> None:
    import math

    for value in (least, most, offset):
        if value is not None and not math.isfinite(value):
            raise click.UsageError(f"{value} is no number of seconds.")
    if least is not None and most is not None and most <= least:
        raise click.UsageError(
            f"--maximum-timestamp {most:g} is not larger than --minimum-timestamp {least:g}."
        )


def _stop_on_signals(stop: Any) -> None:
    """Let the first request to end wait for the batch under way; the second ends at once."""
    loop = asyncio.get_running_loop()

    def asked(number: int) -> None:
        stop()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, asked, number)


def _tell(place: Any, conversations: int, *, is_all: bool, broker: str) -> None:
    events = f"{place.published:,} event{'' if place.published == 1 else 's'}"
    if place.refused:
        click.echo(f"{place.refused:,} events are too large for the broker and left out.", err=True)
    if not is_all:
        click.echo(
            f"Interrupted after {events}. Give the same command again to go on there.", err=True
        )
    elif not place.published:
        click.echo("There are no events in that time.")
    else:
        of = f"{conversations:,} conversation{'' if conversations == 1 else 's'}"
        click.echo(f"Published {events} of {of} to {broker}.")
