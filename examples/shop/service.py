"""The shop as a server: its API, and what is wrong told as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic import json as json_response
from sanic.exceptions import SanicException

from examples.shop.api.aftersales import AfterSalesRoutes
from examples.shop.api.care import CareRoutes
from examples.shop.api.customers import CustomerRoutes
from examples.shop.api.goods import GoodsRoutes
from examples.shop.api.orders import OrderRoutes
from examples.shop.api.routes import Route
from examples.shop.api.service import Api
from examples.shop.database import Now, open_database, shop_time
from examples.shop.errors import ShopError
from examples.shop.shop import Shop
from examples.shop.storefront.pages import Storefront

__all__ = ["Settings", "build_service", "route_table"]

ERROR_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed"}


def route_table(shop: Shop) -> list[Route]:
    """Return every row of the API."""
    parts = (OrderRoutes, AfterSalesRoutes, CustomerRoutes, GoodsRoutes, CareRoutes)
    return [route for part in parts for route in part(shop).routes()]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the service is given."""

    api_key: str
    """What callers of the API must show."""
    secret: str
    """Signs sessions of the storefront, and the tokens that tell the chat who somebody is."""
    kefu: str = "http://127.0.0.1:5005"
    """Where browsers find the chat."""


def build_service(
    database: str, settings: Settings, *, now: Now = shop_time, name: str = "shop"
) -> Sanic[Any, Any]:
    """Return the service on the database at ``database`` (``:memory:`` for a passing one).

    Args:
        database: The SQLite file.
        settings: Keys and addresses.
        now: The shop's clock.
        name: The app's name, which a process has once.
    """
    app: Sanic[Any, Any] = Sanic(name, configure_logging=False)
    app.config.FALLBACK_ERROR_FORMAT = "json"
    connection = open_database(database, now)
    shop = Shop(connection, now)
    Api(route_table(shop), connection, settings.api_key, now).add_to(app)
    Storefront(shop, connection, settings.secret, settings.kefu).add_to(app)

    @app.get("/healthz")
    async def health(_: Request) -> HTTPResponse:
        return json_response({"status": "ok"})

    @app.exception(ShopError)
    async def refused(_: Request, error: ShopError) -> HTTPResponse:
        return json_response(error.as_json(), status=error.status)

    @app.exception(SanicException)
    async def not_understood(_: Request, error: SanicException) -> HTTPResponse:
        status = error.status_code or 500
        body = {"error": {"code": ERROR_CODES.get(status, "error"), "message": str(error)}}
        return json_response(body, status=status)

    @app.after_server_stop
    async def close(_: Sanic[Any, Any]) -> None:
        connection.close()

    return app
