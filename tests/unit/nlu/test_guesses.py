import numpy as np
import pytest

from kefu.nlu.classifiers.confidence import plan_hold_out
from kefu.nlu.classifiers.guesses import MOST, guessed
from kefu.nlu.classifiers.svm import NEVER
from kefu.nlu.corpus import Corpus
from kefu.nlu.segmentation import segment
from kefu.nlu.training import train_pipeline
from tests.unit.nlu.builders import SHOP, a_config, an_interpreter, component, nlu_data, parse

CLASSIFIER = "LogisticRegressionClassifier"
HEARD = ("我的快递咋还没动静", "快递咋还不到啊", "快递单咋没更新", "量子力学", "咋开发票呀")


def a_corpus(unlabeled=HEARD, examples=SHOP):
    return Corpus(nlu_data(examples, unlabeled=unlabeled), tokenize=segment, guess=guessed)


def test_what_can_be_told_is_guessed_and_the_rest_left_alone():
    found = {text: intent for intent, text in a_corpus().guesses}
    assert found["我的快递咋还没动静"] == "track"
    assert found["咋开发票呀"] == "invoice"
    assert "量子力学" not in found


def test_words_of_guesses_speak_for_their_intent():
    without, with_guesses = (
        an_interpreter(nlu_data(SHOP, unlabeled=heard), "JiebaTokenizer", CLASSIFIER)
        for heard in ((), HEARD)
    )
    chances = [
        {one["name"]: one["confidence"] for one in parse(bot, "咋没动静")["intent_ranking"]}
        for bot in (without, with_guesses)
    ]
    assert chances[1]["track"] > chances[0]["track"] + 0.1


def test_guesses_are_not_known_by_heart():
    bot = an_interpreter(nlu_data(SHOP, unlabeled=HEARD), "JiebaTokenizer", CLASSIFIER)
    assert bot.has_seen("我要退款")
    assert not bot.has_seen(HEARD[0])


@pytest.mark.parametrize("unlabeled", [(), ("我要退款！", "我要退款")])
def test_without_anything_new_all_is_as_it_was(unlabeled):
    examples = {**SHOP, "refund": [*SHOP["refund"], "我要退款！"]}
    corpus = a_corpus(unlabeled, examples)
    assert corpus.guesses == []
    assert corpus.guessed_rows() == ([], [], [])
    assert corpus.matrix.height == a_corpus((), examples).matrix.height


@pytest.mark.parametrize("examples", [{}, {"only": ["你好", "在吗"]}])
def test_where_there_is_no_choice_nothing_is_guessed(examples):
    assert a_corpus(HEARD, examples).guesses == []
    an_interpreter(nlu_data(examples, unlabeled=HEARD), CLASSIFIER)


def test_of_very_many_messages_a_sample_is_looked_at():
    many = tuple(f"我的快递到哪了 第{chr(0x4E00 + number)}次" for number in range(MOST + 50))
    assert 0 < len(a_corpus(many).guesses) <= MOST


def test_training_says_how_many_were_learned_from():
    trained = train_pipeline(a_config(component(CLASSIFIER)), nlu_data(SHOP, unlabeled=HEARD))
    assert any("of 5 unlabelled messages" in line for line in trained.summary)


def test_models_that_are_judged_never_learn_from_guesses():
    classes = np.arange(80) % 8
    plan = plan_hold_out(classes, count=8, seed=0, further=2, guesses=3)
    assert plan.fold[80:].tolist() == [-1, -1, NEVER, NEVER, NEVER]
