"""The log as agents see it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.core.codec import decode_event
from kefu.core.contents import Image as ImageContent
from kefu.core.contents import content_as_json
from kefu.core.events import (
    ActionExecuted,
    AgentUttered,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    Restarted,
    SlotSet,
    UserUttered,
)
from kefu.core.notes import NOTE_KINDS, note
from kefu.gateway.reading import LoggedEntry
from kefu.gateway.records import HELD, Delivery
from kefu.server.desk.items import Items

CHEN = {"id": "a_1", "name": "陈", "avatar": "/c.png"}


def shown(*things, deliveries=(), later=(), items=None):
    """Return the items, as JSON values, of events and notes that stand at places 1, 2, ..."""
    made = (items or Items()).of(entries(*things), deliveries, later=later)
    return msgspec.to_builtins(made)


def entries(*things, first=1):
    return [
        LoggedEntry(place, 1000.0 + place, None, thing)
        if isinstance(thing, dict)
        else LoggedEntry(place, 1000.0 + place, thing, None)
        for place, thing in enumerate(things, first)
    ]


def delivery(seq, state="sent", **more):
    return Delivery(
        id=70 + seq,
        conversation_id="c",
        cause_seq=0,
        channel="wechat",
        body="{}",
        state=state,
        seq=seq,
        **more,
    )


def without_time(item):
    return {name: value for name, value in item.items() if name != "at"}


def test_a_customers_words_come_with_how_they_were_understood():
    event = UserUttered(
        text="查一下物流",
        intent={"name": "track", "confidence": 0.93},
        message_id="web-a:m1",
        input_channel="web",
        timestamp=1000.0,
    )
    assert shown(event) == [
        {
            "seq": 1,
            "at": "1970-01-01T00:16:40Z",
            "kind": "customer",
            "text": "查一下物流",
            "id": "web-a:m1",
            "channel": "web",
            "intent": "track",
            "confidence": 0.93,
        }
    ]


def test_a_chosen_button_is_shown_by_its_caption():
    (item,) = shown(UserUttered(text='/track{"no": 1}', metadata={"title": "查物流"}))
    assert item["text"] == "查物流"


def test_a_retrieval_intent_is_named_whole_and_nothing_understood_is_not_named():
    intent = {"name": "faq", "full_retrieval_intent_name": "faq/refund", "confidence": 1}
    (item,) = shown(UserUttered(text="x", intent=intent))
    assert item["intent"] == "faq/refund"
    (item,) = shown(UserUttered(text="x", intent={"name": None, "confidence": 0.0}))
    assert "intent" not in item
    assert "confidence" not in item


@pytest.mark.parametrize("text", ["/session_start", "/restart", "EXTERNAL: shipped", "", None])
def test_what_no_customer_said_is_not_shown(text):
    assert shown(UserUttered(text=text)) == []


def test_a_picture_has_an_address_and_no_words_that_only_stand_for_it():
    raw = content_as_json(ImageContent(attachment="p1.png", name="单据.png"))
    event = UserUttered(text="[图片]", metadata={"content": raw})
    items = Items(link=lambda number: f"/attachments/{number}?s=1")
    (item,) = shown(event, items=items)
    assert item["content"] == {
        "type": "image",
        "attachment": "p1.png",
        "name": "单据.png",
        "url": "/attachments/p1.png?s=1",
    }
    assert "text" not in item


def test_a_left_message_tells_who_left_it():
    left = {"name": "王", "contact": "138"}
    (item,) = shown(UserUttered(text="回电", metadata={"leave_message": left}))
    assert (item["text"], item["data"]) == ("回电", {"left": left})


def test_a_rating_is_told_by_its_note_alone():
    raw = {"type": "rating", "score": 5}
    found = shown(UserUttered(text="5", metadata={"content": raw}), note("rated", score=5))
    assert [(item["kind"], item.get("step")) for item in found] == [("step", "rated")]


def test_the_bots_words_come_with_action_policy_and_everything_to_choose():
    chosen = ActionExecuted(action_name="utter_greet", policy="RulePolicy", confidence=1.0)
    button = {"title": "退款", "payload": "/refund"}
    said = BotUttered(text="您好", data={"buttons": [button], "elements": [{"title": "券"}]})
    (item,) = shown(chosen, said, SlotSet(key="a", value=1))
    assert without_time(item) == {
        "seq": 2,
        "kind": "bot",
        "text": "您好",
        "buttons": [button],
        "elements": [{"title": "券"}],
        "action": "utter_greet",
        "policy": "RulePolicy",
        "confidence": 1.0,
    }


def test_a_card_of_the_bot_is_a_content_and_other_payloads_are_data():
    card = {"type": "order_card", "order_id": "A1"}
    (item,) = shown(BotUttered(data={"custom": card}))
    assert item["content"] == card
    (item,) = shown(BotUttered(data={"custom": {"chart": [1]}, "image": "/a.png"}))
    assert (item["data"], item["image"]) == ({"custom": {"chart": [1]}}, "/a.png")


def test_an_agents_words_are_theirs():
    metadata = {"agent": CHEN, "message_id": "m-1", "reply_to": 4}
    (item,) = shown(AgentUttered(text="我来处理", metadata=metadata))
    assert without_time(item) == {
        "seq": 1,
        "kind": "agent",
        "text": "我来处理",
        "id": "m-1",
        "agent": CHEN,
        "reply_to": 4,
    }


@pytest.mark.parametrize(
    ("made", "state", "error"),
    [
        (delivery(1, "pending", retry_at=2000.0), "pending", None),
        (delivery(1, "pending", retry_at=HELD, error="48 小时已过"), "held", "48 小时已过"),
        (delivery(1, "failed", error="拒收"), "failed", "拒收"),
        (delivery(1, "read", error="once"), "read", None),
    ],
)
def test_how_far_it_got_is_told(made, state, error):
    (item,) = shown(AgentUttered(text="x"), deliveries=[made])
    assert (item["state"], item.get("error"), item["delivery_id"]) == (state, error, 71)
    assert item["channel"] == "wechat"


def test_private_notes_and_whispers_are_told_apart():
    found = shown(
        note("private", id="n1", text="他很急", agent=CHEN, mentions=["a_2"]),
        note("private", id="n2", text="先道歉", agent=CHEN, is_whisper=True),
    )
    assert [without_time(item) for item in found] == [
        {
            "seq": 1,
            "kind": "private",
            "text": "他很急",
            "id": "n1",
            "agent": CHEN,
            "mentions": ["a_2"],
        },
        {
            "seq": 2,
            "kind": "private",
            "text": "先道歉",
            "id": "n2",
            "agent": CHEN,
            "is_whisper": True,
        },
    ]


def test_what_was_written_on_the_platform_itself_is_an_agents():
    (item,) = shown(note("said_elsewhere", text="已寄出", agent={"id": "zhang", "name": "张"}))
    assert (item["kind"], item["text"], item["agent"]["name"]) == ("agent", "已寄出", "张")


def test_what_was_taken_back_is_blank_wherever_the_note_stands():
    said = AgentUttered(text="秘密", metadata={"agent": CHEN, "message_id": "m"})
    mine = UserUttered(text="打错了", message_id="web-a:x:1")
    by_place = note("recalled", by="agent", of_seq=1)
    by_name = note("recalled", by="customer", id="x:1")
    found = shown(said, mine, by_place, by_name)
    assert [without_time(item) for item in found] == [
        {"seq": 1, "kind": "agent", "id": "m", "agent": CHEN, "is_recalled": True},
        {"seq": 2, "kind": "customer", "id": "web-a:x:1", "is_recalled": True},
    ]
    later = entries(by_place, first=30)
    assert shown(said, later=later)[0]["is_recalled"]


def test_steps_are_named_and_carry_what_the_desk_noted():
    pause = ConversationPaused(metadata={"handoff": {"reason": "asked", "detail": "转人工"}})
    found = shown(
        pause,
        note("queued", reason="asked", group_id=None),
        note("assigned", agent=CHEN, how="routing"),
        note("labelled", agent=CHEN, added=["急"]),
        ConversationResumed(),
        Restarted(),
        ConversationPaused(),
    )
    assert [(item["step"], item.get("agent"), item.get("data")) for item in found] == [
        ("handed_over", None, {"reason": "asked", "detail": "转人工"}),
        ("queued", None, {"reason": "asked"}),
        ("assigned", CHEN, {"how": "routing"}),
        ("labelled", CHEN, {"added": ["急"]}),
        ("resumed", None, None),
        ("restarted", None, None),
        ("paused", None, None),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
ODD_NAMES = [
    *("text", "data", "metadata", "timestamp", "name", "policy", "confidence", "parse_data"),
    *("message_id", "input_channel", "agent", "mentions", "is_whisper", "id", "of_seq"),
    *("content", "custom", "buttons", "intent"),
]
ODD_FIELDS = st.dictionaries(st.sampled_from(ODD_NAMES), JSON)
KINDS = ["user", "bot", "agent", "action", "pause", "resume", "restart", "slot"]


@given(st.sampled_from([*sorted(NOTE_KINDS), "unheard-of"]), ODD_FIELDS)
def test_no_note_is_too_odd(kind, fields):
    msgspec.json.encode(Items(link=str).of(entries({"note": kind, **fields})))


@given(st.sampled_from(KINDS), ODD_FIELDS, ODD_FIELDS)
def test_no_event_is_too_odd(kind, fields, inner):
    metadata = {**inner, "content": inner.get("content", inner)}
    raw = {"event": kind, "name": "n", **fields, "metadata": metadata, "data": inner}
    try:
        event = decode_event(raw)
    except (KeyError, TypeError, ValueError, AttributeError):
        return  # such an event is in no log
    msgspec.json.encode(Items(link=str).of(entries(event)))


@given(JSON, JSON)
def test_no_content_is_too_odd(custom, agent):
    event = BotUttered(data={"custom": custom, "buttons": custom})
    said = AgentUttered(text="x", metadata={"agent": agent, "reply_to": custom})
    msgspec.json.encode(Items(link=str).of(entries(event, said)))
