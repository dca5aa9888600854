"""Tells others what was committed; their trouble never becomes the customer's."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from kefu.core.contents import CONTENT_KEY
from kefu.core.events import ConversationPaused, Event, UserUttered
from kefu.core.handoff import concerns_review
from kefu.core.names import LEFT_MESSAGE_KEY
from kefu.core.signals import Signal
from kefu.gateway.counters import Counters
from kefu.gateway.live import Live
from kefu.gateway.ports import Follower
from kefu.gateway.turns import CommittedTurn
from kefu.logs import fields

__all__ = ["Following"]

log = logging.getLogger(__name__)

T = TypeVar("T")


class Following:
    """Those who follow the log: screens that want a hint, and followers that want the events."""

    def __init__(
        self,
        counters: Counters,
        followers: Sequence[Follower],
        handoff: Follower | None,
    ) -> None:
        self._counters = counters
        self._followers = tuple(followers)
        self._handoff = handoff
        self._hints: dict[str, list[Callable[[], None]]] = {}
        self._listeners: dict[str, list[Callable[[Signal], None]]] = {}
        self.tell_others: Callable[[str], None] | None = None
        """Is told of the conversation of every commit."""
        self.signal_others: Callable[[str, Signal], None] | None = None
        """Is told of every signal."""

    @property
    def has_handoff(self) -> bool:
        """Whether anybody wants to hear of conversations that the bot does not own."""
        return self._handoff is not None

    def watch(
        self,
        conversation_id: str,
        hint: Callable[[], None],
        signals: Callable[[Signal], None] | None = None,
    ) -> Callable[[], None]:
        """Call ``hint`` after each commit, and ``signals`` with signals, until told to stop."""
        _add(self._hints, conversation_id, hint)
        if signals is not None:
            _add(self._listeners, conversation_id, signals)

        def stop() -> None:
            _remove(self._hints, conversation_id, hint)
            if signals is not None:
                _remove(self._listeners, conversation_id, signals)

        return stop

    def signal(self, conversation_id: str, signal: Signal) -> None:
        """Tell those who watch a conversation here what happens just now."""
        for listener in tuple(self._listeners.get(conversation_id, ())):
            listener(signal)

    def signal_all(self, conversation_id: str, signal: Signal) -> None:
        """Tell those who watch a conversation anywhere."""
        self.signal(conversation_id, signal)
        if self.signal_others is not None:
            self.signal_others(conversation_id, signal)

    def changed(self, conversation_id: str) -> None:
        """Let all who watch a conversation anywhere look at its log."""
        self.hint(conversation_id)
        if self.tell_others is not None:
            self.tell_others(conversation_id)

    @property
    def watched(self) -> Collection[str]:
        """The conversations that somebody watches here."""
        return self._hints.keys()

    def hint(self, conversation_id: str) -> None:
        """Let those who watch a conversation look at its log."""
        for hint in tuple(self._hints.get(conversation_id, ())):
            hint()

    def hint_all(self) -> None:
        """Let all who watch look at the log: something may have been missed."""
        for conversation_id in tuple(self._hints):
            self.hint(conversation_id)

    async def committed(self, turn: CommittedTurn) -> None:
        """Tell everybody of a commit."""
        conversation_id = turn.request.conversation_id
        self.changed(conversation_id)
        channel = turn.live.head.channel
        for follower in self._followers:
            await self._tell(follower, conversation_id, turn.events, channel)
        is_bots = turn.owner_before == turn.live.head.owner == "bot"
        if self._handoff is not None and (not is_bots or any(map(_is_for_people, turn.events))):
            await self._tell(self._handoff, conversation_id, turn.events, channel)

    async def retell(self, live: Live) -> None:
        """Tell the human queue again how a conversation came to wait."""
        if self._handoff is None:
            return
        events = live.tracker.events
        paused_at = _last(events, ConversationPaused, len(events))
        if paused_at is None:  # so much was said since that it is no longer in memory
            since: Sequence[Event] = (ConversationPaused(), *events[-1:])
        else:
            heard_at = _last(events, UserUttered, paused_at)
            since = events[paused_at if heard_at is None else heard_at :]
        await self._tell(self._handoff, live.tracker.conversation_id, since, live.head.channel)

    async def _tell(
        self, follower: Follower, conversation_id: str, events: Sequence[Event], channel: str
    ) -> None:
        try:
            await follower.committed(conversation_id, events, channel=channel)
        except Exception:
            self._counters.follower_failures += 1
            log.exception(
                "a follower of the log failed",
                extra=fields(conversation_id=conversation_id, follower=type(follower).__qualname__),
            )


def _is_for_people(event: Event) -> bool:
    """Whether an event of the bot's concerns people.

    A customer left a message for them or rates them, or an answer begins or ends to wait for them:
    what ends a review, if only by the customer writing again, stands in the log as such.
    """
    if isinstance(event, UserUttered):
        content = event.metadata.get(CONTENT_KEY)
        is_rating = isinstance(content, Mapping) and content.get("type") == "rating"
        if is_rating or LEFT_MESSAGE_KEY in event.metadata:
            return True
    return concerns_review(event)


def _add(listening: dict[str, list[T]], conversation_id: str, one: T) -> None:
    listening.setdefault(conversation_id, []).append(one)


def _remove(listening: dict[str, list[T]], conversation_id: str, one: T) -> None:
    listed = listening.get(conversation_id, [])
    if one in listed:
        listed.remove(one)
    if not listed:
        listening.pop(conversation_id, None)


def _last(events: Sequence[Event], kind: type[Event], before: int) -> int | None:
    for index in range(before - 1, -1, -1):
        if isinstance(events[index], kind):
            return index
    return None
