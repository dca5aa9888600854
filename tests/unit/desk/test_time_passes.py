"""What happens by itself: routing, nobody answers, agents who are gone, snoozing, presence."""

import pytest

from kefu.desk.handing import Known
from kefu.desk.moves import Timing
from kefu.desk.presence import LINE_SECONDS, LINGER_SECONDS
from kefu.desk.routing import Rules
from kefu.errors import DeskError
from tests.unit.desk.office import Office, anybody


@pytest.fixture
def office():
    return Office(timing=Timing(unanswered=60.0), grace_seconds=30.0)


async def beats(office, *people):
    await office.desk.presence.beat(
        [one.agent_id if hasattr(one, "agent_id") else one.id for one in people]
    )


async def round_(office):
    return await office.desk.timekeeper.round()


async def test_who_waits_is_given_to_who_has_least_to_do(office):
    lin, wang = await office.hire("林"), await office.hire("王")
    for number in range(4):
        await office.asks(f"c{number}")
    await office.dispatch()
    assert ((await office.agent(lin)).open, (await office.agent(wang)).open) == (2, 2)
    assert office.desk.dispatcher.assigned == 4
    assert (await office.notes("c0"))[1]["how"] == "routing"
    notices = await office.told("notice")
    assert {one.data["what"] for one in notices} == {"assigned"}


async def test_nobody_is_given_more_than_their_most_and_the_rest_wait(office):
    lin = await office.hire("林", max_sessions=2)
    for number in range(3):
        await office.asks(f"c{number}")
    await office.dispatch()
    assert (await office.agent(lin)).open == 2
    assert len(await office.store.waiting()) == 1
    await office.desk.serving.close("c0", lin, anybody)
    await office.dispatch()
    assert await office.store.waiting() == []


async def test_unanswered_goes_to_the_front_of_the_line_marked_and_to_somebody_else(office):
    lin = await office.hire("林")
    await office.asks()
    await office.dispatch()
    office.later(59)
    await beats(office, lin)
    await round_(office)
    assert (await office.session()).agent_id == lin.id
    office.later(2)
    await beats(office, lin)
    await round_(office)
    session = await office.session()
    assert (session.state, session.mark, session.is_first_in_line) == (
        "waiting",
        "unanswered",
        True,
    )
    assert session.not_to == (lin.id,)
    await office.dispatch()
    assert (await office.session()).state == "waiting"
    wang = await office.hire("王")
    await office.dispatch()
    assert (await office.session()).agent_id == wang.id


async def test_an_answer_in_time_keeps_the_conversation(office):
    lin = await office.hire("林")
    await office.asks()
    await office.dispatch()
    office.later(50)
    await office.says(lin, "您好")
    session = await office.session()
    assert (session.unanswered_since, session.due_at) == (None, None)
    assert session.first_answer_at == office.clock.now()
    office.later(100)
    await beats(office, lin)
    await round_(office)
    assert (await office.session()).agent_id == lin.id
    await office.writes("还有一个问题")
    assert (await office.session()).unanswered_since == office.clock.now()


async def test_the_deadline_is_slept_until_exactly(office):
    lin = await office.hire("林")
    await office.asks()
    await office.dispatch()
    await beats(office, lin)
    pause = await round_(office)
    assert pause == pytest.approx(30.0, abs=0.1)  # no longer than it looks anyway
    office.later(40)
    await beats(office, lin)
    assert await round_(office) == pytest.approx(20.0, abs=0.1)


async def test_an_agent_who_is_gone_keeps_conversations_for_the_grace_period(office):
    lin = await office.hire("林")
    await office.asks()
    await office.dispatch()
    await office.says(lin, "您好")
    office.later(LINE_SECONDS + 1)
    await round_(office)
    gone = await office.agent(lin)
    assert (gone.is_connected, gone.is_accepting, gone.open) == (False, False, 1)
    office.later(28)
    await round_(office)
    assert (await office.session()).agent_id == lin.id
    office.later(2)
    await round_(office)
    session = await office.session()
    assert (session.state, session.mark) == ("waiting", "agent_gone")
    assert (await office.agent(lin)).open == 0


async def test_an_agent_whose_laptop_wakes_up_within_the_grace_period_goes_on(office):
    lin = await office.hire("林")
    await office.asks()
    await office.dispatch()
    await office.says(lin, "您好")
    office.later(LINE_SECONDS + 1)
    await round_(office)
    await office.desk.presence.connect(lin.id)
    office.later(40)
    await round_(office)
    assert (await office.session()).agent_id == lin.id
    assert (await office.agent(lin)).is_accepting


async def test_a_page_that_is_loaded_again_is_no_absence(office):
    lin = await office.hire("林")
    await office.desk.presence.disconnect(lin.id)
    office.later(LINGER_SECONDS - 1)
    await round_(office)
    assert (await office.agent(lin)).is_connected
    await office.desk.presence.connect(lin.id)
    office.later(LINGER_SECONDS)
    await round_(office)
    assert (await office.agent(lin)).is_connected


async def test_presence_is_three_things_and_kept_as_intervals(office):
    lin = await office.hire("林")
    begun = office.clock.now()
    assert (await office.agent(lin)).is_accepting
    office.later(10)
    away = await office.desk.presence.declare(lin.id, "away", "午饭")
    assert (away.status, away.status_reason, away.is_accepting, away.is_connected) == (
        "away",
        "午饭",
        False,
        True,
    )
    office.later(20)
    await office.desk.presence.declare(lin.id, "online")
    intervals = await office.desk.presence.intervals(lin.id, since=begun, until=begun + 100)
    assert [
        (one.status, one.is_accepting, one.ended_at and one.ended_at - one.begun_at)
        for one in intervals
        if one.is_connected
    ] == [
        ("online", True, 10.0),
        ("away", False, 20.0),
        ("online", True, None),
    ]
    with pytest.raises(DeskError):
        await office.desk.presence.declare(lin.id, "asleep")


async def test_an_account_that_is_closed_takes_nothing_and_its_conversations_go_on(office):
    lin = await office.hire("林")
    await office.asks()
    await office.dispatch()
    await office.desk.presence.know(
        (await office.agent(lin)).__class__(agent_id=lin.id, name="林", is_active=False)
    )
    assert not (await office.agent(lin)).is_accepting
    await office.desk.presence.disconnect(lin.id)
    office.later(LINGER_SECONDS + 31)
    await round_(office)
    assert (await office.session()).state == "waiting"


async def test_a_snoozed_conversation_comes_back_at_its_time_or_when_the_customer_writes(office):
    lin = await office.hire("林")
    await office.asks()
    await office.dispatch()
    until = office.clock.now() + 300
    asleep = await office.desk.serving.snooze("c1", until, lin, anybody)
    assert (asleep.snoozed_until, asleep.unanswered_since) == (until, None)
    office.later(299)
    await beats(office, lin)
    await round_(office)
    assert (await office.session()).snoozed_until == until
    office.later(2)
    await beats(office, lin)
    await round_(office)
    assert (await office.session()).snoozed_until is None
    assert (await office.told("notice"))[-1].data["what"] == "woken"
    await office.desk.serving.snooze("c1", office.clock.now() + 300, lin, anybody)
    await office.writes("在吗")
    session = await office.session()
    assert (session.snoozed_until, session.unanswered_since) == (None, office.clock.now())
    with pytest.raises(DeskError):
        await office.desk.serving.snooze("c1", 1.0, lin, anybody)


async def test_a_conversation_in_which_nobody_says_anything_is_closed():
    office = Office(timing=Timing(unanswered=0, idle=600.0))
    lin = await office.hire("林")
    await office.asks()
    await office.dispatch()
    await office.says(lin, "还有什么可以帮您？")
    office.later(599)
    await beats(office, lin)
    await round_(office)
    assert (await office.session()).state == "assigned"
    office.later(2)
    await beats(office, lin)
    await round_(office)
    assert ((await office.session()).state, (await office.session()).closed_by) == (
        "closed",
        "idle",
    )
    assert await office.owner() == "bot"


async def test_the_dispatcher_sleeps_until_a_rule_changes(office):
    office = Office(rules=Rules(language_relax_seconds=90.0), known=None)
    await office.hire("Lin", languages=frozenset({"en"}))
    office.known = office.known.__class__(language="zh")
    await office.asks()
    assert await office.dispatch() == pytest.approx(15.0)  # it looks again by then anyway
    office.later(80)
    assert await office.dispatch() == pytest.approx(10.0, abs=0.1)
    office.later(11)
    await office.dispatch()
    assert (await office.session()).state == "assigned"


async def test_two_processes_that_do_what_is_due_do_it_once(office):
    lin = await office.hire("林")
    await office.asks()
    await office.dispatch()
    office.later(61)
    await beats(office, lin)
    (due,) = await office.store.due(office.clock.now())
    await office.desk.timekeeper._do(due, office.clock.now())
    await office.desk.timekeeper._quietly(office.desk.timekeeper._do(due, office.clock.now()))
    assert (await office.kinds()).count("requeued") == 1


async def test_who_waits_so_long_that_another_group_may_answer_is_marked_once():
    office = Office(
        rules=Rules(overflow={"g_sales": ((60.0, "g_after"),)}),
        known=Known(group_id="g_sales"),
    )
    await office.asks()
    assert await office.dispatch() == pytest.approx(15.0)  # the others look by then anyway
    office.later(59)
    assert await office.dispatch() == pytest.approx(1.0, abs=0.1)
    assert (await office.session()).mark == ""
    office.later(1)
    await office.dispatch()
    await office.dispatch()
    assert (await office.session()).mark == "overflow"
    marked = [note for note in await office.notes() if note["note"] == "requeued"]
    assert [(note["mark"], note["group_id"]) for note in marked] == [("overflow", "g_sales")]
    lin = await office.hire("林", groups=frozenset({"g_after"}))
    await office.dispatch()
    session = await office.session()
    assert (session.agent_id, session.mark) == (lin.id, "overflow")
    await office.says(lin, "您好")
    assert (await office.session()).mark == ""
