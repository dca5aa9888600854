"""The bot that is tried gets everything from the log and touches nothing outside."""

import pytest

from kefu.core.domain import Domain
from kefu.core.events import ActionExecuted, ActionExecutionRejected, BotUttered, SlotSet
from kefu.evaluation.replay.candidate import Candidate, Past
from kefu.evaluation.replay.replaying import Choice, Replay
from kefu.policies.policy import PolicyPrediction
from tests.unit.evaluation.replay.logs import (
    LISTEN,
    SESSION,
    conversation,
    does,
    handed_over,
    says,
    sets,
)

DOMAIN = Domain.from_dict(
    {
        "intents": ["greet", "order", "bye", "inform", "human"],
        "entities": ["order_no"],
        "slots": {
            "order_no": {
                "type": "text",
                "mappings": [{"type": "from_entity", "entity": "order_no"}],
            },
            "state": {"type": "text", "mappings": [{"type": "custom"}]},
        },
        "forms": {"order_form": {"required_slots": ["order_no"]}},
        "actions": ["action_look_up", "validate_order_form"],
        "responses": {
            "utter_greet": [{"text": "Hello!"}, {"text": "Good day!"}],
            "utter_bye": [{"text": "Bye {order_no}."}],
            "utter_ask_order_no": [{"text": "Which order?"}],
            "utter_state": [{"text": "It is {state}."}],
        },
    }
)


class Understands:
    """Knows some texts."""

    def __init__(self, **intents):
        self.intents = intents
        self.asked = []

    async def parse(self, text, metadata=None):
        self.asked.append(text)
        name = self.intents.get(text, "bye")
        found = {"name": name, "confidence": 0.95}
        number = [{"entity": "order_no", "value": text, "start": 0, "end": len(text)}]
        return {"text": text, "intent": found, "entities": number if text.isdigit() else []}


class Rules:
    """Does what a table says, first to last, and listens."""

    def __init__(self, **rules):
        self.rules = rules
        self.seen = []

    def predict(self, tracker):
        intent = tracker.state.latest_message.intent_name
        self.seen.append([e.intent_name for e in tracker.events if hasattr(e, "intent_name")])
        done = []
        for event in reversed(tracker.events):
            if hasattr(event, "intent_name"):
                break
            if isinstance(event, ActionExecuted):
                done.insert(0, event.action_name)
            if isinstance(event, ActionExecutionRejected):
                done.insert(0, event.action_name)
        left = [name for name in self.rules.get(intent, ()) if name not in done]
        name = left[0] if left else "action_listen"
        return PolicyPrediction.for_action(name, policy_name="RulePolicy")


def candidate(intents=None, **rules):
    return Candidate(
        domain=DOMAIN, understanding=Understands(**(intents or {})), predictor=Rules(**rules)
    )


async def replayed(bot, *events, **choice):
    replay = Replay(candidate=bot, choice=Choice(**choice))
    await replay.play(conversation(*events))
    return replay.tally


async def answered(bot, *events, index=0):
    found = conversation(*events)
    past = Past("c1", bot)
    for turn in found.turns[:index]:
        past.begin(turn)
        await past.end(turn)
    past.begin(found.turns[index])
    return await bot.take(past, found.turns[index])


async def test_the_variation_that_was_said_is_said_again():
    bot = candidate({"hi": "greet"}, greet=["utter_greet"])
    for said in ("Hello!", "Good day!"):
        new = await answered(bot, SESSION, says("hi", "greet"), does("utter_greet", text=said))
        assert new.texts == (said,)


async def test_a_custom_action_gives_what_it_gave_and_is_not_called():
    bot = candidate({"7": "order"}, order=["action_look_up", "utter_state"])
    ran = [
        ActionExecuted(action_name="action_look_up", policy="RulePolicy", confidence=1.0),
        *sets(state="on its way"),
        BotUttered(text="One moment."),
        ActionExecuted(action_name="utter_state", policy="RulePolicy", confidence=1.0),
        BotUttered(text="It is on its way."),
        LISTEN,
    ]
    new = await answered(bot, SESSION, says("7", "order"), ran)
    assert new.actions == ("action_look_up", "utter_state")
    assert new.texts == ("One moment.", "It is on its way.")
    assert new.unknown == ()


async def test_another_custom_action_is_named_as_unknown():
    bot = candidate({"hi": "order"}, order=["action_look_up"])
    new = await answered(bot, SESSION, says("hi", "greet"), does("utter_greet"))
    assert new.actions == ("action_look_up",)
    assert new.unknown == ("action_look_up",)


async def test_an_action_that_declined_declines_again():
    bot = candidate({"7": "order"}, order=["action_look_up", "utter_greet"])
    ran = [ActionExecutionRejected(action_name="action_look_up"), *does("utter_greet")]
    new = await answered(bot, SESSION, says("7", "order"), ran)
    assert new.actions == ("utter_greet",)
    assert new.unknown == ()


async def test_a_form_is_validated_as_it_was():
    bot = candidate({"7": "inform", "order": "order"}, order=["order_form"], inform=["order_form"])
    asks = [
        ActionExecuted(action_name="order_form", policy="RulePolicy", confidence=1.0),
        *sets(requested_slot="order_no"),
        BotUttered(text="Which order?"),
        LISTEN,
    ]
    new = await answered(bot, SESSION, says("order", "order"), asks)
    assert new.actions == ("order_form → order_no",)
    assert new.texts == ("Which order?",)
    assert new.unknown == ()


async def test_the_past_is_the_recorded_one():
    bot = candidate({"hi": "bye", "7": "order"}, bye=["utter_bye"], order=["utter_greet"])
    await answered(
        bot, SESSION, says("hi", "greet"), does("utter_greet"), says("7", "order"), index=1
    )
    assert bot._bot._predictor.seen[0] == ["greet", "order"]


async def test_an_intent_that_is_gone_is_understood_anew():
    bot = candidate({"old": "greet", "7": "order"}, order=["utter_greet"])
    await answered(
        bot, SESSION, says("old", "forgotten"), does("utter_greet"), says("7", "order"), index=1
    )
    assert bot._bot._predictor.seen[0] == ["greet", "order"]


async def test_taking_a_turn_leaves_the_past_as_it_is():
    bot = candidate({"7": "order"}, order=["action_look_up"])
    found = conversation(SESSION, says("7", "order"), does("utter_greet"))
    past = Past("c1", bot)
    past.begin(found.turns[0])
    before = list(past.tracker.events), dict(past.tracker.state.slots)
    for _ in range(2):
        await bot.take(past, found.turns[0])
    assert (list(past.tracker.events), dict(past.tracker.state.slots)) == before


async def test_each_text_is_understood_once():
    bot = candidate({"hi": "greet"}, greet=["utter_greet"])
    told = [says("hi", "greet"), does("utter_greet", text="Hello!")]
    tally = await replayed(
        bot, SESSION, told[0], told[1], told[0], told[1], says("x", "bye"), LISTEN
    )
    assert tally.understood == 2
    assert tally.messages == 3


async def test_a_slot_that_is_gone_does_no_harm():
    bot = candidate({"hi": "greet"}, greet=["utter_greet"])
    gone = [SlotSet(key="gone", value=1), *does("utter_greet", text="Hello!")]
    assert (await replayed(bot, SESSION, says("hi", "greet"), gone)).verdicts == {"same": 1}


async def test_a_turn_that_fails_is_worse_and_the_rest_goes_on():
    bot = candidate({"a": "order", "b": "greet"}, order=["no_such_action"], greet=["utter_greet"])
    told = does("utter_greet", text="Hello!")
    tally = await replayed(bot, SESSION, says("a", "greet"), told, says("b", "greet"), told)
    assert tally.verdicts == {"worse": 1, "same": 1}
    ((_, cluster),) = tally.ranked
    assert "no_such_action" in cluster.shown[0].new.error


async def test_messages_that_are_not_the_bots_are_passed_over():
    bot = candidate()
    tally = await replayed(
        bot,
        SESSION,
        says("EXTERNAL: remind", "bye"), does("utter_bye"),
        says("help", "human"), handed_over("asked"),
        says("anybody?", None),
    )  # fmt: skip
    assert tally.passed_over == {"outside": 1, "paused": 1}
    assert tally.messages == 1


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({}, 3),
        ({"channels": frozenset({"wechat"})}, 1),
        ({"intents": frozenset({"greet"})}, 1),
        ({"handed_over": True}, 1),
        ({"below": 0.5}, 1),
        ({"since": 1075.0}, 2),
        ({"until": 1075.0}, 1),
        ({"since": 1e12}, 0),
    ],
)
async def test_only_what_was_asked_for_is_replayed(choice, expected):
    tally = await replayed(
        candidate(),
        SESSION,
        says("hi", "greet"), does("utter_greet"),
        says("order", "order", channel="wechat"), does("action_look_up"),
        says("help", "human"), handed_over("low_confidence"),
        **choice,
    )  # fmt: skip
    assert tally.messages == expected


async def test_with_another_model_the_models_are_compared():
    rules = {"greet": ["utter_greet"]}
    replay = Replay(
        candidate=candidate({"hi": "greet"}, **rules), against=candidate({"hi": "greet"}, **rules)
    )
    later = says("真差劲", "bye")
    await replay.play(conversation(SESSION, says("hi", "bye"), does("utter_bye"), later, LISTEN))
    assert replay.tally.verdicts["same"] == 2
