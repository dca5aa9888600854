"""The description of the HTTP API in OpenAPI 3.1, made of the route tables themselves.

``/api/v1/openapi.json`` has what is below ``/api/v1``, ``/docs/openapi.json`` everything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sanic.response import HTTPResponse

from kefu import __version__
from kefu.server.guard import COOKIE, CSRF_HEADER, ONLY_HERE
from kefu.server.problems import CONTENT_TYPE, PREFIX
from kefu.server.routes.form import Form
from kefu.server.routes.rasa_forms import RASA_FORMS
from kefu.server.routes.table import ApiCall, ApiRoute

if TYPE_CHECKING:
    from kefu.server.api_page import ApiPage

__all__ = ["described", "openapi_routes"]

_PART: Final = re.compile(r"<(\w+)(?::\w+)?>")
_OBJECT: Final = {"type": "object"}
_PLACE: Final = "#/components/schemas/{name}"


class RasaError(msgspec.Struct, frozen=True):
    """What went wrong, in Rasa's form."""

    version: str
    status: str
    message: str
    """For people."""
    reason: str
    details: dict[str, Any]
    help: str | None
    code: int


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


def openapi_routes(routes: Sequence[ApiRoute]) -> tuple[ApiRoute, ...]:
    """Return the routes that describe ``routes``, and themselves."""
    shown: dict[str, bytes] = {}
    pages: list[ApiPage] = []

    async def openapi(_: ApiCall) -> HTTPResponse:
        """Describe what is below `/api/v1`."""
        if "below" not in shown:
            ours = [route for route in everything if route.path.startswith(PREFIX)]
            shown["below"] = msgspec.json.encode(described(ours))
        return HTTPResponse(shown["below"], content_type="application/json")

    async def whole(_: ApiCall) -> HTTPResponse:
        """Describe the HTTP API."""
        if "all" not in shown:
            shown["all"] = msgspec.json.encode(described(everything))
        return HTTPResponse(shown["all"], content_type="application/json")

    async def page(call: ApiCall) -> HTTPResponse:
        """Show the description to people."""
        from kefu.server.api_page import ApiPage  # noqa: PLC0415 - only who looks pays for it

        if not pages:
            pages.append(ApiPage(described(everything)))
        return pages[0].answer(call.request)

    own = (
        ApiRoute("GET", "/api/v1/openapi.json", openapi, access="open"),
        ApiRoute("GET", "/docs/openapi.json", whole, access="open"),
        ApiRoute("GET", "/docs", page, access="open", form=Form(answer_type="text/html")),
    )
    everything = [*routes, *own]
    return own


def described(routes: Sequence[ApiRoute]) -> dict[str, Any]:
    """Return the description of ``routes``."""
    formed = [(route, RASA_FORMS.get((route.method, route.path), route.form)) for route in routes]
    formed = [(route, form) for route, form in formed if route.method != "HEAD"]
    types = [kind for _, form in formed for kind in (form.body, form.answer) if kind is not None]
    all_types = [*types, Problem, RasaError]
    schemas, components = msgspec.json.schema_components(all_types, ref_template=_PLACE)
    of_type = dict(zip(map(repr, all_types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route, form in formed:
        path = _PART.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, form, of_type)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kefu",
            "version": __version__,
            "description": "Rasa's HTTP API, and what the workbench of agents, and machines, do.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {
                "Problem": {
                    "description": "It could not be done.",
                    "content": {CONTENT_TYPE: {"schema": of_type[repr(Problem)]}},
                },
                "Error": {
                    "description": "It could not be done.",
                    "content": {"application/json": {"schema": of_type[repr(RasaError)]}},
                },
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
        "jwt": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "`--jwt-secret`: of an admin, or of the user whose name is the "
            "conversation's id.",
        },
        "query": {
            "type": "apiKey",
            "in": "query",
            "name": "token",
            "description": "`--auth-token`, as with Rasa; it stands in logs.",
        },
    }


def _operation(route: ApiRoute, form: Form, of_type: dict[str, Any]) -> dict[str, Any]:
    is_ours = route.path.startswith(PREFIX)
    summary = (route.serve.__doc__ or "").strip().partition("\n")[0].rstrip(".")
    success: dict[str, Any] = {"description": HTTPStatus(form.status).phrase}
    if form.status != HTTPStatus.NO_CONTENT:
        schema = _OBJECT if form.answer is None else of_type[repr(form.answer)]
        media = {"schema": schema} if form.answer_type == "application/json" else {}
        success["content"] = {form.answer_type: media}
    failure = "Problem" if is_ours else "Error"
    operation: dict[str, Any] = {
        "operationId": _name(route),
        "tags": [_tag(route.path)],
        "summary": summary,
        "security": _security(route),
        "parameters": _parameters(route, form),
        "responses": {
            str(form.status): success,
            "default": {"$ref": f"#/components/responses/{failure}"},
        },
    }
    if "callback_url" in form.query:
        operation["responses"]["204"] = {"description": "The answer comes later."}
    if route.permission is not None:
        operation["x-permission"] = str(route.permission)
    if form.body is not None:
        content = {form.body_type: {"schema": of_type[repr(form.body)]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _tag(path: str) -> str:
    """Return what an operation is listed under: the first part of its path that tells."""
    parts = [part for part in path.removeprefix(PREFIX).split("/") if part]
    first = parts[0].partition(".")[0] if parts else "server"
    if path.startswith(PREFIX):
        return f"{PREFIX.strip('/')}/{first}"
    is_of_rasa = first in {"conversations", "model", "domain", "status", "version"}
    return (
        f"rasa/{first if first in {'conversations', 'model'} else 'server'}"
        if is_of_rasa
        else ("server")
    )


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
        machine: list[dict[str, list[str]]] = [token, {"jwt": []}, {"query": []}]
        return machine if route.permission is None else [*machine, login]
    return [login] if route.permission is None else [login, token]


def _parameters(route: ApiRoute, form: Form) -> list[dict[str, Any]]:
    text = {"type": "string"}
    of_path = [
        {"name": name, "in": "path", "required": True, "schema": text}
        for name in _PART.findall(route.path)
    ]
    of_query = [
        {"name": name, "in": "query", "description": meaning, "schema": text}
        for name, meaning in form.query.items()
    ]
    return [*of_path, *of_query]
