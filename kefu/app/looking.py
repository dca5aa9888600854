"""What is known of a customer who asks for a human: from the log, the bot's memory, the profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from kefu.app.customers import BotMemories
from kefu.core.events import UserUttered
from kefu.core.human_queue import Handoff
from kefu.core.summary import summarise
from kefu.customers.profiles import shown
from kefu.desk.handing import Known
from kefu.desk.wishes import Demands, known_of
from kefu.gateway.gateway import Gateway
from kefu.staff.staff import Staff
from kefu.storage.opened import Storage

__all__ = ["Looking"]

_LOOKS_BACK: Final = 400


class Looking:
    """Looks at whatever tells who should answer, and what the agent should know."""

    def __init__(
        self,
        gateway: Gateway,
        storage: Storage,
        staff: Staff,
        language: Callable[[], str],
        demands: Demands,
    ) -> None:
        self._gateway = gateway
        self._customers = storage.customers
        self._memories = BotMemories(gateway, storage.stores.log)
        self._staff = staff
        self._language = language
        self._demands = demands

    async def known(self, handoff: Handoff) -> Known:
        """Return what is known; see :data:`kefu.desk.handing.Look`."""
        name = handoff.conversation_id
        end = await self._gateway.last_seq(name)
        passage = await self._gateway.passage(name, after=max(0, end - _LOOKS_BACK))
        events = [entry.event for entry in passage.entries if entry.event is not None]
        messages = [event for event in events if isinstance(event, UserUttered)]
        language = self._language_of(messages)
        summary = summarise(events, language=language)
        groups = {group.name: group.named_id for group in await self._staff.naming.all("group")}
        known = known_of(
            handoff,
            intents=[message.intent_name or "" for message in messages],
            facts=await self._facts(name),
            demands=self._demands,
            groups=groups,
        )
        said = {"customer_name": handoff.customer_name, "last_message": handoff.last_message}
        told = {**summary.as_json(), **{k: v for k, v in said.items() if v}}
        return replace(known, summary=told, language=language)

    def _language_of(self, messages: list[UserUttered]) -> str:
        """Return the language of the customer's page, else the bot's."""
        locales = (message.metadata.get("locale") for message in reversed(messages))
        return next((str(one) for one in locales if one), self._language())

    async def _facts(self, conversation_id: str) -> Mapping[str, Any]:
        """Return the bot's slots, and what is known of the customer besides."""
        memory = await self._memories.memory(conversation_id)
        slots = {} if memory is None else dict(memory.slots)
        customer = await self._customers.at(conversation_id)
        if customer is None:
            return slots
        return {**slots, **shown([customer.profile])["attributes"]}
