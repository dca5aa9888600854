"""Who gets which customer."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.desk import round_robin
from kefu.desk.routing import AgentState, Assignment, Rules, Waiting
from kefu.desk.strategy import assign, in_line, next_change
from tests.unit.desk import plainly, situations
from tests.unit.desk.situations import NOW

RULES = Rules()


def waits(session_id="s", **values):
    values = {"waiting_since": NOW - 5.0, **values}
    return Waiting(session_id=session_id, conversation_id=f"c-{session_id}", **values)


def agent(agent_id="a", **values):
    return AgentState(agent_id=agent_id, **values)


def pairs(assignments):
    return [(each.session_id, each.agent_id) for each in assignments]


def decided(waiting, agents, rules=RULES, now=NOW):
    return pairs(assign(waiting, agents, rules, now))


@settings(max_examples=150, deadline=None)
@given(situations.waiting, situations.agents, situations.rules)
def test_it_decides_as_its_description_reads(waiting, agents, rules):
    assert decided(waiting, agents, rules) == plainly.assigned(waiting, agents, rules, NOW)


@settings(max_examples=100, deadline=None)
@given(situations.waiting, situations.agents, situations.rules)
def test_round_robin_differs_in_nothing_but_who_is_next(waiting, agents, rules):
    found = pairs(round_robin.assign(waiting, agents, rules, NOW))
    rules = replace(rules, prefers_level=False)
    assert found == plainly.assigned(waiting, agents, rules, NOW, load=plainly.Desk.turns)


@settings(max_examples=100, deadline=None)
@given(situations.waiting, situations.agents, situations.rules, st.randoms())
def test_the_order_of_what_comes_in_makes_no_difference(waiting, agents, rules, source):
    before = assign(waiting, agents, rules, NOW)
    source.shuffle(waiting)
    source.shuffle(agents)
    assert assign(waiting, agents, rules, NOW) == before


@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("strategy", [assign, round_robin.assign])
@given(situations.waiting, situations.agents, situations.rules)
def test_nobody_gets_too_much_and_nobody_waits_beside_a_free_agent(
    strategy, waiting, agents, rules
):
    got = dict(pairs(strategy(waiting, agents, rules, NOW)))
    desk = plainly.Desk(agents)
    for agent_id in got.values():
        desk.given[agent_id] += 1
    by_id = {each.agent_id: each for each in agents}
    for each in agents:
        assert not desk.given[each.agent_id] or (
            each.is_accepting and each.open + desk.given[each.agent_id] <= each.max_sessions
        )
    for item in waiting:
        usual, others = plainly.candidates(item, agents, rules, NOW)
        if item.session_id in got:
            assert by_id[got[item.session_id]] in (*usual, *others)
            continue
        known = [each for each in usual if each.agent_id == item.last_agent_id]
        is_held = any(plainly.waits_for(item, each, rules, NOW) for each in known)
        assert is_held or not any(desk.has_room(each) for each in (*usual, *others))


@settings(max_examples=100, deadline=None)
@given(situations.waiting_items, situations.waiting_items, situations.rules)
def test_nobody_starves(waiting, coming, rules):
    """Whoever comes late enough stands behind, however important they are."""
    waiting = replace(waiting, session_id="waiting", is_first_in_line=False)
    coming = replace(coming, session_id="coming", is_first_in_line=False)
    lead = plainly.points(coming, rules, coming.waiting_since) - plainly.points(
        waiting, rules, waiting.waiting_since
    )
    late = waiting.waiting_since + rules.ageing_seconds * max(lead, 0.0) + 1.0
    coming = replace(coming, waiting_since=late)
    assert in_line([coming, waiting], rules)[0].session_id == "waiting"


@settings(max_examples=100, deadline=None)
@given(situations.waiting, situations.rules)
def test_a_place_in_line_is_lost_to_nobody_as_time_passes(waiting, rules):
    names = [item.session_id for item in in_line(waiting, rules)]
    for later in (0.0, 60.0, 3600.0):
        assert [i.session_id for i in plainly.order(waiting, rules, NOW + later)] == names


@settings(max_examples=150, deadline=None)
@given(situations.waiting, situations.agents, situations.rules)
def test_until_the_next_change_nothing_is_decided_otherwise(waiting, agents, rules):
    at = next_change(waiting, rules, NOW)
    before = assign(waiting, agents, rules, NOW)
    for moment in (NOW + 1e-3, NOW + 29.0, NOW + 10_000) if at is None else (at - 1e-3,):
        assert assign(waiting, agents, rules, moment) == before


@settings(max_examples=150, deadline=None)
@given(situations.waiting, situations.agents, situations.rules, st.integers(1, 20))
def test_a_moment_that_changes_who_fits_is_foretold(waiting, agents, rules, tens):
    later = NOW + 30.0 * tens
    changed = [
        item
        for item in waiting
        if plainly.candidates(item, agents, rules, NOW)
        != plainly.candidates(item, agents, rules, later)
    ]
    at = next_change(waiting, rules, NOW)
    assert not changed or (at is not None and NOW < at <= later)


def test_whoever_was_put_in_line_again_comes_first():
    important = waits("important", tier=9, priority=2)
    again = waits("again", is_first_in_line=True)
    assert decided([important, again], [agent(max_sessions=1)]) == [("again", "a")]


@pytest.mark.parametrize(
    ("values", "wins"),
    [
        ({"priority": 1}, True),
        ({"priority": -1, "tier": 2}, False),
        ({"tier": 1}, True),
        ({"channel": "wechat"}, True),
        ({"waiting_since": NOW - 4.0}, False),
        ({"waiting_since": NOW - 6.0}, True),
        ({}, False),
    ],
)
def test_points_decide_about_the_order(values, wins):
    rules = Rules(channel_points={"wechat": 1.0})
    first, other = waits("a"), waits("b", **values)
    ((session_id, _),) = decided([first, other], [agent("x", max_sessions=1)], rules)
    assert session_id == ("b" if wins else "a")


def test_the_least_relative_load_counts_not_the_least_number():
    agents = [agent("small", open=1, max_sessions=2), agent("large", open=3, max_sessions=10)]
    assert decided([waits()], agents) == [("s", "large")]


def test_what_was_given_in_the_same_call_counts():
    agents = [agent("a", max_sessions=4), agent("b", max_sessions=2)]
    line = [waits(f"s{number}") for number in range(6)]
    assert sorted(who for _, who in decided(line, agents)) == ["a"] * 4 + ["b"] * 2
    assert [who for _, who in decided(line, agents)][:3] == ["a", "b", "a"]


def test_then_the_better_level_then_the_longest_idle():
    agents = [
        agent("new", skills={"发票": 2}, idle_since=1.0),
        agent("good", skills={"发票": 5}, idle_since=9.0),
        agent("rested", idle_since=0.0),
    ]
    assert decided([waits(skills=frozenset(["发票"]))], agents) == [("s", "good")]
    assert decided([waits()], agents) == [("s", "rested")]
    rules = Rules(prefers_level=False)
    assert decided([waits(skills=frozenset(["发票"]))], agents, rules) == [("s", "new")]


def test_a_level_that_is_too_low_is_none():
    agents = [agent(skills={"发票": 2})]
    item = waits(skills=frozenset(["发票"]))
    assert decided([item], agents, Rules(min_level=3)) == []
    assert decided([item], agents, Rules(min_level=3, skill_relax_seconds=5.0)) == [("s", "a")]


def test_the_known_agent_is_waited_for_while_that_is_worth_it():
    agents = [agent("known", open=5), agent("other")]
    item = waits(last_agent_id="known", waiting_since=NOW - 19.0)
    assert decided([item], agents) == []
    assert next_change([item], RULES, NOW) == NOW + 1.0
    assert decided([item], agents, now=NOW + 1.0) == [("s", "other")]
    assert decided([replace(item, is_first_in_line=True)], agents) == [("s", "other")]


def test_the_known_agent_comes_before_the_one_with_less_to_do():
    agents = [agent("known", open=4), agent("other")]
    assert decided([waits(last_agent_id="known")], agents) == [("s", "known")]


@pytest.mark.parametrize(
    "values",
    [
        {"is_accepting": False},
        {"is_accepting": False, "is_returning": True, "max_sessions": 0},
        {"open": 5, "groups": frozenset(["售前"])},
    ],
)
def test_an_agent_who_will_not_come_is_not_waited_for(values):
    agents = [agent("known", **values), agent("other", groups=frozenset(["售后"]))]
    item = waits(last_agent_id="known", group_id="售后")
    assert decided([item], agents) == [("s", "other")]


def test_an_agent_who_soon_accepts_is_waited_for():
    agents = [agent("known", is_accepting=False, is_returning=True), agent("other")]
    assert decided([waits(last_agent_id="known")], agents) == []


def test_who_did_not_answer_gets_it_again_only_when_nobody_else_has_room():
    item = waits(not_to=frozenset("a"), waiting_since=NOW - 300.0, put_in_line_at=NOW)
    assert decided([item], [agent("a")]) == []
    assert next_change([item], RULES, NOW) == NOW + 60.0
    assert decided([item], [agent("a")], now=NOW + 60.0) == [("s", "a")]
    assert decided([item], [agent("a"), agent("b", open=4)], now=NOW + 60.0) == [("s", "b")]
    assert decided([item], [agent("a"), agent("b", open=5)], now=NOW + 60.0) == [("s", "a")]


def test_other_groups_open_with_time():
    rules = Rules(overflow={"售后": ((120.0, "售前"), (300.0, "*"))})
    item = waits(group_id="售后", waiting_since=NOW)
    before, nobody = [agent("a", groups=frozenset(["售前"]))], [agent("b")]
    assert decided([item], before, rules, NOW + 119.0) == []
    assert decided([item], before, rules, NOW + 120.0) == [("s", "a")]
    assert decided([item], nobody, rules, NOW + 299.0) == []
    assert decided([item], nobody, rules, NOW + 300.0) == [("s", "b")]
    moments = [next_change([item], rules, NOW + at) for at in (0.0, 120.0, 300.0)]
    assert moments == [NOW + 120.0, NOW + 300.0, None]


@pytest.mark.parametrize(
    ("tag", "fits"),
    [("zh-CN", True), ("ZH_cn", True), ("zh", True), ("zh-TW", False), ("en", False)],
)
def test_a_language_has_to_be_spoken_until_that_no_longer_matters(tag, fits):
    agents = [agent(languages=frozenset([tag]))]
    item = waits(language="zh-CN", waiting_since=NOW)
    assert bool(decided([item], agents)) is fits
    assert decided([item], agents, now=NOW + 120.0) == [("s", "a")]
    assert decided([item], [agent()]) == [("s", "a")]
    assert decided([replace(item, language="")], agents) == [("s", "a")]


def test_a_large_desk_is_decided_as_its_description_reads():
    source = random.Random(7)
    skills, groups = [f"k{n}" for n in range(8)], [f"g{n}" for n in range(4)]
    agents = [
        agent(
            f"a{n:03}",
            groups=frozenset(source.sample(groups, 2)),
            skills={name: source.randint(1, 5) for name in source.sample(skills, 3)},
            open=source.randint(0, 3),
            max_sessions=source.choice([3, 5, 8]),
            idle_since=source.uniform(0, NOW),
        )
        for n in range(80)
    ]
    line = [
        waits(
            f"s{n}",
            skills=frozenset(source.sample(skills, source.choice([0, 1, 2]))),
            group_id=source.choice([None, *groups]),
            tier=source.choice([0, 0, 1]),
            last_agent_id=source.choice([None, f"a{source.randint(0, 99):03}"]),
            waiting_since=NOW - source.randint(0, 600),
        )
        for n in range(400)
    ]
    found = decided(line, agents)
    assert found == plainly.assigned(line, agents, RULES, NOW)
    assert len(found) > 150


def test_nobody_and_nothing_are_no_trouble():
    assert assign([], [], RULES, NOW) == []
    assert assign([waits()], [], RULES, NOW) == []
    assert assign([], [agent()], RULES, NOW) == []
    assert assign([waits()], [agent()], RULES, NOW) == [Assignment(session_id="s", agent_id="a")]
    assert next_change([], RULES, NOW) is None
