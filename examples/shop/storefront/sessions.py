"""Signing in on the storefront, and telling the chat who it is."""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
import time
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey

from examples.shop.errors import ShopError
from examples.shop.ledger import Ledger
from examples.shop.wording import honorific

__all__ = ["DEMO_PASSWORD", "SESSION_SECONDS", "Sessions"]

DEMO_PASSWORD = "chengyi"
SESSION_SECONDS = 12 * 3600
TOKEN_SECONDS = 600
WRONG_PASSWORDS = 5
LOCKED = timedelta(minutes=30)


class Sessions(Ledger):
    """Who is signed in: a signed cookie, and a token for the chat."""

    def __init__(self, connection: sqlite3.Connection, now: Any, secret: str) -> None:
        super().__init__(connection, now)
        self._secret = secret
        self._wrong: dict[str, int] = {}
        self._locked_until: dict[str, datetime] = {}

    def sign_in(self, phone: str, password: str) -> dict[str, Any]:
        """Return the customer.

        Raises:
            ShopError: Number or password is wrong, or the account is locked, as it is for half an
                hour after five wrong passwords.
        """
        row = self._row("SELECT * FROM customers WHERE phone = ?", phone)
        if row is not None and row["is_locked"] and not self._is_over(row["customer_id"]):
            message = "账户因为多次输错密码被锁定了，可以找客服小橙解锁。"
            raise ShopError(409, "account_locked", message)
        if row is None or not hmac.compare_digest(password.encode(), DEMO_PASSWORD.encode()):
            self._count_wrong(row)
            raise ShopError(403, "wrong_password", "手机号或密码不对。")
        self._wrong.pop(row["customer_id"], None)
        self._db.execute(  # who signs in has thought better of leaving
            "UPDATE customers SET is_locked = 0, deletion_at = NULL WHERE customer_id = ?",
            (row["customer_id"],),
        )
        return _shown(row)

    def customer(self, cookie: str | None) -> dict[str, Any] | None:
        """Return who is signed in by this cookie; None: nobody."""
        customer_id, _, rest = (cookie or "").partition(".")
        until, _, seal = rest.partition(".")
        if not hmac.compare_digest(seal.encode(), self._seal(customer_id, until).encode()):
            return None
        if int(until) < time.time():
            return None
        row = self._row("SELECT * FROM customers WHERE customer_id = ?", customer_id)
        return None if row is None else _shown(row)

    def cookie(self, customer_id: str) -> str:
        """Return a cookie for a customer who has signed in."""
        until = str(int(time.time()) + SESSION_SECONDS)
        return f"{customer_id}.{until}.{self._seal(customer_id, until)}"

    def token(self, customer: dict[str, Any]) -> str:
        """Return what tells the chat who the customer is, for some minutes."""
        claims = {
            "sub": customer["customer_id"],
            "exp": int(time.time()) + TOKEN_SECONDS,
            "name": customer["name"],
            "phone": customer["phone"],
            "phone_verified": True,
            "attributes": {"level": customer["level"]},
        }
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self._secret))

    def _seal(self, customer_id: str, until: str) -> str:
        told = f"storefront session\n{customer_id}\n{until}".encode()
        return hmac.new(self._secret.encode(), told, hashlib.sha256).hexdigest()

    def _is_over(self, customer_id: str) -> bool:
        """Whether the account was locked here, and has been for long enough."""
        until = self._locked_until.get(customer_id)
        return until is not None and until <= self._now()

    def _count_wrong(self, row: sqlite3.Row | None) -> None:
        if row is None:
            return
        number = row["customer_id"]
        self._wrong[number] = self._wrong.get(number, 0) + 1
        if self._wrong[number] >= WRONG_PASSWORDS:
            del self._wrong[number]
            self._locked_until[number] = self._now() + LOCKED
            self._db.execute("UPDATE customers SET is_locked = 1 WHERE customer_id = ?", (number,))


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    keys = ("customer_id", "name", "phone", "level", "points")
    return {**{key: row[key] for key in keys}, "honorific": honorific(row["name"], row["gender"])}
