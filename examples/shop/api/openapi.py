"""OpenAPI and the page that shows it, made from the route table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from examples.shop.api.fields import CUSTOMER_ID, PHONE, Field
from examples.shop.api.routes import Route

__all__ = ["page", "specification"]

_ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "description": "stable name of the reason"},
                "message": {"type": "string", "description": "can be shown to customers"},
            },
        }
    },
}
_REFUSED = {
    "description": "refused: 400 malformed, 401 key, 403 identity, 404 none, 409 state, 422 key",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
}
_STYLE = (
    "body{font:15px/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color-scheme:light dark}code{font-family:ui-monospace,monospace}"
    "dt{margin-top:1rem}dd{margin:0 0 0 1.5rem}b{display:inline-block;min-width:3.5rem}"
)


def specification(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 description of ``routes``."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "橙意商城",
            "version": "1.0",
            "description": "The business system behind the shop assistant.",
        },
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": {"Refusal": _ERROR},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    parameters = [_parameter(field, "path") for field in route.in_path]
    if route.owned_by:
        parameters.append(_parameter(Field("X-Customer", CUSTOMER_ID, is_required=False), "header"))
        parameters.append(_parameter(Field("X-Phone", PHONE, is_required=False), "header"))
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}_{route.respond.__name__}",
        "summary": route.summary,
        "parameters": parameters,
        "responses": {
            str(route.status): {
                "description": "done",
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            "default": _REFUSED,
        },
    }
    if not route.has_body:
        parameters.extend(_parameter(field, "query") for field in route.fields)
        return operation
    parameters.append({"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}})
    if route.fields:
        body = {
            "type": "object",
            "properties": {field.name: dict(field.kind.schema) for field in route.fields},
            "required": [field.name for field in route.fields if field.is_required],
        }
        operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
    return operation


def _parameter(field: Field, place: str) -> dict[str, Any]:
    return {
        "name": field.name,
        "in": place,
        "required": field.is_required,
        "schema": dict(field.kind.schema),
    }


def page(routes: Sequence[Route]) -> str:
    """Return the same as a page to read."""
    rows = "".join(
        f"<dt><b>{route.method}</b> <code>{escape(route.path)}</code></dt>"
        f"<dd>{escape(route.summary)}{_fields(route)}</dd>"
        for route in routes
    )
    return (
        "<!doctype html><html lang='zh-CN'><meta charset='utf-8'><title>橙意商城 API</title>"
        f"<style>{_STYLE}</style><h1>橙意商城 API</h1>"
        f"<p><a href='/api/openapi.json'>openapi.json</a></p><dl>{rows}</dl></html>"
    )


def _fields(route: Route) -> str:
    names = [
        f"<code>{escape(field.name)}{'' if field.is_required else '?'}</code>"
        for field in route.fields
    ]
    kind = "JSON" if route.has_body else "?"
    return f"<br>{kind}: {' '.join(names)}" if names else ""
