"""Keeps visits of customers who agreed to that."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kefu.clock import Clock
from kefu.customers.ports import Directory, VisitStore
from kefu.customers.records import Visit
from kefu.customers.visits import MAX_VISITS, began, happened, tracked

__all__ = ["Tracking"]

_VIEWED = 20
"""Newest visits that the bot is told of."""
_LEFT_SECONDS = 1800.0
"""Silence after which somebody is taken to have left a page."""


class Tracking:
    """Takes note of visits. Without the customer's consent nothing is kept at all."""

    def __init__(self, directory: Directory, visits: VisitStore, clock: Clock) -> None:
        self._directory = directory
        self._visits = visits
        self._clock = clock

    async def visit(
        self, address: str, *, url: str, title: str | None = None, referrer: str | None = None
    ) -> bool:
        """Take note of a page that a customer opens; False when they do not agree to that.

        Raises:
            CustomerError: ``url`` is no address of a page.
        """
        conversation_id = await self._agreed(address)
        if conversation_id is None:
            return False
        now = self._clock.now()
        before = await self._seen(conversation_id, now)
        visit = began(
            secrets.token_hex(12),
            conversation_id,
            url=url,
            title=title,
            referrer=referrer,
            now=now,
        )
        if before is None or before.body.url != visit.body.url:  # else the page came back online
            await self._visits.begin(visit, keep=MAX_VISITS)
        return True

    async def track(self, address: str, event: str, data: Mapping[str, Any]) -> bool:
        """Take note of an event on the page, such as a change of the cart.

        Returns:
            False when the customer does not agree to that, or no visit was begun.

        Raises:
            CustomerError: The event has no name, or too much data.
        """
        conversation_id = await self._agreed(address)
        if conversation_id is None:
            return False
        new = happened(event, data, now=self._clock.now())

        def with_event(visit: Visit) -> Visit:
            return replace(visit, body=tracked(visit.body, new), seen_at=new.at)

        return await self._visits.change_latest(conversation_id, with_event) is not None

    async def seen(self, address: str) -> None:
        """Take note that the customer is still on the page they opened last."""
        conversation_id = await self._agreed(address)
        if conversation_id is not None:
            await self._seen(conversation_id, self._clock.now())

    async def viewed(self, address: str) -> list[str]:
        """Return the addresses of the pages that a customer has seen, the newest first.

        None without their consent: nothing was kept.
        """
        conversation_id = await self._agreed(address)
        if conversation_id is None:
            return []
        visits = await self._visits.of([conversation_id], limit=_VIEWED)
        return list(dict.fromkeys(visit.body.url for visit in visits))

    async def _seen(self, conversation_id: str, now: float) -> Visit | None:
        """Let a visit that has not ended last until now; return it."""

        def seen_now(visit: Visit) -> Visit:
            has_left = now - visit.seen_at >= _LEFT_SECONDS
            return visit if has_left else replace(visit, seen_at=max(now, visit.seen_at))

        visit = await self._visits.change_latest(conversation_id, seen_now)
        return visit if visit is not None and visit.seen_at >= now else None

    async def _agreed(self, address: str) -> str | None:
        customer = await self._directory.at(address)
        if customer is None or not customer.profile.consents:
            return None
        return customer.conversation_id
