"""HandoffPolicy: what passes, what is reviewed, what goes to a person, and its settings."""

import pytest

from kefu.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    LoopInterrupted,
    SlotSet,
    UserFeaturization,
    UserUttered,
)
from kefu.policies.ensemble import Ensemble
from kefu.policies.handoff import HandoffPolicy, declines_without_agents
from kefu.policies.handoff_settings import HandoffSettings
from kefu.policies.policy import PolicyPrediction
from kefu.policies.registry import policy_problems
from kefu.project.problems import Place
from kefu.project.settings import ComponentConfig, ModelConfig
from tests.unit.policies.builders import a_domain, a_rule, a_story, a_tracker, trained

MORE = {
    "responses": {
        **{f"utter_{name}": [{"text": name}] for name in ("greet", "bye", "done", "faq/fees")}
    },
    "intents": ["greet", "bye", "faq", "complain", "ask_human"],
}
DOMAIN = a_domain(**MORE)


class Winner:
    """Predicts one action; without it, another one."""

    name, priority = "Winner", 9

    def __init__(self, action, confidence=1.0, otherwise="action_listen", **options):
        self.scores = {action: confidence, otherwise: confidence / 2}
        self.options = options

    def predict(self, tracker):
        return PolicyPrediction.from_scores(
            self.scores, DOMAIN, policy_name=self.name, priority=9, **self.options
        )


def said(text="运费多少", intent="greet", confidence=1.0, **more):
    return UserUttered(text=text, intent={"name": intent, "confidence": confidence}, **more)


def predicted(winner, *events, domain=DOMAIN, **settings):
    tracker = a_tracker(domain=domain)
    tracker.extend(events)
    policy = HandoffPolicy(HandoffSettings(**settings), domain)
    return Ensemble(domain, [winner, policy]).predict(tracker)


def action(winner, *events, **settings):
    return predicted(winner, *events, **settings).action_name


# -- the bands -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [
        (1.0, "utter_greet"),
        (0.9, "utter_greet"),
        (0.89, "action_review"),
        (0.7, "action_review"),
        (0.69, "action_handoff"),
        (0.0, "action_handoff"),
    ],
)
def test_the_confidence_decides_who_answers(confidence, expected):
    assert action(Winner("utter_greet"), said(confidence=confidence)) == expected


def test_thresholds_are_settings():
    message = said(confidence=0.5)
    assert action(Winner("utter_greet"), message, answer_threshold=0.5, review_threshold=0.2) == (
        "utter_greet"
    )
    assert action(Winner("utter_greet"), message, answer_threshold=0.6, review_threshold=0.5) == (
        "action_review"
    )


def test_what_is_held_back_is_told_with_all_confidences_and_settings():
    prediction = predicted(
        Winner("utter_greet", 0.95, hide_rule_turn=True),
        said(confidence=0.8),
        review_seconds=12.0,
        after_review_seconds="handover",
    )
    assert prediction.policy_name == "HandoffPolicy"
    assert prediction.confidence == 0.8
    assert prediction.events == (UserFeaturization(use_text_for_featurization=False),)
    assert prediction.action_metadata == {
        "review": {
            "action": "utter_greet",
            "confidence": 0.8,
            "parts": {"intent": 0.8, "policy": 0.95},
            "policy": "Winner",
            "hide_rule_turn": True,
            "seconds": 12.0,
            "after": "handover",
        }
    }


def test_a_policy_that_is_not_sure_counts_as_well():
    prediction = predicted(Winner("utter_greet", 0.75), said())
    assert (prediction.action_name, prediction.confidence) == ("action_review", 0.75)


def test_of_a_retrieved_answer_the_selectors_confidence_counts():
    selected = {"faq": {"response": {"confidence": 0.72, "utter_action": "utter_faq/fees"}}}
    message = said(intent="faq", parse_data={"response_selector": selected})
    prediction = predicted(Winner("utter_faq"), message)
    assert prediction.action_metadata["review"]["parts"] == {
        "intent": 1.0,
        "answer": 0.72,
        "policy": 1.0,
    }
    assert action(Winner("utter_greet"), message) == "utter_greet"


def test_an_answer_to_the_text_does_not_depend_on_the_intent():
    prediction = predicted(Winner("utter_greet", is_end_to_end=True), said(confidence=0.1))
    assert prediction.action_name == "utter_greet"


def test_a_message_whose_intent_has_no_confidence_is_not_doubted():
    message = UserUttered(text="hi", intent={"name": "greet"})
    assert action(Winner("utter_greet"), message) == "utter_greet"


def test_below_the_bands_the_reason_is_told():
    handoff = predicted(Winner("utter_greet"), said(confidence=0.3)).action_metadata["handoff"]
    assert handoff["reason"] == "low_confidence"
    assert (handoff["by"], handoff["action"], handoff["confidence"]) == ("bot", "utter_greet", 0.3)
    assert handoff["when_nobody"] == "answer"


# -- what no confidence holds back -----------------------------------------------------------


def test_later_actions_of_a_turn_pass():
    events = [said(confidence=0.5), ActionExecuted(action_name="utter_greet")]
    assert action(Winner("utter_done"), *events) == "utter_done"


@pytest.mark.parametrize("name", ["action_deactivate_loop", "action_unlikely_intent"])
def test_preparations_pass_and_what_follows_them_is_bounded(name):
    message = said(confidence=0.8)
    assert action(Winner(name), message) == name
    assert action(Winner("utter_done"), message, ActionExecuted(action_name=name)) == (
        "action_review"
    )


@pytest.mark.parametrize("text", ["/greet", '/greet{"city": "Rome"}', ""])
def test_buttons_and_intent_messages_pass(text):
    assert action(Winner("utter_greet"), said(text, confidence=0.2)) == "utter_greet"


@pytest.mark.parametrize(
    "message",
    [
        said("EXTERNAL: greet", confidence=0.2),
        said("…", intent="complain", confidence=0.2, metadata={"is_external": True}),
    ],
)
def test_intents_from_outside_pass(message):
    assert action(Winner("utter_greet"), message, intents={"complain": "sensitive"}) == (
        "utter_greet"
    )


def test_the_active_form_goes_on():
    events = [ActiveLoop(name="order_form"), said(confidence=0.2)]
    assert action(Winner("order_form"), *events) == "order_form"
    assert action(Winner("utter_greet", ignores_user=True), *events) == "utter_greet"
    assert action(Winner("utter_greet"), *events) == "action_handoff"


def test_answers_to_a_form_that_mean_no_intent_are_no_failures():
    form = Winner("order_form", ignores_user=True)
    listening = ActionExecuted(action_name="action_listen")
    events = [ActiveLoop(name="order_form")]
    for _ in range(3):
        events += [
            said("浙江杭州", "nlu_fallback"),
            ActionExecuted(action_name="order_form"),
            listening,
        ]
    assert action(form, *events, said("张三", "nlu_fallback"), max_failures=2) == "order_form"
    # What the form declines is a failure like any other.
    lost = [said("嗯啊", "nlu_fallback"), ActionExecuted(action_name="utter_done"), listening]
    declined = ActionExecutionRejected(action_name="order_form")
    after = [*events, *lost, said("啊", "nlu_fallback"), declined]
    assert action(Winner("utter_done"), *after, max_failures=2) == "action_handoff"


def test_a_form_that_would_begin_is_bounded():
    assert action(Winner("order_form"), said(confidence=0.8)) == "action_review"


@pytest.mark.parametrize(
    "name",
    [
        "action_listen",
        "action_session_start",
        "action_restart",
        "action_back",
        "action_handoff",
        "action_two_stage_fallback",
        "action_default_fallback",
        "action_default_ask_affirmation",
        "action_default_ask_rephrase",
        "action_revert_fallback_events",
    ],
)
def test_what_answers_nothing_and_the_fallbacks_pass(name):
    prediction = predicted(Winner(name), said(confidence=0.1))
    assert (prediction.action_name, prediction.policy_name) == (name, "Winner")


def test_whatever_answers_a_message_that_was_not_understood_passes():
    message = said("咕噜", "nlu_fallback", 0.4)
    assert action(Winner("utter_done"), message) == "utter_done"


# -- nobody on duty --------------------------------------------------------------------------


def declined(name, policy="HandoffPolicy"):
    return ActionExecutionRejected(action_name=name, policy=policy)


@pytest.mark.parametrize("name", ["action_review", "action_handoff"])
def test_when_nobody_is_on_duty_the_winner_passes_after_all(name):
    events = [said(confidence=0.8), declined(name)]
    prediction = predicted(Winner("utter_greet"), *events)
    assert (prediction.action_name, prediction.policy_name) == ("utter_greet", "Winner")


@pytest.mark.parametrize("when_nobody", ["handover", "utter_done"])
def test_a_review_without_agents_can_become_a_handover(when_nobody):
    events = [said(confidence=0.8), declined("action_review")]
    prediction = predicted(Winner("utter_greet"), *events, when_nobody=when_nobody)
    assert prediction.action_name == "action_handoff"
    assert prediction.action_metadata["handoff"]["when_nobody"] == when_nobody
    assert prediction.action_metadata["handoff"]["reason"] == "low_confidence"


def test_what_the_winner_declines_afterwards_is_not_predicted_again():
    events = [said(confidence=0.8), declined("action_review"), declined("utter_greet", "Winner")]
    assert action(Winner("utter_greet", otherwise="utter_bye"), *events) == "utter_bye"


def test_a_later_message_is_looked_at_anew():
    events = [
        said(confidence=0.8),
        declined("action_review"),
        ActionExecuted(action_name="utter_greet"),
        ActionExecuted(action_name="action_listen"),
        said(confidence=0.8),
    ]
    assert action(Winner("utter_greet"), *events) == "action_review"


def test_only_what_depends_on_agents_is_declined_without_them():
    soft = predicted(Winner("utter_greet"), said(confidence=0.1))
    review = predicted(Winner("utter_greet"), said(confidence=0.8))
    hard = predicted(Winner("utter_greet"), said(intent="complain"), intents={"complain": "other"})
    plain = predicted(Winner("utter_greet"), said())
    kept = predicted(Winner("utter_greet"), said(confidence=0.1), when_nobody="handover")
    given = [declines_without_agents(one) for one in (soft, review, hard, plain, kept)]
    assert given == [True, True, False, False, False]


# -- reasons ---------------------------------------------------------------------------------


def test_a_sensitive_intent_goes_to_a_person_however_sure_the_bot_is():
    prediction = predicted(
        Winner("utter_greet"), said("我要投诉", "complain"), intents={"complain": "sensitive"}
    )
    assert prediction.action_name == "action_handoff"
    handoff = prediction.action_metadata["handoff"]
    assert (handoff["reason"], handoff["by"], handoff["when_nobody"]) == (
        "sensitive",
        "bot",
        "handover",
    )


def test_a_sensitive_intent_goes_to_a_person_out_of_a_form_as_well():
    form = Winner("order_form", ignores_user=True)
    events = [ActiveLoop(name="order_form"), said("我要投诉", "complain")]
    assert action(form, *events, intents={"complain": "sensitive"}) == "action_handoff"
    assert action(form, *events) == "order_form"


def test_a_button_with_a_sensitive_intent_goes_to_a_person_as_well():
    prediction = predicted(
        Winner("utter_greet"), said("/ask_human", "ask_human"), intents={"ask_human": "asked"}
    )
    assert prediction.action_name == "action_handoff"
    assert prediction.action_metadata["handoff"]["by"] == "customer"


def test_a_rule_that_hands_over_anyway_is_only_told_the_reason():
    prediction = predicted(
        Winner("action_handoff"), said("/ask_human", "ask_human"), intents={"ask_human": "asked"}
    )
    assert prediction.policy_name == "Winner"
    assert prediction.action_metadata == {"handoff": {"reason": "asked"}}
    assert predicted(Winner("action_handoff"), said()).action_metadata is None


def test_leaving_a_form_comes_before_a_sensitive_intent():
    message = said("转人工", "ask_human")
    settings = {"intents": {"ask_human": "asked"}}
    assert action(Winner("action_deactivate_loop"), message, **settings) == "action_deactivate_loop"


def failed(text="咕噜"):
    return [
        said(text, "nlu_fallback", 0.4),
        ActionExecuted(action_name="utter_done"),
        ActionExecuted(action_name="action_listen"),
    ]


def test_a_second_message_that_is_not_understood_goes_to_a_person():
    message = said("噼啪", "nlu_fallback", 0.4)
    winner = Winner("action_two_stage_fallback")
    assert action(winner, message) == "action_two_stage_fallback"
    prediction = predicted(winner, *failed(), message)
    assert prediction.action_metadata["handoff"]["reason"] == "failed_twice"
    assert action(winner, *failed(), message, max_failures=3) == "action_two_stage_fallback"
    assert action(winner, *failed(), message, max_failures=None) == "action_two_stage_fallback"


def test_an_answer_in_between_ends_the_row_of_failures():
    understood = [
        said(),
        ActionExecuted(action_name="utter_greet"),
        ActionExecuted(action_name="action_listen"),
    ]
    message = said("噼啪", "nlu_fallback", 0.4)
    assert action(Winner("utter_done"), *failed(), *understood, message) == "utter_done"


def test_the_fallback_of_the_rules_counts_as_failure_too():
    first = [
        said(),
        ActionExecuted(action_name="action_default_fallback"),
        ActionExecuted(action_name="action_listen"),
    ]
    prediction = predicted(Winner("action_default_fallback"), *first, said("哦"))
    assert prediction.action_metadata["handoff"]["reason"] == "failed_twice"


def test_a_displeased_customer_goes_to_a_person_however_sure_the_bot_is():
    message = said("你们就是骗子！！")
    assert predicted(Winner("utter_greet"), message).action_metadata["handoff"]["reason"] == (
        "negative"
    )
    assert action(Winner("utter_greet"), message, negative_threshold=None) == "utter_greet"
    assert action(Winner("utter_greet"), said("着急")) == "utter_greet"


def test_displeasure_is_what_the_pipeline_found_before_it_is_in_words():
    def felt(text, name, confidence):
        sentiment = {"name": name, "confidence": confidence}
        return said(text, parse_data={"sentiment": sentiment})

    negative = predicted(Winner("utter_greet"), felt("又让我等", "negative", 0.75))
    assert negative.action_metadata["handoff"]["reason"] == "negative"
    assert action(Winner("utter_greet"), felt("又让我等", "negative", 0.65)) == "utter_greet"
    assert action(Winner("utter_greet"), felt("失望！！", "neutral", 0.75)) == "utter_greet"
    assert action(Winner("utter_greet"), felt("骗子！！", "neutral", 0.75)) == "action_handoff"
    unsure = predicted(Winner("utter_greet"), felt("骗子！！", None, 0.5))
    assert unsure.action_metadata["handoff"]["reason"] == "negative"


def test_repeated_mild_displeasure_goes_to_a_person():
    grumbling = [said("有点不爽"), ActionExecuted(action_name="utter_greet")]
    once = [said("好烦"), ActionExecuted(action_name="utter_greet")]
    settings = {"max_negative": 3}
    assert action(Winner("utter_greet"), *grumbling, said("烦死"), **settings) == "utter_greet"
    said_thrice = [*grumbling, *once, said("烦死")]
    prediction = predicted(Winner("utter_greet"), *said_thrice, **settings)
    assert prediction.action_metadata["handoff"]["reason"] == "negative"
    assert action(Winner("utter_greet"), *said_thrice) == "utter_greet"


def test_a_calm_message_after_displeased_ones_is_answered():
    events = [said("烦死"), ActionExecuted(action_name="utter_greet")] * 3
    assert action(Winner("utter_greet"), *events, said("运费多少"), max_negative=2) == "utter_greet"


def test_what_comes_first_and_who_is_needed_depends_on_the_reason():
    settings = {"first": {"negative": "action_look_up"}, "skills": {"sensitive": ["投诉"]}}
    negative = predicted(Winner("utter_greet"), said("你们是骗子"), **settings)
    assert negative.action_metadata["handoff"]["first"] == "action_look_up"
    assert "skills" not in negative.action_metadata["handoff"]
    for winner in (Winner("utter_greet"), Winner("action_handoff")):
        message = said("投诉", "complain")
        sensitive = predicted(winner, message, intents={"complain": "sensitive"}, **settings)
        assert sensitive.action_metadata["handoff"]["skills"] == ["投诉"]


def test_important_customers_are_handed_over_instead_of_reviewed():
    important = {"slot": "city", "values": ["金卡"]}
    events = [SlotSet(key="city", value="金卡"), said(confidence=0.8)]
    prediction = predicted(Winner("utter_greet"), *events, important=important)
    assert prediction.action_metadata["handoff"]["reason"] == "important"
    events[0] = SlotSet(key="city", value="普通")
    assert action(Winner("utter_greet"), *events, important=important) == "action_review"
    events = [SlotSet(key="city", value="金卡"), said()]
    assert action(Winner("utter_greet"), *events, important=important) == "utter_greet"


def asks(count, *, is_first=False):
    events = []
    for number in range(count):
        events += [said("嗯", "greet"), ActionExecuted(action_name="order_form")]
        events += [ActiveLoop(name="order_form")] if number == 0 and is_first else []
        events += [
            SlotSet(key="requested_slot", value="hidden"),
            ActionExecuted(action_name="action_listen"),
        ]
    return events[:-1]


def test_a_form_that_asks_the_same_again_and_again_is_given_up():
    listening = Winner("action_listen", ignores_user=True)
    prediction = predicted(listening, *asks(3, is_first=True))
    assert prediction.action_metadata["handoff"]["reason"] == "form_given_up"
    assert action(listening, *asks(2, is_first=True)) == "action_listen"
    assert action(listening, *asks(3, is_first=True), form_attempts=None) == "action_listen"


def test_asking_again_after_another_topic_is_no_attempt():
    events = asks(2, is_first=True)
    events += [
        ActionExecuted(action_name="action_listen"),
        said(),
        ActionExecuted(action_name="utter_greet"),
        LoopInterrupted(is_interrupted=True),
        ActionExecuted(action_name="order_form"),
        SlotSet(key="requested_slot", value="hidden"),
    ]
    assert action(Winner("action_listen", ignores_user=True), *events) == "action_listen"


# -- in a model ------------------------------------------------------------------------------


def test_the_policy_is_trained_and_loaded_like_others():
    settings = {"review_threshold": 0.5, "intents": {"bye": "sensitive"}, "max_failures": None}
    ensemble = trained(
        a_rule("/greet", "utter_greet"),
        a_story("/bye", "utter_bye"),
        policies=("RulePolicy", ("HandoffPolicy", settings)),
    )
    tracker = a_tracker(domain=ensemble.domain)
    tracker.append(said(confidence=0.6))
    prediction = ensemble.predict(tracker)
    assert (prediction.action_name, prediction.policy_name) == ("action_review", "HandoffPolicy")
    assert prediction.action_metadata["review"]["action"] == "utter_greet"
    tracker = a_tracker(domain=ensemble.domain)
    tracker.append(said("再见", "bye"))
    assert ensemble.predict(tracker).action_metadata["handoff"]["reason"] == "sensitive"


def problems(**settings):
    place = Place("config.yml", 30)
    component = ComponentConfig(name="HandoffPolicy", settings=settings, place=place)
    return policy_problems(ModelConfig(policies=(component,)), domain=DOMAIN)


def test_good_settings_have_no_problems():
    good = {
        "answer_threshold": 1,
        "review_threshold": 0.7,
        "review_seconds": 20,
        "after_review_seconds": "handover",
        "when_nobody": "utter_done",
        "intents": {"complain": "sensitive"},
        "max_failures": None,
        "negative_threshold": None,
        "max_negative": 3,
        "first": {"negative": "utter_greet"},
        "skills": {"negative": ["投诉"]},
        "important": {"slot": "city", "values": ["金卡"]},
    }
    assert problems(**good) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"answer_threshold": 1.5}, "1.5"),
        ({"review_threshold": 0.95}, "the higher one"),
        ({"negative_threshold": -1}, "-1"),
        ({"review_seconds": 0}, "review_seconds"),
        ({"max_failures": 0}, "max_failures"),
        ({"form_attempts": -2}, "form_attempts"),
        ({"after_review_seconds": "sent"}, "'sent'"),
        ({"when_nobody": "reply"}, "'reply'"),
        ({"intents": {"complain": "sensitiv"}}, "'sensitiv'"),
        ({"intents": {"complain": 3}}, "3"),
        ({"intents": "complain"}, "complain"),
        ({"important": {"slot": "city"}}, "'slot' and 'values'"),
        ({"important": {"slot": "city", "values": []}}, "'slot' and 'values'"),
        ({"important": {"slot": "city", "values": ["a"], "level": 1}}, "'slot' and 'values'"),
        ({"important": ["city"]}, "important"),
        ({"answer_threshold": "high"}, "high"),
        ({"max_negative": 0}, "max_negative"),
        ({"first": {"angry": "utter_greet"}}, "'angry'"),
        ({"skills": {"angry": ["投诉"]}}, "'angry'"),
        ({"skills": {"negative": "投诉"}}, "no list"),
    ],
)
def test_a_setting_that_cannot_be_is_an_error_with_its_place(settings, words):
    (problem,) = problems(**settings)
    assert (problem.severity, problem.code) == ("error", "config.wrong-policy-setting")
    assert (problem.place.file, problem.place.line) == ("config.yml", 30)
    assert words in problem.message
    assert problem.advice


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        ({"intents": {"complian": "sensitive"}}, "did you mean 'complain'?"),
        ({"important": {"slot": "citi", "values": ["a"]}}, "did you mean 'city'?"),
        ({"when_nobody": "utter_don"}, "did you mean 'utter_done'?"),
        ({"first": {"negative": "action_du"}}, "did you mean 'action_do'?"),
    ],
)
def test_a_name_that_the_domain_lacks_is_a_warning(settings, advice):
    (problem,) = problems(**settings)
    assert (problem.severity, problem.code) == ("warning", "config.handoff-unknown-name")
    assert problem.advice.startswith(advice)


def test_an_unknown_setting_is_named():
    (problem,) = problems(review_treshold=0.5)
    assert problem.code == "config.unknown-policy-setting"
    assert "review_threshold" in problem.advice
