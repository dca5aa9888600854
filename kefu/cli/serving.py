"""What ``kefu run`` does: opens the app, serves it, waits to be stopped."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import ssl
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, TypeVar

import click

from kefu.app.assembly import open_app
from kefu.app.memory import spare_garbage_collector
from kefu.app.model_sources import fetch_from_bucket
from kefu.app.settings import AppSettings
from kefu.cli.desk_lines import check_demo, desk_lines
from kefu.cli.greeting import greeting
from kefu.cli.greeting_lines import STOP_LINE, listening_line, own_url, stopping_line
from kefu.cli.loop_thread import leave_at_once
from kefu.cli.output import say
from kefu.cli.project_settings import read_settings
from kefu.cli.run_options import RunOptions
from kefu.cli.watching import Watching, models_folder
from kefu.cli.worker_link import SupervisorLink
from kefu.cli.worker_messages import WorkerMessage
from kefu.errors import ModelError, ProjectError
from kefu.model.location import SUFFIX, find_model, latest_model
from kefu.model.shelf import ModelShelf
from kefu.project.settings import Credentials
from kefu.server.settings import ServerSettings, choose_interface

__all__ = [
    "Place",
    "run_with_fast_loop",
    "serve_as_worker",
    "serve_until_stopped",
]

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a worker has of its supervisor."""

    number: int
    sock: socket.socket
    incoming: IO[bytes]
    outgoing: IO[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """What is known before anything is opened."""

    settings: AppSettings
    server: ServerSettings
    secured: ssl.SSLContext | None

    @classmethod
    def of(cls, options: RunOptions, *, is_told: bool = False) -> _Prepared:
        """Read the files that the options name."""
        if options.log_file is not None:
            _log_to(options.log_file)
        # In a terminal, Sanic advises to use its own development mode.
        logging.getLogger("sanic.error").addFilter(
            lambda r: "PRODUCTION mode" not in r.getMessage()
        )
        services = read_settings(
            endpoints=options.endpoints, credentials=options.credentials, is_told=is_told
        )
        if options.remote_storage is not None and not is_told:
            _fetch(options.remote_storage, options.model)
        only = options.connector
        may_be_missing = options.enable_api or options.watch
        settings = AppSettings(
            model=_model(options.model, may_be_missing=may_be_missing, is_told=is_told),
            models_folder=models_folder(options),
            endpoints=services.endpoints,
            credentials=_alone(only, services.credentials) if only else services.credentials,
            desk=services.desk,
            workers=options.workers,
            is_timed=options.watch,
        )
        proxies = services.endpoints.gateway.trusted_proxies
        server = replace(options.server(), trusted_proxies=proxies)
        return cls(settings=settings, server=server, secured=_ssl_context(options))


def _fetch(storage: str, model: Path) -> None:
    """Fetch the model that is asked for, or the newest, unless there is a local one to begin with.

    Raises:
        ModelError: It cannot be had.
    """
    is_one = model.name.endswith(SUFFIX)
    folder = model.parent if is_one else model
    try:
        path = asyncio.run(fetch_from_bucket(storage, model.name if is_one else None, folder))
    except ModelError as error:
        if is_one or latest_model(folder) is None:
            raise
        click.echo(f"Note: {error}; what is in {folder}/ is served.", err=True)
    else:
        say(f"Fetched {path.as_posix()} from the bucket.")


def _alone(channel: str, credentials: Credentials) -> Credentials:
    """Return the credentials of one channel, which need not have any."""
    return Credentials(channels={channel: credentials.channels.get(channel, {})})


def _run(serving: Coroutine[Any, Any, Watching]) -> None:
    if run_with_fast_loop(serving).is_training:
        leave_at_once()


def serve_until_stopped(options: RunOptions) -> None:
    """Serve until SIGINT or SIGTERM arrives, then stop in order."""
    _run(_serve(_Prepared.of(options), options))


def serve_as_worker(options: RunOptions, place: Place) -> None:
    """Serve on the supervisor's socket until a signal arrives or the supervisor is gone."""
    prepared = _Prepared.of(options, is_told=place.number > 1)
    _run(_serve_at(place, prepared, options))


def _ssl_context(options: RunOptions) -> ssl.SSLContext | None:
    certificate = options.ssl_certificate
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=options.ssl_ca_file)
    try:
        context.load_cert_chain(certificate, options.ssl_keyfile, options.ssl_password)
    except OSError as error:
        raise ProjectError(
            f"cannot use the certificate {certificate}: {error} — check --ssl-certificate,"
            " --ssl-keyfile and --ssl-password"
        ) from error
    return context


def _log_to(path: Path) -> None:
    root = logging.getLogger()
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(root.handlers[0].formatter if root.handlers else None)
    root.addHandler(handler)


def _model(path: Path, *, may_be_missing: bool, is_told: bool) -> Path | None:
    """Find the model; with the HTTP API, one can be loaded later, with --watch trained."""
    try:
        if not path.is_dir():
            return find_model(path)
        choice = ModelShelf(path).choose()
    except ModelError:
        if not may_be_missing:
            raise
        if not is_told:
            click.echo("There is no model yet: train one, or load one with PUT /model.", err=True)
        return None
    if choice.note and not is_told:
        click.echo(f"Note: {choice.note}.", err=True)
    return choice.path


async def _serve(prepared: _Prepared, options: RunOptions) -> Watching:
    from kefu.server.app import build_app
    from kefu.server.serving import serve
    from kefu.server.sockets import listening_socket

    stopped = _stop_signal()
    server, secured = prepared.server, prepared.secured
    host, note = choose_interface(server, check_demo(options, server))
    watching = Watching(options)
    with listening_socket(host, options.port) as sock:
        async with (
            open_app(prepared.settings) as app,
            serve(build_app(watching.services(app), server), sock, ssl=secured) as running,
        ):
            spare_garbage_collector()
            url = own_url(running.port, is_secured=bool(secured))
            say(greeting(app, server, url))
            for line in await desk_lines(app.staff, url, demo=options.demo):
                say(line)
            say(listening_line(host, note))
            say(STOP_LINE)
            watching.begin()
            await stopped.wait()
            watching.end()
            say(stopping_line())
    return watching


async def _serve_at(place: Place, prepared: _Prepared, options: RunOptions) -> Watching:
    from kefu.server.app import build_app
    from kefu.server.metrics import exposition
    from kefu.server.serving import serve
    from kefu.server.traffic import Traffic

    stopped, traffic = _stop_signal(), Traffic()
    pipes = (place.incoming, place.outgoing)
    link = await SupervisorLink.opened(place.number, pipes, stopped.set)
    async with open_app(prepared.settings, siblings=link.siblings) as app:
        listening = app.background.spawn(link.listen())
        watching = Watching(options, link, is_watcher=place.number == 1)
        services = watching.services(app)
        services = replace(services, all_figures=link.all_figures, job_queue=link.jobs)
        link.figures = lambda: exposition(traffic, services.measurements(), services.channel_events)
        web = build_app(services, prepared.server, traffic)
        async with serve(web, place.sock, ssl=prepared.secured) as running:
            spare_garbage_collector()
            url = own_url(running.port, is_secured=bool(prepared.secured))
            lines = [greeting(app, prepared.server, url)]
            if place.number == 1:
                lines += await desk_lines(app.staff, url, demo=False)
            link.say(WorkerMessage(kind="ready", text="\n".join(lines)))
            beating = app.background.spawn(link.beat())
            watching.begin()
            await stopped.wait()
            watching.end()
        beating.cancel()
        listening.cancel()
    return watching


def _stop_signal() -> asyncio.Event:
    """Return what is set when the process is asked to end; a second request ends it at once."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(number: int) -> None:
        stopped.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stop, number)
    return stopped


def run_with_fast_loop(main: Coroutine[Any, Any, Result]) -> Result:
    """Run ``main`` on uvloop where it is installed; returns what it returns."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)
