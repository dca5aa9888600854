"""Addresses of services in endpoints.yml: whole, or, as Rasa has them, in parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import SplitResult, quote, urlsplit

from kefu.project.shape import Shape
from kefu.project.yaml import YamlMap

__all__ = ["service_address"]

_KEY: Final = "url"


def service_address(
    shape: Shape, node: YamlMap, schemes: Sequence[str], *, path: str = "", port: int | None = None
) -> str | None:
    """Return the address under ``url``; None, and it is reported, if it is none.

    Args:
        shape: Knows the file.
        node: The section; ``port``, ``username`` and ``password`` fill in what the address lacks.
        schemes: Those it may have; a bare host has the first.
        path: What follows the host where the address has nothing there.
        port: Of an address without one.
    """
    given = str(node.get(_KEY) or "localhost")
    try:
        parts = _split(given if "://" in given else f"{schemes[0]}://{given}", schemes)
    except ValueError as error:
        place = shape.document.value(node, _KEY) if _KEY in node else shape.document.start(node)
        shape.report.error(
            "endpoints.bad-address",
            place,
            f"{given.rpartition('@')[2]!r} is no address: {error}",  # without a password
            f"write {' or '.join(f'{scheme}://host' for scheme in schemes)}",
        )
        return None
    login = _login(parts, node)
    number = parts.port or node.get("port") or port
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name
    at = f"{host}:{number}" if number else host
    behind = parts.path.strip("/") or path.strip("/")
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{login}{at}/{behind}{query}"


def _login(parts: SplitResult, node: YamlMap) -> str:
    if "@" in parts.netloc:
        return parts.netloc.rpartition("@")[0] + "@"
    name, password = node.get("username"), node.get("password")
    if not name and password is None:
        return ""
    return f"{_quoted(name)}:{_quoted(password)}@"


def _quoted(value: Any) -> str:
    return "" if value is None else quote(str(value), safe="")


def _split(address: str, schemes: Sequence[str]) -> SplitResult:
    """Return the parts of an address.

    Raises:
        ValueError: It is none, or has another scheme.
    """
    parts = urlsplit(address)
    if parts.scheme not in schemes:
        raise ValueError(f"it begins with {parts.scheme}://")
    if not parts.hostname:
        raise ValueError("it names no host")
    _ = parts.port  # raises if it is no number
    return parts
