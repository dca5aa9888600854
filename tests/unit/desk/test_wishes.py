"""Who should answer: from what the customer wants and who they are."""

from kefu.core.human_queue import Handoff
from kefu.desk.wishes import known_of
from kefu.project.desk_options import DeskOptions, SkillDemand, TierOptions

OPTIONS = DeskOptions(
    skills={
        "apply_return": SkillDemand(skills=("售后",)),
        "invoice": SkillDemand(skills=("发票",), group="财务"),
        "faq/refund": SkillDemand(skills=("退款",)),
    },
    tiers=TierOptions(slot="membership", values={"金卡": 2, "银卡": 1}),
)
GROUPS = {"财务": "g_money", "售后": "g_after"}
SKILLS = frozenset({"售后", "发票", "投诉"})


def known(*intents, facts=None, options=OPTIONS, **wishes):
    handoff = Handoff(conversation_id="c", channel="web", at=1.0, wishes=wishes)
    return known_of(
        handoff,
        intents=intents,
        facts=facts or {},
        options=options,
        skills=SKILLS,
        groups=GROUPS,
    )


def test_the_latest_intent_that_the_map_names_counts():
    asked = known("apply_return", "invoice", "ask_human")
    assert (asked.skills, asked.group_id) == (("发票",), "g_money")
    assert known("invoice", "apply_return", "ask_human").skills == ("售后",)
    assert known("ask_human").skills == ()


def test_what_the_bot_says_comes_before_the_map():
    said = known("invoice", skills=["投诉"], group="售后")
    assert (said.skills, said.group_id) == (("投诉",), "g_after")
    assert known("greet", intent="invoice").group_id == "g_money"


def test_what_nobody_can_have_is_not_asked_for():
    assert known("faq/refund").skills == ()
    assert known("greet", group="没有这个组").group_id is None
    assert known("greet", skills="not a list").skills == ()


def test_the_tier_comes_from_a_fact():
    assert known(facts={"membership": "金卡"}).tier == 2
    assert known(facts={"membership": "木卡"}).tier == 0
    assert known(facts={"membership": None}).tier == known().tier == 0
    assert known(facts={"membership": "金卡"}, options=DeskOptions()).tier == 0


def test_the_tier_may_come_from_the_customers_profile():
    options = DeskOptions(tiers=TierOptions(slot="attributes.level", values={"3": 3}))
    assert known(facts={"level": 3.0}, options=options).tier == 3


def test_the_tier_may_come_from_the_tags_that_the_staff_gave():
    options = DeskOptions(tiers=TierOptions(slot="customer.tags", values={"VIP": 2, "老客户": 1}))
    assert known(facts={"customer.tags": ["老客户", "vip"]}, options=options).tier == 2
    assert known(facts={"customer.tags": ["老客户", "x"]}, options=options).tier == 1
    assert known(facts={"customer.tags": []}, options=options).tier == 0
