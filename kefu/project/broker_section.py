"""Reads ``event_broker`` and ``inbound_queue`` of endpoints.yml."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final, Literal, TypeVar
from urllib.parse import quote, urlencode

from kefu.project.problems import nearest, suggestion
from kefu.project.service_address import (
    bad_address,
    redis_address,
    service_address,
    split_address,
)
from kefu.project.settings import EventBroker, InboundQueueSettings
from kefu.project.shape import Shape
from kefu.project.yaml import YamlList, YamlMap, plain, variable

__all__ = ["read_event_broker", "read_inbound_queue"]

K = TypeVar("K", bound=str)

_BrokerKind = Literal["file", "sql", "rabbitmq", "kafka"]
BROKERS: Final[dict[str, _BrokerKind]] = {
    "file": "file",
    "sql": "sql",
    "pika": "rabbitmq",
    "rabbitmq": "rabbitmq",
    "kafka": "kafka",
}
_RABBIT_KEYS: Final = ("url", "port", "username", "password", "virtual_host")
BROKER_KEYS: Final[dict[_BrokerKind, tuple[str, ...]]] = {
    "file": ("path",),
    "sql": ("dialect", "url", "port", "username", "password", "db"),
    "rabbitmq": (*_RABBIT_KEYS, "queues", "queue", "exchange_name"),
    "kafka": (
        "url",
        "bootstrap_servers",
        "topic",
        "client_id",
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
RASAS_OWN: Final = (
    "should_keep_unpublished_messages",
    "raise_on_failure",
    "connection_attempts",
    "retry_delay_in_seconds",
    "queue_size",
    "loglevel",
    "log_level",
    "convert_intent_id_to_string",
    "partition_by_sender",
)
"""Settings of Rasa's that mean nothing here: what is not confirmed is kept and sent again, intents
have no ids, and Kafka is always partitioned by sender."""
QUEUES: Final[dict[str, Literal["redis", "rabbitmq"]]] = {
    "redis": "redis",
    "rabbitmq": "rabbitmq",
    "pika": "rabbitmq",
}
_MOST_PARTITIONS: Final = 1_024
_MOST_WAITING: Final = 1_000_000_000
_LARGEST_REQUEST: Final = 2**31 - 1
_TOPIC: Final = re.compile(r"[a-zA-Z0-9._-]{1,249}")
_RABBITS_FILES: Final = {
    "certfile": "RABBITMQ_SSL_CLIENT_CERTIFICATE",
    "keyfile": "RABBITMQ_SSL_CLIENT_KEY",
}
"""What the client reads behind an address -> Rasa's variable for it; both of them, or none."""
_KAFKAS_LOGIN: Final = ("sasl_username", "sasl_password")
_KAFKAS_WORDS: Final = {
    "security_protocol": ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    "sasl_mechanism": ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
}
"""Settings of which aiokafka takes few words; other mechanisms need what Kefu does not have."""
QUEUE_KEYS: Final = (*_RABBIT_KEYS, "db", "name", "partitions", "max_length")


def read_event_broker(shape: Shape, root: YamlMap) -> EventBroker | None:
    """Return where events go that are committed; None if nowhere."""
    node = _one_broker(shape, root)
    kind = None if node is None else _kind(shape, node, "event_broker", BROKERS)
    if node is None or kind is None:
        return None
    _check_keys(shape, node, "event_broker", (*BROKER_KEYS[kind], *RASAS_OWN))
    match kind:
        case "file":
            path = shape.text_at(node, "path", "'path' of 'event_broker'")
            return EventBroker(kind=kind, address=path or "rasa_event.log")
        case "sql":
            url = _sql_address(shape, node)
            return None if url is None else EventBroker(kind=kind, address=url)
        case "rabbitmq":
            names = _texts(shape, node, "queues" if node.get("queues") else "queue")
            return EventBroker(
                kind=kind,
                address=_rabbit_url(shape, node),
                queues=names or ("rasa_core_events",),
                exchange=_text(shape, node, "exchange_name") or "rasa-exchange",
            )
        case "kafka":
            return _kafka(shape, node)


def read_inbound_queue(shape: Shape, root: YamlMap) -> InboundQueueSettings | None:
    """Return the queue that messages wait in before the database; None if there is none."""
    node = _section(shape, root, "inbound_queue")
    if node is None:
        return None
    kind = _kind(shape, node, "inbound_queue", QUEUES)
    if kind is None:
        return None
    _check_keys(shape, node, "inbound_queue", QUEUE_KEYS)
    defaults = InboundQueueSettings(kind=kind, url="")
    return InboundQueueSettings(
        kind=kind,
        url=(redis_address(shape, node) or "") if kind == "redis" else _rabbit_url(shape, node),
        name=_text(shape, node, "name") or defaults.name,
        partitions=shape.whole_at(node, "partitions", "'partitions'", most=_MOST_PARTITIONS)
        or defaults.partitions,
        max_length=shape.whole_at(node, "max_length", "'max_length'", most=_MOST_WAITING)
        or defaults.max_length,
    )


def _one_broker(shape: Shape, root: YamlMap) -> YamlMap | None:
    if not isinstance(root.get("event_broker"), YamlList):
        return _section(shape, root, "event_broker")
    shape.report.error(
        "endpoints.wrong-type",
        shape.document.value(root, "event_broker"),
        "'event_broker' is a list, but there is one broker, as in Rasa",
        "write the keys of one broker; RabbitMQ takes several 'queues'",
    )
    return None


def _section(shape: Shape, root: YamlMap, name: str) -> YamlMap | None:
    return shape.as_map(root.get(name), shape.document.value(root, name), f"{name!r}")


def _kind(shape: Shape, node: YamlMap, section: str, kinds: dict[str, K]) -> K | None:
    given = str(node.get("type") or "")
    kind = kinds.get(given.lower())
    if kind is None:
        near = None if "." in given else nearest(given.lower(), list(kinds))
        own = "; a class of one's own is not loaded" if "." in given else ""
        place = shape.document.value(node, "type") if "type" in node else None
        shape.report.error(
            "endpoints.unknown-type",
            place or shape.document.start(node),
            f"{section!r} has no type {given!r}" if given else f"{section!r} needs a 'type'",
            f"did you mean {near!r}?" if near else f"possible: {', '.join(kinds)}{own}",
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
    url = _text(shape, node, "url") or ""
    database = _text(shape, node, "db")
    dialect = str(node.get("dialect") or "").partition("+")[0].lower()
    if dialect not in {"", "sqlite", "postgresql", "postgres"}:
        shape.report.error(
            "endpoints.unknown-dialect",
            shape.document.value(node, "dialect"),
            f"events cannot be kept with the SQL dialect {dialect!r}",
            "write 'dialect: postgresql' or 'dialect: sqlite'",
        )
        return None
    if re.fullmatch(r"sqlite:///\S.*", url):
        return url
    if dialect.startswith("postgres") or re.match(r"postgres(?:ql)?://", url):
        schemes = ("postgresql", "postgres")
        address = service_address(shape, node, schemes, path=database or "events")
        return address and address.replace("postgres://", "postgresql://", 1)
    if url:
        wanted = ["postgresql://host/events", "sqlite:///events.db"]
        if "://" not in url:
            wanted.append("'dialect: postgresql' besides")
        bad_address(shape, node, "url", "events are kept in PostgreSQL or SQLite", wanted)
        return None
    return f"sqlite:///{database or 'events.db'}"


def _rabbit_url(shape: Shape, node: YamlMap) -> str:
    path = quote((_text(shape, node, "virtual_host") or "").strip("/"), safe="")
    url = service_address(shape, node, ("amqp", "amqps"), path=path) or ""
    files = {key: variable(name) for key, name in _RABBITS_FILES.items()}
    if not url or not all(files.values()):
        return url.replace("cacertfile=", "cafile=")
    secured = url.replace("amqp://", "amqps://", 1).replace("cacertfile=", "cafile=")
    return f"{secured}{'&' if '?' in secured else '?'}{urlencode(files)}"


def _kafka(shape: Shape, node: YamlMap) -> EventBroker:
    servers = _texts(shape, node, "url" if node.get("url") else "bootstrap_servers")
    for server in servers:
        _check_server(shape, node, server)
    topic = _text(shape, node, "topic") or "rasa_core_events"
    if not _TOPIC.fullmatch(topic):
        place, wanted = shape.document.value(node, "topic"), "letters, digits, dots, _ and -"
        shape.wrong(place, "'topic'", f"{wanted}, at most 249", topic)
    for key, possible in _KAFKAS_WORDS.items():
        _check_word(shape, node, key, possible)
    for key in ("client_id", "ssl_cafile", "ssl_certfile", "ssl_keyfile"):
        _text(shape, node, key)
    checks = shape.flag_at(node, "ssl_check_hostname", "'ssl_check_hostname'")
    settings = {key: plain(node[key]) for key in node if key in BROKER_KEYS["kafka"]}
    settings |= {} if checks is None else {"ssl_check_hostname": checks}
    settings |= {key: str(node[key]) for key in _KAFKAS_LOGIN if node.get(key) is not None}
    settings |= {key: str(node[key]).upper() for key in _KAFKAS_WORDS if node.get(key)}
    size = shape.whole_at(node, "max_request_size", "'max_request_size'", most=_LARGEST_REQUEST)
    is_login = "SASL" in str(settings.get("security_protocol"))
    if is_login and not all(settings.get(key) for key in _KAFKAS_LOGIN):
        what = "'sasl_username' or 'sasl_password'"
        place = shape.document.value(node, "security_protocol")
        shape.wrong(place, what, "given with this 'security_protocol'", None)
    return EventBroker(
        kind="kafka",
        address=",".join(servers) or "localhost:9092",
        topic=topic,
        settings={**settings, "max_request_size": size},
    )


def _check_server(shape: Shape, node: YamlMap, server: str) -> None:
    key = "url" if node.get("url") else "bootstrap_servers"
    try:
        if split_address(f"kafka://{server}", ("kafka",)).path:
            raise ValueError("a slash stands in it")  # noqa: TRY301 - one place to report
    except ValueError as error:
        bad_address(shape, node, key, str(error), ["host:9092", "a list of such"])


def _check_word(shape: Shape, node: YamlMap, key: str, possible: Sequence[str]) -> None:
    word = _text(shape, node, key)
    if word and word.upper() not in possible:
        shape.report.error(
            "endpoints.wrong-value",
            shape.document.value(node, key),
            f"{key!r} cannot be {word!r}",
            suggestion(word, possible, f"possible: {', '.join(possible)}"),
        )


def _text(shape: Shape, node: YamlMap, key: str) -> str | None:
    return shape.text_at(node, key, f"{key!r}")


def _texts(shape: Shape, node: YamlMap, key: str) -> tuple[str, ...]:
    """Return a list of texts, or a text with commas in it."""
    value = node.get(key)
    if not isinstance(value, YamlList):
        text = _text(shape, node, key) or ""
        return tuple(part for part in map(str.strip, text.split(",")) if part)
    for index, item in enumerate(value):
        if not isinstance(item, str):
            shape.wrong(shape.document.item(value, index), f"an item of {key!r}", "text", item)
    return tuple(str(item) for item in value)
