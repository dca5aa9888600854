"""Tells the bot what a customer who is handed over has to expect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from kefu.core.human_queue import Handoff
from kefu.desk.board import Board
from kefu.desk.handing import Known
from kefu.dialogue.ports import HandoffWish, Prospects, Reception
from kefu.errors import Unavailable

__all__ = ["DeskReception", "FrontDoor"]


class FrontDoor:
    """Where bots ask, which are there before the desk is.

    Attributes:
        desk: Answers them; None as long as there is none, or when humans sit at another desk.
    """

    def __init__(self) -> None:
        self.desk: Reception | None = None

    async def prospects(self, wanted: HandoffWish) -> Prospects:
        """Return what somebody has to expect.

        Raises:
            Unavailable: Nobody knows.
        """
        if self.desk is None:
            raise Unavailable("no desk of ours is open")
        return await self.desk.prospects(wanted)


class DeskReception:
    """Kefu's own desk as the bot asks it; see :class:`kefu.dialogue.ports.Reception`."""

    def __init__(
        self,
        board: Board,
        wanted: Callable[[Handoff], Awaitable[Known]],
        language: Callable[[], str],
        now: Callable[[], float],
    ) -> None:
        """Put it together.

        Args:
            board: Knows how things stand.
            wanted: Tells which skills and group it takes.
            language: Gives the customer's language.
            now: Tells the time.
        """
        self._board = board
        self._wanted = wanted
        self._language = language
        self._now = now

    async def prospects(self, wanted: HandoffWish) -> Prospects:
        """Return what somebody has to expect."""
        wishes = {"intent": wanted.intent, "skills": list(wanted.skills), "group": wanted.group}
        handoff = Handoff(
            conversation_id=wanted.conversation_id,
            channel=wanted.channel,
            at=self._now(),
            reason=wanted.reason,
            wishes={name: value for name, value in wishes.items() if value},
        )
        known = await self._wanted(handoff)
        outlook = await self._board.outlook(
            group_id=known.group_id, skills=known.skills, conversation_id=wanted.conversation_id
        )
        hours = outlook.hours
        return Prospects(
            is_open=outlook.is_open,
            agents_on_duty=outlook.agents_on_duty,
            waiting_before=outlook.waiting_before,
            wait_seconds=outlook.wait_seconds,
            opens_at=outlook.opens_at,
            hours="" if hours is None else hours.describe(self._language()),
        )
