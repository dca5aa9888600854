"""What agents say: to customers, and among themselves."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final

from kefu.clock import Clock
from kefu.core.events import AgentUttered
from kefu.core.ids import new_id
from kefu.core.messages import AgentMessage
from kefu.core.notes import note
from kefu.core.signals import Signal
from kefu.desk import moves
from kefu.desk.changes import Tell
from kefu.desk.changing import Changing
from kefu.desk.moves import Act, Timing
from kefu.desk.people import Person
from kefu.desk.ports import DeskStore, Door, Entry
from kefu.desk.rating import RatingRules, recommendation_request, stars_request
from kefu.desk.serving import May, Serving
from kefu.errors import Conflict, DeskError

__all__ = ["Speaking"]

MAX_TEXT: Final = 10_000
RECALL_SECONDS: Final = 120.0
"""So long an agent may take back what they said."""

_LOOKS_BACK: Final = 400
_REMEMBERED: Final = 2_000


class Speaking:
    """Brings agents' words into the log; what customers get goes through the door."""

    def __init__(
        self,
        store: DeskStore,
        changing: Changing,
        door: Door,
        clock: Clock,
        serving: Serving,
        ratings: Callable[[], RatingRules] = RatingRules,
    ) -> None:
        self._ratings = ratings
        self._store = store
        self._changing = changing
        self._door = door
        self._clock = clock
        self._serving = serving
        self._noted: OrderedDict[tuple[str, str], int] = OrderedDict()

    async def say(
        self,
        message: AgentMessage,
        by: Person,
        may: May,
    ) -> int:
        """Say something to the customer, and return its place in the log.

        The conversation must have an agent at the moment of the commit, and ``may`` must let ``by``
        speak in it: nothing is said into a conversation that was taken away meanwhile.

        Raises:
            DeskError: It is empty or too long, or the conversation is nobody's.
        """
        if not message.text and message.content is None:
            raise DeskError("empty", "there is nothing to say", status=400)
        _check_length(message.text or "")
        name = message.conversation_id

        async def admit() -> None:
            session = await self._store.open_session(name)
            may(session)
            if session is None or session.state != "assigned":
                raise DeskError("not-yours", "take this conversation before you answer in it")

        try:
            said = await self._door.say(message, admit)
        except Conflict as conflict:
            text = "this conversation is no agent's any more; nothing was sent"
            raise DeskError("not-yours", text) from conflict
        if not said.is_repeat:
            await self._serving.answered(name, by)
        return said.seq

    async def ask_for_rating(
        self, conversation_id: str, by: Person, may: May, *, text: str = ""
    ) -> str:
        """Ask the customer how the service was; return the id by which the rating is known.

        Where only the recommendation is wanted, that is asked for at once.
        """
        rating_id, rules = new_id("r"), self._ratings()
        session = await self._serving.rating_asked(conversation_id, rating_id, may)
        request = stars_request(rating_id, text)
        if rules.nps and not rules.csat:
            request = recommendation_request(rating_id, session.language)
        message = AgentMessage(
            conversation_id=conversation_id,
            agent=by.as_json(),
            message_id=rating_id,
            content=request,
        )
        await self.say(message, by, may)
        return rating_id

    async def note(
        self,
        conversation_id: str,
        by: Person,
        *,
        message_id: str,
        text: str,
        mentions: Sequence[str] = (),
        is_whisper: bool = False,
    ) -> int:
        """Say something that only colleagues see; return its place in the log.

        Args:
            conversation_id: Where.
            by: Who.
            message_id: Makes sending it again safe while this process lives.
            text: What.
            mentions: Ids of agents who are told.
            is_whisper: It is a supervisor's word to the agent whose conversation it is.
        """
        if not text.strip():
            raise DeskError("empty", "the note is empty", status=400)
        _check_length(text)
        key = (conversation_id, message_id)
        if key in self._noted:
            return self._noted[key]
        body = note(
            "private",
            id=message_id,
            text=text,
            agent=by.as_json(),
            mentions=list(mentions) or None,
            is_whisper=True if is_whisper else None,
        )
        seq = await self._door.note(conversation_id, body)
        self._remember(key, seq)
        told = await self._told(conversation_id, by, text, mentions, is_whisper=is_whisper)
        if told:
            await self._changing.tell(*told)
        return seq

    async def _told(
        self,
        conversation_id: str,
        by: Person,
        text: str,
        mentions: Sequence[str],
        *,
        is_whisper: bool,
    ) -> list[Tell]:
        act = Act(at=self._clock.now(), timing=Timing(), by=by, words=text[:200])
        told = [
            moves.noticed(conversation_id, one, "mentioned", act)
            for one in dict.fromkeys(mentions)
            if one != by.id
        ]
        if is_whisper:
            session = await self._store.open_session(conversation_id)
            agent_id = None if session is None else session.agent_id
            if agent_id is not None and agent_id != by.id and agent_id not in mentions:
                told.append(moves.noticed(conversation_id, agent_id, "whispered", act))
        return told

    async def recall(self, conversation_id: str, seq: int, by: Person) -> None:
        """Take back what one said a moment ago; channels that can, no longer show it.

        Raises:
            DeskError: It is not one's own, not the last minutes', or taken back already.
        """
        entries = await self._door.recent(conversation_id, _LOOKS_BACK)
        said = next((one for one in entries if one.seq == seq), None)
        if said is None or _speaker(said) != by.id:
            raise DeskError("not-yours", "only what you said yourself can be taken back")
        if any(one.note and one.note.get("of_seq") == seq for one in entries):
            return
        if self._clock.now() - said.timestamp > RECALL_SECONDS:
            minutes = int(RECALL_SECONDS // 60)
            text = f"it can be taken back within {minutes} minutes only"
            raise DeskError("too-late", text)
        body = note("recalled", by="agent", of_seq=seq, agent=by.as_json())
        await self._door.note(conversation_id, body)

    def typing(self, conversation_id: str, by: Person, *, on: bool) -> None:
        """Tell the customer, and colleagues who look on, that an agent types."""
        data: dict[str, Any] = {"on": on, "agent": by.as_json()}
        self._door.signal(conversation_id, Signal(kind="typing", by="agent", data=data))

    def _remember(self, key: tuple[str, str], seq: int) -> None:
        self._noted[key] = seq
        while len(self._noted) > _REMEMBERED:
            self._noted.popitem(last=False)


def _check_length(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise DeskError("too-long", f"a message has at most {MAX_TEXT:,} characters", status=400)


def _speaker(entry: Entry) -> str:
    """Return the id of the agent who said it, to whomever."""
    if isinstance(entry.event, AgentUttered):
        said_by = entry.event.metadata.get("agent")
    elif entry.note is not None and entry.note.get("note") == "private":
        said_by = entry.note.get("agent")
    else:
        return ""
    return str(said_by.get("id") or "") if isinstance(said_by, dict) else ""
