"""The storefront's files, and what they ask the shop for."""

from __future__ import annotations

import sqlite3
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sanic import HTTPResponse, Request, Sanic
from sanic import json as json_response
from sanic.response import file, html

from examples.shop.api.fields import PHONE, Field, integer, text
from examples.shop.checkout import Checkout
from examples.shop.errors import ShopError
from examples.shop.recommending import promotions
from examples.shop.shop import Shop
from examples.shop.storefront.sessions import DEMO_PASSWORD, SESSION_SECONDS, Sessions

__all__ = ["Storefront"]

STATIC: Final = Path(__file__).with_name("static")
PAGES: Final = ("/", "/product/<sku:str>", "/cart", "/orders", "/account", "/sign-in")
COOKIE: Final = "shop_session"
LOOPBACK: Final = ("127.0.0.1", "localhost")
DEMO_PHONES: Final = tuple(f"1380000000{number}" for number in range(1, 9))
_ANY: Final = text(most=100)


class Storefront:
    """Pages and their data; who is signed in says a signed cookie."""

    def __init__(self, shop: Shop, connection: sqlite3.Connection, secret: str, kefu: str) -> None:
        self._shop = shop
        self._sessions = Sessions(connection, shop.now, secret)
        self._checkout = Checkout(connection, shop.now)
        self._db = connection
        self._kefu = kefu.rstrip("/")

    def add_to(self, app: Sanic[Any, Any]) -> None:
        """Serve the pages, their files, and their data below ``/store``."""
        for number, path in enumerate(PAGES):
            name = f"page_{number}"
            app.add_route(self.page, path, ["GET"], name=name, error_format="html")
        app.add_route(self.static, "/static/<name:str>", methods=["GET"])
        for method, path, respond in (
            ("GET", "start", self.start),
            ("GET", "products", self.products),
            ("GET", "products/<sku:str>", self.product),
            ("GET", "recommendations", self.recommendations),
            ("POST", "session", self.sign_in),
            ("DELETE", "session", self.sign_out),
            ("POST", "views", self.view),
            ("GET", "orders", self.orders),
            ("POST", "orders", self.buy),
            ("GET", "freight", self.freight),
            ("GET", "account", self.account),
            ("POST", "coupons", self.collect),
            ("GET", "messages", self.messages),
        ):
            name = f"store_{respond.__name__}"
            app.add_route(respond, f"/store/{path}", [method], name=name, error_format="json")

    async def page(self, request: Request, **_: str) -> HTTPResponse:
        """Return the one page, which draws all others."""
        kefu = self._chat_for(request)
        markup = (STATIC / "index.html").read_text("utf-8").replace("{kefu}", escape(kefu))
        sockets = kefu.replace("http", "ws", 1)
        policy = (
            f"default-src 'self'; script-src 'self' {kefu}; connect-src 'self' {kefu} {sockets};"
            f" img-src 'self' {kefu} blob: data:; media-src {kefu} blob:; style-src 'self' {kefu};"
            " frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
        )
        return html(markup, headers={"Content-Security-Policy": policy, **_CAUTION})

    async def static(self, _: Request, name: str) -> HTTPResponse:
        """Return a file of the page."""
        path = STATIC / name
        if path.parent != STATIC or not path.is_file():
            raise ShopError(404, "not_found", "没有这个文件。")
        return await file(path, headers={"Cache-Control": "no-cache", **_CAUTION})

    async def start(self, request: Request) -> HTTPResponse:
        """Return what every page needs: who is signed in, categories, what is on."""
        customer = self._customer(request)
        phones = [self._shop.customers.of_phone(phone)[0] for phone in DEMO_PHONES]
        keys = ("phone", "honorific", "level", "is_locked")
        return json_response(
            {
                **self._identity(customer),
                "categories": self._shop.goods.categories(),
                "promotion": promotions(self._shop.now().date())[0],
                "demo": {
                    "password": DEMO_PASSWORD,
                    "accounts": [{key: one[key] for key in keys} for one in phones],
                },
            }
        )

    async def products(self, request: Request) -> HTTPResponse:
        """Return a page of products."""
        fields = [Field(name, _ANY, is_required=False) for name in ("q", "category")]
        fields += [
            Field(name, integer(0, 10_000), is_required=False) for name in ("limit", "offset")
        ]
        given = {field.name: field.read(_query(request)) for field in fields}
        listing = {key: value for key, value in given.items() if value is not None}
        query = str(listing.pop("q", ""))
        return json_response(self._shop.goods.shelf(query=query, **listing))

    async def product(self, _: Request, sku: str) -> HTTPResponse:
        """Return one product, and others like it."""
        product = self._shop.goods.product(sku)
        like = self._shop.recommending.for_viewed(sku)[:4]
        return json_response({"product": product, "like": like})

    async def recommendations(self, request: Request) -> HTTPResponse:
        """Return what the visitor may like, from what this browser has seen, or the account."""
        customer = self._customer(request)
        if customer is not None:
            found = self._shop.recommending.for_customer(customer["customer_id"])
        else:
            found = self._shop.recommending.for_viewed(_query(request).get("viewed") or "")
        return json_response({"products": found})

    async def sign_in(self, request: Request) -> HTTPResponse:
        """Open a session."""
        body = _body(request)
        phone = Field("phone", PHONE).read(body)
        customer = self._sessions.sign_in(phone, Field("password", _ANY).read(body))
        response = json_response(self._identity(customer))
        response.add_cookie(
            COOKIE,
            self._sessions.cookie(customer["customer_id"]),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=request.scheme == "https",
        )
        return response

    async def sign_out(self, _: Request) -> HTTPResponse:
        """End the session."""
        response = json_response(self._identity(None))
        response.delete_cookie(COOKIE)
        return response

    async def view(self, request: Request) -> HTTPResponse:
        """Remember what a customer looked at."""
        customer = self._customer(request)
        sku = Field("sku", _ANY).read(_body(request))
        if customer is not None:
            self._shop.recommending.view(customer["customer_id"], sku)
        return json_response({"sku": sku})

    async def orders(self, request: Request) -> HTTPResponse:
        """Return the orders of whoever is signed in, each with what goes back of it."""
        owner = {"customer_id": self._signed_in(request)["customer_id"]}
        found = self._shop.orders.of(owner)
        for order in found["orders"]:
            applied = self._shop.after_sales.of(order["order_no"])
            order["returns"] = [entry for entry in applied if entry["return_no"]]
        return json_response(found)

    async def buy(self, request: Request) -> HTTPResponse:
        """Make an order of the cart."""
        customer = self._signed_in(request)
        items = _body(request).get("items")
        if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
            raise ShopError(400, "bad_items", "购物车里有看不懂的商品，请删掉再试。")
        self._db.execute("BEGIN IMMEDIATE")
        try:
            placed = self._checkout.place(customer["customer_id"], items)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        return json_response(placed, status=201)

    async def freight(self, request: Request) -> HTTPResponse:
        """Return what sending the cart costs, by the region of the customer's address."""
        customer = self._customer(request)
        total = Field("total", integer(0, 999_999_999)).read(_query(request))
        owner = customer["customer_id"] if customer else None
        return json_response(self._checkout.freight(owner, total))

    async def account(self, request: Request) -> HTTPResponse:
        """Return what is in the account: points, coupons and cards, and coupons to collect."""
        customer_id = self._signed_in(request)["customer_id"]
        coupons = self._shop.coupons.of(customer_id)
        mine = {coupon["code"] for coupon in coupons}
        return json_response(
            {
                "customer": self._shop.customers.customer(customer_id),
                "coupons": [one for one in coupons if one["status"] == "usable"],
                "offered": [one for one in self._shop.coupons.offered() if one["code"] not in mine],
                "gift_cards": self._shop.money.gift_cards_of(customer_id),
                "points": self._shop.customers.points(customer_id)["entries"][:8],
            }
        )

    async def collect(self, request: Request) -> HTTPResponse:
        """Put an offered coupon into the account."""
        customer = self._signed_in(request)
        code = Field("code", _ANY).read(_body(request))
        return json_response(self._shop.coupons.collect(customer["customer_id"], code), status=201)

    async def messages(self, request: Request) -> HTTPResponse:
        """Return text messages: one's own, or, for the demonstration, those to any number."""
        customer = self._customer(request)
        phone = customer["phone"] if customer else Field("phone", PHONE).read(_query(request))
        return json_response({"messages": self._shop.customers.messages_to(phone)})

    def _identity(self, customer: dict[str, Any] | None) -> dict[str, Any]:
        token = None if customer is None else self._sessions.token(customer)
        return {"customer": customer, "token": token}

    def _customer(self, request: Request) -> dict[str, Any] | None:
        return self._sessions.customer(request.cookies.get(COOKIE))

    def _signed_in(self, request: Request) -> dict[str, Any]:
        customer = self._customer(request)
        if customer is None:
            raise ShopError(403, "identity_needed", "请先登录。")
        return customer

    def _chat_for(self, request: Request) -> str:
        """Return the chat's address; on one machine by the name the visitor calls it."""
        parts, name = urlsplit(self._kefu), urlsplit(f"//{request.host}").hostname
        if parts.hostname in LOOPBACK and name in LOOPBACK:
            return f"{parts.scheme}://{name}:{parts.port}"
        return self._kefu


_CAUTION: Final = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}


def _query(request: Request) -> dict[str, Any]:
    return {name: request.args.get(name) for name in request.args}


def _body(request: Request) -> dict[str, Any]:
    is_json = request.headers.get("content-type", "").startswith("application/json")
    body = request.json if is_json else None
    if not isinstance(body, dict):
        raise ShopError(400, "bad_body", "请求体应是 JSON 对象。")
    return body
