"""What desk.yml says of routing, with the groups and skills that there are."""

from kefu.desk.options import (
    Known,
    known_demand,
    routing_rules,
    unknown_groups,
    unknown_skills,
)
from kefu.desk.routing import Rules
from kefu.project.desk_options import DeskOptions, OverflowRule, RoutingOptions, SkillDemand

GROUPS = {"售前": "g_1", "售后": "g_2"}
OPTIONS = DeskOptions(
    routing=RoutingOptions(
        overflow=(
            OverflowRule(group="售后", after=300.0, to="*"),
            OverflowRule(group="售后", after=120.0, to="售前"),
            OverflowRule(group="财务", after=60.0, to="售后"),
            OverflowRule(group="售前", after=60.0, to="财务"),
        )
    ),
    skills={
        "invoice": SkillDemand(skills=("发票", "退货"), group="财务"),
        "faq/refund": SkillDemand(skills=("退货",), group="售后"),
    },
)


def test_the_defaults_of_the_file_are_those_of_the_rules():
    assert routing_rules(RoutingOptions(), {}) == Rules()


def test_groups_are_named_in_the_file_and_known_by_their_ids():
    assert routing_rules(OPTIONS.routing, GROUPS).overflow == {
        "g_2": ((120.0, "g_1"), (300.0, "*"))
    }


def test_what_nobody_can_have_is_not_asked_for():
    skills = frozenset(["退货"])
    assert known_demand(OPTIONS, "invoice", skills=skills, groups=GROUPS) == Known(skills, None)
    found = known_demand(
        OPTIONS, "faq", response_key="faq/refund", skills=frozenset(), groups=GROUPS
    )
    assert found == Known(frozenset(), "g_2")


def test_what_nobody_made_can_be_told():
    assert unknown_groups(OPTIONS, GROUPS) == ["财务"]
    assert unknown_skills(OPTIONS, frozenset(["退货"])) == ["发票"]
