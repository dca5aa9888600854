"""What trainers decided on messages, on every store."""

import asyncio

import msgspec
import pytest

from kefu.clock import ManualClock
from kefu.desk.library.records import By
from kefu.errors import DeskError
from kefu.evaluation.inbox.decisions import LATER_SECONDS, PENDING_SECONDS, Decided, Decisions

NOW = 1_700_000_000.0
LI = By(agent_id="a1", name="li", address="10.0.0.1")


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def decisions(storage, clock):
    return Decisions(storage.desk_items, clock)


def decided(key, decision="accepted", group="g1", **more):
    return Decided(key=key, decision=decision, group=group, **more)


async def test_decisions_come_back_in_their_order(decisions):
    await decisions.take([decided("乙", place=1), decided("甲", place=0, intent="greet", by="li")])
    first, second = await decisions.of("g1")
    assert (first.key, first.intent, first.by, first.at) == ("甲", "greet", "li", NOW)
    assert second.key == "乙"
    assert set(await decisions.all()) == {"甲", "乙"}
    assert await decisions.last() == "g1"


async def test_of_two_who_decide_at_once_one_does(decisions):
    both = await asyncio.gather(
        decisions.take([decided("甲", intent="a", by="li"), decided("乙")]),
        decisions.take([decided("乙", intent="b", by="wang"), decided("丙")]),
        return_exceptions=True,
    )
    lost = [one for one in both if isinstance(one, DeskError)]
    assert len(lost) == 1
    assert (lost[0].problem, lost[0].status) == ("decided-meanwhile", 409)
    kept = set(await decisions.all())
    assert kept in ({"甲", "乙"}, {"乙", "丙"})


async def test_who_comes_too_late_is_told_what_was_decided(decisions):
    taken = await decisions.take([decided("甲", intent="a", by="li")])
    done = msgspec.structs.replace(taken[0], file="n.yml", line=3)
    await decisions.note([done], decisions.act(LI, "accepted", "g1", {}))
    with pytest.raises(DeskError, match=r"li made it 'a' \(n.yml:3\) meanwhile"):
        await decisions.take([decided("甲", intent="b", by="wang")])


async def test_what_was_put_off_comes_again_and_can_be_decided_before(decisions, clock):
    await decisions.take([decided("甲", "later")])
    assert set(await decisions.all()) == {"甲"}
    clock.advance(LATER_SECONDS)
    assert await decisions.all() == {}
    await decisions.take([decided("甲", "dismissed")])
    assert set(await decisions.all()) == {"甲"}


async def test_what_is_taken_back_is_gone_once(decisions):
    await decisions.take([decided("甲"), decided("乙", group="g2")])
    assert [one.key for one in await decisions.take_back("g1")] == ["甲"]
    with pytest.raises(DeskError, match="nothing was decided"):
        await decisions.take_back("g1")
    assert set(await decisions.all()) == {"乙"}
    await decisions.take([decided("甲", "dismissed")])


async def test_what_was_accepted_and_never_written_comes_again(decisions, clock):
    await decisions.take([decided("甲", intent="a", is_pending=True)])
    assert set(await decisions.all()) == {"甲"}
    clock.advance(PENDING_SECONDS)
    assert await decisions.all() == {}
    await decisions.take([decided("甲", intent="b", group="g2")])
    assert (await decisions.all())["甲"].intent == "b"


async def test_acts_stand_in_the_audit_log_and_refused_ones_do_not(decisions, storage):
    act = decisions.act(LI, "dismissed", "g1", {"messages": 3, "files": []})
    await decisions.take([decided("甲", "dismissed")], act)
    with pytest.raises(DeskError):
        await decisions.take([decided("甲", "dismissed")], act)
    await decisions.write_down(decisions.act(LI, "undone", "g1", {}))
    kept = await storage.staff.newest(before=2**53, limit=10)
    undone, dismissed = (one for one in kept if one.act.startswith("training."))
    assert (undone.act, dismissed.act) == ("training.undone", "training.dismissed")
    assert (dismissed.actor_id, dismissed.actor_name, dismissed.at) == ("a1", "li", NOW)
    assert (dismissed.subject, dict(dismissed.data)) == ("g1", {"messages": 3})
