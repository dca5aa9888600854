"""Texts that are alike are put together, those that come most often lead."""

import random

import pytest

from kefu.evaluation.inbox.gathering import Hit
from kefu.evaluation.inbox.grouping import Grouping, Likeness, Nearness
from kefu.evaluation.inbox.groups import Suggestion, is_far, ranking_of
from kefu.evaluation.inbox.index import MessageIndex
from kefu.evaluation.inbox.selecting import Wanted

OTHERS = ["吗", "怎么退款", "什么时候发货", "好用吗", "坏了", "坏了怎么办", "怎么办", "我想改名"]


def groups(texts, kinds=None):
    grouping = Grouping(Likeness([*texts, *OTHERS]))
    found = {}
    for text, kind in zip(texts, kinds or [""] * len(texts), strict=True):
        found.setdefault(grouping.add(text, kind), []).append(text)
    return list(found.values())


def test_what_is_alike_is_together():
    texts = ["收货地址怎么改", "发票怎么开", "想改收货地址", "怎么改收货地址", "怎么开发票"]
    assert groups(texts) == [
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
    nearness = Nearness(Likeness(["怎么退款", "退款多久到", "你好", "会开飞机吗"]))
    nearness.know(["怎么退款", "你好", "会开飞机吗"])
    assert nearness.nearest("会开飞机吗") > 0.99
    nearness.know(["怎么退款", "你好"])
    near, far = nearness.nearest("怎么退款啊"), nearness.nearest("会开飞机吗")
    assert near > 0.7
    assert far < 0.2
    assert is_far(far, [Suggestion("greet", 0.3)])
    assert not is_far(far, [Suggestion("greet", 0.8)])
    assert not is_far(near, [])


def hit(text, at=1.0, **more):
    given = {"conversation_id": "c", "seq": 1, "channel": "web", "intent": "x", "confidence": 0.4}
    return Hit(text=text, at=at, **{"why": ("unsure",), **given, **more})


def indexed(hits, settled=(), below=0.7, **wanted):
    index = MessageIndex(set(), ["改地址"])
    index.take(hits)
    return index.groups(hits, Wanted(**wanted), below, set(settled))


def test_variants_count_what_says_the_same_and_leave_out_what_is_settled_or_says_nothing():
    hits = [
        hit("改地址？"),
        hit("改地址", at=5.0, channel="wechat"),
        hit("602611112222"),
        hit("退款"),
    ]
    (group,), settled = indexed(hits, {"退款"})
    assert settled == 2
    (variant,) = group.variants
    assert (variant.count, variant.last_at, variant.lowest) == (2, 5.0, 0.4)
    assert dict(group.counted("channel")) == {"web": 1, "wechat": 1}
    (shown,) = group.as_json()["texts"]
    assert group.group_id == shown.pop("id")[:8]
    assert shown == {"text": "改地址？", "example": "改地址？", "count": 2, "warnings": []}


def test_the_most_frequent_leads_also_where_others_came_first():
    hits = [hit("怎么改收货地址"), hit("收货地址怎么改"), hit("收货地址怎么改")]
    index = MessageIndex(set(), ["你好"])
    index.take(hits[:1])
    index.take(hits)
    ((group,), _) = index.groups(hits, Wanted(), 0.7, set())
    assert [one.key for one in group.variants] == ["收货地址怎么改", "怎么改收货地址"]


HITS = [
    hit("怎么退款", at=1.0, confidence=0.6),
    hit("怎么退款", at=3.0, confidence=0.6),
    hit("你们招人吗", at=2.0, channel="wechat", confidence=0.2, why=("not_understood", "unsure")),
    hit("发票呢", at=9.0, confidence=0.9, why=("edited",)),
]


@pytest.mark.parametrize(
    ("wanted", "texts"),
    [
        ({}, ["怎么退款", "发票呢", "你们招人吗"]),
        ({"sort": "newest"}, ["发票呢", "怎么退款", "你们招人吗"]),
        ({"sort": "unsure"}, ["你们招人吗", "怎么退款", "发票呢"]),
        ({"channels": {"wechat"}}, ["你们招人吗"]),
        ({"whys": {"edited", "not_understood"}}, ["发票呢", "你们招人吗"]),
        ({"least": 0.5}, ["怎么退款", "发票呢"]),
        ({"least": 0.5, "most": 0.8}, ["怎么退款"]),
        ({"since": 2.0, "until": 9.0}, ["怎么退款", "你们招人吗"]),
        ({"text": "退款"}, ["怎么退款"]),
        ({"text": "退货"}, []),
        ({"below": 0.5}, ["发票呢", "你们招人吗"]),
        ({"below": 0.1, "whys": {"unsure"}}, []),
    ],
)
def test_filters_and_orders(wanted, texts):
    found, _ = indexed(HITS, **wanted)
    assert [group.variants[0].proposal.text for group in found] == texts


def test_an_intent_is_wanted_with_all_its_answers():
    suggestions = (Suggestion("faq/refund", 0.4), Suggestion("greet", 0.1))
    for name, is_found in (("faq", True), ("faq/refund", True), ("greet", True), ("refund", False)):
        assert Wanted(intents={name}).is_suggested(suggestions) is is_found


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
