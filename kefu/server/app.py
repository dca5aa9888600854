"""The app factory: services and settings in, a web application out. Nothing runs on import."""

from __future__ import annotations

from itertools import count
from typing import Any

import msgspec
from sanic import Sanic
from sanic.config import Config

from kefu.server import desk_page, page
from kefu.server.attachments import serve_attachments
from kefu.server.cors import allow_origins
from kefu.server.desk import administration, export, naming, own, search, training
from kefu.server.desk.library import routes as library
from kefu.server.desk.wiring import serve_desk
from kefu.server.errors import ErrorAnswers
from kefu.server.mounting import serve_channels
from kefu.server.openapi import openapi_routes
from kefu.server.routes import conversations, customers, deliveries, model, news, operations, turns
from kefu.server.routes.table import ApiRoute, serve_routes
from kefu.server.services import Services
from kefu.server.settings import ServerSettings
from kefu.server.traffic import Traffic

__all__ = ["build_app"]

MAX_SOCKET_FRAME = 256 * 1024
PAGE_CHANNEL = "web"

_numbers = count(1)


def build_app(
    services: Services, settings: ServerSettings, traffic: Traffic | None = None
) -> Sanic[Any, Any]:
    """Return an application that serves ``services``; :mod:`kefu.server.serving` runs it.

    Args:
        services: What it serves.
        settings: How.
        traffic: Where requests are counted.
    """
    traffic = traffic or Traffic()
    number = next(_numbers)
    app = Sanic(
        f"kefu-{number}",  # Sanic wants a name that no other application has.
        config=_config(settings, is_first=number == 1),
        error_handler=ErrorAnswers(traffic, api_is_off=not settings.enable_api),
        configure_logging=False,
        dumps=_dumps,
        loads=msgspec.json.decode,
    )
    desk = serve_desk(app, services, settings, traffic)
    serve_routes(app, _routes(services, settings, desk), services, settings, traffic)
    serve_channels(app, tuple(services.channels), traffic, services.admits)
    if services.attachments is not None:
        serve_attachments(app, services.attachments)
    origins = _allowed_origins(services)
    if PAGE_CHANNEL in origins:
        shows_news = services.news is not None
        page.serve_page(app, origins[PAGE_CHANNEL], shows_news=shows_news)
    else:
        page.serve_greeting(app)
    if services.staff is not None:
        desk_page.serve_desk(app)
    harmless = {r.path for c in services.channels for r in c.routes() if r.at_root}
    allow_origins(app, settings.cors_origins, harmless=tuple(harmless))
    for name, allowed in origins.items():
        allow_origins(app, allowed, below=f"/webhooks/{name}/")
    return app


def _routes(
    services: Services, settings: ServerSettings, served: tuple[ApiRoute, ...]
) -> tuple[ApiRoute, ...]:
    """Return the routes that are served: of the API those that agents may use, when it is off."""
    api: tuple[ApiRoute, ...] = (
        *operations.API_ROUTES,
        *model.ROUTES,
        *conversations.ROUTES,
        *deliveries.ROUTES,
        *customers.ROUTES,
    )
    kept = library.ROUTES if services.library is not None else ()
    found = (*search.ROUTES, *export.ROUTES) if services.searching is not None else ()
    desk = (
        *own.ROUTES,
        *administration.ROUTES,
        *naming.ROUTES,
        *training.ROUTES,
        *served,
        *kept,
        *found,
    )
    has_staff = services.staff is not None
    if not settings.enable_api:
        api = tuple(route for route in api if has_staff and route.permission is not None)
    routes = (*operations.OPEN_ROUTES, *api, *(desk if has_staff else ()))
    is_described = has_staff or settings.enable_api
    shown = (*news.ROUTES, *turns.ROUTES) if services.news is not None else ()
    return (*routes, *shown, *(openapi_routes(routes) if is_described else ()))


def _allowed_origins(services: Services) -> dict[str, tuple[str, ...]]:
    """Return the origins whose pages may read a channel's answers, for each channel."""
    return {
        channel.name: tuple(getattr(channel, "allowed_origins", ()))
        for channel in services.channels
    }


def _config(settings: ServerSettings, *, is_first: bool) -> Config:
    config = Config(env_prefix=None)
    config.update(
        {
            "ACCESS_LOG": False,
            "AUTO_EXTEND": False,
            "MOTD": False,
            "KEEP_ALIVE_TIMEOUT": 75,
            "PROXIES_COUNT": settings.trusted_proxies or None,
            "REQUEST_MAX_SIZE": settings.max_body,
            "RESPONSE_TIMEOUT": settings.response_timeout,
            # Rewrites Sanic's own code to be faster, which works once in a process.
            "TOUCHUP": is_first,
            "WEBSOCKET_MAX_SIZE": MAX_SOCKET_FRAME,
            # Channels look after their connections in one round; a task for each costs too much.
            "WEBSOCKET_PING_INTERVAL": None,
            "WEBSOCKET_PING_TIMEOUT": None,
        }
    )
    return config


def _dumps(value: Any) -> str:
    return msgspec.json.encode(value).decode()
