"""Logs for the tests, written as events."""

import json

from kefu.core.codec import encode_event
from kefu.core.events import (
    ActionExecuted,
    ActionReverted,
    BotUttered,
    ConversationPaused,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from kefu.core.names import ACTION_REVIEW
from kefu.evaluation.replay.recording import Entry, read_conversation

LISTEN = ActionExecuted(action_name="action_listen")
SESSION = [ActionExecuted(action_name="action_session_start"), SessionStarted(), LISTEN]


def says(text, intent=None, confidence=0.97, **more):
    """Return a customer's message."""
    found = {"name": intent, "confidence": confidence}
    return UserUttered(
        text=text,
        intent=found,
        parse_data={"text": text, "intent": found, "intent_ranking": [found]},
        input_channel=more.pop("channel", "web"),
        **more,
    )


def does(*names, policy="RulePolicy", confidence=1.0, text=None):
    """Return the events of actions, each of which says something, up to listening."""
    events = []
    for name in names:
        events.append(ActionExecuted(action_name=name, policy=policy, confidence=confidence))
        if name.startswith("utter_"):
            events.append(BotUttered(text=text or name, metadata={"utter_action": name}))
    return [*events, LISTEN]


def handed_over(reason="low_confidence"):
    """Return the events of a handover."""
    return [
        ActionExecuted(action_name="action_handoff", policy="HandoffPolicy", confidence=0.4),
        ConversationPaused(metadata={"handoff": {"reason": reason}}),
    ]


def reviewed(action, draft, decision, *, text=None):
    """Return the events of a draft that an agent decided on."""
    review = {
        "action": action,
        "id": "r1",
        "confidence": 0.8,
        "draft": {"kind": "reply", "name": action, "message": {"text": draft}},
    }
    asked = ActionExecuted(
        action_name=ACTION_REVIEW,
        policy="HandoffPolicy",
        confidence=0.8,
        metadata={"review": review},
    )
    decided = {**review, "decision": decision, **({"text": text} if text else {})}
    events = [asked, LISTEN, ActionReverted(metadata={"review": decided}), ActionReverted()]
    done = ActionExecuted(
        action_name=action, policy="HandoffPolicy", metadata={"review": {"id": "r1"}}
    )
    if decision == "approve":
        return [*events, done, BotUttered(text=draft), LISTEN]
    if decision == "edit":
        said = BotUttered(text=text, metadata={"original": draft})
        return [*events, done, said, LISTEN]
    return [*events, *handed_over()]


def sets(**slots):
    """Return events that set slots."""
    return [SlotSet(key=key, value=value) for key, value in slots.items()]


def entries(events, start=1000.0, step=10.0):
    """Return the entries of a log."""
    found = []
    for seq, event in enumerate(events, start=1):
        at = start + seq * step
        if isinstance(event, dict):
            kind = "note" if "note" in event else "replaced"
            found.append(Entry(seq, kind, at, json.dumps(event)))
            continue
        raw = encode_event(event) | {"timestamp": at}
        found.append(Entry(seq, raw["event"], at, json.dumps(raw)))
    return found


def conversation(*events, name="c1"):
    """Return a recorded conversation; lists among the events are taken apart."""
    flat = []
    for event in events:
        flat += event if isinstance(event, list) else [event]
    return read_conversation(name, entries(flat))
