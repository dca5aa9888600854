"""The domain as built from checked data."""

from kefu.core.domain import Domain
from kefu.core.names import DEFAULT_ACTIONS


def test_actions_stand_in_the_order_of_their_kinds():
    domain = Domain.from_dict(
        {
            "actions": ["action_b", {"action_a": {"send_domain": True}}],
            "responses": {"utter_z": [], "utter_y": []},
            "forms": {"f": {}},
            "e2e_actions": ["直接说"],
        }
    )
    own = ("action_b", "action_a", "utter_y", "utter_z", "f", "直接说")
    assert domain.action_names == (*DEFAULT_ACTIONS, *own)
    assert domain.actions_needing_domain == {"action_a"}
    assert domain.is_known_action("action_restart")
    assert not domain.is_known_action("action_c")


def test_kefus_own_actions_are_known_and_change_no_list():
    domain = Domain.from_dict({})
    assert domain.is_known_action("action_handoff")
    assert domain.is_known_action("action_review")
    assert domain.action_names == DEFAULT_ACTIONS
    declared = Domain.from_dict({"actions": ["action_handoff"]})
    assert declared.action_names == (*DEFAULT_ACTIONS, "action_handoff")


def test_intents_see_the_entities_that_their_settings_allow():
    domain = Domain.from_dict(
        {
            "entities": [
                {"city": {"roles": ["from"]}},
                "name",
                {"id": {"influence_conversation": False}},
            ],
            "intents": [
                "all",
                {"some": {"use_entities": ["name"]}},
                {"none": {"use_entities": []}},
                {"but": {"ignore_entities": ["city"]}},
            ],
        }
    )
    used = {name: domain.intents[name].used_entities for name in ("all", "some", "none", "but")}
    assert used["all"] == {"city", "city#from", "name"}
    assert used["some"] == {"name"}
    assert used["none"] == frozenset()
    assert used["but"] == {"name"}


def test_forms_bring_the_slot_for_what_they_ask():
    assert "requested_slot" not in Domain.from_dict({}).slots
    domain = Domain.from_dict(
        {"forms": {"f": {"required_slots": ["x"], "ignored_intents": "chat"}}}
    )
    assert "requested_slot" in domain.slots
    assert domain.forms["f"].ignored_intents == ("chat",)


def test_sessions_last_an_hour_unless_the_domain_says_otherwise():
    assert Domain.from_dict({}).session.expiration_minutes == 60
    off = Domain.from_dict({"session_config": {"session_expiration_time": 0}}).session
    assert not off.is_enabled


def test_answers_with_a_slash_make_their_intent_a_retrieval_intent():
    domain = Domain.from_dict({"responses": {"utter_faq/ask_a": []}, "intents": ["faq"]})
    assert domain.retrieval_intents == {"faq"}
