import numpy as np
import pytest

from kefu.nlu.corpus import Corpus
from kefu.nlu.featurizers.options import FeatureOptions, feature_options
from kefu.nlu.featurizers.space import FeatureSpace
from kefu.nlu.segmentation import segment
from tests.unit.nlu.builders import SHOP, component, nlu_data

ENGLISH = {"a": ["show my balance", "what is my balance?"], "b": ["send 20 dollars", "pay him"]}


def _corpus(examples, options=None):
    return Corpus(nlu_data(examples), tokenize=segment, options=options)


@pytest.mark.parametrize("examples", [SHOP, ENGLISH])
def test_the_matrix_of_the_examples_is_made_of_their_vectors(examples):
    corpus = _corpus(examples)
    for number, text in enumerate(corpus.texts):
        vector = corpus.space.vector(text, corpus.tokens[number])
        row = corpus.matrix.row(number)
        assert dict(zip(row.indices, row.values, strict=True)) == pytest.approx(
            dict(zip(vector.indices, vector.values, strict=True))
        )


@pytest.mark.parametrize("examples", [SHOP, ENGLISH])
def test_vectors_have_length_one(examples):
    corpus = _corpus(examples)
    rows = [corpus.matrix.row(i).values for i in range(corpus.matrix.height)]
    assert [float(row @ row) for row in rows] == pytest.approx([1.0] * len(rows))


def test_a_saved_space_gives_the_same_vectors():
    space = _corpus(SHOP).space
    loaded = FeatureSpace.load(space.save())
    for text in ("快递在哪", "退货", "hello"):
        before, after = (s.vector(text, segment(text)) for s in (space, loaded))
        assert np.array_equal(before.indices, after.indices)
        assert np.array_equal(before.values, after.values)


def test_the_share_of_known_pieces_tells_strange_texts():
    space = _corpus(SHOP).space
    assert space.vector("我要退款", segment("我要退款")).known_share == 1.0
    assert space.vector("量子力学", segment("量子力学")).known_share < 0.3
    assert space.vector("", []).known_share == 0.0


def test_rows_can_be_chosen_in_any_order():
    matrix = _corpus(SHOP).matrix
    chosen = matrix.rows(np.array([5, 0, 5]))
    assert chosen.height == 3
    for new, old in enumerate((5, 0, 5)):
        assert np.array_equal(chosen.row(new).indices, matrix.row(old).indices)


def test_chinese_and_english_data_get_their_own_pieces():
    assert _corpus(SHOP).is_unspaced
    assert not _corpus(ENGLISH).is_unspaced


def test_rare_pieces_can_be_left_out():
    small = _corpus(SHOP, FeatureOptions(min_examples=3)).space
    assert 0 < small.width < _corpus(SHOP).space.width


def test_settings_of_all_featurizers_are_merged():
    options = feature_options(
        [
            component("RegexFeaturizer"),
            component("CountVectorsFeaturizer", stop_words=["The"], lowercase=False),
            component("CountVectorsFeaturizer", analyzer="char_wb", min_df=2, stop_words=["x"]),
        ]
    )
    assert options == FeatureOptions(
        stop_words=("the",), lowercase=False, min_examples=2, patterns=True
    )


def test_stop_words_are_not_among_the_words():
    with_stop = _corpus(ENGLISH, FeatureOptions(stop_words=("my", "is")))
    assert "my" not in with_stop.space.save()["vocabularies"][1]
    assert "my" in _corpus(ENGLISH).space.save()["vocabularies"][1]


def test_letter_case_can_matter():
    space = _corpus({"a": ["US dollar"], "b": ["tell us"]}, FeatureOptions(lowercase=False)).space
    assert {"US", "us"} <= set(space.save()["vocabularies"][1])


def test_accents_can_be_stripped():
    space = _corpus({"a": ["café"]}, FeatureOptions(strip_accents=True)).space
    assert space.clean("CAFÉ") == "cafe"


def test_options_survive_json():
    options = FeatureOptions(stop_words=("a",), oov_token="x", oov_words=("y",))
    data = options.as_json()
    assert FeatureOptions.from_json({**data, "stop_words": ["a"], "oov_words": ["y"]}) == options


def test_words_of_no_example_stand_for_the_unknown_word():
    options = FeatureOptions(oov_token="oov")
    space = _corpus({"a": ["call oov now", "call me"]}, options).space
    oov = len(space.save()["vocabularies"][0]) + space.save()["vocabularies"][1].index("oov")
    assert oov in space.vector("call zyx", []).indices
    assert oov not in space.vector("call me", []).indices


def test_words_listed_as_unknown_are_the_unknown_word_in_examples_too():
    options = FeatureOptions(oov_token="oov", oov_words=("bob",))
    words = _corpus({"a": ["call Bob now"]}, options).space.save()["vocabularies"][1]
    assert "oov" in words
    assert "bob" not in words


def test_lookup_words_and_regexes_are_features_of_texts():
    data = nlu_data(
        {"weather": ["北京天气", "上海冷吗"], "track": ["查A12"]},
        lookups={"city": ("北京", "上海", "拉萨")},
        regexes=(("order_no", "[A-Z][0-9]+"),),
    )
    corpus = Corpus(data, tokenize=segment, options=FeatureOptions(patterns=True))
    names = corpus.space.save()["vocabularies"][2]
    assert names == ["lookup city", "regex order_no"]
    loaded = FeatureSpace.load(corpus.space.save())
    city = loaded.width - 2
    assert city in loaded.vector("拉萨", segment("拉萨")).indices
    assert city not in loaded.vector("查B99", segment("查B99")).indices
