"""Reads ``tracker_store`` of endpoints.yml: where conversations are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from kefu.project.problems import nearest, suggestion
from kefu.project.service_address import redis_address, service_address
from kefu.project.settings import MEMORY, RedisTrackers
from kefu.project.shape import Shape
from kefu.project.yaml import YamlMap, variable

__all__ = ["TrackerStore", "read_tracker_store"]

_MEMORY: Final = frozenset({"inmemory", "in_memory", "memory"})
TYPES: Final = ("SQL", "redis", "InMemory")
_ELSEWHERE: Final = {
    "mongod": "MongoDB",
    "mongodb": "MongoDB",
    "mongo": "MongoDB",
    "dynamo": "DynamoDB",
    "dynamodb": "DynamoDB",
}
"""Rasa's other stores, which cannot take a turn and what follows from it in one transaction."""
_INSTEAD: Final = (
    "write 'type: SQL' with 'dialect: postgresql' and the database's 'url', or leave the section"
    " out for SQLite in var/kefu.db"
)
_DIALECTS: Final = {"postgres": "postgresql", "postgresql": "postgresql", "sqlite": "sqlite"}
SQL_KEYS: Final = (
    "url",
    "dialect",
    "port",
    "username",
    "password",
    "db",
    "login_db",
    "query",
)
REDIS_KEYS: Final = (
    "url",
    "port",
    "db",
    "username",
    "password",
    "key_prefix",
    "record_exp",
    "use_ssl",
    "ssl_keyfile",
    "ssl_certfile",
    "ssl_ca_certs",
)
_RASAS_OWN: Final = ("event_broker",)
_PSYCOPGS_OWN: Final = frozenset(
    {
        "channel_binding",
        "connect_timeout",
        "gssencmode",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "requirepeer",
        "sslcompression",
        "tcp_user_timeout",
    }
)
"""Settings of a connection that Rasa's client has, and a server would refuse."""
_LONGEST_KEPT: Final = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerStore:
    """What the section says."""

    url: str | None = None
    """Of the log; None: SQLite in ``var/kefu.db``."""
    login_db: str | None = None
    """A database to log in to where that of ``url`` has to be created first."""
    redis: RedisTrackers | None = None


def read_tracker_store(shape: Shape, root: YamlMap) -> TrackerStore:
    """Return where conversations are kept; what is wrong is reported."""
    at = shape.document.value(root, "tracker_store")
    node = shape.as_map(root.get("tracker_store"), at, "'tracker_store'")
    if node is None:
        return TrackerStore()
    kind = str(node.get("type") or "").lower()
    url = node.get("url")
    if kind in _MEMORY:
        _check_keys(shape, node, ())
        return TrackerStore(url=MEMORY)
    if kind == "redis":
        return _redis(shape, node)
    if kind == "sql" or (not kind and isinstance(url, str) and "://" in url):
        return _sql(shape, node)
    _refuse(shape, node, kind)
    return TrackerStore()


def _refuse(shape: Shape, node: YamlMap, kind: str) -> None:
    place = shape.document.value(node, "type") if "type" in node else shape.document.start(node)
    given = node.get("type")
    advice = suggestion(str(given), TYPES, f"possible: {', '.join(TYPES)}")
    message = f"'tracker_store' has no type {given!r}" if kind else "'tracker_store' needs a 'type'"
    if kind in _ELSEWHERE:
        message, advice = f"conversations cannot be kept in {_ELSEWHERE[kind]}", _INSTEAD
    elif "." in kind:
        message = f"the tracker store {given!r} is a class of one's own, which Kefu does not load"
        advice = f"{_INSTEAD}; to keep a copy elsewhere, name an 'event_broker'"
    shape.report.error("endpoints.unknown-store", place, message, advice)


def _check_keys(shape: Shape, node: YamlMap, known: tuple[str, ...]) -> None:
    for key in node:
        if key == "type" or key in known or key in _RASAS_OWN:
            continue
        near = nearest(str(key), list(known))
        shape.report.warning(
            "endpoints.unknown-setting",
            shape.document.key(node, key),
            f"'tracker_store' has no setting {key!r} with this 'type', it is ignored",
            f"did you mean {near!r}?" if near else f"possible: {', '.join(known) or 'none'}",
        )


def _sql(shape: Shape, node: YamlMap) -> TrackerStore:
    _check_keys(shape, node, SQL_KEYS)
    login = shape.text_at(node, "login_db", "'login_db'") or None
    url = node.get("url")
    is_whole = isinstance(url, str) and "://" in url
    dialect = _dialect(shape, node, "url" if is_whole else "dialect")
    if dialect is None:
        return TrackerStore()
    if is_whole:
        whole = f"{dialect}://{str(url).partition('://')[2]}"
        return TrackerStore(url=_checked(shape, node, whole), login_db=login)
    database = shape.text_at(node, "db", "'db'")
    if dialect == "sqlite":
        return TrackerStore(url=f"sqlite:///{database or 'rasa.db'}")
    query = shape.as_map(node.get("query"), shape.document.value(node, "query"), "'query'")
    at = service_address(shape, node, ("postgresql",), path=quote(database or "rasa", safe=""))
    if at is None:
        return TrackerStore()
    given = {str(key): str(value) for key, value in (query or {}).items() if value is not None}
    if given:
        at += f"{'&' if '?' in at else '?'}{urlencode(given)}"
    return TrackerStore(url=_checked(shape, node, at), login_db=login)


def _dialect(shape: Shape, node: YamlMap, key: str) -> str | None:
    """Return the dialect that is named, by itself or as what the address begins with."""
    given = str(node.get(key) or "sqlite").partition("://")[0]
    dialect = _DIALECTS.get(given.partition("+")[0].lower())
    if dialect is None:
        shape.report.error(
            "endpoints.unknown-dialect",
            shape.document.value(node, key),
            f"conversations cannot be kept with the SQL dialect {given!r}",
            "write 'dialect: postgresql' or 'dialect: sqlite'"
            if key == "dialect"
            else "write postgresql://user:password@host/database or sqlite:///path",
        )
    return dialect


def _checked(shape: Shape, node: YamlMap, address: str) -> str:
    """Return an address without what its client does not know, in the schema of Rasa's variable."""
    if not address.startswith("postgresql://"):
        return address
    whole, _, query = address.partition("?")
    given = dict(parse_qsl(query, keep_blank_values=True))
    for name in sorted(_PSYCOPGS_OWN & given.keys()):
        del given[name]
        shape.report.warning(
            "endpoints.unknown-setting",
            shape.document.value(node, "query" if "query" in node else "url"),
            f"{name!r} has no effect: it is a setting of psycopg, which is not used here",
            "leave it out",
        )
    schema = variable("POSTGRESQL_SCHEMA")
    if schema is not None:
        given.setdefault("search_path", schema)
    return f"{whole}?{urlencode(given)}" if given else whole


def _redis(shape: Shape, node: YamlMap) -> TrackerStore:
    _check_keys(shape, node, REDIS_KEYS)
    prefix = shape.text_at(node, "key_prefix", "'key_prefix'")
    if prefix and not re.fullmatch(r"[A-Za-z0-9]+", prefix):
        # As Rasa has it, so that both use the same keys.
        shape.report.warning(
            "endpoints.wrong-value",
            shape.document.value(node, "key_prefix"),
            f"'key_prefix' {prefix!r} is ignored, as Rasa does",
            "only letters and digits may stand in it",
        )
        prefix = None
    expires = shape.whole_at(node, "record_exp", "'record_exp'", most=_LONGEST_KEPT)
    address = redis_address(shape, node, port=6379)
    if address is None:
        return TrackerStore()
    head = f"{prefix}:tracker:" if prefix else "tracker:"
    return TrackerStore(redis=RedisTrackers(url=address, prefix=head, expires_in=expires))
