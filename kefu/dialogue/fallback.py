"""The two-stage fallback: offer the likeliest intent, ask to rephrase, give up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kefu.core.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    Restarted,
    UserUtteranceReverted,
    UserUttered,
)
from kefu.core.names import (
    ACTION_DEFAULT_ASK_AFFIRMATION,
    ACTION_DEFAULT_ASK_REPHRASE,
    ACTION_DEFAULT_FALLBACK,
    ACTION_LISTEN,
    ACTION_TWO_STAGE_FALLBACK,
    INTENT_NLU_FALLBACK,
    INTENT_OUT_OF_SCOPE,
)
from kefu.core.tracker import Tracker
from kefu.dialogue.actions.action import ActionContext
from kefu.dialogue.loops import run_loop

__all__ = ["two_stage_fallback"]


async def two_stage_fallback(context: ActionContext) -> list[Event]:
    """Run the fallback for the latest message."""
    return await run_loop(_Fallback(context))


class _Fallback:
    name = ACTION_TWO_STAGE_FALLBACK

    def __init__(self, context: ActionContext) -> None:
        self._context = context
        self._tracker = context.tracker

    @property
    def is_active(self) -> bool:
        return self._tracker.state.active_loop_name == self.name

    async def activated(self) -> list[Event]:
        return []

    async def step(self, so_far: list[Event]) -> list[Event]:
        was_just_activated = any(isinstance(event, ActiveLoop) for event in so_far)
        if was_just_activated or self._intent == INTENT_NLU_FALLBACK:
            return await self._run(ACTION_DEFAULT_ASK_AFFIRMATION)
        return await self._run(ACTION_DEFAULT_ASK_REPHRASE)

    def is_done(self, so_far: list[Event]) -> bool:  # noqa: ARG002 - the contract
        was_clarified = self._intent not in {INTENT_NLU_FALLBACK, INTENT_OUT_OF_SCOPE}
        return was_clarified or self._has_failed

    async def left(self) -> list[Event]:
        if self._has_failed:
            return await self._run(ACTION_DEFAULT_FALLBACK)
        listen = ActionExecuted(action_name=ACTION_LISTEN)
        return [UserUtteranceReverted(), listen, *_as_certain(self._tracker.state.latest_message)]

    async def _run(self, name: str) -> list[Event]:
        return await self._context.tools.catalog.find(name).run(self._context)

    @property
    def _intent(self) -> str | None:
        message = self._tracker.state.latest_message
        return message.intent_name if message else None

    @property
    def _has_failed(self) -> bool:
        denied_twice = [INTENT_OUT_OF_SCOPE, INTENT_NLU_FALLBACK, INTENT_OUT_OF_SCOPE]
        return (
            _last_intents(self._tracker, 2) == [INTENT_NLU_FALLBACK] * 2
            or _last_intents(self._tracker, 3) == denied_twice
        )


def _last_intents(tracker: Tracker, count: int) -> list[str | None]:
    """Return the intents of the last messages, latest first; a reverted turn has a gap."""
    intents: list[str | None] = []
    seen = 0
    for event in reversed(tracker.events):
        if isinstance(event, Restarted) or seen == count:
            break
        if isinstance(event, UserUttered):
            intents.append(event.intent_name)
        if isinstance(event, UserUttered | UserUtteranceReverted):
            seen += 1
    return intents


def _as_certain(message: UserUttered | None) -> list[Event]:
    if message is None:
        return []
    intent: dict[str, Any] = {**message.intent, "confidence": 1.0}
    parse_data = {**message.parse_data, "intent": intent}
    return [replace(message, intent=intent, parse_data=parse_data, timestamp=None)]
