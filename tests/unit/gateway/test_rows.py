import pytest

from kefu.core.events import ReminderCancelled, ReminderScheduled, Restarted
from kefu.core.messages import Reply
from kefu.errors import EventError
from kefu.gateway.records import CancelReminders, DueReminder, LogEntry, NewReminder
from kefu.gateway.rows import (
    as_json,
    cleaned,
    entry_of,
    event_of,
    message_of,
    reminder_changes,
    reminder_of,
    reply_of,
    write_message,
    write_reply,
)
from tests.unit.gateway.fakes import message


def test_a_message_comes_back_as_it_was():
    sent = message(
        "你好😀", message_id="m", metadata={"page": "/cart"}, parse_data={"intent": {"name": "x"}}
    )
    assert message_of("c1", write_message(sent)) == sent


@pytest.mark.parametrize(
    "reply",
    [
        Reply(recipient_id="c1", text="hi"),
        Reply(recipient_id="c1", text=""),
        Reply(recipient_id="c1", custom={}),
        Reply(
            recipient_id="c1",
            image="https://x/y.png",
            buttons=({"title": "是", "payload": "/yes"},),
            quick_replies=({"title": "a"},),
            elements=({"title": "b"},),
            attachment={"type": "video"},
            metadata={"k": 1},
        ),
    ],
)
def test_a_reply_comes_back_as_it_was(reply):
    assert reply_of("c1", write_reply(reply)) == reply


def test_halves_of_surrogate_pairs_are_replaced_wherever_they_are():
    assert as_json({"a": ["x\ud83d", {"b\ude00": 1}]}) == '{"a":["x\ufffd",{"b\ufffd":1}]}'
    assert cleaned(message("fine")).text == "fine"
    assert cleaned(message("\ud83d\ude00")).text == "😀"
    assert cleaned(message("a", message_id="\0x")).message_id == "\ufffdx"


def test_what_json_cannot_hold_is_an_error_that_says_so():
    with pytest.raises(EventError, match="JSON"):
        as_json({"a": object()})


def test_reminders_follow_from_the_turn():
    at_noon = ReminderScheduled(
        intent="remind", trigger_at=5.0, name="n", entities=[{"b": 1, "a": 2}], timestamp=1.0
    )
    changes = reminder_changes(
        [Restarted()], [at_noon, ReminderCancelled(name="n"), ReminderCancelled(entities=[])]
    )
    assert changes[0] == CancelReminders()
    assert isinstance(changes[1], NewReminder)
    assert changes[1].entities == '[{"a":2,"b":1}]'
    assert changes[2:] == (CancelReminders(name="n"), CancelReminders())
    due = DueReminder(id=1, conversation_id="c", due_at=5.0, body=changes[1].body)
    assert reminder_of(due) == at_noon


def test_an_event_without_time_gets_the_time_it_is_logged_at():
    entry = entry_of(Restarted(), 7.0)
    assert (entry.kind, entry.timestamp) == ("restart", 7.0)
    logged = LogEntry(seq=1, kind=entry.kind, timestamp=entry.timestamp, body=entry.body)
    assert event_of(logged).timestamp == 7.0
