"""Histories: what policies see of a conversation, kept up to date."""

import random

import pytest

from kefu.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    SlotSet,
    UserFeaturization,
    UserUtteranceReverted,
    UserUttered,
)
from kefu.core.tracker import Tracker
from kefu.policies.forgetting import ShortenedHistories
from kefu.policies.history import HistoryReader
from kefu.policies.situation import Situation, situations_json
from tests.unit.policies.builders import INTENTS, a_domain, a_tracker, events


def _json(reader, tracker, **options):
    return situations_json(reader.read(tracker).last(None, **options))


def test_a_situation_has_rasas_json_form():
    tracker = a_tracker("/order+city=Rome", 'city="Rome"', "@order_form")
    last = HistoryReader(a_domain()).read(tracker).last(1)[0]
    assert last.json == (
        '{"active_loop": {"name": "order_form"}, "prev_action": {"action_name": "action_listen"}, '
        '"slots": {"city": [1.0]}, "user": {"entities": ["city"], "intent": "order"}}'
    )


def test_a_situation_can_be_read_back_from_its_json():
    raw = {
        "active_loop": {"name": "f"},
        "prev_action": {"action_text": "Hello"},
        "slots": {"a": [1.0], "b": "should_not_be_set"},
        "user": {"text": "hi"},
    }
    situation = Situation.from_json(raw)
    assert situation.action_is_text
    assert Situation.from_json(raw) == situation
    assert situation.slots is not None
    assert situation.slots.values == {"a": (1.0,), "b": "should_not_be_set"}


def test_the_first_situation_is_empty():
    history = HistoryReader(a_domain()).read(a_tracker())
    assert history.past[0].json == "{}"


def test_an_intent_message_is_seen_by_intent_or_text_never_both():
    tracker = a_tracker("/greet")
    reader = HistoryReader(a_domain())
    by_intent = reader.read(tracker).last(1)[0].user
    by_text = reader.read(tracker).last(1, use_text=True)[0].user
    assert (by_intent.intent, by_intent.text) == ("greet", None)
    assert (by_text.intent, by_text.text) == (None, "/greet")


def test_entities_that_an_intent_ignores_are_not_seen():
    domain = a_domain(intents=[{"order": {"ignore_entities": ["city"]}}])
    tracker = a_tracker("/order+city=Rome", domain=domain)
    assert HistoryReader(domain).read(tracker).last(1)[0].user.entities == ()


def test_roles_and_groups_are_labels_of_their_own():
    domain = a_domain(
        entities=[{"city": {"roles": ["from", "to"], "groups": ["1"]}}], intents=["order"]
    )
    tracker = Tracker("c", domain)
    tracker.append(ActionExecuted(action_name="action_listen"))
    entity = {"entity": "city", "value": "Rome", "role": "to", "group": "1"}
    tracker.append(UserUttered(intent={"name": "order"}, entities=(entity,)))
    labels = HistoryReader(domain).read(tracker).last(1)[0].user.entities
    assert labels == ("city", "city#1", "city#to")


def test_slots_without_influence_are_not_seen():
    tracker = a_tracker("/greet", 'hidden="x"')
    assert HistoryReader(a_domain()).read(tracker).last(1)[0].slots is None


def _random_event(rng, domain):
    kind = rng.randrange(10)
    if kind < 3:
        return UserUttered(text="t", intent={"name": rng.choice(INTENTS)})
    if kind < 6:
        name = rng.choice(["action_listen", "utter_greet", "utter_bye", "order_form"])
        return ActionExecuted(action_name=name, hide_rule_turn=rng.random() < 0.2)
    if kind == 6:
        return SlotSet(key=rng.choice(["city", "size"]), value=rng.choice([None, "s", "x"]))
    if kind == 7:
        return rng.choice([ActiveLoop(name="order_form"), ActiveLoop(name=None), AllSlotsReset()])
    if kind == 8:
        return UserFeaturization(use_text_for_featurization=rng.random() < 0.5)
    return rng.choice([ActionReverted(), UserUtteranceReverted()])


@pytest.mark.parametrize("hides_rules", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_reading_on_gives_the_same_as_reading_afresh(seed, hides_rules):
    rng = random.Random(seed)
    domain = a_domain()
    going_on = HistoryReader(domain, hides_rules=hides_rules)
    tracker = a_tracker(domain=domain)
    for _ in range(120):
        tracker.append(_random_event(rng, domain))
        if rng.random() < 0.1:
            tracker.trim(20)
        if rng.random() < 0.1:
            tracker.settle()
        afresh = HistoryReader(domain, hides_rules=hides_rules)
        assert _json(going_on, tracker) == _json(afresh, tracker.copy())


def test_reading_on_looks_at_new_events_only(monkeypatch):
    domain = a_domain()
    reader = HistoryReader(domain)
    tracker = a_tracker(domain=domain)
    for _ in range(200):
        tracker.extend(events("/greet", "utter_greet", "action_listen"))
    reader.read(tracker)
    mark = next(iter(tracker.memo.values()))
    applied = []
    apply = type(mark.position.state).apply
    monkeypatch.setattr(
        type(mark.position.state), "apply", lambda s, e: (applied.append(e), apply(s, e))[1]
    )
    event = ActionExecuted(action_name="utter_bye")
    tracker.append(event)
    applied.clear()
    reader.read(tracker)
    assert applied == [event]


def test_learned_policies_do_not_see_turns_of_rules_that_no_story_has():
    domain = a_domain()
    reader = HistoryReader(domain, hides_rules=True)
    tracker = a_tracker("/order", "utter_order", "action_listen", domain=domain)
    seen_before = _json(reader, tracker)
    tracker.extend(events("/chat"))
    tracker.append(ActionExecuted(action_name="utter_chat", hide_rule_turn=True))
    tracker.append(ActionExecuted(action_name="action_listen", hide_rule_turn=True))
    tracker.extend(events("/yes"))
    situations = reader.read(tracker).last(None)
    assert [s.action for s in situations] == [None, "action_listen", "utter_order", "action_listen"]
    assert seen_before.startswith(situations_json(situations[:-1])[:-1])
    assert situations[-1].user.intent == "yes"


def test_learned_policies_do_not_see_what_only_rules_use():
    reader = HistoryReader(
        a_domain(),
        hides_rules=True,
        rule_only_slots=frozenset({"city"}),
        rule_only_loops=frozenset({"order_form"}),
    )
    last = reader.read(a_tracker("/greet", 'city="Rome"', "@order_form")).last(1)[0]
    assert last.slots is None
    assert last.loop is None


def test_learned_policies_do_not_see_action_unlikely_intent():
    reader = HistoryReader(a_domain(), hides_rules=True)
    before = _json(reader, a_tracker("/greet"))
    assert _json(reader, a_tracker("/greet", "action_unlikely_intent")) == before


@pytest.mark.parametrize("seed", range(20))
def test_shortened_histories_are_those_of_conversations_that_began_later(seed):
    rng = random.Random(seed)
    domain = a_domain()
    reader = HistoryReader(domain, hides_rules=True, rule_only_slots=frozenset({"size"}))
    words = []
    for _ in range(12):
        words += [f"/{rng.choice(INTENTS)}"]
        changes = ['city="x"', "city=null", 'size="s"', "@order_form", "@null"]
        words += rng.choices(changes, k=rng.randrange(3))
        words += rng.choices(["utter_greet", "utter_bye"], k=rng.randrange(1, 3))
        words += ["action_listen"] if rng.random() < 0.9 else []
    tracker = a_tracker(*words, domain=domain)
    intent = {"name": rng.choice(["greet", None])}
    tracker.append(UserUttered(text="hello", intent=intent))
    shortened = ShortenedHistories(
        tracker.applied,
        domain,
        rule_only_slots=frozenset({"size"}),
        rule_only_loops=frozenset(),
    )
    for start, position in enumerate(shortened.starts):
        later = Tracker("later", domain)
        later.extend(tracker.applied[position:])
        expected = reader.read(later).last(None)
        assert situations_json(shortened.history(start, None)) == situations_json(expected)
        assert shortened.last(start) == expected[-1]
