"""The search, in memory: without an index, by reading everything."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice

from kefu.customers.profiles import shown
from kefu.customers.records import Customer
from kefu.desk.entry_texts import read_entry
from kefu.desk.rows import Reach
from kefu.desk.search import Query, matches
from kefu.desk.search_ports import Candidate, IndexState, KnownCustomer
from kefu.storage.memory.customers import MemoryCustomers
from kefu.storage.memory.desk import MemoryDesk
from kefu.storage.memory.desk_lists import is_seen
from kefu.storage.memory.records import KeptConversation, Shelf

__all__ = ["MemorySearch"]


class MemorySearch:
    """Finds; see :mod:`kefu.desk.search_ports`. There is nothing to keep up to date."""

    def __init__(self, shelf: Shelf, customers: MemoryCustomers, desk: MemoryDesk) -> None:
        self._shelf = shelf
        self._customers = customers
        self._desk = desk

    async def messages(self, query: Query, *, below: int | None, limit: int) -> Sequence[Candidate]:
        """Return the newest candidates, descending."""
        return list(islice(self._said(query, below), limit))

    def _said(self, query: Query, below: int | None) -> Iterator[Candidate]:
        for position, conversation_id, kept, place in self._newest():
            entry = kept.entries[place]
            at = entry.timestamp
            is_in_time = (query.after is None or at >= query.after) and (
                query.before is None or at < query.before
            )
            if (below is not None and position >= below) or not is_in_time:
                continue
            said = read_entry(entry.kind, entry.body)
            if said is None or query.by not in {None, said.by}:
                continue
            if matches(query, said.text) is not None:
                yield Candidate(
                    position=position,
                    conversation_id=conversation_id,
                    leads_to=self._shelf.resolve(conversation_id),
                    channel=kept.head.channel,
                    seq=entry.seq,
                    kind=entry.kind,
                    timestamp=at,
                    body=entry.body,
                )

    def _newest(self) -> Iterator[tuple[int, str, KeptConversation, int]]:
        """Yield position, conversation and place in its log of all entries, newest first."""
        left = {name: len(kept.entries) for name, kept in self._shelf.conversations.items()}
        for position in range(len(self._shelf.order), 0, -1):
            name = self._shelf.order[position - 1]
            left[name] -= 1
            yield position, name, self._shelf.conversations[name], left[name]

    async def customers(
        self, query: Query, *, below: int | None, limit: int
    ) -> Sequence[KnownCustomer]:
        """Return the newest candidates, descending."""
        found: list[KnownCustomer] = []
        numbered = list(enumerate(self._customers.everybody(), 1))
        for number, customer in reversed(numbered):
            if (below is None or number < below) and customer.merged_into is None:
                known = await self._known(number, customer)
                if all(
                    any(matches(Query(wanted=(phrase,)), text) for text in known.texts)
                    for phrase in query.wanted
                ):
                    found.append(known)
        return found[:limit]

    async def _known(self, number: int, customer: Customer) -> KnownCustomer:
        family = await self._customers.family(customer.customer_id)
        visible = shown(member.profile for member in family)
        facts = [*visible["attributes"].values(), *visible["tags"]]
        texts = [visible["name"], visible["phone"], *facts]
        words = [str(text) for text in texts if text is not None and not isinstance(text, bool)]
        identities = await self._customers.identities(customer.customer_id)
        values = [known.value for known in identities if known.kind != "phone"]
        kept = self._shelf.conversations.get(customer.conversation_id)
        return KnownCustomer(
            number=number,
            customer_id=customer.customer_id,
            conversation_id=customer.conversation_id,
            channel=kept.head.channel if kept else "",
            name=str(visible["name"] or ""),
            texts=tuple(dict.fromkeys(text for text in [*words, *values] if text)),
            created_at=customer.created_at,
        )

    async def names(self, conversation_ids: Collection[str]) -> Mapping[str, str]:
        """Return the names of customers."""
        found: dict[str, str] = {}
        for conversation_id in conversation_ids:
            customer = await self._customers.at(conversation_id)
            if customer is not None and customer.conversation_id == conversation_id:
                known = await self._known(0, customer)
                found |= {conversation_id: known.name} if known.name else {}
        return found

    async def readable(self, conversation_ids: Collection[str], reach: Reach) -> Collection[str]:
        """Return those conversations that somebody may read."""
        return {
            conversation_id
            for conversation_id in conversation_ids
            if is_seen(reach, await self._desk.open_session(conversation_id))
        }

    async def advance(self, limit: int) -> bool:
        """Do nothing: what was said is found at once."""
        del limit
        return False

    async def state(self) -> IndexState:
        """Return that everything is there."""
        end = len(self._shelf.order)
        return IndexState(cursor=end, end=end, customers=0)

    async def clear(self) -> None:
        """Do nothing."""
