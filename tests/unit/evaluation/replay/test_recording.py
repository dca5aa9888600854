from kefu.core.events import (
    ActionExecuted,
    AgentUttered,
    ConversationPaused,
    ConversationResumed,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from kefu.evaluation.replay.answers import answer_of
from kefu.evaluation.replay.recording import Entry, read_conversation
from tests.unit.evaluation.replay.logs import (
    LISTEN,
    SESSION,
    conversation,
    does,
    entries,
    handed_over,
    reviewed,
    says,
    sets,
)


def answers(found):
    return [(turn.message.text, turn.answer.mode, turn.answer.actions) for turn in found.turns]


def test_each_message_is_a_turn_with_what_followed_it():
    found = conversation(
        SESSION, says("hi", "greet"), does("utter_greet"), says("bye", "bye"), does("utter_bye")
    )
    assert answers(found) == [
        ("hi", "answered", ("utter_greet",)),
        ("bye", "answered", ("utter_bye",)),
    ]
    assert [turn.answer.texts for turn in found.turns] == [("utter_greet",), ("utter_bye",)]
    assert found.turns[0].before == tuple(
        read_conversation("x", entries([*SESSION, says("hi")])).turns[0].before
    )


def test_the_beginning_of_a_session_belongs_to_the_message_that_caused_it():
    found = conversation(
        SESSION, says("hi", "greet"), does("utter_greet"), SESSION, says("hi", "greet")
    )
    first, second = found.turns
    assert [type(event).__name__ for event in second.before] == [
        "ActionExecuted",
        "SessionStarted",
        "ActionExecuted",
    ]
    assert first.session != second.session
    assert found.next_message(0) is None


def test_a_form_is_named_with_what_it_asks_for():
    events = [
        ActionExecuted(action_name="order_form", policy="RulePolicy", confidence=1.0),
        *sets(requested_slot="order_no"),
        LISTEN,
    ]
    assert conversation(says("order", "order"), events).turns[0].answer.actions == (
        "order_form → order_no",
    )


def test_a_draft_is_the_bots_answer_whatever_became_of_it():
    for decision in ("approve", "edit", "discard"):
        text = "ours" if decision == "edit" else None
        turn = conversation(
            says("how", "ask", 0.8), reviewed("utter_a", "draft", decision, text=text)
        ).turns[0]
        assert (turn.answer.mode, turn.answer.actions) == ("reviewed", ("utter_a",)), decision
        assert turn.answer.texts[0] == "draft"


def test_a_handover_has_its_reason_and_what_follows_is_peoples():
    found = conversation(
        says("person!", "human"),
        handed_over("asked"),
        AgentUttered(text="hello"),
        says("it broke", None),
        AgentUttered(text="we send another"),
        ConversationResumed(),
        says("thanks", "thanks"),
        does("utter_welcome"),
    )
    assert found.was_handed_over
    assert [turn.is_paused for turn in found.turns] == [False, True, False]
    assert found.turns[0].answer.reason == "asked"


def test_that_an_agent_took_over_is_not_the_bots_handover():
    taken = ConversationPaused(metadata={"handoff": {"reason": "agent"}})
    turn = conversation(says("hi", "greet"), does("utter_greet"), taken).turns[0]
    assert (turn.answer.mode, turn.answer.reason) == ("answered", "")


def test_the_bots_own_repetition_of_a_message_is_no_message():
    found = conversation(
        says("pay", "pay"),
        [ActionExecuted(action_name="action_two_stage_fallback")],
        UserUtteranceReverted(),
        LISTEN,
        says("pay", "pay", 1.0),
        does("utter_pay"),
    )
    assert len(found.turns) == 1
    assert "utter_pay" in found.turns[0].answer.actions


def test_reminders_and_ratings_are_told_apart_from_messages():
    rating = says("5", metadata={"content": {"type": "rating", "score": 5}})
    found = conversation(
        says("hi", "greet"), does("utter_greet"), rating, says("EXTERNAL: remind", "remind")
    )
    assert [turn.is_rating for turn in found.turns] == [False, True, False]
    assert [turn.is_from_outside for turn in found.turns] == [False, False, True]
    assert found.turns[0].score == 1.0


def test_a_note_of_a_rating_counts_for_its_session_only():
    found = conversation(
        SESSION,
        says("a", "a"),
        LISTEN,
        SESSION,
        says("b", "b"),
        LISTEN,
        {"note": "rated", "score": 1},
    )
    assert [turn.score for turn in found.turns] == [None, 0.0]


def test_recommendations_have_ten_steps():
    note = {"note": "rated", "score": 9, "rating_id": "s1.nps"}
    assert conversation(says("a", "a"), LISTEN, note).turns[0].score == 0.9


def test_what_was_replaced_is_forgotten():
    found = conversation(
        says("old", "a"), does("utter_a"), {}, *SESSION, says("new", "b"), does("utter_b")
    )
    assert [turn.begins_anew for turn in found.turns] == [False, True]


def test_entries_that_cannot_be_read_are_counted_and_the_rest_goes_on():
    good = entries([says("hi", "greet"), *does("utter_greet")])
    bad = [Entry(90, "user", 1.0, "{"), Entry(91, "what", 1.0, '{"event": "what"}'),
           Entry(92, "user", 1.0, "[]")]  # fmt: skip
    found = read_conversation("c", [*good[:1], *bad, *good[1:]])
    assert found.unreadable == 3
    assert answers(found) == [("hi", "answered", ("utter_greet",))]


def test_context_is_what_was_said_in_the_session():
    found = conversation(
        SESSION, says("old", "a"), does("utter_a"), SESSION, says("b", "b"), does("utter_b"),
        AgentUttered(text="psst"), says("c", "c"), does("utter_c"),
    )  # fmt: skip
    assert [(line.who, line.text) for line in found.context(2)] == [
        ("customer", "b"),
        ("bot", "utter_b"),
        ("agent", "psst"),
    ]


def test_an_intent_without_a_confidence_was_not_guessed():
    message = UserUttered(text="/greet", intent={"name": "greet"})
    assert answer_of(message, [SlotSet(key="a", value=1)]).confidence == 1.0
