"""Puts the desk's routes and live lines on an application."""

from __future__ import annotations

from typing import Any

from sanic import Sanic

from kefu.server.desk import board, bulk, inbox, marking, moving, reviewing, saying, tagging
from kefu.server.desk.live.polling import Polls, poll_routes
from kefu.server.desk.live.serving import run_live, serve_socket
from kefu.server.desk.services import DeskServices
from kefu.server.guard import Guard
from kefu.server.routes.table import ApiRoute
from kefu.server.services import Services
from kefu.server.settings import ServerSettings
from kefu.server.traffic import Traffic

__all__ = ["DESK_ROUTES", "serve_desk"]

DESK_ROUTES: tuple[ApiRoute, ...] = (
    *inbox.ROUTES,
    *moving.ROUTES,
    *marking.ROUTES,
    *tagging.ROUTES,
    *saying.ROUTES,
    *bulk.ROUTES,
    *reviewing.ROUTES,
    *board.ROUTES,
)


def serve_desk(
    app: Sanic[Any, Any], services: Services, settings: ServerSettings, traffic: Traffic
) -> tuple[ApiRoute, ...]:
    """Prepare the desk on ``app``, live lines included, and return its routes.

    Without a desk, or without a staff to work at it, there are none.
    """
    desk, staff = services.desk, services.staff
    if desk is None or staff is None:
        return ()
    served = DeskServices(
        desk=desk,
        threads=services.conversations,
        clock=services.clock,
        library=services.library,
        customers=services.customer_views,
        files=services.files,
        allowances=services.allowances,
        orders=services.orders,
        suggestions=services.suggestions,
    )
    app.ctx.desk = served
    polls = Polls(served.live, services.clock)
    guard = Guard(staff, settings.keys, api_is_on=settings.enable_api)
    run_live(app, served.live, polls)
    serve_socket(app, served.live, staff, guard, traffic)
    return (*DESK_ROUTES, *poll_routes(polls))
