import numpy as np
import pytest

from kefu.errors import ProjectError
from kefu.nlu.classifiers.confidence import Confidence, plan_hold_out
from kefu.nlu.classifiers.evidence import SIGNS, evidence, soft_max
from kefu.nlu.classifiers.verbatim import Verbatim
from tests.unit.nlu.builders import SHOP, an_interpreter, component, nlu_data, parse

CLASSIFIER = "LogisticRegressionClassifier"


@pytest.fixture(scope="module")
def shop():
    return an_interpreter(nlu_data(SHOP), "JiebaTokenizer", CLASSIFIER)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("我的包裹到哪里了呀", "track"),
        ("我想申请退款", "refund"),
        ("可以开发票吗", "invoice"),
        ("帮我转人工客服", "human"),
        ("优惠券在哪领", "coupon"),
    ],
)
def test_new_sentences_are_recognised(shop, text, intent):
    found = parse(shop, text)["intent"]
    assert found["name"] == intent
    assert found["confidence"] > 0.5


def test_training_sentences_are_recognised_with_high_confidence(shop):
    for intent, texts in SHOP.items():
        for text in texts:
            found = parse(shop, text + "！")["intent"]
            assert (found["name"], found["confidence"] > 0.9) == (intent, True)


@pytest.mark.parametrize("text", ["量子力学的基本假设", "xyzzy", "今天股市怎么走", "？"])
def test_strange_sentences_get_little_confidence(shop, text):
    assert parse(shop, text)["intent"]["confidence"] < 0.5


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_text_has_no_intent(shop, text):
    data = parse(shop, text)
    assert data["intent"] == {"name": None, "confidence": 0.0}
    assert data["intent_ranking"] == []


def test_the_ranking_starts_with_the_intent_and_falls(shop):
    data = parse(shop, "退款到账了吗")
    chances = [item["confidence"] for item in data["intent_ranking"]]
    assert data["intent_ranking"][0] == data["intent"]
    assert chances == sorted(chances, reverse=True)
    assert 0 < sum(chances) <= 1.000001
    assert len(chances) == len(SHOP)


def test_the_ranking_can_be_cut():
    cut = an_interpreter(nlu_data(SHOP), component(CLASSIFIER, ranking_length=3))
    assert len(parse(cut, "退款")["intent_ranking"]) == 3


def test_the_expected_share_of_strange_messages_lowers_confidence():
    texts = ["有什么推荐", "你是谁", "我要投诉", "尺码怎么选", "什么时候有货"]
    few, many = (
        an_interpreter(nlu_data(SHOP), component(CLASSIFIER, out_of_scope_share=share))
        for share in (0.01, 0.6)
    )
    for text in texts:
        low, high = (parse(i, text)["intent"]["confidence"] for i in (many, few))
        assert low < high


def test_a_share_that_is_no_share_is_refused():
    with pytest.raises(ProjectError, match=r"out_of_scope_share is 2\.0"):
        an_interpreter(nlu_data(SHOP), component(CLASSIFIER, out_of_scope_share=2))


@pytest.mark.parametrize("examples", [{"a": ["你好"]}, {"a": ["hi"], "b": ["bye"]}])
def test_the_smallest_projects_work(examples):
    tiny = an_interpreter(nlu_data(examples), "WhitespaceTokenizer", CLASSIFIER)
    for intent, (text,) in examples.items():
        assert parse(tiny, text)["intent"]["name"] == intent


def test_a_project_without_examples_knows_no_intent():
    assert parse(an_interpreter(nlu_data({}), CLASSIFIER), "hi")["intent"]["name"] is None


def test_a_sentence_of_two_intents_is_sure_of_neither():
    examples = {**SHOP, "track": [*SHOP["track"], "好的"], "bye": [*SHOP["bye"], "好的"]}
    found = parse(an_interpreter(nlu_data(examples), CLASSIFIER), "好的")["intent"]
    assert found["confidence"] < 0.9


def test_a_soft_max_adds_up_to_one_and_keeps_the_order():
    chances = soft_max(np.array([0.5, -1.0, 0.7], np.float32), 5.0)
    assert chances.sum() == pytest.approx(1)
    assert chances.argsort().tolist() == [1, 0, 2]


def test_judging_keeps_the_order_and_leaves_room_for_none_of_them():
    confidence = Confidence()
    sure = confidence.judge(np.array([1.1, -1.0, -1.0], np.float32), known=1.0)
    lost = confidence.judge(np.array([-0.7, -0.8, -0.8], np.float32), known=0.1)
    assert sure[0] > 0.95
    assert sure.sum() == pytest.approx(1, abs=0.01)
    assert lost[0] < 0.2
    assert lost.sum() < 0.7
    assert lost.argmax() == 0


def test_evidence_has_a_number_for_each_sign():
    assert len(evidence(np.array([0.3], np.float32), 1.0, 0.5)) == len(SIGNS)


def test_confidence_survives_json():
    confidence = Confidence(temperature=3.0, weights=(1.0, 2.0, 3.0, 4.0, 5.0))
    assert Confidence.from_json(confidence.as_json()) == confidence


def test_every_class_is_held_out_once_and_every_example_too():
    classes = np.repeat(np.arange(8), 10)
    plan = plan_hold_out(classes, count=8, seed=0)
    assert sorted(np.bincount(plan.group).tolist()) == [2, 2, 2, 2]
    for number in range(8):
        assert set(plan.fold[classes == number]) == {0, 1, 2, 3}


def test_few_classes_are_never_held_out_and_few_examples_not_at_all():
    plan = plan_hold_out(np.repeat(np.arange(3), 10), count=3, seed=0)
    assert set(plan.group) == {-1}
    assert plan_hold_out(np.arange(3), count=3, seed=0) is None


def test_of_many_examples_a_fifth_is_held_out_once():
    plan = plan_hold_out(np.repeat(np.arange(10), 500), count=10, seed=0)
    assert plan.count == 1
    assert (plan.fold == 0).sum() == 1000
    assert (plan.group == 0).sum() == 2


def test_verbatim_sentences_are_known_whatever_case_and_closing_marks():
    known = Verbatim.of([("Hello there!", 3), ("多少钱？", 1)])
    loaded = Verbatim.load(known.save())
    for each in (known, loaded):
        assert each.class_of("hello  THERE") == 3
        assert each.class_of("多少钱") == 1
        assert each.class_of("多少") is None


def test_a_sentence_of_two_classes_is_not_known_verbatim():
    assert Verbatim.of([("ok", 0), ("OK.", 1)]).class_of("ok") is None
