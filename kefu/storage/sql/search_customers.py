"""Customers as the search knows them, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from kefu.customers.profiles import shown
from kefu.customers.records import Profile
from kefu.desk.search_ports import KnownCustomer
from kefu.storage.sql.work import Reading, Rows

__all__ = ["Member", "Person", "id_list", "known", "names", "people", "searchable"]

_profile = msgspec.json.Decoder(Profile).decode
_encode = msgspec.json.Encoder().encode
_SHOWN: Final = frozenset({"user", "unionid", "address"})
"""Identities whose values are kept as they are; of a phone there is only a keyed hash."""


@dataclass(frozen=True, slots=True)
class Member:
    """A customer, or one who was merged into them."""

    number: int
    merged_into: str | None
    conversation_id: str
    profile: Profile


@dataclass(slots=True)
class Person:
    """A customer with all who were merged into them, themselves first."""

    members: list[Member] = field(default_factory=list)
    identities: list[tuple[str, str]] = field(default_factory=list)

    def visible(self) -> dict[str, Any]:
        """Return what agents may see."""
        return shown(member.profile for member in self.members)


def id_list(ids: Collection[str]) -> dict[str, Any]:
    """Return ids as the parameter of a statement that takes many."""
    return {"ids": _encode(sorted(ids)).decode()}


def people(families: Rows, identities: Rows) -> dict[str, Person]:
    """Return who is who, by id, from the rows of both statements."""
    found: dict[str, Person] = {}
    for root, number, merged_into, conversation_id, profile in families:
        member = Member(number, merged_into, conversation_id, _profile(profile))
        found.setdefault(root, Person()).members.append(member)
    for customer_id, kind, value in identities:
        if customer_id in found:
            found[customer_id].identities.append((kind, value))
    return found


def searchable(person: Person) -> tuple[str, ...]:
    """Return the texts that somebody can be found by; what is hidden is not among them."""
    visible = person.visible()
    texts = [visible["name"], visible["phone"], *visible["attributes"].values(), *visible["tags"]]
    values = [value for kind, value in person.identities if kind in _SHOWN]
    words = (str(text) for text in texts if text is not None and not isinstance(text, bool))
    return tuple(dict.fromkeys(_given([*words, *values])))


def _given(texts: Iterable[str]) -> Iterable[str]:
    return (text for text in texts if text)


async def known(reading: Reading, rows: Rows) -> Sequence[KnownCustomer]:
    """Return the customers that rows of ``find_customers`` are about."""
    if not rows:
        return ()
    ids = id_list([row[1] for row in rows])
    found = people(
        await reading.rows("search_families", ids), await reading.rows("search_identities", ids)
    )
    return [
        KnownCustomer(
            number=number,
            customer_id=customer_id,
            conversation_id=conversation_id,
            channel=channel,
            name=_name(found[customer_id]),
            texts=searchable(found[customer_id]),
            created_at=created_at,
        )
        for number, customer_id, conversation_id, channel, created_at in rows
        if customer_id in found
    ]


async def names(reading: Reading, conversation_ids: Collection[str]) -> Mapping[str, str]:
    """Return the names of those whose conversations these are, where they have any."""
    at = await reading.rows("search_customers_at", id_list(conversation_ids))
    if not at:
        return {}
    ids = id_list([row[1] for row in at])
    found = people(await reading.rows("search_families", ids), ())
    held = ((place, found.get(customer_id)) for place, customer_id in at)
    named = ((place, _name(person)) for place, person in held if person is not None)
    return {place: name for place, name in named if name}


def _name(person: Person) -> str:
    return str(person.visible()["name"] or "")
