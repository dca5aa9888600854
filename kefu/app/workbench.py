"""What the desk's screens show that comes from elsewhere: channels, the model, the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from kefu.channels.base import Connector
from kefu.desk.ports import SessionRecords
from kefu.desk.suggestions import Answer, FaqSource, Suggestions
from kefu.errors import Unavailable
from kefu.gateway.gateway import Gateway
from kefu.gateway.ports import Follower
from kefu.project.desk_options import DeskOptions
from kefu.remote.shop_orders import ShopOrders
from kefu.server.desk_ports import Allowances, Left
from kefu.server.ports import LoadedModel, Models

__all__ = ["Aids", "allowances_of", "answers_of"]

AnyModels = TypeVar("AnyModels", bound=Models)

_LEAST_CONFIDENCE: Final = 0.2
_MOST: Final = 5
_REMEMBERED_SECONDS: Final = 30 * 86_400.0
_REMEMBERED: Final = 1_000
"""So many sessions are looked at at the start."""
_REMEMBERED_ENTRIES: Final = 200
"""... and so many last entries of each conversation."""


def allowances_of(connectors: Sequence[Connector]) -> Allowances:
    """Return what asks a channel how many messages it still takes."""
    counting = {
        one.name: left for one in connectors if (left := getattr(one, "left", None)) is not None
    }

    async def left_of(channel: str, address: str) -> Left | None:
        ask = counting.get(channel)
        left: Left | None = None if ask is None else await ask(address)
        return left

    return left_of


def answers_of(models: Models) -> FaqSource:
    """Return what asks the model for its answers to a question.

    How good an answer is: how likely the question is of its intent, times how likely it is the
    right answer of these; so what is only thanked for brings up no small talk.
    """

    async def answers(question: str) -> Sequence[Answer]:
        model = models.current
        if model is None:
            raise Unavailable("no model is loaded")
        parsed = await model.parse(question)
        selectors: dict[str, Any] = parsed.get("response_selector") or {}
        intents = {
            ranked.get("name"): float(ranked.get("confidence") or 0.0)
            for ranked in parsed.get("intent_ranking") or ()
        }
        found: dict[str, Answer] = {}
        for name, selected in selectors.items():
            ranking = selected.get("ranking") if isinstance(selected, dict) else None
            for ranked in ranking or () if name != "all_retrieval_intents" else ():
                answer = _answer(model, ranked, intents)
                if answer is not None and answer.score >= _LEAST_CONFIDENCE:
                    found.setdefault(answer.source, answer)
        return sorted(found.values(), key=lambda one: -one.score)[:_MOST]

    return answers


def _answer(model: LoadedModel, ranked: Any, intents: Mapping[str, float]) -> Answer | None:
    label = str(ranked.get("intent_response_key"))
    likely = intents.get(label.partition("/")[0], 0.0)
    for variation in model.domain.responses.get(f"utter_{label}") or ():
        text = variation.get("text")
        if isinstance(text, str) and text.strip():
            return Answer(text, f"utter_{label}", likely * float(ranked.get("confidence") or 0.0))
    return None


@dataclass(frozen=True, slots=True)
class Aids:
    """What helps agents: the shop's orders, and replies to insert."""

    suggestions: Suggestions
    orders: ShopOrders | None
    """None: desk.yml names no address."""

    @classmethod
    def of(cls, options: DeskOptions, stack: AsyncExitStack) -> Aids:
        """Prepare them; what they hold open is closed with ``stack``."""
        orders = None if options.orders is None else ShopOrders(options.orders)
        if orders is not None:
            stack.push_async_callback(orders.close)
        return cls(Suggestions(), orders)

    def followers(self, *others: Follower | None) -> list[Follower]:
        """Return who hears every commit: they do, and those of ``others`` that there are."""
        return [self.suggestions, *(one for one in others if one is not None)]

    async def remember(self, sessions: SessionRecords, gateway: Gateway, now: float) -> None:
        """Learn what agents answered lately, from before this process began.

        Raises:
            StorageError: It cannot be read.
        """
        opened = await sessions.opened(since=now - _REMEMBERED_SECONDS, limit=_REMEMBERED)
        had_an_agent = [one.conversation_id for one in opened if one.first_assigned_at is not None]
        for conversation_id in reversed(dict.fromkeys(had_an_agent)):  # the latest come last
            end = await gateway.last_seq(conversation_id)
            after = max(0, end - _REMEMBERED_ENTRIES)
            passage = await gateway.passage(conversation_id, after=after)
            events = [one.event for one in passage.entries if one.event is not None]
            self.suggestions.remember(events)

    def use(self, models: AnyModels) -> AnyModels:
        """Let the model of the moment suggest its answers; return the models."""
        self.suggestions.faq = answers_of(models)
        return models
