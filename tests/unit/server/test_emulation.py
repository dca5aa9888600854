"""Understanding in the forms of other services."""

from kefu.server.emulation import emulated

PARSED = {
    "text": "从北京出发",
    "intent": {"name": "book", "confidence": 0.9},
    "intent_ranking": [
        {"name": "book", "confidence": 0.9},
        {"name": "greet", "confidence": 0.1},
    ],
    "entities": [
        {
            "entity": "city",
            "role": "from",
            "value": "beijing",
            "start": 1,
            "end": 3,
            "extractor": "C",
        }
    ],
}


def test_without_a_mode_nothing_changes():
    assert emulated(PARSED, None) is PARSED


def test_luis_lists_intents_by_name_and_entities_by_role():
    prediction = emulated(PARSED, "luis")["prediction"]
    assert prediction["topIntent"] == "book"
    assert prediction["intents"] == {"book": {"score": 0.9}, "greet": {"score": 0.1}}
    assert prediction["entities"]["from"] == ["beijing"]
    (instance,) = prediction["entities"]["$instance"]["from"]
    assert (instance["type"], instance["startIndex"], instance["length"]) == ("city", 1, 2)


def test_wit_shows_the_words_behind_an_entity():
    (entity,) = emulated(PARSED, "WIT")["entities"]["city:from"]
    assert (entity["body"], entity["value"], entity["role"]) == ("北京", "beijing", "from")


def test_dialogflow_lists_values_by_entity():
    result = emulated(PARSED, "DIALOGFLOW")["queryResult"]
    assert result["action"] == "book"
    assert result["parameters"] == {"city": ["beijing"]}
    assert result["intentDetectionConfidence"] == 0.9
