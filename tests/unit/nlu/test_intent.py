import json

import numpy as np
import pytest

from kefu.errors import ProjectError
from kefu.nlu.classifiers import network
from kefu.nlu.classifiers.confidence import Confidence, fit_confidence, plan_hold_out, soft_max
from kefu.nlu.classifiers.evidence import ANSWER_SIGNS, SCOPE_SIGNS, Held, Look
from kefu.nlu.classifiers.verbatim import Verbatim
from kefu.nlu.traditional import simplified
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


@pytest.mark.parametrize(
    ("text", "intent"),
    [("請問可以開發票嗎", "invoice"), ("幫我轉人工客服", "human"), ("優惠券在哪領", "coupon")],
)
def test_traditional_characters_are_understood_as_simplified_ones(shop, text, intent):
    found = parse(shop, text)
    assert found["intent"]["name"] == intent
    simple = parse(shop, simplified(text))
    for kind in ("intent", "in_scope", "text_tokens"):
        assert found[kind] == simple[kind]
    assert found["text"] == text


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


def test_what_it_knows_it_takes_for_in_scope_and_what_it_does_not_it_does_not(shop):
    assert parse(shop, "我要退款")["in_scope"] >= 0.95
    assert parse(shop, "qwerty zzz")["in_scope"] < 0.3


def test_an_accurate_classifier_is_the_same_after_loading_and_each_time(monkeypatch):
    monkeypatch.setattr(network, "FEWEST_STEPS", 100)  # enough to tell one training from another
    accurate = [component(CLASSIFIER, accurate=True)]
    one, two = (an_interpreter(nlu_data(SHOP), *accurate) for _ in range(2))
    for text in ("我想退款", "什么时候发货", "谢谢啦"):
        found = parse(one, text)
        assert found == parse(two, text)
        assert found["intent"]["confidence"] > 0


def test_a_soft_max_adds_up_to_one_and_keeps_the_order():
    chances = soft_max(np.array([0.5, -1.0, 0.7], np.float32), 5.0)
    assert chances.sum() == pytest.approx(1)
    assert chances.argsort().tolist() == [1, 0, 2]


def a_look(decisions, *, known, near, scores=None):
    return Look(
        decisions=np.array(decisions, np.float32),
        scores=None if scores is None else np.array(scores, np.float32),
        known=known,
        nearness=lambda _: near,
    )


def judged(look):
    confidence = Confidence()
    probabilities = confidence.probabilities(look)
    return confidence.judge(probabilities, look.evidence(probabilities))


def test_judging_keeps_the_order_and_leaves_room_for_none_of_them():
    sure, in_scope = judged(a_look([1.1, -1.0, -1.0], known=1.0, near=0.0))
    lost, strange = judged(a_look([-0.7, -0.8, -0.8], known=0.1, near=-0.3))
    assert sure[0] > 0.95
    assert sure.sum() == pytest.approx(1, abs=0.01)
    assert lost[0] < 0.2
    assert lost.sum() < 0.7
    assert lost.argmax() == 0
    assert in_scope > 0.95
    assert strange < 0.2


def test_who_is_far_from_all_examples_is_taken_for_a_stranger():
    scopes = [judged(a_look([0.5, -1.0], known=1.0, near=near))[1] for near in (-0.4, 0.0, 0.3)]
    assert scopes == sorted(scopes)
    assert scopes[0] < 0.9 < scopes[1]


def test_the_network_may_overrule_the_machines():
    look = a_look([0.2, 0.1], known=1.0, near=0.0, scores=[-3.0, 3.0])
    chances, _ = judged(look)
    assert chances.argmax() == 1
    evidence = look.evidence(Confidence().probabilities(look))
    assert evidence.decision == pytest.approx(0.1)
    assert evidence.lead == pytest.approx(-0.1)


def test_evidence_has_a_number_for_each_sign_and_the_constant():
    evidence = a_look([0.3], known=0.5, near=0.1).evidence(np.ones(1))
    assert len(evidence.answer()) == len(ANSWER_SIGNS) + 1
    assert len(evidence.scope()) == len(SCOPE_SIGNS) + 1


def test_confidence_survives_json():
    confidence = Confidence(
        temperature=3.0,
        network_temperature=0.5,
        answer=(1.0, 2.0, 3.0),
        scope=(1.0, 2.0, 3.0, 4.0, 5.0),
    )
    assert Confidence.from_json(json.loads(json.dumps(confidence.as_json()))) == confidence


def held(*, answer, decisions, near, known=1.0):
    return Held(a_look(decisions, known=known, near=near), answer)


def test_a_project_whose_strangers_are_far_trusts_nearness_more():
    near = [held(answer=0, decisions=[0.5, -1.0], near=0.1) for _ in range(200)]
    far = [held(answer=-1, decisions=[0.5, -1.0], near=-0.2) for _ in range(200)]
    learned = fit_confidence([*near, *far], out_of_scope_share=0.5)
    typical = fit_confidence([], out_of_scope_share=0.5)
    weight = SCOPE_SIGNS.index("near")
    assert learned.scope[weight] > typical.scope[weight]
    assert learned.accuracy == 1.0


def test_the_more_strangers_are_expected_the_less_is_in_scope():
    constants = [fit_confidence([], out_of_scope_share=s).scope[-1] for s in (0.0, 0.1, 0.5)]
    assert constants == sorted(constants, reverse=True)


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
