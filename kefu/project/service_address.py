"""Addresses of services in endpoints.yml: whole, or, as Rasa has them, in parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from kefu.project.shape import Shape
from kefu.project.yaml import YamlMap

__all__ = ["bad_address", "redis_address", "service_address", "split_address", "web_address"]

_KEY: Final = "url"
_HOST: Final = re.compile(r"[\w.-]+|[0-9a-fA-F:.]+(?:%[\w.-]+)?")
_MAX_PORT: Final = 65_535
_MAX_REDIS_DATABASE: Final = 1_000_000
_SSL_FILES: Final = ("ssl_keyfile", "ssl_certfile", "ssl_ca_certs")


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
    given = shape.text_at(node, _KEY, f"{_KEY!r}")
    if given is None and node.get(_KEY) is not None:
        return None
    given = given or "localhost"
    try:
        parts = split_address(given if "://" in given else f"{schemes[0]}://{given}", schemes)
    except ValueError as error:
        bad_address(shape, node, _KEY, str(error), [f"{scheme}://host" for scheme in schemes])
        return None
    login = _login(shape, node, parts)
    number = _port(shape, node, parts.port) or port
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name
    at = f"{host}:{number}" if number else host
    behind = parts.path.strip("/") or path.strip("/")
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{login}{at}/{behind}{query}"


def redis_address(shape: Shape, node: YamlMap, *, port: int | None = None) -> str | None:
    """Return the address of Redis; None, and it is reported, if it is none.

    With ``use_ssl`` it is always encrypted.
    """
    is_secure = shape.flag_at(node, "use_ssl", "'use_ssl'")
    number = shape.whole_at(node, "db", "'db'", least=0, most=_MAX_REDIS_DATABASE) or 0
    given = node.get(_KEY)
    if isinstance(given, str) and re.fullmatch(r"unix://[^\s]+", given):
        return given
    schemes = ("rediss",) if is_secure else ("redis", "rediss")
    address = service_address(shape, node, schemes, path=str(number), port=port)
    if address is not None and not urlsplit(address).path.strip("/").isdecimal():
        why = "behind the host stands what is no number of a database"
        bad_address(shape, node, _KEY, why, [f"{schemes[0]}://host/0"])
        return None
    return None if address is None else address + _ssl_files(shape, node, address)


def _ssl_files(shape: Shape, node: YamlMap, address: str) -> str:
    """Return what the client reads of certificates behind an address, as Rasa's keys name them."""
    named = {key: shape.text_at(node, key, f"{key!r}") for key in _SSL_FILES if node.get(key)}
    files = {key: name for key, name in named.items() if name}
    if files and not address.startswith("rediss://"):
        first = next(iter(files))
        shape.report.error(
            "endpoints.wrong-value",
            shape.document.value(node, first),
            f"{first!r} is given, but the connection would not be encrypted",
            "write 'use_ssl: true' besides",
        )
        return ""
    return f"{'&' if '?' in address else '?'}{urlencode(files)}" if files else ""


def web_address(shape: Shape, node: YamlMap, key: str, what: str, example: str) -> str | None:
    """Return the http or https address under ``key``; None, and it is reported, if it is none."""
    given = shape.text_at(node, key, what)
    if not given:
        return None
    try:
        split_address(given, ("http", "https"))
    except ValueError as error:
        bad_address(shape, node, key, str(error), [example])
        return None
    return given


def split_address(address: str, schemes: Sequence[str]) -> SplitResult:
    """Return the parts of an address.

    Raises:
        ValueError: It is none, or has another scheme.
    """
    parts = urlsplit(address)
    if parts.scheme not in schemes or "://" not in address:
        wanted = " or ".join(f"{scheme}://" for scheme in schemes)
        raise ValueError(f"it does not begin with {wanted}")
    if not parts.hostname:
        raise ValueError("it names no host")
    if not _HOST.fullmatch(parts.hostname) or re.search(r"\s", address):
        raise ValueError("it has characters that no address has")
    if parts.port == 0:  # raises if it is no number
        raise ValueError("no service listens on port 0")
    return parts


def bad_address(shape: Shape, node: YamlMap, key: str, why: str, wanted: Sequence[str]) -> None:
    """Report that there is no address under ``key``, without the password that may stand there."""
    shown = str(node.get(key) or "").rpartition("@")[2]
    shape.report.error(
        "endpoints.bad-address",
        shape.document.value(node, key) if key in node else shape.document.start(node),
        f"{shown!r} is no address: {why}",
        f"write {' or '.join(wanted)}",
    )


def _port(shape: Shape, node: YamlMap, named: int | None) -> int | None:
    """Return the port that the address names, else that of the key ``port``."""
    port = shape.whole_at(node, "port", "'port'", most=_MAX_PORT)
    if named is not None and port is not None and port != named:
        shape.report.error(
            "endpoints.bad-address",
            shape.document.value(node, "port"),
            f"'url' names port {named}, but 'port' is {port}",
            "write one of them",
        )
    return named or port


def _login(shape: Shape, node: YamlMap, parts: SplitResult) -> str:
    if "@" in parts.netloc:
        return parts.netloc.rpartition("@")[0] + "@"
    name, password = (_word(shape, node, key) for key in ("username", "password"))
    if not name and password is None:
        return ""
    return f"{quote(name or '', safe='')}:{quote(password or '', safe='')}@"


def _word(shape: Shape, node: YamlMap, key: str) -> str | None:
    value = node.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # as passwords of digits are written
    return shape.text_at(node, key, f"{key!r}")
