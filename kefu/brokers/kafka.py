"""Events to Kafka: keyed by conversation, written to all replicas, idempotent."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.helpers import create_ssl_context

from kefu.errors import BrokerError
from kefu.gateway.feeding import Publication
from kefu.logs import fields

__all__ = ["KafkaPublisher"]

log = logging.getLogger(__name__)

_REQUEST_MILLISECONDS = 15_000


class KafkaPublisher:
    """Publishes to a topic; all events of a conversation go to the same partition, in order."""

    def __init__(
        self,
        servers: Sequence[str],
        *,
        topic: str,
        settings: Mapping[str, Any],
        make: Callable[..., Any] = AIOKafkaProducer,
    ) -> None:
        """Connect with the first event.

        Args:
            servers: ``host:port`` of some of the brokers.
            topic: Where the events go.
            settings: Rasa's settings about login and encryption.
            make: Makes the client.
        """
        self._servers = list(servers)
        self._topic = topic
        self._settings = settings
        self._make = make
        self._producer: Any = None

    async def publish(self, publications: Sequence[Publication]) -> int:
        """Publish events and wait for all of them."""
        try:
            producer = await self._connected()
            sent = [
                await producer.send(
                    self._topic,
                    publication.body.encode(),
                    key=publication.key.encode(),
                    headers=_headers(publication),
                )
                for publication in publications
                if not self._is_too_large(publication)
            ]
            await producer.flush()
            await asyncio.gather(*sent)
        except (KafkaError, OSError, TimeoutError, ValueError, TypeError) as error:
            await self.close()  # the last two: a setting that the client does not take
            raise BrokerError(f"Kafka {', '.join(self._servers)}: {error!r}") from error
        except asyncio.CancelledError:
            await self.close()
            raise
        return len(publications) - len(sent)

    async def close(self) -> None:
        """Disconnect; what is still on its way is not waited for long."""
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                async with asyncio.timeout(5.0):
                    await producer.stop()
            except (KafkaError, OSError, TimeoutError):
                return

    def _is_too_large(self, publication: Publication) -> bool:
        """Whether no broker of usual settings takes it; it must not hold up all others."""
        limit = int(self._settings.get("max_request_size") or 1_048_576)
        size = len(publication.body.encode()) + len(publication.key.encode()) + 512
        if size > limit:
            log.error(
                "an event is too large for Kafka and is left out",
                extra=fields(
                    conversation_id=publication.key,
                    bytes=size,
                    error=MessageSizeTooLargeError.__name__,
                ),
            )
        return size > limit

    async def _connected(self) -> Any:
        if self._producer is None:
            self._producer = self._make(
                bootstrap_servers=self._servers,
                enable_idempotence=True,
                acks="all",
                request_timeout_ms=_REQUEST_MILLISECONDS,
                **self._client_settings(),
            )
            await self._producer.start()
        return self._producer

    def _client_settings(self) -> dict[str, Any]:
        given = self._settings
        user = given.get("sasl_username")
        protocol = given.get("security_protocol") or ("SASL_PLAINTEXT" if user else "PLAINTEXT")
        found: dict[str, Any] = {"security_protocol": protocol}
        if given.get("client_id"):
            found["client_id"] = str(given["client_id"])
        if given.get("max_request_size"):
            found["max_request_size"] = int(given["max_request_size"])
        if "SASL" in protocol:
            found["sasl_mechanism"] = given.get("sasl_mechanism") or "PLAIN"
            found["sasl_plain_username"] = user
            found["sasl_plain_password"] = given.get("sasl_password")
        if "SSL" in protocol:
            found["ssl_context"] = self._ssl_context()
        return found

    def _ssl_context(self) -> ssl.SSLContext:
        given = self._settings
        try:
            context: ssl.SSLContext = create_ssl_context(
                cafile=given.get("ssl_cafile"),
                certfile=given.get("ssl_certfile"),
                keyfile=given.get("ssl_keyfile"),
            )
        except OSError as error:
            raise BrokerError(f"Kafka's certificates cannot be read: {error}") from error
        context.check_hostname = given.get("ssl_check_hostname") is not False
        return context


def _headers(publication: Publication) -> list[tuple[str, bytes]]:
    """Return what goes beside an event, such as the id by which consumers tell repeats."""
    known = {"message_id": publication.id} if publication.id else {}
    return [(name, value.encode()) for name, value in {**known, **publication.headers}.items()]
