"""Compares answers of ``/api/v1`` with what OpenAPI says of them."""

import re

import msgspec

from kefu.server.desk import administration, naming, own, search
from kefu.server.desk.library import routes as library
from kefu.server.desk.wiring import DESK_ROUTES
from kefu.server.routes import customers, deliveries

ROUTES = (
    *own.ROUTES,
    *administration.ROUTES,
    *naming.ROUTES,
    *library.ROUTES,
    *search.ROUTES,
    *DESK_ROUTES,
    *customers.ROUTES,
    *deliveries.ROUTES,
)
PATTERNS = [
    (route, re.compile(re.sub(r"<[^>]+>", "[^/]+", route.path).replace(".", r"\.")))
    for route in ROUTES
]


def check_described(method, path, status, body):
    """Fail when an answer is another one than its route says."""
    path = path.partition("?")[0]
    for route, pattern in PATTERNS:
        if route.method == method and pattern.fullmatch(path) and status == route.form.status:
            if route.form.answer is not None:
                msgspec.convert(body, route.form.answer)
            return
