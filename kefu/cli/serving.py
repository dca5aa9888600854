"""What ``kefu run`` does: opens the app, serves it, waits to be stopped."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import ssl
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from kefu import __version__
from kefu.app.assembly import App, open_app
from kefu.app.settings import AppSettings
from kefu.cli.output import is_terminal, say
from kefu.cli.project_settings import read_settings
from kefu.errors import ModelError, ProjectError
from kefu.model.location import find_model
from kefu.project.settings import Credentials
from kefu.server.settings import LOCAL_NAMES, ServerSettings, choose_interface

__all__ = ["run_with_fast_loop", "serve_until_stopped"]


def serve_until_stopped(  # noqa: PLR0913 - one for each option of the command line
    *,
    model: Path,
    endpoints: Path,
    credentials: Path,
    connector: str | None,
    port: int,
    interface: str | None,
    enable_api: bool,
    auth_token: str | None,
    cors: Sequence[str],
    response_timeout: float,
    ssl_certificate: Path | None,
    ssl_keyfile: Path | None,
    ssl_ca_file: Path | None,
    ssl_password: str | None,
    log_file: Path | None,
) -> None:
    """Serve until SIGINT or SIGTERM arrives, then stop in order."""
    if log_file is not None:
        _log_to(log_file)
    # In a terminal, Sanic advises to use its own development mode.
    logging.getLogger("sanic.error").addFilter(lambda r: "PRODUCTION mode" not in r.getMessage())
    services = read_settings(endpoints=endpoints, credentials=credentials)
    channels = Credentials(channels={connector: {}}) if connector else services.credentials
    settings = AppSettings(
        model=_model(model, may_be_missing=enable_api),
        endpoints=services.endpoints,
        credentials=channels,
    )
    server = ServerSettings(
        enable_api=enable_api,
        auth_token=auth_token,
        cors_origins=tuple(cors),
        response_timeout=response_timeout,
    )
    secured = _ssl_context(ssl_certificate, ssl_keyfile, ssl_ca_file, ssl_password)
    run_with_fast_loop(_serve(settings, server, interface, port, secured))


def _ssl_context(
    certificate: Path | None, keyfile: Path | None, ca_file: Path | None, password: str | None
) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=ca_file)
    try:
        context.load_cert_chain(certificate, keyfile, password)
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


def _model(path: Path, *, may_be_missing: bool) -> Path | None:
    """Find the model; with the HTTP API, one can be loaded later."""
    try:
        return find_model(path)
    except ModelError:
        if not may_be_missing:
            raise
        click.echo("There is no model yet: load one with PUT /model.", err=True)
        return None


async def _serve(
    settings: AppSettings,
    server: ServerSettings,
    interface: str | None,
    port: int,
    secured: ssl.SSLContext | None,
) -> None:
    from kefu.server.app import build_app
    from kefu.server.serving import listening_socket, serve

    stopped = _stop_signal()
    host, note = choose_interface(server, interface)
    with listening_socket(host, port) as sock:
        async with (
            open_app(settings) as app,
            serve(build_app(app.services(), server), sock, ssl=secured) as running,
        ):
            _spare_garbage_collector()
            scheme = "https" if secured else "http"
            _greet(app, server, f"{scheme}://localhost:{running.port}", _reach(host, note))
            await stopped.wait()
            say("\nStopping ..." if is_terminal() else "Stopping ...")


def _spare_garbage_collector() -> None:
    """Leave the model and the libraries out of collections: walking them pauses all customers."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


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


def _reach(host: str, note: str | None) -> str:
    if note:
        return f"{host}\n                 {note}"
    return f"{host}, so from this machine only" if host in LOCAL_NAMES else host


def _greet(app: App, server: ServerSettings, url: str, reach: str) -> None:
    names = [connector.name for connector in app.connectors]
    page = f"{url}/" if "web" in names else "none: credentials.yml does not name 'web:'"
    rows = [("Chat page", page)]
    rows += [(f"Channel {name}", f"{url}/webhooks/{name}/") for name in names if name != "web"]
    if server.enable_api:
        guard = "asks for the token" if server.auth_token else "asks for no token"
        rows.append(("HTTP API", f"{url}/ ({guard})"))
        if app.human_queue is not None:
            rows.append(("Human queue", f"{url}/api/v1/queue"))
    rows.append(("State", f"{url}/healthz, /readyz, /metrics"))
    rows.append(("Listening on", reach))
    rows.append(("Conversations", app.storage.description))
    model = app.models.current
    say(click.style(f"Kefu 客服 {__version__}", bold=True) + f"  {model.file if model else ''}")
    for name, value in rows:
        say(f"  {name:<14} {value}")
    if model is not None and model.model.metadata.training == "nlu":
        click.echo("This model understands, but does not answer: run 'kefu train'.", err=True)
    say("Press Ctrl-C to stop.")


def run_with_fast_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run ``main`` on uvloop where it is installed."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        asyncio.run(main)
        return
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main)
