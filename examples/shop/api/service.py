"""Serves the route table: keys, identities, checked values, and writes that are done once."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from sanic import HTTPResponse, Request, Sanic
from sanic import json as json_response
from sanic.response import html

from examples.shop.api.fields import CUSTOMER_ID, PHONE
from examples.shop.api.openapi import page, specification
from examples.shop.api.ownership import Ownership
from examples.shop.api.routes import Call, Route
from examples.shop.database import Now
from examples.shop.errors import ShopError

__all__ = ["Api"]

LONGEST_KEY = 200


class Api:
    """The routes on one SQLite connection."""

    def __init__(
        self, routes: Sequence[Route], connection: sqlite3.Connection, key: str, now: Now
    ) -> None:
        self._routes = routes
        self._db = connection
        self._key = key.encode()
        self._now = now
        self._owners = Ownership(connection)

    def add_to(self, app: Sanic[Any, Any]) -> None:
        """Serve every row, the description and its page."""
        for number, route in enumerate(self._routes):
            respond, methods = self._responding(route), [route.method]
            name = f"api_{number}"
            app.add_route(respond, route.server_path, methods, name=name, error_format="json")

        @app.get("/api/openapi.json")
        async def openapi(_: Request) -> HTTPResponse:
            return json_response(specification(self._routes))

        @app.get("/api/docs")
        async def docs(_: Request) -> HTTPResponse:
            return html(page(self._routes))

    def _responding(self, route: Route) -> Callable[..., Coroutine[Any, Any, HTTPResponse]]:
        async def respond(request: Request, **path: str) -> HTTPResponse:
            self._check_key(request)
            status, answer = self._answer(route, request, path)
            return json_response(answer, status=status)

        return respond

    def _check_key(self, request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        is_right = hmac.compare_digest(given.strip().encode(), self._key)
        if scheme.lower() != "bearer" or not is_right:
            raise ShopError(401, "bad_key", "缺少 API key，或者不对。")

    def _answer(
        self, route: Route, request: Request, path: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        call = _call(route, request, path)
        if not route.is_write:
            self._owners.check(route, call)
            return route.status, route.respond(call)
        key = request.headers.get("idempotency-key", "")
        if len(key) > LONGEST_KEY:
            raise ShopError(
                400, "bad_idempotency_key", f"Idempotency-Key 最长 {LONGEST_KEY} 个字符。"
            )
        self._db.execute("BEGIN IMMEDIATE")
        try:
            answered = self._once(key, _fingerprint(route, request), route, call)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        return answered

    def _once(self, key: str, asked: str, route: Route, call: Call) -> tuple[int, dict[str, Any]]:
        """Do a write, or return what was answered when the same was asked with this key."""
        before = self._db.execute("SELECT * FROM answered WHERE key = ?", (key,)).fetchone()
        if key and before:
            if before["request"] != asked:
                raise ShopError(422, "key_reused", "这个 Idempotency-Key 已用于另一个请求。")
            return before["status"], json.loads(before["answer"])
        self._db.execute("SAVEPOINT business")
        try:
            self._owners.check(route, call)
            status, answer = route.status, route.respond(call)
        except ShopError as refusal:
            self._db.execute("ROLLBACK TO business")
            status, answer = refusal.status, refusal.as_json()
        if key:
            self._db.execute(
                "INSERT INTO answered VALUES (?, ?, ?, ?, ?)",
                (key, asked, status, json.dumps(answer, ensure_ascii=False), _stamp(self._now)),
            )
        return status, answer


def _call(route: Route, request: Request, path: Mapping[str, str]) -> Call:
    given: Mapping[str, Any] = {name: request.args.get(name) for name in request.args}
    if route.has_body:
        given = request.json if request.body or route.fields else {}
        if not isinstance(given, dict):
            raise ShopError(400, "bad_body", "请求体应是 JSON 对象。")
    path = {name: unquote(value) for name, value in path.items()}
    values = {field.name: field.read(path) for field in route.in_path}
    values |= {field.name: field.read(given) for field in route.fields}
    customer, phone = request.headers.get("x-customer"), request.headers.get("x-phone")
    if customer and CUSTOMER_ID.check(customer) is None:
        raise ShopError(400, "bad_customer", "X-Customer 应是 C 加 5 位数字。")
    if phone and PHONE.check(phone) is None:
        raise ShopError(400, "bad_phone", "X-Phone 应是 1 开头的 11 位数字。")
    return Call(values, customer or None, phone or None)


def _fingerprint(route: Route, request: Request) -> str:
    who = f"{request.headers.get('x-customer')} {request.headers.get('x-phone')}"
    told = f"{route.method} {request.path} {who}\n".encode() + request.body
    return hashlib.sha256(told).hexdigest()


def _stamp(now: Now) -> str:
    return now().isoformat(timespec="seconds")
