"""What is kept beside the logs is compared with them; differences are reported."""

import logging
from types import SimpleNamespace

import pytest

from kefu.desk.changes import ChangeSession, FreeSlot
from kefu.desk.moves import Whereto, queued
from kefu.desk.reconciling import UNKNOWN, holder
from tests.unit.desk.office import Office, anybody, replace

LIN, WANG = {"id": "a_林", "name": "林"}, {"id": "a_王", "name": "王"}


def entries(*notes):
    return [
        SimpleNamespace(seq=seq, timestamp=at, event=None, note=note)
        for seq, (at, note) in enumerate(notes, 1)
    ]


@pytest.fixture
def office():
    return Office()


async def test_what_agrees_is_not_reported_and_a_wrong_count_is_mended(office, caplog):
    lin = await office.hire("林")
    await office.asks()
    await office.dispatch()
    assert not await office.desk.reconciler.look()
    await office.store.apply([FreeSlot(lin.id)])
    found = await office.desk.reconciler.look()
    assert (found.counts, found.holders) == ({lin.id: (0, 1)}, {})
    assert (await office.agent(lin)).open == 1
    reported = [one for one in caplog.records if one.name == "kefu.desk.reconciling"]
    assert [one.levelno for one in reported] == [logging.ERROR]
    assert not await office.desk.reconciler.look()


async def test_a_session_that_its_log_knows_nothing_of_is_reported(office, caplog):
    lin, wang = await office.hire("林"), await office.hire("王")
    for name in ("c1", "c2"):
        await office.asks(name)
        await office.desk.serving.claim(name, lin, anybody)
    session = await office.session("c2")
    await office.store.apply([ChangeSession(replace(session, agent_id=wang.id))])
    found = await office.desk.reconciler.look()
    assert found.holders == {"c2": (wang.id, lin.id)}
    assert found.loads == {wang.id: (1, 0)}
    assert found.counts == {lin.id: (2, 1), wang.id: (0, 1)}
    assert "not the one that its log says" in caplog.text


async def test_who_waits_though_the_bot_has_them_waits_no_longer(office):
    await office.writes("你好")
    await office.asks("c2")
    waiting = await office.session("c2")
    # A process died between the bot's commit and telling the desk that nobody waits any more.
    ghost = replace(waiting, session_id="s_ghost", conversation_id="c1", version=1)
    await office.store.apply(queued(ghost, owner_is_set=False))
    await office.desk.reconciler.look()
    assert (await office.session("c1")).state == "closed"
    assert (await office.session("c2")).state == "waiting"


async def test_moves_in_any_number_are_folded(office):
    lin, wang = await office.hire("林"), await office.hire("王")
    serving = office.desk.serving
    await office.asks()
    await serving.claim("c1", lin, anybody)
    await serving.transfer("c1", Whereto(agent=wang), lin, anybody)
    await serving.take_over("c1", lin, anybody)
    await office.writes("还在吗")
    assert holder(await office.desk_door.recent("c1", 100)) == lin.id
    await serving.transfer("c1", Whereto(group_id="g_1"), lin, anybody)
    assert holder(await office.desk_door.recent("c1", 100)) is None


def test_a_merge_brings_a_session_where_there_was_none():
    assigned, closed = {"note": "assigned", "agent": LIN}, {"note": "closed", "by": "a_林"}
    queued, merged = {"note": "queued"}, {"note": "merged", "absorbed": "c2"}
    brought = {("c2", 3.0): WANG["id"]}
    kept = [(1.0, assigned), (2.0, closed), (3.0, merged)]
    assert holder(entries(*kept), brought) == WANG["id"]
    assert holder(entries(*kept), {("c2", 3.0): None}) is None
    assert holder(entries(*kept), {("c2", 9.0): LIN["id"]}) == UNKNOWN  # another merge of the two
    assert holder(entries((1.0, assigned), (3.0, merged)), brought) == LIN["id"]
    assert holder(entries((1.0, queued), (3.0, merged)), brought) is None  # it still waits
    assert holder(entries((3.0, merged)), brought) == UNKNOWN  # what was before is not known
    assert holder(entries(*kept, (4.0, {"note": "unmerged"})), brought) == WANG["id"]
    assert holder(entries((1.0, assigned), (3.0, {"note": "merged", "into": "c1"}))) is None


async def test_a_log_is_read_as_far_back_as_needed(office):
    lin = await office.hire("林")
    await office.asks()
    await office.desk.serving.claim("c1", lin, anybody)
    for number in range(120):
        await office.writes(f"第{number}句")
    session = await office.session()
    await office.store.apply([ChangeSession(replace(session, agent_id="a_nobody"))])
    await office.hire("nobody")
    found = await office.desk.reconciler.look()
    assert found.holders == {"c1": ("a_nobody", lin.id)}
