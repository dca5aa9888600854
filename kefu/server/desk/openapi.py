"""The description of ``/api/v1`` in OpenAPI 3.1, made of the route tables themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from sanic.response import HTTPResponse

from kefu import __version__
from kefu.server.guard import COOKIE, CSRF_HEADER, ONLY_HERE
from kefu.server.problems import CONTENT_TYPE, PREFIX
from kefu.server.routes.table import ApiCall, ApiRoute

__all__ = ["described", "openapi_route"]

_PART: Final = re.compile(r"<(\w+)(?::\w+)?>")
_OBJECT: Final = {"type": "object"}
_PLACE: Final = "#/components/schemas/{name}"


class Problem(msgspec.Struct, frozen=True):
    """What went wrong (RFC 9457)."""

    type: str
    """`urn:kefu:problem:<name>`; docs/reference/http.md lists the names."""
    title: str
    status: int
    detail: str
    """For people."""
    instance: str
    reason: str = ""
    details: dict[str, Any] = {}


def openapi_route(routes: Sequence[ApiRoute]) -> ApiRoute:
    """Return the route that shows the description of ``routes``, and of itself."""
    shown: list[bytes] = []

    async def openapi(_: ApiCall) -> HTTPResponse:
        """Describe the API."""
        if not shown:
            shown.append(msgspec.json.encode(described([*routes, route])))
        return HTTPResponse(shown[0], content_type="application/json")

    route = ApiRoute("GET", "/api/v1/openapi.json", openapi, access="open")
    return route


def described(routes: Sequence[ApiRoute]) -> dict[str, Any]:
    """Return the description of those of ``routes`` that are below ``/api/v1``."""
    ours = [route for route in routes if route.path.startswith(PREFIX)]
    types = [
        kind for route in ours for kind in (route.form.body, route.form.answer) if kind is not None
    ]
    schemas, components = msgspec.json.schema_components([*types, Problem], ref_template=_PLACE)
    of_type = dict(zip(map(repr, [*types, Problem]), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in ours:
        path = _PART.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, of_type)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kefu",
            "version": __version__,
            "description": "What the workbench of agents, and machines, do.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {
                "Problem": {
                    "description": "It could not be done.",
                    "content": {CONTENT_TYPE: {"schema": of_type[repr(Problem)]}},
                }
            },
            "securitySchemes": _schemes(),
        },
    }


def _schemes() -> dict[str, Any]:
    return {
        "login": {
            "type": "apiKey",
            "in": "cookie",
            "name": COOKIE,
            "description": f"Set by POST /api/v1/login, on https as {ONLY_HERE}{COOKIE}; all but "
            f"GET shows {CSRF_HEADER} as well.",
        },
        "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
        "token": {"type": "http", "scheme": "bearer", "description": "`--auth-token`."},
    }


def _operation(route: ApiRoute, of_type: dict[str, Any]) -> dict[str, Any]:
    form = route.form
    summary = (route.serve.__doc__ or "").strip().partition("\n")[0].rstrip(".")
    success: dict[str, Any] = {"description": HTTPStatus(form.status).phrase}
    if form.status != HTTPStatus.NO_CONTENT:
        schema = _OBJECT if form.answer is None else of_type[repr(form.answer)]
        success["content"] = {"application/json": {"schema": schema}}
    operation: dict[str, Any] = {
        "operationId": _name(route),
        "summary": summary,
        "security": _security(route),
        "parameters": _parameters(route),
        "responses": {
            str(form.status): success,
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if route.permission is not None:
        operation["x-permission"] = str(route.permission)
    if form.body is not None:
        content = {"application/json": {"schema": of_type[repr(form.body)]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _name(route: ApiRoute) -> str:
    path = _PART.sub(r"\1", route.path.removeprefix(PREFIX))
    return "_".join([route.method.lower(), *re.split(r"\W+", path)])


def _security(route: ApiRoute) -> list[dict[str, list[str]]]:
    if route.access == "open":
        return []
    login: dict[str, list[str]] = (
        {"login": []} if route.method == "GET" else {"login": [], "csrf": []}
    )
    token: dict[str, list[str]] = {"token": []}
    if route.access == "token":
        return [token] if route.permission is None else [token, login]
    return [login] if route.permission is None else [login, token]


def _parameters(route: ApiRoute) -> list[dict[str, Any]]:
    text = {"type": "string"}
    of_path = [
        {"name": name, "in": "path", "required": True, "schema": text}
        for name in _PART.findall(route.path)
    ]
    of_query = [
        {"name": name, "in": "query", "description": meaning, "schema": text}
        for name, meaning in route.form.query.items()
    ]
    return [*of_path, *of_query]
