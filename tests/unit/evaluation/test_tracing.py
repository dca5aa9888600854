"""Of every action it is told what said that it comes next, by file and line."""

from kefu.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from kefu.core.tracker import Tracker
from kefu.evaluation.tracing import Origins, trace_turn
from kefu.project.problems import Place
from kefu.project.project import Places, Project
from tests.unit.policies.builders import a_domain, a_rule, a_story, story_data, trained

DOMAIN = a_domain()
STORIES = (
    a_story("/greet", "utter_greet", "/yes", "utter_done", name="greeting", line=10),
    a_story("/greet", "utter_greet", "/no", "utter_help", name="again", line=20),
    a_rule("/bye", "utter_bye", name="goodbye", line=30),
    a_rule("/order", "order_form", "@order_form", name="order", line=40),
)
ENSEMBLE = trained(*STORIES, policies=("MemoizationPolicy", "RulePolicy"), domain=DOMAIN)


def origins():
    places = Places(declared={("forms", "order_form"): Place("domain.yml", 7)})
    project = Project(domain=DOMAIN, stories=story_data(*STORIES), places=places)
    return Origins(project, ENSEMBLE)


def played(*intents):
    """Let the policies decide about intents, and return the log."""
    tracker = Tracker("c", DOMAIN)
    clock = iter(range(1000))
    tracker.append(ActionExecuted(action_name="action_listen", timestamp=next(clock)))
    for name in intents:
        parsed = {
            "intent": {"name": name, "confidence": 0.9},
            "intent_ranking": [
                {"name": name, "confidence": 0.9},
                {"name": "chat", "confidence": 0.1},
            ],
        }
        tracker.append(
            UserUttered(
                text=name, intent=parsed["intent"], parse_data=parsed, timestamp=next(clock)
            )
        )
        for _ in range(5):
            prediction = ENSEMBLE.predict(tracker)
            tracker.extend(prediction.events)
            tracker.append(
                ActionExecuted(
                    action_name=prediction.action_name,
                    policy=prediction.policy_name,
                    confidence=prediction.confidence,
                    timestamp=next(clock),
                )
            )
            if prediction.action_name == "action_listen":
                break
    return tracker.events


def behind(trace):
    return [
        (one.action, [(o.kind, o.name, o.file, o.first_line, o.line) for o in one.origins])
        for one in trace.decisions
    ]


def test_a_rule_is_found_with_its_lines():
    trace = trace_turn(played("bye"), DOMAIN, origins())
    assert behind(trace)[0] == ("utter_bye", [("rule", "goodbye", "data/rules.yml", 32, 33)])
    assert trace.decisions[0].policy == "RulePolicy"


def test_all_stories_that_say_the_same_are_named():
    trace = trace_turn(played("greet", "yes"), DOMAIN, origins(), turn=0)
    assert behind(trace)[0] == (
        "utter_greet",
        [
            ("story", "greeting", "data/stories.yml", 12, 13),
            ("story", "again", "data/stories.yml", 22, 23),
        ],
    )


def test_later_in_a_story_only_those_that_fit_are_named():
    trace = trace_turn(played("greet", "no"), DOMAIN, origins())
    assert behind(trace)[0] == (
        "utter_help",
        [("story", "again", "data/stories.yml", 24, 25)],
    )


def test_what_no_line_decided_has_none():
    trace = trace_turn(played("chat"), DOMAIN, origins())
    assert all(not one.origins for one in trace.decisions if one.action == "utter_chat")


def test_without_the_files_the_rest_is_told():
    trace = trace_turn(played("bye"), DOMAIN)
    assert trace.ranking == (("bye", 0.9), ("chat", 0.1))
    assert [one.action for one in trace.decisions] == ["utter_bye", "action_listen"]
    assert all(not one.origins for one in trace.decisions)
    assert trace.milliseconds == 2000
    assert [one.milliseconds for one in trace.decisions] == [1000, 1000]


def test_an_entity_that_was_found_twice_is_told_once():
    city = {"entity": "city", "value": "Rome", "start": 0, "end": 4}
    said = UserUttered(
        text="Rome", entities=[{**city, "extractor": "A"}, {**city, "extractor": "B"}]
    )
    assert [one["extractor"] for one in trace_turn([said], DOMAIN).entities] == ["A"]


def test_a_second_question_is_told():
    beside = {"text": "how much", "intent": {"name": "faq", "full_retrieval_intent_name": "faq/p"}}
    parsed = {"questions": {"main": {}, "beside": beside}}
    trace = trace_turn([UserUttered(text="x", intent={"name": "bye"}, parse_data=parsed)], DOMAIN)
    assert trace.beside == ("how much", "faq/p", 0.0)
    assert trace.as_json()["beside"]["intent"] == {"name": "faq/p", "confidence": 0.0}


def test_times_stand_where_they_were_taken():
    timing = {"milliseconds": 2.5, "components": [{"name": "A", "milliseconds": 2.0}]}
    said = UserUttered(text="x", intent={"name": "bye"}, parse_data={"timing": timing})
    trace = trace_turn([said], DOMAIN)
    assert trace.understanding_milliseconds == 2.5
    assert trace.components == (("A", 2.0),)
    assert trace.as_json()["components"] == [{"name": "A", "milliseconds": 2.0}]
    assert trace_turn(played("bye"), DOMAIN).understanding_milliseconds is None


def test_slots_are_told_with_those_that_changed():
    log = [*played("greet"), SlotSet(key="city", value="Rome", timestamp=50.0)]
    trace = trace_turn(log, DOMAIN)
    assert trace.slots["city"] == "Rome"
    assert trace.changed_slots == {"city"}
    assert trace.as_json()["changed_slots"] == ["city"]


def test_there_is_no_turn_before_the_first_message():
    assert trace_turn([], DOMAIN) is None
    assert trace_turn(played("greet"), DOMAIN, turn=1) is None


def test_a_form_is_found_where_it_is_declared():
    log = [*played("order"), ActiveLoop(name="order_form", timestamp=50.0)]
    log.append(ActionExecuted(action_name="action_listen", policy="RulePolicy", timestamp=51.0))
    trace = trace_turn(log, DOMAIN, origins())
    assert behind(trace)[0] == ("order_form", [("rule", "order", "data/rules.yml", 42, 43)])
