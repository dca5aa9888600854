"""The contract of a channel: what a connector offers, and what it is given.

A connector is a class with a ``from_settings`` constructor that takes its section of
credentials.yml. Its routes are served below ``/webhooks/<name>``; replies that no request waits
for (a reminder, an agent's answer) reach it through :meth:`Connector.send`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, Self

import msgspec

from kefu.channels.door import (
    Answered,
    ConversationHead,
    Door,
    LoggedEntry,
    LoggedEvent,
    Outcome,
    Passage,
    Receipt,
)
from kefu.channels.flow import Flow, FlowLimit, FlowLimits
from kefu.channels.humans import Humans, Place, Standing
from kefu.channels.sharing import (
    Attachment,
    Attachments,
    ChannelCounters,
    ChannelState,
    CustomerRef,
    Customers,
    TimedState,
)
from kefu.channels.siblings import HearSibling, Siblings
from kefu.clock import Clock
from kefu.core.leases import Lease, Leases, held
from kefu.core.messages import Reply, UserMessage
from kefu.core.nesting import TooDeep, check_depth
from kefu.core.shared_state import StateChange, StateValue
from kefu.core.signals import Signal
from kefu.errors import ChannelError

__all__ = [
    "Answered",
    "Attachment",
    "Attachments",
    "Capabilities",
    "ChannelContext",
    "ChannelCounters",
    "ChannelState",
    "Connector",
    "ConversationHead",
    "CustomerRef",
    "Customers",
    "Door",
    "Flow",
    "FlowLimit",
    "FlowLimits",
    "HearSibling",
    "Humans",
    "InboundMessage",
    "KnownAnswer",
    "Lease",
    "Leases",
    "LoggedEntry",
    "LoggedEvent",
    "Outcome",
    "Passage",
    "Place",
    "Receipt",
    "Route",
    "Siblings",
    "Signal",
    "SocketRoute",
    "Standing",
    "StateChange",
    "StateValue",
    "TimedState",
    "WebRequest",
    "WebResponse",
    "WebSocket",
    "decoded_body",
    "held",
    "json_response",
]

InboundMessage = UserMessage
"""What a connector makes of an incoming message: ``message_id`` is the channel's own id of it."""

DEFAULT_MAX_BODY = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can do beyond answering requests."""

    can_push: bool = False
    """Whether the channel can send without a request that waits for the answer."""
    joins_texts: bool = False
    """Whether adjacent replies of a turn that are text only shall be one delivery, as where the
    platform counts what is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAnswer:
    """A question with the answer that the bot always gives."""

    id: str
    """``<retrieval intent>/<key>``."""
    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelContext:
    """What the app gives every connector."""

    door: Door
    clock: Clock
    state_dir: Path
    """Folder for what a connector must keep between runs, such as a generated secret."""
    spawn: Callable[[Coroutine[Any, Any, None]], object]
    """Starts a task that the app supervises and ends."""
    state: ChannelState
    """What the processes of an app keep together."""
    leases: Leases
    """Lets one process at a time do something; :func:`held` waits for one."""
    limits: FlowLimits
    """How fast one sender may write."""
    counters: ChannelCounters = field(default_factory=ChannelCounters)
    """What is counted for ``/metrics``."""
    attachments: Attachments | None = None
    """Where files are kept; None: nowhere."""
    customers: Customers | None = None
    """Who is behind an address; None: nobody asks."""
    humans: Humans | None = None
    """Tells how things stand with the humans; None: there are none."""
    language: Callable[[], str] = lambda: "zh"
    """Returns the language that the bot speaks, as config.yml names it."""
    answers: Callable[[], Sequence[KnownAnswer]] = tuple
    """Returns the questions that the bot answers from its model, as it is now."""
    siblings: Siblings | None = None
    """The other processes that serve the same port; None: there are none."""


class WebRequest(Protocol):
    """An HTTP request as a connector sees it."""

    @property
    def method(self) -> str:
        """``GET``, ``POST`` ..."""
        ...

    @property
    def query(self) -> Mapping[str, str]:
        """Query parameters; of repeated ones the first value."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers; names are looked up regardless of case."""
        ...

    @property
    def body(self) -> bytes:
        """The whole body, never longer than the route's ``max_body``."""
        ...

    @property
    def client(self) -> str:
        """Address of the client."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WebResponse:
    """What a connector answers: a body, or a stream of pieces of one."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: AsyncIterator[bytes] | None = None
    written: Callable[[], Awaitable[None]] | None = None
    """Awaited once the whole response is written; not at all if the connection was cut before."""


class WebSocket(Protocol):
    """An open WebSocket."""

    async def receive(self) -> str | bytes | None:
        """Return the next frame; None when the connection is gone."""
        ...

    async def send(self, *texts: str) -> bool:
        """Send text frames, all in one go; False when the connection is gone."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Close the connection; nothing happens when it is closed already."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An HTTP address of a channel."""

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    """Below ``/webhooks/<channel>``; starts with a slash."""
    serve: Callable[[WebRequest], Awaitable[WebResponse]]
    max_body: int = DEFAULT_MAX_BODY
    too_large: Callable[[], None] | None = None
    """Called for each body that was refused for being longer than that."""
    at_root: bool = False
    """Whether ``path`` is the whole path, for protocols that have one of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketRoute:
    """A WebSocket address of a channel."""

    path: str
    serve: Callable[[WebRequest, WebSocket], Awaitable[None]]
    at_root: bool = False
    """Whether ``path`` is the whole path."""
    otherwise: Route | None = None
    """Serves a ``GET`` of the same address that asks for no WebSocket."""


class Connector(Protocol):
    """A channel."""

    @property
    def name(self) -> str:
        """Part of the address, and the messages' ``input_channel`` in the log."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What the channel can do beyond answering requests."""
        ...

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], context: ChannelContext) -> Self:
        """Build the connector from its section of credentials.yml.

        Raises:
            ChannelError: A setting is missing or wrong; the text says which and what to do.
        """
        ...

    def routes(self) -> Sequence[Route | SocketRoute]:
        """Return the addresses the channel is reached at."""
        ...

    async def send(self, reply: Reply, *, delivery_id: int, recipient: str) -> str | None:
        """Deliver a reply that no open request waits for.

        Args:
            reply: What to say; its ``recipient_id`` is the conversation.
            delivery_id: The same for every attempt: the channel's idempotency key, where it
                has one.
            recipient: The customer's address on the channel: the ``sender`` of their latest
                message, or the conversation's id where messages have none.

        Returns:
            The channel's own id of what was sent, by which it reports what becomes of it.

        Raises:
            HeldBack: It cannot be sent before the customer writes again, or something else
                calls :meth:`Door.release_held`; no attempt is counted.
            Refused: It will never be accepted: it is given up at once.
            ChannelError: It could not be delivered; it is tried again later.
        """
        ...

    # A connector whose platform counts may also have ``async left(recipient)``, which returns what
    # the customer may still be sent: ``messages``, ``of`` how many, and until when it ``ends``.

    async def close(self) -> None:
        """Release what the connector holds; called once, after its last request."""
        ...


def json_response(value: Any, status: int = 200, **headers: str) -> WebResponse:
    """Return ``value`` as a JSON response."""
    return WebResponse(
        status=status,
        body=msgspec.json.encode(value),
        content_type="application/json",
        headers=headers,
    )


def decoded_body(request: WebRequest) -> dict[str, Any]:
    """Return the body of ``request``, which has to be a JSON object.

    Raises:
        ChannelError: It is none.
    """
    try:
        check_depth(request.body)
        body = msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, TooDeep) as error:
        raise ChannelError("Failed when parsing body as json") from error
    if not isinstance(body, dict):
        raise ChannelError(f"the body must be a JSON object, not {_json_name(body)}")
    return body


def _json_name(value: Any) -> str:
    names = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
