"""Texts that are alike are put together, those that come most often lead."""

import random

from kefu.evaluation.inbox.gathering import Hit
from kefu.evaluation.inbox.grouping import Likeness, grouped
from kefu.evaluation.inbox.groups import Suggestion, groups_of, is_far, ranking_of, variants_of

OTHERS = ["吗", "怎么退款", "什么时候发货", "好用吗", "坏了", "坏了怎么办", "怎么办", "我想改名"]


def groups(texts, counts=None, kinds=None):
    likeness = Likeness([*texts, *OTHERS])
    found = grouped(texts, counts or [1] * len(texts), kinds or [""] * len(texts), likeness)
    return [[texts[place] for place in group] for group in found]


def test_what_is_alike_is_together_and_the_most_frequent_leads():
    texts = ["怎么改收货地址", "收货地址怎么改", "怎么开发票", "想改收货地址", "发票怎么开"]
    assert groups(texts, [1, 5, 1, 1, 2]) == [
        ["收货地址怎么改", "想改收货地址", "怎么改收货地址"],
        ["发票怎么开", "怎么开发票"],
    ]


def test_what_was_understood_otherwise_has_to_be_nearer():
    texts = ["空气炸锅好用吗", "空气炸锅坏了"]
    assert len(groups(texts)) == 1
    assert len(groups(texts, kinds=["product", "fault"])) == 2


def test_every_text_is_in_one_group():
    rng = random.Random(3)
    texts = sorted({"".join(rng.choices("甲乙丙丁戊己庚辛", k=6)) for _ in range(400)})
    found = groups(texts)
    assert sorted(text for group in found for text in group) == texts


def test_nearest_and_far():
    likeness = Likeness(["怎么退款", "退款多久到", "你好", "会开飞机吗"])
    near, far = likeness.nearest(["怎么退款啊", "会开飞机吗"], ["怎么退款", "你好"])
    assert near > 0.7
    assert far < 0.2
    assert is_far(far, [Suggestion("greet", 0.3)])
    assert not is_far(far, [Suggestion("greet", 0.8)])
    assert not is_far(near, [])


def hit(text, at=1.0, **more):
    given = {"conversation_id": "c", "seq": 1, "channel": "web", "intent": "x", "confidence": 0.4}
    return Hit(text=text, at=at, why=("unsure",), **{**given, **more})


def test_variants_count_what_says_the_same_and_leave_out_what_is_settled_or_says_nothing():
    hits = [
        hit("改地址？"),
        hit("改地址", at=5.0, channel="wechat"),
        hit("602611112222"),
        hit("退款"),
    ]
    (variant,) = variants_of(hits, set(), {"退款"})
    assert (variant.count, variant.first_at, variant.last_at) == (2, 1.0, 5.0)
    (group,) = groups_of([variant], Likeness(["改地址"]))
    assert group.count == 2
    assert dict(group.counted("channels")) == {"web": 1, "wechat": 1}
    shown = group.as_json()
    assert shown["texts"] == [
        {"text": "改地址？", "example": "改地址？", "count": 2, "warnings": []}
    ]


def test_the_ranking_names_answers_and_neither_fallback_nor_quotation():
    parsed = {
        "intent_ranking": [
            {"name": "nlu_fallback", "confidence": 0.6},
            {"name": "faq", "confidence": 0.5},
            {"name": "knowledge", "confidence": 0.4},
            {"name": "greet", "confidence": 0.3},
        ],
        "response_selector": {
            "all_retrieval_intents": ["faq"],
            "faq": {
                "ranking": [
                    {"intent_response_key": "faq/size", "confidence": 0.8},
                    {"intent_response_key": "faq/colour", "confidence": 0.2},
                ]
            },
        },
    }
    ranked = [(one.intent, round(one.confidence, 2)) for one in ranking_of([parsed], 5)]
    assert ranked == [("faq/size", 0.4), ("greet", 0.3), ("faq/colour", 0.1)]
