"""What an agent is told of a conversation at a glance."""

import json
import string

from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.core.codec import decode_event, encode_event
from kefu.core.domain import Domain
from kefu.core.events import (
    ActionExecuted,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from kefu.core.summary import Tried, Understood, order_numbers, summarise
from kefu.errors import EventError


def said(text, intent="greet", confidence=0.9, entities=(), **more):
    named = {"name": intent, "confidence": confidence}
    parse_data = {"intent": named, "entities": list(entities)}
    return UserUttered(text=text, intent=named, entities=entities, parse_data=parse_data, **more)


def did(name, text=None, **more):
    action = [ActionExecuted(action_name=name, **more)]
    return [*action, BotUttered(text=text)] if text else action


CARD = {"type": "order_card", "order_id": "6027", "title": "卫衣", "items": ["卫衣×1"]}
LOG = [
    said("上次的事"),
    SessionStarted(),
    *did("action_listen"),
    said("我的订单呢", "query_order", 0.62, entities=({"entity": "order_no", "value": "6026"},)),
    SlotSet(key="order_no", value="6026"),
    SlotSet(key="requested_slot", value="phone"),
    SlotSet(key="phone", value="13800000001"),
    *did("action_query_order", "查到了", policy="RulePolicy", confidence=1.0),
    BotUttered(data={"custom": CARD}),
    *did("action_listen", policy="RulePolicy", confidence=1.0),
    said("太慢了没人管！！", "complain", 0.95),
    *did("utter_apologize", "抱歉", policy="TEDPolicy", confidence=0.55),
    *did("action_listen"),
    said("/affirm", "affirm", 1.0),
    said("我的订单呢", "query_order", 0.8),
    *did("action_default_fallback", "没听懂"),
    ConversationPaused(metadata={"handoff": {"reason": "asked", "detail": "订单 6026"}}),
]


def test_a_session_at_a_glance():
    summary = summarise(LOG)
    assert (summary.reason, summary.reason_name, summary.detail) == (
        "asked",
        "客户要求转人工",
        "订单 6026",
    )
    assert summary.asked == ("太慢了没人管！！", "我的订单呢")
    assert summary.intents == (
        Understood(intent="complain", confidence=0.95, count=1),
        Understood(intent="affirm", confidence=1.0, count=1),
        Understood(intent="query_order", confidence=0.62, count=2),
    )
    assert summary.slots == {"order_no": "6026", "phone": "13800000001"}
    assert summary.orders == ("6026", "6027")
    assert summary.phones == ("13800000001",)
    assert [card["order_id"] for card in summary.order_cards] == ["6027"]
    assert summary.tried == (
        Tried(action="action_query_order", said="查到了", is_failure=False, confidence=1.0),
        Tried(action="utter_apologize", said="抱歉", is_failure=False, confidence=0.55),
        Tried(action="action_default_fallback", said="没听懂", is_failure=True, confidence=None),
    )
    assert summary.failures == 1
    assert summary.lowest_confidence == 0.55
    assert summary.mood == "negative"
    assert summary.moods == {"negative": 1, "neutral": 3, "positive": 0}
    assert summary.mood_words == ("太慢", "没人管")


def test_what_ends_a_form_is_no_attempt():
    tried = summarise([*did("order_form", "哪一单？"), *did("action_deactivate_loop")]).tried
    assert [one.action for one in tried] == ["order_form"]


def test_it_is_json():
    body = json.loads(json.dumps(summarise(LOG).as_json()))
    assert body["tried"][0]["action"] == "action_query_order"
    assert body["order_cards"][0]["title"] == "卫衣"


def test_the_reason_has_a_name_in_english_too():
    assert summarise(LOG, language="en").reason_name == "asked for a human"


def test_a_handoff_of_a_custom_action_has_its_words():
    summary = summarise([SlotSet(key="handoff_reason", value="客户投诉"), ConversationPaused()])
    assert (summary.reason, summary.detail) == ("other", "客户投诉")
    assert summarise([said("hi")]).reason is None


def test_only_slots_of_the_domain_are_shown_and_emptied_ones_are_not():
    domain = Domain.from_dict({"slots": {"city": {"type": "text"}}})
    events = [SlotSet(key="city", value="苏州"), SlotSet(key="gone", value=1)]
    assert summarise(events, domain=domain).slots == {"city": "苏州"}
    assert summarise([*events, SlotSet(key="city")]).slots == {"gone": 1}
    assert summarise([*events, AllSlotsReset()]).slots == {}


def test_the_names_of_orders_can_be_others():
    events = [SlotSet(key="ticket", value=77), SlotSet(key="order_no", value="1")]
    assert summarise(events, order_names=("ticket",)).orders == ("77",)
    assert order_numbers({"order_id": 5, "order_no": None, "order": True}) == ("5",)


def test_the_customers_own_card_counts():
    events = [said("[订单]", metadata={"content": CARD})]
    assert summarise(events).orders == ("6027",)


def test_the_last_feeling_is_the_mood():
    assert summarise([said("骗子"), said("谢谢"), said("订单呢")]).mood == "positive"


def test_what_the_pipeline_found_goes_before_the_words():
    message = said("失望")
    found = {**message.parse_data, "sentiment": {"name": "positive", "confidence": 0.9}}
    summary = summarise([UserUttered(text="失望", parse_data=found), said("订单呢")])
    assert summary.mood == "positive"
    assert summary.moods == {"negative": 0, "neutral": 1, "positive": 1}
    assert summary.mood_words == ()


def test_it_stays_small_whatever_the_log_holds():
    events = [SessionStarted()]
    for number in range(300):
        events.append(said(f"{number} " + "长" * 5_000, f"intent{number}"))
        events.append(SlotSet(key=f"slot{number}", value=["长" * 5_000] * 20))
        card = {**CARD, "order_id": str(number), "title": "长" * 5_000}
        events += [*did(f"action{number}", "长" * 5_000), BotUttered(data={"custom": card})]
    body = json.dumps(summarise(events).as_json(), ensure_ascii=False)
    assert len(body) < 30_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "type", "order_id", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
KINDS = (
    "user bot action slot pause resume session_started rewind undo active_loop agent reset_slots "
    "restart followup entities action_execution_rejected loop_interrupted"
)
NAMES = st.sampled_from(
    ["order_no", "requested_slot", "action_listen", "action_review", "f", "nlu_fallback", "handoff"]
)
METADATA = st.dictionaries(
    st.sampled_from(["handoff", "review", "content", "is_external"]), JSON, max_size=3
)


@st.composite
def events_of_logs(draw):
    raw = {
        "event": draw(st.sampled_from(KINDS.split())),
        "name": draw(NAMES),
        "value": draw(JSON),
        "text": draw(st.none() | st.text(alphabet=string.printable + "慢骗子", max_size=12)),
        "parse_data": {
            "intent": draw(st.fixed_dictionaries({"name": NAMES, "confidence": JSON}) | JSON),
            "entities": draw(st.lists(JSON, max_size=2)),
        },
        "data": {"custom": draw(JSON)},
        "confidence": draw(JSON),
        "policy": draw(st.none() | st.just("RulePolicy")),
        "entities": [],
        "metadata": draw(METADATA),
    }
    try:
        return decode_event(raw)
    except EventError:
        return ActionExecuted(action_name="action_listen")


@settings(max_examples=150, deadline=None)
@given(st.lists(events_of_logs(), max_size=12))
def test_no_log_makes_it_fail(events):
    body = summarise(events).as_json()
    json.dumps(body, allow_nan=False)
    assert summarise(events).as_json() == body


def test_it_reads_what_the_log_gives_back():
    again = [decode_event(encode_event(event, for_log=True)) for event in LOG]
    assert summarise(again) == summarise(LOG)
