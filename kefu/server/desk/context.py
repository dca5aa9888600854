"""What stands beside a thread of the customer, and of what their channel still takes."""

from __future__ import annotations

from typing import Any

from kefu.desk.rows import RowRecord
from kefu.server.desk.items import moment
from kefu.server.desk.services import DeskServices
from kefu.server.desk.shapes import CustomerShown, IdentityShown, MergedShown, QuotaShown

__all__ = ["customer_shown", "merged_shown", "quota_shown"]


async def customer_shown(desk: DeskServices, record: RowRecord) -> CustomerShown:
    """Return whose conversation it is, without what they, or the shop, have hidden."""
    name = record.conversation_id
    found = None if desk.customers is None else await desk.customers.at(name)
    known: dict[str, Any] = found or {}
    customer_id = str(known.get("customer_id") or record.customer_id)
    head = await desk.threads.head(name)
    address = name if head is None else head.address or name
    is_blocked = await desk.is_blocked(address, customer_id)
    return CustomerShown(
        id=customer_id,
        conversation_id=str(known.get("conversation_id") or name),
        name=known.get("name") or record.customer_name or None,
        tier=0 if record.session is None else record.session.tier,
        phone=known.get("phone"),
        attributes=dict(known.get("attributes") or {}),
        tags=list(known.get("tags") or ()),
        identities=[
            IdentityShown(one["kind"], str(one.get("value") or ""), bool(one["is_verified"]))
            for one in known.get("identities") or ()
        ],
        is_blocked=is_blocked or (address != name and await desk.is_blocked(name, "")),
    )


async def merged_shown(desk: DeskServices, customer_id: str) -> list[MergedShown]:
    """Return the conversations that are part of a customer's by now, those merged last first."""
    merges = None if desk.customers is None else await desk.customers.merges(customer_id)
    found: list[MergedShown] = []
    for merge in merges or ():
        if merge["undone_at"] is None:
            name = merge["merged_conversation"]
            row = await desk.desk.store.row(name)
            channel = (row.channel if row else "") or name.partition("-")[0]
            found.append(MergedShown(name, channel, moment(merge["merged_at"])))
    return found


async def quota_shown(desk: DeskServices, conversation_id: str) -> QuotaShown | None:
    """Return how many messages the customer's channel still takes; None: as many as one likes."""
    head = await desk.threads.head(conversation_id)
    if head is None or not head.channel:
        return None
    left = await desk.allowances(head.channel, head.address or conversation_id)
    if left is None:
        return None
    return QuotaShown(
        left=left.messages,
        of=left.of,
        until=None if left.ends is None else moment(left.ends),
        text=f"{left.messages} / {left.of}",
    )
