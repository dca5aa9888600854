"""The shop over HTTP: routes that check what comes in and answer JSON."""

from __future__ import annotations

from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic import json as json_response
from sanic.exceptions import SanicException

from examples.shop.checks import checked_email, checked_order_no, checked_phone, checked_text
from examples.shop.database import Now, open_database, shop_time
from examples.shop.errors import ShopError
from examples.shop.goods import Goods, delivery_to
from examples.shop.shop import Shop

__all__ = ["build_service"]

SERVICES = ("return", "exchange")
OPENING, CLOSING = 9, 22
ERROR_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed"}


def build_service(database: str, *, now: Now = shop_time, name: str = "shop") -> Sanic[Any, Any]:
    """Return the service on the database at ``database`` (``:memory:`` for a passing one)."""
    app: Sanic[Any, Any] = Sanic(name, configure_logging=False)
    app.config.FALLBACK_ERROR_FORMAT = "json"
    connection = open_database(database, now)
    shop = Shop(connection, now)
    OrderRoutes(shop).add_to(app)
    GoodsRoutes(shop, Goods(connection)).add_to(app)

    @app.get("/healthz")
    async def health(_: Request) -> HTTPResponse:
        return json_response({"status": "ok"})

    @app.get("/api/service-hours")
    async def service_hours(_: Request) -> HTTPResponse:
        is_open = OPENING <= now().hour < CLOSING
        return json_response({"is_open": is_open, "hours": f"{OPENING}:00–{CLOSING}:00"})

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


class OrderRoutes:
    """Orders, parcels, returns, invoices."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def add_to(self, app: Sanic[Any, Any]) -> None:
        one = "/api/orders/<order_no:str>"
        for method, path, respond in (
            ("GET", "/api/orders", self.orders),
            ("GET", one, self.order),
            ("GET", f"{one}/logistics", self.logistics),
            ("POST", f"{one}/cancel", self.cancel),
            ("PUT", f"{one}/address", self.address),
            ("POST", f"{one}/urge", self.urge),
            ("POST", f"{one}/price-protection", self.price_protection),
            ("POST", f"{one}/invoice", self.invoice),
            ("GET", f"{one}/returns", self.returns),
            ("GET", f"{one}/return-conditions", self.return_conditions),
            ("POST", "/api/returns", self.create_return),
        ):
            app.add_route(respond, path, methods=[method], name=respond.__name__)

    async def orders(self, request: Request) -> HTTPResponse:
        phone = checked_phone(request.args.get("phone"))
        return json_response({"orders": self._shop.orders_of(phone)})

    async def order(self, _: Request, order_no: str) -> HTTPResponse:
        return json_response(self._shop.order(checked_order_no(order_no)))

    async def logistics(self, _: Request, order_no: str) -> HTTPResponse:
        return json_response(self._shop.logistics(checked_order_no(order_no)))

    async def cancel(self, _: Request, order_no: str) -> HTTPResponse:
        return json_response(self._shop.cancel(checked_order_no(order_no)))

    async def address(self, request: Request, order_no: str) -> HTTPResponse:
        body = _body(request)
        phone, text = checked_phone(body.get("phone")), checked_text(body, "address", least=5)
        return json_response(self._shop.change_address(checked_order_no(order_no), phone, text))

    async def urge(self, _: Request, order_no: str) -> HTTPResponse:
        return json_response(self._shop.urge(checked_order_no(order_no)))

    async def price_protection(self, _: Request, order_no: str) -> HTTPResponse:
        return json_response(self._shop.protect_price(checked_order_no(order_no)))

    async def invoice(self, request: Request, order_no: str) -> HTTPResponse:
        body = _body(request)
        title, email = checked_text(body, "title", most=60), checked_email(body.get("email"))
        result = self._shop.request_invoice(checked_order_no(order_no), title, email)
        return json_response(result, status=201)

    async def returns(self, _: Request, order_no: str) -> HTTPResponse:
        return json_response({"returns": self._shop.returns_of(checked_order_no(order_no))})

    async def return_conditions(self, _: Request, order_no: str) -> HTTPResponse:
        return json_response(self._shop.return_conditions(checked_order_no(order_no)))

    async def create_return(self, request: Request) -> HTTPResponse:
        body = _body(request)
        order_no, phone = checked_order_no(body.get("order_no")), checked_phone(body.get("phone"))
        service = body.get("service")
        if service not in SERVICES:
            raise ShopError(400, "bad_service", "service 应是 return 或 exchange。")
        wanted = {"service": str(service), "reason": checked_text(body, "reason", most=40)}
        for key in ("detail", "spec"):
            if body.get(key):
                wanted[key] = checked_text(body, key)
        return json_response(self._shop.create_return(order_no, phone, wanted), status=201)


class GoodsRoutes:
    """Products, stock, coupons, members, delivery."""

    def __init__(self, shop: Shop, goods: Goods) -> None:
        self._shop = shop
        self._goods = goods

    def add_to(self, app: Sanic[Any, Any]) -> None:
        for method, path, respond in (
            ("GET", "/api/products", self.products),
            ("GET", "/api/products/<sku:str>", self.product),
            ("POST", "/api/products/<sku:str>/notices", self.notice),
            ("GET", "/api/coupons", self.coupons),
            ("GET", "/api/members/<phone:str>", self.member),
            ("GET", "/api/delivery", self.delivery),
        ):
            app.add_route(respond, path, methods=[method], name=respond.__name__)

    async def products(self, request: Request) -> HTTPResponse:
        query, category = request.args.get("q", ""), request.args.get("category", "")
        return json_response({"products": self._goods.products(query=query, category=category)})

    async def product(self, _: Request, sku: str) -> HTTPResponse:
        return json_response(self._goods.product(sku))

    async def notice(self, request: Request, sku: str) -> HTTPResponse:
        phone = checked_phone(_body(request).get("phone"))
        return json_response(self._goods.ask_for_notice(sku, phone), status=201)

    async def coupons(self, _: Request) -> HTTPResponse:
        return json_response({"coupons": self._shop.coupons()})

    async def member(self, _: Request, phone: str) -> HTTPResponse:
        return json_response(self._shop.member(checked_phone(phone)))

    async def delivery(self, request: Request) -> HTTPResponse:
        city = request.args.get("city", "").strip()
        if not city:
            raise ShopError(400, "bad_city", "请给出城市 city。")
        return json_response(delivery_to(city))


def _body(request: Request) -> dict[str, Any]:
    body = request.json
    if not isinstance(body, dict):
        raise ShopError(400, "bad_body", "请求体应是 JSON 对象。")
    return body
