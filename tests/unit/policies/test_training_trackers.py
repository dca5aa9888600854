"""Stories and rules as training conversations."""

import pytest

from kefu.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from kefu.core.names import SHOULD_NOT_BE_SET
from kefu.policies import training_trackers
from kefu.policies.training_trackers import build_dialogues, glue, is_unpredictable, place_of
from tests.unit.policies.builders import a_domain, a_rule, a_story, story_data


def _told(dialogue):
    """Return a conversation as words."""
    words = []
    for event in dialogue.tracker.events:
        match event:
            case ActionExecuted():
                words.append(event.name_or_text.replace("action_listen", "_"))
            case UserUttered():
                words.append(f"/{event.intent_name}")
            case SlotSet(key=key, value=value):
                words.append(f"{key}={value}")
            case ActiveLoop(name=name):
                words.append(f"@{name}")
    return " ".join(words)


def _built(*stories, domain=None):
    return build_dialogues(story_data(*stories), domain or a_domain())


def test_the_bot_listens_before_each_message_and_at_the_end():
    (dialogue,) = _built(a_story("/greet", "utter_greet", "/bye", "utter_bye")).stories
    assert _told(dialogue) == "_ /greet utter_greet _ /bye utter_bye _"


def test_a_listen_that_is_written_out_is_not_doubled():
    (dialogue,) = _built(a_story("/greet", "utter_greet", "action_listen", "/bye")).stories
    assert _told(dialogue) == "_ /greet utter_greet _ /bye _"


def test_entities_fill_the_slots_that_map_them():
    (dialogue,) = _built(a_story("/order+city=Rome", "utter_order")).stories
    assert _told(dialogue) == "_ /order city=Rome utter_order _"


def test_an_entity_without_value_counts_as_set():
    (dialogue,) = _built(a_story("/order+city", "utter_order")).stories
    assert dialogue.tracker.state.slots["city"] == ""


@pytest.mark.parametrize(
    ("slot", "value"), [("city", "filled"), ("items", ["filled"]), ("vip", None)]
)
def test_a_slot_that_was_set_to_anything_has_the_stand_in_of_its_type(slot, value):
    (dialogue,) = _built(a_story("/order", f"{slot}?", "utter_order")).stories
    assert dialogue.tracker.state.slots[slot] == value


def test_choices_multiply():
    told = {
        _told(d)
        for d in _built(a_story("/yes|/no", "utter_done", "/greet|/bye", "utter_bye")).stories
    }
    assert told == {
        f"_ /{one} utter_done _ /{two} utter_bye _"
        for one in ("yes", "no")
        for two in ("greet", "bye")
    }


def test_a_choice_of_slots_multiplies_as_well():
    told = {_told(d) for d in _built(a_story("/order", "vip=true|vip=false", "utter_done")).stories}
    assert told == {"_ /order vip=True utter_done _", "_ /order vip=False utter_done _"}


def test_checkpoints_join_every_way_in_with_every_way_out():
    dialogues = _built(
        a_story("/greet", "utter_greet", ">met", name="a"),
        a_story("/chat", "utter_chat", ">met", name="b"),
        a_story(">met", "/bye", "utter_bye", name="c"),
    ).stories
    assert {d.name for d in dialogues} == {"a > c", "b > c"}


def test_a_checkpoint_with_a_slot_lets_only_matching_conversations_through():
    dialogues = _built(
        a_story("/order", "vip=true", "utter_order", ">ordered", name="vip"),
        a_story("/order", "vip=false", "utter_order", ">ordered", name="other"),
        a_story(">ordered if vip=true", "/yes", "utter_yes", name="yes"),
    ).stories
    assert [d.name for d in dialogues] == ["vip > yes"]


def test_a_circle_of_checkpoints_is_gone_round_and_left():
    dialogues = _built(
        a_story("/greet", "utter_greet", ">again", name="in"),
        a_story(">again", "/yes", "utter_yes", ">again", name="round"),
        a_story(">again", "/no", "utter_no", name="out"),
    ).stories
    told = {_told(d) for d in dialogues}
    assert "_ /greet utter_greet _ /no utter_no _" in told
    assert "_ /greet utter_greet _ /yes utter_yes _ /no utter_no _" in told


def test_checkpoints_without_other_side_are_reported_with_their_place():
    result = _built(a_story("/greet", "utter_greet", ">nowhere", name="lost", line=7))
    (problem,) = result.problems
    assert "'nowhere'" in problem.message
    assert "'lost'" in problem.message
    assert str(problem.place) == "data/stories.yml:11"
    assert problem.severity == "note"


def test_stories_that_look_the_same_are_kept_once():
    story = ("/greet", "utter_greet")
    dialogues = _built(a_story(*story, name="a"), a_story(*story, name="b")).stories
    assert [d.name for d in dialogues] == ["a"]


def test_in_a_rule_null_means_that_nothing_may_be_set():
    (rule,) = _built(a_rule("/greet", "utter_greet", condition=("city=null", "@null"))).rules
    assert rule.tracker.state.slots["city"] == SHOULD_NOT_BE_SET
    assert rule.tracker.state.active_loop.name == SHOULD_NOT_BE_SET
    assert rule.tracker.state.active_loop_name is None


def test_an_action_that_begins_a_story_cannot_be_foretold():
    (dialogue,) = _built(a_story("utter_greet", "utter_help", "/greet", "utter_chat")).stories
    flags = [is_unpredictable(e) for e in dialogue.tracker.events if isinstance(e, ActionExecuted)]
    assert flags == [True, False, False, False, False]


def test_events_know_where_they_are_written():
    (dialogue,) = _built(a_story("/greet", "utter_greet", line=20)).stories
    assert [str(place_of(event)) for event in dialogue.tracker.events] == [
        "data/stories.yml:22",
        "data/stories.yml:22",
        "data/stories.yml:23",
        "data/stories.yml:23",
    ]


def test_too_many_combinations_are_sampled_and_counted(monkeypatch):
    monkeypatch.setattr(training_trackers, "MAX_BRANCHES", 10)
    choices = [word for _ in range(5) for word in ("/yes|/no", "utter_done")]
    result = _built(a_story(*choices))
    assert len(result.stories) == 10
    assert result.left_out > 0


def test_the_words_of_rasas_events_are_events_not_actions():
    (finished, dialogue) = _built(
        a_story("/greet", "utter_greet", "restart", "/bye", "utter_bye")
    ).stories
    assert _told(finished) == "_ /greet utter_greet"
    assert [type(e).__name__ for e in dialogue.tracker.events].count("Restarted") == 1


def test_glued_conversations_are_whole_stories_one_after_the_other():
    stories = _built(
        a_story("/greet", "utter_greet", name="a"), a_story("/bye", "utter_bye", name="b")
    ).stories
    glued = glue(stories, count=8, seed=1)
    assert len(glued) == 8
    assert all(len(d.names) > 1 for d in glued)
    assert all("_ _" not in _told(d) for d in glued)
    assert [d.names for d in glue(stories, count=8, seed=1)] == [d.names for d in glued]


def test_nothing_can_be_glued_from_no_stories():
    assert glue([], count=5) == []
