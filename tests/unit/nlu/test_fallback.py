import pytest

from kefu.errors import ProjectError
from kefu.nlu.classifiers.fallback import FallbackClassifier
from kefu.project.nlu_data import NluData
from tests.unit.nlu.builders import a_lesson, component, processed


def _processed(ranking, **settings):
    classifier = FallbackClassifier.train(
        component("FallbackClassifier", **settings), a_lesson(NluData())
    )
    listed = [{"name": name, "confidence": chance} for name, chance in ranking]
    return processed(classifier, "x", intent=dict(listed[0]), intent_ranking=listed)


def test_a_sure_intent_stays():
    assert _processed([("a", 0.8), ("b", 0.2)]).intent == {"name": "a", "confidence": 0.8}


def test_below_the_threshold_the_fallback_is_put_before_the_ranking():
    message = _processed([("a", 0.4), ("b", 0.1)], threshold=0.6)
    assert message.intent == {"name": "nlu_fallback", "confidence": 0.6}
    assert [item["name"] for item in message.intent_ranking] == ["nlu_fallback", "a", "b"]


def test_two_intents_close_together_are_doubtful():
    assert _processed([("a", 0.48), ("b", 0.45)]).intent["name"] == "nlu_fallback"
    message = _processed([("a", 0.48), ("b", 0.45)], ambiguity_threshold=0.01)
    assert message.intent["name"] == "a"


def test_without_a_ranking_none_is_made_up():
    classifier = FallbackClassifier.train(component("FallbackClassifier"), a_lesson(NluData()))
    message = processed(classifier, "x", intent={"name": None, "confidence": 0.0})
    assert message.intent == {"name": "nlu_fallback", "confidence": 0.3}
    assert message.intent_ranking is None


def test_a_threshold_that_is_no_number_is_refused():
    with pytest.raises(ProjectError, match="threshold is 'high' — write a number"):
        _processed([("a", 1.0)], threshold="high")
