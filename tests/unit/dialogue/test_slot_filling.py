"""Which mappings fill which slots."""

import pytest

from kefu.core.events import ActiveLoop, SlotSet
from kefu.errors import ActionFailed
from tests.unit.dialogue.stage import Actions, Stage, answer, texts


def domain(*mappings, slot_type="text", **more):
    return {
        "intents": ["tell", "deny", "other"],
        "entities": [{"city": {"roles": ["from", "to"], "groups": ["g"]}}, "n"],
        "slots": {"s": {"type": slot_type, "mappings": list(mappings)}},
        "forms": {"f": {"required_slots": ["s"], "ignored_intents": ["other"]}},
        **more,
    }


def entity(value, **more):
    return {"entity": "city", "value": value, **more}


async def filled(mapping, intent, *entities, slot_type="text", loop=None, requested=None):
    stage = Stage(domain(mapping, slot_type=slot_type))
    if loop:
        events = [ActiveLoop(name=loop), SlotSet(key="requested_slot", value=requested)]
        await stage.bot.append_events(stage.tracker, events)
    parsed = {"intent": {"name": intent}, "entities": list(entities), "text": "文字"}
    await stage.say("文字", parse_data=parsed)
    return stage.slots["s"]


FROM_CITY = {"type": "from_entity", "entity": "city"}


@pytest.mark.parametrize(
    ("mapping", "intent", "entities", "expected"),
    [
        (FROM_CITY, "tell", [entity("甲")], "甲"),
        (FROM_CITY, "tell", [entity("甲"), entity("乙")], "乙"),
        (FROM_CITY, "tell", [entity("甲", role="from")], None),
        ({**FROM_CITY, "role": "from"}, "tell", [entity("甲", role="from")], "甲"),
        ({**FROM_CITY, "group": "g"}, "tell", [entity("甲", group="g")], "甲"),
        ({**FROM_CITY, "intent": "deny"}, "tell", [entity("甲")], None),
        ({**FROM_CITY, "intent": ["deny", "tell"]}, "tell", [entity("甲")], "甲"),
        ({**FROM_CITY, "not_intent": "tell"}, "tell", [entity("甲")], None),
        ({"type": "from_text"}, "tell", [], "文字"),
        ({"type": "from_text", "not_intent": ["tell"]}, "tell", [], None),
        ({"type": "from_intent", "intent": "tell", "value": "v"}, "tell", [], "v"),
        ({"type": "from_intent", "intent": "nobody", "value": "v"}, "tell", [], None),
        ({"type": "from_entity", "entity": "nowhere"}, "tell", [], None),
        ({"type": "from_trigger_intent", "intent": "tell", "value": "v"}, "tell", [], None),
    ],
)
async def test_a_mapping_fills_its_slot(mapping, intent, entities, expected):
    assert await filled(mapping, intent, *entities) == expected


async def test_a_list_slot_takes_all_values():
    assert await filled(FROM_CITY, "tell", entity("甲"), entity("乙"), slot_type="list") == [
        "甲",
        "乙",
    ]


@pytest.mark.parametrize(
    ("conditions", "loop", "requested", "expected"),
    [
        ([{"active_loop": "f"}], "f", None, "文字"),
        ([{"active_loop": "f"}], None, None, None),
        ([{"active_loop": None}], None, None, "文字"),
        ([{"active_loop": None}], "f", None, None),
        ([{"active_loop": "f", "requested_slot": "s"}], "f", "s", "文字"),
        ([{"active_loop": "f", "requested_slot": "s"}], "f", "t", None),
        ([{"active_loop": "f"}, {"active_loop": None}], None, None, "文字"),
    ],
)
async def test_conditions_decide_when_a_mapping_counts(conditions, loop, requested, expected):
    mapping = {"type": "from_text", "conditions": conditions}
    assert await filled(mapping, "tell", loop=loop, requested=requested) == expected


async def test_intents_that_a_form_ignores_fill_none_of_its_slots():
    assert await filled({"type": "from_text"}, "other", loop="f", requested="s") is None
    assert await filled({"type": "from_text"}, "tell", loop="f", requested="s") == "文字"


async def test_the_first_mapping_with_a_value_wins():
    stage = Stage(domain(FROM_CITY, {"type": "from_text"}))
    await stage.say('/tell{"city": "甲"}')
    assert stage.slots["s"] == "甲"
    await stage.say("/tell")
    assert stage.slots["s"] == "/tell"


async def test_an_entity_that_could_fill_two_slots_of_a_form_fills_only_the_requested_one():
    two = {
        **domain(FROM_CITY),
        "slots": {n: {"type": "text", "mappings": [FROM_CITY]} for n in ("a", "b")},
        "forms": {"f": {"required_slots": ["a", "b"]}},
    }
    stage = Stage(two)
    started = [ActiveLoop(name="f"), SlotSet(key="requested_slot", value="b")]
    await stage.bot.append_events(stage.tracker, started)
    await stage.say('/tell{"city": "甲"}')
    assert (stage.slots["a"], stage.slots["b"]) == (None, "甲")


async def test_a_custom_mapping_runs_its_action_once_for_all_slots():
    custom = {"type": "custom", "action": "action_fill"}
    two = {
        **domain(),
        "slots": {n: {"type": "text", "mappings": [custom]} for n in ("a", "b")},
        "actions": ["action_fill"],
    }
    fill = answer(
        {"event": "slot", "name": "a", "value": 1},
        {"event": "slot", "name": "b", "value": 2},
        {"event": "pause"},
    )
    stage = Stage(two, actions=Actions(action_fill=fill))
    await stage.say("/tell")
    assert (stage.slots["a"], stage.slots["b"]) == (1, 2)
    assert len(stage.actions.calls) == 1
    assert not stage.tracker.state.is_paused


async def test_the_validation_of_all_slots_sees_and_replaces_the_candidates():
    checked = domain(FROM_CITY, actions=["action_validate_slot_mappings"])

    def validate(call):
        assert call.tracker["slots"]["s"] == "甲"
        return answer({"event": "slot", "name": "s", "value": None}, text="没有这个城市")

    stage = Stage(checked, actions=Actions(action_validate_slot_mappings=validate))
    assert texts(await stage.say('/tell{"city": "甲"}')) == ["没有这个城市"]
    assert stage.slots["s"] is None


async def test_a_failing_validation_of_all_slots_lets_values_through():
    checked = domain(FROM_CITY, actions=["action_validate_slot_mappings"])
    down = ActionFailed("action_validate_slot_mappings", "down")
    stage = Stage(checked, actions=Actions(action_validate_slot_mappings=down))
    await stage.say('/tell{"city": "甲"}')
    assert stage.slots["s"] == "甲"
