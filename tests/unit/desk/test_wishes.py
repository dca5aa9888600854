"""Who should answer: from what the customer wants and who they are."""

from kefu.core.human_queue import Handoff
from kefu.desk.wishes import Demand, Demands, known_of

DEMANDS = Demands(
    intents={
        "apply_return": Demand(skills=("售后",)),
        "invoice": Demand(skills=("发票",), group="财务"),
    },
    tier_slot="membership",
    tiers={"金卡": 2, "银卡": 1},
)
GROUPS = {"财务": "g_money", "售后": "g_after"}


def known(*intents, facts=None, **wishes):
    handoff = Handoff(conversation_id="c", channel="web", at=1.0, wishes=wishes)
    return known_of(handoff, intents=intents, facts=facts or {}, demands=DEMANDS, groups=GROUPS)


def test_the_latest_intent_that_the_map_names_counts():
    asked = known("apply_return", "invoice", "ask_human")
    assert (asked.skills, asked.group_id) == (("发票",), "g_money")
    assert known("invoice", "apply_return", "ask_human").skills == ("售后",)
    assert known("ask_human").skills == ()


def test_what_the_bot_says_comes_before_the_map():
    said = known("invoice", skills=["投诉"], group="售后")
    assert (said.skills, said.group_id) == (("投诉",), "g_after")
    assert known("greet", intent="invoice").group_id == "g_money"


def test_a_group_that_does_not_exist_is_nobodys():
    assert known("greet", group="没有这个组").group_id is None
    assert known("greet", skills="not a list").skills == ()


def test_the_tier_comes_from_a_fact():
    assert known(facts={"membership": "金卡"}).tier == 2
    assert known(facts={"membership": "木卡"}).tier == 0
    assert known(facts={"membership": None}).tier == known().tier == 0
