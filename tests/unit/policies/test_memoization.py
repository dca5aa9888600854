"""Policies that repeat what the stories say."""

import pytest

from kefu.policies.memoization import Memory
from kefu.policies.training_trackers import build_dialogues
from tests.unit.policies.builders import (
    a_domain,
    a_story,
    a_tracker,
    predicted,
    story_data,
    trained,
)

LONG = ("/greet", "utter_greet", "/order", "utter_order", "/yes", "utter_done")
TOLD = ("/greet", "utter_greet", "action_listen", "/order", "utter_order", "action_listen", "/yes")
NOTHING = ("action_listen", "MemoizationPolicy", 0.0)


def memoized(*stories, **settings):
    return trained(*stories, policies=(("MemoizationPolicy", settings),))


def augmented(*stories, **settings):
    return trained(*stories, policies=(("AugmentedMemoizationPolicy", settings),))


def test_a_story_is_followed_with_full_confidence():
    assert predicted(memoized(a_story(*LONG)), *TOLD) == ("utter_done", "MemoizationPolicy", 1.0)


def test_another_history_is_not_known():
    assert predicted(memoized(a_story(*LONG)), "/chat") == NOTHING


def test_a_conversation_longer_than_every_story_is_not_known():
    words = ("/greet", "utter_greet", "action_listen") * 5
    assert predicted(memoized(a_story(*LONG)), *words, "/greet") == NOTHING


def test_with_max_history_only_the_last_situations_count():
    ensemble = memoized(a_story(*LONG), max_history=2)
    words = ("/bye", "utter_bye", "action_listen", "/order", "utter_order", "action_listen", "/yes")
    assert predicted(ensemble, *words)[0] == "utter_done"


def test_what_stories_contradict_in_is_not_memorised():
    ensemble = memoized(
        a_story("/greet", "utter_greet"), a_story("/greet", "utter_help", name="other")
    )
    assert predicted(ensemble, "/greet") == NOTHING


def test_slots_are_part_of_the_history():
    ensemble = memoized(
        a_story("/order", "vip=true", "utter_done"),
        a_story("/order", "vip=false", "utter_order", name="other"),
    )
    assert predicted(ensemble, "/order", "vip=true")[0] == "utter_done"
    assert predicted(ensemble, "/order", "vip=false")[0] == "utter_order"


def test_the_confidence_can_be_that_of_the_intent():
    ensemble = memoized(a_story("/greet", "utter_greet"), use_nlu_confidence_as_score=True)
    tracker = a_tracker("/greet", domain=ensemble.domain)
    assert ensemble.predict(tracker).confidence == 1.0


def test_an_earlier_slot_is_forgotten_by_the_augmented_policy_only():
    words = ('city="Rome"', "/greet", "utter_greet", "action_listen")
    words += ("/order", "utter_order", "action_listen", "/yes")
    story = a_story(*LONG)
    assert predicted(memoized(story), *words) == NOTHING
    assert predicted(augmented(story, max_history=4), *words[1:])[0] == "utter_done"
    assert predicted(augmented(story, max_history=4), *words)[0] == "action_listen"
    told_after_slot = ("/chat", 'city="Rome"', "utter_chat", "action_listen", *TOLD)
    assert predicted(augmented(story), *told_after_slot)[0] == "utter_done"
    assert predicted(memoized(story), *told_after_slot) == NOTHING


@pytest.mark.parametrize("max_history", [None, 2, 5])
def test_the_augmented_policy_knows_at_least_what_the_plain_one_knows(max_history):
    story = a_story(*LONG)
    for end in range(1, len(TOLD) + 1):
        plain = predicted(memoized(story, max_history=max_history), *TOLD[:end])
        wider = predicted(augmented(story, max_history=max_history), *TOLD[:end])
        assert wider[0] == plain[0]


def test_a_memory_comes_back_from_its_parts():
    domain = a_domain()
    dialogues = build_dialogues(story_data(a_story(*LONG)), domain)
    memory = Memory.of(dialogues.stories, 3, domain)
    assert Memory.load(memory.save()) == memory
    assert memory.longest == 3


IGNORING = a_domain(intents=[{"order": {"ignore_entities": ["city"]}}, "greet"])


def test_a_story_that_names_an_ignored_entity_is_followed():
    story = a_story("/order+number=1+city=Rome", "utter_order")
    ensemble = trained(story, policies=("MemoizationPolicy",), domain=IGNORING)
    said = ("/order+number=1+city=Rome", 'city="Rome"')
    assert predicted(ensemble, *said)[0] == "utter_order"


def test_a_story_without_the_ignored_entity_goes_first():
    ensemble = trained(
        a_story("/order+number", "utter_done", name="plain"),
        a_story("/order+number+colour", "utter_order", name="ignored"),
        policies=("MemoizationPolicy",),
        domain=a_domain(
            entities=["number", "colour"], intents=[{"order": {"ignore_entities": ["colour"]}}]
        ),
    )
    assert predicted(ensemble, "/order+number+colour")[0] == "utter_done"


REPEATED = a_story(
    "/greet",
    "order_form",
    "@order_form",
    "/yes",
    "order_form",
    "@null",
    "utter_done",
    name="repeat",
)
FORM_DONE = ("/greet", "order_form", "@order_form", "action_listen", "/chat", "order_form", "@null")


def test_a_story_that_writes_out_the_happy_path_of_a_form_is_followed():
    assert predicted(memoized(REPEATED), *FORM_DONE)[0] == "utter_done"


def test_a_story_that_leaves_the_happy_path_out_goes_first():
    short = a_story("/greet", "order_form", "@order_form", "@null", "utter_help", name="short")
    assert predicted(memoized(REPEATED, short), *FORM_DONE)[0] == "utter_help"
