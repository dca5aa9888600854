"""The contract of an action and what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from kefu.clock import Clock
from kefu.core.domain import Domain
from kefu.core.events import Event
from kefu.core.tracker import Tracker
from kefu.dialogue.ports import ActionEndpoint, Reception, ResponseGenerator, Verification
from kefu.dialogue.settings import BotSettings

__all__ = ["Action", "ActionContext", "Apologies", "Catalog", "Toolbox"]


class Action(Protocol):
    """Something a bot can do."""

    async def run(self, context: ActionContext) -> list[Event]:
        """Do it and return what happened, oldest first; the tracker stays as it is.

        Raises:
            ActionRejected: The action declines, so that another one is predicted.
            ActionFailed: It could not do its work.
        """
        ...


class Catalog(Protocol):
    """Finds actions by name."""

    def find(self, name: str) -> Action:
        """Return the action ``name``, or the one that says ``name`` when it is a text.

        Raises:
            UnknownAction: The domain has no such action.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolbox:
    """What all actions of a bot share."""

    domain: Domain
    catalog: Catalog
    responses: ResponseGenerator
    endpoint: ActionEndpoint | None
    settings: BotSettings
    clock: Clock
    reception: Reception | None = None
    """Knows who is at the desk; None: there is no desk."""
    verification: Verification | None = None
    """Sends one-time codes; None: nobody does."""


@dataclass(slots=True)
class Apologies:
    """Whether the customer was told in this turn that something went wrong."""

    given: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionContext:
    """The situation in which an action runs."""

    tracker: Tracker
    channel: str
    """Name of the output channel."""
    tools: Toolbox
    call_keys: Iterator[str]
    """Gives the idempotency key of each call to a custom action in this turn."""
    turn_start: int
    """Index of the turn's first event among the tracker's events."""
    apologies: Apologies
    metadata: dict[str, Any] = field(default_factory=dict)
    """Metadata of the event that this action ran: at first what the prediction gave along, and the
    action may add to it."""

    typed_code: str | None = field(default=None, repr=False)
    """The one-time code in the latest message, which the log has without it."""

    def on(self, tracker: Tracker) -> ActionContext:
        """Return the same situation with another tracker."""
        return replace(self, tracker=tracker)
