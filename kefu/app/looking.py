"""What is known of a customer who asks for a human: from the log, the bot's memory, the profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from kefu.app.customers import BotMemories
from kefu.core.events import Event, UserUttered
from kefu.core.human_queue import Handoff
from kefu.core.summary import summarise
from kefu.customers.profiles import shown
from kefu.desk.handing import Known
from kefu.desk.wishes import known_of
from kefu.gateway.gateway import Gateway
from kefu.project.desk_options import TAGS_FACT, DeskOptions
from kefu.staff.staff import Staff
from kefu.storage.opened import Storage

__all__ = ["Looking", "Named"]

_LOOKS_BACK: Final = 400


@dataclass(frozen=True, slots=True)
class Named:
    """The groups and skills that there are."""

    groups: Mapping[str, str]
    """Name -> id."""
    skills: frozenset[str]


class Looking:
    """Looks at whatever tells who should answer, and what the agent should know."""

    def __init__(
        self,
        gateway: Gateway,
        storage: Storage,
        staff: Staff,
        language: Callable[[], str],
        options: DeskOptions,
    ) -> None:
        self._gateway = gateway
        self._customers = storage.customers
        self._memories = BotMemories(gateway, storage.stores.log)
        self._staff = staff
        self._language = language
        self._options = options

    async def named(self) -> Named:
        """Return the groups and skills that there are."""
        groups = await self._staff.naming.all("group")
        skills = await self._staff.naming.all("skill")
        return Named(
            {group.name: group.named_id for group in groups},
            frozenset(skill.name for skill in skills),
        )

    async def wanted(self, handoff: Handoff) -> Known:
        """Return whom a customer needs, without what the agent is told about them."""
        return await self._known(handoff, await self._recent(handoff.conversation_id))

    async def known(self, handoff: Handoff) -> Known:
        """Return all that is known; see :data:`kefu.desk.handing.Look`."""
        events = await self._recent(handoff.conversation_id)
        known = await self._known(handoff, events)
        summary = summarise(events, language=known.language)
        said = {"customer_name": handoff.customer_name, "last_message": handoff.last_message}
        told = {**summary.as_json(), **{name: value for name, value in said.items() if value}}
        return replace(known, summary=told)

    async def _recent(self, conversation_id: str) -> list[Event]:
        end = await self._gateway.last_seq(conversation_id)
        passage = await self._gateway.passage(conversation_id, after=max(0, end - _LOOKS_BACK))
        return [entry.event for entry in passage.entries if entry.event is not None]

    async def _known(self, handoff: Handoff, events: Sequence[Event]) -> Known:
        messages = [event for event in events if isinstance(event, UserUttered)]
        named = await self.named()
        known = known_of(
            handoff,
            intents=[
                message.full_retrieval_intent_name or message.intent_name or ""
                for message in messages
            ],
            facts=await self._facts(handoff.conversation_id),
            options=self._options,
            skills=named.skills,
            groups=named.groups,
        )
        locales = (message.metadata.get("locale") for message in reversed(messages))
        locale = next((str(one) for one in locales if one), self._language())
        return replace(known, language=locale)

    async def _facts(self, conversation_id: str) -> Mapping[str, Any]:
        """Return the bot's slots, and what is known of the customer besides."""
        memory = await self._memories.memory(conversation_id)
        slots = {} if memory is None else dict(memory.slots)
        customer = await self._customers.at(conversation_id)
        if customer is None:
            return slots
        family = await self._customers.family(customer.customer_id)
        visible = shown(member.profile for member in family)
        return {**slots, **visible["attributes"], TAGS_FACT: visible["tags"]}
