"""Makes the publisher that endpoints.yml names; loads only what that needs."""

from __future__ import annotations

from pathlib import Path

from kefu.brokers.files import FilePublisher
from kefu.errors import BrokerError
from kefu.gateway.feeding import Publisher
from kefu.project.settings import EventBroker

__all__ = ["open_publisher"]


def open_publisher(broker: EventBroker, root: Path) -> Publisher:
    """Return the publisher of ``broker``; it connects with its first event.

    Args:
        broker: As the project says.
        root: What relative paths begin at.

    Raises:
        BrokerError: A package is missing.
    """
    match broker.kind:
        case "file":
            return FilePublisher(root / broker.address)
        case "sql":
            return _sql(broker.address, root)
        case "rabbitmq":
            return _rabbitmq(broker)
        case "kafka":
            return _kafka(broker)


def _sql(url: str, root: Path) -> Publisher:
    from kefu.brokers.sql import PostgresPublisher, SqlitePublisher  # noqa: PLC0415 - lazy

    if url.startswith("sqlite:///"):
        return SqlitePublisher(root / url.removeprefix("sqlite:///"))
    return PostgresPublisher(url)


def _rabbitmq(broker: EventBroker) -> Publisher:
    try:
        from kefu.brokers.rabbitmq import RabbitPublisher  # noqa: PLC0415 - lazy
    except ModuleNotFoundError as error:
        raise BrokerError(
            "the event broker of type rabbitmq needs the package aio-pika: "
            "pip install 'kefu[rabbitmq]'"
        ) from error
    return RabbitPublisher(broker.address, queues=broker.queues, exchange=broker.exchange)


def _kafka(broker: EventBroker) -> Publisher:
    try:
        from kefu.brokers.kafka import KafkaPublisher  # noqa: PLC0415 - lazy
    except ModuleNotFoundError as error:
        raise BrokerError(
            "the event broker of type kafka needs the package aiokafka: pip install 'kefu[kafka]'"
        ) from error
    return KafkaPublisher(broker.address.split(","), topic=broker.topic, settings=broker.settings)
