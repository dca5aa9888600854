"""What the dialogue needs from outside, each as small as its need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from kefu.core.handoff import Reason
from kefu.core.messages import ParseData
from kefu.core.tracker import Tracker
from kefu.core.verification import CodeCheck, CodeSending
from kefu.policies.policy import PolicyPrediction

__all__ = [
    "ActionCall",
    "ActionEndpoint",
    "ActionResult",
    "HandoffWish",
    "Predictor",
    "Prospects",
    "Reception",
    "ResponseGenerator",
    "Understanding",
    "Verification",
]

Json = dict[str, Any]


class Understanding(Protocol):
    """Turns a text into intent and entities."""

    async def parse(self, text: str, metadata: Mapping[str, Any] | None = None) -> ParseData:
        """Return what ``text`` means; intent messages (``/greet``) are understood as well."""
        ...


class Predictor(Protocol):
    """Chooses the next action."""

    def predict(self, tracker: Tracker) -> PolicyPrediction:
        """Return the best next action; ``tracker`` is not changed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCall:
    """A request to run a custom action."""

    action_name: str
    conversation_id: str
    tracker: Json
    """The conversation in the form of Rasa's action protocol, with its recent events."""
    domain: Mapping[str, Any]
    needs_domain: bool
    """Whether the domain declares that the action needs the domain (``send_domain: true``)."""
    idempotency_key: str
    """The same for every attempt at the same step of the same turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    """What a custom action answered: events and responses in the form of Rasa's protocol."""

    events: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    responses: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


class ActionEndpoint(Protocol):
    """Where custom actions run."""

    async def run(self, call: ActionCall) -> ActionResult:
        """Run an action and return what it answered.

        Raises:
            ActionRejected: The action declined to run.
            ActionUnreachable: Nobody answered.
            ActionFailed: It raised, answered nonsense or ran out of time.
        """
        ...


class ResponseGenerator(Protocol):
    """Finds the words for a response."""

    async def generate(
        self, name: str, tracker: Tracker, channel: str, arguments: Mapping[str, Any]
    ) -> Json | None:
        """Return a filled variation of response ``name``, or None when there is none to say.

        ``arguments`` are variables besides the slots. The caller owns the result.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffWish:
    """A conversation that would be handed to a person, or have an answer reviewed by one."""

    conversation_id: str
    channel: str
    """Where the customer is."""
    reason: Reason
    intent: str | None = None
    """Of the latest message."""
    skills: tuple[str, ...] = ()
    group: str | None = None
    is_review: bool = False
    """Only an answer is to be looked at; the customer waits for no person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospects:
    """What somebody who is handed over now has to expect."""

    is_open: bool
    """Whether agents work at this hour."""
    agents_on_duty: int
    """Agents who are there and may be given such conversations, busy ones included."""
    waiting_before: int = 0
    """Customers who come first."""
    wait_seconds: float | None = None
    """How long it will take, as far as recent handling times tell; None: nobody knows."""
    opens_at: float | None = None
    """When agents begin to work, if none do now; seconds since the epoch."""
    hours: str = ""
    """The hours in words, in the customer's language; empty: not known."""

    @property
    def has_somebody(self) -> bool:
        """Whether a person will see to it."""
        return self.is_open and self.agents_on_duty > 0


class Reception(Protocol):
    """Knows who is at the desk."""

    async def prospects(self, wanted: HandoffWish) -> Prospects:
        """Return what ``wanted`` would have to expect; nothing is changed.

        Raises:
            KefuError: It cannot be told at the moment.
        """
        ...


class Verification(Protocol):
    """Proves by one-time codes that a phone is the customer's."""

    def number(self, text: str) -> str | None:
        """Return a number as people of the country write it; None when it is no mobile number."""
        ...

    async def send(
        self, phone: str, *, conversation_id: str, step: str, language: str
    ) -> CodeSending:
        """Send a code to ``phone``, in this language, unless that was done too lately or too often.

        The same ``step`` of a turn done again sends nothing again.
        """
        ...

    async def check(self, phone: str, typed: str, *, conversation_id: str, step: str) -> CodeCheck:
        """Check a code that was typed in the conversation; right once, and only for ``phone``."""
        ...
