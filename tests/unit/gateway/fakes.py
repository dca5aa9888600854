"""A small bot with the manners of the real one, and what else the gateway's tests need."""

import asyncio
from dataclasses import dataclass, replace

from kefu.clock import ManualClock
from kefu.core.domain import Domain
from kefu.core.events import (
    ActionExecuted,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    ReminderCancelled,
    ReminderScheduled,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from kefu.core.messages import Reply, UserMessage
from kefu.dialogue.responses.utterances import reply_of

DOMAIN = {
    "intents": ["greet"],
    "slots": {"mood": {"type": "text", "mappings": []}},
    "responses": {"utter_greet": [{"text": "hi"}]},
}


def domain():
    return Domain.from_dict(DOMAIN)


def message(text, *, conversation_id="c1", message_id=None, channel="rest", **more):
    return UserMessage(
        conversation_id=conversation_id,
        text=text,
        message_id=message_id,
        input_channel=channel,
        output_channel=channel,
        **more,
    )


@dataclass
class Turn:
    events: tuple = ()
    replies: tuple = ()
    reminders: tuple = ()


class EchoBot:
    """Says back what it hears, with the number of the message within the conversation.

    Some texts make it do something else: ``fail``, ``pause``, ``resume``, ``set …``,
    ``remind me`` and ``wait`` (until :attr:`gate` is set).
    """

    def __init__(self, clock=None, name="echo"):
        self.domain = domain()
        self.failure_text = "sorry"
        self.clock = clock or ManualClock()
        self.name = name
        self.gate = asyncio.Event()
        self.turns = []
        self.running = 0
        self.most_running = 0
        self.most_running_per_conversation = 0
        self._running_in = {}
        self._turn_began = asyncio.Event()

    async def began(self, count):
        """Wait until ``count`` turns have begun."""
        while len(self.turns) < count:
            self._turn_began.clear()
            await self._turn_began.wait()

    async def take_turn(self, tracker, message):
        conversation_id = message.conversation_id
        self.running += 1
        here = self._running_in[conversation_id] = self._running_in.get(conversation_id, 0) + 1
        self.most_running = max(self.most_running, self.running)
        self.most_running_per_conversation = max(self.most_running_per_conversation, here)
        try:
            await asyncio.sleep(0)
            return await self._turn(tracker, message)
        finally:
            self.running -= 1
            self._running_in[conversation_id] -= 1

    async def _turn(self, tracker, message):
        self.turns.append((message.conversation_id, message.text))
        self._turn_began.set()
        events = [] if tracker.events else [SessionStarted()]
        events.append(self._heard(message))
        if tracker.state.is_paused and message.text != "resume":
            return self._done(tracker, events)
        match message.text.split():
            case ["fail"]:
                tracker.append(events[-1])
                raise ValueError("the bot broke")
            case ["wait"]:
                await self.gate.wait()
            case ["pause"]:
                events += [SlotSet(key="handoff_reason", value="asked"), ConversationPaused()]
            case ["resume"]:
                events.append(ConversationResumed())
            case ["set", value]:
                events.append(SlotSet(key="mood", value=value))
            case ["remind", "me"]:
                at = self.clock.now() + 60
                events.append(ReminderScheduled(intent="greet", trigger_at=at, name="later"))
        count = (tracker.state.slots.get("mood") or "-", message.text)
        return self._say(tracker, events, f"{self.name}: {count[1]}")

    def _heard(self, message):
        return UserUttered(
            text=message.text,
            intent={"name": "greet", "confidence": 1.0},
            parse_data={
                "text": message.text,
                "intent": {"name": "greet", "confidence": 1.0},
                "entities": [],
            },
            input_channel=message.input_channel,
            message_id=message.message_id,
            metadata=message.metadata,
        )

    def _say(self, tracker, events, text):
        events += [
            ActionExecuted(action_name="utter_greet", policy="echo", confidence=1.0),
            BotUttered(text=text, data={"buttons": None}),
            ActionExecuted(action_name="action_listen"),
        ]
        reply = Reply(recipient_id=tracker.conversation_id, text=text)
        return self._done(tracker, events, (reply,))

    def _done(self, tracker, events, replies=()):
        now = self.clock.now()
        events = tuple(replace(e, timestamp=now) if e.timestamp is None else e for e in events)
        tracker.extend(events)
        tracker.settle()
        tracker.trim()
        reminders = [e for e in events if isinstance(e, ReminderScheduled | ReminderCancelled)]
        return Turn(events, replies, tuple(reminders))

    async def log_message(self, tracker, message):
        return self._done(tracker, [self._heard(message)])

    async def start_session(self, tracker, *, output_channel):
        return self._done(tracker, [SessionStarted()])

    async def trigger_intent(self, tracker, intent, entities=None, *, output_channel):
        return self._say(tracker, [], f"{intent} on {output_channel}")

    async def execute_action(self, tracker, name, *, policy, confidence, output_channel):
        return self._say(tracker, [], f"did {name}")

    async def append_events(self, tracker, events, *, execute_side_effects, output_channel):
        turn = self._done(tracker, list(events))
        if not execute_side_effects:
            return turn
        name = tracker.conversation_id
        said = [reply_of(event, name) for event in events if isinstance(event, BotUttered)]
        return replace(turn, replies=(*turn.replies, *said))

    async def handle_reminder(self, tracker, reminder, *, output_channel):
        return self._say(tracker, [], f"reminding of {reminder.name} on {output_channel}")

    async def predict_next(self, tracker):
        return ("action_listen", len(tracker.events))


class RecordingSender:
    """A channel that can be written to; ``broken`` makes it refuse."""

    def __init__(self):
        self.sent = []
        self.broken = False
        self.attempts = 0

    async def send(self, reply, *, delivery_id, recipient):
        self.attempts += 1
        await asyncio.sleep(0)
        if self.broken:
            from kefu.errors import ChannelError

            raise ChannelError("no connection")
        self.sent.append((reply.recipient_id, reply.text))


class RecordingFollower:
    """Remembers what it was told."""

    def __init__(self):
        self.told = []
        self.broken = False

    async def committed(self, conversation_id, events, *, channel):
        if self.broken:
            raise RuntimeError("follower down")
        self.told.append((conversation_id, [type(e).__name__ for e in events], channel))
