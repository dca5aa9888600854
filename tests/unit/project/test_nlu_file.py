from __future__ import annotations

import pytest

from kefu.project.nlu_file import NluCollector
from kefu.project.problems import Place
from tests.unit.project.builder import document, told


def collected(text):
    read, report = document(text, "nlu.yml")
    collector = NluCollector(report)
    collector.add(read)
    return collector, report


def test_every_example_has_its_own_place():
    collector, _ = collected("nlu:\n- intent: a\n  examples: |\n    - 甲\n\n    -   乙\n")
    assert [example.place for example in collector.examples] == [
        Place("nlu.yml", 4, 7),
        Place("nlu.yml", 6, 9),
    ]


def test_listed_examples_have_places_and_metadata():
    collector, report = collected(
        "nlu:\n- intent: a\n  metadata: {level: 2}\n  examples:\n"
        "  - text: |\n      甲\n    metadata: [1]\n  - text: 乙\n"
    )
    assert not report.sorted()
    first, second = collector.examples
    assert first.metadata == {"intent": {"level": 2}, "example": [1]}
    assert second.metadata == {"intent": {"level": 2}}
    assert (first.place, second.place) == (Place("nlu.yml", 6, 7), Place("nlu.yml", 8, 11))


def test_a_retrieval_intent_is_split_at_its_slash():
    collector, _ = collected("nlu:\n- intent: faq/ask_x\n  examples: |\n    - 甲\n")
    (example,) = collector.examples
    assert (example.intent, example.response_key) == ("faq", "ask_x")
    assert example.full_intent == "faq/ask_x"


def test_the_same_example_is_kept_once():
    collector, _ = collected(
        "nlu:\n- intent: a\n  examples: |\n    - 甲\n    - 甲\n    - [甲](e)\n"
    )
    assert len(collector.examples) == 2


def test_a_value_other_than_the_text_becomes_a_synonym():
    collector, _ = collected("nlu:\n- intent: a\n  examples: |\n    - 去[帝都](city:北京)\n")
    assert collector.synonyms == {"帝都": "北京"}


def test_contradicting_synonyms_are_noted_with_both_places():
    collector, report = collected(
        "nlu:\n- synonym: 北京\n  examples: |\n    - 京\n- synonym: 南京\n  examples: |\n    - 京\n"
    )
    (problem,) = told(report, "nlu.synonym-conflict")
    assert (problem.place.line, problem.related[0].line) == (7, 4)
    assert collector.synonyms == {"京": "南京"}


def test_lookups_of_one_name_are_joined():
    collector, _ = collected(
        "nlu:\n- lookup: city\n  examples: |\n    - 甲\n- lookup: city\n  examples: |\n    - 乙\n"
    )
    assert collector.data().lookups == {"city": ("甲", "乙")}


def test_a_regular_expression_that_does_not_compile_is_left_out():
    collector, report = collected("nlu:\n- regex: n\n  examples: |\n    - \\d+\n    - ab(c\n")
    assert collector.regexes == [("n", "\\d+")]
    (problem,) = told(report, "nlu.bad-regex")
    assert problem.place == Place("nlu.yml", 5, 9)


def test_a_misspelled_key_is_told_with_the_right_one():
    _, report = collected("nlu:\n- intent: a\n  exmples: |\n    - 甲\n- intnt: b\n")
    (key,) = told(report, "nlu.unknown-key")
    (item,) = told(report, "nlu.unknown-item")
    assert "examples" in key.advice
    assert "intent" in item.advice


def test_a_broken_annotation_is_reported_where_it_stands():
    _, report = collected('nlu:\n- intent: a\n  examples: |\n    - 甲乙 [丙]{"role": "r"}\n')
    (problem,) = told(report, "nlu.bad-annotation")
    assert problem.place == Place("nlu.yml", 4, 10)


def test_a_number_as_intent_must_be_quoted():
    _, report = collected("nlu:\n- intent: 123\n  examples: |\n    - 甲\n")
    (problem,) = told(report, "nlu.wrong-type")
    assert problem.place == Place("nlu.yml", 2, 11)
    assert '"123"' in problem.advice


def test_all_problems_of_a_file_are_found():
    _, report = collected(
        "nlu:\n- intent: a/b/c\n  examples: |\n    - 甲\n- intent: d\n  examples: 5\n- 7\n"
    )
    assert [problem.place.line for problem in report.sorted()] == [2, 6, 7]


def test_a_file_for_a_newer_format_is_skipped():
    collector, report = collected('version: "7.0"\nnlu:\n- intent: a\n  examples: |\n    - 甲\n')
    assert not collector.examples
    assert told(report, "version.too-new")


def test_files_for_an_older_format_give_one_note():
    read, report = document('version: "2.0"\nnlu: []\n', "a.yml")
    other, _ = document('version: "2.0"\nnlu: []\n', "b.yml")
    collector = NluCollector(report)
    collector.add(read)
    collector.add(other)
    (problem,) = told(report, "version.old")
    assert problem.severity == "note"
    assert problem.related == (Place("b.yml", 1, 10),)


SENTIMENTS = """nlu:
- sentiment: negative
  examples: |
    - 太差了
    - 等[三天](duration:3 天)了
- sentiment: positive
  examples:
  - text: 很好
"""


def test_sentiments_are_kept_apart_from_intents_and_lose_their_annotations():
    collector, report = collected(SENTIMENTS)
    assert not report.sorted()
    data = collector.data()
    assert [(e.text, e.sentiment, e.place.line) for e in data.sentiments] == [
        ("太差了", "negative", 4),
        ("等三天了", "negative", 5),
        ("很好", "positive", 8),
    ]
    assert data.examples == ()
    assert data.synonyms == {}
    assert collector.sentiment_places == {
        "negative": Place("nlu.yml", 4, 7),
        "positive": Place("nlu.yml", 8, 11),
    }


def test_messages_without_intents_are_kept_once_as_they_are():
    collector, report = collected(
        "nlu:\n- unlabeled: heard\n  examples: |\n    - 在吗 [x](y)\n    - 咋还没到\n"
        "- unlabeled: later\n  examples: |\n    - 咋还没到\n"
    )
    assert not report.sorted()
    assert collector.data().unlabeled == ("在吗 [x](y)", "咋还没到")
    assert collector.data().examples == ()


def test_the_same_example_of_a_sentiment_is_kept_once_whatever_intents_have():
    collector, _ = collected(
        "nlu:\n- sentiment: a\n  examples: |\n    - 甲\n    - 甲\n"
        "- intent: a\n  examples: |\n    - 甲\n"
    )
    assert (len(collector.sentiments), len(collector.examples)) == (1, 1)


@pytest.mark.parametrize(
    ("item", "code", "place"),
    [
        ("- sentiment: a\n", "nlu.no-examples", Place("nlu.yml", 2, 14)),
        ("- sentiment:\n  examples: |\n    - 甲\n", "nlu.no-name", Place("nlu.yml", 2, 3)),
        ("- sentiment: a\n  examples: 3\n", "nlu.wrong-type", Place("nlu.yml", 3, 13)),
        ("- sentiment: a\n  example: |\n    - 甲\n", "nlu.unknown-key", Place("nlu.yml", 3, 3)),
        (
            '- sentiment: a\n  examples: |\n    - [甲]{"entity": }\n',
            "nlu.bad-annotation",
            Place("nlu.yml", 4, 7),
        ),
        ("- sentimant: a\n  examples: |\n    - 甲\n", "nlu.unknown-item", Place("nlu.yml", 2, 3)),
    ],
)
def test_a_faulty_sentiment_is_told_with_its_place(item, code, place):
    collector, report = collected("nlu:\n" + item)
    assert told(report, code)[0].place == place
    assert collector.sentiments == []
