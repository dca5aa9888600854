import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.nlu.extractors.boundaries import boundary_labels, spans_of
from kefu.nlu.extractors.crf import CRFEntityExtractor, taken_intents
from kefu.nlu.extractors.lexicon import Lexicon
from kefu.nlu.extractors.pieces import Span, split_pieces
from kefu.nlu.extractors.sequence import Labelled
from kefu.nlu.extractors.unseen import BLANK, blanked
from kefu.nlu.interpreter import Interpreter
from kefu.nlu.memory import Memory
from kefu.nlu.segmentation import segment
from kefu.nlu.text import fold
from kefu.nlu.training import train_pipeline
from tests.unit.nlu.builders import (
    a_config,
    a_lesson,
    an_example,
    an_interpreter,
    component,
    nlu_data,
    parse,
    processed,
)

TRAVEL = {
    "travel": [
        f"{prefix}从[{a}](city#from)到[{b}](city#to){suffix}"
        for prefix in ("我想", "帮我订", "查一下")
        for suffix in ("的机票", "的火车票", "怎么走")
        for a, b in (("北京", "上海"), ("广州", "深圳"), ("杭州", "成都"), ("武汉", "西安"))
    ],
    "weather": [f"[{c}](city)今天天气怎么样" for c in ("北京", "上海", "南京", "青岛")],
    "amount": [f"转[{n}](money)元给[{w}](person)" for n in (5, 20, 300) for w in ("小王", "小李")],
    "greet": ["你好", "在吗", "您好啊"],
}
ENGLISH = {
    "order": [
        f"{verb} a [{size}](size) [{food}](food){end}"
        for verb in ("order", "i want", "get me")
        for size in ("small", "large")
        for food in ("pizza", "veggie burger", "salad")
        for end in ("", " please")
    ],
    "bye": ["good bye", "see you later"],
}


@pytest.fixture(scope="module")
def travel():
    return an_interpreter(nlu_data(TRAVEL), "JiebaTokenizer", "DIETClassifier")


def _found(interpreter, text):
    return [(e["entity"], e.get("role"), e["value"]) for e in parse(interpreter, text)["entities"]]


def test_values_never_seen_are_found_by_their_context(travel):
    assert _found(travel, "我想从重庆到天津的机票") == [
        ("city", "from", "重庆"),
        ("city", "to", "天津"),
    ]


def test_the_role_follows_from_the_place_in_the_sentence(travel):
    assert _found(travel, "北京今天天气怎么样") == [("city", None, "北京")]


def test_numbers_of_other_length_are_found(travel):
    assert _found(travel, "转88元给小王") == [("money", None, "88"), ("person", None, "小王")]


def test_a_found_entity_has_rasas_keys(travel):
    (entity,) = parse(travel, "青岛今天天气怎么样")["entities"]
    assert entity.pop("confidence_entity") == pytest.approx(1, abs=0.4)
    assert entity == {
        "entity": "city", "start": 0, "end": 2, "value": "青岛", "extractor": "DIETClassifier",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", " ", "你好", "？！"])
def test_texts_without_entities_give_none(travel, text):
    assert _found(travel, text) == []


def test_values_of_several_english_words_are_found_whole():
    bot = an_interpreter(
        nlu_data(ENGLISH), "WhitespaceTokenizer", "CRFEntityExtractor", language="en"
    )
    data = parse(bot, "I want a Large veggie burger")
    assert [(e["value"], e["start"], e["end"]) for e in data["entities"]] == [
        ("Large", 9, 14),
        ("veggie burger", 15, 28),
    ]
    assert data["entities"][0]["extractor"] == "CRFEntityExtractor"
    assert data["intent"]["name"] is None


SONGS = ("yellow", "hey jude", "golden hour", "let it be", "thriller")
MUSIC = {
    "play": [f"{verb} [{what}](song)" for verb in ("play", "put on") for what in SONGS],
    "rate": [f"{what} is [{how}](rating)" for what in SONGS for how in ("great", "awful")],
    "weather": ["is it raining", "how warm is it", "will it snow", "what a storm", "is it sunny"],
}


@pytest.mark.parametrize("accuracy", [None, 0.95])
def test_in_spaced_languages_it_counts_what_a_text_means(accuracy):
    lesson = a_lesson(nlu_data(MUSIC), language="en")
    extractor = CRFEntityExtractor.learn(component("DIETClassifier"), lesson, accuracy)
    saved = CRFEntityExtractor.load(
        component("DIETClassifier"), extractor.save(), lesson.surroundings
    )
    sure = {}
    for intent in ("play", "weather"):
        found = processed(saved, "put on yellow", intent={"name": intent, "confidence": 1.0})
        sure[intent] = sum(one["confidence_entity"] for one in found.entities)
    assert (sure["play"] > sure["weather"]) is (accuracy is not None)


def test_wrong_intents_are_learned_from_as_often_as_they_will_come():
    lesson = a_lesson(nlu_data(MUSIC), language="en")
    right = [example.intent for example in lesson.corpus.examples]
    assert taken_intents(lesson, 1.0) == right
    taken = taken_intents(lesson, 0.5)
    wrong = sum(a != b for a, b in zip(taken, right, strict=True))
    assert len(right) * 0.2 < wrong < len(right) * 0.5
    assert taken == taken_intents(lesson, 0.5)
    assert taken_intents(lesson, None) is None
    assert taken_intents(a_lesson(nlu_data(TRAVEL)), 1.0) is None
    assert taken_intents(a_lesson(nlu_data(ENGLISH), language="en"), 1.0) is None


def test_lookup_words_help_to_find_values_that_no_example_has():
    data = nlu_data(TRAVEL, lookups={"city": ("乌鲁木齐", "北京", "上海", "南京", "青岛")})
    bot = an_interpreter(data, "JiebaTokenizer", "DIETClassifier")
    assert _found(bot, "乌鲁木齐今天天气怎么样") == [("city", None, "乌鲁木齐")]


def test_one_kind_of_entity_needs_no_second_stage():
    data = nlu_data({"hi": [f"我叫[{n}](name)" for n in ("小王", "小李", "小张", "小赵")]})
    assert _found(an_interpreter(data, "CRFEntityExtractor"), "我叫小钱") == [
        ("name", None, "小钱")
    ]


def test_entity_recognition_can_be_switched_off():
    off = an_interpreter(nlu_data(TRAVEL), component("DIETClassifier", entity_recognition=False))
    data = parse(off, "北京今天天气怎么样")
    assert data["entities"] == []
    assert data["intent"]["name"] == "weather"


def test_intent_classification_can_be_switched_off():
    off = an_interpreter(nlu_data(TRAVEL), component("DIETClassifier", intent_classification=False))
    data = parse(off, "北京今天天气怎么样")
    assert data["intent"]["name"] is None
    assert len(data["entities"]) == 1


def test_two_extractors_of_a_pipeline_do_not_find_everything_twice():
    both = an_interpreter(nlu_data(TRAVEL), "DIETClassifier", "CRFEntityExtractor")
    assert len(_found(both, "北京今天天气怎么样")) == 1


@given(st.text(alphabet="你好ab1 ,.é", max_size=15))
def test_pieces_cover_all_but_white_space(text):
    pieces = split_pieces(text, segment(text))
    covered = "".join(text[s:e] for s, e in zip(pieces.starts, pieces.ends, strict=True))
    assert covered == "".join(text.split())
    assert len(pieces.words) == len(pieces.names) == len(pieces.places)


def test_pieces_part_letters_from_digits_and_chinese_characters_from_each_other():
    assert split_pieces("买iPhone15两台", None).names == ["买", "iphone", "00", "两", "台"]


def test_each_chinese_piece_knows_its_place_in_its_word():
    text = "优惠券怎么用"
    pieces = split_pieces(text, segment(text))
    assert pieces.words == ["优惠券", "优惠券", "优惠券", "怎么", "怎么", "用"]
    assert pieces.places == ["B", "M", "E", "B", "E", "S"]


def test_an_annotation_inside_a_word_does_not_fit():
    example = an_example("two [app](x)les and [pears](y)")
    found = split_pieces(example.text, None).annotated(example.entities)
    assert [entity.entity for _, entity in found] == ["y"]


@given(st.lists(st.sampled_from("BIESO"), max_size=8))
def test_any_labels_give_spans_apart_from_each_other(labels):
    spans, chances = spans_of(Labelled(labels, [0.5] * len(labels)))
    assert len(spans) == len(chances)
    for one, other in itertools.pairwise(spans):
        assert one.behind <= other.first
    covered = sum(span.behind - span.first for span in spans)
    assert covered == sum(label != "O" for label in labels)


def test_labels_of_spans_give_the_spans_back():
    spans = [Span(0, 1), Span(1, 4), Span(5, 7)]
    labels = boundary_labels(8, spans)
    assert labels == ["S", "B", "I", "E", "O", "B", "E", "O"]
    assert spans_of(Labelled(labels, [1.0] * 8))[0] == spans


def test_the_lexicon_prefers_the_longest_word_and_knows_all_its_kinds():
    lexicon = Lexicon.build(
        [("北京", "city"), ("北京大学", "school")], {"place": ["北京大学"]}, [("zip", r"\d{6}")]
    )
    assert lexicon.mark(split_pieces("在北京大学100871", None)) == [
        (Span(1, 5), ("place", "school")),
        (Span(5, 6), ("re:zip",)),
    ]


def test_a_value_only_the_example_itself_supplies_is_not_marked_there():
    lexicon = Lexicon.build([("北京", "city"), ("上海", "city"), ("上海", "city")], {}, [])
    pieces = split_pieces("北京上海", None)
    own = [(fold("北京"), "city"), (fold("上海"), "city")]
    assert lexicon.mark(pieces, own) == [(Span(2, 4), ("city",))]
    assert len(lexicon.mark(pieces)) == 2


def test_english_lexicon_words_are_whole_words():
    lexicon = Lexicon.build([("app", "x")], {}, [])
    assert lexicon.mark(split_pieces("apple app", None)) == [(Span(1, 2), ("x",))]


def test_values_are_blanked_only_where_they_hardly_vary():
    few = [an_example("去[北京](city)玩"), an_example("来[上海](city)吧")] * 6
    varied = [an_example(f"去[{name}](city)玩") for name in "京沪津渝冀晋辽吉"]
    copies = blanked(few, unspaced=True, seed=1)
    assert len(copies) == 12
    assert all(BLANK in copy.text and "京" not in copy.text for copy in copies)
    assert all(c.text[e.start : e.end] == e.value for c in copies for e in c.entities)
    assert blanked(varied, unspaced=True, seed=1) == []


def test_numbers_are_never_blanked():
    assert blanked([an_example("转[50](money)元")] * 9, unspaced=True, seed=1) == []


@given(st.text(alphabet="你ab1 ,", max_size=10), st.integers(0, 10), st.integers(0, 10))
def test_a_span_begins_and_ends_where_pieces_do(text, start, end):
    pieces = split_pieces(text, None)
    span = pieces.span(start, end)
    fits = start in pieces.starts and end in pieces.ends and start < end
    assert (span is not None) is fits
    if span is not None:
        assert (pieces.starts[span.first], pieces.ends[span.behind - 1]) == (start, end)


def test_a_message_as_long_as_a_book_is_looked_at_in_part(travel):
    found = _found(travel, "北京今天天气怎么样" + "。" * 10_000 + "上海今天天气怎么样")
    assert ("city", None, "北京") in found
    assert ("city", None, "上海") not in found


THINGS = ("tea", "coffee", "milk", "bread", "sugar", "salt", "rice", "beans", "honey", "butter")
VERBS = ("send", "get", "bring")


def test_examples_that_a_newly_listed_word_misleads_are_put_right():
    examples = {
        "buy": [f"{verb} [{thing}](thing)" for thing in THINGS for verb in VERBS],
        "other": [f"{verb} {word}" for word in ("help", "love", "back", "over") for verb in VERBS],
    }
    config = a_config("WhitespaceTokenizer", "DIETClassifier", language="en")
    listed = nlu_data(examples, lookups={"thing": THINGS})
    before = train_pipeline(config, listed, memory=Memory())
    listed = nlu_data(examples, lookups={"thing": (*THINGS, "help", "jam")})
    after = train_pipeline(config, listed, memory=before.memory)
    assert not after.memory.is_exact

    def things(text):
        parsed = asyncio.run(Interpreter(after.pipeline).parse(text))
        return [entity["value"] for entity in parsed["entities"]]

    assert [things(f"{verb} help") for verb in VERBS] == [[], [], []]
    assert things("send tea") == ["tea"]
    assert things("bring jam") == ["jam"]
