"""What the desk's routes and live lines show of the desk's store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from kefu.clock import Clock
from kefu.desk.changes import DeskEvent
from kefu.desk.desk import Desk
from kefu.desk.reviews import Review
from kefu.desk.rows import RowRecord
from kefu.errors import DeskError
from kefu.server.desk.rows import People, person_shown, review_shown, row_shown
from kefu.server.desk.shapes import PersonShown, ReviewShown, Row, RowCustomer

__all__ = ["DeskViews"]

_MOST_REVIEWS: Final = 500


class DeskViews:
    """Reads rows, and whom they name.

    Who the agents are and which drafts are open is asked once, until the feed tells of a change.
    """

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self._desk, self._clock = desk, clock
        self._store = desk.store
        self._people: dict[str, PersonShown] | None = None
        self._reviews: dict[str, Review] | None = None
        self._changes = 0
        self.stop = desk.feed.listen(self._told)

    def _told(self, events: Sequence[DeskEvent]) -> None:
        if any(event.kind in ("presence", "review") for event in events):
            self.forget()

    async def people(self) -> People:
        """Return all agents by id."""
        found = self._people
        if found is None:
            asked = self._changes
            agents = await self._store.agents()
            found = {agent.agent_id: person_shown(agent) for agent in agents}
            if asked == self._changes:
                self._people = found
        return found

    async def open_reviews(self) -> Mapping[str, Review]:
        """Return the drafts that nobody has decided, by conversation."""
        found = self._reviews
        if found is None:
            asked = self._changes
            reviews = await self._store.reviews(is_open=True, limit=_MOST_REVIEWS)
            found = {review.conversation_id: review for review in reviews}
            if asked == self._changes:
                self._reviews = found
        return found

    def forget(self) -> None:
        """Ask anew next time: something was changed here a moment ago."""
        self._changes += 1
        self._people = self._reviews = None

    async def record(self, conversation_id: str) -> RowRecord:
        """Return what the store has of a conversation.

        Raises:
            DeskError: There is none (404).
        """
        record = await self._store.row(conversation_id)
        if record is None:
            raise DeskError("gone", "there is no such conversation", status=404)
        return record

    async def row(self, conversation_id: str, *, has_draft: bool | None = None) -> Row:
        """Return a conversation as it stands in a list."""
        return await self.shown(await self.record(conversation_id), has_draft=has_draft)

    async def shown(self, record: RowRecord, *, has_draft: bool | None = None) -> Row:
        """Return a record as a row."""
        people, reviews = await self.people(), await self.open_reviews()
        review = reviews.get(record.conversation_id)
        return row_shown(record, people, review=review, has_draft=has_draft)

    async def rows(self, records: Sequence[RowRecord], drafts: Collection[str]) -> list[Row]:
        """Return records as rows; ``drafts`` are the conversations somebody began to write in."""
        people, reviews = await self.people(), await self.open_reviews()
        return [
            row_shown(
                record,
                people,
                review=reviews.get(record.conversation_id),
                has_draft=record.conversation_id in drafts,
            )
            for record in records
        ]

    async def review(self, review: Review) -> ReviewShown:
        """Return a draft with whose conversation it is."""
        record = await self._store.row(review.conversation_id)
        if record is None:
            customer = RowCustomer("", "", 0)
        else:
            tier = 0 if record.session is None else record.session.tier
            tags = list(record.customer_tags)
            customer = RowCustomer(record.customer_id, record.customer_name, tier, tags)
        return review_shown(review, await self.people(), customer, now=self._clock.now())
