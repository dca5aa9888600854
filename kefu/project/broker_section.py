"""Reads ``event_broker`` and ``inbound_queue`` of endpoints.yml."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, Literal, TypeVar
from urllib.parse import quote

from kefu.project.problems import nearest
from kefu.project.service_address import service_address
from kefu.project.settings import EventBroker, InboundQueueSettings
from kefu.project.shape import Shape
from kefu.project.yaml import YamlList, YamlMap, plain

__all__ = ["read_event_broker", "read_inbound_queue"]

K = TypeVar("K", bound=str)

_BrokerKind = Literal["file", "sql", "rabbitmq", "kafka"]
_BROKERS: Final[dict[str, _BrokerKind]] = {
    "file": "file",
    "sql": "sql",
    "pika": "rabbitmq",
    "rabbitmq": "rabbitmq",
    "kafka": "kafka",
}
_RABBIT_KEYS: Final = ("url", "port", "username", "password", "virtual_host")
_BROKER_KEYS: Final[dict[_BrokerKind, tuple[str, ...]]] = {
    "file": ("path",),
    "sql": ("dialect", "url", "port", "username", "password", "db"),
    "rabbitmq": (*_RABBIT_KEYS, "queues", "queue", "exchange_name"),
    "kafka": (
        "url",
        "bootstrap_servers",
        "topic",
        "client_id",
        "partition_by_sender",
        "security_protocol",
        "sasl_mechanism",
        "sasl_username",
        "sasl_password",
        "ssl_cafile",
        "ssl_certfile",
        "ssl_keyfile",
        "ssl_check_hostname",
        "max_request_size",
    ),
}
_RASAS_OWN: Final = (
    "should_keep_unpublished_messages",
    "raise_on_failure",
    "connection_attempts",
    "retry_delay_in_seconds",
    "queue_size",
)
"""Settings of Rasa's that mean nothing here: what is not confirmed is kept and sent again."""
_QUEUES: Final[dict[str, Literal["redis", "rabbitmq"]]] = {
    "redis": "redis",
    "rabbitmq": "rabbitmq",
    "pika": "rabbitmq",
}
_QUEUE_KEYS: Final = (*_RABBIT_KEYS, "db", "name", "partitions", "max_length")


def read_event_broker(shape: Shape, root: YamlMap) -> EventBroker | None:
    """Return where events go that are committed; None if nowhere."""
    node = _section(shape, root, "event_broker")
    if node is None:
        return None
    kind = _kind(shape, node, "event_broker", _BROKERS)
    if kind is None:
        return None
    _check_keys(shape, node, "event_broker", (*_BROKER_KEYS[kind], *_RASAS_OWN))
    match kind:
        case "file":
            path = shape.text_at(node, "path", "'path' of 'event_broker'")
            return EventBroker(kind=kind, address=path or "rasa_event.log")
        case "sql":
            url = _sql_address(shape, node)
            return None if url is None else EventBroker(kind=kind, address=url)
        case "rabbitmq":
            return EventBroker(
                kind=kind,
                address=_rabbit_url(shape, node),
                queues=_texts(node.get("queues") or node.get("queue")) or ("rasa_core_events",),
                exchange=str(node.get("exchange_name") or "rasa-exchange"),
            )
        case "kafka":
            servers = _texts(node.get("url") or node.get("bootstrap_servers"))
            return EventBroker(
                kind=kind,
                address=",".join(servers) or "localhost:9092",
                topic=str(node.get("topic") or "rasa_core_events"),
                settings={key: plain(node[key]) for key in node if isinstance(key, str)},
            )


def read_inbound_queue(shape: Shape, root: YamlMap) -> InboundQueueSettings | None:
    """Return the queue that messages wait in before the database; None if there is none."""
    node = _section(shape, root, "inbound_queue")
    if node is None:
        return None
    kind = _kind(shape, node, "inbound_queue", _QUEUES)
    if kind is None:
        return None
    _check_keys(shape, node, "inbound_queue", _QUEUE_KEYS)
    defaults = InboundQueueSettings(kind=kind, url="")
    return InboundQueueSettings(
        kind=kind,
        url=_redis_url(shape, node) if kind == "redis" else _rabbit_url(shape, node),
        name=str(node.get("name") or defaults.name),
        partitions=_count(shape, node, "partitions", defaults.partitions, most=1024),
        max_length=_count(shape, node, "max_length", defaults.max_length),
    )


def _section(shape: Shape, root: YamlMap, name: str) -> YamlMap | None:
    return shape.as_map(root.get(name), shape.document.value(root, name), f"{name!r}")


def _kind(shape: Shape, node: YamlMap, section: str, kinds: dict[str, K]) -> K | None:
    given = str(node.get("type") or "")
    kind = kinds.get(given.lower())
    if kind is None:
        near = nearest(given.lower(), list(kinds))
        place = shape.document.value(node, "type") if "type" in node else None
        shape.report.error(
            "endpoints.unknown-type",
            place or shape.document.start(node),
            f"{section!r} has no type {given!r}" if given else f"{section!r} needs a 'type'",
            f"did you mean {near!r}?" if near else f"possible: {', '.join(kinds)}",
        )
    return kind


def _check_keys(shape: Shape, node: YamlMap, section: str, known: Collection[str]) -> None:
    for key in node:
        if key == "type" or key in known:
            continue
        near = nearest(str(key), list(known))
        shape.report.warning(
            "endpoints.unknown-setting",
            shape.document.key(node, key),
            f"{section!r} has no setting {key!r}, it is ignored",
            f"did you mean {near!r}?" if near else f"possible: {', '.join(known)}",
        )


def _sql_address(shape: Shape, node: YamlMap) -> str | None:
    url = str(node.get("url") or "")
    if url.startswith("sqlite:///"):
        return url
    dialect = str(node.get("dialect") or "").partition("+")[0].lower()
    if "://" in url or dialect in {"postgresql", "postgres"}:
        schemes = ("postgresql", "postgres")
        address = service_address(shape, node, schemes, path=str(node.get("db") or "events"))
        return address and address.replace("postgres://", "postgresql://", 1)
    if dialect in {"", "sqlite"}:
        return f"sqlite:///{node.get('db') or 'events.db'}"
    shape.report.error(
        "endpoints.unknown-dialect",
        shape.document.value(node, "dialect"),
        f"events cannot be kept with the SQL dialect {dialect!r}",
        "write 'dialect: postgresql' or 'dialect: sqlite'",
    )
    return None


def _rabbit_url(shape: Shape, node: YamlMap) -> str:
    path = quote(str(node.get("virtual_host") or "").strip("/"), safe="")
    return service_address(shape, node, ("amqp", "amqps"), path=path) or ""


def _redis_url(shape: Shape, node: YamlMap) -> str:
    return service_address(shape, node, ("redis", "rediss"), path=str(node.get("db") or 0)) or ""


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, YamlList):
        return tuple(str(item) for item in value if item is not None)
    return tuple(part.strip() for part in str(value).split(",")) if value else ()


def _count(shape: Shape, node: YamlMap, key: str, otherwise: int, *, most: int = 10**9) -> int:
    value = node.get(key)
    if value is None:
        return otherwise
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most:
        return value
    wanted = f"a whole number from 1 to {most}"
    shape.wrong(shape.document.value(node, key), f"{key!r}", wanted, value)
    return otherwise
