import pytest

from kefu.nlu.extractors.chain import ChainLesson, ChainTagger
from kefu.nlu.extractors.sequence import TaggerOptions, train_tagger


def features_of(text):
    words = text.split()
    before = ["<", *words[:-1]]
    return [[f"w={word}", f"b={earlier}"] for word, earlier in zip(words, before, strict=True)]


def a_lesson(text, labels, *, insists=False):
    return ChainLesson(features_of(text), labels.split(), insists)


TAUGHT = [
    ("send me to Paris", "O O O X"),
    ("send me to Rome", "O O O X"),
    ("go to New York", "O O B E"),
    ("I love New York", "O O B E"),
    ("what is this", "O O O"),
    ("send me away", "O O O"),
]


@pytest.fixture(scope="module")
def field():
    sequences = [(features_of(text), labels.split()) for text, labels in TAUGHT]
    return train_tagger(sequences, TaggerOptions(least_gain=0.001))


def test_a_chain_has_all_weights_of_the_field(field):
    chain = ChainTagger.of_model(field.model)
    theirs = {key: value for key, value in field.weights().items() if abs(value) > 1e-5}
    ours = {key: value for key, value in chain.weights().items() if abs(value) > 1e-5}
    assert ours.keys() == theirs.keys()
    assert ours == pytest.approx(theirs, abs=1e-5)


@pytest.mark.parametrize("text", [*(text for text, _ in TAUGHT), "send New York to me", "so what"])
def test_a_chain_labels_like_the_field(field, text):
    chain = ChainTagger.of_model(field.model)
    features = features_of(text)
    theirs, ours = field.tag(features), chain.tag(features)
    assert ours.labels == theirs.labels
    assert ours.chances == pytest.approx(theirs.chances)
    for label in ("O", "X", "B", "unknown"):
        assert chain.chances(features, label) == pytest.approx(field.chances(features, label))


def test_no_features_no_labels(field):
    assert ChainTagger.of_model(field.model).tag([]).labels == []


def test_what_is_insisted_on_is_told_right_and_rather_surely(field):
    chain = ChainTagger.of_model(field.model)
    new = a_lesson("bring me a lamp", "O O O X", insists=True)
    now = chain.corrected([new, *(a_lesson(*one) for one in TAUGHT)])
    told = now.tag(new.features)
    assert told.labels == list(new.labels)
    assert min(told.chances) > 0.5
    for text, labels in TAUGHT:
        assert now.tag(features_of(text)).labels == labels.split()


def test_a_label_that_is_new_is_learned(field):
    chain = ChainTagger.of_model(field.model)
    new = a_lesson("call me tomorrow", "O O T", insists=True)
    now = chain.corrected([new])
    assert now.tag(new.features).labels == ["O", "O", "T"]
    assert "T" not in chain.labels


def test_what_is_no_longer_labelled_is_unlearned(field):
    chain = ChainTagger.of_model(field.model)
    now = chain.corrected([a_lesson("send me to Rome", "O O O O", insists=True)])
    assert now.tag(features_of("send me to Rome")).labels == ["O"] * 4


def test_the_tagger_that_is_corrected_stays_as_it_is(field):
    chain = ChainTagger.of_model(field.model)
    before = chain.weights()
    chain.corrected([a_lesson("bring me a lamp", "O O O X", insists=True)])
    assert chain.weights() == before


def test_a_lesson_that_was_told_wrong_before_is_nothing_to_hold_on_to(field):
    chain = ChainTagger.of_model(field.model)
    now = chain.corrected([a_lesson("what is this", "B E X")])
    assert now.weights() == chain.weights()


def test_a_chain_is_the_same_after_loading(field):
    chain = ChainTagger.of_model(field.model)
    now = chain.corrected([a_lesson("call me tomorrow", "O O T", insists=True)])
    again = ChainTagger.load(now.save())
    assert again.weights() == now.weights()
    assert again.tag(features_of("go to New York")) == now.tag(features_of("go to New York"))
