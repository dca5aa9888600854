"""Noticing intents that do not belong where they come."""

from tests.unit.policies.builders import a_rule, a_story, predicted, trained

UNLIKELY = ("action_unlikely_intent", "UnexpecTEDIntentPolicy", 1.0)
NOT_UNLIKELY = ("action_listen", "UnexpecTEDIntentPolicy", 0.0)
ASKED = ("/order", "utter_order", "action_listen")
# Stories that look the same count once, so that each differs by a first turn.
DIFFERENT = tuple(
    a_story(
        f"/{first}",
        f"utter_{second}",
        "/order",
        "utter_order",
        f"/{answer}",
        "utter_done",
        "/bye",
        "utter_bye",
        name=f"{first} {second} {answer}",
    )
    for first in ("greet", "chat")
    for second in ("greet", "chat", "help")
    for answer in ("yes", "no")
)


def ensemble(*more, **settings):
    return trained(*DIFFERENT, *more, policies=(("UnexpecTEDIntentPolicy", settings),))


def test_an_intent_that_never_follows_a_well_known_question_is_unlikely():
    assert predicted(ensemble(), *ASKED, "/bye") == UNLIKELY


def test_an_intent_that_follows_in_stories_is_likely():
    assert predicted(ensemble(), *ASKED, "/no") == NOT_UNLIKELY


def test_it_is_noticed_once_only():
    assert predicted(ensemble(), *ASKED, "/bye", "action_unlikely_intent") == NOT_UNLIKELY


def test_an_intent_that_conversations_begin_with_is_never_unlikely():
    assert predicted(ensemble(), *ASKED, "/greet") == NOT_UNLIKELY


def test_an_intent_that_a_rule_reacts_to_is_never_unlikely():
    assert predicted(ensemble(a_rule("/bye", "utter_bye")), *ASKED, "/bye") == NOT_UNLIKELY


def test_an_intent_that_stories_hardly_know_is_never_unlikely():
    few = trained(*DIFFERENT[:2], policies=("UnexpecTEDIntentPolicy",))
    assert predicted(few, *ASKED, "/bye") == NOT_UNLIKELY


def test_ignored_intents_and_full_tolerance_switch_it_off():
    assert predicted(ensemble(ignore_intents_list=["bye"]), *ASKED, "/bye") == NOT_UNLIKELY
    assert predicted(ensemble(tolerance=1.0), *ASKED, "/bye") == NOT_UNLIKELY


def test_inside_a_form_no_answer_is_unlikely():
    assert predicted(ensemble(), *ASKED, "@order_form", "/bye") == NOT_UNLIKELY
