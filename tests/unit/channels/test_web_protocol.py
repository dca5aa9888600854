"""The web channel's identities, frames, view of the log and limits."""

import pytest

from kefu.channels.base import Flow, FlowLimit
from kefu.channels.web.frames import Hello, Message, Ping, decode_frame, decode_message
from kefu.channels.web.transcript import Transcript, answered_ids
from kefu.channels.web.visitors import Visitors
from kefu.clock import ManualClock
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
from kefu.errors import ChannelError
from tests.unit.channels.fakes import Entry, Record

VISITORS = Visitors(b"0" * 32)


def test_a_token_leads_to_the_same_conversation_every_time():
    token = VISITORS.new_token()
    assert VISITORS.conversation_of(token) == Visitors(b"0" * 32).conversation_of(token)


def test_every_visitor_has_a_conversation_of_their_own():
    conversations = {VISITORS.conversation_of(VISITORS.new_token()) for _ in range(50)}
    assert len(conversations) == 50


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: None,
        lambda token: "",
        lambda token: "v1",
        lambda token: token[:-1],
        lambda token: token.replace("v1", "v2"),
        lambda token: token.replace(".", ".x", 1),
        lambda token: "v1.someone." + token.rsplit(".", 1)[1],
        lambda token: "v1..",
        lambda token: "v1.\ud800.x",
    ],
)
def test_a_forged_token_leads_nowhere(forge):
    assert VISITORS.conversation_of(forge(VISITORS.new_token())) is None


def test_a_token_signed_with_another_secret_leads_nowhere():
    assert VISITORS.conversation_of(Visitors(b"1" * 32).new_token()) is None


@pytest.mark.parametrize(
    ("data", "frame"),
    [
        ('{"type":"hello","last_seq":3,"token":"t"}', Hello(token="t", last_seq=3)),
        ('{"type":"message","id":"1","text":"你好"}', Message(id="1", text="你好")),
        (b'{"type":"ping","unknown":"ignored"}', Ping()),
    ],
)
def test_a_frame_is_decoded(data, frame):
    assert decode_frame(data, max_text=100) == frame


@pytest.mark.parametrize(
    "data",
    [
        "",
        "nothing",
        "[]",
        "{}",
        b"\xff\xfe",
        '{"type":"shout"}',
        '{"type":"message","id":"1"}',
        '{"type":"message","id":"1","text":5}',
        '{"type":"message","id":"1","text":"  "}',
        '{"type":"message","id":"","text":"x"}',
        '{"type":"message","id":"' + "x" * 65 + '","text":"x"}',
        '{"type":"message","id":"1","text":"' + "x" * 101 + '"}',
        '{"type":"message","id":"1","text":"x","title":"' + "x" * 301 + '"}',
        '{"type":"hello","last_seq":-1}',
        '{"type":"hello","last_seq":"1"}',
        '{"type":"hello","locale":"' + "x" * 36 + '"}',
    ],
)
def test_a_bad_frame_is_refused(data):
    with pytest.raises(ChannelError):
        decode_frame(data, max_text=100)


def test_a_message_by_http_may_leave_out_its_type():
    assert decode_message(b'{"id":"1","text":"x"}', max_text=9).text == "x"


def frames(*items):
    """Return what a customer at address ``c`` sees of events and notes."""
    entries = [
        Entry(seq=n, note=item) if isinstance(item, dict) else Entry(seq=n, event=item)
        for n, item in enumerate(items, 1)
    ]
    return list(Transcript(lambda name: f"/attachments/{name}?signed").frames("c", entries))


def test_contents_are_shown_with_an_address_and_without_what_stands_for_them():
    picture = UserUttered(
        text="[图片]", metadata={"content": {"type": "image", "attachment": "a1"}}
    )
    card = BotUttered(data={"custom": {"type": "order_card", "order_id": "7"}})
    mine, theirs = frames(picture, card)
    assert "text" not in mine
    assert mine["content"] == {
        "type": "image",
        "attachment": "a1",
        "url": "/attachments/a1?signed",
    }
    assert theirs["content"] == {"type": "order_card", "order_id": "7"}
    assert "custom" not in theirs


def test_words_in_brackets_beside_a_picture_are_the_customers_own():
    words = "[请看这张图，屏幕碎了]"
    [mine] = frames(UserUttered(text=words, metadata={"content": {"type": "image"}}))
    assert mine["text"] == words


def test_a_link_of_a_menu_stays_a_link():
    menu = {"type": "menu", "choices": [{"title": "查看", "url": "https://shop.example/1"}]}
    [shown] = frames(BotUttered(data={"custom": menu}))
    assert [*shown["content"]["choices"]] == menu["choices"]


def test_a_payload_for_programs_stays_as_it_is():
    (shown,) = frames(BotUttered(data={"custom": {"type": "chart", "values": [1]}}))
    assert shown["custom"] == {"type": "chart", "values": [1]}


def test_notes_for_the_customer_are_shown_and_others_are_not():
    shown = frames({"note": "recalled", "id": "m1", "secret": 1}, {"note": "internal", "text": "x"})
    assert [(f["notice"], f["id"], f["data"]) for f in shown] == [("recalled", "m1", {"id": "m1"})]


def test_an_agents_name_is_shown_and_nothing_else_of_them():
    agent = {"id": 7, "name": "小王", "avatar": "/a.png", "phone": "1"}
    (shown,) = frames(AgentUttered(text="好", metadata={"agent": agent}))
    assert shown["agent"] == {"name": "小王", "avatar": "/a.png"}


def test_the_customer_sees_what_was_said_and_whom_they_talk_to():
    shown = frames(
        ActionExecuted(action_name="action_listen"),
        UserUttered(text="你好", message_id="c:7", timestamp=5.0),
        SlotSet(key="x", value=1),
        BotUttered(text="您好", data={"buttons": [{"title": "a", "payload": "/a"}], "image": None}),
        ConversationPaused(),
        AgentUttered(text="我是小王"),
        ConversationResumed(),
        Restarted(),
    )
    assert shown == [
        {"type": "message", "from": "customer", "id": "7", "text": "你好", "seq": 2, "at": 5.0},
        {
            "type": "message",
            "from": "bot",
            "buttons": [{"title": "a", "payload": "/a"}],
            "text": "您好",
            "seq": 4,
            "at": None,
        },
        {"type": "notice", "notice": "paused", "seq": 5, "at": None},
        {"type": "message", "from": "agent", "text": "我是小王", "seq": 6, "at": None},
        {"type": "notice", "notice": "resumed", "seq": 7, "at": None},
        {"type": "notice", "notice": "restarted", "seq": 8, "at": None},
    ]


def test_a_chosen_button_shows_its_caption_not_its_payload():
    (shown,) = frames(UserUttered(text="/track", metadata={"title": "查物流"}))
    assert shown["text"] == "查物流"


@pytest.mark.parametrize("text", ["EXTERNAL: remind", "/restart", "/session_start", "", None])
def test_what_the_customer_did_not_say_is_not_shown(text):
    assert frames(UserUttered(text=text)) == []


def test_an_image_that_the_log_repeats_as_attachment_is_shown_once():
    (shown,) = frames(BotUttered(data={"image": "i.png", "attachment": "i.png"}))
    assert "attachment" not in shown


def test_messages_count_as_answered_once_their_turn_is_in_the_log():
    records = [Record(1, UserUttered(text="x", message_id="c:1")), Record(2, BotUttered(text="y"))]
    assert answered_ids(records) == {"c:1"}


def test_a_visitor_may_write_a_burst_and_then_at_a_steady_pace():
    clock = ManualClock()
    limit = FlowLimit(clock, Flow(burst=3, per_second=2))
    assert [limit.admits("a") for _ in range(4)] == [True, True, True, False]
    assert limit.admits("b")
    assert (limit.wait("a"), limit.wait("b")) == (0.5, 0.0)
    clock.advance(0.5)
    assert [limit.admits("a") for _ in range(2)] == [True, False]


def test_the_limit_forgets_those_who_wrote_longest_ago():
    limit = FlowLimit(ManualClock(), Flow(burst=1, per_second=1), remembered=2)
    for visitor in ("a", "b", "c"):
        limit.admits(visitor)
    assert limit.admits("a")
    assert not limit.admits("c")
