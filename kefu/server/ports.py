"""What the server needs from the inside; the composition root puts the real ones in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol

from kefu.core.attachments import Kept
from kefu.core.domain import Domain
from kefu.core.events import Event
from kefu.core.messages import ParseData, Reply, UserMessage
from kefu.core.tracker import Tracker
from kefu.server.desk_ports import Threads

__all__ = [
    "Answer",
    "ChannelRoute",
    "Conversations",
    "Deliveries",
    "DeliveryState",
    "DeliveryView",
    "LoadedModel",
    "Models",
    "Prediction",
    "ServedAttachments",
    "ServedChannel",
    "Spoken",
    "Verbosity",
    "WaitingList",
]

DeliveryState = Literal["pending", "sent", "delivered", "read", "failed"]
"""How far a reply got."""
Verbosity = Literal["NONE", "APPLIED", "AFTER_RESTART", "ALL"]
"""How much of a log is shown."""


class LoadedModel(Protocol):
    """The model that answers now."""

    @property
    def file(self) -> str:
        """Path of its archive."""
        ...

    @property
    def model_id(self) -> str:
        """Its unique id."""
        ...

    @property
    def domain(self) -> Domain:
        """What the bot can understand, remember, do and say."""
        ...

    async def parse(self, text: str) -> ParseData:
        """Understand a text, without a conversation."""
        ...

    async def predict(self, tracker: Tracker) -> Prediction:
        """Return what the bot would do next, without doing it."""
        ...


class Models(Protocol):
    """Which model answers."""

    @property
    def current(self) -> LoadedModel | None:
        """The model that answers now; None when none is loaded."""
        ...

    async def load(self, path: str) -> None:
        """Answer with the model at ``path``, a file or a folder's newest, from now on.

        Raises:
            ModelError: It cannot be used; the present one stays.
        """
        ...

    async def load_from_server(self, section: Mapping[str, Any]) -> None:
        """Answer with the model of a model server, described as ``models`` of endpoints.yml is.

        Raises:
            ModelError: The server does not answer, has none, or one that cannot be used.
        """
        ...

    async def load_from_bucket(self, kind: str, name: str) -> None:
        """Answer with the model ``name`` of remote storage, such as ``aws``.

        Raises:
            ModelError: There is no such storage or model.
        """
        ...

    async def unload(self) -> None:
        """Answer with none."""
        ...

    def look(self, path: str) -> AbstractAsyncContextManager[LoadedModel]:
        """Give the model at ``path`` to be looked at; which one answers does not change.

        Raises:
            ModelError: There is none that could be used.
        """
        ...


class Prediction(Protocol):
    """What the bot would do next."""

    @property
    def scores(self) -> Mapping[str, float]:
        """Score of each action that has any."""
        ...

    @property
    def policy_name(self) -> str | None:
        """The policy that decided."""
        ...

    @property
    def confidence(self) -> float:
        """Its confidence."""
        ...


class Spoken(Protocol):
    """What came of something done to a conversation."""

    @property
    def replies(self) -> Sequence[Reply]:
        """What the bot said meanwhile."""
        ...


class LoggedEvent(Protocol):
    """An event with its place in the log."""

    @property
    def event(self) -> Event:
        """The event."""
        ...


class DeliveryView(Protocol):
    """A reply on its way."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def conversation_id(self) -> str:
        """Whose conversation."""
        ...

    @property
    def cause_seq(self) -> int:
        """Place of the message that it answers, 0 if it answers none."""
        ...

    @property
    def channel(self) -> str:
        """On which channel."""
        ...

    @property
    def recipient(self) -> str:
        """The customer's address there; empty: the conversation's id."""
        ...

    @property
    def body(self) -> str:
        """The reply as JSON text."""
        ...

    @property
    def state(self) -> DeliveryState:
        """How far it got."""
        ...

    @property
    def attempts(self) -> int:
        """How often it was tried."""
        ...

    @property
    def error(self) -> str | None:
        """Why it is held, or not delivered."""
        ...

    @property
    def reference(self) -> str | None:
        """The channel's own id of it."""
        ...

    @property
    def seq(self) -> int:
        """Place of what it says in the log."""
        ...

    @property
    def created_at(self) -> float:
        """When it was said, in seconds since the Unix epoch."""
        ...

    @property
    def settled_at(self) -> float | None:
        """When it came to its state; None while it is pending."""
        ...


class Deliveries(Protocol):
    """Replies on their way."""

    async def deliveries(
        self, state: DeliveryState | None = None, *, after: int = 0, limit: int = 100
    ) -> Sequence[DeliveryView]:
        """Return deliveries of a state, or all, with ids above ``after``, oldest first."""
        ...

    async def delivery(self, delivery_id: int) -> DeliveryView | None:
        """Return a delivery."""
        ...

    async def send_again(self, delivery_id: int) -> bool:
        """Send what was given up; False if it was not given up."""
        ...


class Conversations(Deliveries, Threads, Protocol):
    """The gateway's entrances for the HTTP API, each in the order of arrival.

    Those that act on a conversation begin it, as a first message would, where Rasa does. All raise
    :class:`kefu.errors.Unavailable` when the log cannot be reached.
    """

    async def exists(self, conversation_id: str) -> bool:
        """Whether there is such a conversation."""
        ...

    async def tracker(self, conversation_id: str) -> Tracker:
        """Return a copy of the bot's view, begun if it is new."""
        ...

    async def state(
        self,
        conversation_id: str,
        *,
        events: Verbosity = "AFTER_RESTART",
        until: float | None = None,
    ) -> dict[str, Any]:
        """Return the conversation in Rasa's JSON form; nothing is changed."""
        ...

    async def log(
        self, conversation_id: str, *, after: int = 0, limit: int | None = None
    ) -> Sequence[LoggedEvent]:
        """Return committed events, oldest first, earlier sessions included."""
        ...

    async def append_events(
        self,
        conversation_id: str,
        events: Sequence[Event],
        *,
        execute_side_effects: bool = False,
        output_channel: str = "collector",
    ) -> Spoken:
        """Append events to the log."""
        ...

    async def replace_events(self, conversation_id: str, events: Sequence[Event]) -> Spoken:
        """Let the conversation begin anew with ``events``."""
        ...

    async def log_message(self, message: UserMessage) -> Spoken:
        """Understand a message and fill slots from it, without an answer."""
        ...

    async def execute_action(
        self,
        conversation_id: str,
        name: str,
        *,
        policy: str | None = None,
        confidence: float | None = None,
        output_channel: str = "collector",
    ) -> Spoken:
        """Run one action.

        Raises:
            UnknownAction: The domain has no such action.
        """
        ...

    async def trigger_intent(
        self,
        conversation_id: str,
        intent: str,
        entities: Any = None,
        *,
        output_channel: str = "collector",
    ) -> Spoken:
        """Act as if the customer had expressed ``intent``."""
        ...

    async def predict_next(self, conversation_id: str) -> Prediction:
        """Return what the bot would do next, without doing it."""
        ...


class WaitingList(Protocol):
    """Conversations that wait for a human."""

    async def waiting(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return the waiting conversations as JSON objects, the longest waiting first."""
        ...


class ServedAttachments(Protocol):
    """Files that customers sent."""

    async def fetch(
        self, attachment_id: str, *, expires: str, signature: str
    ) -> tuple[Kept, bytes] | None:
        """Return a file to whoever shows a good link; None: the link is not, or no longer, good."""
        ...


class Answer(Protocol):
    """What a channel answers."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def body(self) -> bytes:
        """The body, unless there is a stream."""
        ...

    @property
    def content_type(self) -> str:
        """Type of body or stream."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """More headers."""
        ...

    @property
    def stream(self) -> AsyncIterator[bytes] | None:
        """The body piece by piece."""
        ...

    @property
    def written(self) -> Callable[[], Awaitable[None]] | None:
        """Awaited once the body is written whole; not for streams."""
        ...


class ChannelRoute(Protocol):
    """An HTTP or WebSocket address of a channel: one without ``method`` is a WebSocket's."""

    @property
    def path(self) -> str:
        """Below ``/webhooks/<channel>``, unless it is :attr:`at_root`."""
        ...

    @property
    def at_root(self) -> bool:
        """Whether the path is the whole one."""
        ...

    @property
    def serve(self) -> Callable[..., Awaitable[Any]]:
        """Takes a request, and a WebSocket where it is one; returns an :class:`Answer`."""
        ...


class ServedChannel(Protocol):
    """A channel whose addresses the server serves."""

    @property
    def name(self) -> str:
        """Part of its addresses."""
        ...

    def routes(self) -> Sequence[ChannelRoute]:
        """Return its addresses."""
        ...
