"""The shop's business, whole: its parts on one connection."""

from __future__ import annotations

import sqlite3

from examples.shop.aftersales import AfterSales
from examples.shop.care import Care
from examples.shop.coupons import Coupons
from examples.shop.customers import Customers
from examples.shop.database import Now, shop_time
from examples.shop.goods import Goods
from examples.shop.money import Money
from examples.shop.orders import Orders
from examples.shop.parcels import Parcels
from examples.shop.presales import Presales
from examples.shop.recommending import Recommending

__all__ = ["Shop"]


class Shop:
    """One object for each part of the business."""

    def __init__(self, connection: sqlite3.Connection, now: Now = shop_time) -> None:
        self.now = now
        self.orders = Orders(connection, now)
        self.parcels = Parcels(connection, now)
        self.after_sales = AfterSales(connection, now)
        self.money = Money(connection, now)
        self.coupons = Coupons(connection, now)
        self.customers = Customers(connection, now)
        self.care = Care(connection, now)
        self.goods = Goods(connection, now)
        self.presales = Presales(connection, now)
        self.recommending = Recommending(connection, now)
