from collections.abc import Mapping
from typing import Any

from kefu.evaluation.entities import span_score
from kefu.evaluation.understanding import UnderstandingResults, play_examples, play_sentiments
from kefu.nlu.explanation import Candidate, Choice, Contribution, Explained
from kefu.project.nlu_data import EntityAnnotation, Example, SentimentExample
from kefu.project.problems import Place


class Scripted:
    """Answers what it was told to answer."""

    def __init__(self, answers: Mapping[str, dict[str, Any]]) -> None:
        self.answers = answers

    async def parse(self, text: str, metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self.answers[text]


def intent(name: str | None, confidence: float = 0.9, **more: Any) -> dict[str, Any]:
    return {"intent": {"name": name, "confidence": confidence}, **more}


async def test_intents_are_compared() -> None:
    examples = [Example(text="a", intent="x"), Example(text="b", intent="y")]
    results = await play_examples(Scripted({"a": intent("x"), "b": intent("x")}), examples)
    assert [(r.text, r.target, r.prediction, r.is_right) for r in results.intents] == [
        ("a", "x", "x", True),
        ("b", "y", "x", False),
    ]


async def test_a_fallback_does_not_hide_the_intent_that_was_taken() -> None:
    examples = [Example(text="a", intent="x"), Example(text="b", intent="y")]
    fallback = intent(
        "nlu_fallback",
        intent_ranking=[
            {"name": "nlu_fallback", "confidence": 0.7},
            {"name": "x", "confidence": 0.3},
        ],
    )
    results = await play_examples(Scripted({"a": fallback, "b": intent("y")}), examples)
    assert results.intents[0].prediction == "x"
    assert results.intents[0].confidence == 0.3


async def test_a_single_intent_is_not_scored() -> None:
    results = await play_examples(Scripted({"a": intent("x")}), [Example(text="a", intent="x")])
    assert results.intent_report() is None


async def test_answers_of_retrieval_intents_are_compared() -> None:
    def answer(key: str) -> dict[str, Any]:
        response = {"intent_response_key": key, "confidence": 1.0}
        return intent("faq", response_selector={"faq": {"response": response}})

    examples = [
        Example(text="a", intent="faq", response_key="one"),
        Example(text="b", intent="faq", response_key="two"),
    ]
    results = await play_examples(
        Scripted({"a": answer("faq/one"), "b": answer("faq/one")}), examples
    )
    assert [r.is_right for r in results.responses] == [True, False]


async def test_entities_are_compared_token_by_token_for_each_extractor() -> None:
    example = Example(
        text="from Bonn to Rome",
        intent="book",
        entities=(
            EntityAnnotation(entity="city", value="Bonn", start=5, end=9, role="from"),
            EntityAnnotation(entity="city", value="Rome", start=13, end=17, role="to"),
        ),
    )
    parsed = intent(
        "book",
        text_tokens=[(0, 4), (5, 9), (10, 12), (13, 17)],
        entities=[
            {"entity": "city", "role": "from", "start": 5, "end": 9, "extractor": "CRF"},
            {"entity": "city", "role": "from", "start": 13, "end": 17, "extractor": "CRF"},
            {"entity": "number", "start": 0, "end": 4, "extractor": "DucklingEntityExtractor"},
        ],
    )
    results = await play_examples(Scripted({example.text: parsed}), [example])
    reports = results.entity_reports()
    assert list(reports) == ["CRF"]
    assert reports["CRF"].labels["city.from"].precision == 0.5
    assert reports["CRF"].labels["city.to"].recall == 0.0
    assert reports["CRF"].accuracy == 0.75
    assert span_score(results.entities).recall == 0.5


class Explaining(Scripted):
    """Says what spoke for an intent, and that it knows one text by heart."""

    def __init__(self, answers: Mapping[str, dict[str, Any]]) -> None:
        super().__init__(answers)
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    async def explain(self, text: str, rivals: tuple[str, ...] = ()) -> Explained:
        self.asked.append((text, rivals))
        choice = Choice(
            about="intent",
            candidates=(Candidate("x", 0.9, 0.5),),
            rival=rivals[0],
            contributions=(Contribution("characters", "b", 0.4),),
            constant=0.0,
            signs=(),
            scope=(),
            known_share=1.0,
            is_example=False,
        )
        return Explained(parsed=self.answers[text], tokens=(), by_component=(("C", choice),))

    def has_seen(self, text: str) -> bool:
        return text == "a"


async def test_only_wrong_answers_are_asked_about_and_compared_with_the_right_one() -> None:
    parser = Explaining({"a": intent("x"), "b": intent("x"), "c": intent("y")})
    examples = [Example(text=text, intent=name) for text, name in ("ax", "by", "cy")]
    results = await play_examples(parser, examples, explaining=parser)
    assert parser.asked == [("b", ("y", "y"))]
    assert [[r.feature for r in one.reasons] for one in results.intents] == [[], ["b"], []]
    assert [one.was_seen for one in results.intents] == [True, False, False]


async def test_reasons_that_compare_with_another_label_are_not_taken() -> None:
    class Beside(Explaining):
        async def explain(self, text: str, rivals: tuple[str, ...] = ()) -> Explained:
            return await super().explain(text, ("another",))

    parser = Beside({"a": intent("x"), "b": intent("x")})
    examples = [Example(text="a", intent="x"), Example(text="b", intent="y")]
    results = await play_examples(parser, examples, explaining=parser)
    assert results.intents[1].reasons == ()


async def test_rankings_and_places_are_kept_without_the_fallback() -> None:
    ranking = [
        {"name": "nlu_fallback", "confidence": 0.7},
        {"name": "x", "confidence": 0.3},
        {"name": "y", "confidence": 0.2},
    ]
    parser = Scripted({text: intent("nlu_fallback", intent_ranking=ranking) for text in "ab"})
    examples = [
        Example(text="a", intent="x", place=Place("data/nlu.yml", 3, 7)),
        Example(text="b", intent="y"),
    ]
    first, second = (await play_examples(parser, examples)).intents
    assert first.ranking == (("x", 0.3), ("y", 0.2))
    assert (first.place, second.place) == ("data/nlu.yml:3:7", "")


async def test_sentiments_are_scored_whether_they_are_believed_or_not() -> None:
    ranking = [{"name": "negative", "confidence": 0.5}, {"name": "neutral", "confidence": 0.4}]
    heard = intent(None, sentiment={"name": None, "confidence": 0.5}, sentiment_ranking=ranking)
    examples = [
        SentimentExample(text="a", sentiment="negative", place=Place("nlu.yml", 3, 5)),
        SentimentExample(text="b", sentiment="neutral"),
    ]
    found = await play_sentiments(Scripted({"a": heard, "b": heard}), examples)
    assert [(r.text, r.target, r.prediction, r.place) for r in found] == [
        ("a", "negative", "negative", "nlu.yml:3:5"),
        ("b", "neutral", "negative", ""),
    ]
    report = UnderstandingResults(sentiments=found).sentiment_report()
    assert report is not None
    assert report.accuracy == 0.5


async def test_a_pipeline_that_tells_no_sentiments_is_not_scored_by_them() -> None:
    examples = [SentimentExample(text="a", sentiment="negative")]
    found = await play_sentiments(Scripted({"a": intent("x")}), examples)
    assert found == []
    assert UnderstandingResults(sentiments=found).sentiment_report() is None
