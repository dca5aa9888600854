"""A conversation written as a test story."""

import yaml

from kefu.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from kefu.server.story_text import as_test_stories


def said(text, intent="inform", entities=(), **options):
    return UserUttered(text=text, intent={"name": intent}, entities=tuple(entities), **options)


def did(name, **options):
    return ActionExecuted(action_name=name, **options)


def steps(*events, **options):
    story = yaml.safe_load(as_test_stories("c", list(events), **options))
    return story["stories"][0]["steps"]


def test_messages_actions_slots_and_loops_are_written_the_rest_is_not():
    written = as_test_stories(
        "c1",
        [
            did("action_session_start"),
            SessionStarted(),
            did("action_listen"),
            said('/track{"order_no": "A1"}', "track"),
            SlotSet(key="order_no", value="A1"),
            did("form"),
            ActiveLoop(name="form"),
            BotUttered(text="?"),
            ActionExecuted(action_text="Hello: you"),
            ActiveLoop(name=None),
        ],
    )
    assert written == (
        'version: "3.1"\nstories:\n- story: c1\n  steps:\n  - intent: track\n    user: |-\n'
        '      /track{"order_no": "A1"}\n  - slot_was_set:\n    - order_no: A1\n  - action: form\n'
        "  - active_loop: form\n  - bot: 'Hello: you'\n  - active_loop: null\n"
    )


def test_entities_are_marked_in_the_text():
    entities = [
        {"entity": "city", "value": "北京", "start": 3, "end": 5},
        {"entity": "city", "value": "shanghai", "start": 6, "end": 8, "role": "to"},
    ]
    (step,) = steps(said("我要从北京到上海", entities=entities))
    assert (
        step["user"]
        == '我要从[北京](city)到[上海]{"entity": "city", "role": "to", "value": "shanghai"}'
    )


def test_entities_at_one_place_are_listed_together():
    entities = [
        {"entity": "a", "value": "x", "start": 0, "end": 1},
        {"entity": "b", "value": "x", "start": 0, "end": 1},
    ]
    (step,) = steps(said("x y", entities=entities))
    assert step["user"] == '[x][{"entity": "a"}, {"entity": "b"}] y'


def test_entities_without_a_place_are_left_out():
    (step,) = steps(said("EXTERNAL: track", "track", [{"entity": "order_no", "value": "T1"}]))
    assert step == {"intent": "track", "user": "EXTERNAL: track"}


def test_a_retrieval_intent_is_written_in_full():
    intent = {"name": "faq", "full_retrieval_intent_name": "faq/hours"}
    (step,) = steps(UserUttered(text="几点开门", intent=intent))
    assert step["intent"] == "faq/hours"


SESSIONS = [
    SessionStarted(timestamp=1.0),
    said("one", timestamp=2.0),
    SessionStarted(timestamp=3.0),
    said("two", timestamp=4.0),
    said("three", timestamp=5.0),
]


def test_the_last_session_is_written_unless_all_are_wanted():
    assert [step["user"] for step in steps(*SESSIONS)] == ["two", "three"]
    stories = yaml.safe_load(as_test_stories("c", SESSIONS, all_sessions=True))["stories"]
    assert [story["story"] for story in stories] == ["c, story 1", "c, story 2"]


def test_what_is_later_than_wanted_is_left_out():
    assert [step["user"] for step in steps(*SESSIONS, until=4.0)] == ["two"]


def test_an_empty_conversation_is_an_empty_list():
    assert yaml.safe_load(as_test_stories("c", []))["stories"] == []
