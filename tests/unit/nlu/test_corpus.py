import numpy as np
import pytest

from kefu.nlu.corpus import Corpus
from kefu.nlu.featurizers.options import FeatureOptions
from kefu.nlu.segmentation import segment
from tests.unit.nlu.builders import nlu_data

OLD = {"退款": ["我要退款", "退钱给我"], "发货": ["什么时候发货", "发货了吗"]}
NEW = {"退款": ["我要退款", "钱退不退呀"], "发货": ["什么时候发货", "发货了吗", "快递到哪儿"]}
ENGLISH = {"refund": ["I want my money back", "refund please"], "ship": ["where is it", "sent?"]}


def a_corpus(examples, before=None, **more):
    options = more.pop("options", FeatureOptions())
    return Corpus(nlu_data(examples, **more), tokenize=segment, options=options, before=before)


def as_names(corpus, row):
    vector = corpus.matrix.row(row)
    names = corpus.space.names(vector.indices)
    return dict(zip(names, vector.values.tolist(), strict=True))


def test_known_texts_keep_their_vectors_and_new_ones_get_whole_ones():
    old = a_corpus(OLD)
    grown, fresh = a_corpus(NEW, old), a_corpus(NEW)
    assert grown.is_grown
    for row in range(len(fresh.texts)):
        assert as_names(grown, row) == pytest.approx(as_names(fresh, row))


def test_known_grams_keep_their_numbers():
    old = a_corpus(OLD)
    grown = a_corpus(NEW, old)
    assert grown.space.width > old.space.width
    numbers = np.arange(old.space.width)
    assert grown.space.names(numbers) == old.space.names(numbers)
    assert grown.matrix.row(0).indices.tolist() == old.matrix.row(0).indices.tolist()


def test_a_space_that_has_grown_is_the_same_after_loading():
    grown = a_corpus(NEW, a_corpus(OLD))
    again = type(grown.space).load(grown.space.save())
    for text in ("钱退不退", "快递到了吗", "完全不同"):
        ours = grown.space.vector(text, segment(text))
        theirs = again.vector(text, segment(text))
        assert ours.indices.tolist() == theirs.indices.tolist()
        assert ours.values.tolist() == theirs.values.tolist()
        assert ours.known_share == theirs.known_share


def test_it_can_grow_again_and_lets_go_of_what_it_came_from():
    grown = a_corpus(NEW, a_corpus(OLD))
    grown.forget()
    assert not grown.is_grown
    back = a_corpus(OLD, grown)
    assert as_names(back, 1) == pytest.approx(as_names(a_corpus(OLD), 1))


@pytest.mark.parametrize(
    "other",
    [
        {"options": FeatureOptions(lowercase=False)},
        {"options": FeatureOptions(min_examples=2)},
        {"options": FeatureOptions(patterns=True), "regexes": (("number", r"\d+"),)},
    ],
)
def test_vectors_of_another_manner_are_not_taken(other):
    assert not a_corpus(NEW, a_corpus(OLD), **other).is_grown


def test_a_corpus_in_another_script_begins_anew():
    assert not a_corpus(ENGLISH, a_corpus(OLD)).is_grown


LISTED = {
    "lookups": {"carrier": ("顺丰",), "thing": ("快递",)},
    "regexes": (("when", "什么时候"),),
    "options": FeatureOptions(patterns=True),
}


@pytest.mark.parametrize(
    "changes",
    [
        {"lookups": {"carrier": ("顺丰", "快递"), "thing": ()}},
        {"lookups": {"carrier": ("顺丰",)}},
        {"lookups": {**LISTED["lookups"], "money": ("钱",)}},
        {"regexes": (("when", "退.?款"), ("end", "吗$"))},
        {"regexes": ()},
    ],
)
def test_texts_in_which_other_words_are_listed_get_other_vectors(changes):
    grown = a_corpus(NEW, a_corpus(NEW, **LISTED), **{**LISTED, **changes})
    fresh = a_corpus(NEW, **{**LISTED, **changes})
    assert grown.is_grown
    for row in range(len(fresh.texts)):
        assert as_names(grown, row) == pytest.approx(as_names(fresh, row))
        assert grown.space.vector(fresh.texts[row], []).known_share
    again = type(grown.space).load(grown.space.save()).vector("快递什么时候到", [])
    here = fresh.space.vector("快递什么时候到", [])
    assert sorted(again.values.tolist()) == pytest.approx(sorted(here.values.tolist()))


def test_words_that_no_text_has_concern_none():
    other = {**LISTED, "lookups": {**LISTED["lookups"], "carrier": ("顺丰", "圆通")}}
    assert not a_corpus(NEW, a_corpus(NEW, **LISTED), **other).relisted
    other["lookups"] = {**LISTED["lookups"], "carrier": ("顺丰", "發貨")}
    grown = a_corpus(NEW, a_corpus(NEW, **LISTED), **other)
    assert grown.relisted == {text for text in grown.all_texts if "发货" in text}


def test_a_project_that_has_its_first_list_begins_anew():
    bare = {"options": FeatureOptions(patterns=True)}
    assert not a_corpus(NEW, a_corpus(NEW, **bare), **LISTED).is_grown
